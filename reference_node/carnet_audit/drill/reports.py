"""Drills about reports: what a VASP says of its own log, and the log does not bear out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.group import N
from carnet.log.notice import Notice, NoticeKind
from carnet.messages import Phase, Role
from carnet.reporting.build import OpenedSums
from carnet.reporting.report import EpochReport, sign_report
from carnet.testing.ledger.batch import Part, Tally, ends_of
from carnet.testing.ledger.chronicle import Conduct
from carnet.testing.ledger.plan import Interval, Plan, Transfer
from carnet.testing.ledger.society import FIRST_EPOCH
from carnet_audit.drill.records import settled
from carnet_audit.drill.stage import ALICE, BOB, Sight, Stage, linking, network

SKIPPED: Final = 8
LESS: Final = 100_000


@final
class _Reports(Conduct):
    """Alice's first report says something else."""

    def __init__(self, change: Callable[[EpochReport], EpochReport]) -> None:
        self._change = change

    def report(self, vasp: str, report: EpochReport) -> EpochReport | None:
        return self._change(report) if (vasp, report.serial) == (ALICE, 1) else report


def skipped_range(stage: Stage) -> Sight:
    """Alice's first report begins after her first records."""
    return stage.audit(stage.folders(_Reports(lambda report: replace(report, start=SKIPPED))))


def _smaller(report: EpochReport) -> EpochReport:
    total = report.total
    if total is None:
        raise LookupError("the network of the drills has too few transfers for a total")
    return replace(report, total=replace(total, unit=total.unit - LESS))


def lying_total(stage: Stage) -> Sight:
    """Alice's total is a thousand dollars too small."""
    return stage.audit(stage.folders(_Reports(_smaller)))


def _better(report: EpochReport) -> EpochReport:
    """Return a report in which one transfer that came to nothing has settled."""
    failed = next(each.kind for each in report.outcomes if each.kind is not Phase.SETTLED)
    moved = {Phase.SETTLED: 1, failed: -1}
    return replace(
        report, outcomes=tuple(replace(each, count=each.count + moved.get(each.kind, 0)) for each in report.outcomes)
    )


def false_outcomes(stage: Stage) -> Sight:
    """Alice says that more has settled than her log holds."""
    return stage.audit(stage.folders(_Reports(_better)))


def replaced_report(stage: Stage) -> Sight:
    """Alice signs another report later, in the place of one that her log has a notice of."""
    shown = stage.folders()
    path = "reports/1"
    report = EpochReport.decode(cose.payload_of(shown[ALICE][path], limit=2**20), limit=2**20)
    later = sign_report(replace(report, issued=report.issued + 1), seed=stage.plan.society.keys(ALICE).identity)
    return stage.audit(shown | {ALICE: shown[ALICE] | {path: later}})


@final
class _StopsReporting(Conduct):
    """Alice issues no report after the first day."""

    def report(self, vasp: str, report: EpochReport) -> EpochReport | None:
        return None if vasp == ALICE and report.serial > 1 else report


def missing_report(stage: Stage) -> Sight:
    """Alice has stopped reporting, on the first of two days with transfers."""
    plan = network(days=2)
    return stage.audit(stage.folders(_StopsReporting(), plan=plan), plan=plan)


@final
class _Discloses(Conduct):
    """Alice has disclosed something, as her log says, and does not count it."""

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        if vasp == ALICE and interval.number == 0:
            notice = Notice(kind=NoticeKind.DISCLOSURE, epoch=interval.epoch, hash=bytes(range(32)))
            part.items.append((notice.encode(), b""))
        return part


def uncounted_disclosure(stage: Stage) -> Sight:
    """Alice's report counts no disclosures, and her log holds one."""
    return stage.audit(stage.folders(_Discloses()))


@final
class HidesAsCover(Conduct):
    """Some VASPs count a transfer as a cover."""

    def __init__(self, plan: Plan, transfer: Transfer, *, vasps: frozenset[str]) -> None:
        ends = ends_of(plan.society, transfer, epoch=FIRST_EPOCH, coins=plan.coins(f"transfer {transfer.number}"))
        self._opened = {each.vasp: each.sums for each in ends}
        self._transfer = transfer
        self._vasps = vasps

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        """Return *part* with the transfer among the covers."""
        if vasp not in self._vasps or self._transfer not in interval.transfers:
            return part
        sends = vasp == self._transfer.originator
        peer = self._transfer.beneficiary if sends else self._transfer.originator
        own, others = self._opened[vasp], self._opened[peer]
        row = part.channels[peer, Role.ORIGINATOR if sends else Role.BENEFICIARY]
        row.merge(Tally(count=-1, own=_negative(own), peer=_negative(others)))
        part.covers.add(replace(own, unit_mask=0, flag_mask=0))
        return part


def _negative(sums: OpenedSums) -> OpenedSums:
    return OpenedSums(
        unit=-1 * sums.unit, flag=-1 * sums.flag, unit_mask=-sums.unit_mask % N, flag_mask=-sums.flag_mask % N
    )


def hidden_in_covers(stage: Stage) -> Sight:
    """Alice counts a transfer as one of her covers."""
    transfer = settled(stage.plan, to=BOB)[0]
    return stage.audit(stage.folders(HidesAsCover(stage.plan, transfer, vasps=frozenset({ALICE}))))


@final
class _Ungroups(Conduct):
    """Alice keeps her last record out of her customers' windows."""

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        del interval
        if vasp == ALICE and part.links:
            part.links.remove(max(part.links, key=lambda each: each.order))
        return part


def ungrouped_record(stage: Stage) -> Sight:
    """Alice, whose law links a customer's transfers, leaves one out of the customer's window."""
    return stage.audit(stage.folders(_Ungroups(), plan=linking(stage.plan)))


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "hidden-in-covers": hidden_in_covers,
    "skipped-range": skipped_range,
    "lying-total": lying_total,
    "false-outcomes": false_outcomes,
    "replaced-report": replaced_report,
    "missing-report": missing_report,
    "uncounted-disclosure": uncounted_disclosure,
    "ungrouped-record": ungrouped_record,
}
