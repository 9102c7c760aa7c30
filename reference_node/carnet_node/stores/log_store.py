"""The rows of the log: records on their way into it, its head, and the heads of the logs that we witness.

Functions of a connection, for `Database.write` and `Database.read`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import HASH_SIZE
from carnet.log.notice import Notice
from carnet_node.errors import StoreConflict, StoreFatal
from carnet_node.stores.tables import evidence, head, records, unshown, witness_heads

QUEUED: Final = "QUEUED"
LOGGED: Final = "LOGGED"
PROVED: Final = "PROVED"
NOTICE: Final = 0
"""The role of a row that is no record."""
COVER: Final = 3
"""The role of a row that is a cover: of the record, it is either end's."""

_HEAD: Final = 1
_FORK: Final = "log.fork"
_MOST_FORKS: Final = 16
"""How many refusals of one witness are kept: it can refuse whatever the log is, each time that it has grown."""
_PLACE: Final = (
    update(records)
    .where(records.c.id == bindparam("row"), records.c.state == QUEUED)
    .values(state=bindparam("state"), log_index=bindparam("log_index"))
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where our own log stands: the truth about it, to which the files are held.

    *checkpoint* is the note of this very size, signed by us; *published* the newest that its witnesses signed too.
    """

    size: int
    root: bytes
    peaks: tuple[bytes, ...]
    checkpoint: bytes
    published: bytes | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record or a notice on its way into the log; one without an *id* comes into the database with the log's head."""

    id: int | None = None
    role: int
    record: bytes
    source: bytes | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRow:
    """A cover in the log, with what opens it (`carnet_node.covers.open_cover`)."""

    index: int
    record: bytes
    source: bytes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A record in the log that waits for its proof."""

    id: int
    index: int
    role: int
    transfer_id: bytes
    record: bytes
    source: bytes


def load_head(connection: Connection) -> Head | None:
    """Return the head of our log, or None before its first entry."""
    row = connection.execute(select(head).where(head.c.id == _HEAD)).one_or_none()
    if row is None:
        return None
    peaks = tuple(row.frontier[at : at + HASH_SIZE] for at in range(0, len(row.frontier), HASH_SIZE))
    return Head(size=row.size, root=row.root, peaks=peaks, checkpoint=row.checkpoint, published=row.published)


def queued(connection: Connection, *, most: int, newest: int | None = None) -> list[Item]:
    """Return the oldest items that are not in the log, up to the one with the id *newest*."""
    found = select(records.c.id, records.c.role, records.c.record).where(records.c.state == QUEUED)
    if newest is not None:
        found = found.where(records.c.id <= newest)
    rows = connection.execute(found.order_by(records.c.id).limit(most))
    return [Item(id=row.id, role=row.role, record=row.record) for row in rows]


def newest_queued(connection: Connection) -> int:
    """Return the id of the item that came last, or 0."""
    newest: int = connection.execute(select(func.coalesce(func.max(records.c.id), 0))).scalar_one()
    return newest


def queue_notice(connection: Connection, notice: Notice, *, time: int) -> None:
    """Queue *notice* for the log: once, however often that is asked for."""
    row = {"role": NOTICE, "transfer_id": notice.entry(), "record": notice.encode(), "state": QUEUED, "queued": time}
    connection.execute(upsert(records).values(**row).on_conflict_do_nothing())


def backlog(connection: Connection) -> int:
    """Return how many records are not in the log."""
    return connection.execute(select(func.count()).where(records.c.state == QUEUED)).scalar_one()


def replace_head(connection: Connection, new: Head, *, expected: int, placed: Sequence[Item], now: int) -> None:
    """Let the log grow from size *expected* to *new*, by the items *placed*, in that order.

    Raises:
        StoreFatal: The log does not have that size: somebody else writes to it.
    """
    values = {
        "size": new.size,
        "root": new.root,
        "frontier": b"".join(new.peaks),
        "checkpoint": new.checkpoint,
    }
    if expected == 0:
        found = connection.execute(upsert(head).values(id=_HEAD, **values).on_conflict_do_nothing())
    else:
        found = connection.execute(update(head).where(head.c.id == _HEAD, head.c.size == expected).values(**values))
    if found.rowcount != 1:
        raise StoreFatal(f"the log's head is not at size {expected}: another process writes to this log")
    numbered = list(enumerate(placed, start=expected))
    waiting = [
        {"row": each.id, "log_index": index, "state": PROVED if each.role == NOTICE else LOGGED}
        for index, each in numbered
        if each.id is not None
    ]
    made = [
        {
            "role": each.role,
            "transfer_id": sha256(each.record).digest(),
            "record": each.record,
            "source": each.source,
            "state": LOGGED,
            "log_index": index,
            "queued": now,
        }
        for index, each in numbered
        if each.id is None
    ]
    if waiting and connection.execute(_PLACE, waiting).rowcount != len(waiting):
        raise StoreFatal("a record is not waiting for the log any more: another process writes to it")
    if made:
        connection.execute(insert(records), made)


def store_published(connection: Connection, note: bytes) -> None:
    """Remember *note* as the newest checkpoint that carries its cosignatures."""
    connection.execute(update(head).where(head.c.id == _HEAD).values(published=note))


def proofs_between(connection: Connection, *, start: int, end: int) -> list[bytes]:
    """Return the proofs beside entries *start* to *end*; one that is not made yet is empty."""
    rows = connection.execute(
        select(records.c.log_index, records.c.proof)
        .where(records.c.log_index >= start, records.c.log_index < end)
        .order_by(records.c.log_index)
    ).all()
    if [row.log_index for row in rows] != list(range(start, end)):
        raise StoreFatal(f"records of the log's entries {start} to {end} are gone from the database")
    return [row.proof or b"" for row in rows]


def unproven(connection: Connection, *, most: int) -> list[Unproven]:
    """Return the first records of the log that wait for their proofs."""
    rows = connection.execute(
        select(records)
        .where(records.c.state == LOGGED, records.c.source.is_not(None))
        .order_by(records.c.log_index)
        .limit(most)
    )
    return [
        Unproven(
            id=row.id,
            index=row.log_index,
            role=row.role,
            transfer_id=row.transfer_id,
            record=row.record,
            source=row.source,
        )
        for row in rows
    ]


def store_proof(connection: Connection, *, record: int, proof: bytes) -> None:
    """Keep the *proof* of a record, and erase what it was made from; what opens a cover stays, for disclosures."""
    kept = case((records.c.role == COVER, records.c.source), else_=None)
    changed = connection.execute(
        update(records)
        .where(records.c.id == record, records.c.state == LOGGED)
        .values(state=PROVED, proof=proof, source=kept)
    )
    if changed.rowcount:
        index = select(records.c.log_index).where(records.c.id == record)
        connection.execute(upsert(unshown).from_select(["log_index"], index))


def unshown_proofs(connection: Connection) -> list[int]:
    """Return which entries have proofs that perhaps nobody has put into the published folder."""
    return list(connection.execute(select(unshown.c.log_index).order_by(unshown.c.log_index)).scalars())


def forget_unshown(connection: Connection, indices: Sequence[int]) -> None:
    """Note that the proofs beside the entries *indices* are in the published folder, or will come with it."""
    connection.execute(delete(unshown).where(unshown.c.log_index.in_(indices)))


def covers_between(connection: Connection, *, start: int, end: int) -> list[CoverRow]:
    """Return the covers among entries *start* to *end* whose openings are kept."""
    rows = connection.execute(
        select(records.c.log_index, records.c.record, records.c.source)
        .where(records.c.log_index >= start, records.c.log_index < end, records.c.role == COVER)
        .where(records.c.source.is_not(None))
        .order_by(records.c.log_index)
    )
    return [CoverRow(index=row.log_index, record=row.record, source=row.source) for row in rows]


def keep_fork(connection: Connection, *, witness: str, ours: bytes, request: bytes, time: int) -> None:
    """Keep what a witness refused to cosign, as evidence; one that refuses for ever does not fill the disk."""
    known = select(func.count()).where(evidence.c.kind == _FORK, evidence.c.peer == witness)
    if connection.execute(known).scalar_one() >= _MOST_FORKS:
        return
    row = {
        "kind": _FORK,
        "peer": witness,
        "role": 0,
        "transfer_id": b"",
        "revision": 0,
        "first": ours,
        "second": request,
        "time": time,
    }
    connection.execute(upsert(evidence).values(**row).on_conflict_do_nothing())


def load_witness_head(connection: Connection, origin: str) -> Checkpoint | None:
    """Return the last checkpoint of the log *origin* that we cosigned."""
    row = connection.execute(select(witness_heads).where(witness_heads.c.origin == origin)).one_or_none()
    return None if row is None else Checkpoint(origin=row.origin, size=row.size, root=row.root)


def replace_witness_head(connection: Connection, *, known: Checkpoint | None, new: Checkpoint, time: int) -> None:
    """Remember *new* as what we cosigned last of its log, if that still was *known*.

    Raises:
        StoreConflict: It was not.
    """
    if load_witness_head(connection, new.origin) != known:
        raise StoreConflict(f"the witnessed head of {new.origin} has changed")
    values = {"size": new.size, "root": new.root, "time": time}
    if known is None:
        connection.execute(insert(witness_heads).values(origin=new.origin, **values))
    else:
        connection.execute(update(witness_heads).where(witness_heads.c.origin == new.origin).values(**values))
