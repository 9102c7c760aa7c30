"""The tables of the page, row by row: findings by check, VASPs day by day, channels by pair."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from carnet.audit.rules import CHECKS, Verdict
from carnet_audit.explain import Explanation, explanation
from carnet_audit.html.model import MATCHED, STILL, UNMATCHED, Channel, DayReport, Finding, ReportData, SourceData
from carnet_audit.html.words import count, day, grouped, iso_day, listed, moment, money, share

NONE: Final = "\N{EN DASH}"
FIRST: Final = 12
"""How many lines of evidence of one check stand beside its explanation; the others stand in an annex."""
GRID: Final = 12
"""Of how many VASPs a matrix is drawn; of more, a list of pairs."""
PAIRS: Final = 300
STATES: Final = {
    "equal": "✓ equal",
    "differs": "✗ differ",
    "open": "… too early to say",
    "unseen": "? other end not seen",
}
MARKS: Final = {"differs": "✗", "open": "…", "unseen": "?", "equal": "✓"}
"""The states from the gravest, and their marks."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All findings of one check, with what it means."""

    check: str
    title: str
    shows: Verdict
    spec: str
    told: Explanation | None
    findings: Sequence[Finding]
    runs: Sequence["Run"]
    vasps: str
    several: bool

    @property
    def first(self) -> Sequence["Run"]:
        """The evidence that stands beside the explanation."""
        return self.runs[:FIRST]

    @property
    def rest(self) -> Sequence["Run"]:
        """The other evidence."""
        return self.runs[FIRST:]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One line of evidence: a finding, or several alike about records that follow each other, up to number *last*."""

    finding: Finding
    last: int | None

    @property
    def records(self) -> str:
        """Which records it is about."""
        first = self.finding.index
        if first is None or self.last is None:
            return NONE
        if first == self.last:
            return grouped(first)
        return f"{grouped(first)} to {grouped(self.last)} ({grouped(self.last - first + 1)} records)"


def runs(findings: Sequence[Finding]) -> list[Run]:
    """Return *findings*, those in one file that differ by their number alone, one after the other, as one."""
    made: list[Run] = []
    for each in findings:
        before = made[-1] if made else None
        if (
            before is not None
            and before.last is not None
            and each.index == before.last + 1
            and replace(each, index=None) == replace(before.finding, index=None)
        ):
            made[-1] = Run(finding=before.finding, last=each.index)
        else:
            made.append(Run(finding=each, last=each.index))
    return made


def groups(report: ReportData) -> list[Group]:
    """Return the findings by check: what is proven before what could not be told, then by step."""
    by: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.all_findings:
        by[finding.check].append(finding)
    made = [_group(check, findings) for check, findings in by.items()]
    return sorted(made, key=lambda each: (each.shows is not Verdict.UNSOUND, each.findings[0].step, each.check))


def _group(check: str, findings: Sequence[Finding]) -> Group:
    rule = CHECKS.get(check)
    says = rule.says if rule else findings[0].message or check
    vasps = list(dict.fromkeys(each.vasp for each in findings if each.vasp))
    return Group(
        check=check,
        title=says[:1].upper() + says[1:],
        shows=Verdict.worst(*(each.shows for each in findings)),
        spec=rule.spec if rule else findings[0].spec,
        told=explanation(check) if rule else None,
        findings=findings,
        runs=runs(findings),
        vasps=listed(vasps) if len(vasps) <= 5 else count(len(vasps), "VASP", "VASPs"),
        several=len(vasps) > 1 or (bool(vasps) and any(not each.vasp for each in findings)),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What one VASP put on record, day by day."""

    number: int
    source: SourceData
    facts: Sequence[tuple[str, str]]
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    sums: Sequence[str]


def days(source: SourceData, number: int) -> Days:
    """Return the table of *source*, with the columns that there is anything to say in."""
    reported = bool(source.reports)
    opened = any(report.total for report in source.reports)
    columns = ["Day", "Records", "Without proof"]
    if reported:
        columns += ["Report", "Settled", "Mismatch", "One end only", "Nothing moved", "Cover", "Disclosures"]
    if opened:
        columns += [f"Total{f', {source.currency}' if source.currency else ''}", "FULL"]
    by_day: dict[int, list[DayReport]] = defaultdict(list)
    for report in source.reports:
        by_day[report.epoch].append(report)
    every = sorted({*source.days, *source.backlog, *by_day})
    newest = max(by_day, default=None)
    rows = []
    for epoch in every:
        row = [iso_day(epoch), grouped(source.days.get(epoch, 0)), grouped(source.backlog.get(epoch, 0))]
        if reported:
            row += _reported(by_day.get(epoch, []), late=newest is not None and epoch < newest)
        if opened:
            row += _opened(by_day.get(epoch, []), source.exponent)
        rows.append(row)
    about = "Records by the day of their transfer"
    if reported:
        about += (
            "; from Report on, what the VASP's report of that day says of the records that it is about, covers among"
        )
        about += " the settled"
    if any(report.findings for report in source.reports):
        about += ". An exclamation mark: the report has findings"
    return Days(
        number=number,
        source=source,
        facts=_facts(source),
        caption=f"{about}.",
        columns=columns,
        rows=rows,
        sums=_sums(source, len(columns), reported=reported) if len(every) > 1 else (),
    )


def _reported(found: Sequence[DayReport], *, late: bool) -> list[str]:
    """Return what the reports of one day say."""
    if not found:
        return ["missing" if late else "none yet", *[NONE] * 6]
    covers = [each.covers for each in found if each.covers is not None]
    return [
        ", ".join(f"no. {grouped(each.serial)}{' !' if each.findings else ''}" for each in found),
        *(grouped(sum(each.outcomes.get(kind, 0) for each in found for kind in kinds)) for kinds in _KINDS),
        grouped(sum(covers)) if covers else NONE,
        grouped(sum(each.disclosures for each in found)),
    ]


_KINDS: Final = (MATCHED[:1], MATCHED[1:], UNMATCHED, STILL)


def _opened(found: Sequence[DayReport], exponent: int) -> list[str]:
    totals = [each.total for each in found if each.total]
    if not totals:
        return ["not opened", NONE]
    return [
        "; ".join(money(each.unit, exponent) for each in totals),
        share(sum(each.full for each in totals), sum(each.count for each in totals)),
    ]


def _sums(source: SourceData, columns: int, *, reported: bool) -> list[str]:
    """Return the last row: what can be added up."""
    row = ["All days", grouped(sum(source.days.values())), grouped(sum(source.backlog.values()))]
    if reported:
        reports = source.reports
        row.append(count(len(reports), "report", "reports"))
        row += [grouped(sum(each.outcomes.get(kind, 0) for each in reports for kind in kinds)) for kinds in _KINDS]
        row.append(grouped(sum(each.covers or 0 for each in reports)))
        row.append(grouped(sum(each.disclosures for each in reports)))
    return row + [""] * (columns - len(row))


def _facts(source: SourceData) -> list[tuple[str, str]]:
    """Return what there is to say of *source* in a line each."""
    kinds = [
        f"{name} {grouped(source.kinds[name])}" for name in (*MATCHED, *UNMATCHED, *STILL) if source.kinds.get(name)
    ]
    packs = [
        f"{source.packs.get(key, key[:16])} ({count(n, 'record', 'records')})" for key, n in source.by_pack.items()
    ]
    facts = [
        ("Source", source.source),
        ("Endings", ", ".join(kinds)),
        ("Under", "; ".join(packs)),
        ("Cosigned", "; ".join(f"{each.witness}, {moment(each.time)}" for each in source.cosigned) or "by nobody"),
        ("Findings", grouped(len(source.findings) + source.left_out) if source.findings else "none"),
    ]
    return [(name, value) for name, value in facts if value]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the matrix."""

    state: str
    lines: Sequence[str]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the matrix."""

    name: str
    cells: Sequence[Cell]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One channel of one day."""

    day: str
    one: str
    other: str
    count_one: str
    count_other: str
    state: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Which VASPs agree with which: *says* in words, *grid* for a few of them, *pairs* that need a look."""

    says: str
    heads: Sequence[str]
    grid: Sequence[Row]
    pairs: Sequence[Pair]
    pairs_title: str


def matrix(report: ReportData) -> Matrix | None:
    """Return how the channels of *report* agree, if it tells of any."""
    if not report.channels:
        return None
    vasps = sorted({each for c in report.channels for each in (c.one, c.other) if each}, key=report.name)
    by: dict[frozenset[str | None], list[Channel]] = defaultdict(list)
    for channel in report.channels:
        by[frozenset({channel.one, channel.other})].append(channel)
    grid = []
    if len(vasps) <= GRID:
        unseen = any(None in pair for pair in by)
        for one in vasps:
            cells = [_cell(by.get(frozenset({one, other}), []), same=one == other) for other in vasps]
            cells += [_cell(by.get(frozenset({one, None}), []), same=False)] if unseen else []
            grid.append(Row(name=report.name(one), cells=cells))
    else:
        unseen = False
    heads = [report.name(each) for each in vasps] + (["not seen"] if unseen else [])
    shown = sorted((each for each in report.channels if each.state in {"differs", "open"}), key=_gravest)
    title = "Channels that differ, or of which it is too early to say"
    if len(shown) > PAIRS:
        title += f"; the first {PAIRS} of {grouped(len(shown))}"
    return Matrix(
        says=_says(report.channels),
        heads=heads,
        grid=grid,
        pairs=[_pair(each, report) for each in shown[:PAIRS]],
        pairs_title=f"{title}.",
    )


def _gravest(channel: Channel) -> tuple[int, int, str, str]:
    return list(MARKS).index(channel.state), channel.epoch, channel.one or "", channel.other or ""


def _cell(channels: Iterable[Channel], *, same: bool) -> Cell:
    found = Counter(each.state for each in channels)
    if not found:
        return Cell(state="none", lines=["" if same else NONE])
    return Cell(
        state=next(each for each in MARKS if found[each]),
        lines=[f"{mark} {grouped(found[state])}" for state, mark in reversed(MARKS.items()) if found[state]],
    )


def _pair(channel: Channel, report: ReportData) -> Pair:
    counts = (channel.count_one, channel.count_other)
    one, other = ("no report" if each is None else grouped(each) for each in counts)
    return Pair(
        day=iso_day(channel.epoch),
        one=report.name(channel.one) or "not seen",
        other=report.name(channel.other) or "not seen",
        count_one=one,
        count_other=other,
        state=STATES[channel.state],
    )


def _says(channels: Sequence[Channel]) -> str:
    """Return the state of all *channels* in words."""
    found: Mapping[str, int] = Counter(each.state for each in channels)
    last = max(each.epoch for each in channels)
    begin = f"Of {count(len(channels), 'channel', 'channels')}, up to {day(last)},"
    if found.get("equal") == len(channels):
        return f"{begin} all are reported alike by both ends, and their sums are proven equal."
    words = {
        "equal": "reported alike by both ends",
        "differs": "reported otherwise by one end than by the other",
        "open": "not yet to be judged, since one end may still report",
        "unseen": "seen from one end alone",
    }
    there = [(found[state], told) for state, told in words.items() if found.get(state)]
    return f"{begin} " + listed([f"{grouped(n)} {'is' if n == 1 else 'are'} {told}" for n, told in there]) + "."
