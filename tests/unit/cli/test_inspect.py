import json
from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.log.checkpoint import Checkpoint, sign_checkpoint
from carnet.log.tiles import encode_bundle
from carnet.messages import Member, Reply, carry
from carnet.secret import Secret
from carnet.testing.ledger import network as published
from evidence_files import packed, selected

from .conftest import CANARY, carnet, done


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bob/keystore", "locked-file"),
        ("bob/member.cbor", "member"),
        ("bob/witness.cbor", "witness"),
        ("bob.bundle", "key-bundle"),
        ("directory", "directory"),
        ("eu.pack", "policy-pack"),
        ("EUR.quote", "quote"),
        ("issuer", "locked-file"),
    ],
)
def test_an_object_says_what_it_is(network, name, kind):
    found = done("inspect", network.home / name)
    assert (found["object"], found["size"]) == (kind, (network.home / name).stat().st_size)
    assert found["fields"]
    shown = carnet("inspect", network.home / name)
    assert (shown.status, shown.out.split(",")[0]) == (0, kind)


def test_an_offer_shows_its_header_and_no_name(network, tmp_path):
    sealed = network.seal(network.payload(tmp_path / "payload.json"), tmp_path / "offer.bin").json
    outcome = carnet("inspect", tmp_path / "offer.bin", "--json")
    header = outcome.json["fields"]["header"]
    assert (outcome.json["object"], header["object"]) == ("offer-carrier", "offer")
    assert header["signed"]["verified"] is False
    assert header["hash"] == sealed["header_hash"]
    assert header["fields"]["transfer_id"] == sealed["transfer_id"]
    assert outcome.json["fields"]["ciphertext"].startswith("4112 bytes, SHA-256 ")
    assert sealed["transfer_id"] in carnet("inspect", tmp_path / "offer.bin").out
    assert CANARY not in outcome.out


def test_an_opening_is_withheld(tmp_path):
    done("prove", "--limit", 10, "--value", 7_654_321, "--full", "--out", tmp_path / "claim.json")
    found = done("inspect", tmp_path / "claim.opening.json")
    assert set(found["fields"].values()) == {"withheld"}
    assert done("inspect", tmp_path / "claim.json")["proof"] == "976 bytes"


def test_what_is_published_is_recognised(tmp_path):
    folder = published(transfers=3).ledgers["alice"].files()
    kinds = {}
    for path, data in folder.items():
        (tmp_path / "file").write_bytes(data)
        kinds[path.split("/")[0] if "/" in path else path] = done("inspect", tmp_path / "file")
    assert kinds["checkpoint"]["object"] == "checkpoint"
    assert kinds["checkpoint"]["signatures"][0]["name"] == "alice.example/log"
    assert [item["object"] for item in kinds["records"]["items"]] == ["record"] * 3
    assert len(kinds["proofs"]["items"]) == 3


def test_a_checkpoint_is_shown(tmp_path):
    note = sign_checkpoint(Checkpoint(origin="a.example/log", size=3, root=bytes(32)), seed=Secret(bytes(32)))
    (tmp_path / "checkpoint").write_bytes(note)
    found = done("inspect", tmp_path / "checkpoint")
    assert (found["origin"], found["entries"], found["root"]) == ("a.example/log", 3, "00" * 32)


def test_bytes_inside_a_carrier_that_are_not_signed_are_only_measured(tmp_path):
    (tmp_path / "reply").write_bytes(carry(Reply(receipt=b"x" * 100, terminal=None)))
    found = done("inspect", tmp_path / "reply")
    assert found["object"] == "reply-carrier"
    assert found["fields"]["receipt"].startswith("100 bytes, SHA-256 ")


def test_tiles_and_entries_are_hashes(tmp_path):
    (tmp_path / "entries").write_bytes(encode_bundle([b"\xee" * 32, b"\xff" * 32]))
    assert done("inspect", tmp_path / "entries")["items"] == ["ee" * 32, "ff" * 32]
    (tmp_path / "tile").write_bytes(b"\xee" * 64)
    assert done("inspect", tmp_path / "tile")["hashes"] == ["ee" * 32] * 2


def test_what_is_unknown_is_refused_and_not_repeated(network, tmp_path):
    payload = network.payload(tmp_path / "payload.json")
    text = payload.read_bytes()
    for content in (text, text + b" " * (-len(text) % 32), b"", b"{", b"\x81", CANARY.encode()):
        (tmp_path / "file").write_bytes(content)
        outcome = carnet("inspect", tmp_path / "file")
        assert (outcome.status, outcome.out) == (1, "")
        assert (
            outcome.err
            == f"carnet: {tmp_path / 'file'}: object.unknown: {len(content)} bytes: no object of the protocol\n"
        )


def test_a_signed_object_of_an_unknown_kind_is_shown_as_such(network, tmp_path):
    data = (network.home / "bob" / "member.cbor").read_bytes()
    (tmp_path / "file").write_bytes(cose.sign(Member.decode(data), seed=Secret(bytes(32))))
    found = done("inspect", tmp_path / "file")
    assert (found["object"], found["payload"]) == ("signed-object", f"{len(data)} bytes")
    assert found["signed"]["type"] == "application/carnet.member+cbor"
    refused = carnet("verify", tmp_path / "file", "--key", "11" * 32)
    assert (refused.status, refused.err) == (1, f"carnet: {tmp_path / 'file'}: cose.type\n")


def test_a_terminal_is_not_driven_by_what_a_file_says(network, tmp_path):
    member = Member.decode((network.home / "bob" / "member.cbor").read_bytes())
    (tmp_path / "card").write_bytes(replace(member, name="\x1b[2Jbob").encode())
    outcome = carnet("inspect", tmp_path / "card")
    assert "\x1b" not in outcome.out
    assert json.loads(carnet("inspect", tmp_path / "card", "--json").out)["fields"]["name"] == "\x1b[2Jbob"


def test_evidence_shows_its_files_and_what_they_are(tmp_path):
    folder = published(3).ledgers["alice"].files()
    (tmp_path / "evidence").write_bytes(packed(folder))
    found = done("inspect", tmp_path / "evidence")
    assert (found["object"], found["scope"], found["entries"]) == ("evidence", "LOG", 3)
    assert found["size"] == len(packed(folder))
    assert {each["path"]: each["size"] for each in found["files"]} == {path: len(data) for path, data in folder.items()}
    contents = {each["path"]: each["content"] for each in found["files"]}
    assert contents["checkpoint"]["object"] == "checkpoint"
    assert contents["records/000.p/3"]["items"][0]["object"] == "record"
    shown = carnet("inspect", tmp_path / "evidence")
    assert shown.out.startswith("evidence, ")
    assert "object" not in shown.out


def test_selected_evidence_shows_its_tlog_proofs(tmp_path):
    (tmp_path / "evidence").write_bytes(selected([1], published(3).ledgers["alice"].files()))
    contents = {each["path"]: each["content"] for each in done("inspect", tmp_path / "evidence")["files"]}
    proof = contents["selected/1/tlog-proof"]
    assert (proof["object"], proof["index"], proof["checkpoint"]["entries"]) == ("tlog-proof", 1, 3)


def test_damaged_evidence_is_refused_by_name(tmp_path):
    (tmp_path / "evidence").write_bytes(packed(published(3).ledgers["alice"].files()) + b"!")
    outcome = carnet("inspect", tmp_path / "evidence")
    assert outcome.status == 1
    assert "evidence_file.trailing" in outcome.err
