"""The audit of several sources: each by itself, then step 9 of the procedure (spec/audit.md#procedure)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar, final

from carnet.audit.proofs import Stream
from carnet.audit.report import Findings, Progress, Report, SourceReport
from carnet.audit.source import audit_source
from carnet.crypto.coins import Coins
from carnet.evidence import Read

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a report calls a source, and how it is read."""

    name: str
    read: Read


def audit_sources(
    sources: Sequence[Source],
    *,
    authority: bytes | None,
    now: int,
    coins: Coins,
    stream: Stream = map,
    seen: Sequence[bytes] = (),
) -> Generator[Progress, None, Report]:
    """Audit *sources*, and what must hold between them (spec/audit.md#procedure); see `audit_source`."""
    reports: list[SourceReport] = []
    gathered: list[set[bytes]] = []
    for source in sources:
        strings: set[bytes] | None = set() if len(sources) > 1 else None
        report = yield from audit_source(
            source.read,
            source=source.name,
            authority=authority,
            now=now,
            coins=coins,
            stream=stream,
            seen=seen,
            strings=strings,
        )
        reports.append(report)
        gathered.append(strings or set())
    findings = Findings()
    for (one, left), (other, right) in combinations(zip(reports, gathered, strict=True), 2):
        _compare(one, other, findings)
        if one.vasp != other.vasp and (shared := len(left & right)):
            findings.add("sources.shared", _both(one, other), f"{shared} strings")
    return Report(sources=tuple(reports), findings=tuple(findings.told))


def _compare(one: SourceReport, other: SourceReport, findings: Findings) -> None:
    """Hold what two sources say of the network, and of one log, against each other."""
    if None not in {one.network, other.network} and one.network != other.network:
        findings.add("sources.network", _both(one, other), f"{one.network} and {other.network}")
    elif one.directory_version == other.directory_version and one.directory_hash != other.directory_hash:
        findings.add("sources.directory", _both(one, other), f"version {one.directory_version}")
    same = one.vasp == other.vasp or (one.cosigned and other.cosigned)  # else one calls its log as it likes
    if (
        one.origin is not None
        and same
        and (one.origin, one.size) == (other.origin, other.size)
        and one.root != other.root
    ):
        findings.add("sources.fork", _both(one, other), f"{one.origin} at size {one.size}")


def _both(one: SourceReport, other: SourceReport) -> str:
    return f"{one.source} and {other.source}"


def finish(audit: Generator[Progress, None, T]) -> T:
    """Run *audit* to its end, and return its report."""
    while True:
        try:
            next(audit)
        except StopIteration as stop:
            report: T = stop.value
            return report
