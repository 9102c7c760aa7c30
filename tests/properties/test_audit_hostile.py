"""A hostile source gets a verdict, never an exception, and never "sound" for what was changed."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import NOW, audit, files
from carnet.audit import CHECKS, Verdict

PATHS = sorted(files())
COUNT = 24


@cache
def original():
    return files()


def judged(folder, *, authority=True):
    report = audit(folder, authority=authority)
    assert all(each.check in CHECKS for each in report.findings)
    assert report.verdict is Verdict.worst(Verdict.SOUND, *(each.shows for each in report.findings))
    return report


def places(data):
    """A spread of places in *data*, its first and last bytes among them."""
    step = max(1, len(data) // COUNT)
    return sorted({*range(0, len(data), step), len(data) - 1})


@pytest.mark.parametrize("path", PATHS)
def test_no_file_can_be_changed_in_one_byte(path):
    data = original()[path]
    for at in places(data):
        changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
        report = judged(original() | {path: changed})
        assert report.verdict is not Verdict.SOUND, at
        assert report.findings


@pytest.mark.parametrize("path", PATHS)
def test_no_file_can_be_cut_or_lengthened(path):
    data = original()[path]
    for other in (b"", data[: len(data) // 2], data[:-1], data + b"\0", data * 2, b"\xff" * 70_000):
        assert judged(original() | {path: other}).verdict is Verdict.UNSOUND


@pytest.mark.parametrize("path", PATHS)
def test_no_file_can_stand_in_for_another(path):
    folder = original()
    for other in PATHS:
        if (path, other) == ("bundle", "bundles/1"):  # an older one, which still is in force
            continue
        if folder[other] != folder[path]:
            assert judged(folder | {path: folder[other]}).verdict is not Verdict.SOUND


@given(path=st.sampled_from(PATHS), data=st.binary(max_size=300), trusting=st.booleans())
def test_garbage_gets_a_verdict(path, data, trusting):
    report = judged(original() | {path: data}, authority=None if trusting else True)
    assert report.verdict is not Verdict.SOUND


@given(st.dictionaries(st.sampled_from(PATHS), st.binary(max_size=64)), st.booleans())
def test_folders_of_garbage_get_a_verdict(folder, trusting):
    assert judged(folder, authority=None if trusting else True).verdict is not Verdict.SOUND


def test_a_log_that_claims_to_be_endless_is_not_walked_to_its_end():
    folder = original()
    lines = folder["checkpoint"].split(b"\n")
    lines[1] = b"9999999999999999"
    report = judged(folder | {"checkpoint": b"\n".join(lines)}, authority=None)
    assert report.verdict is Verdict.UNSOUND


def test_now_may_be_any_time():
    for now in (0, NOW - 1000, 2**63):
        assert audit(original(), now=now) is not None
