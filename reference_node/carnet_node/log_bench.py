"""`carnet-node bench --log`: how fast the node's own log grows, each batch durable before its checkpoint shows."""

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, insert

from carnet.crypto.coins import system_coins
from carnet.crypto.sign import generate_seed
from carnet.log.checkpoint import unverified_note
from carnet.log.record import Record
from carnet.log.tiles import CHECKPOINT
from carnet.messages import Phase, Role
from carnet.params import HASH_SIZE
from carnet.policy.pack import Leg
from carnet.zk.commitment import Opening
from carnet_node.observe import configure
from carnet_node.publish import Folder, Publisher
from carnet_node.sequencer import Sequencer
from carnet_node.stores.database import Database
from carnet_node.stores.tables import records

ORIGIN: Final = "bench.example/log"
MARK: Final = 1000
"""How many entries a second there must be at least."""
_TRANSFER: Final = 16


def bench_log(*, entries: int, batch: int, as_json: bool) -> None:
    """Measure the sequencer, and print what was found."""
    configure("error")
    with TemporaryDirectory(prefix="carnet-bench-") as folder:
        told = asyncio.run(measure(Path(folder), entries=entries, batch=batch))
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(
            f"{told['entries']:,} entries in {told['batches']} batches: {told['entries_per_s']:,} a second, each batch"
            f" with a durable checkpoint ({told['batch_ms']} ms); the mark is {MARK:,}\n"
        )


async def measure(folder: Path, *, entries: int, batch: int) -> dict[str, Any]:
    """Return how long a real database and a real folder take for so many *entries*, which wait from the start."""
    database = Database(folder / "node.db")
    try:
        await _queue(database, entries)
        published = Folder(folder / "published")
        sequencer = Sequencer(
            database=database,
            publisher=Publisher(published, database),
            origin=ORIGIN,
            seed=generate_seed(system_coins),
            witnesses=(),
            quorum=0,
            clock=time.time,
            batch=batch,
        )
        await sequencer.recover()
        batches = -(-entries // batch)
        start = time.perf_counter()
        for _ in range(batches):
            await sequencer.step()
        taken = time.perf_counter() - start
        size = unverified_note(published.read(CHECKPOINT)).checkpoint.size
    finally:
        database.close()
    if size != entries:
        raise AssertionError(f"{size} entries of {entries}")
    return {
        "entries": entries,
        "batch": batch,
        "batches": batches,
        "seconds": round(taken, 3),
        "entries_per_s": round(entries / taken),
        "batch_ms": round(taken / batches * 1000, 1),
        "mark": MARK,
        "to_mark": round(entries / taken / MARK, 2),
    }


async def _queue(database: Database, entries: int) -> None:
    """Let so many records wait; each is of a size and form like any other, and its points are always the same."""
    point = Opening(value=0, blinding=1).commit()
    record = Record(
        kind=Phase.SETTLED,
        role=Role.ORIGINATOR,
        epoch=1,
        pack=bytes(HASH_SIZE),
        leg=Leg.VASP,
        value=point,
        unit=point,
        window=point,
        flag=point,
        header_ref=bytes(HASH_SIZE),
        receipt_ref=bytes(HASH_SIZE),
        terminal_ref=bytes(HASH_SIZE),
    )
    rows = [
        {
            "role": int(Role.ORIGINATOR),
            "transfer_id": number.to_bytes(_TRANSFER, "big"),
            "record": replace(record, header_ref=number.to_bytes(HASH_SIZE, "big")).encode(),
            "source": None,
            "state": "QUEUED",
            "queued": 0,
        }
        for number in range(entries)
    ]

    def store(connection: Connection) -> None:
        connection.execute(insert(records), rows)

    await database.write(store)
