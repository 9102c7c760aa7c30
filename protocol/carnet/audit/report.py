"""What an audit found: plain data, and its JSON (spec/audit.md#report)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, final

from carnet.audit.rules import CHECKS, Verdict
from carnet.errors import PeerError
from carnet.evidence import UnreadableError
from carnet.log.witness import Cosignature

MAX_FINDINGS: Final = 1000
"""How many findings of one source are told; the others are counted."""

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the audit of *source* is: records *done* of *size*."""

    source: str
    done: int
    size: int


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
    """Collects findings, but no more than `MAX_FINDINGS`: a hostile source must not fill the auditor's memory."""

    def __init__(self) -> None:
        self.told: Final[list[Finding]] = []
        self.left_out = 0
        self.verdict = Verdict.SOUND

    def add(self, check: str, where: str, message: str = "", *, index: int | None = None) -> None:
        """Note that *check* failed."""
        finding = Finding(check=check, where=where, message=message, index=index)
        self.verdict = Verdict.worst(self.verdict, finding.shows)
        if len(self.told) < MAX_FINDINGS:
            self.told.append(finding)
        else:
            self.left_out += 1

    def take(self) -> "Findings":
        """Return all that has been noted, and begin anew."""
        taken = Findings()
        taken.extend(self)
        self.told.clear()
        self.left_out = 0
        self.verdict = Verdict.SOUND
        return taken

    def extend(self, others: "Findings") -> None:
        """Note what *others* hold, as if it had been found only now."""
        room = MAX_FINDINGS - len(self.told)
        self.told.extend(others.told[:room])
        self.left_out += others.left_out + len(others.told[room:])
        self.verdict = Verdict.worst(self.verdict, others.verdict)

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
    """How many records there are, of which kinds."""

    records: int = 0
    proofs: int = 0
    kind: Counter[str] = field(default_factory=Counter)
    role: Counter[str] = field(default_factory=Counter)
    epoch: Counter[str] = field(default_factory=Counter)
    pack: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as the JSON report holds them."""
        by = {"kind": self.kind, "role": self.role, "epoch": self.epoch, "pack": self.pack}
        return {"records": self.records, "proofs": self.proofs} | {
            name: dict(sorted(c.items())) for name, c in by.items()
        }


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
    findings: tuple[Finding, ...]
    left_out: int
    notes: tuple[str, ...]

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
            "findings": [each.to_json() for each in self.findings],
            "findings_left_out": self.left_out,
            "notes": list(self.notes),
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict on all sources; *findings* are those that concern several of them."""

    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]

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
        }
