"""Suites `exchange`, `counter`, `closing`, `reply` and `worked_exchange`: all that follows an offer."""

import json
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from kit import vector

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import seal_box
from carnet.crypto.sign import public_key
from carnet.envelope.payload import Payload
from carnet.errors import Code, PeerError
from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import _txid_key, salted_txid, seal_closing
from carnet.exchange.counters import EMPTY
from carnet.exchange.reply import seal_reply
from carnet.exchange.states import Move
from carnet.log.record import derive_record
from carnet.messages import Closing, Decision, OfferHeader, Phase, Role, carry, uncarry
from carnet.params import CLOCK_SKEW_S, COUNTER_WINDOW, SETTLE_GRACE_S
from carnet.schema import Message
from carnet.secret import Secret
from carnet.testing import placeholders
from carnet.testing.ledger.offered import sources_of
from carnet.testing.placeholders import HASH, LIFETIME_S, TRANSFER
from carnet.testing.world import load_pack

NOW = 1_790_000_000
EXPIRES = NOW + LIFETIME_S
OTHER, TXID = b"\x22" * 32, b"\x33" * 32
HERE = {"network": "vectors", "originator": "alice"}
HEADER = placeholders.header(network="vectors", issued=NOW)
receipt = partial(placeholders.receipt, network="vectors", time=NOW)


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


# --- the originator ---


@vector("exchange")
def offered():
    """A draft is offered."""
    return moved(DRAFT, OFFER)


@vector("exchange")
def accepted():
    """A receipt accepts the offer."""
    return moved(OFFERED, TAKEN)


@vector("exchange")
def asked_to_repair():
    """A receipt names what is missing."""
    answer = receipt(Decision.REPAIR, code=int(Code.MISSING_FIELDS), paths=("/originator",))
    return moved(OFFERED, originator.Answered(receipt=answer))


@vector("exchange")
def rejected():
    """A receipt rejects, and the beneficiary's statement ends it."""
    answer = originator.Answered(receipt=receipt(Decision.REJECTED), terminal=words(Phase.REJECTED, time=NOW))
    return moved(OFFERED, answer)


@vector("exchange")
def rejected_without_a_statement():
    """A rejection ends the transfer only with the beneficiary's own words."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.REJECTED)))


@vector("exchange")
def receipt_for_another_offer():
    """A receipt is about one header."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.ACCEPTED, header_hash=OTHER)))


@vector("exchange")
def receipt_from_a_time_to_come():
    """The record of a rejection is dated by it: one from the future would be after every checkpoint."""
    late = NOW + 301
    answer = receipt(Decision.REJECTED, time=late)
    return moved(OFFERED, originator.Answered(receipt=answer, terminal=words(Phase.REJECTED, time=late)))


@vector("exchange")
def receipt_of_another_member():
    """Only the member to whom the offer was made answers it."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.ACCEPTED, beneficiary="charlie")))


@vector("exchange")
def receipt_seen_already():
    """A repeated receipt changes nothing."""
    return moved(AGREED, originator.Answered(receipt=receipt(Decision.PENDING)))


@vector("exchange")
def broadcast():
    """What is accepted is paid, and its settlement goes out."""
    return moved(AGREED, BROADCAST, now=NOW + 5)


@vector("exchange")
def broadcast_without_acceptance():
    """Nothing is paid that nobody accepted."""
    return moved(OFFERED, BROADCAST)


@vector("exchange")
def broadcast_too_late():
    """At its expiry an accepted offer is over."""
    return moved(AGREED, BROADCAST, now=EXPIRES)


@vector("exchange")
def broadcast_again():
    """The same transaction after a reorganisation keeps its statement, to the byte."""
    away = originator.advance(SENT, originator.Ended(move=Move.REORGANISE, **HERE), now=NOW + 50).state
    return moved(away, BROADCAST, now=NOW + 60)


@vector("exchange")
def settled():
    """The countersigned settlement ends it."""
    return moved(SENT, originator.Countersigned(statement=SETTLED), now=NOW + 9)


@vector("exchange")
def settled_as_another_transaction():
    """What comes back signed must be what went out."""
    other = replace(SETTLED, salted_txid=OTHER)
    return moved(SENT, originator.Countersigned(statement=other), now=NOW + 9)


def contradicted(**changes):
    """Return the beneficiary's answer to a settlement that the chain does not bear out."""
    return originator.Countersigned(statement=words(Phase.MISMATCH, txid=TXID, **{"time": NOW + 8} | changes))


@vector("exchange")
def mismatch_signed_by_the_beneficiary():
    """The originator takes the beneficiary's word over, with its time."""
    return moved(SENT, contradicted(), now=NOW + 9)


@vector("exchange")
def mismatch_of_another_transaction():
    """It must be about the transaction that was broadcast."""
    return moved(SENT, contradicted(salted_txid=OTHER), now=NOW + 9)


@vector("exchange")
def mismatch_from_before_the_broadcast():
    """Its time decides the epoch of the record."""
    return moved(SENT, contradicted(time=NOW + 4 - CLOCK_SKEW_S), now=NOW + 9)


@vector("exchange")
def mismatch_from_a_time_to_come():
    """The same, in the other direction."""
    return moved(SENT, contradicted(time=NOW + 10 + CLOCK_SKEW_S), now=NOW + 9)


@vector("exchange")
def mismatch_of_what_was_cancelled():
    """Nothing was broadcast that could differ."""
    over = originator.advance(AGREED, originator.Ended(move=Move.CANCEL, **HERE), now=NOW + 5).state
    return moved(over, contradicted(salted_txid=None), now=NOW + 9)


@vector("exchange")
def unconfirmed():
    """A broadcast is given up when the grace ends, and has that time, whenever it is noticed."""
    return moved(SENT, originator.Tick(**HERE), now=EXPIRES + SETTLE_GRACE_S + 77)


@vector("exchange")
def not_yet_unconfirmed():
    """A second before the grace ends."""
    return moved(SENT, originator.Tick(**HERE), now=EXPIRES + SETTLE_GRACE_S - 1)


@vector("exchange")
def cancelled():
    """The originator withdraws, tells it, and records it at once."""
    return moved(AGREED, originator.Ended(move=Move.CANCEL, **HERE), now=NOW + 5)


@vector("exchange")
def draft_dropped():
    """What was never offered leaves no record."""
    return moved(DRAFT, originator.Ended(move=Move.CANCEL, **HERE))


@vector("exchange")
def expired():
    """Expiry has the time that the header says, whenever it is noticed."""
    return moved(AGREED, originator.Tick(**HERE), now=EXPIRES + 77)


@vector("exchange")
def gone_on_alone():
    """The policy lets a transfer go on without a counterparty."""
    return moved(OFFERED, originator.Alone(reason="no node answers"))


# --- the beneficiary ---


@vector("exchange")
def offer_accepted():
    """An offer that nothing is wrong with."""
    return moved(None, ARRIVED, role=Role.BENEFICIARY)


@vector("exchange")
def offer_rejected():
    """A rejection is an answer and an ending in one."""
    return moved(None, arrived(Decision.REJECTED, code=Code.UNOPENED), role=Role.BENEFICIARY)


@vector("exchange")
def offer_replayed():
    """The same offer again brings the stored answer."""
    return moved(ACCEPTED, ARRIVED, now=NOW + 99)


@vector("exchange")
def offer_with_two_contents():
    """Two contents under one transfer and revision are kept as evidence, and neither is answered again."""
    return moved(ACCEPTED, arrived(Decision.ACCEPTED, header_hash=OTHER))


@vector("exchange")
def offer_of_another_member():
    """A transfer belongs to one member for ever."""
    return moved(REPAIR, arrived(Decision.ACCEPTED, header=replace(HEADER, originator="charlie", revision=2)))


@vector("exchange")
def second_revision_first():
    """A transfer that nobody knows begins with revision 1."""
    return moved(None, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2)), role=Role.BENEFICIARY)


@vector("exchange")
def second_revision_after_acceptance():
    """What is accepted is not offered again."""
    return moved(ACCEPTED, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2), header_hash=OTHER))


@vector("exchange")
def repaired():
    """A second revision answers a repair."""
    return moved(REPAIR, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2), header_hash=OTHER))


@vector("exchange")
def pending_decided():
    """A pending offer is decided, under the next serial."""
    verdict = Verdict(decision=Decision.ACCEPTED, checks=31)
    return moved(PENDING, beneficiary.Decided(header=HEADER, verdict=verdict, counter=2), now=NOW + 60)


@vector("exchange")
def pending_decided_too_late():
    """An expired offer is not accepted."""
    verdict = Verdict(decision=Decision.ACCEPTED)
    return moved(PENDING, beneficiary.Decided(header=HEADER, verdict=verdict, counter=2), now=EXPIRES)


@vector("exchange")
def settlement_countersigned():
    """The settlement is signed as it came."""
    return moved(ACCEPTED, closed(SETTLED), now=NOW + 10)


@vector("exchange")
def settlement_replayed():
    """The same settlement again brings the stored answer."""
    return moved(beneficiary.advance(ACCEPTED, closed(SETTLED), now=NOW + 10).state, closed(SETTLED), now=NOW + 99)


@vector("exchange")
def settlement_of_what_nobody_knows():
    """A transfer that was never offered here."""
    return moved(None, closed(SETTLED), role=Role.BENEFICIARY)


@vector("exchange")
def settlement_that_names_another_beneficiary():
    """What is countersigned must be what the beneficiary would have said."""
    return moved(ACCEPTED, closed(replace(SETTLED, beneficiary="charlie")), now=NOW + 10)


@vector("exchange")
def settlement_from_the_future():
    """A statement's time decides the epoch of the record."""
    return moved(ACCEPTED, closed(replace(SETTLED, time=NOW + 11 + CLOCK_SKEW_S)), now=NOW + 10)


@vector("exchange")
def cancellation_countersigned():
    """A cancellation is acknowledged."""
    return moved(ACCEPTED, closed(CANCELLED), now=NOW + 10)


@vector("exchange")
def cancellation_with_a_transaction():
    """A cancellation names no transaction."""
    return moved(ACCEPTED, closed(replace(CANCELLED, salted_txid=TXID)), now=NOW + 10)


@vector("exchange")
def deposit_seen():
    """The chain may speak before the originator does."""
    return moved(ACCEPTED, DEPOSIT, now=NOW + 3)


@vector("exchange")
def deposit_differs():
    """Another amount than was agreed."""
    return moved(ACCEPTED, DIFFERS, now=NOW + 3)


@vector("exchange")
def settlement_of_a_mismatch():
    """Whatever transaction it names, the signed word that the chain shows another is the answer."""
    state = beneficiary.advance(ACCEPTED, DIFFERS, now=NOW + 3).state
    return moved(state, closed(replace(SETTLED, salted_txid=OTHER)), now=NOW + 10)


@vector("exchange")
def settlement_of_a_mismatch_of_another_offer():
    """It must be a settlement of this transfer."""
    state = beneficiary.advance(ACCEPTED, DIFFERS, now=NOW + 3).state
    return moved(state, closed(replace(SETTLED, header_hash=OTHER)), now=NOW + 10)


@vector("exchange")
def deposit_given_up():
    """A deposit that the chain showed, and nobody settled."""
    state = beneficiary.advance(ACCEPTED, DEPOSIT, now=NOW + 3).state
    return moved(state, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S + 77)


@vector("exchange")
def grace_not_over():
    """The originator may have broadcast in the last second."""
    return moved(ACCEPTED, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S - 1)


@vector("exchange")
def grace_over():
    """After the grace it expires, as of the header's time."""
    return moved(ACCEPTED, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S)


@vector("exchange")
def recorded():
    """The record of an ending is in the log."""
    ended = beneficiary.advance(ACCEPTED, closed(SETTLED), now=NOW + 10).state
    return moved(ended, beneficiary.Recorded())


# --- counters ---


def counted(counters, expect):
    """Return counters in the order of their arrival, the last of which is judged."""
    window = EMPTY
    for counter in counters[:-1]:
        window = window.accept(counter)
    out = {"before": window.encode(), "counter": counters[-1], "expect": expect}
    return out if expect != "ok" else out | {"after": window.accept(counters[-1]).encode()}


@vector("counter")
def first():
    """The first counter of a channel is 1."""
    return counted([1], "ok")


@vector("counter")
def out_of_order():
    """Counters need not arrive in order."""
    return counted([1, 5, 3], "ok")


@vector("counter")
def far_ahead():
    """A gap of any width blocks nothing."""
    return counted([1, 2, 2**63], "ok")


@vector("counter")
def last_in_the_window():
    """The window is 1,024 wide."""
    return counted([1, COUNTER_WINDOW + 1, 2], "ok")


@vector("counter")
def seen_before():
    """Each counter is accepted once."""
    return counted([1, 2, 3, 2], "counter.replayed")


@vector("counter")
def below_the_window():
    """What is too old to know is refused."""
    return counted([2, COUNTER_WINDOW + 2, 2], "counter.old")


@vector("counter")
def zero():
    """There is no counter 0."""
    return counted([1, 0], "counter.old")


# --- closings and replies ---

COINS = visible_coins("closings and replies")
ALICE, BOB, STRANGER = Secret(COINS(32)), Secret(COINS(32)), Secret(COINS(32))
SEED = Secret(COINS(32))
CHAIN_ID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
PAID = replace(SETTLED, salted_txid=salted_txid(SEED, CHAIN_ID))


def ending(data, expect, **more):
    """Return a closing as it travels, and who reads it."""
    return {
        "closing": data,
        "signer_public": public_key(ALICE),
        "network_text": "vectors",
        "seed": SEED.reveal(),
        "expect": expect,
    } | more


def sealed(statement=PAID, *, by=ALICE, txid=CHAIN_ID):
    return seal_closing(cose.sign(statement, seed=by), seed=SEED, txid=txid)


@vector("closing")
def settlement():
    """A settlement, with the transaction that it names; a retry is the same to the byte."""
    more = {"signer_seed": ALICE.reveal(), "statement": PAID.encode(), "txid_text": CHAIN_ID}
    return ending(sealed(), "ok", **more)


@vector("closing")
def cancellation():
    """A cancellation has the same size and no transaction."""
    more = {"signer_seed": ALICE.reveal(), "statement": CANCELLED.encode(), "txid_text": None}
    return ending(seal_closing(cose.sign(CANCELLED, seed=ALICE)), "ok", **more)


@vector("closing")
def closing_of_another_signer():
    """Signed by a stranger."""
    return ending(sealed(by=STRANGER), "signature.kid")


@vector("closing")
def closing_of_another_suite():
    """There is one suite."""
    return ending(sealed(replace(PAID, suite=2)), "terminal.suite")


@vector("closing")
def closing_of_another_network():
    """A statement belongs to one network."""
    return ending(sealed(replace(PAID, network="elsewhere")), "terminal.network")


@vector("closing")
def settlement_without_transaction():
    """A settlement carries the transaction's id."""
    return ending(seal_closing(cose.sign(PAID, seed=ALICE)), "settle.form")


@vector("closing")
def settlement_of_another_transaction():
    """The id that was sealed is not the one that the statement names, though sealed under its key."""
    key = _txid_key(SEED, PAID.salted_txid)
    box = seal_box(key, b"another", context=b"carnet/txid/v1", coins=bytes)
    return ending(carry(Closing(statement=cose.sign(PAID, seed=ALICE), sealed_txid=box)), "settle.txid")


@vector("closing")
def settlement_with_a_changed_box():
    """A bit of the sealed id is another."""
    closing = uncarry(Closing, sealed())
    box = bytearray(closing.sealed_txid)
    box[-1] ^= 1
    return ending(carry(replace(closing, sealed_txid=bytes(box))), "box.open")


def replied(answer, expect, *, terminal=None, by=BOB):
    """Return a reply as it travels, and the offer that it must be about."""
    signed_terminal = None if terminal is None else cose.sign(terminal, seed=BOB)
    return {
        "reply": seal_reply(cose.sign(answer, seed=by), terminal=signed_terminal),
        "header": HEADER.encode(),
        "header_hash": HASH,
        "beneficiary_public": public_key(BOB),
        "expect": expect,
    } | ({"beneficiary_seed": BOB.reveal(), "receipt": answer.encode()} if expect == "ok" else {})


@vector("reply")
def acceptance():
    """A receipt that accepts."""
    return replied(receipt(Decision.ACCEPTED), "ok")


@vector("reply")
def rejection():
    """A receipt that rejects, with its statement: the same size."""
    return replied(receipt(Decision.REJECTED), "ok", terminal=words(Phase.REJECTED, time=NOW))


@vector("reply")
def reply_of_another_member():
    """Signed by a stranger."""
    return replied(receipt(Decision.ACCEPTED), "signature.kid", by=STRANGER)


@vector("reply")
def receipt_of_another_suite():
    """There is one suite."""
    return replied(receipt(Decision.ACCEPTED, suite=2), "receipt.suite")


@vector("reply")
def receipt_about_another_offer():
    """It is about one header."""
    return replied(receipt(Decision.ACCEPTED, header_hash=OTHER), "receipt.offer")


@vector("reply")
def receipt_from_before_its_offer():
    """More than 300 seconds before the offer was issued."""
    return replied(receipt(Decision.ACCEPTED, time=HEADER.issued - 301), "receipt.time")


@vector("reply")
def rejection_without_statement():
    """A rejection ends the transfer, and says so."""
    return replied(receipt(Decision.REJECTED), "receipt.form")


# --- one whole exchange: spec/overview.md shows its bytes ---


@vector("worked_exchange")
def from_offer_to_record():
    """The frozen offer `opens`, accepted, paid and settled, and both records of it."""
    frozen = json.loads((Path(__file__).parent.parent / "vectors/frozen/offer.json").read_text(encoding="utf-8"))
    given = {
        key: bytes.fromhex(value)
        for key, value in frozen["vectors"][0].items()
        if isinstance(value, str)
        and key in {"signed_header", "enc", "ciphertext", "payload", "sealing_seed", "directory"}
    }
    header = OfferHeader.decode(cose.payload_of(given["signed_header"]))
    header_hash = cose.payload_hash(given["signed_header"])
    payload = Payload.decode(given["payload"])
    seed = Secret(payload.seed)
    verdict = Verdict(decision=Decision.ACCEPTED, checks=31)
    event = beneficiary.Offered(header=header, header_hash=header_hash, verdict=verdict, counter=1)
    step = beneficiary.advance(None, event, now=NOW + 1)
    answer = step.effects[0].receipt
    ours = originator.draft(transfer_id=header.transfer_id, beneficiary="bob")
    for moved_by in (originator.Offered(header=header, header_hash=header_hash), originator.Answered(receipt=answer)):
        ours = originator.advance(ours, moved_by, now=NOW + 2).state
    salted = salted_txid(seed, CHAIN_ID)
    paid = originator.advance(ours, originator.Broadcast(salted_txid=salted, **HERE), now=NOW + 5)
    statement = paid.effects[0].statement
    coins = visible_coins("the frozen offers")
    draws = [Secret(coins(32)) for _ in range(5)]
    alice, bob = draws[0], draws[4]  # as offers.py draws them
    signed_receipt = cose.sign(answer, seed=bob)
    sources = sources_of(
        header,
        statement,
        receipt_hash=cose.payload_hash(signed_receipt),
        seed=seed,
        packs=(load_pack("fatf-2019"), load_pack("eu-tfr-2023")),
    )
    records = {}
    for name, record in zip(("originator", "beneficiary"), map(derive_record, sources), strict=True):
        records |= {f"{name}_record": record.encode(), f"{name}_entry": record.entry()}
    return given | {
        "header": header.encode(),
        "header_hash": header_hash,
        "receipt": answer.encode(),
        "signed_receipt": signed_receipt,
        "txid_text": CHAIN_ID,
        "salted_txid": salted,
        "statement": statement.encode(),
        "signed_by_originator": cose.sign(statement, seed=alice),
        "signed_by_beneficiary": cose.sign(statement, seed=bob),
        **records,
        "expect": "ok",
    }
