"""Replies: only the beneficiary of an offer answers it, and all answers look alike (C6)."""

from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.errors import PeerError
from carnet.exchange.reply import open_reply, seal_reply
from carnet.messages import Decision, Phase
from carnet.params import CLOCK_SKEW_S, MAX_PATHS, REPLY_SIZE
from carnet.testing.world import make_world
from exchange_samples import HASH, HEADER, OTHER_HASH, receipt, words


@pytest.fixture(scope="module")
def world():
    return make_world()


def signed(world, part, by="bob"):
    return cose.sign(part, seed=world.vasps[by].keystore.identity)


def opened(world, data, header=HEADER):
    return open_reply(data, header=header, header_hash=HASH, trust=world.trust)


def refusal(world, data):
    with pytest.raises(PeerError) as caught:
        opened(world, data)
    return caught.value.check


def test_a_reply_opens_to_receipt_and_statement(world):
    accepted = signed(world, receipt(Decision.ACCEPTED))
    reply = opened(world, seal_reply(accepted))
    assert (reply.receipt, reply.terminal) == (receipt(Decision.ACCEPTED), None)
    assert reply.receipt_hash == cose.payload_hash(accepted)
    rejected = seal_reply(signed(world, receipt(Decision.REJECTED)), terminal=signed(world, words(Phase.REJECTED)))
    assert opened(world, rejected).terminal == words(Phase.REJECTED)


def test_a_receipt_from_before_its_offer_is_refused(world):
    """A rejection of 1970 would date the originator's record to a day when its pack was no law, for ever."""
    early = HEADER.issued - CLOCK_SKEW_S
    assert opened(world, seal_reply(signed(world, receipt(Decision.ACCEPTED, time=early)))).receipt.time == early
    rejected = signed(world, receipt(Decision.REJECTED, time=early - 1))
    terminal = signed(world, words(Phase.REJECTED, time=early - 1))
    assert refusal(world, seal_reply(rejected, terminal=terminal)) == "receipt.time"


def test_c6_all_replies_have_one_size(world):
    pointer = "/originator/originatorPerson/15/naturalPerson/name/phoneticNameIdentifier/15/secondaryIdentifier"
    largest = receipt(
        Decision.REPAIR,
        paths=(pointer.ljust(128, "x"),) * MAX_PATHS,
        screening_lists=(bytes(32),) * 8,
        screened_at=2**63,
        until=2**63,
        code=999,
        checks=31,
        window=bytes(33),
        counter=2**63,
    )
    terminal = signed(world, words(Phase.REJECTED))
    for data in (
        seal_reply(signed(world, largest)),
        seal_reply(signed(world, replace(largest, decision=Decision.REJECTED)), terminal=terminal),
        *(seal_reply(signed(world, receipt(decision))) for decision in Decision),
    ):
        assert len(data) == REPLY_SIZE


@pytest.mark.parametrize("by", ["alice", "charlie"])
def test_s8_nobody_but_the_offers_beneficiary_answers_it(world, by):
    assert refusal(world, seal_reply(signed(world, receipt(Decision.ACCEPTED), by=by))) == "signature.kid"
    named = receipt(Decision.ACCEPTED, beneficiary=by)
    assert refusal(world, seal_reply(signed(world, named, by=by))) == "signature.kid"
    rejected = signed(world, receipt(Decision.REJECTED))
    foreign = signed(world, words(Phase.REJECTED), by=by)
    assert refusal(world, seal_reply(rejected, terminal=foreign)) == "signature.kid"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"suite": 2}, "receipt.suite"),
        ({"network": "x"}, "receipt.offer"),
        ({"transfer_id": bytes(16)}, "receipt.offer"),
        ({"revision": 2}, "receipt.offer"),
        ({"originator": "charlie"}, "receipt.offer"),
        ({"beneficiary": "charlie"}, "receipt.offer"),
        ({"header_hash": OTHER_HASH}, "receipt.offer"),
    ],
    ids=str,
)
def test_a_receipt_about_anything_else_is_refused(world, changes, check):
    assert refusal(world, seal_reply(signed(world, receipt(Decision.ACCEPTED, **changes)))) == check


def test_a_rejection_without_a_statement_is_refused(world):
    assert refusal(world, seal_reply(signed(world, receipt(Decision.REJECTED)))) == "receipt.form"


def test_a_statement_without_a_rejection_is_refused(world):
    data = seal_reply(signed(world, receipt(Decision.ACCEPTED)), terminal=signed(world, words(Phase.REJECTED)))
    assert refusal(world, data) == "receipt.form"


def test_an_offer_is_never_read_as_a_receipt(world):
    assert refusal(world, seal_reply(signed(world, HEADER))) == "cose.type"
    assert refusal(world, seal_reply(signed(world, words(Phase.REJECTED)))) == "cose.type"
