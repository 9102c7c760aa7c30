"""The rows of disclosures: requests on their way to a response, and the trail of who did what.

Functions of a connection, for `Database.write` and `Database.read`. A request is RECEIVED, then APPROVED or REJECTED by
an officer, then RESPONDED; nothing goes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from sqlalchemy import Connection, Row, Select, desc, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from carnet_node.errors import StoreConflict
from carnet_node.stores.tables import MAX_INTEGER, disclosure_trail, disclosures, records, statements

RECEIVED: Final = "RECEIVED"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
RESPONDED: Final = "RESPONDED"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A request as far as it has come; the records with the numbers *declined* are not shown."""

    request_hash: bytes
    request: bytes
    received: int
    state: str
    declined: frozenset[int]
    response: bytes | None
    opened: bytes | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One line of the trail."""

    time: int
    act: str
    officer: str | None
    reason: str | None


def receive(connection: Connection, request_hash: bytes, *, request: bytes, time: int) -> bool:
    """Keep a request; return whether it is a new one."""
    values = {"request": request, "received": time, "state": RECEIVED, "declined": ""}
    done = connection.execute(upsert(disclosures).values(request_hash=request_hash, **values).on_conflict_do_nothing())
    if done.rowcount == 1:
        note(connection, request_hash, time=time, act=RECEIVED)
    return done.rowcount == 1


def decide(
    connection: Connection,
    request_hash: bytes,
    *,
    state: str,
    declined: Sequence[int],
    officer: str,
    reason: str | None,
    time: int,
) -> None:
    """Note what *officer* decided.

    Raises:
        StoreConflict: Somebody has decided already.
    """
    done = connection.execute(
        update(disclosures)
        .where(disclosures.c.request_hash == request_hash, disclosures.c.state == RECEIVED)
        .values(state=state, declined=" ".join(map(str, declined)))
    )
    if done.rowcount != 1:
        raise StoreConflict("the request was decided before")
    note(connection, request_hash, time=time, act=state, officer=officer, reason=reason)


def store_response(
    connection: Connection, request_hash: bytes, *, response: bytes, opened: bytes, open_at: int, time: int
) -> None:
    """Keep the *response*: there is never another.

    Raises:
        StoreConflict: There is one, or nobody has decided.
    """
    done = connection.execute(
        update(disclosures)
        .where(disclosures.c.request_hash == request_hash, disclosures.c.state.in_((APPROVED, REJECTED)))
        .values(state=RESPONDED, response=response, opened=opened, open_at=open_at)
    )
    if done.rowcount != 1:
        raise StoreConflict("the request has its response, or nobody has decided about it")
    note(connection, request_hash, time=time, act=RESPONDED)


def note(
    connection: Connection,
    request_hash: bytes,
    *,
    time: int,
    act: str,
    officer: str | None = None,
    reason: str | None = None,
) -> None:
    """Add a line to the trail."""
    values = {"time": time, "act": act, "officer": officer, "reason": reason}
    connection.execute(insert(disclosure_trail).values(request_hash=request_hash, **values))


def listing(connection: Connection, *, most: int) -> list[Stored]:
    """Return the newest requests, the newest first."""
    query = select(disclosures).order_by(desc(disclosures.c.received)).limit(most)
    return [_stored(row) for row in connection.execute(query)]


def named(connection: Connection, start: bytes) -> list[Stored]:
    """Return the requests whose hash begins with *start*, two at most."""
    size = len(start)
    found = select(disclosures).where(disclosures.c.request_hash >= start).order_by(disclosures.c.request_hash).limit(2)
    return [_stored(row) for row in connection.execute(found) if row.request_hash[:size] == start]


def trail(connection: Connection, request_hash: bytes) -> list[Act]:
    """Return all that was done about a request."""
    query = select(disclosure_trail).where(disclosure_trail.c.request_hash == request_hash)
    return [
        Act(time=row.time, act=row.act, officer=row.officer, reason=row.reason)
        for row in connection.execute(query.order_by(disclosure_trail.c.id))
    ]


def due(connection: Connection, *, now: int) -> list[Stored]:
    """Return the responses whose notice is to be opened by *now*."""
    query = select(disclosures).where(disclosures.c.open_at <= now).limit(100)
    return [_stored(row) for row in connection.execute(query)]


def store_opened(connection: Connection, request_hash: bytes, *, time: int) -> None:
    """Note that the notice of a response was opened."""
    connection.execute(update(disclosures).where(disclosures.c.request_hash == request_hash).values(open_at=None))
    note(connection, request_hash, time=time, act="OPENED")


def record_at(connection: Connection, index: int) -> Row[Any] | None:
    """Return (role, transfer_id, record, source) of entry *index* of the log."""
    if index > MAX_INTEGER:  # whoever asks may ask for any number
        return None
    columns = (records.c.role, records.c.transfer_id, records.c.record, records.c.source)
    query: Select[Any] = select(*columns).where(records.c.log_index == index)
    found: Row[Any] | None = connection.execute(query).first()
    return found


def statements_of(connection: Connection, *, role: int, transfer_id: bytes, state: int) -> list[bytes]:
    """Return what was signed about an ending, by us and by them, as it travelled."""
    row = connection.execute(
        select(statements.c.ours, statements.c.theirs).where(
            statements.c.role == role, statements.c.transfer_id == transfer_id, statements.c.state == state
        )
    ).first()
    return [] if row is None else [each for each in (row.ours, row.theirs) if each is not None]


def _stored(row: Row[Any]) -> Stored:
    return Stored(
        request_hash=row.request_hash,
        request=row.request,
        received=row.received,
        state=row.state,
        declined=frozenset(int(each) for each in row.declined.split()),
        response=row.response,
        opened=row.opened,
    )
