"""The reports of a source, as the audit finds, follows and judges them."""

from dataclasses import replace
from functools import cache

import pytest

from audit_folders import reader
from carnet.audit.report import Findings
from carnet.audit.reports import Measured, ReportAudit
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.evidence import UnreadableError
from carnet.log.notice import Notice, NoticeKind
from carnet.messages import Directory
from carnet.params import EPOCH_S
from carnet.reporting.reconcile import Reconciler, State
from carnet.reporting.report import LATE_EPOCHS, EpochReport, sign_report
from carnet.secret import Secret
from carnet.testing.ledger import NETWORK
from carnet.testing.reported import EPOCH, found, report, root, world

DUE = (EPOCH + 1) * EPOCH_S + 120


def member(vasp="alice"):
    signed = world().network.ledgers[vasp].directory
    directory = Directory.decode(cose.payload_of(signed))
    return next(each for each in directory.members if each.vasp == vasp)


def signed(one: EpochReport, vasp="alice") -> bytes:
    return sign_report(one, seed=Secret(world().network.ledgers[vasp].keys.identity_seed))


@cache
def two():
    """Return two reports of alice, the second of no records."""
    first = report(world(), "alice")
    hashed = cose.payload_hash(signed(first))
    empty = {"serial": 2, "previous": hashed, "start": first.end, "end": first.end, "epoch": EPOCH + 1}
    none = {"rows": (), "covers": None, "total": None, "outcomes": (), "issued": (EPOCH + 2) * EPOCH_S}
    return first, replace(first, **empty, **none)


def folder(*reports, vasp="alice"):
    files = {f"reports/{each.serial}": signed(each, vasp) for each in reports}
    return files | ({"report": files[f"reports/{reports[-1].serial}"]} if reports else {})


def notice(one, **changes):
    values = {"kind": NoticeKind.REPORT, "epoch": one.epoch, "hash": cose.payload_hash(signed(one))}
    return (one.end, Notice(**values | changes))


def measured(one, side):
    sums = found(side) if one.serial == 1 else type(found(side))(start=one.start, end=one.end)
    return Measured(sums=sums, root=root(side.records))


def judge(files, reports, *, notices=None, time=DUE, epochs=(EPOCH,), reconciler=None, measure=True, unreported=None):
    findings = Findings()
    audit = ReportAudit(reader(files), member=member(), network=NETWORK, findings=findings)
    ranges = audit.ranges()
    side = world().alice
    known = {each.serial: measured(each, side) for each in reports if measure}
    assert {each.serial for each in ranges} <= {each.serial for each in reports}
    audit.judge(
        known,
        [notice(each) for each in reports] if notices is None else notices,
        size=len(side.records),
        time=time,
        epochs=epochs,
        unreported=unreported,
        coins=system_coins,
        reconciler=reconciler,
    )
    return [each.check for each in findings.told], audit


def test_a_true_report_is_accepted_and_told():
    first, _ = two()
    reconciler = Reconciler()
    checks, audit = judge(folder(first), [first], reconciler=reconciler)
    assert checks == []
    (told,) = audit.summaries
    assert told["total"] == {"count": 12, "unit": str(first.total.unit), "full": 12}
    assert (told["covers"], told["rows"], told["findings"]) == (3, 1, 0)
    (channel,), differences = reconciler.reconcile(sources=["alice"], members=["alice", "bob"])
    assert (channel.state, differences) == (State.UNSEEN, [])


def test_reports_are_followed_back_to_the_first():
    first, second = two()
    checks, audit = judge(folder(first, second), [first, second], time=DUE + EPOCH_S)
    assert checks == []
    assert [each["serial"] for each in audit.summaries] == [1, 2]


def test_a_log_without_reports_is_fine_until_one_is_due():
    overdue = (EPOCH + 1 + LATE_EPOCHS) * EPOCH_S
    assert judge({}, [], time=overdue)[0] == []
    assert judge({}, [], time=overdue + 1)[0] == ["report.missing"]
    assert judge({}, [], time=overdue + 1, epochs=())[0] == []
    first, _ = two()
    assert judge(folder(first), [first], time=overdue + 1)[0] == []
    assert judge(folder(first), [first], time=overdue + EPOCH_S + 1, epochs=(EPOCH, EPOCH + 1))[0] == ["report.missing"]


def test_a_record_that_no_report_covers_is_missed_when_the_last_report_that_could_is_due():
    """Else a VASP would date each record to a day that it has reported, and report nothing more."""
    first, _ = two()
    due = (EPOCH + 1 + 2 * LATE_EPOCHS) * EPOCH_S
    assert judge(folder(first), [first], time=due, unreported=EPOCH)[0] == []
    assert judge(folder(first), [first], time=due + 1, unreported=EPOCH)[0] == ["report.missing"]
    assert judge(folder(first), [first], time=due + 1)[0] == []


def test_a_newest_report_that_is_refused_to_this_auditor_is_missing():
    def refused(path, _limit):
        raise UnreadableError(path, "for others", withheld=True)

    findings = Findings()
    audit = ReportAudit(refused, member=member(), network=NETWORK, findings=findings)
    assert audit.ranges() == []
    assert [(each.check, each.where) for each in findings.told] == [("file.missing", "report")]


def test_reports_beyond_those_that_are_looked_at_are_missing(monkeypatch):
    """Else a VASP would issue many empty ones, so that nobody looks at the first."""
    monkeypatch.setattr("carnet.audit.reports.MAX_REPORTS", 1)
    first, second = two()
    findings = Findings()
    audit = ReportAudit(reader(folder(first, second)), member=member(), network=NETWORK, findings=findings)
    assert [each.serial for each in audit.ranges()] == [2]
    assert [(each.check, each.where) for each in findings.told] == [("file.missing", "reports/1")]


def test_a_report_that_is_withheld_hides_those_before_it():
    first, second = two()
    files = folder(first, second)
    del files["reports/1"]
    checks, audit = judge(files, [first, second], time=DUE + EPOCH_S)
    assert checks == ["file.missing"]
    assert [each["serial"] for each in audit.summaries] == [2]


def test_a_newest_report_that_is_not_under_its_own_number_is_told_once():
    first, second = two()
    files = folder(first, second)
    del files["reports/2"]
    checks, audit = judge(files, [first, second], time=DUE + EPOCH_S)
    assert checks == ["file.missing"]
    assert [each["serial"] for each in audit.summaries] == [1]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda _: None, State.EQUAL),
        (lambda files: files.pop("reports/1"), State.UNSEEN),
        (lambda files: files.pop("report"), State.UNSEEN),
        (lambda files: files.update({"report": b"rubbish"}), State.UNSEEN),
        (lambda files: files.update({"reports/1": b"rubbish"}), State.UNSEEN),
    ],
)
def test_reports_that_cannot_be_had_show_nothing_against_the_other_end(change, state):
    reconciler, other = Reconciler(), report(world(), "bob")
    reconciler.put(other)
    reconciler.put(replace(other, serial=2, rows=(), epoch=EPOCH + LATE_EPOCHS))
    files = folder(*two())
    change(files)
    judge(files, two(), time=DUE + LATE_EPOCHS * EPOCH_S, reconciler=reconciler)
    (channel,), differences = reconciler.reconcile(sources=["alice", "bob"], members=["alice", "bob"])
    assert (channel.state, differences) == (state, [])


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        (lambda files: files | {"report": b"rubbish"}, ["report.form"]),
        (lambda files: files | {"reports/1": b"rubbish"}, ["report.form"]),
        (lambda files: files | {"reports/1": signed(replace(two()[0], disclosures=1))}, ["report.chain"]),
        (lambda files: files | {"report": signed(two()[0], "bob")}, ["report.signature"]),
        (lambda files: files | {"report": signed(replace(two()[0], network="another"))}, ["report.form"]),
    ],
    ids=["newest", "listed", "another listed", "another signer", "another network"],
)
def test_what_is_no_report_is_named(change, checks):
    first, _ = two()
    assert judge(change(folder(first)), [first])[0] == checks


def test_a_report_that_begins_elsewhere_is_named():
    first, second = two()
    beginning = replace(second, start=second.start - 1)
    checks, audit = judge(folder(first, beginning), [first, beginning], time=DUE + EPOCH_S)
    assert checks[0] == "report.chain"
    assert [each["serial"] for each in audit.summaries] == [2]


def test_a_report_that_names_another_before_it_is_named():
    first, second = two()
    other = replace(second, previous=bytes(32))
    assert judge(folder(first, other), [first, other], time=DUE + EPOCH_S)[0] == ["report.chain"]


def test_a_report_is_the_one_that_the_log_has_a_notice_of():
    first, _ = two()
    files = folder(first)
    assert judge(files, [first], notices=[])[0] == ["report.unlogged"]
    assert judge(files, [first], notices=[notice(first, hash=bytes(32))])[0] == ["report.notice"]
    assert judge(files, [first], notices=[notice(first), notice(first, hash=bytes(32))])[0] == ["report.notice"]
    assert judge(files, [first], notices=[(0, notice(first)[1])])[0] == ["report.notice"]
    assert judge(files, [first], notices=[notice(first, kind=NoticeKind.DISCLOSURE)])[0] == ["report.unlogged"]


def test_a_report_that_was_issued_and_is_none_of_those_shown_is_missed():
    first, second = two()
    later = replace(second, epoch=EPOCH + 2, issued=(EPOCH + 3) * EPOCH_S)
    assert judge(folder(first, later), [first, later], time=DUE + 2 * EPOCH_S)[0] == []
    for epoch in (EPOCH - 1, EPOCH + 1):
        skipped = [notice(first), notice(later), notice(first, epoch=epoch)]
        checks, _ = judge(folder(first, later), [first, later], notices=skipped, time=DUE + 2 * EPOCH_S)
        assert checks == ["report.notice"]


def test_a_report_that_was_issued_is_not_held_back():
    """A node shows it when a published checkpoint covers the notice: for a moment, there is but the notice."""
    first, second = two()
    overdue = (EPOCH + 2 + LATE_EPOCHS) * EPOCH_S
    both = [notice(first), notice(second)]
    assert judge(folder(first), [first], notices=both, time=overdue)[0] == []
    assert judge(folder(first), [first], notices=both, time=overdue + 1)[0] == ["report.missing"]
    files = folder(first, second)
    del files["reports/1"]
    before = [notice(first), notice(second), notice(first, epoch=EPOCH - 1)]
    checks, _ = judge(files, [first, second], notices=before, time=DUE + EPOCH_S)
    assert checks == ["file.missing"]


def test_a_day_that_is_not_over_has_no_report():
    first, _ = two()
    assert judge(folder(first), [first], time=(EPOCH + 1) * EPOCH_S - 301)[0] == ["report.epoch"]
    early = replace(first, issued=(EPOCH + 1) * EPOCH_S - 301)
    assert judge(folder(early), [early])[0] == ["report.epoch"]


def test_a_report_of_more_than_the_log_holds_is_named():
    first, _ = two()
    more = replace(first, end=first.end + 1)
    assert judge(folder(more), [more], measure=False)[0] == ["report.root"]


def test_a_report_of_what_could_not_be_walked_is_not_judged():
    first, _ = two()
    assert judge(folder(first), [first], measure=False)[0] == []


@pytest.mark.parametrize("measure", [True, False], ids=["walked", "not walked"])
def test_channels_that_the_log_has_no_records_of_are_not_remembered(measure):
    """Of a log that is short, or said to be long, reports could name channels without end."""
    first, reconciler = two()[0], Reconciler()
    many = tuple(replace(first.rows[0], channel=bytes([number]) * 16, count=1) for number in range(16))
    lying = replace(first, rows=many)
    checks, _ = judge(folder(lying), [lying], reconciler=reconciler, measure=measure)
    assert ("report.rows" in checks) is measure
    assert reconciler.reconcile(sources=["alice"], members=["alice", "bob"]) == ([], [])


@pytest.mark.parametrize("field", ["unit", "flag"])
@pytest.mark.parametrize("peers", [True, False], ids=["the peer's", "its own"])
def test_a_sum_that_is_no_point_is_refused_and_goes_nowhere(field, peers):
    first, _ = two()
    row, none = first.rows[0], {field: b"\x02" + b"\xff" * 32}
    bad = replace(row, peer=replace(row.peer, **none)) if peers else replace(row, **none)
    lying, reconciler = replace(first, rows=(bad,)), Reconciler()
    checks, _ = judge(folder(lying), [lying], reconciler=reconciler)
    assert checks[-1] == "report.form"
    assert reconciler.reconcile(sources=["alice"], members=["alice", "bob"]) == ([], [])


def test_what_a_report_says_wrong_is_told_beside_it():
    first, _ = two()
    lying = replace(first, disclosures=3)
    checks, audit = judge(folder(lying), [lying])
    assert checks == ["report.disclosures"]
    assert audit.summaries[0]["findings"] == 1
