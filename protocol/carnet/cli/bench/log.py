"""`carnet bench log`: how fast a log grows on this disk, how fast it is read, and what an epoch's total costs."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from carnet.cli.bench.clock import Tick
from carnet.cli.bench.system import machine
from carnet.cli.terminal import AsJson, show
from carnet.crypto.coins import system_coins
from carnet.crypto.group import Point, group
from carnet.crypto.group.generators import bases
from carnet.crypto.sign import generate_seed
from carnet.errors import VerifyError
from carnet.log.checkpoint import Checkpoint, sign_checkpoint, unverified_note
from carnet.log.merkle import HASH_SIZE, Frontier, leaf_hash
from carnet.log.tiles import (
    CHECKPOINT,
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    WIDTH,
    Tile,
    changed_bundles,
    changed_tiles,
    decode_bundle,
    encode_bundle,
    encode_tile,
)
from carnet.reporting.sums import PrefixSums, encode

__all__ = ["log", "run"]

ORIGIN: Final = "bench.example/log"
MARK: Final = 1000
"""How many entries a second a log must take at least, each batch with a durable checkpoint."""
MARK_MS: Final = 1.0
"""How long the total of an epoch may take at most, once the records are read."""
EPOCHS: Final = 30
TOTALS: Final = 500

Put = Callable[[str, bytes], None]


def run(*, entries: int, batch: int, tick: Tick) -> dict[str, Any]:
    """Return what `carnet bench log --json` prints; bench.md says what its keys mean."""
    hashes = [sha256(number.to_bytes(8, "big")).digest() for number in range(entries)]
    told: dict[str, Any] = {"machine": machine(), "entries": entries, "batch": batch}
    tick("growing in memory")
    files: dict[str, bytes] = {}
    told["memory"] = _append(hashes, batch=batch, put=files.__setitem__)
    tick("growing on the disk")
    with TemporaryDirectory(prefix="carnet-bench-") as folder:
        told["durable"] = _append(hashes, batch=batch, put=_Disk(Path(folder)).put)
    tick("reading")
    told["read"] = _read(files, entries=entries)
    tick("adding up")
    told["totals"] = _totals(entries)
    durable, totals = told["durable"]["entries_per_s"], told["totals"]
    told["ratios"] = {
        "durable_to_mark": round(durable / MARK, 2),
        "memory_to_durable": round(told["memory"]["entries_per_s"] / durable, 2),
        "anew_to_total": round(totals["anew_ms"] / totals["total_ms"], 1),
        "mark_to_total": round(MARK_MS / totals["total_ms"], 2),
    }
    return told


def _append(hashes: Sequence[bytes], *, batch: int, put: Put) -> dict[str, Any]:
    """Let a log grow by *hashes*, with a signed checkpoint after each *batch*; *put* returns when a file is safe."""
    seed, tree = generate_seed(system_coins), Frontier()
    levels: list[list[bytes]] = [[] for _ in range(MAX_LEVEL + 1)]
    start = time.perf_counter()
    for at in range(0, len(hashes), batch):
        old = tree.size
        for entry in hashes[at : at + batch]:
            for level, node in enumerate(tree.append(leaf_hash(entry))[::HEIGHT]):
                levels[level].append(node)
        for tile in changed_tiles(old_size=old, new_size=tree.size):
            put(tile.path, _tile(tile, levels))
        for bundle in changed_bundles(ENTRIES, old_size=old, new_size=tree.size):
            first = bundle.index * WIDTH
            put(bundle.path, encode_bundle(hashes[first : first + bundle.width]))
        checkpoint = Checkpoint(origin=ORIGIN, size=tree.size, root=tree.root)
        put(CHECKPOINT, sign_checkpoint(checkpoint, seed=seed))
    seconds, batches = time.perf_counter() - start, -(-len(hashes) // batch)
    return {"entries_per_s": round(len(hashes) / seconds), "batch_ms": round(seconds / batches * 1000, 2)}


def _tile(tile: Tile, levels: Sequence[Sequence[bytes]]) -> bytes:
    first = tile.index * WIDTH
    return encode_tile(levels[tile.level][first : first + tile.width])


class _Disk:
    """Files that are on the disk, under their names, when `put` returns."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def put(self, path: str, data: bytes) -> None:
        """Replace the file at *path*."""
        file = self._root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.new")
        with beside.open("wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(files: Mapping[str, bytes], *, entries: int) -> dict[str, Any]:
    """Recompute the root from the entries, as an auditor does who has no proofs to verify."""
    start, tree = time.perf_counter(), Frontier()
    for bundle in changed_bundles(ENTRIES, old_size=0, new_size=entries):
        for entry in decode_bundle(files[bundle.path], width=bundle.width):
            tree.append(leaf_hash(entry))
    if tree.root != unverified_note(files[CHECKPOINT]).checkpoint.root:
        raise VerifyError("inclusion.root", "of the bench's own log")
    return {"entries_per_s": round(entries / (time.perf_counter() - start))}


def _totals(entries: int) -> dict[str, Any]:
    """Return what it costs to add the records up as they are read, and then to tell an epoch's total."""
    points = _points(entries)
    marks = sorted({round(entries * epoch / EPOCHS) for epoch in range(EPOCHS + 1)})
    engine, sums = group(), PrefixSums()
    start = time.perf_counter()
    for first, end in pairwise(marks):
        unit = encode(engine.add(*points[first:end]), engine)
        sums.extend(end, unit=unit, flag=unit)
    load = time.perf_counter() - start
    times = []
    for number in range(TOTALS):
        first, end = sorted((marks[number % len(marks)], marks[number * 7 % len(marks)]))
        start = time.perf_counter()
        sums.between(first, end)
        times.append((time.perf_counter() - start) * 1000)
    start = time.perf_counter()
    whole = encode(engine.add(*points), engine)
    anew = (time.perf_counter() - start) * 1000
    if whole != sums.between(0, entries).unit:
        raise VerifyError("sum.point", "of the bench's own records")
    told = {"load_ms": load * 1000, "total_ms": median(times), "total_max_ms": max(times), "anew_ms": anew}
    return {"epochs": len(marks) - 1} | {name: round(value, 4) for name, value in told.items()}


def _points(count: int) -> list[Point]:
    """Return so many points, each another."""
    engine = group()
    step = bases(engine).value
    found = [engine.mul(int.from_bytes(system_coins(HASH_SIZE), "big"), step)]
    while len(found) < count:
        found.append(engine.add(found[-1], step))
    return found


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{what}")
        sys.stderr.flush()


def log(
    *,
    entries: Annotated[int, typer.Option(min=EPOCHS, help="How many entries the log has at the end.")] = 100_000,
    batch: Annotated[int, typer.Option(min=1, help="How many at once, before each checkpoint.")] = 1024,
    as_json: AsJson = False,
) -> None:
    """Measure a log: appends with a durable checkpoint after each batch, reading it, and the total of an epoch.

    It writes to the folder for temporary files, in TMPDIR if that is set. A node's own log, with its database, is
    measured by `carnet-node bench --log`.
    """
    told = run(entries=entries, batch=batch, tick=_progress)
    _progress("")
    if as_json:
        show(told, as_json=True)
        return
    durable, memory, totals, ratios = told["durable"], told["memory"], told["totals"], told["ratios"]
    for line in (
        f"{entries:,} entries in batches of {batch:,}, each with a checkpoint",
        f"on the disk: {durable['entries_per_s']:,} a second, {ratios['durable_to_mark']} times the mark",
        f"in memory: {memory['entries_per_s']:,} a second, {ratios['memory_to_durable']} times as many",
        f"read again: {told['read']['entries_per_s']:,} a second",
        f"added up while they are read: {totals['load_ms']} ms in all",
        (
            f"the total of an epoch then: {totals['total_ms']} ms; anew: {totals['anew_ms']} ms,"
            f" {ratios['anew_to_total']} times as long"
        ),
    ):
        typer.echo(line)
