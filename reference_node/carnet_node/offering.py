"""How an offer is made of an order: by both laws, at the prices in force, for the counterparty's newest key."""

from dataclasses import dataclass
from typing import Final, final

from carnet.envelope.offer import SealedOffer
from carnet.envelope.payload import Transfer
from carnet.errors import Code
from carnet.exchange.preparation import prepare
from carnet.exchange.states import TransferState
from carnet.ivms101 import IdentityPayload
from carnet.messages import KeyBundle, Role
from carnet.policy import Leg, LegRule, Tier, leg_rule, missing
from carnet.secret import Secret
from carnet_node.errors import CommandError
from carnet_node.party import Party, StoredContents
from carnet_node.recording import store_openings
from carnet_node.stores.unit import Unit
from carnet_node.windows import Counting

O: Final = Role.ORIGINATOR  # noqa: E741 - the letter of spec/exchange.md


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the caller wants to send: all that it knows; what the tier does not need is left out."""

    identity: IdentityPayload
    transfer: Transfer


def seal_next(
    party: Party,
    unit: Unit,
    state: TransferState,
    order: Order,
    bundle: KeyBundle,
    *,
    counter: int,
    validity_s: int,
) -> tuple[SealedOffer, StoredContents]:
    """Return the next revision of *state*, sealed, in the tier that the stricter of both packs asks for.

    Where our own pack links transfers, it is counted from now on among those of our customer.

    Raises:
        CommandError: A field that our own pack asks for is missing; its path is named, and no value.
    """
    now = party.now
    own, theirs = party.network.own_pack(party.vasp, now=now), party.network.pack_of(bundle, now=now)
    rules = (leg_rule(own.pack, Leg.VASP), leg_rule(theirs.pack, Leg.VASP))
    counting = _counting(party, unit, state, order, rules[0], issued=now)
    # of their window we know only what they ask for
    full = bool(rules[1].linked_window_s) and state.code == Code.INCOMPLETE_IDENTITY
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
        tier=Tier.FULL if full else None,
        transfer_id=state.transfer_id,
        revision=state.revision + 1,
        earlier=None if counting is None else counting.earlier,
        unverified=party.network.unverified,
    )
    payload = prepared.payload
    if lacking := missing(payload.identity, rules[0], payload.tier):  # the beneficiary judges by its own law
        raise CommandError(f"our own policy pack asks for more in tier {payload.tier.name}: {', '.join(lacking)}")
    if counting is not None:
        party.windows.count(
            unit.connection,
            counting,
            role=O,
            header=prepared.sealed.header,
            header_hash=prepared.sealed.header_hash,
            seed=Secret(payload.seed),
            value=prepared.openings.values[rules[0].currency],
        )
    contents = StoredContents(seed=payload.seed, payload=payload, openings=store_openings(prepared.openings))
    return prepared.sealed, contents


def _counting(
    party: Party, unit: Unit, state: TransferState, order: Order, rule: LegRule, *, issued: int
) -> Counting | None:
    """Return where the next revision of *state* comes among our customer's transfers, if *rule* links them."""
    if not rule.linked_window_s:
        return None
    party.windows.drop(unit.connection, role=O, transfer_id=state.transfer_id, revision=state.revision)
    if (name := order.transfer.originator_customer) is None:
        raise CommandError("our own pack adds up what a customer sends: transfer.originatorCustomer is needed")
    return party.windows.counting(unit.connection, name, role=O, rule=rule, issued=issued)
