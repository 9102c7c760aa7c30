"""Epochs end, and nodes report them: what is in a report, whom it waits for, and that no crash makes two of one."""

import asyncio
import json
from collections import Counter
from functools import partial

import pytest

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.log.checkpoint import unverified_note
from carnet.log.inclusion import InclusionAnswer, Place
from carnet.log.notice import Notice, NoticeKind, decode_item
from carnet.log.tiles import WIDTH, bundle_at, decode_bundle
from carnet.messages import Phase, Role
from carnet.reporting.check import check_report, follow_report, open_report
from carnet.reporting.reconcile import Reconciler, State
from carnet.reporting.report import MATCHED, MIN_TOTAL
from carnet.reporting.sums import RangeSums, Sums
from carnet.zk import pedersen
from carnet_node import confirming
from carnet_node.commands import Commands
from carnet_node.stores import report_store
from carnet_node.stores import tables as t
from node.report_world import DAY_S, ReportWorld, eventually
from node.world import order, running


@pytest.fixture
def world(tmp_path):
    return ReportWorld(tmp_path)


def total(records, field):
    points = [getattr(each, field) for each in records]
    return pedersen.total(points) if points else None


def found(world, name, *, start, end, size):
    """Return what a naive auditor counts in a range of a published log."""
    items = []
    for number in range(-(-size // WIDTH)):
        bundle = bundle_at("records", leaf=number * WIDTH, size=size)
        items += decode_bundle((world.published(name) / bundle.path).read_bytes(), width=bundle.width)
    told = [decode_item(each) for each in items[start:end]]
    records = [each for each in told if not isinstance(each, Notice)]
    matched = [each for each in records if each.kind in MATCHED]
    return RangeSums(
        start=start,
        end=end,
        kinds=Counter(each.kind for each in records),
        matched=Sums(unit=total(matched, "unit"), flag=total(matched, "flag")),
        disclosures=sum(each.kind is NoticeKind.DISCLOSURE for each in told if isinstance(each, Notice)),
    )


def audit(world, name, *serials):
    """Return the reports of *name*, which follow each other and hold against its log, and what is objected to them."""
    size = unverified_note((world.published(name) / "checkpoint").read_bytes()).checkpoint.size
    objections, older, reports = [], None, []
    for serial in serials:
        data = (world.published(name) / "reports" / str(serial)).read_bytes()
        newer = open_report(data, member=world.card(name), network="test.carnet")
        follow_report(newer.report, older)
        counted = found(world, name, start=newer.report.start, end=newer.report.end, size=size)
        wrong = check_report(newer.report, counted, root=newer.report.root, coins=system_coins)
        objections += [each.check for each in wrong]
        reports.append(newer.report)
        older = newer
    return reports, objections


async def test_both_ends_of_a_channel_report_the_same_of_it(world):
    async with running(world, "alice", "bob"):
        await world.settle(2)
        world.clock.ahead += DAY_S
        await world.issued("alice", 1)
        await world.issued("bob", 1)
    ((ours,), nothing), ((theirs,), nothing_either) = audit(world, "alice", 1), audit(world, "bob", 1)
    assert nothing == nothing_either == []
    (one,), (other,) = ours.rows, theirs.rows
    assert (one.channel, one.epoch, one.count) == (other.channel, other.epoch, other.count)
    assert (one.role, other.role, one.count) == (Role.ORIGINATOR, Role.BENEFICIARY, 2)
    assert one.unit != other.unit
    reconciler = Reconciler()
    for each in (ours, theirs):
        reconciler.put(each)
    channels, differences = reconciler.reconcile(sources={"alice", "bob"}, members={"alice", "bob"})
    assert ([each.state for each in channels], differences) == ([State.EQUAL], [])
    assert (ours.start, ours.total, ours.previous) == (0, None, None)
    assert (world.published("alice") / "report").read_bytes() == (world.published("alice") / "reports/1").read_bytes()


async def test_a_report_is_told_of_in_the_log_and_what_it_was_made_from_is_erased(world):
    world.settings("alice", "prove = false", "prove = true")
    async with running(world, "alice", "bob"):
        sequencer = world.apps["alice"]._logbook._sequencer
        step, sequencer.step = sequencer.step, partial(asyncio.sleep, 0)
        await world.settle(3, wait=False)
        sequencer.step = step  # the three come into the log together, with a cover
        await world.logged("alice", "bob")
        assert len(world.rows("alice", t.reportables)) == 3
        world.clock.ahead += DAY_S
        report = await world.issued("alice", 1)
        assert world.rows("alice", t.reportables) == []
        await world.logged("alice")
        await eventually(lambda: world.proven("alice"))
        rows = [row for row in world.rows("alice", t.records) if row.role and row.log_index < report.end]
        assert {row.role for row in rows} == {1, 3}
        assert all((row.source is None) == (row.role == 1) for row in rows)  # a cover must be shown to be one
        items = [decode_item(row.record) for row in world.rows("alice", t.records)]
    signed = (world.published("alice") / "reports" / "1").read_bytes()
    notice = Notice(kind=NoticeKind.REPORT, epoch=report.epoch, hash=cose.payload_hash(signed))
    assert items.count(notice) == 1


async def test_a_total_is_opened_from_ten_transfers_on(world):
    async with running(world, "alice", "bob"):
        await world.settle(MIN_TOTAL - 1)
        world.clock.ahead += DAY_S
        await world.issued("alice", 1)
        await world.settle(MIN_TOTAL)
        world.clock.ahead += DAY_S
        await world.issued("alice", 2)
    (first, second), wrong = audit(world, "alice", 1, 2)
    assert wrong == []
    assert first.total is None
    assert (second.total.count, second.total.full) == (MIN_TOTAL, MIN_TOTAL)
    assert second.total.unit == MIN_TOTAL * 100_000_00
    assert next(each.count for each in first.outcomes if each.kind is Phase.SETTLED) >= MIN_TOTAL - 1


async def test_a_peer_that_is_down_is_waited_for_and_named_and_then_left_out(world):
    async with running(world, "alice", "bob"):
        await world.settle()
        await world.stop("bob")
        world.clock.ahead += DAY_S
        waiting = await eventually(lambda: world.apps["alice"].reporter.status()["waiting"])
        assert [(each["serial"], each["unshown"]) for each in waiting] == [(1, {"bob": 1})]
        await asyncio.sleep(0.5)
        assert world.report("alice", 1) is None
        world.clock.ahead += 2 * DAY_S
        report = await world.issued("alice", 1)
    assert [(row.count, row.peer) for row in report.rows] == [(1, None)]
    assert audit(world, "alice", 1)[1] == ["report.peer"]


async def test_a_peer_that_comes_back_in_time_is_not_left_out(world):
    async with running(world, "alice", "bob"):
        await world.settle()
        await world.stop("bob")
        world.clock.ahead += DAY_S
        await eventually(lambda: world.apps["alice"].reporter.status()["waiting"])
        await world.start("bob")
        report, theirs = await world.issued("alice", 1), await world.issued("bob", 1)
    assert report.rows[0].peer.unit == theirs.rows[0].unit


def nowhere(answer):
    return InclusionAnswer(
        checkpoint=answer.checkpoint, places=tuple(Place(index=None, path=()) for _ in answer.places)
    )


def elsewhere(answer):
    (place,) = answer.places
    return InclusionAnswer(checkpoint=answer.checkpoint, places=(Place(index=place.index ^ 1, path=place.path),))


def another_log(answer):
    return InclusionAnswer(checkpoint=answer.checkpoint.replace(b"log.bob", b"log.bab"), places=answer.places)


def unsigned(answer):
    note = bytearray(answer.checkpoint)
    note[len(b"log.bob.example\n")] ^= 1  # another size
    return InclusionAnswer(checkpoint=bytes(note), places=answer.places)


def without(answer):
    return InclusionAnswer(checkpoint=None, places=answer.places)


def twice(answer):
    return InclusionAnswer(checkpoint=answer.checkpoint, places=answer.places * 2)


class Junk:
    def __init__(self, _answer):
        pass

    def encode(self):
        return b"junk"


@pytest.mark.parametrize("lie", [nowhere, elsewhere, another_log, unsigned, without, twice, Junk])
async def test_a_peer_that_does_not_show_its_record_gets_no_proof(world, lie):
    async with running(world, "alice", "bob"):
        await world.settle()
        prove = world.apps["alice"].grpc.prove
        asked = []

        async def lying(vasp, request):
            asked.append(vasp)
            return lie(InclusionAnswer.decode(await prove(vasp, request))).encode()

        world.apps["alice"].grpc.prove = lying
        world.clock.ahead += DAY_S
        await eventually(lambda: len(asked) > 1)
        assert world.apps["alice"].reporter.status()["waiting"][0]["unshown"] == {"bob": 1}
        world.apps["alice"].grpc.prove = prove
        report = await world.issued("alice", 1)
    assert report.rows[0].peer is not None


async def test_a_peer_that_answers_slowly_is_asked_for_a_while_and_then_later(world, monkeypatch):
    monkeypatch.setattr(confirming, "MAX_ENTRIES", 1)
    monkeypatch.setattr(confirming, "ROUND_S", 0.1)
    async with running(world, "alice", "bob"):
        await world.settle(3)
        app, sizes = world.apps["alice"], []
        prove, postpone = app.grpc.prove, report_store.postpone

        async def slow(vasp, request):
            await asyncio.sleep(0.2)
            return await prove(vasp, request)

        def postponed(connection, those, *, until):
            sizes.append(len(those))
            postpone(connection, those, until=until)

        app.grpc.prove = slow
        monkeypatch.setattr(report_store, "postpone", postponed)
        world.clock.ahead += DAY_S
        report = await world.issued("alice", 1)
    assert list(dict.fromkeys(sizes)) in ([2, 1], [3, 2, 1]), "one a round, or none where the machine is slow"
    assert sizes == sorted(sizes, reverse=True)
    assert report.rows[0].peer is not None


async def test_a_record_that_comes_late_is_in_a_row_of_its_own_epoch(world):
    async with running(world, "alice", "bob"):
        sequencer = world.apps["alice"]._logbook._sequencer
        step, sequencer.step = sequencer.step, partial(asyncio.sleep, 0)
        await world.settle(wait=False)
        epoch = world.epoch
        world.clock.ahead += DAY_S
        await eventually(lambda: [row for row in world.rows("alice", t.reports) if row.state == "NOTED"])
        sequencer.step = step
        first = await world.issued("alice", 1)
        await world.logged("alice")
        world.clock.ahead += DAY_S
        second = await world.issued("alice", 2)
    assert (first.epoch, first.rows, first.end) == (epoch, (), 0)
    assert [(row.epoch, row.count) for row in second.rows] == [(epoch, 1)]
    assert second.epoch == epoch + 1
    assert audit(world, "alice", 1, 2)[1] == []


async def test_epochs_without_records_are_reported_too_and_serials_have_no_gaps(world):
    async with running(world, "alice"):
        epoch = world.epoch
        await eventually(lambda: "next" in world.apps["alice"].reporter.status())
        world.clock.ahead += 3 * DAY_S
        await world.issued("alice", 3)
        world.clock.ahead += DAY_S
        await world.issued("alice", 4)
        await world.logged("alice")
        assert world.apps["alice"].reporter.status()["next"]["serial"] == 5
    reports, wrong = audit(world, "alice", 1, 2, 3, 4)
    assert wrong == []
    assert [each.epoch for each in reports] == [epoch, epoch + 1, epoch + 2, epoch + 3]


async def test_a_node_that_was_down_reports_what_it_has_missed(world):
    async with running(world, "alice", "bob"):
        await world.settle()
    world.clock.ahead += 2 * DAY_S
    world.directory()
    async with running(world, "alice", "bob"):
        await world.issued("alice", 2)
        await world.issued("bob", 2)
        await world.logged("alice")
    (first, second), wrong = audit(world, "alice", 1, 2)
    assert wrong == []
    assert ([row.count for row in first.rows], second.rows) == ([1], ())


async def test_what_moved_unmatched_is_in_no_channel(world):
    async with running(world, "alice", "bob"):
        bob = world.apps["bob"]
        bob.inbound.settle = unsettling
        transfer_id = await world.send()
        await world.until("alice", transfer_id, "BROADCAST")
        world.clock.ahead += 3 * DAY_S
        world.quote(for_s=30 * DAY_S)
        for name in ("alice", "bob"):
            await world.until(name, transfer_id, "UNCONFIRMED", "EXPIRED", "CANCELLED")
        await world.logged("alice", "bob")
        ended = world.state("alice", transfer_id).outcome
        world.clock.ahead += DAY_S
        await world.issued("alice", 4)
        await world.logged("alice")
    reports, wrong = audit(world, "alice", 1, 2, 3, 4)
    assert wrong == []
    assert ended is Phase.UNCONFIRMED
    assert all(report.rows == () for report in reports)
    assert sum(each.count for report in reports for each in report.outcomes if each.kind is ended) == 1


async def test_a_mismatch_is_in_the_channel_at_both_ends(world):
    for name in ("alice", "bob"):
        world.settings(name, "auto_broadcast = true", "auto_broadcast = false")
    async with running(world, "alice", "bob"):
        alice, transfer_id = world.apps["alice"], await world.send()
        await world.until("alice", transfer_id, "ACCEPTED")
        moved = order().transfer
        seen = {"txid": "other", "asset": moved.asset, "address": moved.destination_address, "amount": "1"}
        (world.root / "chain.jsonl").write_text(json.dumps(seen) + "\n")
        await alice.outbound.broadcast(transfer_id, "other")
        for name in ("alice", "bob"):
            await world.until(name, transfer_id, "MISMATCH")
        await world.logged("alice", "bob")
        world.clock.ahead += DAY_S
        ours, theirs = await world.issued("alice", 1), await world.issued("bob", 1)
    assert [(each.kind, each.count) for each in ours.outcomes] == [(Phase.MISMATCH, 1)]
    assert (ours.rows[0].peer.unit, theirs.rows[0].peer.unit) == (theirs.rows[0].unit, ours.rows[0].unit)


async def unsettling(_peer, _data):
    raise asyncio.CancelledError


async def test_many_transfers_are_asked_for_in_several_calls(world, monkeypatch):
    monkeypatch.setattr("carnet_node.confirming.MAX_ENTRIES", 2)
    async with running(world, "alice", "bob"):
        await world.settle(5)
        world.clock.ahead += DAY_S
        report = await world.issued("alice", 1)
    assert [(row.count, row.peer is None) for row in report.rows] == [(5, False)]


# --- what people see -------------------------------------------------------------------------------------------------


async def ask(world, name, **request):
    return await Commands(world.apps[name]).handle(request)


async def test_reports_are_listed_and_shown_with_the_names_that_they_do_not_say(world):
    async with running(world, "alice", "bob"):
        await world.settle(2)
        world.clock.ahead += DAY_S
        report = await world.issued("alice", 1)
        listed = (await ask(world, "alice", command="reports"))["result"]["reports"]
        shown = (await ask(world, "alice", command="report", serial=1))["result"]
        opened = (await ask(world, "alice", command="report", serial=2))["result"]
    assert [(each["serial"], each["state"]) for each in listed] == [(2, "OPEN"), (1, "ISSUED")]
    assert shown["hash"] == cose.payload_hash((world.published("alice") / "report").read_bytes()).hex()
    assert shown["report"]["rows"][0]["channel"] == report.rows[0].channel.hex()
    assert [(each["counterparty"], each["transfers"], each["shown"]) for each in shown["channels"]] == [
        ("bob", 2, True)
    ]
    assert opened["state"] == "OPEN"
    assert "report" not in opened


@pytest.mark.parametrize(
    "request_",
    [
        {"command": "reports", "limit": 0},
        {"command": "reports", "limit": True},
        {"command": "report"},
        {"command": "report", "serial": "1"},
        {"command": "report", "serial": 2**40},
    ],
)
async def test_what_is_asked_of_reports_must_be_numbers(request_):
    answer = await Commands(None).handle(request_)
    assert (answer["ok"], answer["status"]) == (False, 2)


async def test_a_report_that_is_not_there_is_said_not_to_be(world):
    async with running(world, "alice"):
        answer = await ask(world, "alice", command="report", serial=7)
    assert (answer["ok"], answer["status"], answer["error"]) == (False, 1, "there is no report 7")


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def test_a_report_that_cannot_be_made_stops_nothing_and_is_told(world):
    async with running(world, "alice", "bob"):
        await world.settle()
        world.apps["alice"].reporter._windows = broken
        world.clock.ahead += DAY_S
        status = await eventually(lambda: world.apps["alice"].reporter.status().get("problem"))
        assert status == "internal error (ZeroDivisionError); see the node's log"
        world.quote(for_s=300 * DAY_S)
        assert await world.send("alice", "bob")
        world.apps["alice"].reporter._windows = None
        await world.issued("alice", 1)
        await eventually(lambda: "problem" not in world.apps["alice"].reporter.status())


async def broken(_report):
    return 1 // 0


async def test_a_report_that_an_auditor_would_refuse_is_not_signed(world):
    async with running(world, "alice", "bob"):
        await world.settle()
        await world.apps["alice"].database.write(lambda c: c.execute(t.reportables.delete()) and None)
        world.clock.ahead += DAY_S
        problem = await eventually(lambda: world.apps["alice"].reporter.status().get("problem"))
        assert problem.startswith("report 1 would be refused (report.rows 0 in channels")
        assert world.report("alice", 1) is None


def uncosigned(answer):
    lines = answer.checkpoint.splitlines(keepends=True)
    return InclusionAnswer(checkpoint=b"".join(lines[:-1]), places=answer.places)


async def test_a_checkpoint_that_no_witness_has_cosigned_shows_nothing(world):
    world.create("witness", witness="witness.example")
    world.directory(witnesses=["witness"])
    async with running(world, "witness", "alice", "bob"):
        await world.settle()
        prove = world.apps["alice"].grpc.prove
        asked = []

        async def lying(vasp, request):
            answer = InclusionAnswer.decode(await prove(vasp, request))
            asked.append(answer.checkpoint.count("\N{EM DASH}".encode()))
            return uncosigned(answer).encode()

        world.apps["alice"].grpc.prove = lying
        world.clock.ahead += DAY_S
        await eventually(lambda: len(asked) > 1)
        assert asked[0] == 2
        assert world.apps["alice"].reporter.status()["waiting"][0]["unshown"] == {"bob": 1}
        world.apps["alice"].grpc.prove = prove
        report, theirs = await world.issued("alice", 1), await world.issued("bob", 1)
    assert report.rows[0].peer.unit == theirs.rows[0].unit
