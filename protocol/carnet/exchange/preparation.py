"""What the originator does before it offers (spec/exchange.md#preparation).

The mirror of the examination: the tier that the stricter law asks for, no datum that no law asks for, and the name of
each one that is still missing, so that a refusal can be foreseen before anything leaves the house.
"""

from dataclasses import dataclass, replace
from typing import final

from carnet.crypto.coins import Coins
from carnet.envelope.offer import SealedOffer, seal_offer
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import Openings, open_quotes, openings, window_opening
from carnet.errors import PolicyError, UsageError
from carnet.exchange.examination import rule_of
from carnet.identity.directory import Trust, sealing_key
from carnet.identity.keystore import Keystore
from carnet.ivms101.model import IdentityPayload
from carnet.messages import KeyBundle, Role
from carnet.params import SEED_SIZE, TRANSFER_ID_SIZE
from carnet.policy.pack import LegRule, PolicyPack, pack_hash
from carnet.policy.path import found, without
from carnet.policy.quote import Quote, value_of
from carnet.policy.tier import Tier, excess, missing, stricter, tier_for
from carnet.secret import Secret
from carnet.zk.commitment import Opening


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An offer ready to send.

    *required* is the tier that the laws ask for; *missing* names the fields that the beneficiary will ask for. *window*
    opens C_w, where the originator's pack keeps a window.
    """

    payload: Payload
    openings: Openings
    sealed: SealedOffer
    required: Tier
    missing: tuple[str, ...]
    window: Opening | None = None


def prepare(
    identity: IdentityPayload,
    transfer: Transfer,
    *,
    keystore: Keystore,
    bundle: KeyBundle,
    packs: tuple[PolicyPack, PolicyPack],
    quotes: tuple[bytes, ...],
    trust: Trust,
    counter: int,
    now: int,
    lifetime: int,
    coins: Coins,
    tier: Tier | None = None,
    transfer_id: bytes | None = None,
    revision: int = 1,
    earlier: int | None = None,
    unverified: bool = False,
) -> Prepared:
    """Return the offer of *transfer* by the owner of *keystore*, sealed to the owner of the verified *bundle*.

    *packs* are those of originator and beneficiary. *earlier* is what the customer's window holds without this
    transfer, in the currency of the originator's pack; it is needed where that pack keeps a window, and counted there.
    Without a *tier*, the one that the laws ask for is attached; every revision has a seed of its own. Packs
    whose issuer is not sure of them judge only if *unverified*.

    Raises:
        PolicyError: A pack or quote is not in force or not for this transfer, or the bundle holds no key in force.
    """
    draft = Payload(
        network=keystore.network,
        originator=keystore.vasp,
        beneficiary=bundle.vasp,
        transfer_id=transfer_id or coins(TRANSFER_ID_SIZE),
        revision=revision,
        seed=coins(SEED_SIZE),
        tier=tier or Tier.FULL,
        identity=identity,
        transfer=transfer,
        quotes=quotes,
    )
    # (1) the law of both sides, and what the transfer is worth under it
    own = rule_of(packs[0], keystore.vasp, trust=trust, now=now, unverified=unverified)
    theirs = rule_of(packs[1], bundle.vasp, trust=trust, now=now, unverified=unverified)
    prices = open_quotes(draft, issuer=trust.quote_issuer, now=now)
    links = bool(own.linked_window_s)
    if links and earlier is None:
        raise UsageError("the originator's pack keeps a window, whose sum is needed")
    counted = earlier if links and earlier is not None else 0
    required = stricter(_required(own, prices, transfer, counted), _required(theirs, prices, transfer))
    # (2) the tier, and no more data than it needs; what their window asks for, only they know
    needed = max(required, tier) if tier is not None and theirs.linked_window_s else required
    payload = replace(draft, tier=tier or required, identity=minimised(identity, own, theirs, tier=needed))
    # (3) the commitments, and the seal
    currencies = frozenset({own.currency, theirs.currency})
    opened = openings(payload, prices, currencies=currencies, unit=trust.directory.unit)
    value = opened.values[own.currency]
    window = _window(keystore, payload, total=counted + value.value) if links else None
    sealed = seal_offer(
        payload,
        opened,
        sealing_key=sealing_key(bundle, now=now),
        packs=(pack_hash(packs[0]), pack_hash(packs[1])),
        window=(window or value).commit(),
        counter=counter,
        issued=now,
        expires=now + lifetime,
        identity=keystore.identity,
    )
    asked = max(payload.tier, required)
    lacking = dict.fromkeys(path for rule in (own, theirs) for path in missing(payload.identity, rule, asked))
    return Prepared(
        payload=payload, openings=opened, sealed=sealed, required=required, missing=tuple(lacking), window=window
    )


def _window(keystore: Keystore, payload: Payload, *, total: int) -> Opening:
    secret, about = Secret(keystore.window_secret), (payload.transfer_id, payload.revision)
    return window_opening(secret, role=Role.ORIGINATOR, transfer_id=about[0], revision=about[1], total=total)


def minimised(identity: IdentityPayload, *rules: LegRule, tier: Tier) -> IdentityPayload:
    """Return *identity* without what every one of *rules* bars from *tier*: the examination asks no more."""
    barred = set.intersection(*(set(excess(identity, rule, tier)) for rule in rules))
    for path in dict.fromkeys(path for rule in rules for path in rule.basic_excess):
        if barred.issuperset(found(identity, path)):
            identity = without(identity, path)
    return identity


def _required(rule: LegRule, prices: dict[str, Quote], transfer: Transfer, earlier: int = 0) -> Tier:
    if (quote := prices.get(rule.currency)) is None:
        raise PolicyError("quote.missing", rule.currency)
    if quote.exponent != rule.exponent:
        raise PolicyError("quote.exponent", rule.currency)
    return tier_for(rule, value_of(quote, transfer.amount) + earlier)
