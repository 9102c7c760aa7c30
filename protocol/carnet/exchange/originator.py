"""The originator's side of a transfer (spec/exchange.md#originator)."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never, final

from carnet.errors import OrderError, UsageError, VerifyError
from carnet.exchange.states import Move, PutOnRecord, SendClosing, SendOffer, Step, TransferState
from carnet.messages import Decision, OfferHeader, Phase, Receipt, Role, TerminalStatement
from carnet.params import CLOCK_SKEW_S, MAX_REVISIONS, SETTLE_GRACE_S, SUITE


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The offer with *header* is sealed, signed and stored."""

    header: OfferHeader
    header_hash: bytes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The beneficiary's signed *receipt* has come, with its signed *terminal* statement if it rejects."""

    receipt: Receipt
    terminal: TerminalStatement | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """The transaction is on its way; its id is known to the chain, and salted to us."""

    salted_txid: bytes
    network: str
    originator: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Countersigned:
    """The beneficiary has answered our closing with its signed *statement*: the same, or MISMATCH."""

    statement: TerminalStatement


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The caller or the chain ends it: by CANCEL, DIFFER or REORGANISE."""

    move: Move
    network: str
    originator: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """No node of the counterparty can be reached, and policy lets the transfer go on: *reason* is recorded."""

    reason: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""

    network: str
    originator: str


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """The record is in the log."""


Event: TypeAlias = Offered | Answered | Broadcast | Countersigned | Ended | Alone | Tick | Recorded


def draft(*, transfer_id: bytes, beneficiary: str) -> TransferState:
    """Return a transfer that has not been offered yet."""
    return TransferState(
        role=Role.ORIGINATOR, phase=Phase.DRAFT, transfer_id=transfer_id, counterparty=beneficiary, revision=0
    )


def advance(state: TransferState, event: Event, *, now: int) -> Step:
    """Apply *event* to *state* at time *now* (seconds since the epoch).

    Raises:
        OrderError: The event has no meaning in this state, or (``exchange.expired``) its time is over.
        VerifyError: ``receipt.offer`` or ``terminal.statement``: it is about something else; ``receipt.time`` or
            ``terminal.time``: it comes from the future, or from before the broadcast.
    """
    if state.role is not Role.ORIGINATOR:
        raise OrderError("offer.owner")
    match event:
        case Offered():
            return _offered(state, event)
        case Answered():
            return _answered(state, event, now=now)
        case Broadcast():
            return _broadcast(state, event, now=now)
        case Countersigned():
            return _countersigned(state, event, now=now)
        case Ended():
            return _ended(state, event, now=now)
        case Alone():
            return Step(state.moved(Move.NO_COUNTERPARTY, reason=event.reason))
        case Tick():
            return _tick(state, event, now=now)
        case Recorded():
            return Step(state.moved(Move.RECORD))
        case _:
            assert_never(event)


def statement(state: TransferState, ending: Phase, *, time: int, network: str, originator: str) -> TerminalStatement:
    """Return the statement that this transfer ended as *ending* (spec/exchange.md#endings)."""
    assert state.header_hash is not None  # noqa: S101 - an offered transfer has one
    return TerminalStatement(
        suite=SUITE,
        network=network,
        transfer_id=state.transfer_id,
        revision=state.revision,
        originator=originator,
        beneficiary=state.counterparty,
        header_hash=state.header_hash,
        state=ending,
        time=time,
        salted_txid=state.salted_txid,
    )


def _offered(state: TransferState, event: Offered) -> Step:
    header = event.header
    if header.transfer_id != state.transfer_id or header.beneficiary != state.counterparty:
        raise UsageError("a transfer keeps its id and its beneficiary for ever")
    if header.revision != state.revision + 1 or header.revision > MAX_REVISIONS:
        raise UsageError(f"revision {header.revision} cannot follow revision {state.revision}")
    moved = state.moved(
        Move.OFFER,
        revision=header.revision,
        header_hash=event.header_hash,
        expires=header.expires,
        receipt_serial=0,
        code=None,
        paths=(),
        until=None,
    )
    return Step(moved, (SendOffer(revision=header.revision),))


def _broadcast(state: TransferState, event: Broadcast, *, now: int) -> Step:
    if state.phase is Phase.ACCEPTED and state.expires is not None and now >= state.expires:
        raise OrderError("exchange.expired")  # the beneficiary may have given up
    again = state.phase is Phase.REORGED and state.salted_txid == event.salted_txid and state.ended is not None
    time = state.ended if again and state.ended is not None else now  # the same transaction keeps its statement
    moved = state.moved(Move.BROADCAST, salted_txid=event.salted_txid, ended=time)
    if moved.header_hash is None:
        return Step(moved)  # sunrise: nobody to tell
    settled = statement(moved, Phase.SETTLED, time=time, network=event.network, originator=event.originator)
    return Step(moved, (SendClosing(statement=settled),))


def _answered(state: TransferState, event: Answered, *, now: int) -> Step:
    receipt = event.receipt
    about = (receipt.header_hash, receipt.transfer_id, receipt.revision, receipt.beneficiary)
    if about != (state.header_hash, state.transfer_id, state.revision, state.counterparty):
        raise VerifyError("receipt.offer")
    if receipt.serial <= state.receipt_serial:
        return Step(state)  # seen already: a repeated answer changes nothing
    if receipt.time > now + CLOCK_SKEW_S:  # a rejection's time would date our record into an epoch to come
        raise VerifyError("receipt.time")
    what = {
        Decision.ACCEPTED: Move.ACCEPT,
        Decision.PENDING: Move.PEND,
        Decision.REPAIR: Move.REPAIR,
        Decision.REJECTED: Move.REJECT,
    }[receipt.decision]
    known = {"receipt_serial": receipt.serial, "code": receipt.code, "paths": receipt.paths, "until": receipt.until}
    if what is not Move.REJECT:
        return Step(state.moved(what, **known))
    terminal = event.terminal
    if terminal is None or terminal != statement(
        state, Phase.REJECTED, time=receipt.time, network=receipt.network, originator=receipt.originator
    ):
        raise VerifyError("terminal.statement")
    return Step(state.moved(what, **known, ended=terminal.time), (PutOnRecord(statement=terminal),))


def _countersigned(state: TransferState, event: Countersigned, *, now: int) -> Step:
    signed = event.statement
    if state.header_hash is None or state.ended is None:
        raise OrderError("exchange.order", f"countersigned in {state.phase.name}")
    if signed.state is Phase.MISMATCH and state.outcome in {None, Phase.MISMATCH}:
        return _contradicted(state, signed, now=now, broadcast=state.ended)
    ours = statement(
        state, state.outcome or Phase.SETTLED, time=state.ended, network=signed.network, originator=signed.originator
    )
    if signed != ours:
        raise VerifyError("terminal.statement")
    if state.outcome is not None:  # our CANCELLED, acknowledged; or a repeated answer
        return Step(state)
    return Step(state.moved(Move.SETTLE), (PutOnRecord(statement=signed),))


def _contradicted(state: TransferState, signed: TerminalStatement, *, now: int, broadcast: int) -> Step:
    """Take over the beneficiary's words: both ends then record one mismatch, and hold its signature under it."""
    about = statement(state, Phase.MISMATCH, time=signed.time, network=signed.network, originator=signed.originator)
    if signed != about:
        raise VerifyError("terminal.statement")
    if state.outcome is not None:
        return Step(state)  # a repeated answer
    if not broadcast - CLOCK_SKEW_S <= signed.time <= now + CLOCK_SKEW_S:
        raise VerifyError("terminal.time")
    return Step(state.moved(Move.DIFFER, ended=signed.time), (PutOnRecord(statement=signed),))


def _ended(state: TransferState, event: Ended, *, now: int) -> Step:
    if event.move not in {Move.CANCEL, Move.DIFFER, Move.REORGANISE}:
        raise UsageError(f"a transfer does not end by {event.move.value}")
    if event.move is Move.REORGANISE:
        return Step(state.moved(event.move))  # the same transaction may be broadcast again, and is settled as it was
    moved = state.moved(event.move, ended=now)
    if moved.outcome is None or moved.header_hash is None:
        return Step(moved)  # never offered: there is nothing to record
    final_words = statement(moved, moved.outcome, time=now, network=event.network, originator=event.originator)
    closing = (SendClosing(statement=final_words),) if event.move is Move.CANCEL else ()
    return Step(moved, (*closing, PutOnRecord(statement=final_words)))


def _tick(state: TransferState, event: Tick, *, now: int) -> Step:
    if state.expires is None:
        return Step(state)
    if state.phase in {Phase.OFFERED, Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED}:
        what, due = Move.EXPIRE, state.expires
    elif state.phase is Phase.BROADCAST:
        what, due = Move.GIVE_UP, state.expires + SETTLE_GRACE_S
    else:
        return Step(state)
    if now < due:
        return Step(state)
    moved = state.moved(what, ended=due)  # and not now: a node that was down does not date its records late
    ending = moved.outcome or moved.phase
    over = statement(moved, ending, time=due, network=event.network, originator=event.originator)
    return Step(moved, (PutOnRecord(statement=over),))
