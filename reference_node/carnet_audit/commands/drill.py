"""``carnet-audit drill``: cheat in an invented network, and see the audit find it (spec/audit.md#drills)."""

import json
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carnet_audit.arguments import fail
from carnet_audit.drill import HONEST, Drill, Result, drills, perform
from carnet_audit.drill.stage import Stage, network
from carnet_audit.render import WORDS

WIDTH: Final = 100
SHOWN: Final = 6


def drill(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Which; all, if none is named.")] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="List the drills, and do none.")] = False,
    keep: Annotated[Path | None, typer.Option(help="A new folder in which all that was published is left.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play out how VASPs might cheat, on an invented network, and what this audit says of it.

    Exit status 0 if each fault is caught by the check that must catch it, 1 if not.
    """
    known = drills()
    if unknown := [name for name in names or [] if name not in known]:
        fail(f"no drill is called {unknown[0]!r}; --list tells all")
    chosen = [known[name] for name in names] if names else list(known.values())
    if listed:
        _list(chosen, as_json=as_json)
        return
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        fail(f"{keep}: not an empty folder")
    try:
        results = _perform(chosen, keep=keep, console=None if as_json else Console(highlight=False))
    except OSError as error:
        fail(f"{error.filename or keep}: {error.strerror}")
    if as_json:
        sys.stdout.write(json.dumps([each.to_json() for each in results], indent=1, ensure_ascii=False) + "\n")
    raise typer.Exit(0 if all(each.as_expected for each in results) else 1)


def _perform(chosen: list[Drill], *, keep: Path | None, console: Console | None) -> list[Result]:
    """Perform the drills that were chosen, and tell of each as it ends."""
    plan, results = network(), []
    with nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory() as folder:
        for each in chosen:
            root = Path(folder) / each.name
            root.mkdir(parents=True)
            with console.status(f"{each.name} ...") if console else nullcontext():
                result = perform(each, Stage(root=root, plan=plan))
            results.append(result)
            if console:
                _tell(result, console, kept=keep is not None)
    if console:
        _table(results, console)
    return results


def _list(chosen: list[Drill], *, as_json: bool) -> None:
    if as_json:
        listed = [{"drill": each.name, "title": each.title, "checks": list(each.checks)} for each in chosen]
        sys.stdout.write(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")
        return
    table = Table(show_edge=False)
    for column in ("drill", "what it shows", "caught by"):
        table.add_column(column, overflow="fold")
    for each in chosen:
        table.add_row(each.name, each.title, _caught_by(each))
    Console(highlight=False).print(table)


def _caught_by(each: Drill) -> str:
    if each.checks:
        return ", ".join(each.checks)
    return "nothing to catch" if each.name == HONEST else "not caught: a declared limit"


def _tell(result: Result, console: Console, *, kept: bool) -> None:
    """Tell the story of one drill."""
    drill = result.drill
    console.width = min(console.width, WIDTH)
    console.rule(Text(f"{drill.name}: {drill.title}", "bold"), align="left")
    for title, text in (
        ("What somebody did", drill.done),
        ("What the auditor saw", drill.shown),
    ):
        _paragraph(title, text, console)
    findings = sorted(result.saw.findings, key=lambda each: each.check not in drill.checks)
    for each in findings[:SHOWN]:
        style = "bold red" if each.check in drill.checks else "yellow"
        console.print(Padding(Text.assemble((each.check, style), "  ", each.message), (0, 0, 0, 4)))
        console.print(Padding(Text(each.where, "dim"), (0, 0, 0, 6)))
    if more := len(findings[SHOWN:]):
        console.print(Padding(Text(f"and {more} more"), (0, 0, 0, 4)))
    console.print(Padding(Text(f"verdict: {WORDS[result.saw.verdict]}", "bold"), (0, 0, 0, 4)))
    _paragraph("Why", drill.caught, console)
    _paragraph("What to do", drill.next, console)
    if kept and result.saw.command:
        console.print(Text("See for yourself", "cyan"))
        console.print(Text(result.saw.command), soft_wrap=True)  # to be copied
    if not result.as_expected:
        missing = sorted(set(drill.checks) - result.saw.checks)
        told = f"expected {WORDS[drill.verdict]}" + (f" by {', '.join(missing)}" if missing else "")
        console.print(Text(f"NOT AS EXPECTED: {told}", "bold white on red"))
    console.print()


def _paragraph(title: str, text: str, console: Console) -> None:
    console.print(Text(title, "cyan"))
    console.print(Padding(Text(" ".join(text.split())), (0, 0, 0, 4)))


def _table(results: list[Result], console: Console) -> None:
    """Print what came of all drills."""
    table = Table(show_edge=False)
    for column in ("drill", "verdict", "caught by", ""):
        table.add_column(column, overflow="fold")
    for each in results:
        mark = Text("as expected", "green") if each.as_expected else Text("NOT AS EXPECTED", "bold red")
        caught = ", ".join(name for name in each.drill.checks if name in each.saw.checks)
        table.add_row(each.drill.name, WORDS[each.saw.verdict], caught or _caught_by(each.drill), mark)
    console.print(table)
    good = sum(each.as_expected for each in results)
    console.print(f"{good} of {len(results)} drills as expected")
