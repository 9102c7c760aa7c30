"""Files of evidence by somebody who wants an audit to say what it would not say of the folder."""

from functools import cache

import pytest

from audit_folders import NOW, checks
from carnet.audit import audit_source, finish
from carnet.crypto.coins import system_coins
from carnet.errors import PeerError
from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import leaf_hash
from carnet.log.record import Record
from carnet.log.tiles import decode_bundle, encode_bundle, hash_reader
from carnet.log.tlog_proof import make_tlog_proof
from carnet.testing import ledger
from evidence_files import folder_of, joined, opened, packed, reader, selected


@cache
def network():
    return ledger.network(4)


@cache
def whole():
    return packed(files())


@cache
def chosen():
    return selected([0, 2], files())


def files(name="alice"):
    return dict(network().ledgers[name].files())


def audit(read):
    return finish(audit_source(read, source="test", authority=network().authority, now=NOW, coins=system_coins))


def verdict(data):
    """Return the verdict on file of evidence *data*, or why it is none."""
    try:
        evidence = opened(data)
    except PeerError as error:
        return error.check
    return audit(evidence).verdict.name


def test_what_nobody_changed_is_sound():
    assert verdict(whole()) == verdict(chosen()) == "SOUND"


@pytest.mark.parametrize("data", [whole, chosen])
def test_no_changed_byte_leaves_it_sound(data):
    for at in range(3, len(data()), 97):
        changed = bytearray(data())
        changed[at] ^= 1 << at % 8
        assert verdict(bytes(changed)) != "SOUND", at


@pytest.mark.parametrize("path", sorted(files()))
def test_a_changed_file_has_the_verdict_that_it_has_in_the_folder(path):
    if path in {"bundle", "checkpoint"}:  # of which the header must be made
        changed = files() | {path: files("bob")[path]}
    else:
        data = bytearray(files()[path])
        data[len(data) // 2] ^= 1
        changed = files() | {path: bytes(data)}
    in_folder, in_file = audit(reader(changed)), audit(opened(packed(changed)))
    assert in_file.verdict.name == in_folder.verdict.name == "UNSOUND"
    assert checks(in_file) == checks(in_folder)


@pytest.mark.parametrize("path", sorted(set(files()) - {"bundle", "checkpoint"}))
def test_a_file_that_is_left_out_is_missed(path):
    left = {name: data for name, data in files().items() if name != path}
    in_folder, in_file = audit(reader(left)), audit(opened(packed(left)))
    assert in_file.verdict.name == in_folder.verdict.name == "UNKNOWN"


def test_records_that_change_places_in_a_whole_log():
    first, second, *others = decode_bundle(files()["records/000.p/4"], width=4)
    swapped = files() | {"records/000.p/4": encode_bundle([second, first, *others])}
    assert checks(audit(opened(packed(swapped)))) == ["record.entry"]


def with_selected(**changed):
    """Return evidence of two records whose files are *changed*; an underscore stands for a stroke in a path."""
    folder = folder_of(chosen()) | {path.replace("__", "/"): data for path, data in changed.items()}
    return joined(opened(chosen()).header, folder)


def test_records_that_change_places_in_a_selection():
    folder = folder_of(chosen())
    swapped = {"selected__0__record": folder["selected/2/record"], "selected__2__record": folder["selected/0/record"]}
    assert checks(audit(opened(with_selected(**swapped)))) == ["selection.path"]


def test_a_record_that_was_never_logged():
    other = Record.decode(network().ledgers["bob"].records[0])
    forged = with_selected(selected__0__record=other.encode())
    assert checks(audit(opened(forged))) == ["selection.path"]


def test_a_record_under_another_number():
    folder = folder_of(chosen())
    moved = {f"selected__2__{name}": folder[f"selected/0/{name}"] for name in ("record", "proof")}
    assert checks(audit(opened(with_selected(**moved)))) == ["selection.path"]
    moved["selected__2__tlog-proof"] = folder["selected/0/tlog-proof"]
    assert checks(audit(opened(with_selected(**moved)))) == ["selection.form"]


def test_a_tlog_proof_under_another_checkpoint():
    book = network().ledgers["alice"]
    older: Checkpoint = book.checkpoint(3)
    levels = {"tile/0/000.p/3": b"".join(leaf_hash(Record.decode(each).entry()) for each in book.records[:3])}
    proof = make_tlog_proof(hash_reader(levels.__getitem__, size=3), index=0, note=book.note(older))
    assert checks(audit(opened(with_selected(**{"selected__0__tlog-proof": proof})))) == ["selection.form"]


def test_something_added_to_a_tlog_proof():
    data = folder_of(chosen())["selected/0/tlog-proof"]
    head, rest = data.split(b"\n", 1)
    added = {"selected__0__tlog-proof": head + b"\nextra aGVsbG8=\n" + rest}
    assert checks(audit(opened(with_selected(**added)))) == ["selection.form"]


def test_proofs_that_change_places_in_a_selection():
    folder = folder_of(chosen())
    swapped = {"selected__0__proof": folder["selected/2/proof"], "selected__2__proof": folder["selected/0/proof"]}
    assert audit(opened(with_selected(**swapped))).verdict.name == "UNSOUND"


@pytest.mark.parametrize("name", ["record", "tlog-proof", "proof"])
def test_a_selected_file_that_is_left_out_is_missed(name):
    folder = folder_of(chosen())
    del folder[f"selected/0/{name}"]
    header = opened(chosen()).header
    left = joined(
        type(header)(**{f.name: getattr(header, f.name) for f in header.FIELDS} | {"files": len(folder)}), folder
    )
    assert checks(audit(opened(left))) == ["file.missing"]


def test_a_selection_does_not_pass_for_a_whole_log():
    report = audit(opened(chosen()))
    assert report.counts.records == 2
    assert any("single records" in note for note in report.notes)
    data = bytearray(chosen())
    assert data[3:5] == b"\x02\x02"
    data[4] = 1
    assert verdict(bytes(data)) == "evidence_file.path"
