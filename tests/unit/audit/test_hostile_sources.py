"""Sources that never end, or claim to be larger than they are: nothing is walked, kept or taken in for them."""

import tracemalloc

from audit_folders import NOW, checks, files, reader, sound
from carnet.audit import Verdict, audit_source, finish
from carnet.crypto.coins import system_coins
from carnet.evidence import UnreadableError, within
from carnet.log.checkpoint import Checkpoint

HUGE = 10**15


def huge():
    """Return a folder whose log and witness have signed for a thousand million million entries."""
    book = sound().ledgers["alice"]
    claimed = Checkpoint(origin=book.keys.log_origin, size=HUGE, root=bytes(32))
    return files() | {"checkpoint": book.note(claimed)}


def audit(read):
    return audit_source(read, source="test", authority=sound().authority, now=NOW, coins=system_coins)


def test_a_log_that_claims_to_be_huge_ends_at_the_first_bundle_that_is_missing():
    asked = []

    def read(path, limit):
        asked.append(path)
        return reader(huge())(path, limit)

    tracemalloc.start()
    report = finish(audit(read))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.verdict, checks(report), report.size) == (Verdict.UNKNOWN, ["file.missing"], HUGE)
    assert report.findings[-1].where == "tile/entries/000"
    assert len(asked) < 20
    assert peak < 8_000_000


def test_entries_that_never_end_are_walked_a_bundle_at_a_time():
    """Whoever serves them sends as much as it likes; what is held does not grow, and whoever audits may stop."""
    entries = (b"\x00\x20" + bytes(32)) * 256

    def read(path, limit):
        if path.startswith("tile/entries/"):
            return within(entries, limit)
        if path.startswith(("records/", "proofs/", "tile/")):
            raise UnreadableError(path, "none")
        return reader(huge())(path, limit)

    steps = audit(read)
    held = []
    tracemalloc.start()
    for number, _ in zip(range(120), steps, strict=False):
        if number in {40, 119}:
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    steps.close()
    assert held[1] - held[0] < 400_000


def test_files_of_any_size_are_taken_in_no_further_than_a_reader_may():
    asked = {}

    def read(path, limit):
        asked[path] = limit
        return within(b"\xff" * (limit + 1), limit)

    report = finish(audit(read))
    assert report.verdict is Verdict.UNSOUND
    assert max(asked.values()) <= 16 * 2**20
