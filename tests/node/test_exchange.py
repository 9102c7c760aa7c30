"""Two nodes over real mutual TLS: what becomes of a transfer."""

import asyncio
import json
import os
import time
from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.errors import Code, PolicyError
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import open_closing, salted_txid, seal_closing
from carnet.ivms101.model import Originator
from carnet.messages import Decision, KeyBundle, Phase, Role, TerminalStatement
from carnet.params import SEALING_LIFETIME_S, SETTLE_GRACE_S
from carnet.policy import Tier
from carnet.rpc.v1.common_pb2 import Envelope
from carnet.rpc.v1.exchange_pb2_grpc import TransferServiceStub
from carnet.secret import Secret
from carnet_node.errors import CommandError, Refused, Unreachable
from carnet_node.ports import Deposit
from carnet_node.stores import tables as t
from node.world import SATOSHI, World, order, running

ROBERT = order().transfer.destination_address


async def pay(world, transfer_id, *, request=None, amount=None):
    """Move the value on the shared chain, by hand, and have it settled."""
    moved = (request or order()).transfer
    deposit = Deposit(asset=moved.asset, address=moved.destination_address, amount=amount or moved.amount)
    txid = await world.apps["alice"].outbound._chain.send(deposit, reference=transfer_id.hex())
    await world.apps["alice"].outbound.broadcast(transfer_id, txid)
    return txid


def contents(world, name, transfer_id, revision=1):
    party, role = world.apps[name].party, world.state(name, transfer_id).role
    return party.store.read(lambda unit: party.contents(unit, role, transfer_id, revision))


async def test_a_transfer_is_accepted_settled_and_recorded_on_both_sides(world):
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        assert world.reply("alice", sent.transfer_id) == world.reply("bob", sent.transfer_id)
        await pay(world, sent.transfer_id)
        for name in ("alice", "bob"):
            await world.until(name, sent.transfer_id, "RECORDED")
            (record,) = world.rows(name, t.records)
            assert record.log_index == 0
            assert world.rows(name, t.outbox) == []
        ours = {name: world.rows(name, t.records)[0].record for name in ("alice", "bob")}
        assert ours["alice"] != ours["bob"]


async def test_below_both_limits_only_the_basic_tier_leaves_the_house(world):
    async with running(world, "alice", "charlie"):
        sent = await world.apps["alice"].outbound.send("charlie", order(amount=SATOSHI // 1000, receiver="robert"))
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        payload = contents(world, "charlie", sent.transfer_id).payload
        assert payload.tier is Tier.BASIC
        (person,) = payload.identity.originator.originator_person
        assert person.natural_person.date_and_place_of_birth is None
        assert person.natural_person.geographic_address == ()


async def test_the_stricter_of_both_laws_decides_the_tier(world):
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order(amount=1000))
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        assert contents(world, "bob", sent.transfer_id).payload.tier is Tier.FULL


async def test_an_incomplete_offer_comes_back_and_is_accepted_as_revision_2(world):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        sent = await alice.outbound.send("bob", order(sender="lacune", repaired=False))
        state = await world.until("alice", sent.transfer_id, "REPAIR")
        assert (state.code, bool(state.paths)) == (Code.MISSING_FIELDS, True)
        await alice.outbound.repair(sent.transfer_id, order(sender="lacune"))
        state = await world.until("alice", sent.transfer_id, "ACCEPTED")
        assert state.revision == 2
        seeds = {contents(world, "bob", sent.transfer_id, revision).seed for revision in (1, 2)}
        assert len(seeds) == 2
        old = alice.party.store.read(lambda unit: unit.offer(Role.ORIGINATOR, sent.transfer_id, 1))
        assert await alice.grpc.offer("bob", bytes(old.message)) == world.reply("bob", sent.transfer_id, 1)


async def test_a_rejection_ends_and_records_the_transfer_on_both_sides(tmp_path):
    world = World(tmp_path, settings=f'[decisions]\nreject = ["{ROBERT}"]')
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        for name in ("alice", "bob"):
            state = await world.until(name, sent.transfer_id, "RECORDED")
            assert (state.outcome.name, state.code) == ("REJECTED", Code.REJECTED)


@pytest.mark.parametrize("listed", [True, False])
async def test_an_unknown_wallet_is_rejected_by_its_code(tmp_path, listed):
    (tmp_path / "wallets.txt").write_text(f"# ours\n{ROBERT if listed else 'elsewhere'}\n")
    script = '[decisions]\nunknown_wallet = "reject"\nwallets = "../wallets.txt"\nscreening = "../wallets.txt"'
    world = World(tmp_path / "w", settings=script.replace("../w", "../../w"))
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        state = await world.until("alice", sent.transfer_id, "REJECTED")
        assert state.code == (Code.REJECTED if listed else Code.UNKNOWN_WALLET_ADDRESS)


@pytest.mark.parametrize("decision", ["ACCEPTED", "REJECTED", "REPAIR"])
async def test_a_pending_offer_is_decided_by_hand_and_the_originator_learns_it(tmp_path, decision):
    world = World(tmp_path, settings='[decisions]\ndefault = "pending"')
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "PENDING")
        verdict = Verdict(decision=Decision[decision], code=None if decision == "ACCEPTED" else Code.REJECTED)
        await world.apps["bob"].inbound.decide(sent.transfer_id, verdict)
        await world.until("alice", sent.transfer_id, decision)
        with pytest.raises(CommandError):
            await world.apps["bob"].inbound.decide(sent.transfer_id, verdict)


async def test_a_cancelled_transfer_ends_on_both_sides(world):
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await world.apps["alice"].outbound.cancel(sent.transfer_id)
        for name in ("alice", "bob"):
            assert (await world.until(name, sent.transfer_id, "CANCELLED")).outcome.name == "CANCELLED"
        with pytest.raises(CommandError):
            await pay(world, sent.transfer_id)


async def test_a_settlement_waits_until_the_chain_shows_it(world):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        sent = await alice.outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await alice.outbound.broadcast(sent.transfer_id, "not yet there")
        await asyncio.sleep(0.3)
        assert world.state("bob", sent.transfer_id).phase.name == "ACCEPTED"
        assert "163" in world.rows("alice", t.outbox)[0].problem
        moved = order().transfer
        chain = world.root / "chain.jsonl"
        seen = {"asset": moved.asset, "address": moved.destination_address, "amount": str(moved.amount)}
        chain.write_text(json.dumps({"txid": "not yet there", **seen}) + "\n")
        await world.until("alice", sent.transfer_id, "SETTLED")


async def test_a_settlement_of_another_amount_is_a_mismatch_on_both_sides(world):
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await pay(world, sent.transfer_id, amount=SATOSHI - 1)
        ends = [await world.until(name, sent.transfer_id, "MISMATCH") for name in ("bob", "alice")]
        assert [end.outcome.name for end in ends] == ["MISMATCH", "MISMATCH"]
        assert ends[0].ended == ends[1].ended
        (signed,) = [row for row in world.rows("alice", t.statements) if row.state == Phase.MISMATCH]
        assert open_closing(
            signed.theirs,
            resolve=lambda _claim, kid: world.apps["alice"].party.trust.identity_of("bob", kid),
            network=world.apps["alice"].party.network.directory.network,
        )


async def test_a_refusal_that_nobody_signed_ends_nothing(world, monkeypatch):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        sent = await alice.outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        with monkeypatch.context() as patch:

            async def refuse(_peer, _data):
                raise PolicyError("settle.refused")

            patch.setattr(world.apps["bob"].inbound, "settle", refuse)
            await pay(world, sent.transfer_id)
            for _ in range(100):
                if problem := world.rows("alice", t.outbox)[0].problem:
                    break
                await asyncio.sleep(0.02)
            assert problem == f"refused with code {int(Code.REFUSED)}"
            assert world.state("alice", sent.transfer_id).phase.name == "BROADCAST"
        await world.until("alice", sent.transfer_id, "SETTLED")


async def test_what_nobody_answers_or_settles_expires(tmp_path):
    world = World(tmp_path, settings='[decisions]\ndefault = "pending"')
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "PENDING")
        world.clock.ahead = 3601
        for name in ("alice", "bob"):
            await world.apps[name].tick()
            assert world.state(name, sent.transfer_id).outcome.name == "EXPIRED"


async def test_a_broadcast_that_is_never_settled_ends_unconfirmed(world):
    world.expires_in = 7 * 86400
    world.directory()
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await world.apps["alice"].outbound.broadcast(sent.transfer_id, "nowhere")
        world.clock.ahead = 3 * 86400 + SETTLE_GRACE_S
        await world.apps["alice"].tick()
        await world.apps["bob"].tick()
        given_up = world.state("alice", sent.transfer_id)
        assert (given_up.outcome.name, given_up.ended) == ("UNCONFIRMED", given_up.expires + SETTLE_GRACE_S)
        assert world.state("bob", sent.transfer_id).outcome.name == "EXPIRED"


async def test_an_offer_reaches_a_counterparty_that_was_down(world):
    async with running(world, "alice", "bob"):
        await world.apps["alice"].bundles.current("bob")
        await world.stop("bob")
        sent = await world.apps["alice"].outbound.send("bob", order())
        await asyncio.sleep(0.2)
        await world.stop("alice")
        await world.start("alice", "bob")
        await world.until("alice", sent.transfer_id, "ACCEPTED")


async def test_without_its_keys_a_counterparty_that_is_down_cannot_be_offered_anything(world):
    async with running(world, "alice"):
        with pytest.raises(Unreachable):
            await world.apps["alice"].outbound.send("bob", order())
        assert world.rows("alice", t.transfers) == []


async def test_a_stale_key_is_replaced_without_anybodys_help(world):
    world.expires_in = 30 * 86400
    world.directory()
    world.quote(for_s=30 * 86400)
    async with running(world, "alice", "bob"):
        alice, bob = world.apps["alice"], world.apps["bob"]
        old = await alice.bundles.current("bob")
        world.clock.ahead = SEALING_LIFETIME_S + 10
        await bob.reload()
        assert {key.kid for key in old.sealing_keys}.isdisjoint(bob.party.keys.private(now=bob.party.now))
        world.clock.ahead = SEALING_LIFETIME_S - 60  # alice's clock is late, and she still believes the old bundle
        sent = await alice.outbound.send("bob", order())
        world.clock.ahead = SEALING_LIFETIME_S + 10
        state = await world.until("alice", sent.transfer_id, "ACCEPTED")
        assert state.revision == 2


async def test_destroyed_sealing_keys_leave_the_keystore_and_bundles_form_a_chain(world):
    world.expires_in = 30 * 86400
    world.directory()
    async with running(world, "bob"):
        bob = world.apps["bob"]
        before = {each.seed for each in world.keystore("bob").sealing}
        for day in (1, 2, 3):
            world.clock.ahead = day * 86400 + 60 * day
            await bob.reload()
        after = {each.seed for each in world.keystore("bob").sealing}
        assert before.isdisjoint(after)
        assert len(after) == 3
        public = bob.party.keys.keystore.identity_public
        folder = world.home("bob") / "published" / "bundles"
        signed = [(folder / str(serial)).read_bytes() for serial in (1, 2, 3, 4)]
        bundles = [cose.open_signed_by(KeyBundle, each, public=public) for each in signed]
        assert [bundle.previous for bundle in bundles[1:]] == [cose.payload_hash(each) for each in signed[:-1]]
    await world.start("bob")
    assert world.apps["bob"].party.keys.keystore.serial == 4
    await world.stop()


async def test_missing_fields_of_our_own_law_never_leave_the_house(world):
    request = order(sender="lacune", repaired=False)
    async with running(world, "alice", "bob"):
        bare = replace(request, identity=replace(request.identity, originator=Originator(originator_person=())))
        with pytest.raises(CommandError, match="tier FULL"):
            await world.apps["alice"].outbound.send("bob", bare)
        assert world.rows("alice", t.transfers) == []
        assert world.rows("alice", t.channels) == []


async def test_a_stream_of_offers_is_answered_in_order(world):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        sent = [await alice.outbound.send("bob", order(amount=1000 + n)) for n in range(5)]
        for state in sent:
            await world.until("alice", state.transfer_id, "ACCEPTED")
        rows = [alice.party.store.read(lambda unit, s=s: unit.offer(Role.ORIGINATOR, s.transfer_id, 1)) for s in sent]
        channel = alice.grpc._member_channel(alice.party.trust.member("bob"))
        stream = TransferServiceStub(channel).OfferStream(iter([Envelope(message=bytes(row.message)) for row in rows]))
        answers = [outcome.message async for outcome in stream]
        assert answers == [world.reply("alice", state.transfer_id) for state in sent]


async def test_many_transfers_at_once_all_arrive_and_leave_no_gap(world):
    async with running(world, "alice", "bob"):
        sent = await asyncio.gather(*(world.apps["alice"].outbound.send("bob", order(amount=n)) for n in range(1, 31)))
        for state in sent:
            await world.until("alice", state.transfer_id, "ACCEPTED")
        (channel,) = world.rows("bob", t.channels)
        assert channel.sent == 30


async def test_a_statement_with_another_seed_settles_nothing(world):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        sent = await alice.outbound.send("bob", order())
        state = await world.until("alice", sent.transfer_id, "ACCEPTED")
        seed = Secret(os.urandom(32))
        statement = TerminalStatement(
            suite=1,
            network="test.carnet",
            transfer_id=sent.transfer_id,
            revision=1,
            originator="alice",
            beneficiary="bob",
            header_hash=state.header_hash,
            state=Phase.SETTLED,
            time=int(time.time()),
            salted_txid=salted_txid(seed, "x"),
        )
        with pytest.raises(Refused) as caught:
            await alice.grpc.settle("bob", seal_closing(alice.party.keys.sign(statement), seed=seed, txid="x"))
        assert caught.value.code == Code.UNVERIFIED


async def test_a_witness_that_is_no_member_cosigns_the_logs(world):
    world.create("walt", witness="witness.example/walt")
    world.directory(witnesses=("walt",))
    async with running(world, "walt", "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await world.apps["alice"].outbound.cancel(sent.transfer_id)
        await world.until("alice", sent.transfer_id, "RECORDED")
        checkpoint = world.home("alice") / "published" / "checkpoint"
        for _ in range(100):
            if checkpoint.exists():
                break
            await asyncio.sleep(0.05)
        assert "witness.example/walt" in checkpoint.read_text()
        with pytest.raises(Unreachable, match="UNAUTHENTICATED"):
            await world.apps["walt"].grpc.offer("bob", b"x")


async def test_one_deposit_settles_one_transfer(world):
    async with running(world, "alice", "bob"):
        alice = world.apps["alice"]
        first, second = [await alice.outbound.send("bob", order()) for _ in range(2)]
        for sent in (first, second):
            await world.until("alice", sent.transfer_id, "ACCEPTED")
        txid = await pay(world, first.transfer_id)
        await world.until("alice", first.transfer_id, "SETTLED")
        await alice.outbound.broadcast(second.transfer_id, txid)
        for name in ("alice", "bob"):
            assert (await world.until(name, second.transfer_id, "MISMATCH")).outcome.name == "MISMATCH"
        assert world.state("bob", first.transfer_id).outcome.name == "SETTLED"


async def test_a_directory_that_expires_while_nodes_run_is_believed_no_more(world):
    async with running(world, "alice", "bob"):
        await world.apps["alice"].bundles.current("bob")
        world.clock.ahead = 86401
        with pytest.raises(PolicyError, match=r"directory\.expired"):
            await world.apps["alice"].outbound.send("bob", order())
        world.expires_in = 10 * 86400
        world.directory()
        world.quote()
        await world.apps["alice"].reload()
        with pytest.raises(Unreachable, match="UNAUTHENTICATED"):
            await world.apps["alice"].grpc.bundle("bob")
        await world.apps["bob"].reload()
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
