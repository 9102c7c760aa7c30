"""Each way in which a source can be wrong, and the check that says so."""

from dataclasses import replace

import pytest

from audit_folders import NOW, audit, checks, files, sound
from carnet.audit import Verdict
from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.identity.keystore import sign_bundle
from carnet.log.checkpoint import sign_checkpoint, unverified_note
from carnet.log.record import Record
from carnet.log.tiles import decode_bundle, encode_bundle
from carnet.log.witness import attach, cosignature_line
from carnet.messages import Directory, Phase
from carnet.params import EPOCH_S
from carnet.policy.pack import Leg, PolicyPack, pack_hash
from carnet.secret import Secret
from carnet.testing import ledger

STRANGER = generate_seed(visible_coins("a stranger"))


def items(folder, tree):
    path = f"{tree}/000.p/8"
    return path, decode_bundle(folder[path], width=8)


def alice(**changes):
    """Return a fresh ledger of alice's, which a test may change."""
    mine = sound().ledgers["alice"]
    fresh = {name: list(getattr(mine, name)) for name in ("packs", "bundles", "records", "proofs")}
    return replace(mine, **(fresh | changes))


def rerecorded(number=0, **changes):
    """Return the folder of a log whose record *number* was another from the start."""
    book = alice()
    book.records[number] = replace(Record.decode(book.records[number]), **changes).encode()
    return book.files()


def test_a_sound_source_is_sound():
    report = audit(files())
    assert (report.verdict, report.findings, report.notes) == (Verdict.SOUND, (), ())
    assert (report.vasp, report.origin, report.size, report.trust) == ("alice", "alice.example/log", 8, "authority")
    assert [(each.witness, each.time) for each in report.cosigned] == [(ledger.WITNESS, ledger.START + 60)]
    assert report.counts.to_json() == {
        "records": 8,
        "proofs": 8,
        "missing": 0,
        "kind": {"EXPIRED": 1, "MISMATCH": 1, "REJECTED": 1, "SETTLED": 5},
        "role": {"ORIGINATOR": 8},
        "epoch": {"20700": 8},
        "pack": {pack_hash(sound().ledgers["alice"].pack).hex(): 8},
        "notices": {},
    }


def test_an_empty_log_is_sound():
    book = alice(records=[], proofs=[])
    assert audit(book.files()).verdict is Verdict.SOUND


def test_without_an_authority_trust_comes_from_the_source():
    report = audit(files(), authority=None)
    assert (report.verdict, report.trust) == (Verdict.SOUND, "source")
    assert "trust comes from the source itself" in report.notes[0]


@pytest.mark.parametrize("path", sorted(files()))
def test_a_missing_file_means_that_nobody_can_tell(path):
    folder = files()
    del folder[path]
    report = audit(folder)
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["file.missing"])
    assert report.findings[0].where == path


def test_without_an_older_bundle_the_audit_goes_on_and_cannot_tell():
    folder = files()
    del folder["bundles/1"]
    report = audit(folder)
    assert (report.verdict, report.counts.proofs) == (Verdict.UNKNOWN, 8)


def test_bundles_beyond_those_that_are_looked_at_are_missing(monkeypatch):
    monkeypatch.setattr("carnet.audit.front.MAX_BUNDLES", 1)
    report = audit(files())
    assert [(each.check, each.where) for each in report.findings] == [("file.missing", "bundles/1")]


# --- step 1 ---


def redirected(**changes):
    claimed = Directory.decode(cose.payload_of(alice().directory))
    return cose.sign(replace(claimed, **changes), seed=ledger.authority_seed())


def test_a_directory_that_somebody_else_signed():
    assert checks(audit(files(), authority=bytes(31) + b"\1")) == ["directory.signature"]


def test_a_directory_from_the_future():
    report = audit(files() | {"directory": redirected(issued=NOW + 3600)})
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["directory.early"])


def test_a_directory_that_had_expired_when_the_checkpoint_was_cosigned():
    report = audit(files() | {"directory": redirected(expires=ledger.START + 60)})
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["directory.expired"])
    assert report.findings[0].message == "at 2026-09-04 12:01:00 UTC, cosigned at 2026-09-04 12:01:00 UTC"


def test_old_evidence_stays_good():
    report = audit(files(), now=NOW + 3650 * EPOCH_S)
    assert report.verdict is Verdict.SOUND
    assert (
        report.notes[0] == "the directory has expired since; it was in force when cosigned, at 2026-09-04 12:01:00 UTC"
    )


@pytest.mark.parametrize(("days", "told"), [(1, 0), (2, 1)])
def test_a_folder_that_nobody_renews_is_said_to_be_old(days, told):
    report = audit(files(), now=ledger.START + 60 + days * EPOCH_S)
    assert (report.verdict, len(report.notes)) == (Verdict.SOUND, told)
    assert all("came after 2026-09-04 12:01:00 UTC" in each for each in report.notes)


def test_a_directory_that_is_never_in_force():
    assert checks(audit(files() | {"directory": redirected(expires=0)})) == ["directory.form"]


def test_a_witness_whose_name_no_note_can_carry():
    witness = Directory.decode(cose.payload_of(alice().directory)).witnesses[0]
    named = redirected(witnesses=(replace(witness, name="wítness"),))
    assert "directory.form" in checks(audit(files() | {"directory": named}))


# --- step 2 ---


def rebundled(**changes):
    """Return a folder whose only bundle is another, signed by alice."""
    book = alice()
    keys = book.keys._with(serial=0, previous=None, **changes)
    _, signed = sign_bundle(keys, packs=(), endpoint="localhost:1", now=ledger.START - 60)
    rest = {each: data for each, data in book.files().items() if "bundle" not in each}
    return rest | {"bundle": signed, "bundles/1": signed}


def test_a_bundle_of_a_stranger():
    assert checks(audit(rebundled(vasp="stranger"))) == ["bundle.member"]


def test_a_bundle_of_another_network():
    assert checks(audit(rebundled(network="elsewhere"))) == ["bundle.member"]


def test_a_bundle_that_the_member_did_not_sign():
    assert checks(audit(rebundled(identity_seed=STRANGER.reveal()))) == ["bundle.signature"]


def test_a_bundle_of_another_log_does_not_let_a_vasp_drop_its_history():
    report = audit(rebundled(log_origin="other.example/log"))
    assert (report.verdict, checks(report)) == (Verdict.UNSOUND, ["bundle.log"])


def test_a_bundle_of_another_log_key():
    assert checks(audit(rebundled(log_seed=STRANGER.reveal()))) == ["checkpoint.signature"]


def test_a_bundle_that_does_not_follow_from_the_one_before():
    folder = files()
    folder["bundles/1"] = rebundled()["bundle"]
    assert checks(audit(folder)) == ["bundle.chain"]


def test_a_newest_bundle_that_is_not_the_one_under_its_number():
    folder = files()
    folder["bundles/2"] = folder["bundles/1"]
    assert checks(audit(folder)) == ["bundle.chain"]


@pytest.mark.parametrize(
    "changes", [{"log_origin": "other.example/log"}, {"log_seed": STRANGER.reveal()}], ids=["origin", "key"]
)
def test_bundles_of_two_logs(changes):
    book = alice(bundles=[])
    right = book.keys._with(serial=0, previous=None)
    for said in (changes, {}):
        fields = {"serial": book.keys.serial, "previous": book.keys.previous} if book.bundles else {}
        book.keys = right._with(**fields, **said)
        book.keys, signed = sign_bundle(book.keys, packs=(), endpoint="localhost:1", now=ledger.START - 60)
        book.bundles.append(signed)
    assert checks(audit(book.files())) == ["bundle.log"]


def test_bundles_that_had_expired_when_the_checkpoint_was_cosigned():
    book = alice(time=ledger.START + 4 * EPOCH_S)
    report = audit(book.files(), now=ledger.START + 5 * EPOCH_S)
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["bundle.expired"])


# --- steps 3 and 4 ---


def test_a_checkpoint_by_another_key():
    folder = files()
    note = sign_checkpoint(alice().checkpoint(), seed=STRANGER)
    cosigned = cosignature_line(
        alice().checkpoint(), witness=ledger.WITNESS, now=ledger.START, seed=ledger.witness_seed()
    )
    folder["checkpoint"] = attach(note, [cosigned])
    assert checks(audit(folder)) == ["checkpoint.signature"]


def test_a_checkpoint_of_another_log():
    folder = files() | {"checkpoint": files("bob")["checkpoint"]}
    assert checks(audit(folder)) == ["checkpoint.origin"]


def test_a_checkpoint_without_its_witness():
    folder = files()
    folder["checkpoint"] = b"".join(folder["checkpoint"].splitlines(keepends=True)[:-1])
    report = audit(folder)
    assert (report.verdict, checks(report)) == (Verdict.UNSOUND, ["checkpoint.quorum"])
    assert "no witness has cosigned" in report.notes[0]


@pytest.mark.parametrize("dated", [0, 2**62])
def test_one_witness_that_misdates_its_cosignature_changes_no_verdict(dated):
    """By the earliest time of all, one lying witness of three made every record one of the future, and keys expired."""
    book, seeds = alice(), {f"{number}.example/witness": Secret(bytes([number]) * 32) for number in (1, 2, 3)}
    (one,) = Directory.decode(cose.payload_of(book.directory)).witnesses
    listed = tuple(replace(one, name=name, key=public_key(seed)) for name, seed in seeds.items())
    checkpoint, note = book.checkpoint(), book.note()
    times = dict(zip(seeds, (dated, ledger.START + 60, ledger.START + 61), strict=True))
    lines = [cosignature_line(checkpoint, witness=name, now=times[name], seed=seed) for name, seed in seeds.items()]
    report = audit(files() | {"directory": redirected(witnesses=listed, quorum=2), "checkpoint": attach(note, lines)})
    assert (report.verdict, len(report.cosigned)) == (Verdict.SOUND, 3)
    report = audit(files() | {"directory": redirected(witnesses=listed, quorum=1), "checkpoint": attach(note, lines)})
    assert (report.verdict is Verdict.SOUND) == (dated > 0)  # a quorum of one trusts each


def test_a_cosignature_by_another_key_counts_for_nothing():
    book = alice()
    note = sign_checkpoint(book.checkpoint(), seed=Secret(book.keys.log_seed))
    forged = cosignature_line(book.checkpoint(), witness=ledger.WITNESS, now=ledger.START, seed=STRANGER)
    assert checks(audit(files() | {"checkpoint": attach(note, [forged])})) == ["checkpoint.quorum"]


def test_a_forged_cosignature():
    folder = files()
    note = unverified_note(folder["checkpoint"])
    key = next(each for each in note.signatures if each[0] == ledger.WITNESS)
    forged = replace(note, signatures={**note.signatures, key: note.signatures[key][:-1] + b"\0"})
    folder["checkpoint"] = forged.encode()
    assert checks(audit(folder)) == ["checkpoint.cosignature", "checkpoint.quorum"]


def test_a_checkpoint_cosigned_in_the_future():
    report = audit(files(), now=ledger.START - 600)
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["checkpoint.future"])


def test_a_log_that_grew_from_what_was_seen():
    book = alice()
    assert audit(files(), seen=[book.note(book.checkpoint(n)) for n in (1, 5, 8)]).verdict is Verdict.SOUND


def test_a_rollback():
    book = alice()
    seen = book.note()
    del book.records[5:], book.proofs[5:]
    assert checks(audit(book.files(), seen=[seen])) == ["log.rollback"]


def test_a_fork():
    book = alice()
    book.records[3], book.records[4] = book.records[4], book.records[3]
    seen = book.note(book.checkpoint(4))
    assert checks(audit(files(), seen=[seen])) == ["log.fork"]


def test_a_fork_at_the_same_size():
    book = alice()
    book.records[3], book.records[4] = book.records[4], book.records[3]
    assert checks(audit(files(), seen=[book.note()])) == ["log.fork"]


def test_checkpoints_of_other_logs_are_not_compared():
    assert audit(files(), seen=[files("bob")["checkpoint"]]).verdict is Verdict.SOUND


def test_a_checkpoint_from_before_that_nobody_signed():
    forged = sign_checkpoint(alice().checkpoint(3), seed=STRANGER)
    for seen in (forged, b"garbage"):
        report = audit(files(), seen=[seen])
        assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["log.seen"])


# --- steps 5 and 6 ---


@pytest.mark.parametrize(
    ("tree", "check"), [("tile/entries", "log.entries"), ("records", "record.bundle"), ("proofs", "proof.bundle")]
)
@pytest.mark.parametrize("number", [0, 3, 7])
def test_a_dropped_item(tree, check, number):
    folder = files()
    path, found = items(folder, tree)
    del found[number]
    folder[path] = encode_bundle(found)
    report = audit(folder)
    assert (report.verdict, checks(report)) == (Verdict.UNSOUND, [check])


def test_entries_in_another_order():
    folder = files()
    path, found = items(folder, "tile/entries")
    folder[path] = encode_bundle(found[::-1])
    assert {"record.entry", "log.tile", "log.root"} == set(checks(audit(folder)))


def test_an_entry_that_is_no_hash():
    folder = files()
    path, found = items(folder, "tile/entries")
    folder[path] = encode_bundle([found[0][:31], *found[1:]])
    assert checks(audit(folder)) == ["log.entries"]


def test_a_record_in_the_place_of_another():
    folder = files()
    path, found = items(folder, "records")
    folder[path] = encode_bundle([found[1], *found[1:]])
    report = audit(folder)
    assert [(each.check, each.index) for each in report.findings] == [("record.entry", 0)]


def test_the_tiles_of_another_log():
    folder = files() | {"tile/0/000.p/8": files("bob")["tile/0/000.p/8"]}
    assert checks(audit(folder)) == ["log.tile"]


def test_a_log_that_is_not_what_its_checkpoint_says():
    book = alice()
    book.records[3], book.records[4] = book.records[4], book.records[3]
    assert checks(audit(files() | {"checkpoint": book.note()})) == ["log.root"]


def test_an_entry_that_is_the_hash_of_no_record():
    book = alice()
    book.records[2] = b"\xa0"
    assert checks(audit(book.files())) == ["record.form"]


# --- step 7 ---


def test_a_record_of_no_ending():
    assert checks(audit(rerecorded(kind=Phase.PENDING))) == ["record.kind"]


def test_a_record_that_is_there_twice():
    book = alice()
    book.records.append(book.records[0])
    book.proofs.append(book.proofs[0])
    report = audit(book.files())
    assert [(each.check, each.index) for each in report.findings] == [("record.duplicate", 8)]


def test_two_records_of_one_transfer():
    book = alice()
    again = replace(Record.decode(book.records[0]), header_ref=Record.decode(book.records[1]).header_ref)
    book.records[0] = again.encode()
    assert checks(audit(book.files())) == ["proof.tier", "record.duplicate"]


def test_a_record_of_a_day_to_come():
    assert checks(audit(rerecorded(epoch=20_701))) == ["record.epoch", "proof.tier"]


def test_days_to_come_are_not_counted_by():
    """There are four billion of them, and nobody is to fill the auditor's memory with them."""
    book = alice()
    known = audit(book.files()).counts.epoch.keys()
    book.records[0] = replace(Record.decode(book.records[0]), epoch=2**32 - 1).encode()
    book.proofs[0] = b""
    report = audit(book.files())
    assert checks(report) == ["record.epoch", "proof.missing"]
    assert (report.counts.epoch.keys(), report.counts.backlog) == (known, {})


def test_a_record_of_yesterday_needs_its_own_proof():
    assert checks(audit(rerecorded(epoch=20_699))) == ["proof.tier"]


def test_a_record_from_before_its_pack():
    assert checks(audit(rerecorded(epoch=10_000))) == ["record.pack", "proof.tier", "report.missing"]


def test_a_record_of_a_leg_that_its_pack_does_not_know():
    assert checks(audit(rerecorded(leg=Leg.SUNRISE))) == ["record.leg"]


def test_a_record_of_another_leg_than_between_vasps():
    """Its pack knows the leg, and might have a higher limit for it."""
    assert Leg.SELF_HOSTED in {rule.leg for rule in alice().pack.legs}
    assert checks(audit(rerecorded(leg=Leg.SELF_HOSTED))) == ["record.leg", "proof.tier"]


def test_a_record_of_a_pack_that_is_not_published():
    report = audit(rerecorded(pack=bytes(32)))
    assert (report.verdict, checks(report)) == (Verdict.UNKNOWN, ["file.missing"])
    assert (report.findings[0].where, report.findings[0].index) == (f"packs/{'00' * 32}", 0)


def test_a_record_of_a_pack_of_another_jurisdiction():
    bob = sound().ledgers["bob"]
    folder = rerecorded(pack=pack_hash(bob.pack)) | {f"packs/{pack_hash(bob.pack).hex()}": bob.packs[0]}
    assert checks(audit(folder)) == ["pack.jurisdiction", "proof.tier"]


def test_a_pack_that_no_issuer_signed():
    pack = sound().ledgers["alice"].pack
    folder = files() | {f"packs/{pack_hash(pack).hex()}": cose.sign(pack, seed=STRANGER)}
    assert checks(audit(folder)) == ["pack.signature"]


def test_a_pack_under_the_name_of_another():
    bob = sound().ledgers["bob"]
    folder = files() | {f"packs/{pack_hash(alice().pack).hex()}": bob.packs[0]}
    assert checks(audit(folder)) == ["pack.hash"]


def test_a_pack_that_contradicts_itself():
    pack = replace(alice().pack, effective_until=alice().pack.effective_from)
    folder = rerecorded(pack=pack_hash(pack)) | {
        f"packs/{pack_hash(pack).hex()}": cose.sign(pack, seed=ledger.issuer_seed())
    }
    assert checks(audit(folder)) == ["pack.form"]


def test_packs_beyond_those_kept_at_hand_are_read_again(monkeypatch):
    monkeypatch.setattr("carnet.audit.packs.MAX_PACKS", 1)
    bob = sound().ledgers["bob"]
    book = alice()
    for number in (1, 3):
        other = replace(Record.decode(book.records[number]), pack=pack_hash(bob.pack))
        book.records[number] = other.encode()
    report = audit(book.files() | {f"packs/{pack_hash(bob.pack).hex()}": bob.packs[0]})
    assert checks(report) == ["pack.jurisdiction", "proof.tier"]
    assert sorted(report.counts.pack.values()) == [2, 6]


def test_a_pack_whose_facts_are_unverified_is_told():
    status = type(alice().pack.status).UNVERIFIED
    pack: PolicyPack = replace(alice().pack, status=status)
    folder = rerecorded(pack=pack_hash(pack)) | {
        f"packs/{pack_hash(pack).hex()}": cose.sign(pack, seed=ledger.issuer_seed())
    }
    report = audit(folder)
    assert checks(report) == ["proof.tier"]
    assert "unverified" in report.notes[0]


# --- step 8 ---


def test_a_proof_that_is_not_made_yet():
    book = alice()
    book.proofs[1] = b""
    report = audit(book.files())
    assert (report.verdict, checks(report), report.counts.proofs) == (Verdict.UNKNOWN, ["proof.missing"], 7)


def test_proofs_of_two_records_swapped():
    book = alice()
    book.proofs[0], book.proofs[1] = book.proofs[1], book.proofs[0]
    report = audit(book.files())
    assert [(each.check, each.index) for each in report.findings] == [("proof.tier", 0), ("proof.tier", 1)]


def test_proofs_of_the_two_statements_swapped():
    book = alice()
    book.proofs[1], book.proofs[2] = book.proofs[2], book.proofs[1]
    report = audit(book.files())
    assert [(each.check, each.index) for each in report.findings] == [("proof.tier", 1), ("proof.zero", 2)]


def test_a_proof_from_the_other_end_of_the_transfer():
    book = alice()
    book.proofs[0] = sound().ledgers["bob"].proofs[0]
    assert checks(audit(book.files())) == ["proof.tier"]


def test_a_settlement_recorded_as_a_rejection_does_not_hide_its_value():
    assert checks(audit(rerecorded(kind=Phase.REJECTED))) == ["proof.zero"]


def test_points_that_are_none():
    assert checks(audit(rerecorded(value=bytes(33), window=bytes(33)))) == ["proof.tier"]
    for name in ("unit", "flag"):
        assert checks(audit(rerecorded(**{name: bytes(33)}))) == ["record.form"]


def test_a_window_that_is_not_the_value():
    """Else TIER could be proven of any small window beside a value that needs the full tier."""
    record = Record.decode(alice().records[0])
    assert checks(audit(rerecorded(window=record.flag))) == ["record.window", "proof.tier"]


def test_every_bad_proof_is_named():
    book = alice(proofs=[bytes(len(each)) for each in alice().proofs])
    report = audit(book.files())
    assert [each.index for each in report.findings] == list(range(8))
    assert report.counts.proofs == 0


def test_findings_are_counted_when_they_are_too_many_to_tell(monkeypatch):
    monkeypatch.setattr("carnet.audit.report.MAX_FINDINGS", 3)
    report = audit(alice(proofs=[b""] * 8).files())
    assert (len(report.findings), report.left_out, report.verdict) == (3, 5, Verdict.UNKNOWN)
