from hashlib import sha256

import pytest

import pack_files

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


def test_a_pack_is_compiled_to_the_bytes_that_its_hash_names(tmp_path):
    made = done("policy", "compile", "uk-mlr-2026", "--out", tmp_path / "uk.cbor")
    assert sha256((tmp_path / "uk.cbor").read_bytes()).hexdigest() == made["hash"]
    assert (tmp_path / "uk.cbor").read_bytes() == pack_files.pack("uk-mlr-2026").encode()
    assert done("policy", "show", tmp_path / "uk.cbor")["status"] == "UNVERIFIED"


def test_a_pack_shows_what_it_asks_for_and_where_it_has_that_from(network):
    shown = done("policy", "show", "hk-amlo-2023")
    (leg,) = shown["legs"]
    pack = pack_files.pack("hk-amlo-2023")
    assert [field["any_of"] for field in leg["full"]] == [
        [list(paths) for paths in field.any_of] for field in pack.legs[0].full
    ]
    assert shown["sources"][0].keys() == {"facts", "confidence", "text"}
    text = carnet("policy", "show", "ch-finma-2019").out
    for told in ("proof of ownership from 0.00 CHF", "2592000 seconds", "[MEDIUM] LIMIT", "BASIC asks for nothing"):
        assert told in text
    assert "FULL from 1000000 KRW" in carnet("policy", "show", "kr-sfia-2022").out


def test_a_list_for_people_has_a_line_for_each_pack():
    lines = carnet("policy", "list").out.splitlines()
    assert len(lines) == len(pack_files.NAMES)
    assert "UNVERIFIED" in next(line for line in lines if line.startswith("jp-"))
    assert "to 2026-06-29" in next(line for line in lines if line.startswith("uk-mlr-2023"))


def test_a_signature_is_verified_by_key_or_by_directory(network):
    pack = network.home / "fatf.pack"
    assert done("policy", "verify", pack, "--key", key_of(network))["id"] == "fatf-2019"
    assert done("policy", "verify", pack, *network.trust)["verified"] is True
    assert carnet("policy", "verify", pack, "--key", "11" * 32).status == 1
    assert carnet("policy", "verify", network.home / "EUR.quote", "--key", key_of(network)).status == 1
    for wrong in ([], ["--key", key_of(network), *network.trust], network.trust[:2]):
        assert carnet("policy", "verify", pack, *wrong).status == 2


def test_a_pack_that_nobody_signed_has_no_signature_to_verify(network, tmp_path):
    done("policy", "compile", "fatf-2019", "--out", tmp_path / "plain")
    assert carnet("policy", "verify", tmp_path / "plain", "--key", key_of(network)).status == 1


def test_names_of_no_pack_are_refused():
    assert carnet("policy", "show", "atlantis").status == 2
