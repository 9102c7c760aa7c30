import stat

import pytest

from carnet.testing.world import BITCOIN

from .conftest import carnet, done
from .test_policy import key_of


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
