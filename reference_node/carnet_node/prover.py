"""Proofs off the hot path: one worker process makes them, in the order of the log, from a durable queue.

What a proof is made from is opened in the worker alone, and erased from the database when the proof is stored. A
proof is verified before it is stored: nothing is published that the auditor would refuse.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Final

from carnet.crypto.coins import system_coins
from carnet.errors import CarnetError
from carnet.log.record import Record, proof_item, prove_record
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.secret import Secret
from carnet_node.errors import StoreFatal
from carnet_node.observe import logger
from carnet_node.publish import Publisher
from carnet_node.recording import open_source
from carnet_node.stores import log_store
from carnet_node.stores.database import Database
from carnet_node.stores.log_store import Unproven

LOG: Final = logger("prover")
BATCH: Final = 32
"""How many proofs are made before they are published together."""


class Prover:
    """Makes the proofs of the records that *database* holds.

    *packs* returns all packs ever loaded, by hash. *executor* makes the worker that proves; by default it is a
    process, started when there is work for the first time.
    """

    def __init__(
        self,
        *,
        database: Database,
        publisher: Publisher,
        storage_key: Secret[bytes],
        packs: Callable[[], Mapping[bytes, PolicyPack]],
        executor: Callable[[], Executor] | None = None,
    ) -> None:
        self._database: Final = database
        self._publisher: Final = publisher
        self._storage_key: Final = storage_key
        self._packs: Final = packs
        self._make: Final = executor or _worker
        self._executor: Executor | None = None
        self._failed: Final[set[int]] = set()

    async def run(self, *, grown: asyncio.Event, stopped: asyncio.Event) -> None:
        """Prove whatever comes into the log, until *stopped*; *grown* says when there is something."""
        stopping = asyncio.ensure_future(stopped.wait())
        try:
            while not stopped.is_set():
                grown.clear()
                if await self.step():
                    continue
                waiting = asyncio.ensure_future(grown.wait())
                await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
        finally:
            stopping.cancel()

    async def step(self) -> int:
        """Try to prove up to `BATCH` records, publish the proofs, and return how many records there were."""
        most = BATCH + len(self._failed)
        found = await self._database.read(partial(log_store.unproven, most=most))
        waiting = [each for each in found if each.id not in self._failed]
        made: list[int] = []
        for each in waiting:
            try:
                proof = await self._prove(each)
            except BrokenProcessPool:
                LOG.warning("prover.died", records=len(waiting) - len(made))
                self.close()
                break
            except CarnetError as error:  # one record that cannot be proven must not hold up all others
                LOG.exception("prover.failed", index=each.index, exc_info=error)
                self._failed.add(each.id)
                continue
            await self._database.write(partial(log_store.store_proof, record=each.id, proof=proof))
            made.append(each.index)
        if made:
            await self._publisher.republish(made)
            LOG.info("log.proven", records=len(made))
        return len(waiting)

    async def _prove(self, each: Unproven) -> bytes:
        named = Record.decode(each.record).pack
        if (pack := self._packs().get(named)) is None:
            raise StoreFatal(f"the policy pack {named.hex()} of a record is gone: restore it to paths.packs")
        if self._executor is None:
            self._executor = self._make()
        job = partial(
            prove,
            each.source,
            role=each.role,
            transfer_id=each.transfer_id,
            record=each.record,
            pack=pack.encode(),
            storage_key=self._storage_key.reveal(),
        )
        return await asyncio.get_running_loop().run_in_executor(self._executor, job)

    def close(self) -> None:
        """Stop the worker; a proof that it is making is made again at the next start."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


def prove(source: bytes, *, role: int, transfer_id: bytes, record: bytes, pack: bytes, storage_key: bytes) -> bytes:
    """Return a verified proof for *record*; a function of plain bytes, since it is called in another process."""
    rules = PolicyPack.decode(pack)
    opened, openings = open_source(
        source,
        role=role,
        transfer_id=transfer_id,
        storage_key=Secret(storage_key),
        packs={pack_hash(rules): rules},
    )
    decoded = Record.decode(record)
    proof = prove_record(decoded, opened, openings, window=None, coins=system_coins)
    proof_item(decoded, rules, proof).verify()
    return proof


def _worker() -> ProcessPoolExecutor:
    """Return one process, started afresh: it inherits neither threads nor open files."""
    return ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Leave it to the node to stop its worker, and outlive it in no case: the worker holds its storage key."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="carnet-orphan", daemon=True).start()


def _leave_with_parent() -> None:
    """End this process when the node's has ended, be it by kill -9."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
