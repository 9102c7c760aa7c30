"""Rows on the disk are those in memory; a state is kept as a whole."""

import os

import pytest

from carnet.audit.reminders import ROW, MemoryShelf, reminder, repeated, row, shared
from carnet.audit.state import StateError
from carnet_audit import spill
from carnet_audit.keep import state_folder
from carnet_audit.spill import DiskShelf, ScratchFullError, scratch

KEY = b"a key of a test"


def rows(*numbers, start=0):
    made = enumerate(numbers, start=start)
    return b"".join(row(reminder(b"%d" % number, key=KEY), index) for index, number in made)


@pytest.fixture(params=["memory", "disk"])
def shelf(request, tmp_path):
    return MemoryShelf() if request.param == "memory" else DiskShelf(tmp_path)


def test_what_comes_twice_is_found(shelf):
    kept = shelf.rows("log", size=ROW)
    kept.add(rows(1, 2, 3, 2))
    kept.add(rows(4, 1, start=4))
    assert repeated(kept, most=9) == ([3, 5], 2)
    assert repeated(kept, most=1) == ([3], 2)


def test_what_two_have_in_common_is_counted(shelf):
    one, other = (shelf.rows(name, size=16) for name in ("one", "other"))
    one.add(b"".join(reminder(b"%d" % each, key=KEY) for each in range(50)))
    other.add(b"".join(reminder(b"%d" % each, key=KEY) for each in range(40, 60)))
    assert shared([one, other]) == {(0, 1): 10}


def test_rows_are_found_again_at_a_mark(shelf):
    kept = shelf.rows("log", size=ROW)
    kept.add(rows(1, 2))
    mark = kept.mark()
    kept.add(rows(1, start=2))
    kept.mark()
    again = shelf.rows("log", size=ROW, mark=mark)
    assert repeated(again, most=9) == ([], 0)
    again.add(rows(2, start=2))
    assert repeated(again, most=9) == ([2], 1)


def test_rows_that_are_gone_are_missed(tmp_path):
    kept = DiskShelf(tmp_path).rows("log", size=ROW)
    kept.add(rows(1, 2, 3))
    mark = kept.mark()
    next(file for file in (tmp_path / "log").iterdir() if file.stat().st_size).write_bytes(b"")
    with pytest.raises(StateError, match="the state speaks of"):
        DiskShelf(tmp_path).rows("log", size=ROW, mark=mark)


def test_the_disk_is_not_filled(tmp_path, monkeypatch):
    monkeypatch.setattr(spill, "FLUSH", 1)
    kept = DiskShelf(tmp_path, limit=4 * ROW).rows("log", size=ROW)
    kept.add(rows(1, 2, 3, 4))
    with pytest.raises(ScratchFullError):
        kept.add(rows(5, start=4))


def test_scratch_is_removed_whatever_happens(tmp_path):
    def audit():
        with scratch(tmp_path) as shelf:
            shelf.rows("log", size=ROW).add(rows(1))
            assert list(tmp_path.iterdir())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        audit()
    assert not list(tmp_path.iterdir())


def test_a_state_is_kept(tmp_path):
    with state_folder(tmp_path / "state") as keep:
        assert keep.load("one") is None
        keep.save("one", b"first")
        keep.save("one", b"second")
    with state_folder(tmp_path / "state") as keep:
        assert keep.load("one") == b"second"


def test_a_state_is_one_audits_at_a_time(tmp_path):
    with state_folder(tmp_path), pytest.raises(StateError, match="another audit"), state_folder(tmp_path):
        pass


def test_a_state_that_cannot_be_written_is_a_clear_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match=os.strerror(17) + "|" + os.strerror(20)), state_folder(tmp_path / "file"):
        pass
