import json
import stat
import time

import pytest

from carnet.cli.files import alone_with
from carnet.identity.keystore import unlock_keystore
from carnet.messages import Member, Witness
from carnet.params import SEALING_LIFETIME_S, SEALING_ROTATION_S
from carnet.secret import Secret

from .conftest import PASSPHRASE, carnet, done, new_keys


def kids(shown):
    return [key["kid"] for key in shown["sealing_keys"]]


def test_new_keys_write_a_secret_file_and_two_cards(tmp_path):
    made = new_keys(tmp_path, "dave", "EU")
    keystore = tmp_path / "dave" / "keystore"
    assert made["keystore"] == str(keystore)
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    assert sorted(path.name for path in keystore.parent.iterdir()) == ["keystore", "member.cbor", "witness.cbor"]
    member = Member.decode((tmp_path / "dave" / "member.cbor").read_bytes())
    witness = Witness.decode((tmp_path / "dave" / "witness.cbor").read_bytes())
    assert (member.vasp, member.jurisdiction, member.endpoint) == ("dave", "EU", "127.0.0.1:7000")
    assert (member.identity_key.hex(), witness.key.hex()) == (made["identity_key"], made["witness_key"])
    assert witness.name == "dave.example"
    opened, _ = unlock_keystore(keystore.read_bytes(), passphrase=Secret(PASSPHRASE.encode()))
    assert opened.vasp == "dave"


def test_keys_are_never_overwritten(tmp_path):
    new_keys(tmp_path, "dave", "EU")
    before = (tmp_path / "dave" / "keystore").read_bytes()
    named = ["--vasp", "dave", "--network", "n", "--log-origin", "d/x", "--endpoint", "h:1", "--jurisdiction", "EU"]
    outcome = carnet("keys", "new", *named, "--out", tmp_path / "dave", "--fast-kdf")
    assert (outcome.status, outcome.out) == (2, "")
    assert f"{tmp_path / 'dave' / 'keystore'}: is there already" in outcome.err
    assert (tmp_path / "dave" / "keystore").read_bytes() == before
    assert not list((tmp_path / "dave").glob(".keystore*"))


def test_a_field_that_does_not_fit_is_named(tmp_path):
    named = [
        "--vasp",
        "no spaces",
        "--network",
        "n",
        "--log-origin",
        "d/x",
        "--endpoint",
        "h:1",
        "--jurisdiction",
        "EU",
    ]
    outcome = carnet("keys", "new", *named, "--out", tmp_path / "dave", "--fast-kdf")
    assert outcome.status == 2
    assert "Keystore.vasp is not text" in outcome.err
    assert not (tmp_path / "dave").exists()


def test_show_tells_public_parts_only(network):
    shown = done("keys", "show", network.home / "bob" / "keystore")
    assert shown.keys() == {
        "network",
        "vasp",
        "identity_key",
        "log_origin",
        "log_key",
        "witness_key",
        "tls_pin",
        "serial",
        "sealing_keys",
    }
    keystore, _ = unlock_keystore(
        (network.home / "bob" / "keystore").read_bytes(), passphrase=Secret(PASSPHRASE.encode())
    )
    for seed in (keystore.identity_seed, keystore.log_seed, keystore.witness_seed, keystore.storage_key):
        assert seed.hex() not in json.dumps(shown)


def test_a_wrong_passphrase_is_told_in_one_line(network, monkeypatch):
    monkeypatch.setenv("CARNET_PASSPHRASE", "wrong")
    outcome = carnet("keys", "show", network.home / "bob" / "keystore")
    assert outcome.status == 1
    assert outcome.err.startswith(f"carnet: {network.home / 'bob' / 'keystore'}: box.open: a wrong passphrase")
    assert outcome.err.count("\n") == 1


def test_no_passphrase_and_nobody_to_ask(network, monkeypatch):
    monkeypatch.delenv("CARNET_PASSPHRASE")
    outcome = carnet("keys", "show", network.home / "bob" / "keystore")
    assert outcome.status == 2
    assert "set CARNET_PASSPHRASE" in outcome.err


def test_a_passphrase_file_comes_first(network, monkeypatch, tmp_path):
    monkeypatch.setenv("CARNET_PASSPHRASE", "wrong")
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    shown = done("keys", "show", network.home / "bob" / "keystore", "--passphrase-file", tmp_path / "passphrase")
    assert shown["vasp"] == "bob"


@pytest.mark.parametrize("content", [b"", b"\x00", b"a" * 100_000])
def test_what_is_no_keystore_is_refused(tmp_path, content):
    (tmp_path / "keystore").write_bytes(content)
    outcome = carnet("keys", "show", tmp_path / "keystore")
    assert outcome.status == 1
    assert outcome.err.startswith(f"carnet: {tmp_path / 'keystore'}: ")


def test_a_missing_keystore_is_named(tmp_path):
    outcome = carnet("keys", "show", tmp_path / "keystore")
    assert (outcome.status, outcome.err) == (2, f"carnet: {tmp_path / 'keystore'}: No such file or directory\n")


def test_rotation_adds_a_key_and_destroys_the_dead(tmp_path, monkeypatch):
    first = new_keys(tmp_path, "dave", "EU")
    keystore = tmp_path / "dave" / "keystore"
    assert done("keys", "rotate", keystore)["added"] == []
    start = time.time()

    monkeypatch.setattr("carnet.cli.terminal.time.time", lambda: start + SEALING_ROTATION_S + 1)
    second = done("keys", "rotate", keystore)
    assert (len(second["added"]), second["destroyed"]) == (1, [])
    assert kids(second) == kids(first) + second["added"]

    monkeypatch.setattr("carnet.cli.terminal.time.time", lambda: start + SEALING_LIFETIME_S + 1)
    third = done("keys", "rotate", keystore)
    assert third["destroyed"] == kids(first)
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    opened, _ = unlock_keystore(keystore.read_bytes(), passphrase=Secret(PASSPHRASE.encode()))
    assert len(opened.sealing) == len(third["sealing_keys"]) == 2


def test_a_keystore_in_use_is_left_alone(network):
    """A node that runs would write over what was changed beneath it, and sign two bundles with one number."""
    keystore, out = network.home / "bob" / "keystore", network.home / "unmade"
    before = keystore.read_bytes()
    with alone_with(keystore):
        for arguments in (["rotate", keystore], ["bundle", keystore, "--endpoint", "b:1", "--pack", "eu-tfr-2023"]):
            outcome = carnet("keys", *arguments, *(["--out", out] if arguments[0] == "bundle" else []))
            assert (outcome.status, outcome.err.count("\n")) == (2, 1)
            assert "in use by another process" in outcome.err
    assert (keystore.read_bytes(), out.exists()) == (before, False)
    assert done("keys", "rotate", keystore)["added"] == []


def test_bundles_are_numbered_and_chained(tmp_path):
    new_keys(tmp_path, "dave", "EU")
    keystore, out = tmp_path / "dave" / "keystore", tmp_path / "bundle"
    where = ["--endpoint", "127.0.0.1:1", "--pack", "eu-tfr-2023", "--out", out]
    assert done("keys", "bundle", keystore, *where)["serial"] == 1
    assert done("inspect", out)["fields"]["previous"] is None
    first = done("inspect", out)["hash"]
    assert done("keys", "bundle", keystore, *where)["serial"] == 2
    assert done("inspect", out)["fields"]["previous"] == first


def test_a_bundle_needs_a_known_pack(network, tmp_path):
    where = ["--endpoint", "127.0.0.1:1", "--pack", "no-such-pack", "--out", tmp_path / "bundle"]
    outcome = carnet("keys", "bundle", network.home / "bob" / "keystore", *where)
    assert outcome.status == 2
    assert "no pack is called no-such-pack" in outcome.err
