"""Both sides of the exchange, connected by a network that drops, doubles, reorders and delays, and by crashes.

The invariants of spec/exchange.md: see the names of the invariants and rules below.
"""

import contextlib
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from carnet.errors import PeerError, PolicyError
from carnet.exchange import beneficiary, originator
from carnet.exchange.counters import EMPTY, CounterWindow
from carnet.exchange.states import Answer, Countersign, Move, PutOnRecord, Replay, SendClosing, SendOffer, TransferState
from carnet.messages import BROADCAST_ENDINGS, TERMINAL, Decision, Phase
from carnet.params import COUNTER_WINDOW, MAX_REVISIONS, SETTLE_GRACE_S
from exchange_samples import EXPIRES, HEADER, NOW, TRANSFER, TXID, verdict
from strategies import messages

HERE = {"network": "net", "originator": "alice"}
WAYS = st.sampled_from([Decision.ACCEPTED] * 3 + [Decision.PENDING] * 2 + [Decision.REPAIR, Decision.REJECTED])
PAYABLE = {Phase.ACCEPTED, Phase.SUNRISE, Phase.REORGED}


def header_of(revision):
    header = replace(HEADER, revision=revision, counter=revision)
    return header, hashlib.sha256(header.encode()).digest()


class Exchange(RuleBasedStateMachine):
    """Alice and bob, of whom either may crash; what travels may be delivered any number of times, in any order."""

    offers = Bundle("offers")
    replies = Bundle("replies")
    closings = Bundle("closings")
    countersigned = Bundle("countersigned")

    @initialize()
    def start(self):
        self.now = NOW
        self.alice = originator.draft(transfer_id=TRANSFER, beneficiary="bob")
        self.bob = None
        self.counter = 0
        self.stored = {}  # what bob has answered, by the hash of the header: the last reply
        self.signed = None  # what bob has countersigned
        self.answers = []
        self.records = {"alice": [], "bob": []}
        self.endings = {"alice": set(), "bob": set()}
        self.phases = [Phase.DRAFT]
        self.paid = False

    # --- what each side does with a step ---

    def at_alice(self, event):
        before = self.alice
        step = originator.advance(self.alice, event, now=self.now)
        self.alice = step.state
        self.note("alice", before, step)
        if step.state != before:
            self.phases.append(step.state.phase)
        return step

    def at_bob(self, event):
        before = self.bob
        step = beneficiary.advance(self.bob, event, now=self.now)
        self.bob = step.state
        self.note("bob", before, step)
        return step

    def note(self, name, before, step):
        self.records[name] += [effect for effect in step.effects if isinstance(effect, PutOnRecord)]
        if step.state.outcome is not None:
            self.endings[name].add(step.state.outcome)
        if before is not None:
            assert step.state.counterparty == before.counterparty
            assert step.state.revision >= before.revision
            assert before.outcome is None or step.state.outcome is before.outcome

    # --- the originator's people, the chain, and time ---

    @precondition(lambda self: self.alice.phase in {Phase.DRAFT, Phase.REPAIR} and self.alice.revision < MAX_REVISIONS)
    @rule(target=offers)
    def offer(self):
        header, header_hash = header_of(self.alice.revision + 1)
        step = self.at_alice(originator.Offered(header=header, header_hash=header_hash))
        assert step.effects == (SendOffer(revision=header.revision),)
        return header, header_hash

    @rule(target=closings)
    def broadcast(self):
        payable = self.alice.phase in PAYABLE
        try:
            step = self.at_alice(originator.Broadcast(salted_txid=TXID, **HERE))
        except PeerError as error:
            assert error.check == ("exchange.expired" if payable else "exchange.order")  # noqa: PT017 - no other
            return multiple()
        self.paid = True
        return step.effects[0].statement if step.effects else multiple()

    @rule(
        target=closings,
        move=st.sampled_from([Move.CANCEL, Move.DIFFER, Move.REORGANISE, Move.REORGANISE]),
    )
    def end(self, move):
        try:
            step = self.at_alice(originator.Ended(move=move, **HERE))
        except PeerError:
            return multiple()
        return multiple(*(effect.statement for effect in step.effects if isinstance(effect, SendClosing)))

    @rule()
    def go_on_alone(self):
        with contextlib.suppress(PeerError):
            self.at_alice(originator.Alone(reason="nobody there"))

    @rule(seconds=st.sampled_from([1, 1, 60, 600, 3600, SETTLE_GRACE_S]))
    def time_passes(self, seconds):
        self.now += seconds
        self.at_alice(originator.Tick(**HERE))
        if self.bob is not None:
            self.at_bob(beneficiary.Tick(header=header_of(self.bob.revision)[0]))

    # --- the network ---

    @rule(target=replies, offer=offers, decision=WAYS)
    def deliver_offer(self, offer, decision):
        header, header_hash = offer
        self.counter += 1
        if self.now >= header.expires:
            return multiple()  # refused before it reaches a state
        event = beneficiary.Offered(
            header=header, header_hash=header_hash, verdict=verdict(decision), counter=self.counter
        )
        try:
            step = self.at_bob(event)
        except PeerError:
            assert header_hash not in self.stored or header.revision < self.bob.revision
            return multiple()
        if step.effects == (Replay(),):
            return self.stored[header_hash]
        return self.answered(step)

    @rule(offer=offers)
    def impostor(self, offer):
        header, header_hash = offer
        if self.bob is None:
            return
        theft = replace(header, originator="charlie")
        event = beneficiary.Offered(
            header=theft, header_hash=header_hash, verdict=verdict(Decision.ACCEPTED), counter=1
        )
        with pytest.raises(PeerError):
            self.at_bob(event)

    def answered(self, step):
        answer = next(effect for effect in step.effects if isinstance(effect, Answer))
        self.answers.append(answer)
        self.stored[answer.receipt.header_hash] = answer
        return answer

    @precondition(lambda self: self.bob is not None and self.bob.phase is Phase.PENDING)
    @rule(target=replies, decision=st.sampled_from([Decision.ACCEPTED, Decision.REPAIR, Decision.REJECTED]))
    def decide(self, decision):
        self.counter += 1
        header = header_of(self.bob.revision)[0]
        try:
            return self.answered(
                self.at_bob(beneficiary.Decided(header=header, verdict=verdict(decision), counter=self.counter))
            )
        except PeerError as error:
            assert error.check == "exchange.expired"  # noqa: PT017 - and nothing else is allowed
            return multiple()

    @rule(reply=replies)
    def deliver_reply(self, reply):
        with contextlib.suppress(PeerError):
            self.at_alice(originator.Answered(receipt=reply.receipt, terminal=reply.terminal))

    @rule(target=countersigned, closing=closings)
    def deliver_closing(self, closing):
        if self.bob is None:
            return multiple()
        header = header_of(self.bob.revision)[0]
        try:
            step = self.at_bob(beneficiary.Closed(header=header, statement=closing))
        except PeerError:
            return multiple()
        if step.effects == (Replay(),):
            assert self.signed is not None
        else:
            assert step.effects[0] == Countersign(statement=closing)
            self.signed = closing
        return self.signed

    @precondition(lambda self: self.bob is not None and self.bob.phase is Phase.ACCEPTED and self.paid)
    @rule(target=countersigned)
    def contradict(self):
        """The chain shows bob another deposit than was agreed."""
        header = header_of(self.bob.revision)[0]
        step = self.at_bob(beneficiary.Seen(move=Move.DIFFER, header=header, salted_txid=TXID))
        self.signed = step.effects[0].statement
        return self.signed

    @rule(signed=countersigned)
    def deliver_countersigned(self, signed):
        with contextlib.suppress(PeerError):
            self.at_alice(originator.Countersigned(statement=signed))

    @rule()
    def crash(self):
        """A side that stops and goes on reads back what it wrote."""
        self.alice = TransferState.decode(self.alice.encode())
        if self.bob is not None:
            self.bob = TransferState.decode(self.bob.encode())

    @rule(name=st.sampled_from(["alice", "bob"]))
    def record(self, name):
        state = self.alice if name == "alice" else self.bob
        if state is None or state.phase not in TERMINAL:
            return
        if name == "alice":
            self.at_alice(originator.Recorded())
        else:
            self.at_bob(beneficiary.Recorded())

    # --- what must hold, whatever happens ---

    @invariant()
    def nothing_is_broadcast_without_acceptance_or_sunrise(self):
        for before, after in zip(self.phases, self.phases[1:], strict=False):
            assert after is not Phase.BROADCAST or before in PAYABLE

    @invariant()
    def each_side_has_at_most_one_ending_and_one_record(self):
        for name, state in (("alice", self.alice), ("bob", self.bob)):
            assert len(self.endings[name]) <= 1
            ended = state is not None and state.outcome is not None and state.header_hash is not None
            assert len(self.records[name]) == (1 if ended else 0)
            if ended:
                assert self.records[name][0].statement.state is state.outcome

    @invariant()
    def an_ending_that_paid_was_broadcast(self):
        for name in ("alice", "bob"):
            if self.endings[name] & {Phase.SETTLED}:
                assert self.paid

    @invariant()
    def bobs_answers_have_their_own_serials_and_counters(self):
        counters = [answer.receipt.counter for answer in self.answers]
        assert len(counters) == len(set(counters))
        named = [(answer.receipt.revision, answer.receipt.serial) for answer in self.answers]
        assert named == sorted(set(named))

    def teardown(self):
        """Deliver all that is under way, if there is time: then both agree on what was paid."""
        if self.alice.phase is not Phase.BROADCAST or self.alice.header_hash is None or self.bob is None:
            return
        header, header_hash = header_of(self.bob.revision)
        if self.bob.phase is not Phase.ACCEPTED or self.alice.header_hash != header_hash:
            return
        words = originator.statement(self.alice, Phase.SETTLED, time=self.alice.ended, **HERE)
        step = self.at_bob(beneficiary.Closed(header=header, statement=words))
        self.at_alice(originator.Countersigned(statement=step.effects[0].statement))
        assert self.alice.outcome is self.bob.outcome is Phase.SETTLED
        assert self.records["alice"] == self.records["bob"]
        assert self.alice.outcome in BROADCAST_ENDINGS
        assert self.alice.ended <= EXPIRES or Phase.SUNRISE in self.phases or Phase.REORGED in self.phases


TestExchange = Exchange.TestCase
TestExchange.settings = settings(stateful_step_count=50, max_examples=200, deadline=None)


@given(st.lists(st.integers(0, 3000) | st.integers(0, 2**64 - 1), max_size=60))
def test_a_window_is_a_set_of_counters_that_forgets_the_old(counters):
    window, seen = EMPTY, set()
    for counter in counters:
        highest = max(seen, default=0)
        if counter == 0 or counter <= highest - COUNTER_WINDOW:
            check = "counter.old"
        elif counter in seen:
            check = "counter.replayed"
        else:
            check = "ok"
            seen.add(counter)
        try:
            window = CounterWindow.decode(window.accept(counter).encode())
            assert check == "ok"
        except PolicyError as error:
            assert error.check == check  # noqa: PT017 - compared with the model


@given(st.integers(0, 2**64 - 1), st.integers(0, 2 ** (COUNTER_WINDOW) - 1), st.integers(0, 2**64 - 1))
def test_any_window_that_decodes_accepts_or_refuses(highest, seen, counter):
    window = CounterWindow(highest=highest, seen=seen)
    try:
        after = window.accept(counter)
    except PolicyError:
        return
    assert after.highest == max(highest, counter)
    with pytest.raises(PolicyError):
        after.accept(counter)


@given(messages(TransferState), st.integers(0, 2**40))
def test_time_does_no_harm_to_any_state(state, now):
    """Whatever a database holds, a tick refuses it, keeps it, or ends it without anybody's word."""
    for advance, event in (
        (originator.advance, originator.Tick(**HERE)),
        (beneficiary.advance, beneficiary.Tick(header=HEADER)),
    ):
        try:
            after = advance(state, event, now=now).state
        except PeerError:
            continue
        except AssertionError:
            assert state.header_hash is None
            continue
        assert after == state or after.phase in {Phase.EXPIRED, Phase.UNCONFIRMED}
