"""The prover, and the worker processes that it has."""

import asyncio
import os
import signal

from carnet.crypto.group import TableSize, group
from carnet.messages import Phase
from carnet.workers import Workers
from carnet_node import prover as prover_module
from carnet_node.prover import Prover
from carnet_node.stores import log_store
from node.log_world import STORAGE, LogWorld


def prover_of(world, workers, **engine):
    own = {"database": world.database, "publisher": world.publisher, "storage_key": STORAGE}
    return Prover(**own, packs=world.prover._packs, workers=workers, **engine)


async def test_proofs_are_made_in_a_process_of_their_own_which_may_die(tmp_path):
    world = LogWorld(tmp_path)
    with Workers(1, apart=True) as workers:
        prover = prover_of(world, workers)
        await world.sequencer.recover()
        await world.queue(1, kind=Phase.SETTLED)
        await world.sequencer.step()
        assert await prover.step() == 1
        assert world.audit().verdict.name == "SOUND"
        process = workers.submit(os.getpid).result()
        assert process != os.getpid()
        os.kill(process, signal.SIGKILL)
        await world.queue(1)
        await world.sequencer.step()
        assert await prover.step() == 1
        assert world.audit().counts.proofs == 2
    world.close()
    world.witness_database.close()


async def test_a_hardened_prover_makes_proofs_that_an_auditor_accepts(tmp_path, monkeypatch):
    chosen = []
    monkeypatch.setattr(prover_module, "group", lambda **setting: chosen.append(setting) or group(**setting))
    world = LogWorld(tmp_path)
    with Workers(0) as workers:
        prover = prover_of(world, workers, tables=TableSize.NONE, hardened=True)
        await world.sequencer.recover()
        await world.queue(1, kind=Phase.SETTLED)
        await world.sequencer.step()
        assert await prover.step() == 1
        assert world.audit().counts.proofs == 1
    assert chosen == [{"tables": TableSize.NONE, "hardened": True}]
    world.close()
    world.witness_database.close()


async def test_proofs_made_at_the_same_time_are_stored_in_the_order_of_the_log(tmp_path, monkeypatch):
    stored = []
    store = log_store.store_proof

    def noted(connection, *, record, proof):
        stored.append(record)
        store(connection, record=record, proof=proof)

    monkeypatch.setattr(log_store, "store_proof", noted)
    world = LogWorld(tmp_path)
    with Workers(2) as workers:
        prover = prover_of(world, workers)
        await world.sequencer.recover()
        await world.queue(1, kind=Phase.SETTLED)  # a slow one, then quick ones
        await world.queue(5)
        await world.sequencer.step()
        waiting = await world.database.read(lambda connection: log_store.unproven(connection, most=10))
        assert await prover.step() == 6
        assert stored == [each.id for each in waiting]
        assert world.audit().verdict.name == "SOUND"
        assert await prover.step() == 0
    world.close()
    world.witness_database.close()


async def test_a_record_that_ends_its_workers_holds_up_no_other(tmp_path, monkeypatch):
    """It is tried again when the node starts anew; what it cost is in the node's log."""
    world = LogWorld(tmp_path)
    await world.sequencer.recover()
    await world.queue(3)
    await world.sequencer.step()
    first = (await world.database.read(lambda connection: log_store.unproven(connection, most=1)))[0]
    with Workers(1, apart=True) as workers:
        submit = workers.submit

        def poisoned(job):
            return submit(os._exit, 9) if job.keywords["record"] == first.record else submit(job)

        monkeypatch.setattr(workers, "submit", poisoned)
        prover = prover_of(world, workers)
        assert await prover.step() == 3
        assert world.audit().counts.proofs == 2
        assert await prover.step() == 0
    with Workers(1) as workers:
        assert await prover_of(world, workers).step() == 1
        assert world.audit().verdict.name == "SOUND"
    world.close()
    world.witness_database.close()


async def test_a_prover_runs_whenever_the_log_has_grown_until_it_is_stopped(tmp_path):
    world = LogWorld(tmp_path)
    republish, published = world.publisher.republish, asyncio.Event()

    async def noted(indices):
        await republish(indices)
        published.set()

    world.publisher.republish = noted
    try:
        await world.sequencer.recover()
        stopped = asyncio.Event()
        running = asyncio.create_task(world.prover.run(grown=world.sequencer.grown, stopped=stopped))
        for size in (1, 2):
            await world.queue(1)
            await world.sequencer.step()
            await asyncio.wait_for(published.wait(), 10)
            published.clear()
            assert world.audit().counts.proofs == size
        stopped.set()
        await asyncio.wait_for(running, 10)
    finally:
        world.close()
        world.witness_database.close()
