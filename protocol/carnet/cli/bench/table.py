"""A run of `carnet bench proofs` as people read it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from carnet.cli.terminal import printable

__all__ = ["render"]

WIDTH: Final = 100
MIB: Final = 2**20
MEASURES: Final = {"prove": "prove", "verify": "verify", "batch64": "in 64", "batch256": "in 256"}
GAINS: Final = ("prove", "verify", "batch256")
NOTHING: Final = "-"

Json = Mapping[str, Any]


def render(told: Json, console: Console | None = None) -> None:
    """Print *told*, which `carnet.cli.bench.proofs.run` returned."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH, file=console.file)
    console.print(_machine(told["machine"], told["rounds"]))
    console.print(_statements(told))
    for line in _legend(told):
        console.print(line)
    console.print(_tables(told))
    if told["peers"]:
        console.print(_peers(told))
    if "timing" in told:
        console.print(_timing(told["timing"]))
    for line in _system(told):
        console.print(line)


def _machine(machine: Json, rounds: int) -> str:
    packages = machine["packages"]
    scalars = f"gmpy2 {packages['gmpy2']}" if packages["gmpy2"] else "no gmpy2"
    return (
        f"{machine['system']} {machine['machine']}, {machine['cpus']} processors under a load of"
        f" {_number(machine['load_before'])}; Python {machine['python']}, {scalars}; medians of {rounds} rounds"
    )


def _statements(told: Json) -> Table:
    table = _new_table("", "statement", "engine")
    for heading in MEASURES.values():
        table.add_column(f"{heading}\nms", justify="right")
    for measure in GAINS:
        table.add_column(f"{MEASURES[measure]}\nx plain", justify="right")
    table.add_column("bytes", justify="right")
    gains = told["ratios"]["to_plain"]
    for statement in dict.fromkeys(name for engine in told["engines"].values() for name in engine["statements"]):
        shown = statement
        for name, engine in told["engines"].items():
            if (times := engine["statements"].get(statement)) is None:
                continue
            gain = gains.get(name, {}).get(statement, {})
            size = f"{times['bytes']:,}" if shown else ""
            table.add_row(
                shown,
                name,
                *(_number(times.get(f"{measure}_ms")) for measure in MEASURES),
                *(_number(gain.get(measure)) for measure in GAINS),
                size,
            )
            shown = ""
        table.add_section()
    return table


def _legend(told: Json) -> Iterator[str]:
    yield "ms: CPU time of one thread for each record, also where a proof is about several (TIERS4: four)"
    yield "in 64, in 256: verified in one batch of so many records; bytes: of one proof"
    yield "x plain: how many times as fast as the same library without tables"
    told_ratios = told["ratios"]
    for name in list(told["engines"])[:1]:
        tier, tiers = told_ratios["tier_to_range64"].get(name, {}), told_ratios["tiers4_to_tier"].get(name, {})
        if tier:
            prove, batch = _number(tier.get("prove")), _number(tier.get("batch256"))
            yield f"{name}: TIER proves at {prove} times RANGE64's cost, and verifies in batches of 256 at {batch}"
        if tiers:
            batch = _number(tiers.get("batch256"))
            yield f"{name}: a record of TIERS4 verifies in batches of 256 at {batch} times TIER's cost"
    if small := told_ratios["small_to_big"]:
        told_small = ", ".join(f"{name} {_number(each.get('prove'))}" for name, each in small.items())
        yield f"proving with small tables takes so many times as long as with big ones: {told_small}"


def _tables(told: Json) -> Table:
    table = _new_table("Tables of the generators, for vectors as long as TIER's", "engine")
    for heading in ("bits", "MiB", "made in ms", "MiB of a process with it, at most"):
        table.add_column(heading, justify="right")
    alone = told.get("memory", {}).get("engines", {})
    for name, engine in told["engines"].items():
        tables = engine["tables"]
        peak = alone.get(name, {}).get("peak_bytes")
        table.add_row(
            name,
            str(tables["bits"] or NOTHING),
            _number(tables["bytes"] / MIB) if tables["bits"] else NOTHING,
            _number(tables["build_ms"]) if tables["bits"] else NOTHING,
            _mebibytes(peak),
        )
    return table


def _peers(told: Json) -> Table:
    table = _new_table("Peers, at RANGE64; x ours: how many times the default engine's cost", "peer")
    for heading in ("prove\nms", "verify\nms", "prove\nx ours", "verify\nx ours", "bytes"):
        table.add_column(heading, justify="right")
    table.add_column("what it is")
    for name, peer in told["peers"].items():
        quotients = told["ratios"]["peers"].get(name, {})
        table.add_row(
            name,
            _number(peer.get("prove_ms")),
            _number(peer.get("verify_ms")),
            _number(quotients.get("prove")),
            _number(quotients.get("verify")),
            f"{peer['bytes']:,}" if "bytes" in peer else NOTHING,
            printable(peer.get("skipped", peer["what"])),
        )
    return table


def _timing(timing: Json) -> Table:
    small, large = map(int, timing["classes"])
    title = f"Does the time tell the amount, {small} from 2^{large.bit_length()} - 1? (|t| above {timing['threshold']})"
    table = _new_table(title, "call")
    for heading in (f"ns for {small}", "ns for the large one", "Welch's t"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for name, call in timing["calls"].items():
        stands_out = {None: NOTHING, True: "stands out", False: "does not"}[call["stands_out"]]
        if name == "mul":
            stands_out += " (variable-time, as a check of the test; no secret is given to it unmasked)"
        table.add_row(
            name, _number(call.get("small_ns")), _number(call.get("large_ns")), _number(call["t"]), stands_out
        )
    return table


def _system(told: Json) -> Iterator[str]:
    for name, rates in told.get("processes", {}).items():
        verb = {"prove": "proved", "audit": "verified"}[name]
        yield (
            f"TIER proofs {verb} per second: {_number(rates['one'])} by one process,"
            f" {_number(rates['two'])} by two: {_number(rates['ratio'])} times"
        )
    if start := told.get("start"):
        yield (
            f"importing carnet takes {_number(start['import_ms'])} ms;"
            f" the generators for TIER, when first needed, {_number(start['generators_ms'])} ms"
        )
    if memory := told.get("memory"):
        yield f"memory of this run: {_mebibytes(memory['peak_bytes'])} MiB at most"


def _new_table(title: str, *headings: str) -> Table:
    table = Table(
        title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _mebibytes(count: int | None) -> str:
    return _number(None if count is None else count / MIB)


def _number(value: float | None) -> str:
    """Return *value* with three digits that count, or more where it has them before the point."""
    if value is None:
        return NOTHING
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
