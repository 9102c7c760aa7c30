"""Show a report to people. Whatever comes from a source is printed as text, never as markup."""

from collections import Counter
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carnet.audit import Finding, Report, SourceReport, Verdict
from carnet.audit.rules import CHECKS
from carnet.days import day, moment

STYLES: Final = {Verdict.SOUND: "bold green", Verdict.UNSOUND: "bold red", Verdict.UNKNOWN: "bold yellow"}
WORDS: Final = {Verdict.SOUND: "sound", Verdict.UNSOUND: "UNSOUND", Verdict.UNKNOWN: "could not tell"}
CHANNELS: Final = {
    "equal": "reported alike by both ends",
    "differs": "reported otherwise by one end than by the other",
    "open": "too early to say",
    "unseen": "seen from one end alone",
}
SHOWN: Final = 20


def render(report: Report, console: Console) -> None:
    """Print *report* on *console*."""
    for source in report.sources:
        _source(source, console)
    if report.channels:
        states = Counter(each["state"] for each in report.channels)
        agree = ", ".join(f"{states[state]} {words}" for state, words in CHANNELS.items() if states[state])
        console.print(Text(f"channels: {agree}"))
    _findings(report.findings, 0, console)
    if told := [*(each for source in report.sources for each in source.findings), *report.findings]:
        console.print(Text(f"carnet-audit explain {told[0].check} says what a check means, and what to do next", "dim"))
    console.print(Text("verdict: "), Text(WORDS[report.verdict], STYLES[report.verdict]), sep="")


def _source(source: SourceReport, console: Console) -> None:
    table = Table(title=Text(source.source), show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("verdict", Text(WORDS[source.verdict], STYLES[source.verdict]))
    for name, value in _rows(source):
        table.add_row(name, Text(printable(value)))
    console.print(table)
    _findings(source.findings, source.left_out, console)
    for note in source.notes:
        console.print(Text(f"note: {printable(note)}", "yellow"))


def _rows(source: SourceReport) -> list[tuple[str, str]]:
    counts = source.counts
    by = {
        "endings": {name.lower(): n for name, n in counts.kind.items()},
        "roles": {name.lower(): n for name, n in counts.role.items()},
        "days": {day(int(key)): n for key, n in counts.epoch.items()},
        "notices": {name.lower(): n for name, n in counts.notices.items()},
    }
    version = "not known" if source.directory_version is None else f"version {source.directory_version}"
    entries = "nothing" if source.size is None else f"{source.size} {'entry' if source.size == 1 else 'entries'}"
    rows = [
        ("VASP", source.vasp or "-"),
        ("network", f"{source.network or '-'}, directory {version}"),
        ("trust", "the given authority" if source.trust == "authority" else "the source itself"),
        ("log", f"{source.origin or '-'}, {entries}"),
        ("cosigned", ", ".join(f"{each.witness} at {moment(each.time)}" for each in source.cosigned) or "by nobody"),
        ("records", f"{counts.records}, {counts.proofs} with a proof that holds"),
    ]
    rows += [
        (name, ", ".join(f"{key}: {n}" for key, n in sorted(each.items())[:SHOWN]) or "-") for name, each in by.items()
    ]
    packs = [f"{source.packs.get(key, key)}: {n}" for key, n in sorted(counts.pack.items())[:SHOWN]]
    rows += [("packs", ", ".join(packs) or "-"), ("day reports", str(len(source.reports) or "-"))]
    if source.size is None:  # nothing was read that could be counted
        rows = [row for row in rows if row[0] in {"VASP", "network", "trust"}]
    return [row for row in rows if not row[1].startswith("-")]


def _findings(findings: tuple[Finding, ...], left_out: int, console: Console) -> None:
    for each in findings[:SHOWN]:
        rule, number = CHECKS[each.check], "" if each.index is None else f", number {each.index} of the log"
        words = f"{rule.says} ({each.message})" if each.message else rule.says
        console.print(Text.assemble((each.check, STYLES[each.shows]), f"  {printable(each.where)}{number}"))
        console.print(Padding(Text(f"{printable(words)}; {rule.spec}"), (0, 0, 0, 4)))
    if more := len(findings[SHOWN:]) + left_out:
        console.print(Text(f"and {more} more (see --json)"))


def printable(text: str) -> str:
    """Return *text* without characters that could steer a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
