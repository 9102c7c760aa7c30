"""``python -m carnet.testing.ledger OUT``: write what the VASPs of an invented network publish."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from carnet.errors import UsageError
from carnet.testing.ledger.generate import AUTHORITY, generate, plan_of
from carnet.workers import WorkerDiedError, Workers


def write(
    out: Annotated[Path, typer.Argument(help="A new folder, or one whose generation was interrupted.")],
    *,
    vasps: Annotated[int, typer.Option(min=2, help="How many VASPs there are.")] = 2,
    records: Annotated[int, typer.Option(min=1, help="How many records each of them has, about.")] = 1000,
    epochs: Annotated[int, typer.Option(min=1, help="On how many days they send.")] = 3,
    quiet: Annotated[int, typer.Option(min=0, help="How many days of reports alone come after these.")] = 9,
    law: Annotated[
        list[str] | None, typer.Option(help="The policy pack of a VASP, by its name; once for each of them.")
    ] = None,
    unmoved: Annotated[bool, typer.Option(help="No transfer settles: cheap proofs, to measure all the rest.")] = False,
    seed: Annotated[str, typer.Option(help="Equal seeds, equal folders.")] = "a generated network",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one for each processor by default.")] = None,
) -> None:
    """Write folders as VASPs publish them, with real proofs, for ``carnet-audit``.

    Nothing in them is secret: all keys derive from the seed. What was interrupted goes on when it is called again.
    """
    columns = TextColumn("batches"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    try:
        laws = tuple(law or ())
        count = len(laws) or vasps
        plan = plan_of(seed=seed, vasps=count, records=records, epochs=epochs, quiet=quiet, laws=laws, unmoved=unmoved)
        with Workers(workers) as pool, Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("batches", total=None)
            generate(out, plan, workers=pool, progress=lambda done, of: bar.update(task, completed=done, total=of))
    except (UsageError, WorkerDiedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from error
    folders = " ".join(str(out / vasp) for vasp in plan.society.vasps)
    sys.stdout.write(f"carnet-audit verify --authority {out / AUTHORITY} {folders}\n")


if __name__ == "__main__":
    typer.run(write)
