"""Suites exchange, counter, closing, reply and worked_exchange."""

from dataclasses import fields

import pytest

from carnet.crypto import cose, hpke
from carnet.envelope.offer import OpenedHeader, open_payload
from carnet.errors import Code
from carnet.exchange import beneficiary, originator
from carnet.exchange.closing import open_closing, open_txid, salted_txid, seal_closing
from carnet.exchange.counters import CounterWindow
from carnet.exchange.reply import open_reply, seal_reply
from carnet.exchange.states import Move, TransferState
from carnet.identity.directory import Trust
from carnet.log.record import Record
from carnet.messages import (
    Decision,
    Directory,
    Member,
    Offer,
    OfferHeader,
    Phase,
    Receipt,
    Role,
    TerminalStatement,
    Unit,
)
from carnet.params import CLOSING_SIZE, REPLY_SIZE
from carnet.secret import Secret
from vector_files import each, load, outcome

MESSAGES = {"header": OfferHeader, "receipt": Receipt, "terminal": TerminalStatement, "statement": TerminalStatement}


def built(module, given):
    """Return the event or verdict that a vector gives."""
    kind = getattr(module, given["kind_text"])
    out = {}
    for field in fields(kind):
        value = given.get(field.name, given.get(f"{field.name}_text"))
        if value is None:
            out[field.name] = None
        elif field.name in MESSAGES:
            out[field.name] = MESSAGES[field.name].decode(value)
        elif field.name == "verdict":
            out[field.name] = built(module, value)
        elif field.name == "move":
            out[field.name] = Move(value)
        elif field.name in {"decision", "code"}:
            out[field.name] = {"decision": Decision, "code": Code}[field.name](value)
        else:
            out[field.name] = tuple(value) if isinstance(value, list) else value
    return kind(**out)


def shown(effect):
    """Return an effect as vectors give it."""
    out = {"kind_text": type(effect).__name__}
    for field in fields(effect):
        value = getattr(effect, field.name)
        out[field.name] = value.encode() if field.name in MESSAGES and value is not None else value
    return out


@each("exchange")
def test_exchange(case):
    module = originator if case["role"] == Role.ORIGINATOR else beneficiary
    state = None if case["state"] is None else TransferState.decode(case["state"])
    event = built(module, case["event"])

    def act():
        return module.advance(state, event, now=case["now"])

    assert outcome(act) == case["expect"], case["why"]
    if case["expect"] != "ok":
        return
    step = act()
    assert step.state.encode() == case["next_state"]
    assert [shown(effect) for effect in step.effects] == case["effects"]


@each("counter")
def test_counter(case):
    before = CounterWindow.decode(case["before"])
    assert outcome(lambda: before.accept(case["counter"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert before.accept(case["counter"]).encode() == case["after"]


@each("closing")
def test_closing(case):
    resolve, seed = cose.only(case["signer_public"]), Secret(case["seed"])

    def act():
        statement, closing = open_closing(case["closing"], resolve=resolve, network=case["network_text"])
        return statement, open_txid(closing, statement, seed=seed) if statement.state is Phase.SETTLED else None

    assert outcome(act) == case["expect"], case["why"]
    assert len(case["closing"]) == CLOSING_SIZE
    if case["expect"] == "ok":
        statement, txid = act()
        assert (statement.encode(), txid) == (case["statement"], case["txid_text"])
        signed = cose.sign(statement, seed=Secret(case["signer_seed"]))
        assert seal_closing(signed, seed=seed, txid=txid) == case["closing"]


@each("reply")
def test_reply(case):
    header = OfferHeader.decode(case["header"])
    bob = Member(
        vasp=header.beneficiary,
        name="bob",
        jurisdiction="EU",
        identity_key=case["beneficiary_public"],
        log_origin="log.example",
        endpoint="127.0.0.1:0",
        tls_certificates=(b"",),
    )
    directory = Directory(
        network=header.network,
        version=1,
        unit=Unit(currency="EUR", exponent=2),
        members=(bob,),
        quote_issuers=(),
        pack_issuers=(),
        witnesses=(),
        quorum=0,
        issued=0,
        expires=2**40,
    )

    def act():
        return open_reply(
            case["reply"], header=header, header_hash=case["header_hash"], trust=Trust(directory=directory)
        )

    assert outcome(act) == case["expect"], case["why"]
    assert len(case["reply"]) == REPLY_SIZE
    if case["expect"] == "ok":
        reply, seed = act(), Secret(case["beneficiary_seed"])
        assert reply.receipt.encode() == case["receipt"]
        terminal = None if reply.terminal is None else cose.sign(reply.terminal, seed=seed)
        assert seal_reply(cose.sign(reply.receipt, seed=seed), terminal=terminal) == case["reply"]


@pytest.mark.parametrize("case", load("worked_exchange"), ids=lambda case: case["name"])
def test_worked_exchange(case):
    header = OfferHeader.decode(case["header"])
    key = hpke.PrivateKey(Secret(case["sealing_seed"]))
    offer = Offer(header=case["signed_header"], enc=case["enc"], ciphertext=case["ciphertext"])
    opened = OpenedHeader(header=header, header_hash=case["header_hash"], offer=offer)
    payload = open_payload(opened, keys={header.sealing_kid: key})
    assert payload.encode() == case["payload"]
    receipt, statement = Receipt.decode(case["receipt"]), TerminalStatement.decode(case["statement"])
    assert receipt.header_hash == statement.header_hash == case["header_hash"]
    assert salted_txid(Secret(payload.seed), case["txid_text"]) == statement.salted_txid == case["salted_txid"]
    trust = Trust(directory=Directory.decode(case["directory"]))
    for side, signer in (("originator", "alice"), ("beneficiary", "bob")):
        public = trust.member(signer).identity_key
        assert cose.open_signed_by(TerminalStatement, case[f"signed_by_{side}"], public=public) == statement
    assert cose.open_signed_by(Receipt, case["signed_receipt"], public=trust.member("bob").identity_key) == receipt
    for side in ("originator", "beneficiary"):
        assert Record.decode(case[f"{side}_record"]).entry() == case[f"{side}_entry"]
