"""The rows of the epochs' reports, and of what the next ones are made from.

Functions of a connection, for `Database.write` and `Database.read`. A report passes through five states, each of which
a restart goes on from: OPEN, that of the epoch that is not over; FIXED, which entries it is about; SIGNED, and never
changed again; NOTED, a notice of it on its way into the log; ISSUED, published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from sqlalchemy import Connection, Row, and_, delete, desc, func, insert, select, update

from carnet.log.merkle import EMPTY_ROOT
from carnet_node.errors import StoreConflict
from carnet_node.stores.log_store import NOTICE
from carnet_node.stores.tables import entries, records, reportables, reports

OPEN: Final = "OPEN"
FIXED: Final = "FIXED"
SIGNED: Final = "SIGNED"
NOTED: Final = "NOTED"
ISSUED: Final = "ISSUED"

_SAME: Final = and_(reportables.c.role == records.c.role, reportables.c.transfer_id == records.c.transfer_id)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A report as far as it has come: of entries *start* to *end* of the log, *fixed* at a time."""

    serial: int
    epoch: int
    state: str
    start: int
    end: int
    root: bytes
    fixed: int
    signed: bytes | None = None
    windows: bytes | None = None
    sums: bytes | None = None
    issued: int | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A matched transfer in our log, of which the other end has not shown its record."""

    role: int
    transfer_id: bytes
    counterparty: str
    box: bytes
    attempts: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A transfer of a report that both ends have signed; *shown* if the other end has shown its record."""

    role: int
    transfer_id: bytes
    counterparty: str
    epoch: int
    box: bytes
    shown: bool


# --- our entries, for others -----------------------------------------------------------------------------------------


def places(connection: Connection, asked: Sequence[bytes]) -> dict[bytes, int]:
    """Return the numbers in the log of those of the entries *asked* that it holds."""
    rows = connection.execute(
        select(entries.c.entry, records.c.log_index)
        .join(records, records.c.id == entries.c.record)
        .where(entries.c.entry.in_(asked), records.c.log_index.is_not(None))
    )
    return {row.entry: row.log_index for row in rows}


# --- reports ---------------------------------------------------------------------------------------------------------


def begin(connection: Connection, *, epoch: int) -> Stored:
    """Return the report of the epoch that is not over; the first one ever is that of *epoch*."""
    if (found := current(connection)) is not None:
        return found
    first = Stored(serial=1, epoch=epoch, state=OPEN, start=0, end=0, root=EMPTY_ROOT, fixed=0)
    _insert(connection, first)
    return first


def fix(connection: Connection, report: Stored, *, end: int, root: bytes, now: int) -> Stored:
    """End *report*, which is open, at *end*, where the log has *root*; return the next one, which is open from there.

    Raises:
        StoreConflict: It is not open, or the log has become smaller.
    """
    done = connection.execute(
        update(reports)
        .where(reports.c.serial == report.serial, reports.c.state == OPEN, reports.c.start <= end)
        .values(state=FIXED, end=end, root=root, fixed=now)
    )
    if done.rowcount != 1:
        raise StoreConflict(f"report {report.serial} is not open up to {end}")
    serial, epoch = report.serial + 1, report.epoch + 1
    following = Stored(serial=serial, epoch=epoch, state=OPEN, start=end, end=end, root=root, fixed=0)
    _insert(connection, following)
    return following


def _insert(connection: Connection, one: Stored) -> None:
    values = {"serial": one.serial, "epoch": one.epoch, "state": one.state, "fixed": one.fixed}
    connection.execute(insert(reports).values(start=one.start, end=one.end, root=one.root, **values))


def current(connection: Connection) -> Stored | None:
    """Return the report of the epoch that is not over, once the first one has begun."""
    row = connection.execute(select(reports).where(reports.c.state == OPEN)).first()
    return None if row is None else _stored(row)


def numbered(connection: Connection, serial: int) -> Stored | None:
    """Return report *serial*, as far as it has come."""
    row = connection.execute(select(reports).where(reports.c.serial == serial)).first()
    return None if row is None else _stored(row)


def under_way(connection: Connection) -> list[Stored]:
    """Return the reports of epochs that are over which are not issued, the oldest first."""
    rows = connection.execute(
        select(reports).where(reports.c.state.in_((FIXED, SIGNED, NOTED))).order_by(reports.c.serial)
    )
    return [_stored(row) for row in rows]


def listing(connection: Connection, *, most: int) -> list[Stored]:
    """Return the newest reports, the newest first."""
    return [_stored(row) for row in connection.execute(select(reports).order_by(desc(reports.c.serial)).limit(most))]


def store_signed(connection: Connection, serial: int, *, signed: bytes, windows: bytes | None, sums: bytes) -> None:
    """Keep report *serial* as it was signed: there is never another.

    Raises:
        StoreConflict: It was signed before.
    """
    done = connection.execute(
        update(reports)
        .where(reports.c.serial == serial, reports.c.state == FIXED)
        .values(state=SIGNED, signed=signed, windows=windows, sums=sums)
    )
    if done.rowcount != 1:
        raise StoreConflict(f"report {serial} is signed already")


def note(connection: Connection, report: Stored) -> bool:
    """Remember that a notice of *report* is queued, and erase what it was made from; return if it was not before."""
    done = connection.execute(
        update(reports).where(reports.c.serial == report.serial, reports.c.state == SIGNED).values(state=NOTED)
    )
    if done.rowcount != 1:
        return False
    within = select(records.c.id).where(_SAME, *_range(report.start, report.end)).exists()
    connection.execute(delete(reportables).where(within))
    return True


def noticed(connection: Connection, entry: bytes) -> int | None:
    """Return the number in the log of the notice with this *entry*, once it is there."""
    where = (records.c.role == NOTICE, records.c.transfer_id == entry)
    index: int | None = connection.execute(select(records.c.log_index).where(*where)).scalar()
    return index


def issue(connection: Connection, serial: int, *, now: int) -> None:
    """Remember that report *serial* is published."""
    connection.execute(
        update(reports).where(reports.c.serial == serial, reports.c.state == NOTED).values(state=ISSUED, issued=now)
    )


# --- what a report is made from --------------------------------------------------------------------------------------


def waiting(connection: Connection, report: Stored, *, now: float, most: int) -> list[Waiting]:
    """Return matched transfers of *report* of which the other end is to be asked at *now*."""
    rows = connection.execute(
        _unshown(report).where(reportables.c.next_try <= now).order_by(reportables.c.next_try).limit(most)
    )
    return [
        Waiting(
            role=row.role,
            transfer_id=row.transfer_id,
            counterparty=row.counterparty,
            box=row.box,
            attempts=row.attempts,
        )
        for row in rows
    ]


def is_shown(connection: Connection, report: Stored) -> bool:
    """Return whether the counterparties have shown all records of *report*."""
    return connection.execute(_unshown(report).limit(1)).first() is None


def unshown(connection: Connection, report: Stored) -> dict[str, int]:
    """Return how many records of *report* each counterparty has not shown to be in its log."""
    found = _unshown(report).subquery()
    rows = connection.execute(select(found.c.counterparty, func.count()).group_by(found.c.counterparty))
    return {str(name): int(count) for name, count in rows}


def store_shown(connection: Connection, shown: Sequence[tuple[Waiting, bytes]]) -> None:
    """Keep, of each transfer in *shown*, the proof that the other end's record of it is in its log."""
    for one, proof in shown:
        connection.execute(update(reportables).where(_is(one)).values(proof=proof))


def postpone(connection: Connection, those: Sequence[Waiting], *, until: float) -> None:
    """Ask about *those* again at *until*."""
    for one in those:
        values = {"attempts": one.attempts + 1, "next_try": until}
        connection.execute(update(reportables).where(_is(one)).values(**values))


def hurry(connection: Connection) -> None:
    """Let every counterparty be asked now."""
    connection.execute(update(reportables).where(reportables.c.proof.is_(None)).values(next_try=0.0))


def matched(connection: Connection, *, start: int, end: int) -> list[Matched]:
    """Return the transfers whose records are the entries *start* to *end*, and that both ends have signed."""
    rows = connection.execute(
        select(reportables).join(records, _SAME).where(*_range(start, end)).order_by(records.c.log_index)
    )
    return [
        Matched(
            role=row.role,
            transfer_id=row.transfer_id,
            counterparty=row.counterparty,
            epoch=row.epoch,
            box=row.box,
            shown=row.proof is not None,
        )
        for row in rows
    ]


def items(connection: Connection, *, start: int, end: int) -> list[bytes]:
    """Return the records and notices that are the entries *start* to *end* of the log."""
    rows = connection.execute(select(records.c.record).where(*_range(start, end)).order_by(records.c.log_index))
    return [row.record for row in rows]


def _unshown(report: Stored) -> Any:
    """Return the query of what *report* lacks; it is quick where that is little, however long the report's range is."""
    within = select(records.c.id).where(_SAME, *_range(report.start, report.end)).exists()
    return select(reportables).where(reportables.c.proof.is_(None), within)


def _range(start: int, end: int) -> tuple[Any, Any]:
    return records.c.log_index >= start, records.c.log_index < end


def _is(one: Waiting) -> Any:
    return and_(reportables.c.role == one.role, reportables.c.transfer_id == one.transfer_id)


def _stored(row: Row[Any]) -> Stored:
    names = ("serial", "epoch", "state", "start", "end", "root", "fixed", "signed", "windows", "sums", "issued")
    return Stored(**{name: getattr(row, name) for name in names})
