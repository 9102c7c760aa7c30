"""The beneficiary's side of a transfer (spec/exchange.md#beneficiary)."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, assert_never, final

from carnet.errors import Code, EquivocationError, OrderError, UsageError, VerifyError
from carnet.exchange.closing import terminal_statement
from carnet.exchange.states import Answer, Countersign, Effect, Move, PutOnRecord, Replay, Step, TransferState, move
from carnet.messages import Decision, OfferHeader, Phase, Receipt, Role, TerminalStatement
from carnet.params import CLOCK_SKEW_S, SETTLE_GRACE_S, SUITE

_MOVES = {
    Decision.ACCEPTED: Move.ACCEPT,
    Decision.PENDING: Move.PEND,
    Decision.REPAIR: Move.REPAIR,
    Decision.REJECTED: Move.REJECT,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the beneficiary makes of an offer, and may say about it.

    *checks* is the sum of the `Check` bits of what was done; *cause* is the name of the check that failed, for the
    local log alone.
    """

    decision: Decision
    code: Code | None = None
    paths: tuple[str, ...] = ()
    checks: int = 0
    until: int | None = None
    screening_lists: tuple[bytes, ...] = ()
    screened_at: int | None = None
    window: bytes | None = None
    cause: str = field(default="", compare=False)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An offer with a genuine header has come, and *verdict* is what we make of it; *counter* numbers our answer."""

    header: OfferHeader
    header_hash: bytes
    verdict: Verdict
    counter: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A pending offer has been decided; *header* is the stored one."""

    header: OfferHeader
    verdict: Verdict
    counter: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The originator's signed *statement* on the stored *header* has come: SETTLED, once on chain, or CANCELLED."""

    header: OfferHeader
    statement: TerminalStatement


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The chain says something: BROADCAST (the deposit is there), DIFFER or REORGANISE; *header* is stored."""

    move: Move
    header: OfferHeader
    salted_txid: bytes | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; *header* is the stored one."""

    header: OfferHeader


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """The record is in the log."""


Event: TypeAlias = Offered | Decided | Closed | Seen | Tick | Recorded


def replayed(state: TransferState | None, header: OfferHeader, header_hash: bytes) -> bool:
    """Return whether an offer is the one that *state* has answered already; decides before any decryption.

    Raises:
        OrderError: ``offer.owner``: the transfer belongs to another member, for ever; ``offer.revision``.
        EquivocationError: ``offer.equivocation``: same transfer and revision, other content.
    """
    if state is None:
        if header.revision != 1:
            raise OrderError("offer.revision", f"{header.revision} of an unknown transfer")
        return False
    if state.counterparty != header.originator or state.role is not Role.BENEFICIARY:
        raise OrderError("offer.owner")
    if header.revision == state.revision:
        if header_hash != state.header_hash:
            raise EquivocationError("offer.equivocation", f"revision {header.revision}")
        return True
    if header.revision != state.revision + 1:
        raise OrderError("offer.revision", f"{header.revision} after {state.revision}")
    move(Role.BENEFICIARY, state.phase, Move.ACCEPT)
    if state.phase is not Phase.REPAIR:
        raise OrderError("offer.revision", f"nothing to repair in {state.phase.name}")
    return False


def advance(state: TransferState | None, event: Event, *, now: int) -> Step:
    """Apply *event* to *state* (None: not known yet) at time *now* (seconds since the epoch).

    Raises:
        OrderError: The event has no meaning in this state.
        VerifyError: ``terminal.statement``: it is about something else; ``terminal.time``: from before the offer, or
            from a time to come.
    """
    if isinstance(event, Offered):
        if replayed(state, event.header, event.header_hash):
            assert state is not None  # noqa: S101 - replayed() says so
            return Step(state, (Replay(),))
        return _judged(state, event, now=now)
    if state is None:
        raise OrderError("transfer.unknown")
    if state.role is not Role.BENEFICIARY:
        raise OrderError("offer.owner")
    match event:
        case Decided():
            return _decided(state, event, now=now)
        case Closed():
            return _closed(state, event, now=now)
        case Seen():
            return _seen(state, event, now=now)
        case Tick():
            return _tick(state, event, now=now)
        case Recorded():
            return Step(state.moved(Move.RECORD))
        case _:
            assert_never(event)


def _judged(state: TransferState | None, event: Offered, *, now: int) -> Step:
    header, verdict = event.header, event.verdict
    what = _MOVES[verdict.decision]
    known: dict[str, Any] = {
        "revision": header.revision,
        "header_hash": event.header_hash,
        "expires": header.expires,
        "receipt_serial": 1,
        **_remembered(verdict),
    }
    if state is None:
        phase = move(Role.BENEFICIARY, None, what)
        moved = TransferState(
            role=Role.BENEFICIARY,
            phase=phase,
            transfer_id=header.transfer_id,
            counterparty=header.originator,
            outcome=phase if phase is Phase.REJECTED else None,
            ended=now if phase is Phase.REJECTED else None,
            **known,
        )
    else:
        ended = {"ended": now} if what is Move.REJECT else {}
        moved = state.moved(what, **known, **ended)
    return _answer(moved, header, verdict, counter=event.counter, now=now)


def _decided(state: TransferState, event: Decided, *, now: int) -> Step:
    if event.verdict.decision is Decision.PENDING:
        raise UsageError("a pending offer cannot be decided to be pending")
    if state.phase is not Phase.PENDING:
        raise OrderError("exchange.order", f"nothing to decide in {state.phase.name}")
    if state.expires is not None and now >= state.expires:
        raise OrderError("exchange.expired")
    what = _MOVES[event.verdict.decision]
    ended = {"ended": now} if what is Move.REJECT else {}
    moved = state.moved(what, receipt_serial=state.receipt_serial + 1, **_remembered(event.verdict), **ended)
    return _answer(moved, event.header, event.verdict, counter=event.counter, now=now)


def _remembered(verdict: Verdict) -> dict[str, Any]:
    return {"until": verdict.until, "code": _number(verdict.code), "paths": verdict.paths}


def _number(code: Code | None) -> int | None:
    return None if code is None else int(code)  # a message holds plain integers


def _answer(state: TransferState, header: OfferHeader, verdict: Verdict, *, counter: int, now: int) -> Step:
    assert state.header_hash is not None  # noqa: S101 - an answered offer has one
    receipt = Receipt(
        suite=SUITE,
        network=header.network,
        transfer_id=header.transfer_id,
        revision=header.revision,
        originator=header.originator,
        beneficiary=header.beneficiary,
        header_hash=state.header_hash,
        serial=state.receipt_serial,
        decision=verdict.decision,
        code=_number(verdict.code),
        checks=verdict.checks,
        screening_lists=verdict.screening_lists,
        screened_at=verdict.screened_at,
        until=verdict.until,
        paths=verdict.paths,
        counter=counter,
        window=verdict.window,
        time=now,
    )
    if state.phase is not Phase.REJECTED:
        return Step(state, (Answer(receipt=receipt),))
    rejected = statement(state, header, Phase.REJECTED, time=now)
    effects: tuple[Effect, ...] = (Answer(receipt=receipt, terminal=rejected), PutOnRecord(statement=rejected))
    return Step(state, effects)


def statement(state: TransferState, header: OfferHeader, ending: Phase, *, time: int) -> TerminalStatement:
    """Return the statement that this transfer ended as *ending* (spec/exchange.md#endings)."""
    assert state.header_hash is not None  # noqa: S101 - a known transfer has one
    return terminal_statement(
        header=header, header_hash=state.header_hash, ending=ending, time=time, salted_txid=state.salted_txid
    )


def _closed(state: TransferState, event: Closed, *, now: int) -> Step:
    words = event.statement
    if words.transfer_id != state.transfer_id or words.originator != state.counterparty:
        raise OrderError("offer.owner")
    if state.outcome is words.state and words == statement(state, event.header, words.state, time=state.ended or 0):
        return Step(state, (Replay(),))
    if state.outcome is Phase.MISMATCH and _settles(words, state, event.header):
        return Step(state, (Replay(),))  # it is not paid by this: our signed word says so
    if not event.header.issued - CLOCK_SKEW_S <= words.time <= now + CLOCK_SKEW_S:
        raise VerifyError("terminal.time")
    if words.state is Phase.SETTLED and words.salted_txid is not None:
        if state.salted_txid not in {None, words.salted_txid}:
            raise VerifyError("terminal.statement")
        moved = state.moved(Move.SETTLE, salted_txid=words.salted_txid, ended=words.time)
    elif words.state is Phase.CANCELLED:
        moved = state.moved(Move.CANCEL, ended=words.time)
    else:
        raise VerifyError("terminal.statement")
    if words != statement(moved, event.header, words.state, time=words.time):  # what we sign is all ours
        raise VerifyError("terminal.statement")
    return Step(moved, (Countersign(statement=words), PutOnRecord(statement=words)))


def _settles(words: TerminalStatement, state: TransferState, header: OfferHeader) -> bool:
    """Return whether *words* are a settlement of this transfer, by whatever transaction."""
    about = replace(state, salted_txid=words.salted_txid)
    return words.salted_txid is not None and words == statement(about, header, Phase.SETTLED, time=words.time)


def _seen(state: TransferState, event: Seen, *, now: int) -> Step:
    if event.move not in {Move.BROADCAST, Move.DIFFER, Move.REORGANISE}:
        raise UsageError(f"the chain cannot {event.move.value}")
    txid = event.salted_txid if event.salted_txid is not None else state.salted_txid
    moved = state.moved(event.move, salted_txid=txid, ended=now if event.move is Move.DIFFER else None)
    if moved.outcome is None:
        return Step(moved)
    differs = statement(moved, event.header, moved.outcome, time=now)
    return Step(moved, (Countersign(statement=differs), PutOnRecord(statement=differs)))


def _tick(state: TransferState, event: Tick, *, now: int) -> Step:
    expires = state.expires or 0
    grace = expires + SETTLE_GRACE_S  # the originator may have broadcast in the last second
    match state.phase:
        case Phase.PENDING | Phase.REPAIR:
            what, due, time = Move.EXPIRE, expires, expires
        case Phase.ACCEPTED:
            what, due, time = Move.EXPIRE, grace, expires
        case Phase.BROADCAST:
            what, due, time = Move.GIVE_UP, grace, grace
        case _:
            return Step(state)
    if now < due:
        return Step(state)
    moved = state.moved(what, ended=time)  # and not now: a node that was down does not date its records late
    over = statement(moved, event.header, moved.outcome or moved.phase, time=time)
    return Step(moved, (PutOnRecord(statement=over),))
