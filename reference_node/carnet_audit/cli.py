"""The auditors' command: reads, calls `carnet.audit`, prints, and sets the exit status (spec/audit.md).

All judgement is in the library, and no network, database or logging package is needed.
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carnet.audit import Report, Source, Verdict, audit_sources
from carnet.crypto.coins import system_coins
from carnet.workers import WorkerDiedError, Workers
from carnet_audit.fetch import folder
from carnet_audit.render import render

KEY_SIZE: Final = 32
MAX_FILE: Final = 65536

app = typer.Typer(name="carnet-audit", help="Audit what VASPs publish.", no_args_is_help=True, add_completion=False)


@app.callback()
def _commands() -> None:
    """Audit what VASPs publish: exit status 0 sound, 1 unsound, 2 could not tell."""


@app.command()
def verify(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Published folders.")],
    *,
    authority: Annotated[
        str | None, typer.Option(help="The directory authority's public key: 64 hex digits, or a file that holds them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    now: Annotated[int | None, typer.Option(help="Judge as of this time, in seconds since 1970.")] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept from an earlier audit, from which the log must have grown."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that verify proofs; one for each processor by default. 1: none but this."),
    ] = None,
) -> None:
    """Verify published folders; of several VASPs, also what must hold between them."""
    key = None if authority is None else _key(authority)
    notes = [_content(path) for path in seen or []]
    moment = int(time.time()) if now is None else now
    try:
        with Workers(workers) as pool:
            report = _audit(sources, authority=key, now=moment, seen=notes, workers=pool)
    except WorkerDiedError as error:
        _fail(f"{error}; --workers 1 does without them")
    if as_json:
        sys.stdout.write(json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
    else:
        render(report, Console())
    raise typer.Exit(int(report.verdict))


def _audit(paths: list[Path], *, authority: bytes | None, now: int, seen: list[bytes], workers: Workers) -> Report:
    """Audit the folders at *paths*, with a progress bar if somebody looks."""
    sources = [Source(name=str(path), read=folder(path)) for path in paths]
    audit = audit_sources(sources, authority=authority, now=now, coins=system_coins, stream=workers.stream, seen=seen)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = {source.name: bars.add_task(source.name, total=None) for source in sources}
        while True:
            try:
                step = next(audit)
            except StopIteration as stop:
                report: Report = stop.value
                return report
            bars.update(tasks[step.source], completed=step.done, total=step.size)


def _key(given: str) -> bytes:
    """Return the public key that *given* writes out, or names the file of."""
    text = given if _is_key(given) else _content(Path(given)).decode("ascii", errors="replace").strip()
    if not _is_key(text):
        _fail("--authority: neither 64 hex digits nor a file that holds them")
    return bytes.fromhex(text)


def _is_key(text: str) -> bool:
    return len(text) == 2 * KEY_SIZE and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _content(path: Path) -> bytes:
    """Return the content of one of the auditor's own small files."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE)
    except OSError as error:
        _fail(f"{path}: {error.strerror}")


def _fail(line: str) -> NoReturn:
    """Say one line and leave: nothing could be told."""
    sys.stderr.write(f"carnet-audit: {line}\n")
    raise typer.Exit(int(Verdict.UNKNOWN))


def main() -> None:
    """Run the command."""
    app()
