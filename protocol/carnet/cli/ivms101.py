"""`carnet ivms101`: is it valid, and what is it in another dialect?"""

import csv
import json
from collections.abc import Iterable, Sequence
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from carnet.cli import files
from carnet.cli.many import VALID, Judged, Terms, each_judged, found, is_many, judge, load
from carnet.cli.terminal import now, printable
from carnet.errors import UsageError
from carnet.ivms101 import Dialect, Issue, Problem, Profile, convert, registers
from carnet.ivms101.template import DIALECTS, json_schema, template
from carnet.nesting import parse_json

app = typer.Typer(help="Validate and convert IVMS101 payloads of both issues, in any dialect.", no_args_is_help=True)

PACKAGED: Final = Path(registers.__file__).parent / registers.RESOURCE


@unique
class ByIssue(StrEnum):
    """The issue to judge by; *auto* takes the one that the payload was written for."""

    AUTO = "auto"
    V2020 = "2020"
    V2023 = "2023"


@unique
class Target(StrEnum):
    """The dialects to write."""

    V2020 = "2020"
    V2023 = "2023"
    TRISA = "trisa"


@unique
class Kind(StrEnum):
    """What both persons of a template are."""

    NATURAL = "natural"
    LEGAL = "legal"


@unique
class Amount(StrEnum):
    """How much a template tells."""

    BASIC = "basic"
    FULL = "full"


@app.command("validate")
def validate_files(
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="JSON files, directories, or @lists of files.")],
    *,
    issue: Annotated[ByIssue, typer.Option(help="The issue to judge by.")] = ByIssue.AUTO,
    profile: Annotated[Profile, typer.Option(help="To the letter, or as systems in use do.")] = Profile.STRICT,
    show_values: Annotated[bool, typer.Option("--show-values", help="Show personal data in problems.")] = False,
    warnings: Annotated[bool, typer.Option("--warnings", help="Add warnings to what --json prints.")] = False,
    authorities: Annotated[Path | None, typer.Option(metavar="FILE", help="A newer list, by update-ra.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="How many processes for many files; 0 is one each core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: an object, a list, or lines for many.")] = False,
) -> None:
    """Tell everything that is wrong: 0 is valid, 1 invalid, 2 unreadable."""
    terms = Terms(
        now=now(),
        issue=None if issue is ByIssue.AUTO else Issue(issue),
        profile=profile,
        authorities=registers.known() if authorities is None else registers.decode(files.read(authorities)),
        show_values=show_values,
    )
    if is_many(file):
        raise typer.Exit(_many(file, terms, jobs=jobs or None, as_json=as_json))
    judged = [judge(each, terms) for each in file]
    if as_json:
        told = [each.as_json(terms, warnings=warnings) for each in judged]
        typer.echo(json.dumps(told if len(told) > 1 else told[0], indent=2))
    else:
        for each in judged:
            _tell(each)
    raise typer.Exit(max(each.status for each in judged))


def _many(arguments: Sequence[str], terms: Terms, *, jobs: int | None, as_json: bool) -> int:
    """Judge many files; print a line of JSON for each, or all that is wrong with those that are not valid."""
    counts = [0, 0, 0]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as progress:
        task = progress.add_task("validating", total=sum(1 for _ in found(arguments)))
        for each in each_judged(arguments, terms, jobs=jobs):
            counts[each.status] += 1
            if as_json:
                typer.echo(json.dumps({"file": each.file} | each.as_json(terms)))
            elif each.status != VALID:
                _tell(each)
            progress.advance(task)
    typer.echo(f"{counts[0]} valid, {counts[1]} invalid, {counts[2]} unreadable", err=as_json)
    return max((status for status, count in enumerate(counts) if count), default=VALID)


def _tell(judged: Judged) -> None:
    name, verdict = printable(judged.file), judged.verdict
    if verdict is None:
        typer.echo(f"{name}: unreadable: {judged.unreadable}")
        return
    word = "valid" if verdict.valid else "invalid"
    typer.echo(f"{name}: {word}: issue {verdict.issue}, dialect {verdict.dialect}, profile {verdict.profile}")
    _tell_problems(verdict.problems)
    _tell_problems(verdict.warnings, mark="warning ")


def _tell_problems(problems: Iterable[Problem], *, mark: str = "", err: bool = False) -> None:
    for each in problems:
        typer.echo(f"  {mark}{each.rule} at {each.path or '/'}: {printable(each.message)} ({each.hint})", err=err)


@app.command("convert")
def convert_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A payload in any dialect.")],
    *,
    to: Annotated[Target, typer.Option(help="The dialect to write.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes, if not to the terminal.")] = None,
) -> None:
    """Write a payload in another dialect, and tell on the standard error what it could not carry."""
    try:
        data = load(file)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    conversion = convert(data, Dialect(to))
    _tell_problems(conversion.problems, err=True)
    _tell_problems(conversion.lost, err=True)
    if conversion.data is None:
        typer.echo(f"carnet: {file}: no payload that could be read", err=True)
        raise typer.Exit(1)
    text = json.dumps(conversion.data, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        files.write(out, f"{text}\n".encode())


@app.command()
def schema(*, issue: Annotated[Issue, typer.Option(help="The issue.")] = Issue.V2023) -> None:
    """Print the shape of an issue as JSON Schema; the constraints C1 to C12 are not in it."""
    typer.echo(json.dumps(json_schema(issue), indent=2))


@app.command("template")
def print_template(
    *,
    person: Annotated[Kind, typer.Option(help="What both persons are.")] = Kind.NATURAL,
    tier: Annotated[Amount, typer.Option(help="How much is told.")] = Amount.BASIC,
    issue: Annotated[Issue, typer.Option(help="The issue.")] = Issue.V2023,
) -> None:
    """Print a minimal valid payload to start from."""
    made = template(legal=person is Kind.LEGAL, full=tier is Amount.FULL, dialect=DIALECTS[issue])
    typer.echo(json.dumps(made, indent=2))


@app.command("update-ra")
def update_ra(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="GLEIF's list, as CSV or JSON.")],
    *,
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The date of the list.")],
    source: Annotated[str, typer.Option(help="Where it is from.")] = "GLEIF Registration Authorities List",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where it goes.")] = PACKAGED,
) -> None:
    """Renew the list of registration authorities from a file of GLEIF's; nothing is fetched."""
    text = files.read_text(file, limit=1 << 26).removeprefix("\N{BYTE ORDER MARK}")
    data = _csv(text) if file.suffix.lower() == ".csv" else _json(file, text)
    renewed = registers.authorities(registers.codes_in(data), date=date, source=source)
    known = registers.known().codes
    files.write(out, renewed.encode())
    added, gone = len(renewed.codes - known), len(known - renewed.codes)
    typer.echo(f"{out}: {len(renewed.codes)} authorities as of {date}: {added} new, {gone} gone")


def _csv(text: str) -> Any:
    """Return the column of *text* that holds the codes."""
    rows = csv.DictReader(text.splitlines())
    names = [name for name in rows.fieldnames or () if "code" in name.lower() and "country" not in name.lower()]
    return [row.get(names[0]) for row in rows] if names else []


def _json(file: Path, text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        raise UsageError(f"{file}: not JSON") from None
