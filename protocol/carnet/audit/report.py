"""What an audit found: plain data, and its JSON (spec/audit.md#report)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, final

from carnet.audit.rules import CHECKS, Verdict
from carnet.errors import PeerError
from carnet.evidence import UnreadableError
from carnet.log.witness import Cosignature
from carnet.messages import Directory, Unit

MAX_FINDINGS: Final = 1000
"""How many findings of one source that show the same are told; the others are counted."""

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the audit of *source* is: records *done* of *size*, the first of them *resumed* from an earlier audit."""

    source: str
    done: int
    size: int
    resumed: int = 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check that failed: *where* is a path of the source, *index* a number in the log."""

    check: str
    where: str
    message: str
    index: int | None = None

    @property
    def shows(self) -> Verdict:
        """What the failure shows."""
        return CHECKS[self.check].shows

    def to_json(self) -> dict[str, Any]:
        """Return this finding as the JSON report holds it."""
        rule = CHECKS[self.check]
        return {
            "check": self.check,
            "shows": rule.shows.name,
            "where": self.where,
            "index": self.index,
            "message": f"{rule.says} ({self.message})" if self.message else rule.says,
            "spec": rule.spec,
        }


@final
class Findings:
    """Collects findings, but no more than `MAX_FINDINGS` of a kind: no hostile source is to fill the auditor's memory.

    What shows that a source is unsound has room of its own: proofs that are late do not hide it, however many they are.
    """

    def __init__(self) -> None:
        self.told: Final[list[Finding]] = []
        self.left_out = 0
        self.verdict = Verdict.SOUND
        self._shown: Final[Counter[Verdict]] = Counter()

    def add(self, check: str, where: str, message: str = "", *, index: int | None = None) -> None:
        """Note that *check* failed."""
        self.note(Finding(check=check, where=where, message=message, index=index))

    def note(self, finding: Finding) -> None:
        """Note what was found."""
        shows = finding.shows
        self.verdict = Verdict.worst(self.verdict, shows)
        if self._shown[shows] < MAX_FINDINGS:
            self._shown[shows] += 1
            self.told.append(finding)
        else:
            self.left_out += 1

    def take(self) -> "Findings":
        """Return all that has been noted, and begin anew."""
        taken = Findings()
        taken.extend(self)
        self.told.clear()
        self._shown.clear()
        self.left_out = 0
        self.verdict = Verdict.SOUND
        return taken

    def extend(self, others: "Findings") -> None:
        """Note what *others* hold, as if it had been found only now."""
        for each in others.told:
            self.note(each)
        self.left_out += others.left_out
        self.verdict = Verdict.worst(self.verdict, others.verdict)

    def to_json(self) -> dict[str, Any]:
        """Return all that has been noted as JSON can hold it."""
        told = [[each.check, each.where, each.message, each.index] for each in self.told]
        return {"told": told, "left_out": self.left_out, "verdict": self.verdict.name}

    @classmethod
    def from_json(cls, noted: dict[str, Any]) -> "Findings":
        """Return the findings that `to_json` has told."""
        made = cls()
        for check, where, message, index in noted["told"]:
            made.add(check, where, message, index=index)
        made.left_out, made.verdict = noted["left_out"], Verdict[noted["verdict"]]
        return made

    def attempt(
        self, act: Callable[[], T], *, check: str | Callable[[PeerError], str], where: str, index: int | None = None
    ) -> T | None:
        """Return what *act* returns; or note that *check* failed, or that a file is missing, and return None."""
        try:
            return act()
        except UnreadableError as error:
            self.add("file.missing", error.path, error.reason, index=index)
        except PeerError as error:
            self.add(check if isinstance(check, str) else check(error), where, str(error), index=index)
        return None


@final
@dataclass(slots=True, kw_only=True)
class Counts:
    """How many records there are, of which kinds; *backlog* counts proofs that are not there yet, by epoch."""

    records: int = 0
    proofs: int = 0
    backlog: Counter[str] = field(default_factory=Counter)
    kind: Counter[str] = field(default_factory=Counter)
    role: Counter[str] = field(default_factory=Counter)
    epoch: Counter[str] = field(default_factory=Counter)
    pack: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)

    def include(self, other: "Counts") -> None:
        """Count what *other* counts too."""
        self.records += other.records
        self.proofs += other.proofs
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as the JSON report holds them."""
        by = {name: getattr(self, name) for name in ("kind", "role", "epoch", "pack", "notices")}
        numbers = {"records": self.records, "proofs": self.proofs, "missing": self.backlog.total()}
        return numbers | {name: dict(sorted(c.items())) for name, c in by.items()}

    def save(self) -> dict[str, Any]:
        """Return all counts, for `load`."""
        counters = {name: dict(getattr(self, name)) for name in _COUNTERS}  # copies: counting goes on
        return {"records": self.records, "proofs": self.proofs} | counters

    @classmethod
    def load(cls, saved: dict[str, Any]) -> "Counts":
        """Return the counts that `save` has returned."""
        made = cls(records=saved["records"], proofs=saved["proofs"])
        for name in _COUNTERS:
            getattr(made, name).update(saved[name])
        return made


_COUNTERS: Final = ("backlog", "kind", "role", "epoch", "pack", "notices")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """The verdict on one source, and all that it rests on.

    *trust* is ``authority`` if the directory was checked under a key that the auditor brought, else ``source``: the
    verdict then rests on what the source says of itself. *counts* are of records that the log's entries bear out.
    """

    source: str
    trust: str
    verdict: Verdict
    network: str | None
    directory_version: int | None
    directory_hash: bytes | None
    vasp: str | None
    origin: str | None
    size: int | None
    root: bytes | None
    cosigned: tuple[Cosignature, ...]
    counts: Counts
    packs: dict[str, str]
    reports: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]
    left_out: int
    notes: tuple[str, ...]
    unit: Unit | None = None

    def to_json(self) -> dict[str, Any]:
        """Return this report as the JSON report holds it."""
        return {
            "source": self.source,
            "vasp": self.vasp,
            "network": self.network,
            "origin": self.origin,
            "size": self.size,
            "root": None if self.root is None else self.root.hex(),
            "verdict": self.verdict.name,
            "trust": self.trust,
            "cosigned": [{"witness": each.witness, "time": each.time} for each in self.cosigned],
            "counts": self.counts.to_json(),
            "packs": self.packs,
            "unit": None if self.unit is None else {"currency": self.unit.currency, "exponent": self.unit.exponent},
            "backlog": dict(sorted(self.counts.backlog.items())),
            "reports": list(self.reports),
            "findings": [each.to_json() for each in self.findings],
            "findings_left_out": self.left_out,
            "notes": list(self.notes),
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict on all sources; *findings* are those that concern several of them, *channels* what they reported.

    *directory* is the newest that a source goes by.
    """

    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]
    channels: tuple[dict[str, Any], ...] = ()
    directory: Directory | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict of the whole."""
        return Verdict.worst(*(each.verdict for each in self.sources), *(each.shows for each in self.findings))

    def to_json(self) -> dict[str, Any]:
        """Return the report as ``carnet-audit verify --json`` prints it (spec/audit.md#report)."""
        return {
            "verdict": self.verdict.name,
            "exit": int(self.verdict),
            "sources": [each.to_json() for each in self.sources],
            "findings": [each.to_json() for each in self.findings],
            "channels": list(self.channels),
            "directory": None if self.directory is None else _listed(self.directory),
        }


def _listed(directory: Directory) -> dict[str, Any]:
    members = [{"vasp": each.vasp, "name": each.name, "jurisdiction": each.jurisdiction} for each in directory.members]
    return {"network": directory.network, "version": directory.version, "members": members}
