"""What must hold between the folders of several VASPs."""

from dataclasses import replace

from audit_folders import audit_all, files, sound
from carnet.audit import Verdict
from carnet.crypto import cose
from carnet.identity.keystore import sign_bundle
from carnet.messages import Directory
from carnet.policy.pack import pack_hash
from carnet.testing import ledger


def both(report):
    return [each.check for each in report.findings]


def test_two_sound_vasps_are_sound_together():
    report = audit_all({"alice": files("alice"), "bob": files("bob")})
    assert (report.verdict, report.findings) == (Verdict.SOUND, ())
    assert [each.counts.records for each in report.sources] == [8, 8]


def test_the_worst_verdict_is_that_of_the_whole():
    broken = files("bob")
    del broken["directory"]
    assert audit_all({"alice": files("alice"), "bob": broken}).verdict is Verdict.UNKNOWN
    worse = files("alice") | {"checkpoint": b"garbage"}
    assert audit_all({"alice": worse, "bob": broken}).verdict is Verdict.UNSOUND


def test_records_that_share_bytes_with_the_other_end_are_found():
    alice, bob = sound().ledgers["alice"], sound().ledgers["bob"]
    copied = replace(bob, records=[alice.records[0], *bob.records[1:]], proofs=list(bob.proofs))
    report = audit_all({"alice": alice.files(), "bob": copied.files()})
    assert both(report) == ["sources.shared"]
    assert report.findings[0].message == "7 strings"


def redirected(folder, **changes):
    directory = Directory.decode(cose.payload_of(folder["directory"]))
    return folder | {"directory": cose.sign(replace(directory, **changes), seed=ledger.authority_seed())}


def test_two_directories_of_one_version_are_found():
    report = audit_all({"alice": files("alice"), "bob": redirected(files("bob"), expires=ledger.START + 9999)})
    assert both(report) == ["sources.directory"]


def test_two_versions_of_a_directory_are_nothing_unusual():
    assert both(audit_all({"alice": files("alice"), "bob": redirected(files("bob"), version=2)})) == []


def test_two_networks_are_found():
    report = audit_all({"alice": files("alice"), "bob": redirected(files("bob"), network="elsewhere")})
    assert both(report) == ["sources.network"]


def test_a_vasp_that_gives_its_log_the_name_of_anothers_does_not_make_the_other_a_forger():
    """Without a cosignature anybody can sign any text; with one, the witness has seen two histories of one name."""
    network = ledger.network(3)
    alice, bob = network.ledgers["alice"], network.ledgers["bob"]
    bob.keys = bob.keys._with(log_origin=alice.keys.log_origin, serial=0, previous=None)
    _, bundle = sign_bundle(bob.keys, packs=(pack_hash(bob.pack),), endpoint="localhost:1", now=ledger.START)
    claimed = replace(bob, bundles=[bundle]).files()
    report = audit_all({"alice": alice.files(), "bob": claimed})
    assert ([each.check for each in report.sources[1].findings], both(report)) == (["bundle.log"], [])
    members = Directory.decode(cose.payload_of(claimed["directory"])).members
    given = [replace(one, log_origin=name) for one, name in zip(members, ("gone", bob.keys.log_origin), strict=True)]
    claimed = redirected(claimed, members=tuple(given), version=2)  # the authority has given bob the name
    assert both(audit_all({"alice": alice.files(), "bob": claimed})) == ["sources.fork"]
    claimed["checkpoint"] = b"".join(claimed["checkpoint"].splitlines(keepends=True)[:-1])
    assert both(audit_all({"alice": alice.files(), "bob": claimed})) == []


def test_two_histories_of_one_log_are_found():
    book = sound().ledgers["alice"]
    turned = replace(book, records=book.records[::-1], proofs=book.proofs[::-1])
    report = audit_all({"here": book.files(), "there": turned.files()})
    assert [each.verdict for each in report.sources] == [Verdict.SOUND, Verdict.SOUND]
    assert (both(report), report.verdict) == (["sources.fork"], Verdict.UNSOUND)
