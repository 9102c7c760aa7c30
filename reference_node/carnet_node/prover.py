"""Proofs off the hot path: worker processes make them, in the order of the log, from a durable queue.

What a proof is made from is opened in a worker alone, and erased from the database when the proof is stored. A proof
is verified before it is stored: nothing is published that the auditor would refuse.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from carnet.crypto.coins import system_coins
from carnet.crypto.group import TableSize, group
from carnet.errors import CarnetError
from carnet.log.cover import prove_cover
from carnet.log.record import Record, proof_item, prove_record
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.secret import Secret
from carnet.workers import Job, WorkerDiedError, Workers
from carnet_node.covers import open_cover
from carnet_node.errors import StoreFatal
from carnet_node.observe import logger
from carnet_node.publish import Publisher
from carnet_node.recording import open_source
from carnet_node.stores import log_store
from carnet_node.stores.database import Database
from carnet_node.stores.log_store import COVER, Unproven

LOG: Final = logger("prover")
BATCH: Final = 32
"""How many proofs are made before they are published together."""


class Prover:
    """Makes the proofs of the records that *database* holds.

    *packs* returns all packs ever loaded, by hash. *workers* prove: processes, which start when there is work, with the
    engine that *tables* and *hardened* choose.
    """

    def __init__(
        self,
        *,
        database: Database,
        publisher: Publisher,
        storage_key: Secret[bytes],
        packs: Callable[[], Mapping[bytes, PolicyPack]],
        workers: Workers,
        tables: TableSize = TableSize.SMALL,
        hardened: bool = False,
    ) -> None:
        self._database: Final = database
        self._publisher: Final = publisher
        self._storage_key: Final = storage_key
        self._packs: Final = packs
        self._workers: Final = workers
        self._tables: Final = tables
        self._hardened: Final = hardened
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
        jobs = [(each, self._begin(each)) for each in waiting]
        try:
            await self._store(jobs)
        finally:
            for _, job in jobs:
                job.cancel()
        await self._show()
        return len(waiting)

    async def _show(self) -> None:
        """Publish the proofs that are stored and perhaps not published, those of before a crash among them."""
        made = await self._database.read(log_store.unshown_proofs)
        if made:
            await self._publisher.republish(made)
            await self._database.write(partial(log_store.forget_unshown, indices=made))
            LOG.info("log.proven", records=len(made))

    async def _store(self, jobs: Sequence[tuple[Unproven, Job[bytes]]]) -> None:
        """Store the proofs in the order of the log, each when it is made."""
        for each, job in jobs:
            try:
                proof = await asyncio.to_thread(job.result)
            except (CarnetError, WorkerDiedError) as error:  # one that cannot be proven must not hold up all others
                LOG.exception("prover.failed", index=each.index, exc_info=error)
                self._failed.add(each.id)
                continue
            await self._database.write(partial(log_store.store_proof, record=each.id, proof=proof))

    def _begin(self, each: Unproven) -> Job[bytes]:
        named = Record.decode(each.record).pack
        if (pack := self._packs().get(named)) is None:
            raise StoreFatal(f"the policy pack {named.hex()} of a record is gone: restore it to paths.packs")
        job = partial(
            prove,
            each.source,
            role=each.role,
            transfer_id=each.transfer_id,
            record=each.record,
            pack=pack.encode(),
            storage_key=self._storage_key.reveal(),
            tables=self._tables,
            hardened=self._hardened,
        )
        return self._workers.submit(job)

    def close(self) -> None:
        """End the workers; proofs that they are making are made again at the next start."""
        self._workers.close()


def prove(
    source: bytes,
    *,
    role: int,
    transfer_id: bytes,
    record: bytes,
    pack: bytes,
    storage_key: bytes,
    tables: TableSize,
    hardened: bool,
) -> bytes:
    """Return a verified proof for *record*; a function of plain bytes, since it is called in another process."""
    rules, decoded = PolicyPack.decode(pack), Record.decode(record)
    engine = group(tables=tables, hardened=hardened)
    if role == COVER:
        cover = open_cover(record, source, storage_key=Secret(storage_key))
        proof = prove_cover(cover, rules, coins=system_coins, engine=engine)
        proof_item(decoded, rules, proof).verify()
        return proof
    opened, openings, window = open_source(
        source,
        role=role,
        transfer_id=transfer_id,
        storage_key=Secret(storage_key),
        packs={pack_hash(rules): rules},
    )
    proof = prove_record(decoded, opened, openings, window=window, coins=system_coins, engine=engine)
    proof_item(decoded, rules, proof).verify()
    return proof
