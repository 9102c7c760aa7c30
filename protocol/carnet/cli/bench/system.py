"""What proofs take of a machine: the machine itself, start-up, memory, and what a second process gains."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

from carnet.cli.bench.clock import Tick
from carnet.cli.bench.engines import Contender
from carnet.cli.bench.footprint import peak_bytes
from carnet.cli.bench.works import STATEMENTS, Work
from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.errors import UsageError
from carnet.workers import Workers, cores
from carnet.zk.statement import Item, find_bad

__all__ = ["footprints", "fresh", "installed", "machine", "processes"]

PACKAGES: Final = ("btclib-secp256k1", "coincurve", "gmpy2", "numpy", "py_ecc")
STARTS: Final = 5
FOOTPRINT: Final = Path(__file__).with_name("footprint.py")
BATCH: Final = 64
TWO: Final = 2
AUDITS: Final = 16
"""How many batches are verified in a round."""


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "cpus_usable": cores(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "packages": {name: installed(name) for name in PACKAGES},
    }


def installed(package: str) -> str | None:
    """Return the version of *package*, or None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def fresh(script: Path, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
    """Return the object that *script* prints in a process of its own, to which the modules beside it are unknown."""
    done = subprocess.run(  # noqa: S603 - a script of ours
        [python, str(script), *arguments],
        check=True,
        capture_output=True,
        timeout=600,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def footprints(
    those: Sequence[Contender], *, starts: int = STARTS, tick: Tick
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what start-up takes, and how much memory this process and each engine alone takes."""
    begun = []
    for number in range(starts):
        tick(f"start-up {number + 1} of {starts}")
        begun.append(fresh(FOOTPRINT, "libsecp256k1", "0", "", "0"))
    start = {
        "import_ms": round(median(each["import_ms"] for each in begun), 1),
        "import_min_ms": min(each["import_ms"] for each in begun),
        "generators_ms": round(median(each["generators_ms"] for each in begun), 1),
    }
    memory: dict[str, Any] = {"peak_bytes": peak_bytes(), "engines": {}}
    for one in those:
        tick(f"memory: {one.name}")
        engine = one.engine
        hardened, batch = "hardened" if engine.hardened else "", BATCH if engine.batches else 1
        alone = fresh(FOOTPRINT, engine.library, str(engine.tables.value), hardened, str(batch))
        memory["engines"][one.name] = {"peak_bytes": alone["peak_bytes"]}
    return start, memory


def processes(*, proofs: int, rounds: int, tables: bool = True, tick: Tick) -> dict[str, Any]:
    """Return how many TIER proofs one process and two make, and verify, each second: the medians of *rounds*.

    Processes have started before, and made their *tables*.
    """
    tick("processes: getting ready")
    works = [STATEMENTS["TIER"].work(number) for number in range(proofs)]
    items = [work.item() for work in works]
    # proving goes in jobs of a few proofs, and auditing in jobs as large as an auditor's batches
    small = max(1, proofs // 8)
    jobs: Mapping[str, tuple[Callable[[Any], int], list[Any]]] = {
        "prove": (_prove, [works[at : at + small] for at in range(0, proofs, small)]),
        "audit": (_audit, [items] * AUDITS),
    }
    rates: dict[tuple[str, str], list[float]] = {}
    with Workers(1, apart=True) as one, Workers(TWO) as two:
        _warm(one, 1, tables=tables)
        _warm(two, TWO, tables=tables)
        for number in range(rounds):
            for name, (function, batches) in jobs.items():
                for count, workers in (("one", one), ("two", two)):
                    tick(f"processes: round {number + 1} of {rounds}: {name} by {count}")
                    rates.setdefault((name, count), []).append(_rate(workers, function, batches))
    return {name: _gain(rates[name, "one"], rates[name, "two"]) for name in jobs}


def _gain(one: Sequence[float], two: Sequence[float]) -> dict[str, float]:
    quotients = [more / less for less, more in zip(one, two, strict=True)]
    return {
        "one": round(median(one), 2),
        "two": round(median(two), 2),
        "ratio": round(median(quotients), 3),
        "ratio_max": round(max(quotients), 3),
    }


def _rate(workers: Workers, function: Callable[[Any], int], jobs: Sequence[Any]) -> float:
    start = time.perf_counter()
    done = sum(workers.stream(function, jobs))
    return done / (time.perf_counter() - start)


def _warm(workers: Workers, count: int, *, tables: bool) -> None:
    """Have every process start and make its tables: none that has is free for another one's job in that time."""
    ready: set[int] = set()
    while len(ready) < count:
        ready |= {job.result() for job in [workers.submit(_ready, tables) for _ in range(count)]}


def _ready(tables: bool) -> int:
    if tables:
        bases(group()).build(STATEMENTS["TIER"].length)
    item = STATEMENTS["TIER"].work(0).item()
    _audit([item] * BATCH)
    return os.getpid()


def _prove(works: Sequence[Work]) -> int:
    for work in works:
        work.proof()
    return len(works)


def _audit(items: Sequence[Item]) -> int:
    if find_bad(items, coins=system_coins):
        raise UsageError("a proof that is good was refused")
    return len(items)
