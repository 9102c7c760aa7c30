"""Logs, their notes and tiles, witnesses, and what an auditor reads."""

from dataclasses import replace
from functools import cache

from carnet import evidence
from carnet.audit import audit_source, finish
from carnet.audit.log import read_entries
from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.errors import PeerError
from carnet.evidence import UnreadableError, within
from carnet.identity.directory import Trust
from carnet.log import tiles
from carnet.log.checkpoint import open_checkpoint, parse_vkey, unverified_note
from carnet.log.inclusion import open_answer
from carnet.log.merkle import verify_consistency, verify_inclusion
from carnet.log.record import Record, may_judge, proof_item
from carnet.log.tlog_proof import decode_tlog_proof, open_tlog_proof
from carnet.log.witness import AddCheckpoint, WitnessPolicy, attach, cosign, open_cosigned, pick_line
from carnet.messages import Directory
from carnet.policy.pack import PolicyPack
from carnet.reporting.chains import Chains, LinkedRecord
from carnet.reporting.check import check_report, open_report
from carnet.reporting.report import MAX_REPORT
from carnet.reporting.sums import RangeSums
from carnet.reporting.window import open_page, page_hash
from carnet.secret import Secret
from carnet.testing import ledger
from fuzz.seeds import first, joined, load, vectors
from fuzz.table import target

TEXT = (PeerError, UnicodeDecodeError)  # who reads text has decoded it before


@target(
    "note", family="log", grammar="note", seeds=joined(vectors("checkpoint", "note"), vectors("cosignature", "note"))
)
def read_note(data):
    note = unverified_note(data)
    assert note.encode() == data
    assert attach(data, []) == data


@target("checkpoint", family="log", grammar="note", seeds=vectors("checkpoint", "note"))
def read_checkpoint(data):
    case = first("checkpoint")
    keys = [parse_vkey(line) for line in case["keys_text"]]
    checkpoint = open_checkpoint(data, origin=case["origin_text"], keys=keys)
    assert data.startswith(checkpoint.text)
    signed = {(each["size"], each["root"]) for each in load("checkpoint") if each["expect"] == "ok"}
    assert (checkpoint.size, checkpoint.root) in signed, "a forgery"


@target("cosigned", family="log", grammar="note", seeds=vectors("cosignature", "note"))
def read_cosigned(data):
    case = first("cosignature")
    keys, witnesses = ([parse_vkey(line) for line in case[key]] for key in ("keys_text", "witnesses_text"))
    _, seen = open_cosigned(data, origin=case["origin_text"], keys=keys, witnesses=witnesses, quorum=1)
    assert {each.witness for each in seen} <= {key.name for key in witnesses}


@target("vkey", family="log", grammar="note", refuses=TEXT, seeds=vectors("vkey", "vkey_text"))
def read_vkey(data):
    text = data.decode()
    assert str(parse_vkey(text)) == text


@target("witness", family="log", grammar="note", seeds=vectors("add_checkpoint", "body"))
def read_request(data):
    case = first("add_checkpoint")
    request = AddCheckpoint.decode(data)
    assert request.encode() == data
    ours = request.unverified_origin == case["origin_text"]
    keys = [parse_vkey(line) for line in case["keys_text"]] if ours else []
    cosign(request, known=None, log_keys=keys, witness="w", now=1, seed=Secret(case["seed"]))


@target("witness.answer", family="log", grammar="note", seeds=vectors("add_checkpoint", "line"))
def read_lines(data):
    witness = parse_vkey(first("cosignature")["witnesses_text"][0])
    line = pick_line(data, witness)
    assert line in data
    assert line.count(b"\n") == 1


@target("tlog_proof", family="log", grammar="note", seeds=vectors("tlog_proof", "proof"))
def read_tlog_proof(data):
    assert decode_tlog_proof(data).encode() == data
    case = first("tlog_proof")
    keys, witnesses = ([parse_vkey(line) for line in case[key]] for key in ("keys_text", "witnesses_text"))
    policy = WitnessPolicy(witnesses=tuple(witnesses), quorum=1)
    found = open_tlog_proof(data, entry=case["entry"], origin=case["origin_text"], keys=keys, policy=policy)
    assert (found.index, found.checkpoint.size, found.checkpoint.root) == (case["index"], case["size"], case["root"])


@target("inclusion_answer", family="log", grammar="cbor", seeds=vectors("inclusion_answer", "answer"))
def read_answer(data):
    case = first("inclusion_answer")
    keys, witnesses = ([parse_vkey(line) for line in case[key]] for key in ("keys_text", "witnesses_text"))
    policy = WitnessPolicy(witnesses=tuple(witnesses), quorum=1)
    found = open_answer(data, case["entries"], origin=case["origin_text"], keys=keys, policy=policy)
    for entry, proof in zip(case["entries"], found, strict=True):
        if proof is not None:
            open_tlog_proof(proof, entry=entry, origin=case["origin_text"], keys=keys, policy=policy)


# --- tiles, paths, trees ---------------------------------------------------------------------------------------------


@target("tile", family="log", seeds=vectors("tile", "data"))
def read_tile(data):
    for width in (1, 3, 256, len(data) // 32):
        try:
            hashes = tiles.decode_tile(data, width=width)
        except PeerError:
            continue
        assert not hashes or tiles.encode_tile(hashes) == data


@target("bundle.items", family="log", seeds=vectors("bundle", "data"))
def read_bundle(data):
    for width in (1, 3, 256):
        try:
            items = tiles.decode_bundle(data, width=width)
        except PeerError:
            continue
        assert len(items) == width
        assert tiles.encode_bundle(items) == data


@target("tiles.path", family="log", grammar="note", refuses=TEXT, seeds=vectors("tiles_path", "path_text"))
def read_path(data):
    text = data.decode()
    assert tiles.parse_path(text).path == text


def _hashes(data):
    return [data[at : at + 32] for at in range(0, len(data) - 31, 32)]


def _numbers(case, *names):
    return b"".join(case[name].to_bytes(8, "big") for name in names)


@target(
    "inclusion",
    family="log",
    seeds=lambda: [
        _numbers(case, "index", "size") + case["leaf"] + case["root"] + b"".join(case["path"])
        for case in load("inclusion")
        if 0 <= case["index"] < 2**64 and case["size"] < 2**64
    ],
)
def read_inclusion(data):
    leaf, root, *path = _hashes(data[16:].ljust(64, b"\0"))
    index, size = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big")
    verify_inclusion(index=index, size=size, leaf=leaf, path=path[:70], root=root)


@target(
    "consistency",
    family="log",
    seeds=lambda: [
        _numbers(case, "old_size", "new_size") + case["old_root"] + case["new_root"] + b"".join(case["path"])
        for case in load("consistency")
    ],
)
def read_consistency(data):
    old_root, new_root, *path = _hashes(data[16:].ljust(64, b"\0"))
    old, new = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big")
    verify_consistency(old_size=old, new_size=new, old_root=old_root, new_root=new_root, path=path[:70])
    assert old <= new


# --- evidence --------------------------------------------------------------------------------------------------------


@cache
def folder():
    """The sound folder of the audit's vectors, its authority, and when it is audited."""
    case = first("audit", "sound")
    return {each["path_text"]: each["data"] for each in case["changed"]}, case["authority"], case["now"]


def reader(files):
    def read(path, limit):
        if path not in files:
            raise UnreadableError(path, "no such file")
        return within(files[path], limit)

    return read


@cache
def trust():
    files, authority, _ = folder()
    return Trust(directory=evidence.read_directory(reader(files), authority=authority))


READS = (PeerError, UnreadableError)


def _file(prefix):
    return lambda: [data for path, data in folder()[0].items() if path.startswith(prefix)]


@target("evidence.directory", family="evidence", grammar="cbor", refuses=READS, seeds=_file("directory"))
def read_directory(data):
    read = reader({"directory": data})
    directory = evidence.read_directory(read, authority=None)
    evidence.witnesses_of(directory)
    evidence.read_directory(read, authority=folder()[1])


@target("evidence.bundle", family="evidence", grammar="cbor", refuses=READS, seeds=_file("bundle"))
def read_evidence_bundle(data):
    read = reader({**folder()[0], "bundle": data})
    newest = evidence.read_bundle(read, evidence.BUNDLE, trust=trust())
    evidence.log_key_of(newest.bundle)
    evidence.read_previous(read, newest, trust=trust())


@target("evidence.claims", family="evidence", grammar="cbor", seeds=lambda: [*_claims()])
def read_claims(data):
    """What the names in a directory are good for, whoever signed it."""
    evidence.witnesses_of(Directory.decode(data))


def _claims():
    return [case["data"] for case in load("messages") if case["message_text"] == "directory"]


@target("evidence.pack", family="evidence", grammar="cbor", refuses=READS, seeds=_file("packs"))
def read_pack(data):
    (named,) = (path for path in folder()[0] if path.startswith("packs/"))
    read = reader({named: data})
    evidence.read_pack(read, bytes.fromhex(named.partition("/")[2]), directory=trust().directory)


@target("evidence.items", family="evidence", refuses=READS, seeds=joined(_file("records"), _file("tile/entries")))
def read_items(data):
    bundle = tiles.Bundle(tree=tiles.ENTRIES, index=0, width=3)
    read = reader({bundle.path: data, "tile/0/000.p/3": data, "checkpoint": data})
    evidence.read_note(read)
    for act in (
        lambda: evidence.read_items(read, bundle),
        lambda: read_entries(read, bundle),
        lambda: evidence.read_tile(read, tiles.Tile(level=0, index=0, width=3)),
    ):
        try:
            act()
        except PeerError:
            continue


@target("record", family="evidence", grammar="cbor", seeds=vectors("record", "record"))
def read_record(data):
    case = first("record")
    record, pack = Record.decode(data), PolicyPack.decode(case["pack"])
    may_judge(pack, epoch=record.epoch)
    item = proof_item(record, pack, case["proof"])
    item.verify()
    assert data in vectors("record", "record")(), "a proof for another record"


@target("record.proof", family="evidence", seeds=vectors("record", "proof"))
def read_record_proof(data):
    case = first("record")
    record, pack = Record.decode(case["record"]), PolicyPack.decode(case["pack"])
    proof_item(record, pack, data).verify()
    assert data == case["proof"], "a second proof"


@target("audit.folder", family="audit", grammar="file", seeds=lambda: [*_changed()])
def read_folder(data):
    """One file of a sound folder is another: the audit says so, and does not fail."""
    files, authority, now = folder()
    paths = sorted(files)
    changed = paths[data[0] % len(paths)] if data else paths[0]
    report = finish(
        audit_source(
            reader({**files, changed: data[1:]}),
            source="fuzz",
            authority=authority,
            now=now,
            coins=visible_coins("weights"),
        )
    )
    assert report.verdict.name != "SOUND" or data[1:] == files[changed] or changed in {"checkpoint", "bundles/2"}


def _changed():
    files = folder()[0]
    return [bytes([index]) + files[path] for index, path in enumerate(sorted(files))]


def _pages():
    """The pages of the first reports of all vectors that have one."""
    return [case["reports"][0]["page"] for case in load("window_page") if case["reports"][0]["page"]]


@target("window.page", family="log", grammar="cbor", seeds=_pages)
def read_page(data):
    """A page of window sums, and the records of a report that it may be of."""
    case = first("window_page")
    report = case["reports"][0]
    page = open_page(data, serial=report["serial"], epoch=report["epoch"], named=page_hash(data))
    assert page.encode() == data
    names = ("value", "window", "epoch", "reach")
    linked = {each["index"]: LinkedRecord(**{name: each[name] for name in names}) for each in report["records"]}
    found = Chains(origin=case["origin_text"]).check_page(page, linked, epoch=1, coins=visible_coins("weights"))
    assert found or data in _pages(), "a forgery"


@target("report", family="log", grammar="cbor", seeds=vectors("report", "report"))
def read_report(data):
    case = first("report")
    member = replace(_alice(), identity_key=case["identity_key"])
    opened = open_report(data, member=member, network=case["network_text"])
    signed = {each["report"] for each in load("report")}
    assert opened.hash in {cose.payload_hash(each, limit=MAX_REPORT) for each in signed}, "a forgery"
    found = RangeSums(start=opened.report.start, end=opened.report.end)
    check_report(opened.report, found, root=bytes(32), coins=visible_coins("a report that is fuzzed"))


@cache
def _alice():
    signed = ledger.network(1).ledgers["alice"].directory
    directory = Directory.decode(cose.payload_of(signed))
    return next(each for each in directory.members if each.vasp == "alice")
