"""A step of the originator's, stored: its new state, and all that it asks for, in the transaction that took it."""

from typing import Final

from carnet.exchange.closing import seal_closing
from carnet.exchange.originator import Event, advance
from carnet.exchange.states import PutOnRecord, SendClosing, SendOffer, TransferState
from carnet.messages import Phase, Role, TerminalStatement
from carnet.secret import Secret
from carnet_node.party import Party
from carnet_node.stores.unit import Unit

O: Final = Role.ORIGINATOR  # noqa: E741 - the letter of spec/exchange.md


def take_step(
    party: Party,
    unit: Unit,
    state: TransferState,
    version: int,
    event: Event,
    *,
    txid: str | None = None,
    theirs: bytes | None = None,
) -> TransferState:
    """Return what *event* makes of *state*, of which *version* is stored; what it asks for is in the outbox by then.

    *txid* is the transaction that a settlement speaks of, *theirs* the reply by which a rejection came.

    Raises:
        OrderError: The event has no place in this state.
        StoreConflict: Another state has come between.
    """
    step = advance(state, event, now=int(unit.now))
    if step.state is state:
        return state
    unit.put_state(step.state, version=version)
    for effect in step.effects:
        match effect:
            case SendOffer(revision=revision):
                unit.schedule("offer", state.transfer_id, revision)
            case SendClosing(statement=statement):
                _close_with(party, unit, step.state, statement, txid)
            case PutOnRecord(statement=statement):
                if statement.state is Phase.REJECTED and theirs is not None:
                    unit.put_statement(O, state.transfer_id, Phase.REJECTED, theirs=theirs)
                party.put_on_record(unit, step.state, statement)
            case _:
                raise LookupError("an originator answers nothing")
    return step.state


def _close_with(party: Party, unit: Unit, state: TransferState, statement: TerminalStatement, txid: str | None) -> None:
    contents = party.contents(unit, O, state.transfer_id, state.revision)
    seed = None if contents is None else Secret(contents.seed)
    message = seal_closing(party.keys.sign(statement), seed=seed, txid=txid)
    unit.put_statement(O, state.transfer_id, statement.state, ours=message)
    unit.schedule("close", state.transfer_id, state.revision)
