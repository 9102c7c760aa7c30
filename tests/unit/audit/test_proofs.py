"""Proofs verified ahead and elsewhere: the report is the same, and no more is held than is under way."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pickle import PicklingError

import pytest

from audit_folders import NOW, audit, audit_all, checks, files, long_folder, long_ledger, reader
from carnet.audit import audit_source, job, report
from carnet.crypto.coins import system_coins, visible_coins
from carnet.workers import Workers


def told(found):
    return json.dumps(found.to_json())


@pytest.fixture(scope="module")
def unsound():
    return long_folder()


@pytest.fixture(scope="module")
def one_by_one(unsound):
    return audit(unsound)


def test_what_is_found_is_told_in_the_order_of_the_log(one_by_one):
    found = checks(one_by_one)
    assert {"record.duplicate", "record.entry", "proof.bundle", "proof.tier", "proof.zero", "log.tile"} <= set(found)
    walked = [each for each in one_by_one.findings if each.check != "record.duplicate"]
    bundles = [each.index // 256 for each in walked if each.index is not None]
    assert bundles == sorted(bundles)
    twice = [each.index for each in one_by_one.findings[len(walked) :]]
    assert twice == sorted(twice)  # what comes twice is known at the end
    assert len(twice) > 600
    assert one_by_one.counts.proofs > 250


def test_the_report_does_not_depend_on_the_number_of_workers(unsound, one_by_one):
    for processes in (1, 2):
        with Workers(processes) as workers:
            assert told(audit(unsound, stream=workers.stream)) == told(one_by_one)


def test_nor_on_how_far_they_work_ahead(unsound, one_by_one):
    with ThreadPoolExecutor(2) as threads:
        for ahead in (1, 50):
            workers = Workers(2, executor=threads)
            found = audit(unsound, stream=lambda *job, w=workers, n=ahead: w.stream(*job, ahead=n))
            assert told(found) == told(one_by_one)


def test_nor_do_the_findings_that_are_left_out(unsound, one_by_one, monkeypatch):
    monkeypatch.setattr(report, "MAX_FINDINGS", 10)  # as many as the second bundle reaches
    alone = audit(unsound)
    assert (alone.findings, alone.left_out) == (one_by_one.findings[:10], len(one_by_one.findings) - 10)
    with ThreadPoolExecutor(2) as threads:
        assert told(audit(unsound, stream=Workers(2, executor=threads).stream)) == told(alone)


def test_several_sources_are_the_same_too():
    folders = {"alice": long_ledger(2).files(), "bob": files("bob"), "none": {}}
    with Workers(2) as workers:
        assert told(audit_all(folders, stream=workers.stream)) == told(audit_all(folders))


def test_no_more_is_read_ahead_than_is_under_way(monkeypatch):
    """Memory does not grow with the log: for two workers, at most four bundles are held that are not told of."""
    monkeypatch.setattr(job, "find_bad", lambda _items, **_coins: [])
    folder = long_ledger(12).files()
    begun = []

    def read(path, limit):
        begun.extend([path] if path.startswith("tile/entries") else [])
        return reader(folder)(path, limit)

    with ThreadPoolExecutor(2) as threads:
        stream = Workers(2, executor=threads).stream
        steps = audit_source(read, source="", authority=None, now=NOW, coins=system_coins, stream=stream)
        for number, step in enumerate(islice(steps, 5), start=1):
            assert step.done == number * 256
            assert len(begun) == number + 3
        steps.close()
    assert len(begun) == 8


def test_coins_that_can_be_drawn_here_alone_are_good_for_this_process_alone(unsound, one_by_one):
    mine = visible_coins("an auditor")
    assert told(audit(unsound, coins=mine)) == told(one_by_one)
    with Workers(2) as workers, pytest.raises((AttributeError, PicklingError)):
        audit(unsound, coins=mine, stream=workers.stream)
