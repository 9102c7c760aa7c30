"""One unit of work: all that one step of a transfer reads and writes, in one transaction.

A `Unit` lives as long as its transaction. What must be done once it is on disk is collected in *scheduled* and
*changed*, and handed on by `Store.write`.

Statements are built once, here: to build one takes SQLAlchemy several times as long as to run it. Their parameters
are the columns that are written, and for the rows that are meant, the columns of the key with `of_` before them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeVar, final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    desc,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from carnet.exchange.counters import EMPTY, CounterWindow
from carnet.exchange.states import TransferState
from carnet.messages import Phase, Role
from carnet.params import SETTLE_GRACE_S
from carnet_node.errors import StoreConflict
from carnet_node.stores import tables as t
from carnet_node.stores.database import Database

T = TypeVar("T")


def _of(table: Table, *names: str) -> ColumnElement[bool]:
    """Return the condition that a row of *table* has the given values under *names*."""
    return and_(*(table.c[name] == bindparam(f"of_{name}") for name in names))


_KEY: Final = ("role", "transfer_id")
_REVISION: Final = (*_KEY, "revision")

_STATE: Final = select(t.transfers.c.state, t.transfers.c.version).where(_of(t.transfers, *_KEY))
_REPLACE_STATE: Final = update(t.transfers).where(_of(t.transfers, *_KEY, "version"))
_OFFER: Final = select(t.offers.c.header_hash, t.offers.c.message).where(_of(t.offers, *_REVISION))
_REPLY: Final = (
    select(t.receipts.c.message).where(_of(t.receipts, *_REVISION)).order_by(desc(t.receipts.c.serial)).limit(1)
)
_STATEMENT: Final = select(t.statements.c.ours, t.statements.c.theirs).where(_of(t.statements, *_KEY, "state"))
_ADD_STATEMENT: Final = upsert(t.statements)
_PUT_STATEMENT: Final = _ADD_STATEMENT.on_conflict_do_update(
    index_elements=[*_KEY, "state"],
    set_={
        side: func.coalesce(_ADD_STATEMENT.excluded[side], t.statements.c[side])  # what was said stays said
        for side in ("ours", "theirs")
    },
)
_WRAPPED: Final = select(t.transfer_keys.c.wrapped).where(_of(t.transfer_keys, *_KEY))
_BOX: Final = select(t.payloads.c.box).where(_of(t.payloads, *_REVISION))
_CHANNEL: Final = select(t.channels.c.sent, t.channels.c.window).where(_of(t.channels, "role", "counterparty"))
_ADD_CHANNEL: Final = upsert(t.channels)
_PUT_CHANNEL: Final = _ADD_CHANNEL.on_conflict_do_update(
    index_elements=["role", "counterparty"],
    set_={"sent": _ADD_CHANNEL.excluded.sent, "window": _ADD_CHANNEL.excluded.window},
)
_EFFECTS: Final = select(t.outbox)
_SETTLE_EFFECT: Final = delete(t.outbox).where(_of(t.outbox, "id"))
_POSTPONE: Final = update(t.outbox).where(_of(t.outbox, "id"))
_CLAIM: Final = upsert(t.deposits).on_conflict_do_nothing()
_CLAIMED: Final = select(t.deposits.c.transfer_id).where(_of(t.deposits, "key"))
_EVIDENCE: Final = select(t.evidence.c.id).where(_of(t.evidence, "kind", "peer", *_REVISION)).limit(1)
_DUE: Final = (
    select(t.transfers.c.role, t.transfers.c.transfer_id).where(t.transfers.c.next_tick <= bindparam("now")).limit(1000)
)
_ADD: Final = {
    table: insert(table)
    for table in (
        t.transfers,
        t.offers,
        t.receipts,
        t.transfer_keys,
        t.payloads,
        t.outbox,
        t.records,
        t.entries,
        t.reportables,
        t.evidence,
    )
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One line of the outbox: what must still be done for a transfer, at least once."""

    id: int
    kind: str
    transfer_id: bytes
    revision: int
    not_before: float
    attempts: int = 0


@final
@dataclass(slots=True)
class Unit:
    """The tables of the exchange, within one transaction at *now*."""

    connection: Connection
    now: float
    scheduled: list[Effect] = field(default_factory=list)
    changed: list[tuple[Role, bytes]] = field(default_factory=list)

    # --- states ---

    def state(self, role: Role, transfer_id: bytes) -> tuple[TransferState, int] | None:
        """Return a transfer's state and its version."""
        row = self._one(_STATE, role, transfer_id)
        return None if row is None else (TransferState.decode(row.state), row.version)

    def put_state(self, state: TransferState, *, version: int) -> None:
        """Store *state*; *version* is that of the state it replaces, 0 if there is none.

        Raises:
            StoreConflict: Another state has come between.
        """
        values: dict[str, Any] = {
            "version": version + 1,
            "phase": int(state.phase),
            "state": state.encode(),
            "next_tick": next_tick(state),
            "updated": int(self.now),
        }
        role, transfer_id = state.role, state.transfer_id
        if version == 0:
            values |= {"counterparty": state.counterparty, "created": int(self.now)}
            self._add(t.transfers, role, transfer_id, **values)
        else:
            key = {"of_role": int(role), "of_transfer_id": transfer_id, "of_version": version}
            done = self.connection.execute(_REPLACE_STATE, key | values)
            if done.rowcount != 1:
                raise StoreConflict(f"version {version} of a transfer is not current")
        self.changed.append((role, transfer_id))

    # --- what travelled ---

    def add_offer(self, role: Role, transfer_id: bytes, revision: int, *, header_hash: bytes, message: bytes) -> None:
        """Keep an offer as it travelled."""
        self._add(
            t.offers, role, transfer_id, revision=revision, header_hash=header_hash, message=message, time=int(self.now)
        )

    def offer(self, role: Role, transfer_id: bytes, revision: int) -> Row[Any] | None:
        """Return (header_hash, message) of an offer."""
        return self._one(_OFFER, role, transfer_id, of_revision=revision)

    def add_reply(self, role: Role, transfer_id: bytes, revision: int, *, serial: int, message: bytes) -> None:
        """Keep a reply as it travelled."""
        self._add(t.receipts, role, transfer_id, revision=revision, serial=serial, message=message, time=int(self.now))

    def reply(self, role: Role, transfer_id: bytes, revision: int) -> bytes | None:
        """Return the latest reply to the offer of *revision*."""
        row = self._one(_REPLY, role, transfer_id, of_revision=revision)
        return None if row is None else bytes(row.message)

    def put_statement(
        self, role: Role, transfer_id: bytes, state: Phase, *, ours: bytes | None = None, theirs: bytes | None = None
    ) -> None:
        """Keep what was said about an ending, by us or by them."""
        values = {"state": int(state), "ours": ours, "theirs": theirs, "time": int(self.now)}
        self.connection.execute(_PUT_STATEMENT, {"role": int(role), "transfer_id": transfer_id, **values})

    def statement(self, role: Role, transfer_id: bytes, state: Phase) -> Row[Any] | None:
        """Return (ours, theirs) about an ending."""
        return self._one(_STATEMENT, role, transfer_id, of_state=int(state))

    # --- personal data, sealed ---

    def put_key(self, role: Role, transfer_id: bytes, wrapped: bytes) -> None:
        """Keep a transfer's wrapped key."""
        self._add(t.transfer_keys, role, transfer_id, wrapped=wrapped)

    def key(self, role: Role, transfer_id: bytes) -> bytes | None:
        """Return a transfer's wrapped key."""
        row = self._one(_WRAPPED, role, transfer_id)
        return None if row is None else bytes(row.wrapped)

    def put_box(self, role: Role, transfer_id: bytes, revision: int, box: bytes) -> None:
        """Keep the sealed contents of an offer."""
        self._add(t.payloads, role, transfer_id, revision=revision, box=box)

    def box(self, role: Role, transfer_id: bytes, revision: int) -> bytes | None:
        """Return the sealed contents of an offer."""
        row = self._one(_BOX, role, transfer_id, of_revision=revision)
        return None if row is None else bytes(row.box)

    # --- channels ---

    def next_counter(self, role: Role, peer: str) -> int:
        """Return the next counter of our own messages to *peer* in transfers where we are *role*."""
        sent, window = self._channel(role, peer)
        self._put_channel(role, peer, sent + 1, window)
        return sent + 1

    def accept_counter(self, role: Role, peer: str, counter: int) -> None:
        """Note that *counter* of *peer* was used; raises `PolicyError` as `CounterWindow.accept` does."""
        sent, window = self._channel(role, peer)
        self._put_channel(role, peer, sent, window.accept(counter))

    def _channel(self, role: Role, peer: str) -> tuple[int, CounterWindow]:
        row = self.connection.execute(_CHANNEL, {"of_role": int(role), "of_counterparty": peer}).first()
        return (0, EMPTY) if row is None else (row.sent, CounterWindow.decode(row.window))

    def _put_channel(self, role: Role, peer: str, sent: int, window: CounterWindow) -> None:
        values = {"role": int(role), "counterparty": peer, "sent": sent, "window": window.encode()}
        self.connection.execute(_PUT_CHANNEL, values)

    # --- what remains to be done ---

    def schedule(self, kind: str, transfer_id: bytes, revision: int, *, after: float = 0.0) -> None:
        """Put a new effect into the outbox, due *after* seconds."""
        due = self.now + after
        values = {"kind": kind, "transfer_id": transfer_id, "revision": revision, "not_before": due, "attempts": 0}
        done = self.connection.execute(_ADD[t.outbox], values)
        (key,) = done.inserted_primary_key or (0,)
        self.scheduled.append(Effect(id=key, kind=kind, transfer_id=transfer_id, revision=revision, not_before=due))

    def settle_effect(self, effect: Effect) -> None:
        """Take *effect* out of the outbox: it is done, or means nothing any more."""
        self.connection.execute(_SETTLE_EFFECT, {"of_id": effect.id})

    def postpone(self, effect: Effect, *, not_before: float, problem: str) -> None:
        """Leave *effect* in the outbox for another attempt at *not_before*."""
        values = {"attempts": effect.attempts + 1, "not_before": not_before, "problem": problem}
        self.connection.execute(_POSTPONE, {"of_id": effect.id, **values})

    def put_record(self, role: Role, transfer_id: bytes, *, record: bytes, source: bytes) -> None:
        """Queue a record for the log; there is one per side and transfer."""
        values = {"role": int(role), "transfer_id": transfer_id, "record": record, "source": source}
        done = self.connection.execute(_ADD[t.records], values | {"state": "QUEUED", "queued": int(self.now)})
        (key,) = done.inserted_primary_key or (0,)
        self.connection.execute(_ADD[t.entries], {"entry": sha256(record).digest(), "record": key})

    def put_reportable(self, role: Role, transfer_id: bytes, *, counterparty: str, epoch: int, box: bytes) -> None:
        """Keep what the report needs of a transfer that has gone on record, and that both ends have signed."""
        values = {"counterparty": counterparty, "epoch": epoch, "box": box}
        self._add(t.reportables, role, transfer_id, attempts=0, next_try=0.0, **values)

    def claim(self, key: bytes, transfer_id: bytes) -> bytes:
        """Return the transfer that the deposit *key* settles: *transfer_id*, unless it settles another already."""
        self.connection.execute(_CLAIM, {"key": key, "transfer_id": transfer_id})
        return bytes(self.connection.execute(_CLAIMED, {"of_key": key}).scalar_one())

    def put_evidence(
        self, kind: str, *, peer: str, role: Role, transfer_id: bytes, revision: int, first: bytes, second: bytes
    ) -> None:
        """Keep two contents for what can have only one."""
        values = {"kind": kind, "peer": peer, "role": int(role), "transfer_id": transfer_id, "revision": revision}
        known = self.connection.execute(_EVIDENCE, {f"of_{name}": value for name, value in values.items()}).first()
        if known is None:  # a third content proves nothing more, and fills the disk
            contents = {"first": first, "second": second, "time": int(self.now)}
            self.connection.execute(_ADD[t.evidence], values | contents)

    # --- plumbing ---

    def _add(self, table: Table, role: Role, transfer_id: bytes, **values: Any) -> None:
        self.connection.execute(_ADD[table], {"role": int(role), "transfer_id": transfer_id, **values})

    def _one(self, query: Select[Any], role: Role, transfer_id: bytes, **more: int) -> Row[Any] | None:
        key = {"of_role": int(role), "of_transfer_id": transfer_id, **more}
        found: Row[Any] | None = self.connection.execute(query, key).first()
        return found


def next_tick(state: TransferState) -> int | None:
    """Return when time alone may move *state*."""
    if state.expires is None:
        return None
    deadline = state.expires + SETTLE_GRACE_S
    if state.role is Role.ORIGINATOR:
        waiting = {Phase.OFFERED, Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED}
        late = {Phase.BROADCAST}
    else:
        waiting = {Phase.PENDING, Phase.REPAIR}
        late = {Phase.ACCEPTED, Phase.BROADCAST}
    if state.phase in waiting:
        return state.expires
    return deadline if state.phase in late else None


class Store:
    """Runs units of work, and tells *on_commit* what they left to be done."""

    def __init__(self, database: Database, *, clock: Callable[[], float]) -> None:
        self.database: Final = database
        self._clock: Final = clock
        self.on_commit: Callable[[list[Effect], list[tuple[Role, bytes]]], None] = lambda _effects, _changed: None

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Return what *work* returns, once all that it wrote is on disk."""
        units: list[Unit] = []

        def run(connection: Connection) -> T:
            unit = Unit(connection, self._clock())
            units.append(unit)
            return work(unit)

        return await self.database.write(run, then=lambda _result: self._tell(units[-1]))

    def _tell(self, unit: Unit) -> None:
        self.on_commit(unit.scheduled, unit.changed)

    def read(self, work: Callable[[Unit], T]) -> T:
        """Return what *work* finds in the newest committed state."""
        return self.database.look(lambda connection: work(Unit(connection, self._clock())))

    def effects(self) -> list[Effect]:
        """Return all that the outbox still holds."""

        def work(connection: Connection) -> list[Effect]:
            return [
                Effect(
                    id=row.id,
                    kind=row.kind,
                    transfer_id=row.transfer_id,
                    revision=row.revision,
                    not_before=row.not_before,
                    attempts=row.attempts,
                )
                for row in connection.execute(_EFFECTS)
            ]

        return self.database.look(work)

    def due(self, now: int) -> list[tuple[Role, bytes]]:
        """Return the transfers that time alone may move at *now*."""
        rows = self.database.look(lambda connection: connection.execute(_DUE, {"now": now}).all())
        return [(Role(row.role), bytes(row.transfer_id)) for row in rows]
