"""States and events of one transfer, for tests that need no keys."""

from dataclasses import replace
from functools import partial

from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import Move, TransferState
from carnet.messages import Decision, Phase, Role
from carnet.testing import placeholders
from carnet.testing.placeholders import HASH, LIFETIME_S, TRANSFER

NOW = 1_000_000
EXPIRES = NOW + LIFETIME_S
OTHER_HASH = b"\x22" * 32
TXID = b"\x33" * 32

HEADER = placeholders.header(network="net", issued=NOW)
SECOND = replace(HEADER, revision=2)

receipt = partial(placeholders.receipt, network="net", time=NOW, checks=0)

DECISIONS = {
    Move.ACCEPT: Decision.ACCEPTED,
    Move.PEND: Decision.PENDING,
    Move.REPAIR: Decision.REPAIR,
    Move.REJECT: Decision.REJECTED,
}


def originators(phase):
    """The originator's state at *phase*, as it comes about on revision 1."""
    state = originator.draft(transfer_id=TRANSFER, beneficiary="bob")
    if phase is Phase.DRAFT:
        return state
    return _at(replace(state, revision=1, header_hash=HASH, expires=EXPIRES), phase)


def beneficiaries(phase):
    """The beneficiary's state at *phase*; None before the first offer."""
    if phase is None:
        return None
    state = TransferState(
        role=Role.BENEFICIARY,
        phase=Phase.PENDING,
        transfer_id=TRANSFER,
        counterparty="alice",
        revision=1,
        header_hash=HASH,
        expires=EXPIRES,
        receipt_serial=1,
    )
    return _at(state, phase)


def _at(state, phase):
    ended = {Phase.BROADCAST, Phase.REORGED, Phase.SETTLED, Phase.MISMATCH, Phase.UNCONFIRMED}
    outcomes = {
        Phase.SETTLED,
        Phase.REJECTED,
        Phase.CANCELLED,
        Phase.EXPIRED,
        Phase.MISMATCH,
        Phase.UNCONFIRMED,
        Phase.UNANNOUNCED,
    }
    outcome = phase if phase in outcomes else Phase.SETTLED if phase is Phase.RECORDED else None
    return replace(
        state,
        phase=phase,
        salted_txid=TXID if phase in ended or outcome is Phase.SETTLED else None,
        ended=NOW + 5 if phase in ended or outcome is not None else None,
        outcome=outcome,
    )


def words(state, *, time=NOW + 5, txid=None, **changes):
    """A statement about `HEADER`."""
    about = replace(beneficiaries(Phase.ACCEPTED), salted_txid=txid)
    return replace(beneficiary.statement(about, HEADER, state, time=time), **changes)


def verdict(decision, **more):
    return Verdict(decision=decision, **more)


def originator_event(move, state):
    """The event by which an originator in *state* would make *move*."""
    here = {"network": "net", "originator": "alice"}
    match move:
        case Move.OFFER:
            header = replace(HEADER, revision=state.revision + 1)
            return originator.Offered(header=header, header_hash=HASH)
        case Move.ACCEPT | Move.PEND | Move.REPAIR | Move.REJECT:
            serial = state.receipt_serial + 1
            about = receipt(
                DECISIONS[move], serial=serial, revision=state.revision, header_hash=state.header_hash or HASH
            )
            terminal = None
            if move is Move.REJECT:
                terminal = words(Phase.REJECTED, time=NOW, txid=state.salted_txid, revision=state.revision)
            return originator.Answered(receipt=about, terminal=terminal)
        case Move.EXPIRE if state.phase is not Phase.BROADCAST:
            return originator.Tick(**here)
        case Move.GIVE_UP if state.phase is Phase.BROADCAST:
            return originator.Tick(**here)
        case Move.NO_COUNTERPARTY:
            return originator.Alone(reason="nobody there")
        case Move.BROADCAST:
            return originator.Broadcast(salted_txid=TXID, **here)
        case Move.SETTLE:
            return originator.Countersigned(statement=words(Phase.SETTLED, txid=TXID, time=state.ended or NOW))
        case Move.CANCEL | Move.DIFFER | Move.REORGANISE:
            return originator.Ended(move=move, **here)
        case Move.RECORD:
            return originator.Recorded()
    return None


def beneficiary_event(move, state):
    """The event by which a beneficiary in *state* would make *move*."""
    match move:
        case Move.ACCEPT | Move.PEND | Move.REPAIR | Move.REJECT:
            decided = verdict(DECISIONS[move])
            if state is not None and state.phase is Phase.PENDING:
                return beneficiary.Decided(header=HEADER, verdict=decided, counter=2)
            header = HEADER if state is None else SECOND
            return beneficiary.Offered(header=header, header_hash=OTHER_HASH, verdict=decided, counter=2)
        case Move.CANCEL:
            return beneficiary.Closed(header=HEADER, statement=words(Phase.CANCELLED))
        case Move.SETTLE:
            return beneficiary.Closed(header=HEADER, statement=words(Phase.SETTLED, txid=TXID))
        case Move.EXPIRE if state is None or state.phase is not Phase.BROADCAST:
            return beneficiary.Tick(header=HEADER)
        case Move.GIVE_UP if state is not None and state.phase is Phase.BROADCAST:
            return beneficiary.Tick(header=HEADER)
        case Move.BROADCAST | Move.DIFFER | Move.REORGANISE:
            return beneficiary.Seen(move=move, header=HEADER, salted_txid=TXID)
        case Move.RECORD:
            return beneficiary.Recorded()
    return None
