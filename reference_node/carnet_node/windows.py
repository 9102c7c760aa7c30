"""What our customers move within their windows: counted when an offer is made or answered, shown when an epoch ends.

All of it happens on the database's one writing thread, each offer in one transaction: no two offers of a customer are
made from one sum. Values and sums are sealed at rest; a row tells how many transfers a customer, whose name is a keyed
hash, has under way (spec/window.md#sums).
"""

from dataclasses import dataclass
from typing import Final, final

from sqlalchemy import Connection

from carnet.crypto.coins import Coins
from carnet.crypto.kdf import Deriver
from carnet.crypto.lockbox import open_box, seal_box
from carnet.envelope.values import window_opening
from carnet.identity.keystore import Keystore
from carnet.log.record import VALUE, WINDOW, record_blinding
from carnet.messages import BROADCAST_ENDINGS, OfferHeader, Role, TerminalStatement
from carnet.params import EPOCH_S
from carnet.policy import LegRule
from carnet.reporting.customer import SlotOpenings, Standing, counted_value, first_epoch
from carnet.reporting.window import CHAIN_SIZE, reach
from carnet.schema import Message, message
from carnet.secret import Secret
from carnet.zk.commitment import Opening
from carnet_node.scalars import Scalar, Sum, restore_opening, to_scalar
from carnet_node.stores import window_store
from carnet_node.stores.window_store import StoredPlace

_CONTEXT: Final = b"carnet/window-slot/v1"


@message("stored-slot", private=True)
class StoredSlot(Message):
    """What opens a slot: the value and the window sum of its record, and the sum of the chain up to it."""

    value: Sum
    value_blinding: Scalar
    window: Sum
    window_blinding: Scalar
    total: Sum
    total_blinding: Scalar


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Where the next transfer of *customer* comes: what its window holds already, *earlier*, from slot *start* on.

    *before* is the last slot of its chain, if it has one that still counts.
    """

    customer: bytes
    chain: bytes
    slot: int
    start: int
    reach: int
    earlier: int
    before: StoredPlace | None


@final
class Windows:
    """The window sums of the VASP with *keystore*."""

    def __init__(self, keystore: Keystore, *, coins: Coins) -> None:
        self._secret: Final = Secret(keystore.window_secret)
        self._storage: Final = Secret(keystore.storage_key)
        self._coins: Final = coins

    # --- an offer is made, or answered ---

    def counting(self, connection: Connection, name: str, *, role: Role, rule: LegRule, issued: int) -> Counting:
        """Return what the window of our customer *name* holds already, for an offer of time *issued*."""
        customer = Deriver(self._storage).derive("window-customer", int(role), rule.currency, name)
        return self._counting(connection, customer, reaching=reach(rule.linked_window_s), since=_since(rule, issued))

    def _counting(self, connection: Connection, customer: bytes, *, reaching: int, since: int) -> Counting:
        newest = window_store.newest_chain(connection, customer)
        start = None if newest is None else window_store.first_due(connection, newest, since=since)
        if newest is None or start is None:
            fresh = self._coins(CHAIN_SIZE)
            return Counting(customer=customer, chain=fresh, slot=0, start=0, reach=reaching, earlier=0, before=None)
        last = window_store.last_slot(connection, newest)
        before = window_store.load_slot(connection, newest, last)

        def opened(slot: int) -> SlotOpenings:
            return self.opened(before if slot == last else window_store.load_slot(connection, newest, slot))

        return Counting(
            customer=customer,
            chain=newest,
            slot=last + 1,
            start=start,
            reach=reaching,
            earlier=counted_value(opened, start=start, last=last),
            before=before,
        )

    def window(self, header_of: tuple[bytes, int], *, role: Role, total: int) -> Opening:
        """Return what opens our C_w over *total* for one revision of a transfer."""
        transfer_id, revision = header_of
        return window_opening(self._secret, role=role, transfer_id=transfer_id, revision=revision, total=total)

    def count(
        self,
        connection: Connection,
        counting: Counting,
        *,
        role: Role,
        header: OfferHeader,
        header_hash: bytes,
        seed: Secret[bytes],
        value: Opening,
    ) -> Opening:
        """Count the offer of *header*, of which *value* is what it opens to in our currency; return what opens C_w."""
        about = (header.transfer_id, header.revision)
        window = self.window(about, role=role, total=counting.earlier + value.value)

        def recorded(opening: Opening, field: str) -> Opening:
            by = record_blinding(seed, role=role, field=field, header_hash=header_hash)
            return opening + Opening(value=0, blinding=by)

        self._add(
            connection,
            counting,
            value=recorded(value, VALUE),
            window=recorded(window, WINDOW),
            role=int(role),
            transfer_id=about[0],
            revision=about[1],
            standing=int(Standing.OPEN),
            epoch=None,
        )
        return window

    def _add(
        self, connection: Connection, counting: Counting, *, value: Opening, window: Opening, **about: object
    ) -> None:
        total = value if counting.before is None else self.opened(counting.before).total + value
        window_store.add(
            connection,
            customer=counting.customer,
            chain=counting.chain,
            slot=counting.slot,
            start=counting.start,
            reach=counting.reach,
            box=self._seal(counting.chain, counting.slot, value=value, window=window, total=total),
            **about,
        )

    def add_cover(
        self,
        connection: Connection,
        *,
        role: int,
        transfer_id: bytes,
        customer: bytes,
        epoch: int,
        rule: LegRule,
        openings: tuple[Opening, Opening],
    ) -> None:
        """Let a cover, with the openings of its value and window, be one of *customer*, who does not exist."""
        reaching = reach(rule.linked_window_s)
        counting = self._counting(connection, customer, reaching=reaching, since=epoch - reaching)
        self._add(
            connection,
            counting,
            value=openings[0],
            window=openings[1],
            role=role,
            transfer_id=transfer_id,
            revision=0,
            standing=int(Standing.MOVED),
            epoch=epoch,
        )

    # --- it ends ---

    def end(self, connection: Connection, statement: TerminalStatement, *, role: Role) -> Opening | None:
        """Note how a transfer ended; return what opens our C_w, if we counted it."""
        about = {"role": int(role), "transfer_id": statement.transfer_id, "revision": statement.revision}
        row = window_store.find(connection, **about)  # type: ignore[arg-type]
        if row is None:
            return None
        if statement.state not in BROADCAST_ENDINGS:
            self._drop(connection, row.chain, row.slot)
            return None
        epoch = statement.time // EPOCH_S
        window_store.stand(connection, chain=row.chain, slot=row.slot, standing=Standing.MOVED, epoch=epoch)
        total = self._open(row.chain, row.slot, row.box).window.value
        return self.window((statement.transfer_id, statement.revision), role=role, total=total)

    def drop(self, connection: Connection, *, role: Role, transfer_id: bytes, revision: int) -> None:
        """Note that the offer of *revision* will move nothing; another revision may."""
        row = window_store.find(connection, role=int(role), transfer_id=transfer_id, revision=revision)
        if row is not None:
            self._drop(connection, row.chain, row.slot)

    def _drop(self, connection: Connection, chain: bytes, slot: int) -> None:
        window_store.stand(connection, chain=chain, slot=slot, standing=Standing.DROPPED)
        window_store.give_up(connection, chain)

    # --- at rest ---

    def opened(self, stored: StoredPlace) -> SlotOpenings:
        """Return what opens a slot."""
        return self._open(stored.chain, stored.place.slot, stored.box, proof=stored.proof)

    def _open(self, chain: bytes, slot: int, box: bytes, *, proof: bytes | None = None) -> SlotOpenings:
        found = StoredSlot.decode(open_box(self._storage, box, context=_context(chain, slot)))
        return SlotOpenings(
            value=restore_opening(found.value, found.value_blinding),
            window=restore_opening(found.window, found.window_blinding),
            total=restore_opening(found.total, found.total_blinding),
            proof=proof,
        )

    def _seal(self, chain: bytes, slot: int, *, value: Opening, window: Opening, total: Opening) -> bytes:
        stored = StoredSlot(
            value=value.value,
            value_blinding=to_scalar(value.blinding),
            window=window.value,
            window_blinding=to_scalar(window.blinding),
            total=total.value,
            total_blinding=to_scalar(total.blinding),
        )
        return seal_box(self._storage, stored.encode(), context=_context(chain, slot), coins=self._coins)


def _since(rule: LegRule, issued: int) -> int:
    return first_epoch(issued, linked_window_s=rule.linked_window_s)


def _context(chain: bytes, slot: int) -> bytes:
    return _CONTEXT + chain + slot.to_bytes(4, "big")
