import json
from pathlib import Path

import pytest

import pack_files
from carnet.testing.world import BITCOIN, identity_json

from .conftest import carnet, done

KEYS = [
    "leg",
    "at",
    "tier",
    "sides",
    "required",
    "payload",
    "ownership_proof",
    "retention_days",
    "linked_window_s",
    "why",
]
SPEC = (Path(__file__).parents[3] / "spec" / "policy.md").read_text(encoding="utf-8")
FROM_2024 = ["--originator", "GB", "--beneficiary", "FATF", "--date", "2024-12-01"]


def decided(*arguments):
    return done("policy", "decide", *arguments)


def test_the_keys_of_a_decision_are_those_that_the_page_promises():
    found = decided("--originator", "EU", "--beneficiary", "EU", "--value", "1", "--currency", "EUR")
    assert list(found) == KEYS
    for each in (found, found["sides"][0], found["required"][0], found["why"][0], found["why"][0]["sources"][0]):
        for key in each:
            assert f"`{key}`" in SPEC, key


@pytest.mark.parametrize(
    ("date", "pack"),
    [
        ("2026-06-29", "uk-mlr-2023"),
        ("2026-06-29T23:59:59Z", "uk-mlr-2023"),
        ("2026-06-30T00:59:59+01:00", "uk-mlr-2023"),
    ],
)
def test_the_law_is_that_of_the_day(date, pack):
    asked = ["--originator", "GB", "--beneficiary", "GB", "--value", "5", "--currency", "EUR", "--date", date]
    assert decided(*asked)["sides"][0]["pack"] == pack


def test_a_member_state_is_under_the_law_of_the_union():
    asked = ["--originator", "DE", "--beneficiary", "FR", "--value", "5", "--currency", "EUR", "--date", "2025-06-01"]
    assert [side["pack"] for side in decided(*asked)["sides"]] == ["eu-tfr-2023", "eu-tfr-2023"]


def test_a_law_that_nobody_is_sure_of_applies_only_on_demand():
    asked = [
        "--originator",
        "GB",
        "--beneficiary",
        "GB",
        "--value",
        "799.99",
        "--currency",
        "GBP",
        "--date",
        "2026-06-30",
    ]
    refused = carnet("policy", "decide", *asked)
    assert (refused.status, "policy.unverified" in refused.err) == (1, True)
    found = decided(*asked, "--unverified")
    assert (found["tier"], found["sides"][0]["status"]) == ("BASIC", "UNVERIFIED")
    assert found["why"][1]["sources"][0]["confidence"] == "LOW"


@pytest.mark.parametrize(("value", "tier"), [("999.99", "BASIC"), ("1000", "FULL"), ("1000.00", "FULL")])
def test_a_value_in_one_currency_is_judged_in_the_other_by_quotes(network, value, tier):
    quotes = ["--quote", network.home / "EUR.quote", "--quote", network.home / "USD.quote"]
    asked = ["--originator", "FATF", "--beneficiary", "FATF", "--value", value, "--currency", "USD"]
    assert decided(*asked)["tier"] == tier
    euro = str(float(value) * 0.9) if value != "999.99" else "899.99"
    crossed = [*asked[:4], "--value", euro, "--currency", "EUR"]
    assert decided(*crossed, *quotes)["tier"] == tier
    refused = carnet("policy", "decide", *crossed)
    assert (refused.status, "quote.missing: USD" in refused.err) == (1, True)


@pytest.mark.parametrize(("amount", "tier"), [(999_990, "BASIC"), (999_991, "FULL"), (1_000_000, "FULL")])
def test_an_amount_is_valued_by_a_quote(network, amount, tier):
    asked = ["--originator", "FATF", "--beneficiary", "FATF", "--amount", amount]
    found = decided(*asked, "--quote", network.home / "USD.quote")
    assert found["tier"] == tier


def test_a_quote_of_another_time_prices_nothing(network):
    asked = ["--originator", "FATF", "--beneficiary", "FATF", "--amount", 1, "--quote", network.home / "USD.quote"]
    refused = carnet("policy", "decide", *asked, "--date", "2024-01-01")
    assert (refused.status, "quote.window" in refused.err) == (1, True)


def test_a_quote_with_other_decimals_than_the_law_counts_in_is_refused(network, tmp_path):
    odd = ["--asset", BITCOIN, "--currency", "USD", "--exponent", 3, "--price", 1, "--scale", 1, "--valid", 60]
    done("quote", "issue", "--issuer", network.home / "issuer", *odd, "--out", tmp_path / "odd")
    asked = ["--originator", "FATF", "--beneficiary", "FATF", "--amount", 1, "--quote", tmp_path / "odd"]
    assert "quote.exponent" in carnet("policy", "decide", *asked).err


def test_a_payload_that_lacks_something_is_told_what_and_ends_with_one(tmp_path):
    data = identity_json()
    asked = [
        "--originator",
        "EU",
        "--beneficiary",
        "EU",
        "--value",
        "1",
        "--currency",
        "EUR",
        "--payload",
        tmp_path / "p",
    ]
    (tmp_path / "p").write_text(json.dumps(data))
    assert decided(*asked)["payload"] == {"missing": [], "excess": []}
    del data["originator"]["originatorPerson"][0]["naturalPerson"]["dateAndPlaceOfBirth"]
    (tmp_path / "p").write_text(json.dumps({"identity": data}))
    lacking = carnet("policy", "decide", *asked, "--json")
    path = "/originator/originatorPerson/0/naturalPerson/nationalIdentification/nationalIdentifier"
    assert (lacking.status, lacking.json["payload"]["missing"]) == (1, [path])
    told = carnet("policy", "decide", *asked)
    assert (told.status, f"  - {path}\n" in told.out) == (1, True)
    assert "Sample" not in told.out + told.err


def test_what_is_too_much_is_told_and_is_no_failure(tmp_path):
    (tmp_path / "p").write_text(json.dumps(identity_json()))
    asked = ["--originator", "FATF", "--beneficiary", "SG", "--value", "1", "--currency", "USD", "--date", "2025-01-01"]
    refused = carnet("policy", "decide", *asked, "--payload", tmp_path / "p")
    assert "quote.missing: SGD" in refused.err
    asked[3] = "FATF"
    found = decided(*asked, "--payload", tmp_path / "p")
    assert found["payload"]["missing"] == []
    assert len(found["payload"]["excess"]) == 2


def test_people_are_told_the_same():
    told = carnet(
        "policy", "decide", "--originator", "EU", "--leg", "self-hosted", "--value", "1000.01", "--currency", "EUR"
    )
    assert told.status == 0
    for line in (
        "tier: FULL",
        "proof of ownership: needed",
        "retention: 1827 days",
        "window: none",
        "[HIGH] Regulation",
    ):
        assert line in told.out


def test_earlier_transfers_are_added_up_within_a_window(tmp_path):
    source = pack_files.source("uk-mlr-2023").replace("linked_window_s = 0", "linked_window_s = 2592000")
    (tmp_path / "own.toml").write_text(source)
    asked = [*FROM_2024[:2], "--beneficiary", "GB", *FROM_2024[4:], "--pack", tmp_path / "own.toml", "--value", "600"]
    assert decided(*asked, "--currency", "EUR", "--earlier", "399.99")["tier"] == "BASIC"
    found = decided(*asked, "--currency", "EUR", "--earlier", "400")
    assert (found["tier"], found["linked_window_s"]) == ("FULL", 2592000)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"--leg": "cash"}, 2),
        ({"--leg": "self-hosted"}, 2),
        ({"--beneficiary": None}, 2),
        ({"--beneficiary": None, "--originator": None, "--leg": "sunrise"}, 2),
        ({"--beneficiary": None, "--leg": "sunrise"}, 0),
        ({"--beneficiary": None, "--leg": "self-hosted"}, 1),
        ({"--beneficiary": "XX"}, 1),
        ({"--date": "2019-01-01"}, 1),
        ({"--date": "yesterday"}, 2),
        ({"--date": "2024-12-01T10:00:00"}, 2),
        ({"--date": "1969-01-01"}, 2),
        ({"--value": None}, 2),
        ({"--value": "1.001"}, 2),
        ({"--value": "1e3"}, 2),
        ({"--currency": None}, 2),
        ({"--currency": "XXX"}, 2),
        ({"--amount": "5"}, 2),
        ({"--amount": "5", "--value": None, "--currency": None}, 2),
        ({"--originator-kind": "alien"}, 2),
        ({"--earlier": "x"}, 2),
    ],
)
def test_wrong_questions_are_told_from_refusals(change, status):
    asked = {"--originator": "FATF", "--beneficiary": "FATF", "--value": "5", "--currency": "USD"} | change
    arguments = [each for key, value in asked.items() if value is not None for each in (key, value)]
    assert carnet("policy", "decide", *arguments).status == status
