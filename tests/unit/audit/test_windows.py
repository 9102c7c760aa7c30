"""Step 13 of the audit: pages held against a log, whose records are read once more."""

from dataclasses import replace

import pytest

from carnet.audit.report import Findings
from carnet.audit.rules import Verdict
from carnet.audit.windows import WindowAudit, reread
from carnet.crypto.coins import visible_coins
from carnet.evidence import UnreadableError, page_path
from carnet.log.notice import Notice, NoticeKind
from carnet.log.record import Record
from carnet.log.tiles import encode_bundle
from carnet.messages import Phase, Role
from carnet.params import SUITE
from carnet.policy.pack import Leg, pack_hash
from carnet.reporting.report import EpochReport
from carnet.reporting.window import page_hash
from carnet.testing.customers import ORIGIN
from carnet.testing.world import load_pack
from window_pages import Vasp

DAY = 20_700
COINS = visible_coins("weights of the audit")
FATF = load_pack("fatf-2019")
LINKING = replace(FATF, legs=tuple(replace(rule, linked_window_s=86400) for rule in FATF.legs))
PACKS = {pack_hash(pack): pack for pack in (FATF, LINKING)}


@pytest.fixture
def vasp():
    made = Vasp()
    for value in (10, 20, 30):
        made.send("ada", value, epoch=DAY)
    made.send("bo", 40, epoch=DAY)
    return made


def report(vasp, page, *, start=0, windows=...):
    return EpochReport(
        suite=SUITE,
        network="test",
        vasp="alice",
        serial=1,
        epoch=DAY,
        previous=None,
        origin=ORIGIN,
        start=start,
        end=len(vasp.records),
        root=bytes(32),
        outcomes=(),
        rows=(),
        covers=None,
        total=None,
        disclosures=0,
        windows=(None if page is None else page_hash(page)) if windows is ... else windows,
        issued=0,
    )


def audited(vasp, page, linked, **changes):
    """Return what the audit of one page finds."""
    files = {} if page is None else {page_path(1): page}

    def read(path, limit):
        if path not in files:
            raise UnreadableError(path, "not there")
        assert len(files[path]) <= limit
        return files[path]

    findings = Findings()
    audit = WindowAudit(read, origin=ORIGIN, findings=findings)
    audit.judge(report(vasp, page, **changes), linked, coins=COINS)
    return findings


def test_a_page_that_holds_is_accepted(vasp):
    found = audited(vasp, vasp.page(epoch=DAY).encode(), vasp.linked)
    assert (found.told, found.verdict) == ([], Verdict.SOUND)


def test_a_record_that_nobody_groups_is_told_with_its_number(vasp):
    page = vasp.page([group for group in vasp.groups() if len(group.entries) > 1], epoch=DAY).encode()
    (found,) = audited(vasp, page, vasp.linked).told
    assert (found.check, found.where, found.index) == ("window.missing", "windows/1", 3)


def test_without_a_page_there_must_be_nothing_to_group(vasp):
    (found,) = audited(vasp, None, vasp.linked).told
    assert found.check == "window.missing"
    assert audited(vasp, None, {}).told == []


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"windows": bytes(32)}, "window.page"),
        ({"windows": page_hash(b"\xa0")}, "window.form"),
    ],
)
def test_another_page_is_refused_whole(vasp, change, check):
    page = b"\xa0" if check == "window.form" else vasp.page(epoch=DAY).encode()
    (found,) = audited(vasp, page, vasp.linked, **change).told
    assert found.check == check


def test_a_page_that_is_not_there_shows_nothing(vasp):
    found = audited(vasp, None, vasp.linked, windows=bytes(32))
    assert [each.check for each in found.told] == ["file.missing"]
    assert found.verdict is Verdict.UNKNOWN


def record(linked, *, pack=LINKING, kind=Phase.SETTLED):
    return Record(
        kind=kind,
        role=Role.ORIGINATOR,
        epoch=linked.epoch,
        pack=pack_hash(pack),
        leg=Leg.VASP,
        value=linked.value,
        unit=linked.value,
        window=linked.window,
        flag=linked.value,
        header_ref=bytes(32),
        receipt_ref=bytes(32),
        terminal_ref=bytes(32),
    )


def log_of(items):
    """Return a reader of a log of *items*, in bundles of 256."""
    files = {}
    for start in range(0, len(items), 256):
        some = items[start : start + 256]
        tail = f"{start // 256:03}" + ("" if len(some) == 256 else f".p/{len(some)}")
        files[f"records/{tail}"] = encode_bundle([each.encode() for each in some])
        files[f"tile/entries/{tail}"] = b"".join(b"\0\x20" + each.entry() for each in some)

    def read(path, limit):
        if path not in files:
            raise UnreadableError(path, "not there")
        return files[path]

    return read, files


def test_linked_records_are_found_again_and_no_others(vasp):
    first = vasp.records[0]
    items = [record(each) for each in vasp.records]
    items += [record(first, pack=FATF), record(first, kind=Phase.REJECTED)]
    items += [Notice(kind=NoticeKind.REPORT, epoch=DAY, hash=bytes(32))]
    read, files = log_of(items * 50)
    found = dict(reread(read, PACKS.get, start=0, end=len(items) * 50, size=len(items) * 50))
    assert list(found) == [index for index in range(len(items) * 50) if index % len(items) < 4]
    assert found[7] == vasp.records[0]
    some = dict(reread(read, PACKS.get, start=255, end=270, size=len(items) * 50))
    assert some == {index: found[index] for index in range(255, 270) if index in found}
    del files["records/000"]
    assert min(dict(reread(read, PACKS.get, start=0, end=len(items) * 50, size=len(items) * 50))) >= 256


def test_a_record_that_its_entry_does_not_bear_out_is_passed_over(vasp):
    items = [record(each) for each in vasp.records]
    read, files = log_of(items)
    files["records/000.p/4"] = encode_bundle([each.encode() for each in [*items[:3], items[0]]])
    assert list(dict(reread(read, PACKS.get, start=0, end=4, size=4))) == [0, 1, 2]


def test_after_a_page_that_could_not_be_had_no_other_is_judged(vasp):
    """What is missing shows nothing against the VASP, and neither does what goes on from it."""
    first = vasp.page(epoch=DAY)
    vasp.done(first)
    vasp.send("ada", 50, epoch=DAY + 1)
    second = vasp.page(epoch=DAY + 1).encode()
    reports = [
        report(vasp, first.encode()),
        replace(report(vasp, second), serial=2, epoch=DAY + 1),
    ]
    early = {at: each for at, each in enumerate(vasp.records) if at < 4}
    late = {at: each for at, each in enumerate(vasp.records) if at >= 4}
    for files, expected in (
        ({page_path(2): second}, ["file.missing"]),
        ({page_path(1): first.encode(), page_path(2): second}, []),
    ):

        def read(path, _limit, files=files):
            if path not in files:
                raise UnreadableError(path, "not there")
            return files[path]

        findings = Findings()
        audit = WindowAudit(read, origin=ORIGIN, findings=findings)
        audit.judge(reports[0], early, coins=COINS)
        audit.judge(reports[1], late, coins=COINS)
        assert [each.check for each in findings.told] == expected
    findings = Findings()
    WindowAudit(read, origin=ORIGIN, findings=findings).judge(reports[1], late, coins=COINS)
    assert findings.told == []
