"""``carnet-audit explain``: what a check means, and what to do when it fails (spec/audit.md#checks)."""

import json
import sys
from itertools import groupby
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carnet_audit.arguments import fail
from carnet_audit.explain import EXPLAINED, Explanation, Refusal, explanation, nearest, refusals, step_title

WIDTH: Final = 100
"""Longer lines are hard to read, however wide the window is."""


def explain(
    check: Annotated[str | None, typer.Argument(metavar="CHECK", help="Its name, for example log.fork.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a check means, why it may fail, and what to do then; without a name, list all checks."""
    refusal = None if check is None else refusals().get(check)
    if refusal is not None:
        _refusal(refusal, as_json=as_json)
        return
    if check is not None and check not in EXPLAINED:
        found = nearest(check)
        fail(f"no check is called {check!r}; " + (f"did you mean {_either(found)}?" if found else "explain lists all"))
    if as_json:
        one = [explanation(name).to_json() for name in (EXPLAINED if check is None else [check])]
        sys.stdout.write(json.dumps(one if check is None else one[0], indent=1, ensure_ascii=False) + "\n")
        return
    console = Console(highlight=False)
    console.width = min(console.width, WIDTH)
    if check is None:
        _list(console)
    else:
        _one(explanation(check), console)


def _refusal(refusal: Refusal, *, as_json: bool) -> None:
    """Print why something is not opened."""
    if as_json:
        sys.stdout.write(json.dumps(refusal.to_json(), indent=1, ensure_ascii=False) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(refusal.check, "bold"), Text(refusal.says, "dim"), sep="  ")
    console.print()
    console.print("No step of an audit: what fails this check is not opened at all, and nothing in it is believed.")
    console.print(Text(refusal.spec, "dim"))


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _list(console: Console) -> None:
    """Print every check, step by step, and then those of spot checks."""

    def step(told: Explanation) -> tuple[bool, int]:
        return told.step is None, told.step or 0

    for _, group in groupby(sorted(map(explanation, EXPLAINED), key=step), key=step):
        every = list(group)
        place = f" ({every[0].spec})" if every[0].step != 0 else ""
        console.print(Text(f"{step_title(every[0].step)}{place}", "bold"))
        for told in every:
            console.print(Padding(Text(told.check, "cyan"), (0, 0, 0, 2)))
            console.print(Padding(Text(told.says), (0, 0, 0, 6)))
        console.print()
    console.print("carnet-audit explain CHECK says more of one.")


def _one(told: Explanation, console: Console) -> None:
    """Print all that there is to say about one check."""
    console.print(Text(told.check, "bold"), Text(told.says, "dim"), sep="  ")
    console.print()
    console.print(Text(told.means))
    console.print()
    console.print(Text("What its failure shows", "bold"))
    console.print(Padding(Text(told.shows), (0, 0, 0, 2)))
    parts = (
        ("Why it can fail if nobody cheats", told.honest),
        ("Why it fails if somebody does", told.dishonest),
        ("What to do next", told.next),
    )
    for title, lines in parts:
        console.print(Text(title, "bold"))
        bullets = Table.grid(padding=(0, 1, 0, 0))
        for line in lines:
            bullets.add_row("  -", Text(line))
        console.print(bullets)
    console.print()
    console.print(Text(f"{step_title(told.step)}: {told.spec}", "dim"))
