"""A node that dies while it reports: whatever it was doing, there is one report of each epoch, and one notice of it."""

import asyncio
import shutil

import pytest
from sqlalchemy import select

from carnet.crypto import cose
from carnet.log.notice import decode_item
from carnet.reporting.check import follow_report, open_report
from carnet_node.errors import Refused, Unreachable
from carnet_node.inclusions import Inclusions
from carnet_node.logbook import Logbook
from carnet_node.stores import tables as t
from node.report_world import DAY_S, ReportWorld
from node.world import running


@pytest.fixture
def world(tmp_path):
    return ReportWorld(tmp_path)


class Died(BaseException):
    """The process is gone."""


class Bobs:
    """Bob, asked without a network."""

    def __init__(self, app):
        self.app = app
        self.entries = Inclusions(app.database, app.folder)
        self.asked = 0

    async def bundle(self, _vasp):
        return self.app.party.keys.bundle

    async def prove(self, _vasp, request):
        self.asked += 1
        if self.asked == 1:
            raise Unreachable("not yet")
        if self.asked == 2:
            raise Refused(100)
        return await self.entries.prove(request)


@pytest.mark.slow
async def test_dying_at_any_step_makes_no_second_report(world, tmp_path):
    async with running(world, "alice", "bob"):
        await world.settle(2)
    world.clock.ahead += 2 * DAY_S
    world.directory()
    bob = world.build("bob")
    bob.membership.refresh_keys()
    at, died = 0, True
    try:
        while died:
            at += 1
            died = [
                await die(world, tmp_path / f"{at}-{before}", bob, at=at, before=before) for before in (True, False)
            ]
            died = any(died)
    finally:
        bob.database.close()
    assert at > 8


async def die(world, home, bob, *, at, before):
    """Let alice, in a copy of her home, die at her *at*-th durable write; check what she has made in the end."""
    shutil.copytree(world.home("alice"), home)
    peers, writes, armed = Bobs(bob), 0, False

    def counted():
        nonlocal writes
        writes += armed
        return armed and writes == at

    def deadly(write):
        async def run(*arguments, **options):
            if not counted():
                return await write(*arguments, **options)
            if not before:
                await write(*arguments, **options)
            raise Died

        return run

    def deadly_file(write):
        def run(*arguments):
            dies = counted()
            if not dies or not before:
                write(*arguments)
            if dies:
                raise Died

        return run

    async def start():
        app = world.build_in(home, peers=peers)
        log = Logbook(app.party, folder=app.folder, peers=app.grpc, config=app.config.log, proofs=app.config.proofs)
        await log._sequencer.recover()
        return app, log._sequencer

    app, sequencer = await start()
    app.membership.refresh_keys()
    app.database.write = deadly(app.database.write)
    app.folder.write = deadly_file(app.folder.write)
    seen, died = {}, False
    for _ in range(40):
        try:
            armed = not died
            await app.reporter.step()
        except Died:
            died = True
            app.database.close()
            app, sequencer = await start()
        armed = False
        await sequencer.step()
        for file in (home / "published").glob("reports/*"):
            assert seen.setdefault(file.name, file.read_bytes()) == file.read_bytes()
        rows = app.database.look(lambda connection: connection.execute(select(t.reports)).all())
        if [row.state for row in rows] == ["ISSUED", "ISSUED", "OPEN"]:
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError([row.state for row in rows])
    records = app.database.look(lambda connection: connection.execute(select(t.records)).all())
    app.database.close()
    assert sorted(seen) == ["1", "2"]
    assert (home / "published" / "report").read_bytes() == seen["2"]
    notices = [decode_item(row.record) for row in records if row.role == 0]
    assert sorted(each.hash for each in notices) == sorted(cose.payload_hash(each) for each in seen.values())
    older = None
    for serial in ("1", "2"):
        newer = open_report(seen[serial], member=world.card("alice"), network="test.carnet")
        follow_report(newer.report, older)
        older = newer
    return died
