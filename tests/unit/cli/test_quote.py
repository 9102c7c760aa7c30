import json
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


def imported(network, source, out, *more):
    return carnet("quote", "import", source, "--issuer", network.home / "issuer", "--out", out, *more)


def test_daily_rates_become_signed_quotes_of_their_day(network, tmp_path):
    days = [(day, money) for day in (1, 2) for money in ("EUR", "USD")]
    lines = [f"2026-01-0{day},{BITCOIN},{money},9000{day}.125" for day, money in days]
    (tmp_path / "rates.csv").write_text("\n".join(["date,asset,currency,price", *lines]))
    made = imported(network, tmp_path / "rates.csv", tmp_path / "out", "--date", "2026-01-02", "--json").json
    assert [each["currency"] for each in made["quotes"]] == ["EUR", "USD"]
    for file in (tmp_path / "out").iterdir():
        assert done("verify", file, "--key", key_of(network))["object"] == "quote"
        assert done("inspect", file)["fields"]["price"] == 90_002_125
    none = imported(network, tmp_path / "rates.csv", tmp_path / "none", "--date", "2026-01-03", "--json")
    assert none.json["quotes"] == []
    late = imported(network, tmp_path / "rates.csv", tmp_path / "late", "--date", "2026-01-03", "--grace", 60, "--json")
    assert len(late.json["quotes"]) == 2


def test_rates_with_a_time_become_quotes_from_then_on(network, tmp_path):
    rate = {"asset": BITCOIN, "currency": "JPY", "price": "15000000", "time": 1_800_000_000}
    (tmp_path / "rates.json").write_text(json.dumps({"rates": [rate]}))
    asked = ["--date", "2027-01-15T08:00:00Z", "--valid", 60, "--json"]
    made = imported(network, tmp_path / "rates.json", tmp_path / "out", *asked).json
    assert made["quotes"] == [{"asset": BITCOIN, "currency": "JPY", "not_after": 1_800_000_060}]


@pytest.mark.parametrize(
    ("name", "text"),
    [("r.csv", "x"), ("r.json", "[]"), ("r.csv", "date,asset,currency,price\n2026-01-02,x,EUR,1")],
)
def test_rates_that_are_none_are_not_signed(network, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    outcome = imported(network, tmp_path / name, tmp_path / "out", "--date", "2026-01-02")
    assert outcome.status == 2
    assert outcome.err.startswith(f"carnet: {tmp_path / name}: ")
    assert not (tmp_path / "out").exists()
