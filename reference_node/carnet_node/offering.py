"""How an offer is made: what the tier needs and no more, valued by quotes, sealed to the counterparty's newest key."""

from dataclasses import dataclass, replace
from typing import final

from carnet.envelope.offer import SealedOffer, seal_offer
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import open_quotes, openings
from carnet.exchange.states import TransferState
from carnet.identity.directory import sealing_key
from carnet.ivms101 import IdentityPayload
from carnet.messages import KeyBundle
from carnet.policy import Leg, LegRule, Tier, leg_rule, minimise, missing, stricter, tier_for
from carnet_node.errors import CommandError
from carnet_node.party import Party, StoredContents
from carnet_node.recording import store_openings


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the caller wants to send: all that it knows; what the tier does not need is left out."""

    identity: IdentityPayload
    transfer: Transfer


def seal_next(
    party: Party, state: TransferState, order: Order, bundle: KeyBundle, *, counter: int, validity_s: int
) -> tuple[SealedOffer, StoredContents]:
    """Return the next revision of *state*, sealed, in the tier that the stricter of both packs asks for."""
    now, transfer = party.now, order.transfer
    unit_of_account = party.network.directory.unit
    packs = (party.network.own_pack(party.vasp, now=now), party.network.pack_of(bundle, now=now))
    rules = (leg_rule(packs[0].pack, Leg.VASP), leg_rule(packs[1].pack, Leg.VASP))
    if rules[0].linked_window_s:
        raise CommandError("our own pack keeps a linked window, which this node cannot prove yet")
    currencies = frozenset(rule.currency for rule in rules)
    signed_quotes = party.quotes.for_asset(
        transfer.asset, currencies | {unit_of_account.currency}, trust=party.trust, now=now
    )
    blank = Payload(
        network=party.network.directory.network,
        originator=party.vasp,
        beneficiary=bundle.vasp,
        transfer_id=state.transfer_id,
        revision=state.revision + 1,
        seed=party.coins(32),
        tier=Tier.FULL,
        identity=order.identity,
        transfer=transfer,
        quotes=signed_quotes,
    )
    quotes = open_quotes(blank, issuer=party.trust.quote_issuer, now=now)
    valued = openings(blank, quotes, currencies=currencies, unit=unit_of_account)
    tier = stricter(*(tier_for(rule, valued.values[rule.currency].value) for rule in rules))
    payload = _fitted(blank, tier, rules, own=rules[0])
    opened = openings(payload, quotes, currencies=currencies, unit=unit_of_account)
    sealed = seal_offer(
        payload,
        opened,
        sealing_key=sealing_key(bundle, now=now),
        packs=(packs[0].hash, packs[1].hash),
        window=opened.values[rules[0].currency].commit(),
        counter=counter,
        issued=now,
        expires=now + validity_s,
        identity=party.keys.keystore.identity,
    )
    return sealed, StoredContents(seed=payload.seed, payload=payload, openings=store_openings(opened))


def _fitted(payload: Payload, tier: Tier, rules: tuple[LegRule, LegRule], *, own: LegRule) -> Payload:
    """Return *payload* in *tier*: with all that our own pack asks for, and without what no pack does.

    Raises:
        CommandError: A field is missing; its path is named, and no value.
    """
    if lacking := missing(payload.identity, own, tier):
        raise CommandError(f"our own policy pack asks for more in tier {tier.name}: {', '.join(lacking)}")
    identity = payload.identity
    if tier is Tier.BASIC:
        surplus = set.intersection(*(set(rule.basic_excess) for rule in rules))
        identity = minimise(identity, replace(own, basic_excess=tuple(sorted(surplus))), tier)
    return replace(payload, tier=tier, identity=identity)
