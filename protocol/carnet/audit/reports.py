"""Step 10 of the procedure: the reports of a source, held against its log (spec/audit.md#procedure).

Before the log is walked, `ReportAudit.ranges` says which ranges are to be added up; after it, `ReportAudit.judge` reads
the reports again, one at a time, so that memory does not grow with their rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from carnet.audit.report import Findings
from carnet.crypto.coins import Coins
from carnet.days import day
from carnet.errors import PeerError
from carnet.evidence import MAX_REPORTS, REPORT, Read, UnreadableError, read_report, report_path
from carnet.log.notice import Notice, NoticeKind
from carnet.messages import Member
from carnet.params import CLOCK_SKEW_S, EPOCH_S
from carnet.reporting.check import SignedReport, check_report, follow_report
from carnet.reporting.reconcile import Reconciler
from carnet.reporting.report import LATE_EPOCHS, MATCHED, EpochReport
from carnet.reporting.sums import RangeSums


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRange:
    """What report *serial* is about: entries *start* to *end* of the log."""

    serial: int
    start: int
    end: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the log has been found to hold in a report's range, and its root at the range's end.

    *sums* are None if some entry of the range could not be read, or is no record: nothing can then be counted.
    """

    sums: RangeSums | None
    root: bytes


def summary(report: EpochReport, *, findings: int) -> dict[str, Any]:
    """Return what the JSON report tells of *report*, of which so many *findings* speak (spec/audit.md#report)."""
    covers, total = report.covers, report.total
    opened = None if total is None else {"count": total.count, "unit": str(total.unit), "full": total.full}
    return {
        "serial": report.serial,
        "epoch": report.epoch,
        "start": report.start,
        "end": report.end,
        "outcomes": {each.kind.name: each.count for each in report.outcomes},
        "rows": len(report.rows),
        "covers": None if covers is None else covers.count,
        "total": opened,
        "disclosures": report.disclosures,
        "findings": findings,
    }


@final
class ReportAudit:
    """Judges the reports of *member*, which *read* reads; what is wrong goes to *findings*."""

    def __init__(self, read: Read, *, member: Member, network: str, findings: Findings) -> None:
        self._read: Final = read
        self._member: Final = member
        self._network: Final = network
        self._findings: Final = findings
        self._hashes: Final[dict[int, bytes]] = {}
        self._lost: Final[set[int]] = set()
        self._unread = False
        """Whether the newest report is one that could not be had, or was refused."""
        self.summaries: Final[list[dict[str, Any]]] = []

    def ranges(self) -> list[ReportRange]:
        """Return the ranges of all reports from the newest back, as far as they can be had, the oldest first."""
        newest = self._newest()
        found: list[ReportRange] = []
        while newest is not None:
            report = newest.report
            if len(found) == MAX_REPORTS:
                told = f"no more than {MAX_REPORTS} are looked at"
                self._findings.add("file.missing", report_path(report.serial), told)
                break
            self._hashes[report.serial] = newest.hash
            found.append(ReportRange(serial=report.serial, start=report.start, end=report.end))
            if report.serial == 1:
                break
            newest = self._open(report_path(report.serial - 1), serial=report.serial - 1)
        return self._contiguous(found[::-1])

    def judge(
        self,
        measured: Mapping[int, Measured],
        notices: Iterable[tuple[int, Notice]],
        *,
        size: int,
        time: int,
        epochs: Iterable[int],
        unreported: int | None = None,
        coins: Coins,
        reconciler: Reconciler | None = None,
        beside: Callable[[EpochReport], None] | None = None,
    ) -> None:
        """Hold each report against what has been *measured* in its range, by serial, and against the log's *notices*.

        *size* is that of the log, *time* when it was cosigned, *epochs* those of its records; *unreported* is the first
        of those that no report covers. *reconciler* is given each report, right or wrong, that counts no more than the
        log holds; *beside* judges what is published with it.
        """
        named = self._noticed(notices)
        unseen = set(named)
        older: SignedReport | None = None
        for serial in sorted(self._hashes):
            opened = None if serial in self._lost else self._open(report_path(serial), serial=serial)
            if opened is None:
                self._leave_out(reconciler)
                return
            before = self._told
            if older is not None or serial == 1:
                self._follows(opened, older)
            self._log(opened, measured.get(serial), named, size=size, time=time, coins=coins)
            self._only(opened.report, unseen, after=older.report.epoch if older else -1)
            if beside is not None:
                beside(opened.report)
            self.summaries.append(summary(opened.report, findings=self._told - before))
            if reconciler is not None:
                self._gather(opened.report, measured.get(serial), reconciler)
            older = opened
        newest = older.report.epoch if older else -1
        due = {*epochs, *unseen}
        overdue = [each for each in due if newest < each and (each + 1 + LATE_EPOCHS) * EPOCH_S < time]
        if unreported is not None and (unreported + 1 + 2 * LATE_EPOCHS) * EPOCH_S < time:  # the last to hold it is due
            overdue.append(unreported)
        if overdue:
            self._findings.add("report.missing", REPORT, f"of {day(min(overdue))}")
        if self._unread or min(self._hashes, default=1) > 1 or (overdue and older is None):
            self._leave_out(reconciler)

    def _gather(self, report: EpochReport, measured: Measured | None, reconciler: Reconciler) -> None:
        """Give the rows of *report* to *reconciler*, if the log has as many records, and all of their sums are points.

        So many rows as a VASP likes would need as much memory.
        """
        counted = sum(measured.sums.kinds[kind] for kind in MATCHED) if measured and measured.sums else 0
        if sum(row.count for row in report.rows) > counted:
            self._leave_out(reconciler)
            return
        try:
            reconciler.put(report)
        except PeerError as error:
            self._findings.add("report.form", report_path(report.serial), str(error))
            self._leave_out(reconciler)

    def _leave_out(self, reconciler: Reconciler | None) -> None:
        """Let the others not be held against reports that could not be had: what these say is not known."""
        if reconciler is not None:
            reconciler.leave_out(self._member.vasp)

    @property
    def _told(self) -> int:
        return len(self._findings.told) + self._findings.left_out

    # --- reading -----------------------------------------------------------------------------------------------------

    def _newest(self) -> SignedReport | None:
        """Return the newest report, if there is one, and if it also lies under its own number."""
        try:
            opened = read_report(self._read, REPORT, member=self._member, network=self._network)
        except UnreadableError as error:
            if error.withheld:
                self._findings.add("file.missing", error.path, error.reason)
                self._unread = True
            return None  # whether one is due is for `judge` to say
        except PeerError as error:
            self._findings.add(_named(error), REPORT, str(error))
            self._unread = True
            return None
        path = report_path(opened.report.serial)
        listed = self._open(path, serial=opened.report.serial)
        if listed is None:
            self._lost.add(opened.report.serial)
        elif listed.hash != opened.hash:
            self._findings.add("report.chain", path, "not the newest report")
            self._unread = True
            return None
        return opened

    def _open(self, path: str, *, serial: int) -> SignedReport | None:
        opened = self._findings.attempt(
            lambda: read_report(self._read, path, member=self._member, network=self._network),
            check=_named,
            where=path,
        )
        if opened is None:
            return None
        if opened.report.serial != serial or self._hashes.get(serial, opened.hash) != opened.hash:
            self._findings.add("report.chain", path, f"serial {opened.report.serial}")
            return None
        return opened

    def _contiguous(self, found: Sequence[ReportRange]) -> list[ReportRange]:
        """Return *found*, or as much of its end as lies side by side: the walk adds up one range after the other."""
        kept: list[ReportRange] = []
        for each in reversed(found):
            if kept and each.end != kept[-1].start:
                self._findings.add("report.chain", report_path(each.serial), f"ends at {each.end}")
                for serial in [one for one in self._hashes if one <= each.serial]:
                    del self._hashes[serial]
                break
            kept.append(each)
        return kept[::-1]

    # --- judging -----------------------------------------------------------------------------------------------------

    def _noticed(self, notices: Iterable[tuple[int, Notice]]) -> dict[int, list[tuple[int, bytes]]]:
        """Return where, and with which hash, the log has a notice of each epoch's report."""
        named: dict[int, list[tuple[int, bytes]]] = {}
        for index, notice in notices:
            if notice.kind is NoticeKind.REPORT:
                named.setdefault(notice.epoch, []).append((index, notice.hash))
        return named

    def _only(self, report: EpochReport, unseen: set[int], *, after: int) -> None:
        """Take the epoch of *report* from those of notices *unseen*; none MAY be between it and the one *after*."""
        unseen.discard(report.epoch)
        skipped = [each for each in unseen if after < each < report.epoch]
        if skipped and (after >= 0 or report.serial == 1):
            told = f"the log has a notice of one of {day(min(skipped))}"
            self._findings.add("report.notice", report_path(report.serial), told)

    def _follows(self, opened: SignedReport, older: SignedReport | None) -> None:
        try:
            follow_report(opened.report, older)
        except PeerError as error:
            self._findings.add("report.chain", report_path(opened.report.serial), error.detail)

    def _log(
        self,
        opened: SignedReport,
        measured: Measured | None,
        named: Mapping[int, list[tuple[int, bytes]]],
        *,
        size: int,
        time: int,
        coins: Coins,
    ) -> None:
        """Hold one report against the log."""
        report, where = opened.report, report_path(opened.report.serial)
        notices = named.get(report.epoch, [])
        if any(hashed != opened.hash or index < report.end for index, hashed in notices):
            self._findings.add("report.notice", where)
        elif not notices:
            self._findings.add("report.unlogged", where)
        if (report.epoch + 1) * EPOCH_S > min(report.issued, time) + CLOCK_SKEW_S:
            self._findings.add("report.epoch", where, f"of {day(report.epoch)}")
        if report.end > size:
            self._findings.add("report.root", where, f"at size {report.end} of {size}")
        if measured is None:  # the walk did not come so far
            return
        if measured.sums is None:
            if report.root != measured.root:
                self._findings.add("report.root", where, f"at size {report.end}")
            return
        for objection in check_report(report, measured.sums, root=measured.root, coins=coins):
            self._findings.add(objection.check, where, objection.message)


def _named(error: PeerError) -> str:
    """Return the check under which the audit reports *error* of a report."""
    return "report.signature" if error.check in {"signature", "signature.kid"} else "report.form"
