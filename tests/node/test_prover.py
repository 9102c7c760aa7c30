"""The worker process itself."""

import asyncio
import signal
import subprocess
import sys

import pytest

from carnet.messages import Phase
from carnet_node.prover import Prover
from node.log_world import STORAGE, LogWorld


async def test_proofs_are_made_in_a_process_of_their_own_which_may_die(tmp_path):
    world = LogWorld(tmp_path)
    prover = Prover(
        database=world.database,
        publisher=world.publisher,
        storage_key=STORAGE,
        packs=world.prover._packs,
    )
    try:
        await world.sequencer.recover()
        await world.queue(1, kind=Phase.SETTLED)
        await world.sequencer.step()
        assert await prover.step() == 1
        assert world.audit().verdict.name == "SOUND"
        for process in prover._executor._processes.values():
            process.kill()
        await world.queue(1)
        await world.sequencer.step()
        async with asyncio.timeout(60):
            while world.audit().verdict.name != "SOUND":
                await prover.step()
        assert world.audit().counts.proofs == 2
    finally:
        prover.close()
        world.close()
        world.witness_database.close()


@pytest.mark.slow
def test_the_worker_does_not_outlive_a_node_that_is_killed(tmp_path):
    """It holds the node's storage key in its memory, and nobody would ever stop it."""
    (tmp_path / "node.py").write_text(
        "import os, signal\n"
        "from carnet_node.prover import _worker\n"
        "if __name__ == '__main__':\n"
        "    print(_worker().submit(os.getpid).result(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, tmp_path / "node.py"]
    killed = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL  # and the worker, which held the other end of the pipe, is gone as well
    assert int(killed.stdout) > 0


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
