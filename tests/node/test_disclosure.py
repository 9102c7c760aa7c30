"""Disclosures from a node: an officer decides, what was asked for is shown and nothing else, and the log tells."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256

import pytest
from typer.testing import CliRunner

from carnet.crypto import cose, hpke
from carnet.crypto.coins import system_coins
from carnet.crypto.sign import public_key
from carnet.disclosure.keys import SupervisorKey
from carnet.disclosure.messages import (
    AskedRecord,
    Commitment,
    DisclosureKind,
    DisclosureRequest,
    OpenedNotice,
    Refusal,
)
from carnet.disclosure.notice import notice_of, notice_path, open_notice
from carnet.disclosure.request import open_request, sign_request
from carnet.disclosure.verify import verify_response
from carnet.errors import PolicyError, VerifyError
from carnet.log.record import Record
from carnet.messages import Directory, Phase, Role, Supervisor
from carnet.params import EPOCH_S, SUITE
from carnet.secret import Secret
from carnet_audit.disclosing import Wanted, draw_records, make_request
from carnet_audit.fetch import folder
from carnet_node.command_line import app as command_line
from carnet_node.commands import Commands
from carnet_node.errors import CommandError
from carnet_node.stores import tables as t
from carnet_node.stores.log_store import COVER
from node.test_windows import LinkingReports
from node.world import NETWORK, PASSPHRASE, World, order, running

SUPERVISOR = Secret(bytes([9]) * 32)
SEALING = hpke.PrivateKey(Secret(bytes([8]) * 32))
VOLUNTEERED = {"act": "volunteer", "recipient": SEALING.public.hex(), "reader": "a", "basis": "00" * 32, "lifetime": 9}
NAMES = "/identity/originator/originatorPerson/*/naturalPerson/name"


class Supervisors:
    """The directory names a supervisor for each of its two jurisdictions."""

    def directory(self, **options):
        signed = super().directory(**options)
        named = tuple(
            Supervisor(name="supervisor.example", jurisdiction=where, key=public_key(SUPERVISOR))
            for where in ("EU", "FATF")
        )
        claimed = replace(Directory.decode(cose.payload_of(signed)), supervisors=named)
        signed = cose.sign(claimed, seed=self.authority)
        for home in self.root.iterdir():
            if home.is_dir():
                (home / "directory").write_bytes(signed)
        return signed


class Supervised(Supervisors, World):
    """A network with supervisors."""


class Linking(Supervisors, LinkingReports):
    """One whose laws link transfers, and whose epochs end when a test says so."""


@pytest.fixture
def world(tmp_path):
    made = Supervised(tmp_path)
    for name in ("alice", "bob"):
        made.settings(name, 'file = "../chain.jsonl"', 'file = "../chain.jsonl"\nauto_broadcast = true')
    return made


async def published(world, name, transfer_id):
    """Wait until a transfer's record is in the published log; return its number and entry."""
    for _ in range(500):
        rows = [row for row in world.rows(name, t.records) if row.transfer_id == transfer_id]
        head = world.rows(name, t.head)
        if rows and rows[0].log_index is not None and head and head[0].published:
            size = int(head[0].published.split(b"\n")[1])
            if rows[0].log_index < size:
                return AskedRecord(index=rows[0].log_index, entry=sha256(rows[0].record).digest())
        await asyncio.sleep(0.02)
    raise AssertionError("never published")


def warrant(world, vasp, *records, **changes):
    now = int(world.clock())
    usual = DisclosureRequest(
        suite=SUITE,
        network=NETWORK,
        vasp=vasp,
        request_id=bytes(16),
        kind=DisclosureKind.WARRANT,
        requester="supervisor.example",
        records=tuple(sorted(records, key=lambda each: each.index)),
        paths=(NAMES, "/transfer/amount", "/transfer/purpose"),
        openings=tuple(Commitment),
        legal_basis=bytes(32),
        issued=now,
        expires=now + 86_400,
        gag_until=None,
        recipient=SEALING.public,
        spot=None,
    )
    return sign_request(replace(usual, **changes), seed=SUPERVISOR)


def verify(world, name, data, response):
    party = world.apps[name].party
    opened = open_request(data, trust=party.trust)
    return verify_response(
        response,
        opened,
        key=SEALING,
        trust=party.trust,
        packs=lambda named: party.network.packs[named].pack,
        now=int(world.clock()),
    )


async def settled(world):
    state = await world.apps["alice"].outbound.send("bob", order())
    await world.until("alice", state.transfer_id, "SETTLED", "RECORDED")
    await world.until("bob", state.transfer_id, "SETTLED", "RECORDED")
    return state.transfer_id


@pytest.mark.parametrize("name", ["alice", "bob"])
async def test_either_end_discloses_what_was_asked_and_the_log_tells_of_it(world, name):
    async with running(world, "alice", "bob"):
        transfer_id = await settled(world)
        asked = await published(world, name, transfer_id)
        disclosures = world.apps[name].disclosures
        data = warrant(world, name, asked)
        shown = await disclosures.receive(data)
        assert shown["state"] == "RECEIVED"
        with pytest.raises(CommandError, match="no officer has decided"):
            await disclosures.respond(shown["request"])
        await disclosures.approve(shown["request"][:10], officer="Officer One", declined=(), reason=None)
        response = await disclosures.respond(shown["request"])
        assert await disclosures.respond(shown["request"]) == response
        found = verify(world, name, data, response)
        (record,) = found.records
        leaves = record.transfer.leaves
        assert leaves["/transfer/purpose"] is None
        assert leaves["/identity/originator/originatorPerson"] == 1
        assert set(leaves) - {"/transfer/purpose", "/transfer/amount", "/identity/originator/originatorPerson"} == {
            path for path in leaves if path.startswith("/identity/originator/originatorPerson/0/naturalPerson/name/")
        }
        assert record.transfer.signers == frozenset(Role)
        assert record.transfer.values["flag"] == 1
        # the notice is in the log's queue, or in the log already
        assert found.notice.encode() in {bytes(row.record) for row in world.rows(name, t.records)}
        await world.apps[name].tick()
        opened = (world.home(name) / "published" / notice_path(found.notice.hash)).read_bytes()
        note = open_notice(opened, found.notice, network=NETWORK, vasp=name, now=int(world.clock()))
        assert note == found.note
        trail = disclosures.show(shown["request"])["trail"]
        assert [each["act"] for each in trail] == ["RECEIVED", "APPROVED", "RESPONDED", "OPENED"]
        assert trail[1]["officer"] == "Officer One"


async def test_what_an_officer_declines_or_rejects_is_refused_in_a_signed_answer(world):
    async with running(world, "alice", "bob"):
        first = await published(world, "bob", await settled(world))
        second = await published(world, "bob", await settled(world))
        disclosures = world.apps["bob"].disclosures
        data = warrant(world, "bob", first, second)
        shown = await disclosures.receive(data)
        await disclosures.approve(shown["request"], officer="Officer", declined=[first.index], reason="not of the case")
        found = verify(world, "bob", data, await disclosures.respond(shown["request"]))
        assert {each.index: each.refusal for each in found.records} == {
            first.index: Refusal.DECLINED,
            second.index: None,
        }
        again = warrant(world, "bob", first, request_id=bytes([1]) * 16)
        other = await disclosures.receive(again)
        await disclosures.reject(other["request"], officer="Officer", reason="no basis")
        with pytest.raises(CommandError, match="decided before"):
            await disclosures.approve(other["request"], officer="Officer", declined=(), reason=None)
        (refused,) = verify(world, "bob", again, await disclosures.respond(other["request"])).records
        assert refused.refusal is Refusal.DECLINED


async def test_a_record_of_nobody_is_unknown_and_one_that_was_erased_is_shredded(world):
    async with running(world, "alice", "bob"):
        transfer_id = await settled(world)
        asked = await published(world, "bob", transfer_id)
        bob = world.apps["bob"]
        await bob.database.write(
            lambda connection: connection.execute(t.payloads.delete().where(t.payloads.c.transfer_id == transfer_id))
        )
        nobody = [AskedRecord(index=index, entry=bytes(32)) for index in (10_000, 2**64 - 1)]
        data = warrant(world, "bob", asked, *nobody)
        shown = await bob.disclosures.receive(data)
        await bob.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        found = verify(world, "bob", data, await bob.disclosures.respond(shown["request"]))
        assert [each.refusal for each in found.records] == [Refusal.SHREDDED, Refusal.UNKNOWN, Refusal.UNKNOWN]


async def test_a_rejected_offer_is_shown_with_the_words_of_who_rejected_it(world):
    world.settings("bob", "[chain]\nfile", "[decisions]\ndefault = 'reject'\n[chain]\nfile")
    async with running(world, "alice", "bob"):
        state = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", state.transfer_id, "REJECTED")
        for name in ("alice", "bob"):
            asked = await published(world, name, state.transfer_id)
            disclosures = world.apps[name].disclosures
            data = warrant(world, name, asked)
            shown = await disclosures.receive(data)
            await disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
            (record,) = verify(world, name, data, await disclosures.respond(shown["request"])).records
            assert record.transfer.statement.state is Phase.REJECTED
            assert record.transfer.signers == {Role.BENEFICIARY}


async def test_what_may_not_be_asked_is_not_taken_in(world):
    async with running(world, "alice", "bob"):
        asked = await published(world, "bob", await settled(world))
        disclosures = world.apps["bob"].disclosures
        refused = {
            "disclosure.vasp": warrant(world, "alice", asked),
            "disclosure.supervisor": warrant(world, "bob", asked, requester="nobody.example"),
            "disclosure.expired": warrant(world, "bob", asked, issued=1, expires=2),
        }
        for check, data in refused.items():
            with pytest.raises(PolicyError) as caught:
                await disclosures.receive(data)
            assert caught.value.check == check
        assert disclosures.listing() == []


async def test_a_request_that_expires_after_it_was_approved_gets_no_response(world):
    async with running(world, "alice", "bob"):
        asked = await published(world, "bob", await settled(world))
        bob = world.apps["bob"]
        shown = await bob.disclosures.receive(warrant(world, "bob", asked, expires=int(world.clock()) + 60))
        await bob.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        world.clock.ahead += 61
        with pytest.raises(PolicyError) as caught:
            await bob.disclosures.respond(shown["request"])
        assert caught.value.check == "disclosure.expired"


async def test_a_gag_keeps_the_notice_closed_until_it_is_over(world):
    world.expires_in = 30 * 86_400
    world.directory()
    async with running(world, "alice", "bob"):
        asked = await published(world, "bob", await settled(world))
        bob = world.apps["bob"]
        data = warrant(world, "bob", asked, gag_until=int(world.clock()) + 86_400)
        shown = await bob.disclosures.receive(data)
        await bob.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        notice = verify(world, "bob", data, await bob.disclosures.respond(shown["request"])).notice
        file = world.home("bob") / "published" / notice_path(notice.hash)
        await bob.disclosures.open_due()
        assert not file.exists()
        world.clock.ahead += 86_401
        await bob.disclosures.open_due()
        assert notice_of(OpenedNotice.decode(file.read_bytes())) == notice


async def test_a_cover_is_shown_to_be_one(world):
    world.settings("bob", "interval_s = 0.1", "interval_s = 0.1\ncover_floor = 4")
    async with running(world, "alice", "bob"):
        settlement = await published(world, "bob", await settled(world))
        bob = world.apps["bob"]
        rows = [row for row in world.rows("bob", t.records) if row.role == COVER and row.log_index < settlement.index]
        asked = AskedRecord(index=rows[0].log_index, entry=sha256(rows[0].record).digest())
        data = warrant(world, "bob", asked)
        shown = await bob.disclosures.receive(data)
        await bob.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        (record,) = verify(world, "bob", data, await bob.disclosures.respond(shown["request"])).records
        assert record.is_cover


async def answers_all(world, read, key, nothing):
    """Ask for all records that report 1 groups: covers are shown to be such, long after they were counted."""
    alice, trust, now = world.apps["alice"], world.apps["alice"].party.trust, int(world.clock())
    every = draw_records(read, count=512, serial=1, trust=trust, coins=system_coins)
    data = make_request(every, nothing, key=key, trust=trust, now=now, coins=system_coins)
    shown = await alice.disclosures.receive(data)
    await alice.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
    found = verify(world, "alice", data, await alice.disclosures.respond(shown["request"]))
    assert {each.refusal for each in found.records} == {None}
    assert {each.is_cover for each in found.records} == {True, False}


async def test_a_spot_check_opens_the_pseudonyms_of_drawn_records_and_nothing_else(tmp_path):
    world = Linking(tmp_path)
    world.settings("alice", "interval_s = 0.1", "interval_s = 0.1\ncover_floor = 2")
    async with running(world, "alice", "bob"):
        await world.settle(3)
        world.clock.ahead += EPOCH_S
        assert (await world.issued("alice", 1)).windows is not None
        await world.logged("alice")
        alice, now = world.apps["alice"], int(world.clock())
        read, trust = folder(world.published("alice")), alice.party.trust
        key = SupervisorKey(
            name="supervisor.example",
            jurisdiction="FATF",
            signing_seed=SUPERVISOR.reveal(),
            sealing_seed=bytes([8]) * 32,
        )
        nothing = Wanted(paths=(), openings=(), basis=bytes(32), lifetime_s=86_400, gag_s=None)
        asked = draw_records(read, count=2, serial=1, trust=trust, coins=system_coins)
        data = make_request(asked, nothing, key=key, trust=trust, now=now, coins=system_coins)
        shown = await alice.disclosures.receive(data)
        await alice.disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        found = verify(world, "alice", data, await alice.disclosures.respond(shown["request"]))
        assert len(found.records) == 2
        for each in found.records:
            assert each.is_cover or each.transfer.leaves == {"/transfer/originatorCustomer": "c-1"}
        drawn = {each.index for each in asked.records}
        await answers_all(world, read, key, nothing)
        every = draw_records(read, count=512, serial=1, trust=trust, coins=system_coins)
        others = tuple(each for each in every.records if each.index not in drawn)[:2]
        chosen = make_request(
            replace(asked, records=others), nothing, key=key, trust=trust, now=now, coins=system_coins
        )
        with pytest.raises(VerifyError) as caught:
            await alice.disclosures.receive(chosen)
        assert caught.value.check == "disclosure.selection"


@pytest.mark.parametrize("name", ["alice", "bob"])
async def test_a_record_is_led_back_to_the_window_sum_that_its_own_side_signed(tmp_path, name):
    world = Linking(tmp_path)
    async with running(world, "alice", "bob"):
        (transfer_id,) = await world.settle(1)
        asked = await published(world, name, transfer_id)
        (row,) = [row for row in world.rows(name, t.records) if row.transfer_id == transfer_id]
        record = Record.decode(row.record)
        assert record.window != record.value
        disclosures, data = world.apps[name].disclosures, warrant(world, name, asked)
        shown = await disclosures.receive(data)
        await disclosures.approve(shown["request"], officer="Officer", declined=(), reason=None)
        (found,) = verify(world, name, data, await disclosures.respond(shown["request"])).records
        assert found.record == record


# --- the command line ---


def run(world, *arguments, expect=0):
    options = ["--node", str(world.home("bob")), "--json"]
    made = CliRunner().invoke(
        command_line, ["disclosure", *arguments, *options], env={"CARNET_PASSPHRASE": PASSPHRASE.reveal().decode()}
    )
    assert made.exit_code == expect, made.output
    return json.loads(made.stdout) if made.stdout else made.stderr


async def _prepare(world, tmp_path):
    async with running(world, "alice", "bob"):
        asked = await published(world, "bob", await settled(world))
        (tmp_path / "request").write_bytes(warrant(world, "bob", asked))
        (tmp_path / "reader.sealing").write_bytes(SEALING.public)
        (tmp_path / "basis").write_bytes(b"an engagement letter")
    return asked


def test_the_commands_work_on_a_stopped_node(world, tmp_path):
    asked = asyncio.run(_prepare(world, tmp_path))
    request = run(world, "receive", str(tmp_path / "request"))["request"]
    assert [each["request"] for each in run(world, "list")["requests"]] == [request]
    assert run(world, "show", request)["records"] == [asked.index]
    assert "no officer" in run(world, "respond", request, "--out", str(tmp_path / "response"), expect=1)
    run(world, "approve", request[:8], "--officer", "Officer One")
    written = run(world, "respond", request, "--out", str(tmp_path / "response"))
    assert written["state"] == "RESPONDED"
    assert (tmp_path / "response").stat().st_mode & 0o777 == 0o600
    assert "no such request" in run(world, "show", "00000000", expect=1)


def test_a_voluntary_disclosure_is_asked_for_by_the_vasp_itself(world, tmp_path):
    asked = asyncio.run(_prepare(world, tmp_path))
    basis = ["--basis", str(tmp_path / "basis"), "--recipient", str(tmp_path / "reader.sealing")]
    what = ["--record", str(asked.index), "--path", "/transfer/amount", "--opening", "values"]
    made = run(world, "volunteer", *what, *basis, "--name", "auditor.example", "--out", str(tmp_path / "asked"))
    assert made["kind"] == "VOLUNTARY"
    run(world, "approve", made["request"], "--officer", "Officer One")
    run(world, "respond", made["request"], "--out", str(tmp_path / "response"))

    async def read():
        async with running(world, "bob"):
            return verify(world, "bob", (tmp_path / "asked").read_bytes(), (tmp_path / "response").read_bytes())

    (record,) = asyncio.run(read()).records
    assert set(record.transfer.leaves) == {"/transfer/amount"}
    assert "unit" not in record.transfer.values


async def test_the_commands_work_on_a_running_node(world):
    async with running(world, "alice", "bob"):
        asked = await published(world, "bob", await settled(world))
        bob = world.apps["bob"]
        handle, data = Commands(bob).handle, warrant(world, "bob", asked)
        answer = await handle({"command": "disclosure", "act": "receive", "request": data.hex()})
        name = answer["result"]["request"]
        assert (await handle({"command": "disclosure", "act": "list"}))["result"]["requests"][0]["request"] == name
        wrong = [
            {"act": "approve", "request": name},
            {"act": "approve", "request": name, "officer": "O", "decline": ["1"]},
            {"act": "reject", "request": name, "officer": "O"},
            {"act": "receive", "request": "xyz"},
            {"act": "volunteer", "records": [0], "openings": ["all"]},
            {**VOLUNTEERED, "records": []},
            {**VOLUNTEERED, "records": [0], "paths": ["no path"]},
            {**VOLUNTEERED, "records": [0], "reader": "two words"},
            {"act": "burn"},
            {},
        ]
        for each in wrong:
            refused = await handle({"command": "disclosure", **each})
            assert (refused["ok"], refused["status"]) == (False, 2), each
        assert (await handle({"command": "disclosure", "act": "receive", "request": "00"}))["status"] == 1
