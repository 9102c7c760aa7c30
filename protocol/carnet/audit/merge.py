"""Verdicts on bundles, merged in the order of the log: what an audit has found so far (spec/audit.md#procedure).

What is held does not grow with the log, but for 60 bytes for each bundle whose proofs are not all there, and what the
rows of reminders take wherever they are kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from carnet.audit.job import BundleVerdict
from carnet.audit.ranges import Ranges
from carnet.audit.reminders import REMINDER, ROW, Shelf, repeated
from carnet.audit.report import MAX_FINDINGS, Counts, Finding, Findings
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import PROOFS, RECORDS, WIDTH, Bundle

MAX_NOTICES: Final = 50_000
"""How many notices are looked at: a few a day for more than a quarter of a century."""
MAX_REFUSED: Final = 4096


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A bundle where something is wrong with the proofs alone; *digest* is what its entries hash to."""

    digest: bytes
    proofs: int
    backlog: Counter[str]


@final
class Tally:
    """All that has been found in a log, as far as it has been walked."""

    def __init__(self, shelf: Shelf, *, name: str, strings: bool, cuts: Sequence[int], told: Any = None) -> None:
        """Begin, or go on where `to_json` has *told* of; the cuts before that must then be the same."""
        known: dict[str, Any] = told or {}
        self.counts: Final = Counts.load(known["counts"]) if told else Counts()
        self.findings: Final = Findings.from_json(known["findings"]) if told else Findings()
        self.ranges: Final = Ranges(cuts, told=known.get("ranges"))
        self.notices: Final = [
            (index, Notice(kind=NoticeKind(kind), epoch=epoch, hash=bytes.fromhex(hashed)))
            for index, kind, epoch, hashed in known.get("notices", [])
        ]
        self.late: Final = {
            int(index): Late(digest=bytes.fromhex(digest), proofs=proofs, backlog=Counter(backlog))
            for index, (digest, proofs, backlog) in known.get("late", {}).items()
        }
        self.spoiled: bool = known.get("spoiled", False)
        self.headers: Final = shelf.rows(f"{name}.headers", size=ROW, mark=known.get("headers"))
        self.strings: Final = (
            shelf.rows(f"{name}.strings", size=REMINDER, mark=known.get("strings")) if strings else None
        )
        self._refused: Final[dict[str, None]] = dict.fromkeys(known.get("refused", []))

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "counts": self.counts.save(),
            "findings": self.findings.to_json(),
            "ranges": self.ranges.to_json(),
            "notices": [[at, int(each.kind), each.epoch, each.hash.hex()] for at, each in self.notices],
            "late": {str(at): [each.digest.hex(), each.proofs, each.backlog] for at, each in self.late.items()},
            "spoiled": self.spoiled,
            "headers": self.headers.mark(),
            "strings": None if self.strings is None else self.strings.mark(),
            "refused": list(self._refused),
        }

    def forget_late(self) -> None:
        """Forget what was found of proofs, all of which will be looked at again; `late` says where."""
        self.findings.take()
        for each in self.late.values():
            self.counts.proofs -= each.proofs
            self.counts.backlog -= each.backlog

    def take(self, verdict: BundleVerdict, *, before: Findings, digest: bytes, again: bool) -> None:
        """Take in what was found in a bundle, and *before* it was judged; *again* if but for its proofs it is known.

        *digest* is what the bundle's entries hash to.
        """
        told = [each for each in verdict.findings if self._is_new(each)]
        self.findings.extend(before)
        for each in told:
            self.findings.note(each)
        if again:
            self.counts.proofs += verdict.counts.proofs
            self.counts.backlog.update(verdict.counts.backlog)
        else:
            self._take(verdict)
        self._judge(verdict, [*before.told, *told], digest)

    def _take(self, verdict: BundleVerdict) -> None:
        self.counts.include(verdict.counts)
        self.ranges.add(verdict.parts)
        self.notices.extend(verdict.notices[: MAX_NOTICES - len(self.notices)])
        self.headers.add(verdict.headers)
        if self.strings is not None:
            self.strings.add(verdict.strings)

    def _judge(self, verdict: BundleVerdict, findings: Sequence[Finding], digest: bytes) -> None:
        """Say how much of the bundle is to be looked at again at the next audit: nothing, its proofs, or everything."""
        index = verdict.first // WIDTH
        self.late.pop(index, None)
        if not findings:
            return
        if all(each.where.startswith(PROOFS) for each in findings):
            counts = verdict.counts
            self.late[index] = Late(digest=digest, proofs=counts.proofs, backlog=counts.backlog)
        else:
            self.spoiled = True

    def _is_new(self, finding: Finding) -> bool:
        """Tell whether *finding* is not the refusal of a pack that has been told already."""
        if not finding.where.startswith("packs/"):
            return True
        if finding.where in self._refused:
            return False
        if len(self._refused) >= MAX_REFUSED:
            self._refused.clear()
        self._refused[finding.where] = None
        return True

    def duplicates(self, *, size: int) -> Findings:
        """Return which of the log's *size* entries are of a transfer that another before them speaks of."""
        findings = Findings()
        indexes, count = repeated(self.headers, most=MAX_FINDINGS)
        for index in indexes:
            at = index // WIDTH
            where = Bundle(tree=RECORDS, index=at, width=min(WIDTH, size - at * WIDTH)).path
            findings.add("record.duplicate", where, index=index)
        findings.left_out += count - len(indexes)
        return findings
