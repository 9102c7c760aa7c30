"""Who is measured: every engine that loads, with tables of every size; and what it is measured at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any, Final, final

from carnet.cli.bench.clock import Samples, Task, cpu_ms, summary
from carnet.cli.bench.works import STATEMENTS, Statement
from carnet.crypto.coins import system_coins
from carnet.crypto.group import Group, TableSize, available, group
from carnet.crypto.group.generators import bases
from carnet.errors import UsageError
from carnet.zk.statement import Item, find_bad, verify

__all__ = ["ENGINES", "FULL", "Contender", "Effort", "Engine", "contenders", "engine_results", "tasks"]

TIER_LENGTH: Final = 128


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine and its setting, under the name that it has here."""

    library: str = "libsecp256k1"
    tables: TableSize = TableSize.SMALL
    hardened: bool = False
    batches: bool = True
    slow: bool = False
    plain: str = "libsecp256k1/plain"
    """The engine that it is set against."""

    def group(self) -> Group:
        """Return the engine itself."""
        return group(self.library, tables=self.tables, hardened=self.hardened)


ENGINES: Final[Mapping[str, Engine]] = {
    "libsecp256k1": Engine(),
    "libsecp256k1/plain": Engine(tables=TableSize.NONE),
    "libsecp256k1/big": Engine(tables=TableSize.BIG),
    "libsecp256k1/hardened": Engine(tables=TableSize.NONE, hardened=True, batches=False),
    "coincurve": Engine(library="coincurve", plain="coincurve/plain"),
    "coincurve/plain": Engine(library="coincurve", tables=TableSize.NONE, plain="coincurve/plain"),
    "reference": Engine(library="reference", tables=TableSize.NONE, batches=False, slow=True),
}
WARM: Final = "batch64"
"""The batch that warms up for the larger one too."""
SLOW_STATEMENTS: Final = ("RANGE64", "GE", "LT", "TIER")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done: how often in a round, and how large a batch is, in records and in proofs that differ."""

    proves: int = 2
    verifies: int = 3
    batches: Mapping[str, int]
    different: int = 64


FULL: Final = Effort(batches={"batch64": 64, "batch256": 256})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """An engine whose tables have been made, and how long that took."""

    name: str
    engine: Engine
    group: Group
    tables: Mapping[str, Any]

    def takes(self, statement: str) -> bool:
        """Tell whether the engine is measured at *statement*: a slow one is at the four that need a range alone."""
        return not self.engine.slow or statement in SLOW_STATEMENTS


def contenders(
    names: Sequence[str] | None, statements: Sequence[str], *, tick: Callable[[str], None]
) -> list[Contender]:
    """Return the engines called *names*, or all that load here, ready to be measured at *statements*."""
    unknown = [name for name in names or () if name not in ENGINES]
    if unknown:
        raise UsageError(f"no engine is called {unknown[0]}: there are {', '.join(ENGINES)}")
    found = [name for name in names or ENGINES if ENGINES[name].library in available()]
    if not found:
        raise UsageError("none of these engines loads here")
    longest = max(STATEMENTS[name].length for name in statements)
    return [_ready(name, longest=longest, tick=tick) for name in found]


def _ready(name: str, *, longest: int, tick: Callable[[str], None]) -> Contender:
    """Make the tables, first those that TIER needs, then those for vectors of length *longest*."""
    tick(f"tables: {name}")
    engine = ENGINES[name].group()
    basis = bases(engine)
    basis.vectors(max(longest, TIER_LENGTH))
    build = cpu_ms(lambda: basis.build(TIER_LENGTH))
    told = {"bits": ENGINES[name].tables.value, "bytes": basis.memory, "build_ms": round(build, 1)}
    if longest > TIER_LENGTH:
        basis.build(longest)
    return Contender(name=name, engine=ENGINES[name], group=engine, tables=told | {"bytes_in_use": basis.memory})


def tasks(
    those: Sequence[Contender], statements: Sequence[str], *, effort: Effort, tick: Callable[[str], None]
) -> tuple[list[Task], dict[str, int]]:
    """Return all that is to be measured, and the size of each statement's proofs.

    The proofs that are verified are the same for all engines, and come from the first one.
    """
    found: list[Task] = []
    sizes: dict[str, int] = {}
    for name in statements:
        statement = STATEMENTS[name]
        taking = [each for each in those if each.takes(name)]
        if not taking:
            continue
        batched = any(each.engine.batches for each in taking)
        different = max(1, effort.different // statement.records if batched else 1)
        tick(f"proofs to be verified: {name}")
        items = [statement.work(number).item(_fastest(taking)) for number in range(different)]
        sizes[name] = len(items[0].proof)
        found += [_prove(each, name, statement, effort) for each in taking]
        found += [_verify(each, name, statement, items[0], effort) for each in taking]
        for batch, records in effort.batches.items():
            size = max(1, records // statement.records)
            some = list(islice(cycle(items), size))
            found += [_batch(each, (name, batch), statement, some) for each in taking if each.engine.batches]
    return found, sizes


def _fastest(those: Sequence[Contender]) -> Group:
    return max(those, key=lambda each: each.engine.tables.value).group


def _prove(one: Contender, name: str, statement: Statement, effort: Effort) -> Task:
    slow, work = one.engine.slow, statement.work(0)
    return Task(
        key=(one.name, name, "prove"),
        sample=partial(cpu_ms, partial(work.proof, one.group)),
        times=1 if slow else effort.proves,
        units=statement.records,
        once=slow,
    )


def _verify(one: Contender, name: str, statement: Statement, item: Item, effort: Effort) -> Task:
    slow = one.engine.slow
    return Task(
        key=(one.name, name, "verify"),
        sample=partial(cpu_ms, partial(verify, item.claim, item.proof, on=item.on, engine=one.group)),
        times=1 if slow else effort.verifies,
        units=statement.records,
        once=slow,
    )


def _batch(one: Contender, what: tuple[str, str], statement: Statement, items: Sequence[Item]) -> Task:
    def run() -> None:
        if find_bad(items, coins=system_coins, engine=one.group):
            raise UsageError(f"{one.name} refuses a proof of {what[0]} that is good")

    return Task(
        key=(one.name, *what), sample=partial(cpu_ms, run), units=len(items) * statement.records, warm=what[1] == WARM
    )


def engine_results(
    those: Sequence[Contender], samples: Samples, sizes: Mapping[str, int], *, effort: Effort
) -> dict[str, Any]:
    """Return what is told of each engine: its tables, and each statement's times and bytes."""
    measures = ["prove", "verify", *effort.batches]
    told: dict[str, Any] = {}
    for one in those:
        statements: dict[str, Any] = {}
        for name, size in sizes.items():
            if not one.takes(name):
                continue
            times: dict[str, Any] = {}
            for measure in measures:
                times |= summary(samples.get((one.name, name, measure)), measure)
            statements[name] = times | {"bytes": size, "records": STATEMENTS[name].records}
        told[one.name] = {"tables": dict(one.tables), "statements": statements}
    return told
