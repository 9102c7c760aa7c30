"""The rows of the window sums: which transfers stand in which customer's chain, and what the pages have shown of them.

Functions of a connection, for `Database.write` and `Database.read`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from sqlalchemy import Connection, Row, Select, and_, delete, desc, func, insert, or_, select, update

from carnet.reporting.customer import Place, Standing
from carnet_node.stores.log_store import COVER
from carnet_node.stores.tables import records, windows

_LOGGED: Final = windows.outerjoin(
    records, and_(records.c.role == windows.c.role, records.c.transfer_id == windows.c.transfer_id)
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlace:
    """A row: where a transfer stands, *place*, and what it is."""

    chain: bytes
    reach: int
    place: Place
    box: bytes
    proof: bytes | None


def newest_chain(connection: Connection, customer: bytes) -> bytes | None:
    """Return the chain in which the newest transfer of *customer* stands."""
    query = select(windows.c.chain).where(windows.c.customer == customer).order_by(desc(windows.c.id)).limit(1)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def first_due(connection: Connection, chain: bytes, *, since: int) -> int | None:
    """Return what `carnet.reporting.customer.window_start` returns of *chain*, which may be long."""
    due = or_(
        windows.c.standing == int(Standing.OPEN),
        and_(windows.c.standing == int(Standing.MOVED), windows.c.epoch >= since),
    )
    found: int | None = connection.execute(
        select(func.min(windows.c.slot)).where(windows.c.chain == chain, due)
    ).scalar_one()
    return found


def last_slot(connection: Connection, chain: bytes) -> int:
    """Return the number of the last slot of *chain*, which has one."""
    last: int = connection.execute(select(func.max(windows.c.slot)).where(windows.c.chain == chain)).scalar_one()
    return last


def load_slot(connection: Connection, chain: bytes, slot: int) -> StoredPlace:
    """Return one place of *chain*."""
    query = select(windows, records.c.log_index).select_from(_LOGGED)
    return _stored(connection.execute(query.where(windows.c.chain == chain, windows.c.slot == slot)).one(), None)


def give_up(connection: Connection, chain: bytes) -> None:
    """Erase the slots at the end of *chain* that are dropped, as `carnet.reporting.customer.droppable` has them."""
    kept = select(func.max(windows.c.slot)).where(windows.c.chain == chain, windows.c.standing != int(Standing.DROPPED))
    last = connection.execute(kept).scalar_one()
    after = windows.c.slot > (-1 if last is None else last)
    connection.execute(delete(windows).where(windows.c.chain == chain, after))


def load_chain(connection: Connection, chain: bytes, *, serial: int | None = None) -> list[StoredPlace]:
    """Return the places of *chain* by their slots, as they are before the page of report *serial*."""
    query = select(windows, records.c.log_index).select_from(_LOGGED).where(windows.c.chain == chain)
    return [_stored(row, serial) for row in connection.execute(query.order_by(windows.c.slot))]


def _stored(row: Row[Any], serial: int | None) -> StoredPlace:
    def before(page: int | None) -> bool:
        return page is not None and (serial is None or page < serial)

    place = Place(
        slot=row.slot,
        start=row.start,
        standing=Standing(row.standing),
        epoch=row.epoch,
        index=row.log_index,
        shown=before(row.shown),
        reported=before(row.reported),
    )
    return StoredPlace(chain=row.chain, reach=row.reach, place=place, box=row.box, proof=row.proof)


def add(connection: Connection, **values: Any) -> None:
    """Put a transfer into its slot."""
    connection.execute(insert(windows).values(shown=None, reported=None, proof=None, **values))


def find(connection: Connection, *, role: int, transfer_id: bytes, revision: int) -> Row[Any] | None:
    """Return (chain, slot, box) of one revision of a transfer."""
    return _of(connection, select(windows.c.chain, windows.c.slot, windows.c.box), role, transfer_id, revision)


def _of(connection: Connection, query: Select[Any], role: int, transfer_id: bytes, revision: int) -> Row[Any] | None:
    found: Row[Any] | None = connection.execute(
        query.where(windows.c.role == int(role), windows.c.transfer_id == transfer_id, windows.c.revision == revision)
    ).first()
    return found


def stand(connection: Connection, *, chain: bytes, slot: int, standing: Standing, epoch: int | None = None) -> None:
    """Note what has become of the transfer in a slot."""
    change = update(windows).where(windows.c.chain == chain, windows.c.slot == slot)
    connection.execute(change.values(standing=int(standing), epoch=epoch))


def erase(connection: Connection, chain: bytes, slots: Sequence[int]) -> None:
    """Forget *slots* of *chain*."""
    for start in range(0, len(slots), 500):
        some = slots[start : start + 500]
        connection.execute(delete(windows).where(windows.c.chain == chain, windows.c.slot.in_(some)))


def keep_proof(connection: Connection, *, chain: bytes, slot: int, proof: bytes) -> None:
    """Keep the proof of a phantom, which later pages may show again."""
    connection.execute(update(windows).where(windows.c.chain == chain, windows.c.slot == slot).values(proof=proof))


def mark(connection: Connection, *, chain: bytes, slot: int, serial: int, record: bool) -> None:
    """Note that the page of report *serial* shows a slot, as that of its *record* or of a phantom."""
    here = and_(windows.c.chain == chain, windows.c.slot == slot)
    connection.execute(update(windows).where(here, windows.c.shown.is_(None)).values(shown=serial))
    if record:
        connection.execute(update(windows).where(here).values(reported=serial))


def chains_between(connection: Connection, *, start: int, end: int) -> list[bytes]:
    """Return the chains in which records of the log's entries *start* to *end* stand."""
    query = select(windows.c.chain).distinct().select_from(_LOGGED)
    rows = connection.execute(query.where(records.c.log_index >= start, records.c.log_index < end))
    return [row.chain for row in rows]


def all_chains(connection: Connection) -> list[bytes]:
    """Return all chains that are kept."""
    return [row.chain for row in connection.execute(select(windows.c.chain).distinct())]


def first_slots(connection: Connection, *, start: int, end: int) -> list[bool]:
    """Return of each transfer's record among the entries *start* to *end* whether it begins its chain."""
    query = select(windows.c.slot).select_from(_LOGGED).where(windows.c.role != COVER)
    rows = connection.execute(query.where(records.c.log_index >= start, records.c.log_index < end))
    return [row.slot == 0 for row in rows]


def cover_customers(connection: Connection) -> list[bytes]:
    """Return the customers who do not exist, and have covers."""
    rows = connection.execute(select(windows.c.customer).distinct().where(windows.c.role == COVER))
    return [row.customer for row in rows]


def ungrouped_covers(connection: Connection, *, start: int, end: int) -> list[Row[Any]]:
    """Return (transfer_id, record, source) of the covers among the entries *start* to *end* that stand in no chain."""
    query = (
        select(records.c.transfer_id, records.c.record, records.c.source)
        .select_from(
            records.outerjoin(
                windows, and_(windows.c.role == records.c.role, windows.c.transfer_id == records.c.transfer_id)
            )
        )
        .where(records.c.role == COVER, records.c.log_index >= start, records.c.log_index < end)
        .where(windows.c.id.is_(None), records.c.source.is_not(None))
    )
    return list(connection.execute(query.order_by(records.c.log_index)))
