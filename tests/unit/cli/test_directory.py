import re
import stat
import time

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.disclosure.keys import new_supervisor_key
from carnet.log.checkpoint import log_key
from carnet.log.witness import witness_key

from .conftest import carnet, done, sign_directory


def test_the_authority_has_a_secret_key_file(tmp_path):
    made = done("directory", "init", "--out", tmp_path / "authority", "--fast-kdf")
    assert stat.S_IMODE((tmp_path / "authority" / "authority").stat().st_mode) == 0o600
    assert (tmp_path / "authority" / "authority.hex").read_text() == made["authority"] + "\n"
    again = carnet("directory", "init", "--out", tmp_path / "authority", "--fast-kdf")
    assert again.status == 2
    assert "is not overwritten" in again.err


def test_a_directory_lists_what_was_given(network):
    shown = done("directory", "show", network.home / "directory", "--authority", network.authority)
    assert shown["verified"] is True
    assert [member["vasp"] for member in shown["members"]] == ["alice", "bob", "carol"]
    assert [witness["name"] for witness in shown["witnesses"]] == ["bob.example"]
    assert (shown["network"], shown["version"], shown["unit"], shown["quorum"]) == ("carnet-test", 2, "EUR/2", 1)
    assert f"{shown['quote_issuers'][0]['name']}={shown['quote_issuers'][0]['key']}" == network.issuer
    assert done("directory", "show", network.home / "directory")["verified"] is False


def test_a_directory_lists_supervisors_by_their_cards(network, tmp_path):
    key = new_supervisor_key(name="supervisor.example", jurisdiction="EU", coins=visible_coins("a supervisor"))
    (tmp_path / "supervisor.cbor").write_bytes(key.card.encode())
    out = tmp_path / "directory"
    signed = sign_directory(network, out, version=3, more=("--supervisor", tmp_path / "supervisor.cbor"))
    assert signed.status == 0, signed.err
    shown = done("directory", "show", out, "--authority", network.authority)
    assert shown["supervisors"] == [
        {"name": "supervisor.example", "jurisdiction": "EU", "key": key.card.key.hex()},
    ]
    assert done("directory", "show", network.home / "directory")["supervisors"] == []


def test_a_witness_that_is_asked_over_http_is_listed_by_its_key_and_url(network, tmp_path):
    key = witness_key("auditor.example/w", generate_seed(visible_coins("an auditor")))
    card, out = tmp_path / "witness.cbor", tmp_path / "directory"
    done("directory", "witness", str(key), "https://auditor.example/w", "--out", card)
    signed = sign_directory(network, out, version=3, more=("--witness", card))
    assert signed.status == 0, signed.err
    shown = done("directory", "show", out, "--authority", network.authority)["witnesses"][-1]
    assert shown == {"name": key.name, "key": key.key.hex(), "endpoint": "https://auditor.example/w"}
    for vkey, url in (
        (str(key), "auditor.example:443"),
        (str(log_key("a", key_seed())), "https://x"),
        ("no", "https://x"),
    ):
        assert carnet("directory", "witness", vkey, url, "--out", tmp_path / "other").status != 0
    assert not (tmp_path / "other").exists()


def key_seed():
    return generate_seed(visible_coins("a log"))


def test_people_can_read_it_too(network):
    outcome = carnet("directory", "show", network.home / "directory")
    assert outcome.status == 0
    assert "members:       3" in outcome.out
    assert re.search(r"^expires: +\d+ \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)$", outcome.out, re.MULTILINE)
    assert re.search(r"^  - vasp: +alice\n    name: +", outcome.out, re.MULTILINE)
    assert "verified:      no" in outcome.out


def test_a_directory_is_verified(network):
    verified = done("directory", "verify", network.home / "directory", "--authority", network.authority)
    assert verified == {"verified": True, "network": "carnet-test", "version": 2}
    key = network.home / "key.hex"
    key.write_text(network.authority + "\n")
    assert done("directory", "verify", network.home / "directory", "--authority", key) == verified


@pytest.mark.parametrize(
    ("more", "check"),
    [(("--authority", "00" * 32), "signature.kid"), (("--newest", "3"), "directory.rollback")],
)
def test_a_directory_is_refused_with_the_check(network, more, check):
    trusted = ["--authority", network.authority]
    outcome = carnet("directory", "verify", network.home / "directory", *trusted, *more)
    assert outcome.status == 1
    assert outcome.err.startswith(f"carnet: {network.home / 'directory'}: {check}")


def test_an_expired_directory_is_refused(network, monkeypatch):
    later = time.time() + 31 * 86400
    monkeypatch.setattr("carnet.cli.terminal.time.time", lambda: later)
    outcome = carnet("directory", "verify", network.home / "directory", "--authority", network.authority)
    assert outcome.status == 1
    assert "directory.expired" in outcome.err


def test_a_changed_directory_is_refused(network, tmp_path):
    data = bytearray((network.home / "directory").read_bytes())
    data[-1] ^= 1
    (tmp_path / "directory").write_bytes(data)
    outcome = carnet("directory", "verify", tmp_path / "directory", "--authority", network.authority)
    assert (outcome.status, outcome.out) == (1, "")
    assert f"{tmp_path / 'directory'}: signature" in outcome.err


@pytest.mark.parametrize("key", ["", "zz", "00", "0" * 63])
def test_a_key_is_64_hex_digits(network, key):
    outcome = carnet("directory", "verify", network.home / "directory", "--authority", key)
    assert outcome.status == 2
    assert "64 hex digits" in outcome.err


def test_a_member_is_listed_once(network, tmp_path):
    again = ("--member", network.home / "bob" / "member.cbor")
    outcome = sign_directory(network, tmp_path / "directory", more=again)
    assert outcome.status == 1
    assert "directory.duplicate" in outcome.err
    assert not (tmp_path / "directory").exists()


def test_a_quorum_that_nobody_can_meet_is_refused(network, tmp_path):
    outcome = sign_directory(network, tmp_path / "directory", more=("--quorum", 2))
    assert outcome.status == 2
    assert "can never be met" in outcome.err


def test_a_card_must_be_one(network, tmp_path):
    card = network.home / "bob" / "witness.cbor"
    outcome = sign_directory(network, tmp_path / "directory", more=("--member", card))
    assert outcome.status == 1
    assert outcome.err.startswith(f"carnet: {card}: schema.")


@pytest.mark.parametrize(
    "more", [("--unit", "EUR"), ("--unit", "EUR/x"), ("--quote-issuer", "name"), ("--days", "0"), ("--version", "0")]
)
def test_options_are_checked(network, tmp_path, more):
    assert sign_directory(network, tmp_path / "directory", more=more).status == 2


def test_an_issuer_key_is_no_authority(network, tmp_path):
    (tmp_path / "authority").write_bytes((network.home / "issuer").read_bytes())
    outcome = sign_directory(network, tmp_path / "directory", more=("--authority", tmp_path))
    assert outcome.status == 1
    assert "keyfile.purpose" in outcome.err
