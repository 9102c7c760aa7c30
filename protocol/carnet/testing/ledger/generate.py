"""Generated networks: in memory, for tests and drills, or as folders of any size, made by several processes.

Batches are proven wherever there is room and written down one by one; a generation that was interrupted goes on with
the first that is missing. What comes out depends on the plan alone.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from carnet.errors import UsageError
from carnet.testing.ledger.batch import Batch, decode_batch, make_batch
from carnet.testing.ledger.chronicle import HONEST, Conduct, publish
from carnet.testing.ledger.plan import Interval, Plan
from carnet.testing.ledger.society import Society, choose_laws
from carnet.workers import Workers

SIZE: Final = 128
"""How many records a batch has, unless more transfers fell into it."""
WORK: Final = ".batches"
PLAN: Final = "plan.json"
AUTHORITY: Final = "authority"
SPARE: Final = {2: 60}
"""How many transfers an interval has for each VASP: few enough that its records and some covers fill `SIZE`."""
USUAL: Final = 50


def plan_of(
    *,
    seed: str,
    vasps: int = 2,
    records: int,
    epochs: int = 3,
    quiet: int = 0,
    secret: str = "",
    laws: tuple[str, ...] = (),
    unmoved: bool = False,
) -> Plan:
    """Return the plan of a network in which each VASP has about so many *records*."""
    if records < 1:
        raise UsageError("at least one record")
    batches = -(-records // SIZE)
    interval = SIZE if unmoved and vasps == 2 else vasps * SPARE.get(vasps, USUAL)
    few = records < SIZE
    society = Society(seed=seed, laws=laws or choose_laws(vasps), epochs=epochs, quiet=quiet)
    transfers = max(1, records * vasps * USUAL // SIZE) if few else batches * interval
    return Plan(society=society, transfers=transfers, interval=interval, secret=secret, unmoved=unmoved)


Folders = dict[str, dict[str, bytes]]
"""What each VASP publishes: its files by path."""


def folders(plan: Plan, *, conduct: Conduct = HONEST) -> Folders:
    """Return what all VASPs of a small network publish."""
    made: Folders = {vasp: {} for vasp in plan.society.vasps}

    def put(vasp: str, path: str, data: bytes) -> None:
        made[vasp][path] = data

    batches = ((interval, decode_batch(_made(plan, interval))) for interval in plan.intervals())
    publish(plan, batches, put, conduct=conduct)
    return made


@cache
def _made(plan: Plan, interval: Interval) -> bytes:
    return make_batch((plan, interval))


def generate(root: Path, plan: Plan, *, workers: Workers, progress: Callable[[int, int], None]) -> None:
    """Write what all VASPs of *plan* publish into folders under *root*; go on if it was begun before.

    *progress* is told how many batches of how many are done.
    """
    _begin(root, plan)
    total = sum(1 for _ in plan.intervals())

    def put(vasp: str, path: str, data: bytes) -> None:
        file = root / vasp / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def batches() -> Iterator[tuple[Interval, Batch]]:
        for done, found in enumerate(_batches(root / WORK, plan, workers), start=1):
            progress(done, total)
            yield found

    publish(plan, batches(), put)
    (root / AUTHORITY).write_text(plan.society.authority.hex() + "\n", encoding="ascii")


def _begin(root: Path, plan: Plan) -> None:
    """Make *root*, or see that it is of the same plan."""
    society = plan.society
    told = {
        "seed": society.seed,
        "laws": list(society.laws),
        "epochs": society.epochs,
        "quiet": society.quiet,
        "transfers": plan.transfers,
        "interval": plan.interval,
        "secret": plan.secret,
        "unmoved": plan.unmoved,
        "end": society.end,
    }
    (root / WORK).mkdir(parents=True, exist_ok=True)
    file = root / PLAN
    if file.exists():
        if json.loads(file.read_text(encoding="utf-8")) != told:
            raise UsageError(f"{root} holds another network")
    elif any(each.name != WORK for each in root.iterdir()):
        raise UsageError(f"{root} is not empty")
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _batches(work: Path, plan: Plan, workers: Workers) -> Iterator[tuple[Interval, Batch]]:
    """Yield all batches, in order; those that are not on disk yet are made first."""
    missing = (each for each in plan.intervals() if not _file(work, each).exists())
    jobs = workers.stream(_store, ((plan, each, str(work)) for each in missing))
    for interval in plan.intervals():
        file = _file(work, interval)
        while not file.exists():
            next(jobs)
        yield interval, decode_batch(file.read_bytes())


def _store(job: tuple[Plan, Interval, str]) -> None:
    """Make a batch and write it to its file, all of it or nothing."""
    plan, interval, work = job
    file = _file(Path(work), interval)
    partial = file.with_suffix(".part")
    partial.write_bytes(make_batch((plan, interval)))
    partial.replace(file)


def _file(work: Path, interval: Interval) -> Path:
    return work / str(interval.number)
