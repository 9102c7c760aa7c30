"""How an offer is made of an order: by both laws, at the prices in force, for the counterparty's newest key."""

from dataclasses import dataclass
from typing import final

from carnet.envelope.offer import SealedOffer
from carnet.envelope.payload import Transfer
from carnet.exchange.preparation import prepare
from carnet.exchange.states import TransferState
from carnet.ivms101 import IdentityPayload
from carnet.messages import KeyBundle
from carnet.policy import Leg, leg_rule, missing
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
    """Return the next revision of *state*, sealed, in the tier that the stricter of both packs asks for.

    Raises:
        CommandError: A field that our own pack asks for is missing; its path is named, and no value.
    """
    now = party.now
    own, theirs = party.network.own_pack(party.vasp, now=now), party.network.pack_of(bundle, now=now)
    rules = (leg_rule(own.pack, Leg.VASP), leg_rule(theirs.pack, Leg.VASP))
    if rules[0].linked_window_s:
        raise CommandError("our own pack keeps a linked window, which this node cannot prove yet")
    needed = frozenset(rule.currency for rule in rules) | {party.network.directory.unit.currency}
    prepared = prepare(
        order.identity,
        order.transfer,
        keystore=party.keys.keystore,
        bundle=bundle,
        packs=(own.pack, theirs.pack),
        quotes=party.quotes.for_asset(order.transfer.asset, needed, trust=party.trust, now=now),
        trust=party.trust,
        counter=counter,
        now=now,
        lifetime=validity_s,
        coins=party.coins,
        transfer_id=state.transfer_id,
        revision=state.revision + 1,
        unverified=party.network.unverified,
    )
    payload = prepared.payload
    if lacking := missing(payload.identity, rules[0], payload.tier):  # the beneficiary judges by its own law
        raise CommandError(f"our own policy pack asks for more in tier {payload.tier.name}: {', '.join(lacking)}")
    contents = StoredContents(seed=payload.seed, payload=payload, openings=store_openings(prepared.openings))
    return prepared.sealed, contents
