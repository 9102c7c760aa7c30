"""Epochs end, and nodes report them: what is in a report, whom it waits for, and that no crash makes two of one."""

import asyncio
import time

import pytest

from carnet.crypto import cose
from carnet.messages import Role
from carnet.reporting.check import open_report
from carnet.reporting.report import EpochReport
from carnet_node.stores import tables as t
from node.world import World, order, running

DAY_S = 86400
REPORTS = """
[reports]
wait_s = 100000
retry_first_s = 0.05
retry_most_s = 0.2
"""


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, members=("alice", "bob"), settings=REPORTS)
    for name in ("alice", "bob"):
        world.settings(name, 'file = "../chain.jsonl"', 'file = "../chain.jsonl"\nauto_broadcast = true')
    noon(world)
    return world


def noon(world):
    """Let it be noon of the next day, so that no test straddles an epoch by chance."""
    now = time.time()
    world.clock.ahead = DAY_S * 3 // 2 - now % DAY_S
    world.expires_in = 30 * DAY_S
    world.directory()
    world.quote(for_s=30 * DAY_S)


async def settle(world, how_many=1, *, originator="alice", beneficiary="bob"):
    """Let transfers settle, and come into both logs."""
    app = world.apps[originator]
    ids = [(await app.outbound.send(beneficiary, order())).transfer_id for _ in range(how_many)]
    for each in ids:
        for name in (originator, beneficiary):
            await world.until(name, each, "SETTLED")
    await logged(world, originator, beneficiary)
    return ids


async def logged(world, *names):
    """Wait until all records are in a published log."""
    for name in names:
        await eventually(lambda name=name: all(row.state != "QUEUED" for row in world.rows(name, t.records)))
        await asyncio.sleep(0.3)


async def eventually(what, within=15):
    deadline = time.monotonic() + within
    while not (found := what()):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)
    return found


def report(world, name, serial):
    """Return a published report, verified as its VASP's, or None."""
    file = world.home(name) / "published" / "reports" / str(serial)
    if not file.exists():
        return None
    return open_report(file.read_bytes(), member=world.card(name), network="test.carnet").report


async def issued(world, name, serial, within=15):
    found = await eventually(lambda: report(world, name, serial), within)
    await eventually(lambda: [row for row in world.rows(name, t.reports) if (row.serial, row.state) == (serial, "ISSUED")])
    return found


async def test_both_ends_of_a_channel_report_the_same_of_it(world):
    async with running(world, "alice", "bob"):
        await settle(world, 2)
        world.clock.ahead += DAY_S
        ours, theirs = await issued(world, "alice", 1), await issued(world, "bob", 1)
    (one,), (other,) = ours.rows, theirs.rows
    assert (one.channel, one.epoch, one.count) == (other.channel, other.epoch, other.count)
    assert (one.role, other.role, one.count) == (Role.ORIGINATOR, Role.BENEFICIARY, 2)
    assert (one.peer.unit, one.peer.flag) == (other.unit, other.flag)
    assert (other.peer.unit, other.peer.flag) == (one.unit, one.flag)
    assert one.unit != other.unit
    assert (ours.start, ours.total, ours.previous) == (0, None, None)
    assert world.rows if (world.home("alice") / "published" / "report").read_bytes() else False
