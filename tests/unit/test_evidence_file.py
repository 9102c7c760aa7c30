"""The form of a file of evidence: writing, reading, and what a reader holds in memory."""

import io
import tracemalloc
from dataclasses import replace
from functools import cache

import pytest

from carnet.errors import DecodeError, PeerError
from carnet.evidence import UnreadableError
from carnet.evidence_file import STRIDE, EvidenceHeader, EvidenceReader, Scope, Selected, begins_evidence
from carnet.evidence_writer import log_evidence
from carnet.log.checkpoint import Checkpoint, sign_checkpoint
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import PROOFS, RECORDS, Bundle, encode_bundle
from carnet.reporting.report import sign_report
from carnet.secret import Secret
from carnet.testing import ledger, reported
from evidence_files import folder_of, joined, opened, packed, reader, selected


@cache
def book():
    return ledger.network(4).ledgers["alice"]


def files():
    return dict(book().files())


def header(scope=Scope.LOG, **changes):
    mine = EvidenceHeader(
        version=1, scope=scope, network="testing", vasp="alice", origin="alice.example/log", size=4, files=2
    )
    return replace(mine, **changes)


def large(size):
    """Return a folder whose log claims *size* entries; its bundles hold nothing sensible."""
    folder = files()
    checkpoint = Checkpoint(origin=book().keys.log_origin, size=size, root=bytes(32))
    folder["checkpoint"] = sign_checkpoint(checkpoint, seed=Secret(book().keys.log_seed))
    for tree in (RECORDS, PROOFS):
        for index in range(size // 256):
            folder[Bundle(tree=tree, index=index).path] = b"%s %d" % (tree.encode(), index)
    return folder


def test_what_is_read_is_what_was_written():
    assert folder_of(packed(files())) == files()


def test_two_makers_write_the_same_bytes():
    assert packed(files()) == packed(dict(reversed(files().items())))


def test_what_a_checkpoint_does_not_call_for_is_left_out():
    folder = files()
    others = {
        "tile/0/000.p/3": b"of an earlier size",
        "records/001": b"of a later size",
        "packs/" + "00" * 32: b"no record names it",
        "reports/1": b"there is no newest",
        "notes.txt": b"of nobody",
    }
    assert folder_of(packed(folder | others)) == folder


def test_reports_come_with_their_windows():
    newest = sign_report(replace(reported.report(reported.world(), "alice"), serial=3), seed=Secret(bytes(32)))
    folder = files() | {
        "report": newest,
        "reports/3": newest,
        "windows/3": b"w",
        "reports/2": b"wrong",
        "windows/1": b"",
    }
    assert folder_of(packed(folder | {"reports/4": newest, "windows/4": b"of a later report"})) == folder


def test_with_a_newest_report_that_is_none_there_are_no_others():
    folder = files() | {"report": b"no report"}
    assert folder_of(packed(folder | {"reports/1": b"1"})) == folder


def test_an_opened_disclosure_comes_with_its_notice():
    notice = Notice(kind=NoticeKind.DISCLOSURE, epoch=1, hash=b"h" * 32)
    records = [*book().records[:3], notice.encode()]
    folder = files() | {"records/000.p/4": encode_bundle(records), f"disclosures/{notice.hash.hex()}": b"opened"}
    assert folder_of(packed(folder)) == folder
    assert f"disclosures/{notice.hash.hex()}" not in folder_of(
        packed(files() | {f"disclosures/{b'h'.hex() * 32}": b""})
    )


def test_what_is_missing_is_left_out_as_it_is_in_the_folder():
    folder = {path: data for path, data in files().items() if not path.startswith(("bundles/1", "records"))}
    kept = {path: data for path, data in folder.items() if not path.startswith("packs")}  # no record names one
    assert folder_of(packed(folder)) == kept


@pytest.mark.parametrize("path", ["checkpoint", "bundle"])
def test_without_what_says_whose_log_it_is_nothing_is_made(path):
    folder = files()
    del folder[path]
    with pytest.raises(UnreadableError, match=path):
        packed(folder)


def test_files_that_change_are_read_once():
    folder, asked = files(), []

    def read(path, limit):
        asked.append(path)
        return reader(folder)(path, limit)

    made = b"".join(log_evidence(read))
    for path in ("checkpoint", "bundle", "directory"):
        assert asked.count(path) == 1
    assert folder_of(made) == folder


def test_a_name_that_no_header_can_say_is_refused():
    note = sign_checkpoint(Checkpoint(origin="x" * 200, size=4, root=bytes(32)), seed=Secret(book().keys.log_seed))
    with pytest.raises(DecodeError, match="evidence-header"):
        packed(files() | {"checkpoint": note})


def test_a_reader_keeps_to_the_limit():
    evidence = opened(packed(files()))
    size = len(files()["directory"])
    assert evidence("directory", size) == files()["directory"]
    with pytest.raises(DecodeError, match=r"evidence\.size"):
        evidence("directory", size - 1)


@pytest.mark.parametrize("path", ["", "a", "bundles/3", "zzz", "tile/0/000", "../directory"])
def test_what_is_not_in_the_file_is_missing(path):
    with pytest.raises(UnreadableError):
        opened(packed(files()))(path, 1000)


def test_every_file_of_many_is_found():
    folder = large(256 * 300)
    evidence = opened(packed(folder))
    assert evidence.header.files > 10 * STRIDE
    for path in folder:
        if path.startswith((RECORDS, PROOFS)) and ".p/" not in path:
            assert evidence(path, 100) == folder[path]
    assert [place.path for place in evidence.places()] == sorted(folder_of(packed(folder)))


def test_memory_does_not_follow_the_number_of_files():
    folder = large(256 * 2000)
    data = packed(folder)
    tracemalloc.start()
    try:
        evidence = EvidenceReader(io.BytesIO(data))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert evidence.header.files > 4000
    assert most < len(data) + 100_000  # BytesIO's own copy


def test_a_file_that_shrinks_is_unreadable():
    data = packed(files())
    file = io.BytesIO(data)
    evidence = EvidenceReader(file)
    file.truncate(len(data) - 1)
    with pytest.raises(UnreadableError, match="shorter"):
        evidence("tile/entries/000.p/4", 1000)


def test_each_cut_is_refused():
    data = packed(files())
    for end in [*range(200), *range(200, len(data), 97), len(data) - 1]:
        with pytest.raises(PeerError):
            opened(data[:end])


def test_a_changed_head_is_refused_or_another_path():
    data = packed(files())
    heads, begin = [], 0
    for place in opened(data).places():
        heads += range(begin, place.start)
        begin = place.end
    for at in heads:
        for flip in (1, 0x20, 0x80):
            changed = bytearray(data)
            changed[at] ^= flip
            try:
                evidence = opened(bytes(changed))
            except PeerError:
                continue
            assert {place.path for place in evidence.places()} != set(files())


@pytest.mark.parametrize(
    ("folder", "check"),
    [
        ({"bundle": b"", "bundle ": b""}, None),
        ({"checkpoint": b"", "bundle": b""}, "evidence_file.order"),
        ({"a/../bundle": b""}, "evidence_file.path"),
        ({"bundles/0": b""}, "evidence_file.path"),
        ({"bundles/00000000001": b""}, "evidence_file.path"),
        ({"packs/" + "AB" * 32: b""}, None),
        ({"packs/" + "ab" * 31: b""}, "evidence_file.path"),
        ({"tile/7/000": b""}, "evidence_file.path"),
        ({"tile/0/000": b""}, "evidence_file.path"),
        ({"tile/1/000.p/1": b""}, "evidence_file.path"),
        ({"records/x000/000": b""}, "evidence_file.path"),
        ({"disclosures/1": b""}, "evidence_file.path"),
        ({"windows/x": b""}, "evidence_file.path"),
        ({"report": b"", "reports/1": b"", "windows/1": b""}, "evidence_file.header"),
    ],
)
def test_paths_are_those_of_the_folder(folder, check):
    if check is None:  # no such path can even be written
        with pytest.raises(Exception, match="path"):
            joined(header(), folder)
        return
    with pytest.raises(PeerError) as refused:
        opened(joined(header(files=len(folder)), folder))
    assert refused.value.check == check


def test_a_selection_holds_what_speaks_of_its_records():
    folder = folder_of(selected([1, 3], files()))
    named = {Selected.RECORD.path(1), Selected.PROOF.path(1), "selected/1/tlog-proof", "selected/3/tlog-proof"}
    assert named < set(folder)
    assert folder["selected/1/record"] == book().records[1]
    assert folder["selected/3/proof"] == book().proofs[3]
    assert not [path for path in folder if path.startswith(("tile", "records", "proofs"))]


@pytest.mark.parametrize("index", [4, 5, -1])
def test_an_entry_that_is_not_in_the_log_cannot_be_selected(index):
    with pytest.raises(UnreadableError, match="no entry"):
        selected([index], files())


def test_what_begins_as_evidence_is_told_apart():
    assert begins_evidence(packed(files()))
    assert begins_evidence(header(version=2).encode()) is True
    for other in (b"", b"\xa0", files()["bundle"], files()["checkpoint"], book().records[0], b"{}"):
        assert begins_evidence(other) is False


def test_the_view_names_every_file():
    view = opened(packed(files())).to_json()
    assert (view["scope"], view["entries"], view["vasp"]) == ("LOG", 4, "alice")
    assert [each["path"] for each in view["files"]] == sorted(files())
