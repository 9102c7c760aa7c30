"""The audit of several sources: each by itself, then step 9 of the procedure (spec/audit.md#procedure)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar, final

from carnet.audit.channels import Channels
from carnet.audit.job import Stream
from carnet.audit.reminders import Shelf, shared
from carnet.audit.report import Findings, Progress, Report, SourceReport
from carnet.audit.source import SourceAudit, desk_of
from carnet.audit.state import Keep
from carnet.crypto.coins import Coins
from carnet.evidence import Read
from carnet.messages import Directory

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
    shelf: Shelf | None = None,
    keep: Keep | None = None,
) -> Generator[Progress, None, Report]:
    """Audit *sources*, and what must hold between them (spec/audit.md#procedure); see `audit_source`."""
    desk = desk_of(coins=coins, stream=stream, shelf=shelf, keep=keep)
    channels = Channels()
    audits: list[SourceAudit] = []
    reports: list[SourceReport] = []
    for number, source in enumerate(sources):
        audit = SourceAudit(
            source.read,
            source=source.name,
            authority=authority,
            now=now,
            desk=desk,
            strings=len(sources) > 1,
            channels=channels,
            name=f"source{number}",
        )
        yield from audit.steps(seen)
        audits.append(audit)
        reports.append(audit.report())
    findings = Findings()
    same = _shared(audits)
    for (one, left), (other, right) in combinations(enumerate(reports), 2):
        _compare(left, right, findings)
        if left.vasp != right.vasp and (count := same.get((one, other))):
            findings.add("sources.shared", _both(left, right), f"{count} strings")
    return Report(
        sources=tuple(reports),
        channels=tuple(each.to_json() for each in channels.reconcile(findings)),
        findings=tuple(findings.told),
        directory=max((each.directory for each in audits if each.directory), key=_version, default=None),
    )


def _version(directory: Directory) -> int:
    return directory.version


def _shared(audits: Sequence[SourceAudit]) -> dict[tuple[int, int], int]:
    """Return how many strings the records of each two sources have in common, by their numbers."""
    known = [(number, each.strings) for number, each in enumerate(audits) if each.strings is not None]
    if len(known) < 2:
        return {}
    found = shared([rows for _, rows in known])
    return {(known[one][0], known[other][0]): count for (one, other), count in found.items()}


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
