"""`carnet bench proofs`: what proving and verifying costs here, by every engine at once."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, final

import typer

from carnet.cli.bench.clock import CLOCK, Tick, measure
from carnet.cli.bench.engines import ENGINES, FULL, Effort, contenders, engine_results, tasks
from carnet.cli.bench.peers import PEERS, peer_results, peer_tasks, ready
from carnet.cli.bench.ratios import ratios
from carnet.cli.bench.system import STARTS, footprints, machine, processes
from carnet.cli.bench.timing import SAMPLES, timing
from carnet.cli.bench.works import MAIN, STATEMENTS
from carnet.cli.terminal import AsJson, show
from carnet.crypto.group import group
from carnet.errors import UsageError

__all__ = ["Plan", "proofs", "run"]

ROUNDS: Final = 5
LINE: Final = 100


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a run does, and how much of it; 0 *timing_samples*, *process_proofs* or *starts* is none of it."""

    rounds: int = ROUNDS
    engines: Sequence[str] | None = None
    statements: Sequence[str] = MAIN
    effort: Effort = FULL
    peers: Sequence[str] = ()
    peer_python: str | None = None
    timing_samples: int = SAMPLES
    process_proofs: int = 64
    process_rounds: int = 3
    process_tables: bool = True
    starts: int = STARTS


def run(plan: Plan, *, tick: Tick) -> dict[str, Any]:
    """Return what `carnet bench proofs --json` prints; README.md says what its keys mean."""
    unknown = [name for name in plan.statements if name not in STATEMENTS]
    if unknown:
        raise UsageError(f"no statement is called {unknown[0]}: there are {', '.join(STATEMENTS)}")
    told: dict[str, Any] = {"machine": machine(), "clock": CLOCK, "rounds": plan.rounds}
    those = contenders(plan.engines, plan.statements, tick=tick)
    found, sizes = tasks(those, plan.statements, effort=plan.effort, tick=tick)
    peers = ready(plan.peers, python=plan.peer_python, tick=tick) if plan.peers else {}
    samples = measure([*found, *peer_tasks(peers)], rounds=plan.rounds, tick=tick)
    told["engines"] = engine_results(those, samples, sizes, effort=plan.effort)
    told["peers"] = peer_results(peers, samples)
    told["ratios"] = ratios(told["engines"], told["peers"])
    if plan.timing_samples:
        told["timing"] = timing(group(), samples=plan.timing_samples, tick=tick)
    if plan.process_proofs:
        told["processes"] = processes(
            proofs=plan.process_proofs, rounds=plan.process_rounds, tables=plan.process_tables, tick=tick
        )
    if plan.starts:
        told["start"], told["memory"] = footprints(those, starts=plan.starts, tick=tick)
    return told


def _progress(what: str) -> None:
    """Show *what* is done, in one line; no thread draws it, which would take its time from what is measured."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{what[:LINE]}")
        sys.stderr.flush()


Engines = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help=f"Only these engines, of {', '.join(ENGINES)}.")
]
Statements = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help=f"Only these statements, of {', '.join(STATEMENTS)}.")
]
Against = Annotated[bool, typer.Option("--against", help=f"Peers too, as far as installed: {', '.join(PEERS)}.")]
PeerPython = Annotated[
    str | None, typer.Option(metavar="FILE", help="The interpreter that has dalek's wheel, if not this one.")
]
NoTiming = Annotated[bool, typer.Option("--no-timing", help="No test of whether times tell the size of an amount.")]


def proofs(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How often each task is done, engine by engine.")] = ROUNDS,
    engine: Engines = None,
    statement: Statements = None,
    everything: Annotated[bool, typer.Option("--all", help=f"All statements, not only {', '.join(MAIN)}.")] = False,
    against: Against = False,
    peer_python: PeerPython = None,
    no_timing: NoTiming = False,
    as_json: AsJson = False,
) -> None:
    """Measure proofs by every engine here: prove, verify, batches; what tables, a second process and memory come to.

    It takes a minute or two. Times are medians over all rounds, in milliseconds for each record.
    """
    if everything and statement:
        raise UsageError("--all, or some --statement: one of them")
    plan = Plan(
        rounds=rounds,
        engines=engine,
        statements=statement or (tuple(STATEMENTS) if everything else MAIN),
        peers=tuple(PEERS) if against or peer_python else (),
        peer_python=peer_python,
        timing_samples=0 if no_timing else SAMPLES,
    )
    told = run(plan, tick=_progress)
    _progress("")
    if as_json:
        show(told, as_json=True)
    else:
        from carnet.cli.bench.table import render  # noqa: PLC0415 - takes a while to load, as all of rich does

        render(told)
