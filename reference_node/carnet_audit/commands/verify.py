"""``carnet-audit verify``: audit published sources, and print the report (spec/audit.md#report)."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from carnet_audit.arguments import (
    DEFAULT_LIMIT,
    Authority,
    Now,
    Scheduler,
    Scratch,
    ScratchLimit,
    Seen,
    State,
    TokenFile,
    WorkerCount,
)
from carnet_audit.auditing import assigned, run
from carnet_audit.render import render


def verify(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Published folders, their URLs, or files of evidence.")
    ],
    *,
    authority: Authority = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    now: Now = None,
    seen: Seen = None,
    workers: WorkerCount = None,
    state: State = None,
    scratch: Scratch = None,
    scratch_limit: ScratchLimit = DEFAULT_LIMIT,
    token_file: TokenFile = None,
    scheduler: Scheduler = None,
) -> None:
    """Verify what VASPs publish; of several VASPs, also what must hold between them."""
    assignment = assigned(
        sources,
        authority=authority,
        now=now,
        seen=seen,
        workers=workers,
        state=state,
        scratch=scratch,
        scratch_limit=scratch_limit,
        token_file=token_file,
        scheduler=scheduler,
    )
    report = run(assignment)
    if as_json:
        sys.stdout.write(json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
    else:
        render(report, Console())
    raise typer.Exit(int(report.verdict))
