"""``carnet-audit bench``: how fast published folders are verified here, and how much memory that takes (spec/audit.md).

The audit is run as its user runs it, by a process of its own that is watched from outside. Beside it stands what the
bare batch verification of the same proofs comes to, measured before and after each run, in as many processes.
"""

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, final

import typer
from rich.console import Console
from rich.table import Table

from carnet.crypto.coins import system_coins
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError, read_directory, read_items, read_pack
from carnet.log.notice import decode_item
from carnet.log.record import Record, proof_item
from carnet.log.tiles import PROOFS, RECORDS, WIDTH, Bundle
from carnet.policy.pack import PolicyPack
from carnet.workers import Workers, cores
from carnet.zk.statement import Item, find_bad
from carnet_audit.arguments import fail
from carnet_audit.fetch import SourceError, open_source

BUNDLES: Final = 8
"""Of how many full bundles the bare verification is measured."""
WATCH_S: Final = 0.2
KIB: Final = 2**10
MIB: Final = 2**20


def bench(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Published folders, of 256 records at least.")],
    *,
    authority: Annotated[str, typer.Option(metavar="KEY", help="As for verify.")],
    workers: Annotated[
        list[int] | None, typer.Option(metavar="N", min=1, help="With how many processes; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the audit of sources: records a second, beside bare batch verification, and memory."""
    try:
        with open_source(sources[0]) as read:
            jobs = _bundles(read)
    except SourceError as error:
        fail(str(error))
    measured = [_measure(sources, authority, number, jobs) for number in workers or sorted({1, cores()})]
    if as_json:
        sys.stdout.write(json.dumps({"sources": sources, "runs": measured}, indent=1) + "\n")
        return
    table = Table(show_edge=False)
    for column in (
        "processes",
        "records",
        "seconds",
        "records/s",
        "bare proofs/s",
        "ratio",
        "of CPU time",
        "peak MiB",
        "verdict",
    ):
        table.add_column(column, justify="right")
    for each in measured:
        table.add_row(*(str(each[name]) for name in each))
    Console().print(table)


def _measure(sources: Sequence[str], authority: str, workers: int, jobs: Sequence[Sequence[Item]]) -> dict[str, Any]:
    """Return what one audit took, with bare verification before and after it."""
    before, cpu_before = _bare(jobs, workers), _bare_cpu(jobs)
    report, seconds, cpu, peak = _audit(sources, authority, workers)
    bare, bare_cpu = (before + _bare(jobs, workers)) / 2, (cpu_before + _bare_cpu(jobs)) / 2
    records = sum(each["counts"]["records"] for each in report["sources"])
    return {
        "workers": workers,
        "records": records,
        "seconds": round(seconds, 2),
        "records_per_s": round(records / seconds, 1),
        "bare_proofs_per_s": round(bare, 1),
        "ratio": round(records / seconds / bare, 3),
        "cpu_ratio": round(records / cpu / bare_cpu, 3),
        "peak_mib": None if peak is None else round(peak / MIB, 1),
        "verdict": report["verdict"],
    }


def _audit(sources: Sequence[str], authority: str, workers: int) -> tuple[dict[str, Any], float, float, int | None]:
    """Return what ``carnet-audit verify`` reports, its seconds, those of processors, and the most memory at once."""
    command = [sys.executable, "-m", "carnet_audit", "verify", "--json", "--authority", authority]
    begun, used = time.monotonic(), _children_cpu()
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--workers", str(workers), *sources], stdout=subprocess.PIPE
    )
    watch = _Watch(process.pid)
    out, _ = process.communicate()
    seconds = time.monotonic() - begun
    if not out:
        fail("the audit printed no report")
    return json.loads(out), seconds, _children_cpu() - used, watch.end()


def _children_cpu() -> float:
    """Return how many seconds of processors this process's children have used that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bundles(read: Read) -> list[list[Item]]:
    """Return the proofs of the first full bundles, ready to be verified: those that an audit verifies."""
    try:
        directory = read_directory(read, authority=None)
        found: list[list[Item]] = []
        packs: dict[bytes, PolicyPack] = {}
        for index in range(BUNDLES):
            try:
                records = read_items(read, Bundle(tree=RECORDS, index=index, width=WIDTH))
            except UnreadableError:
                break
            proofs = read_items(read, Bundle(tree=PROOFS, index=index, width=WIDTH))
            both = [(decode_item(data), proof) for data, proof in zip(records, proofs, strict=True)]
            for named in {each.pack for each, _ in both if isinstance(each, Record)} - packs.keys():
                packs[named] = read_pack(read, named, directory=directory)
            found.append(
                [proof_item(each, packs[each.pack], proof) for each, proof in both if isinstance(each, Record)]
            )
    except (PeerError, UnreadableError) as error:
        fail(f"the first source: {error}")
    if not found:
        fail("the first source has no full bundle of 256 records")
    return found


def _bare(jobs: Sequence[Sequence[Item]], workers: int) -> float:
    """Return how many proofs a second so many processes verify, in batches, once they have started."""
    with Workers(workers) as pool:
        for _ in pool.stream(_verify, [jobs[0]] * (2 * workers)):
            pass
        begun = time.monotonic()
        done = sum(pool.stream(_verify, jobs))
        return done / (time.monotonic() - begun)


def _bare_cpu(jobs: Sequence[Sequence[Item]]) -> float:
    """Return how many proofs are verified in a second of a processor, whoever else uses it."""
    begun = time.process_time()
    done = sum(map(_verify, jobs))
    return done / (time.process_time() - begun)


def _verify(items: Sequence[Item]) -> int:
    """Verify *items* at once; return how many there are: a job."""
    find_bad(items, coins=system_coins)
    return len(items)


@final
class _Watch:
    """Looks again and again how much memory a process and its children hold, where the system tells."""

    def __init__(self, pid: int) -> None:
        self._pid: Final = pid
        self._peak = 0
        self._done: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> int | None:
        """Stop looking; return the most that was seen, in bytes, or None if the system does not tell."""
        self._done.set()
        self._thread.join()
        return self._peak or None

    def _look(self) -> None:
        while not self._done.wait(WATCH_S):
            self._peak = max(self._peak, sum(_resident(each) for each in (self._pid, *_children(self._pid))))


def _children(pid: int) -> list[int]:
    """Return the processes that *pid* has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(each) for task in tasks for each in (task / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    """Return how many bytes of memory *pid* holds that are its own, what it shares with others in equal parts."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KIB
    except OSError:
        pass
    return 0
