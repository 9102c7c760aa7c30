"""What a report page is drawn from: the JSON of an audit, read into plain data (spec/audit.md#report).

A page made right after an audit and one made from a file go through the same door, so that they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from carnet.audit.rules import CHECKS, Verdict
from carnet_audit.html.fields import Fields, FormError

MATCHED: Final = ("settled", "mismatch")
UNMATCHED: Final = ("unconfirmed", "unannounced")
STILL: Final = ("rejected", "cancelled", "expired")
"""The endings (spec/exchange.md#states): of both ends alike, of one end alone, and those in which nothing moved."""
STATES: Final = ("equal", "differs", "open", "unseen")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A failed check; *vasp* is whose, or empty where it lies between several sources."""

    check: str
    shows: Verdict
    vasp: str
    where: str
    index: int | None
    message: str
    spec: str

    @property
    def step(self) -> int:
        """The step of the procedure."""
        return CHECKS[self.check].step if self.check in CHECKS else len(CHECKS)

    @property
    def detail(self) -> str:
        """What the message says beyond the check's own words."""
        says = CHECKS[self.check].says if self.check in CHECKS else ""
        rest = self.message.removeprefix(says).strip()
        return rest[1:-1] if says and rest.startswith("(") and rest.endswith(")") else rest


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What an epoch report opens: how many, worth how much, and for how many FULL data went along."""

    count: int
    unit: str
    full: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """One epoch report, as the audit read it."""

    serial: int
    epoch: int
    outcomes: Mapping[str, int]
    rows: int
    covers: int | None
    total: Total | None
    disclosures: int
    findings: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """Which witness cosigned, and when."""

    witness: str
    time: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceData:
    """One source: a VASP's published folder, file or address."""

    source: str
    vasp: str
    name: str
    jurisdiction: str
    network: str
    origin: str
    size: int | None
    root: str
    verdict: Verdict
    trust: str
    cosigned: tuple[Cosigned, ...]
    records: int
    proofs: int
    late: int
    kinds: Mapping[str, int]
    days: Mapping[int, int]
    packs: Mapping[str, str]
    by_pack: Mapping[str, int]
    findings: tuple[Finding, ...]
    left_out: int
    notes: tuple[str, ...]
    reports: tuple[DayReport, ...]
    backlog: Mapping[int, int]
    currency: str
    exponent: int

    @property
    def missing(self) -> int:
        """How many records have no proof that holds."""
        return max(0, self.records - self.proofs)

    @property
    def newest_day(self) -> int | None:
        """The day of the newest record."""
        return max(self.days, default=None)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What two VASPs say of the transfers between them on one day."""

    epoch: int
    one: str | None
    other: str | None
    count_one: int | None
    count_other: int | None
    state: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """A whole audit; *time*, *authority* and *command* are how it was made, where that is known."""

    verdict: Verdict
    sources: tuple[SourceData, ...]
    findings: tuple[Finding, ...]
    channels: tuple[Channel, ...]
    network: str
    members: Mapping[str, str]
    version: int | None
    time: int | None
    authority: str
    command: tuple[str, ...]

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Those of each source, then those between sources."""
        return (*(each for source in self.sources for each in source.findings), *self.findings)

    @property
    def left_out(self) -> int:
        """How many findings the audit counted but did not tell."""
        return sum(source.left_out for source in self.sources)

    def name(self, vasp: str | None) -> str:
        """Return what to call *vasp*."""
        return "" if vasp is None else self.members.get(vasp) or vasp


def read_report(value: object) -> ReportData:
    """Return the report that *value*, parsed JSON, holds.

    Raises:
        FormError: it is none.
    """
    whole = Fields(value, "")
    directory, audited = whole.object("directory"), whole.object("audited")
    members = dict(_member(each, f"directory.members[{n}]") for n, each in enumerate(directory.list("members")))
    return ReportData(
        verdict=_verdict(whole, "verdict"),
        sources=whole.items("sources", lambda each: _source(each, members)),
        findings=whole.items("findings", lambda each: _finding(each, "")),
        channels=whole.items("channels", _channel),
        network=directory.text("network", ""),
        members={vasp: name for vasp, (name, _) in members.items()},
        version=directory.maybe_number("version"),
        time=audited.maybe_number("time"),
        authority=audited.text("authority", ""),
        command=audited.texts("command"),
    )


def _verdict(fields: Fields, key: str) -> Verdict:
    text = fields.text(key)
    if text not in Verdict.__members__:
        raise FormError(f"{fields.path}.{key} is no verdict".removeprefix("."))
    return Verdict[text]


def _member(value: object, path: str) -> tuple[str, tuple[str, str]]:
    """Return a member's id, name and jurisdiction; where only ids are listed, the id."""
    if isinstance(value, str):
        return value, ("", "")
    member = Fields(value, path)
    return member.text("vasp"), (member.text("name", ""), member.text("jurisdiction", ""))


def _source(fields: Fields, members: Mapping[str, tuple[str, str]]) -> SourceData:
    counts, unit = fields.object("counts"), fields.object("unit")
    vasp = fields.text("vasp", "")
    name, jurisdiction = members.get(vasp, ("", ""))
    packs, backlog = fields.object("packs"), fields.days("backlog")
    shown = name or vasp or fields.text("source")
    return SourceData(
        source=fields.text("source"),
        vasp=vasp,
        name=shown,
        jurisdiction=jurisdiction,
        network=fields.text("network", ""),
        origin=fields.text("origin", ""),
        size=fields.maybe_number("size"),
        root=fields.text("root", ""),
        verdict=_verdict(fields, "verdict"),
        trust=fields.text("trust", "source"),
        cosigned=fields.items("cosigned", _cosigned),
        records=counts.number("records", 0),
        proofs=counts.number("proofs", 0),
        late=counts.number("missing", sum(backlog.values())),
        kinds=_endings(counts, "kind"),
        days=counts.days("epoch"),
        packs={key: packs.text(key) for key in packs.keys()},  # noqa: SIM118 -- not a dict
        by_pack=counts.counts("pack"),
        findings=fields.items("findings", lambda each: _finding(each, shown)),
        left_out=fields.number("findings_left_out", 0),
        notes=fields.texts("notes"),
        reports=tuple(sorted(fields.items("reports", _day_report), key=lambda each: each.serial)),
        backlog=backlog,
        currency=unit.text("currency", ""),
        exponent=unit.number("exponent", 0),
    )


def _cosigned(fields: Fields) -> Cosigned:
    return Cosigned(witness=fields.text("witness"), time=fields.number("time"))


def _endings(fields: Fields, key: str) -> dict[str, int]:
    return {name.lower(): number for name, number in fields.counts(key).items()}


def _finding(fields: Fields, vasp: str) -> Finding:
    return Finding(
        check=fields.text("check"),
        shows=_verdict(fields, "shows"),
        vasp=vasp,
        where=fields.text("where", ""),
        index=fields.maybe_number("index"),
        message=fields.text("message", ""),
        spec=fields.text("spec", ""),
    )


def _day_report(fields: Fields) -> DayReport:
    total = fields.object("total")
    return DayReport(
        serial=fields.number("serial"),
        epoch=fields.number("epoch"),
        outcomes=_endings(fields, "outcomes"),
        rows=fields.number("rows", 0),
        covers=fields.maybe_number("covers"),
        total=Total(count=total.number("count"), unit=total.text("unit", ""), full=total.number("full"))
        if fields.has("total")
        else None,
        disclosures=fields.number("disclosures", 0),
        findings=fields.number("findings", 0),
    )


def _channel(fields: Fields) -> Channel:
    state = fields.text("state")
    if state not in STATES:
        raise FormError(f"{fields.path}.state is none of {', '.join(STATES)}")
    return Channel(
        epoch=fields.number("epoch"),
        one=fields.maybe_text("one"),
        other=fields.maybe_text("other"),
        count_one=fields.maybe_number("count_one"),
        count_other=fields.maybe_number("count_other"),
        state=state,
    )


def to_file(report: dict[str, Any], *, time: int, authority: bytes | None, command: Sequence[str]) -> dict[str, Any]:
    """Return what is written beside the page: the JSON of an audit, and how the audit was made."""
    return report | {
        "audited": {
            "time": time,
            "authority": None if authority is None else authority.hex(),
            "command": list(command),
        }
    }
