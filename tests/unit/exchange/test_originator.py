"""The originator: what it does, and what it does not believe."""

from dataclasses import replace

import pytest

from carnet.errors import OrderError, PeerError, UsageError, VerifyError
from carnet.exchange.originator import (
    Alone,
    Answered,
    Broadcast,
    Countersigned,
    Ended,
    Offered,
    Recorded,
    Tick,
    advance,
    draft,
)
from carnet.exchange.states import Move, PutOnRecord, SendClosing, SendOffer, TransferState
from carnet.messages import Decision, Phase
from carnet.params import CLOCK_SKEW_S, SETTLE_GRACE_S
from exchange_samples import (
    EXPIRES,
    HASH,
    HEADER,
    NOW,
    OTHER_HASH,
    TRANSFER,
    TXID,
    beneficiaries,
    originators,
    receipt,
    words,
)

HERE = {"network": "net", "originator": "alice"}
REJECTED = words(Phase.REJECTED, time=NOW)


def refusal(state, event, *, now=NOW):
    with pytest.raises(PeerError) as caught:
        advance(state, event, now=now)
    return caught.value.check


def test_a_draft_is_offered_and_the_offer_is_sent():
    step = advance(draft(transfer_id=TRANSFER, beneficiary="bob"), Offered(header=HEADER, header_hash=HASH), now=NOW)
    assert step.state == originators(Phase.OFFERED)
    assert step.effects == (SendOffer(revision=1),)


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (Phase.DRAFT, {"revision": 2}),
        (Phase.REPAIR, {"revision": 1}),
        (Phase.REPAIR, {"revision": 3}),
        (Phase.DRAFT, {"transfer_id": bytes(16)}),
        (Phase.DRAFT, {"beneficiary": "charlie"}),
    ],
)
def test_an_offer_that_does_not_follow_is_our_own_mistake(state, changes):
    with pytest.raises(UsageError):
        advance(originators(state), Offered(header=replace(HEADER, **changes), header_hash=HASH), now=NOW)


def test_a_fourth_revision_is_our_own_mistake():
    state = replace(originators(Phase.REPAIR), revision=3)
    with pytest.raises(UsageError, match="revision 4"):
        advance(state, Offered(header=replace(HEADER, revision=4), header_hash=HASH), now=NOW)


@pytest.mark.parametrize(
    ("decision", "phase"),
    [
        (Decision.ACCEPTED, Phase.ACCEPTED),
        (Decision.PENDING, Phase.PENDING),
        (Decision.REPAIR, Phase.REPAIR),
    ],
)
def test_an_answer_moves_an_offer(decision, phase):
    answer = receipt(decision, until=NOW + 9, code=153, paths=("/a",))
    step = advance(originators(Phase.OFFERED), Answered(receipt=answer), now=NOW)
    assert step.effects == ()
    assert (step.state.phase, step.state.until, step.state.code, step.state.paths) == (phase, NOW + 9, 153, ("/a",))


def test_a_rejection_ends_it_with_the_beneficiarys_words():
    event = Answered(receipt=receipt(Decision.REJECTED), terminal=REJECTED)
    step = advance(originators(Phase.OFFERED), event, now=NOW + 50)
    assert (step.state.outcome, step.state.ended) == (Phase.REJECTED, NOW)
    assert step.effects == (PutOnRecord(statement=REJECTED),)


@pytest.mark.parametrize(
    "terminal",
    [
        None,
        replace(REJECTED, state=Phase.CANCELLED),
        replace(REJECTED, state=Phase.SETTLED),
        replace(REJECTED, header_hash=OTHER_HASH),
        replace(REJECTED, transfer_id=bytes(16)),
        replace(REJECTED, beneficiary="charlie"),
        replace(REJECTED, originator="charlie"),
        replace(REJECTED, network="other"),
        replace(REJECTED, time=NOW + 1),
        replace(REJECTED, revision=2),
        replace(REJECTED, salted_txid=TXID),
    ],
)
def test_a_rejection_with_other_words_is_refused(terminal):
    event = Answered(receipt=receipt(Decision.REJECTED), terminal=terminal)
    assert refusal(originators(Phase.OFFERED), event) == "terminal.statement"


@pytest.mark.parametrize(
    "changes",
    [{"header_hash": OTHER_HASH}, {"transfer_id": bytes(16)}, {"revision": 2}, {"beneficiary": "charlie"}],
    ids=str,
)
def test_s8_a_receipt_for_another_offer_or_of_another_member_is_refused(changes):
    event = Answered(receipt=receipt(Decision.ACCEPTED, **changes))
    assert refusal(originators(Phase.OFFERED), event) == "receipt.offer"


def test_a_receipt_from_a_time_to_come_is_refused():
    """A rejection of the year 2106 would date our record after every checkpoint, and our log would be unsound."""
    for ahead in (CLOCK_SKEW_S + 1, 2**63):
        late = receipt(Decision.REJECTED, time=NOW + ahead)
        event = Answered(receipt=late, terminal=replace(REJECTED, time=NOW + ahead))
        assert refusal(originators(Phase.OFFERED), event) == "receipt.time"
    late = receipt(Decision.ACCEPTED, time=NOW + CLOCK_SKEW_S)
    assert advance(originators(Phase.OFFERED), Answered(receipt=late), now=NOW).state.phase is Phase.ACCEPTED


def test_s8_a_repeated_or_overtaken_answer_changes_nothing():
    state = replace(originators(Phase.ACCEPTED), receipt_serial=2)
    for serial in (1, 2):
        step = advance(state, Answered(receipt=receipt(Decision.PENDING, serial=serial)), now=NOW)
        assert (step.state, step.effects) == (state, ())


def test_what_is_accepted_is_broadcast_and_its_settlement_sent():
    step = advance(originators(Phase.ACCEPTED), Broadcast(salted_txid=TXID, **HERE), now=NOW + 5)
    assert step.state == originators(Phase.BROADCAST)
    assert step.effects == (SendClosing(statement=words(Phase.SETTLED, txid=TXID)),)


def test_nothing_is_broadcast_without_an_acceptance():
    for phase in (Phase.DRAFT, Phase.OFFERED, Phase.PENDING, Phase.REPAIR, Phase.REJECTED, Phase.CANCELLED):
        assert refusal(originators(phase), Broadcast(salted_txid=TXID, **HERE)) == "exchange.order"


def test_nothing_is_broadcast_after_expiry():
    event = Broadcast(salted_txid=TXID, **HERE)
    assert advance(originators(Phase.ACCEPTED), event, now=EXPIRES - 1).state.phase is Phase.BROADCAST
    assert refusal(originators(Phase.ACCEPTED), event, now=EXPIRES) == "exchange.expired"


def test_sunrise_broadcasts_and_tells_nobody():
    alone = advance(originators(Phase.DRAFT), Alone(reason="no node"), now=NOW).state
    assert (alone.phase, alone.reason) == (Phase.SUNRISE, "no node")
    step = advance(alone, Broadcast(salted_txid=TXID, **HERE), now=EXPIRES + 9)
    assert (step.state.phase, step.effects) == (Phase.BROADCAST, ())
    assert refusal(step.state, Countersigned(statement=words(Phase.SETTLED, txid=TXID))) == "exchange.order"


def test_the_same_transaction_again_has_the_same_statement_and_another_has_a_new_one():
    reorged = advance(originators(Phase.BROADCAST), Ended(move=Move.REORGANISE, **HERE), now=NOW + 70).state
    assert reorged == originators(Phase.REORGED)
    (again,) = advance(reorged, Broadcast(salted_txid=TXID, **HERE), now=NOW + 90).effects
    assert again.statement == words(Phase.SETTLED, txid=TXID)
    (other,) = advance(reorged, Broadcast(salted_txid=OTHER_HASH, **HERE), now=NOW + 90).effects
    assert other.statement == words(Phase.SETTLED, txid=OTHER_HASH, time=NOW + 90)


def test_a_countersigned_settlement_ends_it():
    signed = words(Phase.SETTLED, txid=TXID)
    step = advance(originators(Phase.BROADCAST), Countersigned(statement=signed), now=NOW + 99)
    assert step.state.outcome is Phase.SETTLED
    assert step.effects == (PutOnRecord(statement=signed),)
    assert advance(step.state, Countersigned(statement=signed), now=NOW + 100).effects == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": Phase.CANCELLED},
        {"header_hash": OTHER_HASH},
        {"salted_txid": OTHER_HASH},
        {"salted_txid": None},
        {"time": NOW + 6},
        {"beneficiary": "charlie"},
        {"transfer_id": bytes(16)},
        {"revision": 2},
    ],
    ids=str,
)
def test_s6_a_settlement_is_countersigned_to_the_letter(changes):
    event = Countersigned(statement=replace(words(Phase.SETTLED, txid=TXID), **changes))
    assert refusal(originators(Phase.BROADCAST), event) == "terminal.statement"
    settled = originators(Phase.SETTLED)
    assert refusal(settled, event) == "terminal.statement"


@pytest.mark.parametrize("phase", [Phase.OFFERED, Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED])
def test_a_cancelled_transfer_is_told_and_recorded_at_once(phase):
    step = advance(originators(phase), Ended(move=Move.CANCEL, **HERE), now=NOW + 5)
    told = words(Phase.CANCELLED)
    assert step.state.outcome is Phase.CANCELLED
    assert step.effects == (SendClosing(statement=told), PutOnRecord(statement=told))
    assert advance(step.state, Countersigned(statement=told), now=NOW + 9).state == step.state


def test_a_draft_that_was_never_offered_leaves_no_record():
    step = advance(originators(Phase.DRAFT), Ended(move=Move.CANCEL, **HERE), now=NOW)
    assert (step.state.outcome, step.effects) == (Phase.CANCELLED, ())


def test_our_own_view_of_the_chain_ends_a_broadcast_and_nobody_else_signs():
    step = advance(originators(Phase.BROADCAST), Ended(move=Move.DIFFER, **HERE), now=NOW + 9)
    assert step.state.outcome is Phase.MISMATCH
    assert step.effects == (PutOnRecord(statement=words(Phase.MISMATCH, txid=TXID, time=NOW + 9)),)


def differs(*, time=NOW + 7, txid=TXID, **changes):
    return Countersigned(statement=words(Phase.MISMATCH, txid=txid, time=time, **changes))


def test_a_mismatch_that_the_beneficiary_has_signed_is_taken_over_with_its_time():
    step = advance(originators(Phase.BROADCAST), differs(), now=NOW + 9)
    assert (step.state.outcome, step.state.ended) == (Phase.MISMATCH, NOW + 7)
    assert step.effects == (PutOnRecord(statement=differs().statement),)
    again = advance(step.state, differs(), now=NOW + 99)
    assert (again.state, again.effects) == (step.state, ())
    recorded = advance(step.state, Recorded(), now=NOW + 100).state
    assert advance(recorded, differs(), now=NOW + 101).effects == ()


@pytest.mark.parametrize(
    ("signed", "check"),
    [
        (differs(txid=OTHER_HASH), "terminal.statement"),
        (differs(txid=None), "terminal.statement"),
        (differs(header_hash=OTHER_HASH), "terminal.statement"),
        (differs(revision=2), "terminal.statement"),
        (differs(time=NOW + 4 - CLOCK_SKEW_S), "terminal.time"),
        (differs(time=NOW + 10 + CLOCK_SKEW_S), "terminal.time"),
    ],
    ids=range(6),
)
def test_a_mismatch_is_about_our_broadcast_and_of_its_time(signed, check):
    with pytest.raises(VerifyError) as error:
        advance(originators(Phase.BROADCAST), signed, now=NOW + 9)
    assert error.value.check == check


@pytest.mark.parametrize("phase", [Phase.SETTLED, Phase.CANCELLED, Phase.UNCONFIRMED])
def test_what_has_ended_is_no_mismatch_afterwards(phase):
    assert refusal(originators(phase), differs()) == "terminal.statement"


@pytest.mark.parametrize("late", [0, 30 * 86400])
def test_a_broadcast_is_given_up_when_the_grace_ends_whenever_that_is_noticed(late):
    state, due = originators(Phase.BROADCAST), EXPIRES + SETTLE_GRACE_S
    assert advance(state, Tick(**HERE), now=due - 1).state == state
    step = advance(state, Tick(**HERE), now=due + late)
    assert (step.state.outcome, step.state.ended) == (Phase.UNCONFIRMED, due)
    assert step.effects == (PutOnRecord(statement=words(Phase.UNCONFIRMED, txid=TXID, time=due)),)


@pytest.mark.parametrize("move", [Move.SETTLE, Move.EXPIRE, Move.REJECT, Move.OFFER, Move.RECORD, Move.GIVE_UP])
def test_the_caller_ends_nothing_by_other_moves(move):
    with pytest.raises(UsageError, match="does not end"):
        advance(originators(Phase.BROADCAST), Ended(move=move, **HERE), now=NOW)


@pytest.mark.parametrize("phase", [Phase.OFFERED, Phase.PENDING, Phase.REPAIR, Phase.ACCEPTED])
def test_an_offer_expires_at_its_second_and_not_before(phase):
    state = originators(phase)
    assert advance(state, Tick(**HERE), now=EXPIRES - 1).state == state
    step = advance(state, Tick(**HERE), now=EXPIRES + 77)
    assert (step.state.outcome, step.state.ended) == (Phase.EXPIRED, EXPIRES)
    assert step.effects == (PutOnRecord(statement=words(Phase.EXPIRED, time=EXPIRES)),)


@pytest.mark.parametrize("phase", [Phase.DRAFT, Phase.REORGED, Phase.SETTLED, Phase.RECORDED])
def test_nothing_else_expires(phase):
    assert advance(originators(phase), Tick(**HERE), now=2 * EXPIRES).state == originators(phase)


def test_an_ending_is_recorded_once():
    step = advance(originators(Phase.SETTLED), Recorded(), now=NOW)
    assert (step.state.phase, step.state.outcome) == (Phase.RECORDED, Phase.SETTLED)
    assert refusal(step.state, Recorded()) == "exchange.order"


def test_a_beneficiarys_state_is_none_of_the_originators_business():
    for event in (Tick(**HERE), Recorded(), Countersigned(statement=words(Phase.SETTLED, txid=TXID))):
        assert refusal(beneficiaries(Phase.ACCEPTED), event) == "offer.owner"


def test_a_state_survives_its_encoding():
    for phase in (Phase.DRAFT, Phase.OFFERED, Phase.BROADCAST, Phase.RECORDED):
        state = originators(phase)
        assert TransferState.decode(state.encode()) == state


def test_errors_are_what_the_module_says():
    with pytest.raises(OrderError):
        advance(originators(Phase.SETTLED), Alone(reason="late"), now=NOW)
    with pytest.raises(VerifyError):
        advance(originators(Phase.OFFERED), Answered(receipt=receipt(Decision.REJECTED)), now=NOW)
