"""The states of a transfer, and every move between them (spec/exchange.md#states).

All that decides whether a move is allowed stands in this file: `MOVES` is the table of the specification, `move` is
its only reader. A `Transfer` is plain data, stored before anything is sent; the functions that turn one into the next
(`carnet.exchange.originator`, `carnet.exchange.beneficiary`) know which side they play, and nothing of storage.
"""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Annotated, Any, Final, TypeAlias, final

from carnet.errors import OrderError
from carnet.messages import TERMINAL, Path, Phase, Receipt, Role, TerminalStatement
from carnet.params import MAX_PATHS
from carnet.schema import U8, U16, U64, Hash, Many, Message, Text, TransferId, VaspId, message

P = Phase


@unique
class Move(Enum):
    """What can happen to a transfer."""

    OFFER = "offer"
    ACCEPT = "accept"
    PEND = "pend"
    REPAIR = "repair"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"
    NO_COUNTERPARTY = "no counterparty"
    BROADCAST = "broadcast"
    SETTLE = "settle"
    DIFFER = "differ"
    REORGANISE = "reorganise"
    GIVE_UP = "give up"
    UNANNOUNCED = "unannounced"
    RECORD = "record"


_ANSWERED: Final = {Move.ACCEPT: P.ACCEPTED, Move.PEND: P.PENDING, Move.REPAIR: P.REPAIR, Move.REJECT: P.REJECTED}
_DECIDED: Final = {Move.ACCEPT: P.ACCEPTED, Move.REPAIR: P.REPAIR, Move.REJECT: P.REJECTED}
_GIVEN_UP: Final = {Move.CANCEL: P.CANCELLED, Move.EXPIRE: P.EXPIRED}
_ON_CHAIN: Final = {Move.SETTLE: P.SETTLED, Move.DIFFER: P.MISMATCH, Move.REORGANISE: P.REORGED}
_RECORDED: Final[dict[Phase | None, dict[Move, Phase]]] = {phase: {Move.RECORD: P.RECORDED} for phase in TERMINAL}

MOVES: Final[dict[Role, dict[Phase | None, dict[Move, Phase]]]] = {
    Role.ORIGINATOR: {
        P.DRAFT: {Move.OFFER: P.OFFERED, Move.NO_COUNTERPARTY: P.SUNRISE, Move.CANCEL: P.CANCELLED},
        P.OFFERED: {**_ANSWERED, **_GIVEN_UP, Move.NO_COUNTERPARTY: P.SUNRISE},
        P.PENDING: {**_DECIDED, **_GIVEN_UP},
        P.REPAIR: {Move.OFFER: P.OFFERED, **_GIVEN_UP},
        P.ACCEPTED: {Move.BROADCAST: P.BROADCAST, **_GIVEN_UP},
        P.SUNRISE: {Move.BROADCAST: P.BROADCAST, Move.CANCEL: P.CANCELLED},
        P.BROADCAST: {**_ON_CHAIN, Move.GIVE_UP: P.UNCONFIRMED},
        P.REORGED: {Move.BROADCAST: P.BROADCAST},
        **_RECORDED,
    },
    Role.BENEFICIARY: {
        None: {**_ANSWERED, Move.UNANNOUNCED: P.UNANNOUNCED},
        P.PENDING: {**_DECIDED, **_GIVEN_UP},
        P.REPAIR: {**_ANSWERED, **_GIVEN_UP},
        P.ACCEPTED: {Move.BROADCAST: P.BROADCAST, Move.SETTLE: P.SETTLED, Move.DIFFER: P.MISMATCH, **_GIVEN_UP},
        P.BROADCAST: {**_ON_CHAIN, Move.GIVE_UP: P.UNCONFIRMED},
        P.REORGED: {Move.BROADCAST: P.BROADCAST, Move.SETTLE: P.SETTLED},
        **_RECORDED,
    },
}


def move(role: Role, phase: Phase | None, what: Move) -> Phase:
    """Return where *what* takes a transfer of *role* that stands at *phase* (None: not known yet).

    Raises:
        OrderError: ``exchange.order``: it means nothing there.
    """
    target = MOVES[role].get(phase, {}).get(what)
    if target is None:
        raise OrderError("exchange.order", f"{what.value} in {phase.name if phase else 'no state'}")
    return target


@message("transfer-state")
class TransferState(Message):
    """All that one side must remember of a transfer to go on after a crash; it holds no personal data."""

    role: Role
    phase: Phase
    transfer_id: TransferId
    counterparty: VaspId
    revision: U8
    header_hash: Hash | None = None
    expires: U64 | None = None
    receipt_serial: U8 = 0
    until: U64 | None = None
    code: U16 | None = None
    paths: Annotated[tuple[Path, ...], Many(MAX_PATHS)] = ()
    salted_txid: Hash | None = None
    outcome: Phase | None = None
    ended: U64 | None = None
    reason: Annotated[str, Text(128)] | None = None

    def moved(self, what: Move, **changes: Any) -> "TransferState":
        """Return this state after *what*, with *changes*; an ending is remembered as the outcome."""
        phase = move(self.role, self.phase, what)
        values = {field.name: getattr(self, field.name) for field in self.FIELDS}
        if phase in TERMINAL:
            changes.setdefault("outcome", phase)
        return TransferState(**{**values, "phase": phase, **changes})


# --- what a step asks its caller to do, all of it in the transaction that stores the state ---------------------------


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SendOffer:
    """Send the offer of *revision*, until it is answered."""

    revision: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SendClosing:
    """Sign *statement* and send it, until the other side has signed it too."""

    statement: TerminalStatement


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Sign *receipt*, store it, and answer with it; with *terminal*, if the answer ends the transfer."""

    receipt: Receipt
    terminal: TerminalStatement | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Sign *statement*, store it, and answer with it whoever asks how the transfer ended."""

    statement: TerminalStatement


@final
@dataclass(frozen=True, slots=True)
class Replay:
    """Answer with the bytes that were stored for this very message."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnRecord:
    """Derive the record of *statement* and queue it for the log."""

    statement: TerminalStatement


Effect: TypeAlias = SendOffer | SendClosing | Answer | Countersign | Replay | PutOnRecord


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A new state, and what must happen because of it."""

    state: TransferState
    effects: tuple[Effect, ...] = ()
