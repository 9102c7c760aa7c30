"""``carnet-audit report``: audit like ``verify``, and write what was found as a page for people, its JSON beside it."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.nesting import parse_json
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
    fail,
    read_own,
)
from carnet_audit.auditing import Assignment, assigned, run
from carnet_audit.html.fields import FormError
from carnet_audit.html.model import ReportData, read_report, to_file
from carnet_audit.render import WORDS

MAX_REPORT: Final = 256 * 1024 * 1024
NEEDED: Final = "it needs jinja2 and matplotlib, which come with the extra 'audit': pip install 'carnet[audit]'"


def report(
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help="As for verify.")] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page; its JSON comes beside it.")
    ] = Path("report.html"),
    authority: Authority = None,
    made: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Audit nothing: what verify --json, or an earlier report, has written."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    now: Now = None,
    seen: Seen = None,
    workers: WorkerCount = None,
    state: State = None,
    scratch: Scratch = None,
    scratch_limit: ScratchLimit = DEFAULT_LIMIT,
    token_file: TokenFile = None,
    scheduler: Scheduler = None,
) -> None:
    """Audit, and write the report as one HTML file that anybody can read and print."""
    if (made is None) is not bool(sources):
        fail("report: give SOURCEs, or a report with --from, not both")
    beside = output.with_suffix(".json")
    if beside == output:
        fail(f"{output}: the page's name must not end in .json, which is its neighbour's")
    if not output.absolute().parent.is_dir():
        fail(f"{output.parent}: there is no such folder")
    if sources:
        found = _audited(
            assigned(
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
        )
    else:
        found = _read(made or Path())
    data = _understood(found, made or beside)
    page = _page(data)
    if made is None or made.absolute() != beside.absolute():
        _replace(beside, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _replace(output, page)
    told = {"verdict": data.verdict.name, "exit": int(data.verdict), "page": str(output), "json": str(beside)}
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"verdict: {WORDS[data.verdict]}\nwritten: {output} and {beside}\n")
    raise typer.Exit(int(data.verdict))


def _audited(assignment: Assignment) -> dict[str, Any]:
    """Return the JSON of an audit made now, and how it was made."""
    _drawing()
    whole = run(assignment)
    authority, now = assignment.authority, assignment.now
    command = ["carnet-audit", "verify"]
    command += [] if authority is None else ["--authority", authority.hex()]
    command += ["--now", str(now)]
    for path in assignment.seen:
        command += ["--seen", str(path)]
    return to_file(whole.to_json(), time=now, authority=authority, command=[*command, *assignment.sources])


def _read(path: Path) -> dict[str, Any]:
    """Return the JSON of an audit made before."""
    try:
        found = parse_json(read_own(path, limit=MAX_REPORT))
    except ValueError:
        fail(f"{path}: no JSON")
    if not isinstance(found, dict):
        fail(f"{path}: no report of verify --json: it is no object")
    return found


def _understood(found: dict[str, Any], path: Path) -> ReportData:
    try:
        return read_report(found)
    except FormError as error:
        fail(f"{path}: no report of verify --json: {error}")


def _drawing() -> Any:
    """Return the module that makes pages, or say what it lacks before a long audit begins."""
    try:
        from carnet_audit.html import page  # noqa: PLC0415 -- jinja2 and matplotlib are an extra's
    except ModuleNotFoundError as error:
        fail(f"report: no {error.name}; {NEEDED}")
    return page


def _page(data: ReportData) -> str:
    page: str = _drawing().render_page(data)
    return page


def _replace(path: Path, text: str) -> None:
    """Write the file *path* as a whole, or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", errors="replace")
        os.replace(part, path)  # noqa: PTH105 -- one call that says what it does
    except OSError as error:
        part.unlink(missing_ok=True)
        fail(f"{path}: {error.strerror}")
