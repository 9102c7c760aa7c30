"""An audit that goes on where an earlier one ended says what an audit from the beginning says."""

import json
from dataclasses import replace
from itertools import islice

import pytest

from audit_folders import NOW, checks, long_folder, long_ledger, reader, sound
from carnet.audit import StateError, Verdict, audit_source, finish, job, walk
from carnet.audit.reminders import MemoryShelf
from carnet.crypto.coins import system_coins


class Keep:
    """States in memory."""

    def __init__(self):
        self.kept = {}

    def load(self, name):
        return self.kept.get(name)

    def save(self, name, data):
        self.kept[name] = data


class Reads:
    """A reader that counts which bundles of records are read."""

    def __init__(self, folder):
        self.folder = folder
        self.bundles = []

    def __call__(self, path, limit):
        self.bundles += [path] if path.startswith("records/") else []
        return reader(self.folder)(path, limit)


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(walk, "EVERY", 1)


@pytest.fixture
def cheap(monkeypatch):
    """No proof is verified: what is tested is what is looked at, and when."""
    monkeypatch.setattr(job, "find_bad", lambda _items, **_coins: [])


def steps(read, keep, *, source="test", authority=None):
    key = authority or sound().authority
    more = {"keep": keep, "shelf": MemoryShelf()} if keep else {}
    return audit_source(read, source=source, authority=key, now=NOW, coins=system_coins, **more)


def told(report):
    return json.dumps(report.to_json())


def interrupted(folder, keep, after):
    begun = steps(reader(folder), keep)
    assert len(list(islice(begun, after))) == after
    begun.close()


@pytest.mark.parametrize("after", [1, 2])
def test_an_audit_that_was_interrupted_goes_on_and_says_the_same(after):
    folder, keep = long_folder(), Keep()
    interrupted(folder, keep, after)
    read = Reads(folder)
    again = steps(read, keep)
    first = next(again)
    assert first.resumed == 256 * after
    assert read.bundles[0] != "records/000"
    assert told(finish(again)) == told(finish(steps(reader(folder), None)))


def grown(bundles, proofs=None):
    book = long_ledger(bundles, at=(0,))
    return book.files() if proofs is None else replace(book, proofs=proofs).files()


def quiet(report):
    """Without the duplicates, which a log of one transfer is full of."""
    return [each for each in checks(report) if each != "record.duplicate"]


@pytest.mark.usefixtures("cheap")
def test_a_log_that_has_grown_is_gone_on_with():
    keep = Keep()
    finish(steps(reader(grown(3)), keep))
    read = Reads(grown(5))
    report = finish(steps(read, keep))
    assert read.bundles == ["records/002", "records/003", "records/004.p/100"]
    assert told(report) == told(finish(steps(reader(grown(5)), None)))


@pytest.mark.usefixtures("cheap")
def test_proofs_that_were_missing_are_looked_at_again():
    keep, book = Keep(), long_ledger(3, at=(0,))
    missing = [b"" if number == 300 else each for number, each in enumerate(book.proofs)]
    assert quiet(finish(steps(reader(grown(3, missing)), keep))) == ["proof.missing"]
    read = Reads(grown(3))
    report = finish(steps(read, keep))
    assert read.bundles == ["records/001", "records/002.p/100"]
    assert told(report) == told(finish(steps(reader(grown(3)), None)))


@pytest.mark.usefixtures("cheap")
def test_a_log_that_shrank_is_refused_by_name():
    keep = Keep()
    finish(steps(reader(grown(4)), keep))
    assert "log.rollback" in checks(finish(steps(reader(grown(2)), keep)))
    assert "log.rollback" in checks(finish(steps(reader(grown(3)), keep)))  # what was seen is not forgotten


@pytest.mark.usefixtures("cheap")
def test_a_log_that_forked_is_refused_by_name():
    keep = Keep()
    finish(steps(reader(grown(3)), keep))
    book = long_ledger(5, at=(0,))
    other = sound().ledgers["alice"].records[1]
    forked = replace(book, records=[other, *book.records[1:]]).files()
    for _ in range(2):
        report = finish(steps(reader(forked), keep))
        assert ("log.fork" in checks(report), report.verdict) == (True, Verdict.UNSOUND)


@pytest.mark.usefixtures("cheap")
def test_the_state_of_another_audit_is_refused():
    keep = Keep()
    finish(steps(reader(grown(2)), keep))
    with pytest.raises(StateError, match="vasp"):
        finish(steps(reader(sound().ledgers["bob"].files()), keep))


@pytest.mark.usefixtures("cheap")
def test_a_damaged_state_is_refused():
    keep = Keep()
    finish(steps(reader(grown(2)), keep))
    name = next(each for each in keep.kept if each != "key")
    keep.kept[name] = keep.kept[name][:-1]
    with pytest.raises(StateError, match="damaged"):
        finish(steps(reader(grown(2)), keep))
