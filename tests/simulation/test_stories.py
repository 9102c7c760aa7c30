"""A whole transfer between nodes in memory, as a story: who does what, and what everybody is left with."""

from dataclasses import replace

import pytest

from carnet.errors import Code, OrderError
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import Move
from carnet.ivms101.dialect import read
from carnet.messages import Decision, Phase
from carnet.params import REPLY_SIZE, SETTLE_GRACE_S
from carnet.testing.simulation import Killed, Network
from carnet.testing.world import identity_json

DAY_S = 86400


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def alice(network):
    return network.nodes["alice"]


@pytest.fixture
def bob(network):
    return network.nodes["bob"]


def payload_of(network, **more):
    return network.world.payload(**more)


def both(network, transfer_id):
    return [network.outcome(name, transfer_id) for name in ("alice", "bob")]


def kinds(network, transfer_id):
    """Return the kinds of the records that each end has: one each, or something is lost or told twice."""
    return [[record.kind for record in network.nodes[name].records(transfer_id)] for name in ("alice", "bob")]


def without_birth(payload):
    """Return *payload* without what the EU's pack asks of an originator."""
    document = identity_json()
    person = document["originator"]["originatorPerson"][0]["naturalPerson"]
    del person["dateAndPlaceOfBirth"]
    return replace(payload, identity=read(document).identity)


def test_what_is_accepted_is_paid_and_settled_and_recorded_once_by_each(network, alice, bob):
    alice.pays = True
    transfer = alice.offer(payload_of(network))
    network.run(600)
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]
    assert kinds(network, transfer) == [[Phase.SETTLED], [Phase.SETTLED]]
    assert network.refusals == []


def test_an_offer_that_lacks_a_field_is_repaired_by_its_second_revision(network, alice, bob):
    asked = []

    def repair(payload, state):
        asked.extend(state.paths)
        return payload_of(network, transfer_id=payload.transfer_id, revision=payload.revision + 1)

    alice.pays, alice.repair = True, repair
    transfer = alice.offer(without_birth(payload_of(network)))
    network.run(600)
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]
    assert alice.state(transfer).revision == 2
    assert any(path.endswith("dateOfBirth") or "nationalIdentification" in path for path in asked)


def test_after_three_revisions_nothing_more_is_offered_and_the_transfer_expires(network, alice, bob):
    def repair(payload, _state):
        again = payload_of(network, transfer_id=payload.transfer_id, revision=payload.revision + 1)
        return without_birth(again)

    alice.repair = repair
    transfer = alice.offer(without_birth(payload_of(network)))
    network.run(600)
    assert [node.state(transfer).revision for node in (alice, bob)] == [3, 3]
    network.run(2 * DAY_S)
    assert both(network, transfer) == [Phase.EXPIRED, Phase.EXPIRED]
    assert kinds(network, transfer) == [[Phase.EXPIRED], [Phase.EXPIRED]]


def test_a_rejection_ends_the_transfer_for_both_with_the_same_words(network, alice, bob):
    bob.decide = lambda _payload: Verdict(decision=Decision.REJECTED, code=Code.REJECTED)
    transfer = alice.offer(payload_of(network))
    network.run(600)
    assert both(network, transfer) == [Phase.REJECTED, Phase.REJECTED]
    assert kinds(network, transfer) == [[Phase.REJECTED], [Phase.REJECTED]]
    assert alice.state(transfer).ended == bob.state(transfer).ended
    assert alice.state(transfer).code == Code.REJECTED


@pytest.mark.parametrize("decision", [Decision.ACCEPTED, Decision.REJECTED])
def test_a_pending_offer_is_decided_later_and_the_answer_is_pushed(network, alice, bob, decision):
    bob.decide = lambda _payload: Verdict(decision=Decision.PENDING, until=network.now + 1800)
    alice.pays = True
    transfer = alice.offer(payload_of(network))
    network.run(300)
    assert alice.state(transfer).phase is Phase.PENDING
    bob.answer(transfer, Verdict(decision=decision))
    network.run(600)
    ended = Phase.SETTLED if decision is Decision.ACCEPTED else Phase.REJECTED
    assert both(network, transfer) == [ended, ended]
    assert alice.state(transfer).receipt_serial == 2


@pytest.mark.parametrize("verdict", [Decision.ACCEPTED, Decision.PENDING])
def test_the_originator_may_cancel_before_it_pays(network, alice, bob, verdict):
    bob.decide = lambda _payload: Verdict(decision=verdict)
    transfer = alice.offer(payload_of(network))
    network.run(120)
    alice.end(transfer, Move.CANCEL)
    network.run(120)
    assert both(network, transfer) == [Phase.CANCELLED, Phase.CANCELLED]
    assert kinds(network, transfer) == [[Phase.CANCELLED], [Phase.CANCELLED]]
    assert not any(kind == "closing" for _, kind in alice.disk.outbox)


def test_what_is_accepted_and_never_paid_expires_at_the_same_second_for_both(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(3600 + SETTLE_GRACE_S + 120)
    assert both(network, transfer) == [Phase.EXPIRED, Phase.EXPIRED]
    expires = alice.header(transfer).expires
    assert [node.state(transfer).ended for node in (alice, bob)] == [expires, expires]


def test_nothing_is_paid_once_the_offer_has_expired(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    network.now = alice.header(transfer).expires
    with pytest.raises(OrderError, match=r"exchange\.expired"):
        alice.broadcast(transfer, "too-late")
    assert "too-late" not in network.chain


def test_an_originator_that_reaches_nobody_expires_and_the_other_knows_nothing(network, alice, bob):
    network.loss = 1
    transfer = alice.offer(payload_of(network))
    network.run(2 * DAY_S)
    assert alice.state(transfer).outcome is Phase.EXPIRED
    assert transfer not in bob.disk.states


def test_a_deposit_of_another_amount_is_a_mismatch_on_both_sides(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    network.loss = 1  # the closing is on its way for ever
    alice.broadcast(transfer, "tx-of-another-amount")
    bob.see(transfer, Move.BROADCAST, "tx-of-another-amount")
    bob.see(transfer, Move.DIFFER)
    alice.end(transfer, Move.DIFFER)
    assert both(network, transfer) == [Phase.MISMATCH, Phase.MISMATCH]
    assert kinds(network, transfer) == [[Phase.MISMATCH], [Phase.MISMATCH]]


def test_a_mismatch_that_the_beneficiary_sees_is_told_to_the_originator_and_recorded_once(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    bob.see(transfer, Move.DIFFER, "tx-of-another-amount")
    seen = network.now
    alice.broadcast(transfer, "tx-of-another-amount")
    network.run(300)
    assert both(network, transfer) == [Phase.MISMATCH, Phase.MISMATCH]
    assert [node.state(transfer).ended for node in (alice, bob)] == [seen, seen]
    assert kinds(network, transfer) == [[Phase.MISMATCH], [Phase.MISMATCH]]


def test_a_transaction_that_drops_out_of_the_chain_and_comes_back_is_settled_as_it_was(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    network.loss = 1
    alice.broadcast(transfer, "tx")
    before = alice.disk.outbox[transfer, "closing"]
    bob.see(transfer, Move.BROADCAST, "tx")
    for node in (alice.end, bob.see):
        node(transfer, Move.REORGANISE)
    assert [node.state(transfer).phase for node in (alice, bob)] == [Phase.REORGED, Phase.REORGED]
    network.now += 1000
    alice.broadcast(transfer, "tx")
    assert alice.disk.outbox[transfer, "closing"] == before
    network.loss = 0
    network.run(300)
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]


def test_a_transaction_that_never_confirms_is_given_up(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    network.loss = 1
    alice.broadcast(transfer, "tx")
    bob.see(transfer, Move.BROADCAST, "tx")
    network.run(2 * DAY_S)
    assert both(network, transfer) == [Phase.UNCONFIRMED, Phase.UNCONFIRMED]
    due = alice.header(transfer).expires + SETTLE_GRACE_S
    assert [node.state(transfer).ended for node in (alice, bob)] == [due, due]


def test_without_a_counterparty_the_policy_may_go_on_and_the_reason_stays(network, alice):
    network.loss = 1
    transfer = alice.offer(payload_of(network))
    network.run(120)
    alice.alone(transfer, "no node answers")
    assert (alice.state(transfer).phase, alice.state(transfer).reason) == (Phase.SUNRISE, "no node answers")
    alice.broadcast(transfer, "tx")
    assert alice.state(transfer).phase is Phase.BROADCAST


def test_s8_a_second_offer_under_the_same_revision_is_equivocation_and_changes_nothing(network, alice, bob):
    payload = payload_of(network)
    transfer = alice.offer(payload)
    network.run(30)
    before = bob.disk
    other = network.world.seal(payload_of(network, transfer_id=transfer, amount=5), counter=7)
    network.send("offer", sender="alice", receiver="bob", data=other.message)
    network.run(30)
    assert ("bob", "offer.equivocation") in network.refusals
    assert bob.disk.states == before.states


def test_s8_another_member_who_replays_an_offer_is_refused(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    (offer,) = [parcel.data for parcel in network.wire if parcel.kind == "offer"]
    before = bob.disk.states[transfer]
    network.send("offer", sender="charlie", receiver="bob", data=offer)
    network.run(5)
    assert network.refusals == [("bob", "offer.peer")]
    assert bob.disk.states[transfer] == before


def test_s8_another_member_who_offers_under_a_transfer_id_of_others_is_refused(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    before = bob.disk.states[transfer]
    for revision in (1, 2):
        stolen = payload_of(network, originator="charlie", transfer_id=transfer, revision=revision)
        data = network.world.seal(stolen).message
        network.send("offer", sender="charlie", receiver="bob", data=data)
    network.run(5)
    assert network.refusals == [("bob", "offer.owner")] * 2
    assert bob.disk.states[transfer] == before


def test_s8_another_member_who_closes_a_transfer_of_others_is_refused(network, alice, bob):
    transfer = alice.offer(payload_of(network))
    network.run(30)
    alice.end(transfer, Move.CANCEL)
    _, closing = alice.disk.outbox[transfer, "closing"]
    network._parcels.clear()
    network.send("closing", sender="charlie", receiver="bob", data=closing)
    network.run(5)
    assert network.refusals == [("bob", "signature.kid")]
    assert bob.state(transfer).phase is Phase.ACCEPTED


def test_s8_a_stored_answer_is_given_again_to_the_byte(network, alice, bob):
    alice.offer(payload_of(network))
    network.run(30)
    (offer,) = [parcel.data for parcel in network.wire if parcel.kind == "offer"]
    network.now += 500
    network.send("offer", sender="alice", receiver="bob", data=offer)
    network.run(10)
    first, second = [parcel.data for parcel in network.wire if parcel.kind == "reply"]
    assert first == second
    assert len(first) == REPLY_SIZE
    assert network.refusals == []


def story(kill=None, *, seed=0, until=7200, **faults):
    """Run one transfer with a repair, from offer to settlement; return the network and the transfer."""
    network = Network(seed=seed, **faults)
    alice = network.nodes["alice"]
    alice.pays = True
    alice.repair = lambda payload, _state: network.world.payload(
        transfer_id=payload.transfer_id, revision=payload.revision + 1
    )
    payload = without_birth(network.world.payload())
    network.kill = kill
    try:
        alice.offer(payload)
    except Killed:
        if payload.transfer_id not in alice.disk.states:
            alice.offer(payload)  # nothing was stored: the back office asks again
    network.run(until)
    return network, payload.transfer_id


def points_of(name):
    """Return all points of the story at which *name* can be killed, from the first to the one after its end."""
    network, transfer = story((name, -1), until=70)
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]
    assert not any(kind == "closing" for _, kind in network.nodes["alice"].disk.outbox)
    return range(1, network.points + 4)


CRASHES = [(name, at) for name in ("alice", "bob") for at in points_of(name)]


@pytest.mark.parametrize(("name", "at"), CRASHES)
def test_a_node_that_is_killed_at_any_point_loses_and_doubles_nothing(name, at):
    network, transfer = story((name, at))
    assert network.kill is None, "it was not killed"
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]
    assert kinds(network, transfer) == [[Phase.SETTLED], [Phase.SETTLED]]
    assert {f"tx-{transfer.hex()}"} == network.chain
    replies = {parcel.data for parcel in network.wire if parcel.kind == "reply"}
    assert replies == set(network.nodes["bob"].disk.replies.values()), "it answers twice with the very same bytes"


@pytest.mark.parametrize("seed", range(25))
def test_loss_doubling_and_delay_change_nothing_of_the_outcome(seed):
    network, transfer = story(seed=seed, loss=0.3, doubling=0.3, delay=150)
    assert both(network, transfer) == [Phase.SETTLED, Phase.SETTLED]
    assert kinds(network, transfer) == [[Phase.SETTLED], [Phase.SETTLED]]
