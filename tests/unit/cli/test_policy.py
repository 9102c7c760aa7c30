import stat

import pytest

import pack_files
from carnet.testing.world import BITCOIN

from .conftest import carnet, done


def key_of(network):
    return network.issuer.partition("=")[2]


def test_the_packs_of_the_library_are_listed():
    packs = done("policy", "list")["packs"]
    assert [pack["id"] for pack in packs] == list(pack_files.NAMES)
    assert packs[0].keys() == {
        "id",
        "jurisdiction",
        "version",
        "status",
        "effective_from",
        "effective_until",
        "hash",
    }


def test_a_signed_pack_is_the_pack_that_was_signed(network):
    shown = done("policy", "show", network.home / "fatf.pack", "--key", key_of(network))
    assert shown["verified"] is True
    assert shown["hash"] == done("policy", "show", "fatf-2019")["hash"]
    assert shown["legs"][0]["full_from"] == 100_000


def test_a_pack_signed_by_another_is_refused(network):
    outcome = carnet("policy", "show", network.home / "fatf.pack", "--key", "11" * 32)
    assert outcome.status == 1
    assert "signature.kid" in outcome.err


def test_a_pack_is_compiled_from_a_file(network, tmp_path):
    (tmp_path / "own.toml").write_text('id = "own"\nwrong_key = 1\n')
    signing = ["--issuer", network.home / "issuer", "--out", tmp_path / "own.pack"]
    outcome = carnet("policy", "sign", tmp_path / "own.toml", *signing)
    assert outcome.status == 2
    assert outcome.err.startswith(f"carnet: {tmp_path / 'own.toml'}: pack.wrong_key")
    assert not (tmp_path / "own.pack").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[["])
def test_what_is_no_toml_is_named(tmp_path, content):
    (tmp_path / "own.toml").write_bytes(content)
    outcome = carnet("policy", "show", tmp_path / "own.toml")
    assert outcome.status == 2
    assert outcome.err.startswith(f"carnet: {tmp_path / 'own.toml'}: ")


def test_an_issuer_has_a_secret_key_file(tmp_path):
    made = done("issuer", "new", "--name", "i.example", "--out", tmp_path / "key", "--fast-kdf")
    assert made["issuer"] == f"i.example={made['key']}"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    again = carnet("issuer", "new", "--name", "i.example", "--out", tmp_path / "key", "--fast-kdf")
    assert again.status == 2


def test_an_issuer_needs_a_place(tmp_path):
    outcome = carnet("issuer", "new", "--name", "i", "--out", tmp_path / "none" / "key", "--fast-kdf")
    assert (outcome.status, outcome.err) == (2, f"carnet: {tmp_path / 'none'}: no such directory\n")


def test_a_quote_is_signed_by_its_issuer(network):
    verified = done("verify", network.home / "EUR.quote", "--key", key_of(network))
    assert verified.keys() == {"verified", "object", "key", "hash"}
    assert verified["object"] == "quote"
    assert done("inspect", network.home / "EUR.quote")["fields"]["price"] == 9_000_000


@pytest.mark.parametrize(("option", "value"), [("--asset", "no asset"), ("--currency", "eur"), ("--price", "0")])
def test_a_quote_that_means_nothing_is_not_signed(network, tmp_path, option, value):
    priced = {"--asset": BITCOIN, "--currency": "EUR", "--exponent": 2, "--price": 1, "--scale": 1, "--valid": 60}
    chosen = [each for pair in (priced | {option: value}).items() for each in pair]
    outcome = carnet("quote", "issue", "--issuer", network.home / "issuer", *chosen, "--out", tmp_path / "quote")
    assert outcome.status == 2
    assert not (tmp_path / "quote").exists()
