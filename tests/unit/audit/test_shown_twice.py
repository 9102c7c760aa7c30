"""A source that is asked twice for one file, and answers otherwise: a day's linked records are read once more."""

from functools import cache

import pytest

from audit_folders import reader
from carnet.audit import Verdict, audit_source, finish
from carnet.crypto.coins import system_coins
from carnet.evidence import UnreadableError
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import decode_bundle, encode_bundle
from carnet.testing.ledger.chronicle import HONEST, Conduct
from carnet.testing.ledger.generate import folders, plan_of

PLAN = plan_of(seed="shown twice", records=4, epochs=1, laws=("ch-finma-2019", "fatf-2019"))
OTHER = Notice(kind=NoticeKind.DISCLOSURE, epoch=0, hash=bytes(32))


class Ungroups(Conduct):
    """Alice keeps her last linked record out of her customers' windows."""

    def part(self, vasp, interval, part):
        del interval
        if vasp == "alice" and part.links:
            part.links.remove(max(part.links, key=lambda each: each.order))
        return part


@cache
def published(*, ungrouped):
    return folders(PLAN, conduct=Ungroups() if ungrouped else HONEST)["alice"]


def audit(read):
    society = PLAN.society
    steps = audit_source(read, source="test", authority=society.authority, now=society.end, coins=system_coins)
    return finish(steps)


def twice(folder, again):
    """Return a reader of *folder*, and from the second time on of *again*, where it has the file."""
    once, seen = reader(folder), set()

    def read(path, limit):
        if path in seen and path in again:
            if again[path] is None:
                raise UnreadableError(path, "gone")
            return again[path]
        seen.add(path)
        return once(path, limit)

    return read


def without(folder, index):
    """Return the first bundles of records and of entries as if number *index* were no linked record."""
    records = next(path for path in folder if path.startswith("records/"))
    entries = records.replace("records/", "tile/entries/")
    width = int(records.rpartition("/")[2])
    items = decode_bundle(folder[records], width=width)
    items[index] = OTHER.encode()
    hashes = decode_bundle(folder[entries], width=width)
    hashes[index] = OTHER.entry()
    return {records: encode_bundle(items), entries: encode_bundle(hashes)}


def test_a_record_that_stands_in_no_group_is_found():
    (found,) = audit(reader(published(ungrouped=True))).findings
    assert found.check == "window.missing"


def test_a_record_in_no_group_is_not_hidden_by_another_log_that_is_shown_the_second_time():
    folder = published(ungrouped=True)
    (missing,) = audit(reader(folder)).findings
    report = audit(twice(folder, without(folder, missing.index)))
    assert [each.check for each in report.findings] == ["file.missing"]
    assert report.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("tree", ["records/", "tile/entries/"])
def test_a_bundle_that_is_gone_the_second_time_shows_nothing_against_the_vasp(tree):
    """A log that grows may remove its partial bundles."""
    folder = published(ungrouped=False)
    assert audit(reader(folder)).verdict is Verdict.SOUND
    report = audit(twice(folder, {path: None for path in folder if path.startswith(tree)}))
    assert [each.check for each in report.findings] == ["file.missing"]
