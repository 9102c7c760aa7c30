"""The beneficiary: each offer is answered once, and nothing is signed that is not its own."""

from dataclasses import replace

import pytest

from carnet.errors import Code, EquivocationError, PeerError, UsageError
from carnet.exchange.beneficiary import Closed, Decided, Offered, Recorded, Seen, Tick, advance, replayed
from carnet.exchange.states import Answer, Countersign, Move, PutOnRecord, Replay
from carnet.messages import Decision, Phase
from carnet.params import CLOCK_SKEW_S, SETTLE_GRACE_S
from exchange_samples import (
    EXPIRES,
    HASH,
    HEADER,
    NOW,
    OTHER_HASH,
    SECOND,
    TXID,
    beneficiaries,
    originators,
    receipt,
    verdict,
    words,
)

SETTLED = words(Phase.SETTLED, txid=TXID)
CANCELLED = words(Phase.CANCELLED)


def refusal(state, event, *, now=NOW + 10):
    with pytest.raises(PeerError) as caught:
        advance(state, event, now=now)
    return caught.value.check


def offered(decision, *, header=HEADER, header_hash=HASH, **more):
    return Offered(header=header, header_hash=header_hash, verdict=verdict(decision, **more), counter=1)


def closed(statement):
    return Closed(header=HEADER, statement=statement)


@pytest.mark.parametrize(
    ("decision", "phase"),
    [(Decision.ACCEPTED, Phase.ACCEPTED), (Decision.PENDING, Phase.PENDING), (Decision.REPAIR, Phase.REPAIR)],
)
def test_an_offer_is_answered_with_a_receipt(decision, phase):
    step = advance(None, offered(decision), now=NOW)
    assert step.state == beneficiaries(phase)
    assert step.effects == (Answer(receipt=receipt(decision)),)


def test_a_receipt_says_what_was_decided_and_done():
    more = {"code": Code.MISSING_FIELDS, "paths": ("/a",), "checks": 31, "until": 5, "screened_at": 4}
    step = advance(None, offered(Decision.REPAIR, screening_lists=(bytes(32),), window=b"\3" * 33, **more), now=NOW)
    expected = receipt(Decision.REPAIR, screening_lists=(bytes(32),), window=b"\3" * 33, **{**more, "code": 153})
    assert step.effects == (Answer(receipt=expected),)
    assert (step.state.code, step.state.paths, step.state.until) == (153, ("/a",), 5)
    assert type(step.state.code) is int


def test_a_rejection_ends_the_transfer_in_the_same_answer():
    step = advance(None, offered(Decision.REJECTED, code=Code.UNOPENED), now=NOW)
    ended = words(Phase.REJECTED, time=NOW)
    answered = receipt(Decision.REJECTED, code=107)
    assert step.effects == (Answer(receipt=answered, terminal=ended), PutOnRecord(statement=ended))
    assert (step.state.outcome, step.state.ended) == (Phase.REJECTED, NOW)


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED, Phase.REJECTED, Phase.RECORDED])
def test_s8_the_same_offer_again_is_a_replay_in_every_state(phase):
    state = beneficiaries(phase)
    step = advance(state, offered(Decision.ACCEPTED), now=NOW + 99)
    assert (step.state, step.effects) == (state, (Replay(),))


def test_s8_the_same_revision_with_other_content_is_equivocation():
    with pytest.raises(EquivocationError, match=r"offer\.equivocation"):
        advance(beneficiaries(Phase.REPAIR), offered(Decision.ACCEPTED, header_hash=OTHER_HASH), now=NOW)


def test_s8_a_transfer_belongs_to_one_member_for_ever():
    theft = offered(Decision.ACCEPTED, header=replace(HEADER, originator="charlie"))
    for phase in (Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED, Phase.SETTLED):
        assert refusal(beneficiaries(phase), theft) == "offer.owner"
    own = offered(Decision.ACCEPTED, header=replace(HEADER, originator="bob"))
    assert refusal(originators(Phase.OFFERED), own) == "offer.owner"


def test_s8_the_first_revision_comes_first_and_the_next_next():
    assert refusal(None, offered(Decision.ACCEPTED, header=SECOND)) == "offer.revision"
    repair = beneficiaries(Phase.REPAIR)
    third = offered(Decision.ACCEPTED, header=replace(HEADER, revision=3), header_hash=OTHER_HASH)
    assert refusal(repair, third) == "offer.revision"
    zeroth = offered(Decision.ACCEPTED, header=replace(HEADER, revision=0), header_hash=OTHER_HASH)
    assert refusal(repair, zeroth) == "offer.revision"


def test_a_second_revision_needs_a_repair_to_answer():
    second = offered(Decision.ACCEPTED, header=SECOND, header_hash=OTHER_HASH)
    assert refusal(beneficiaries(Phase.PENDING), second) == "offer.revision"
    for phase in (Phase.ACCEPTED, Phase.REJECTED, Phase.SETTLED, Phase.RECORDED):
        assert refusal(beneficiaries(phase), second) == "exchange.order"
    assert replayed(beneficiaries(Phase.REPAIR), SECOND, OTHER_HASH) is False


def test_a_repaired_offer_is_answered_afresh():
    step = advance(
        beneficiaries(Phase.REPAIR), offered(Decision.ACCEPTED, header=SECOND, header_hash=OTHER_HASH), now=NOW
    )
    assert (step.state.phase, step.state.revision, step.state.receipt_serial) == (Phase.ACCEPTED, 2, 1)
    assert step.state.header_hash == OTHER_HASH
    rejected = advance(
        beneficiaries(Phase.REPAIR), offered(Decision.REJECTED, header=SECOND, header_hash=OTHER_HASH), now=NOW
    )
    assert rejected.state.ended == NOW


@pytest.mark.parametrize("decision", [Decision.ACCEPTED, Decision.REPAIR, Decision.REJECTED])
def test_what_is_pending_is_decided_once(decision):
    event = Decided(header=HEADER, verdict=verdict(decision), counter=2)
    step = advance(beneficiaries(Phase.PENDING), event, now=NOW + 10)
    assert step.state.receipt_serial == 2
    assert step.effects[0].receipt == receipt(decision, serial=2, counter=2, time=NOW + 10)
    assert refusal(step.state, event) == "exchange.order"


def test_a_pending_offer_is_not_decided_to_be_pending_nor_after_its_time():
    with pytest.raises(UsageError, match="pending"):
        advance(
            beneficiaries(Phase.PENDING),
            Decided(header=HEADER, verdict=verdict(Decision.PENDING), counter=2),
            now=NOW,
        )
    late = Decided(header=HEADER, verdict=verdict(Decision.ACCEPTED), counter=2)
    assert refusal(beneficiaries(Phase.PENDING), late, now=EXPIRES) == "exchange.expired"


def test_what_nobody_knows_has_no_events():
    for event in (closed(SETTLED), Tick(header=HEADER), Recorded()):
        assert refusal(None, event) == "transfer.unknown"


def test_an_originators_state_is_none_of_the_beneficiarys_business():
    """Bob's own transfer to alice: she may not close it as if it were hers."""
    own = replace(originators(Phase.ACCEPTED), counterparty="alice")
    for statement in (CANCELLED, SETTLED):
        assert refusal(own, closed(statement)) == "offer.owner"


@pytest.mark.parametrize(
    ("phase", "statement"),
    [
        (Phase.ACCEPTED, SETTLED),
        (Phase.BROADCAST, SETTLED),
        (Phase.REORGED, SETTLED),
        (Phase.PENDING, CANCELLED),
        (Phase.REPAIR, CANCELLED),
        (Phase.ACCEPTED, CANCELLED),
    ],
    ids=str,
)
def test_a_closing_is_countersigned_once_and_then_replayed(phase, statement):
    step = advance(beneficiaries(phase), closed(statement), now=NOW + 10)
    assert (step.state.outcome, step.state.ended) == (statement.state, statement.time)
    assert step.effects == (Countersign(statement=statement), PutOnRecord(statement=statement))
    again = advance(step.state, closed(statement), now=NOW + 99)
    assert (again.state, again.effects) == (step.state, (Replay(),))
    recorded = advance(step.state, Recorded(), now=NOW + 100).state
    assert advance(recorded, closed(statement), now=NOW + 101).effects == (Replay(),)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"transfer_id": bytes(16)}, "offer.owner"),
        ({"originator": "charlie"}, "offer.owner"),
        ({"header_hash": OTHER_HASH}, "terminal.statement"),
        ({"beneficiary": "charlie"}, "terminal.statement"),
        ({"revision": 2}, "terminal.statement"),
        ({"network": "other"}, "terminal.statement"),
        ({"suite": 2}, "terminal.statement"),
        ({"state": Phase.REJECTED}, "terminal.statement"),
        ({"state": Phase.EXPIRED}, "terminal.statement"),
        ({"time": NOW + 11 + CLOCK_SKEW_S}, "terminal.time"),
        ({"time": 2**63}, "terminal.time"),
        ({"time": NOW - 1 - CLOCK_SKEW_S}, "terminal.time"),
    ],
    ids=str,
)
@pytest.mark.parametrize("statement", [SETTLED, CANCELLED], ids=["settled", "cancelled"])
def test_s6_only_the_words_that_we_would_say_are_countersigned(statement, changes, check):
    assert refusal(beneficiaries(Phase.ACCEPTED), closed(replace(statement, **changes))) == check


def test_s6_a_settlement_names_a_transaction_and_a_cancellation_none():
    accepted = beneficiaries(Phase.ACCEPTED)
    assert refusal(accepted, closed(replace(SETTLED, salted_txid=None))) == "terminal.statement"
    assert refusal(accepted, closed(replace(CANCELLED, salted_txid=TXID))) == "terminal.statement"


def test_s6_a_settlement_names_the_transaction_that_the_chain_has_shown():
    other = replace(SETTLED, salted_txid=OTHER_HASH)
    assert refusal(beneficiaries(Phase.BROADCAST), closed(other)) == "terminal.statement"


@pytest.mark.parametrize("phase", [Phase.SETTLED, Phase.CANCELLED, Phase.EXPIRED, Phase.REJECTED, Phase.RECORDED])
def test_an_ended_transfer_is_not_closed_otherwise(phase):
    other = CANCELLED if phase in {Phase.SETTLED, Phase.RECORDED} else SETTLED
    assert refusal(beneficiaries(phase), closed(other)) == "exchange.order"
    assert refusal(beneficiaries(phase), closed(replace(other, time=NOW + 6))) == "exchange.order"


def seen(move, txid=TXID):
    return Seen(move=move, header=HEADER, salted_txid=txid)


def test_a_deposit_is_noticed_before_the_originator_tells():
    step = advance(beneficiaries(Phase.ACCEPTED), seen(Move.BROADCAST), now=NOW + 3)
    assert (step.state.phase, step.state.salted_txid, step.effects) == (Phase.BROADCAST, TXID, ())


@pytest.mark.parametrize("phase", [Phase.ACCEPTED, Phase.BROADCAST])
def test_the_chain_may_end_it_against_what_was_agreed_and_our_signed_word_says_so(phase):
    step = advance(beneficiaries(phase), seen(Move.DIFFER), now=NOW + 9)
    assert (step.state.outcome, step.state.ended) == (Phase.MISMATCH, NOW + 9)
    differs = words(Phase.MISMATCH, txid=TXID, time=NOW + 9)
    assert step.effects == (Countersign(statement=differs), PutOnRecord(statement=differs))
    recorded = advance(step.state, Recorded(), now=NOW + 10).state
    for state in (step.state, recorded):
        for settled in (SETTLED, replace(SETTLED, salted_txid=OTHER_HASH), replace(SETTLED, time=NOW + 9)):
            assert advance(state, closed(settled), now=NOW + 11).effects == (Replay(),)
        assert refusal(state, closed(CANCELLED)) == "exchange.order"
        assert refusal(state, closed(replace(SETTLED, salted_txid=None))) == "terminal.statement"
        assert refusal(state, closed(replace(SETTLED, header_hash=OTHER_HASH))) == "exchange.order"


def test_a_reorganised_chain_may_show_the_deposit_again():
    away = advance(beneficiaries(Phase.BROADCAST), seen(Move.REORGANISE, None), now=NOW + 9).state
    assert (away.phase, away.salted_txid, away.ended) == (Phase.REORGED, TXID, None)
    assert advance(away, seen(Move.BROADCAST), now=NOW + 10).state.phase is Phase.BROADCAST
    other = advance(away, seen(Move.BROADCAST, OTHER_HASH), now=NOW + 10).state
    assert other.salted_txid == OTHER_HASH


@pytest.mark.parametrize("move", [Move.SETTLE, Move.CANCEL, Move.ACCEPT, Move.EXPIRE, Move.GIVE_UP])
def test_the_chain_does_nothing_else(move):
    with pytest.raises(UsageError, match="the chain cannot"):
        advance(beneficiaries(Phase.BROADCAST), seen(move), now=NOW)


@pytest.mark.parametrize(
    ("phase", "due"),
    [(Phase.PENDING, EXPIRES), (Phase.REPAIR, EXPIRES), (Phase.ACCEPTED, EXPIRES + SETTLE_GRACE_S)],
)
def test_an_offer_expires_and_an_accepted_one_after_a_grace(phase, due):
    state = beneficiaries(phase)
    assert advance(state, Tick(header=HEADER), now=due - 1).state == state
    step = advance(state, Tick(header=HEADER), now=due)
    assert (step.state.outcome, step.state.ended) == (Phase.EXPIRED, EXPIRES)
    assert step.effects == (PutOnRecord(statement=words(Phase.EXPIRED, time=EXPIRES)),)


@pytest.mark.parametrize("late", [0, 30 * 86400])
def test_a_deposit_is_given_up_when_the_grace_ends_whenever_that_is_noticed(late):
    state, due = beneficiaries(Phase.BROADCAST), EXPIRES + SETTLE_GRACE_S
    assert advance(state, Tick(header=HEADER), now=due - 1).state == state
    step = advance(state, Tick(header=HEADER), now=due + late)
    assert (step.state.outcome, step.state.ended) == (Phase.UNCONFIRMED, due)
    assert step.effects == (PutOnRecord(statement=words(Phase.UNCONFIRMED, txid=TXID, time=due)),)


@pytest.mark.parametrize("phase", [Phase.REORGED, Phase.SETTLED, Phase.RECORDED])
def test_nothing_else_expires(phase):
    assert advance(beneficiaries(phase), Tick(header=HEADER), now=2 * EXPIRES).state == beneficiaries(phase)


def test_an_ending_is_recorded_once():
    state = advance(beneficiaries(Phase.EXPIRED), Recorded(), now=NOW).state
    assert (state.phase, state.outcome) == (Phase.RECORDED, Phase.EXPIRED)
    assert refusal(state, Recorded()) == "exchange.order"
