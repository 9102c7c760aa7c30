"""What the suites of an exchange share: one transfer between alice and bob, its states and its events."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import partial

from carnet.errors import PeerError
from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import Move
from carnet.messages import Decision, Phase, Role
from carnet.schema import Message
from carnet.testing import placeholders
from carnet.testing.placeholders import HASH, LIFETIME_S, TRANSFER

NOW = 1_790_000_000
EXPIRES = NOW + LIFETIME_S
OTHER, TXID = b"\x22" * 32, b"\x33" * 32
CHAIN_ID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
HERE = {"network": "vectors", "originator": "alice"}
HEADER = placeholders.header(network="vectors", issued=NOW)
receipt = partial(placeholders.receipt, network="vectors", time=NOW)

DRAFT = originator.draft(transfer_id=TRANSFER, beneficiary="bob")
OFFER = originator.Offered(header=HEADER, header_hash=HASH)
OFFERED = originator.advance(DRAFT, OFFER, now=NOW).state
TAKEN = originator.Answered(receipt=receipt(Decision.ACCEPTED))
AGREED = originator.advance(OFFERED, TAKEN, now=NOW).state
BROADCAST = originator.Broadcast(salted_txid=TXID, **HERE)
SENT = originator.advance(AGREED, BROADCAST, now=NOW + 5).state


def arrived(decision, *, header=HEADER, header_hash=HASH, **more):
    return beneficiary.Offered(
        header=header, header_hash=header_hash, verdict=Verdict(decision=decision, **more), counter=1
    )


ARRIVED = arrived(Decision.ACCEPTED, checks=31)
ACCEPTED = beneficiary.advance(None, ARRIVED, now=NOW).state
PENDING = beneficiary.advance(None, arrived(Decision.PENDING), now=NOW).state
REPAIR = beneficiary.advance(None, arrived(Decision.REPAIR), now=NOW).state
DEPOSIT = beneficiary.Seen(move=Move.BROADCAST, header=HEADER, salted_txid=TXID)
DIFFERS = beneficiary.Seen(move=Move.DIFFER, header=HEADER, salted_txid=TXID)


def words(state, *, time=NOW + 5, txid=None, **changes):
    about = replace(ACCEPTED, salted_txid=txid)
    return replace(beneficiary.statement(about, HEADER, state, time=time), **changes)


SETTLED, CANCELLED = words(Phase.SETTLED, txid=TXID), words(Phase.CANCELLED)


def closed(statement):
    return beneficiary.Closed(header=HEADER, statement=statement)


def plain(value):
    """Return an event, an effect or a verdict as JSON: its kind, and its fields."""
    out = {"kind_text": type(value).__name__}
    for field in fields(value):
        given = getattr(value, field.name)
        match given:
            case Move():
                out[f"{field.name}_text"] = given.value
            case Enum():
                out[field.name] = int(given)
            case Message():
                out[field.name] = given.encode()
            case str():
                out[f"{field.name}_text"] = given
            case tuple():
                out[f"{field.name}_text" if field.name == "paths" else field.name] = list(given)
            case _ if is_dataclass(given):
                out[field.name] = plain(given)
            case _:
                out[field.name] = given
    return out


def moved(state, event, *, now=NOW, role=None):
    """Return a state, an event and when; then the next state and the effects, or the check that refuses."""
    role = role or state.role
    act = originator.advance if role is Role.ORIGINATOR else beneficiary.advance
    out = {
        "role": int(role),
        "state": None if state is None else state.encode(),
        "event": plain(event),
        "now": now,
    }
    try:
        step = act(state, event, now=now)
    except PeerError as error:
        return out | {"expect": error.check}
    effects = [plain(effect) for effect in step.effects]
    return out | {"next_state": step.state.encode(), "effects": effects, "expect": "ok"}
