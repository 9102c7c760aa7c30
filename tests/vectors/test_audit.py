"""Runners of spec/vectors/{evidence,audit}.json."""

import vector_files
from audit_folders import checks, reader
from carnet import evidence
from carnet.audit import audit_source, finish
from carnet.audit.log import read_entries
from carnet.crypto.coins import system_coins
from carnet.identity.directory import Trust
from carnet.log.tiles import ENTRIES, Bundle


def files(listed):
    return {each["path_text"]: each["data"] for each in listed}


def read_piece(case):
    read = reader(files(case["files"]))
    if case["piece_text"] == "entries":
        return read_entries(read, Bundle(tree=ENTRIES, index=0, width=case["size"]))
    directory = evidence.read_directory(read, authority=case["authority"])
    trust = Trust(directory=directory)
    match case["piece_text"]:
        case "directory":
            return directory
        case "previous":
            newest = evidence.read_bundle(read, evidence.BUNDLE, trust=trust)
            return evidence.read_previous(read, newest, trust=trust)
        case "pack":
            return evidence.read_pack(read, case["named"], directory=directory)
        case "witnesses":
            return evidence.witnesses_of(directory)
    raise NotImplementedError(case["piece_text"])


@vector_files.each("evidence")
def test_evidence(case):
    assert vector_files.outcome(lambda: read_piece(case)) == case["expect"], case["why"]


@vector_files.each("audit")
def test_audit(case):
    (sound,) = [each for each in vector_files.load("audit") if each["name"] == "sound"]
    folder = {path: data for path, data in files(sound["changed"]).items() if path not in case["gone_text"]}
    report = finish(
        audit_source(
            reader(folder | files(case["changed"])),
            source=case["name"],
            authority=case["authority"],
            now=case["now"],
            coins=system_coins,
            seen=case.get("seen", []),
        )
    )
    assert (report.verdict.name, checks(report)) == (case["verdict_text"], case["checks_text"]), case["why"]
