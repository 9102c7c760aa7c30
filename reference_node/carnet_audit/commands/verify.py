"""``carnet-audit verify``: audit published sources, and print the report (spec/audit.md#report)."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carnet.audit import Report, Source, audit_sources
from carnet.crypto.coins import system_coins
from carnet.workers import WorkerDiedError, Workers
from carnet_audit.arguments import fail, read_key, read_own
from carnet_audit.fetch import open_source
from carnet_audit.render import render


def verify(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Published folders.")],
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
    key = None if authority is None else read_key(authority)
    notes = [read_own(path) for path in seen or []]
    moment = int(time.time()) if now is None else now
    try:
        with Workers(workers) as pool:
            report = audit_named(sources, authority=key, now=moment, seen=notes, workers=pool)
    except WorkerDiedError as error:
        fail(f"{error}; --workers 1 does without them")
    if as_json:
        sys.stdout.write(json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
    else:
        render(report, Console())
    raise typer.Exit(int(report.verdict))


def audit_named(named: list[str], *, authority: bytes | None, now: int, seen: list[bytes], workers: Workers) -> Report:
    """Audit the sources that are *named*, with a progress bar if somebody looks."""
    sources = [Source(name=each, read=open_source(each)) for each in named]
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
