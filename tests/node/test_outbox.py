"""Effects run at least once, in order per transfer, and again after a restart."""

import asyncio

import pytest

from carnet_node.config import OffersConfig
from carnet_node.errors import Unreachable
from carnet_node.outbound import Later
from carnet_node.outbox import Outbox
from carnet_node.stores.database import Database
from carnet_node.stores.unit import Store

QUICK = OffersConfig(retry_first_s=0.01, retry_most_s=0.04, poll_first_s=0.01, in_flight=3)


class Bench:
    """An outbox whose effects do as *script* says."""

    def __init__(self, path, clock):
        self.database = Database(path)
        self.store = Store(self.database, clock=clock)
        self.script, self.seen, self.now, self.most = {}, [], 0, 0
        self.outbox = Outbox(self.store, {"offer": self.run}, config=QUICK, clock=clock)
        self.store.on_commit = lambda effects, _changed: self.outbox.put(effects)
        self.task = None

    async def run(self, effect):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.005)
            self.seen.append((effect.transfer_id, effect.revision))
            problems = self.script.get(effect.transfer_id, [])
            if problems:
                raise problems.pop(0)
            await self.store.write(lambda unit: unit.settle_effect(effect))
        finally:
            self.now -= 1

    async def add(self, *effects, after=0.0):
        def work(unit):
            for transfer_id, revision in effects:
                unit.schedule("offer", transfer_id, revision, after=after)

        await self.store.write(work)

    def start(self):
        self.task = asyncio.create_task(self.outbox.run())

    async def drained(self):
        async with asyncio.timeout(5):
            while self.store.effects() or self.outbox.depth:  # noqa: ASYNC110 - the table is what counts
                await asyncio.sleep(0.005)

    async def stop(self):
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        self.database.close()


@pytest.fixture
async def bench(tmp_path):
    import time

    bench = Bench(tmp_path / "node.db", time.time)
    yield bench
    await bench.stop()


async def test_an_effect_is_repeated_until_it_is_done_whatever_stops_it(bench):
    bench.script[b"a"] = [Unreachable("bob"), Later("refused"), ZeroDivisionError(), Unreachable("bob")]
    bench.start()
    await bench.add((b"a", 1))
    await bench.drained()
    assert bench.seen == [(b"a", 1)] * 5
    assert bench.outbox.depth == 0


async def test_effects_of_one_transfer_never_overlap_and_keep_their_order(bench):
    bench.start()
    await bench.add(*((b"a", revision) for revision in range(6)))
    await bench.drained()
    assert bench.most == 1
    assert bench.seen == [(b"a", revision) for revision in range(6)]


async def test_only_so_many_run_at_once(bench):
    bench.start()
    await bench.add(*((b"%d" % n, 1) for n in range(12)))
    await bench.drained()
    assert bench.most == QUICK.in_flight
    assert len(bench.seen) == 12


async def test_what_was_left_is_run_after_a_restart(bench, tmp_path):
    await bench.add((b"a", 1), (b"b", 1))
    again = Bench(tmp_path / "node.db", bench.store._clock)
    again.start()
    await again.drained()
    assert sorted(again.seen) == [(b"a", 1), (b"b", 1)]
    await again.stop()


async def test_nothing_runs_before_its_time_unless_it_is_hurried(bench):
    bench.start()
    await bench.add((b"a", 1), after=3600)
    await asyncio.sleep(0.05)
    assert bench.seen == []
    bench.outbox.hurry()
    await bench.drained()
    assert bench.seen == [(b"a", 1)]
