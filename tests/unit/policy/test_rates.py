from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import UsageError
from carnet.policy import value_of
from carnet.policy.rates import COLUMNS, Rate, decimals_of, quote_of, read_csv, read_json

BITCOIN = "bip122:000000000019d6689c085ae165831e93/slip44:0"
RATE = Rate(asset=BITCOIN, currency="EUR", price="90000", not_before=0, not_after=60)
HEAD = ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("asset", "decimals"),
    [
        (BITCOIN, 8),
        ("4H95J0R2X", 8),
        ("eip155:1/slip44:60", 18),
        ("eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 6),
        ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/slip44:501", 9),
    ],
)
def test_an_asset_has_its_registered_decimals(asset, decimals):
    assert decimals_of(asset) == decimals
    assert quote_of(replace(RATE, asset=asset), issuer="q").scale == 10**decimals


def test_an_asset_that_nobody_lists_needs_its_decimals_given():
    odd = replace(RATE, asset="eip155:1/erc20:0x0000000000000000000000000000000000000001")
    with pytest.raises(UsageError, match="decimals"):
        quote_of(odd, issuer="q")
    assert quote_of(odd, issuer="q", decimals=3).scale == 1000


@pytest.mark.parametrize(
    ("currency", "price", "minor", "scale"),
    [
        ("EUR", "90000", 9_000_000, 10**8),
        ("EUR", "90000.5", 9_000_050, 10**8),
        ("EUR", "0.123456", 123_456, 10**12),
        ("EUR", "1.10", 110, 10**8),
        ("JPY", "15000000", 15_000_000, 10**8),
        ("JPY", "0.5", 5, 10**9),
        ("BHD", "33.9151", 339_151, 10**9),
    ],
)
def test_a_price_loses_nothing_on_its_way_into_a_quote(currency, price, minor, scale):
    quote = quote_of(replace(RATE, currency=currency, price=price), issuer="q")
    assert (quote.price, quote.scale) == (minor, scale)


@pytest.mark.parametrize(
    "price", ["", "0", "0.000", "-1", "1e5", "1,5", "٣", "NaN", ".5", "5.", "99999999999999999999"]
)
def test_what_is_no_price_makes_no_quote(price):
    with pytest.raises(UsageError):
        quote_of(replace(RATE, price=price), issuer="q")


def test_a_currency_that_does_not_exist_makes_no_quote():
    with pytest.raises(UsageError, match="ISO 4217"):
        quote_of(replace(RATE, currency="XXX"), issuer="q")


@given(
    st.integers(0, 10**24),
    st.integers(1, 10**12),
    st.integers(0, 6),
    st.sampled_from([("JPY", 0), ("EUR", 2), ("BHD", 3), ("CLF", 4)]),
)
def test_a_value_by_a_rate_is_that_of_exact_arithmetic_rounded_up(amount, digits, places, money):
    currency, exponent = money
    price = Fraction(digits, 10**places)
    text = f"{digits // 10**places}.{digits % 10**places:0{places}}" if places else str(digits)
    quote = quote_of(replace(RATE, currency=currency, price=text), issuer="q")
    exact = amount * price * 10**exponent / 10**8
    if exact < 2**63 - 1:
        assert value_of(quote, amount) == ceil(exact)


def test_daily_rates_hold_for_their_day_and_the_grace():
    found = read_csv(f"{HEAD}1970-01-02,{BITCOIN},EUR,90000.5\n1970-01-03,{BITCOIN},EUR,90001\n", grace_s=10)
    assert found == (
        replace(RATE, price="90000.5", not_before=86400, not_after=2 * 86400 + 9),
        replace(RATE, price="90001", not_before=2 * 86400, not_after=3 * 86400 + 9),
    )
    assert read_csv(HEAD) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("date,asset,currency\n", 1),
        (f"{HEAD}2026-01-01,x,EUR\n", 2),
        (f"{HEAD}2026-01-01,x,EUR,1,2\n", 2),
        (f"{HEAD}2026-02-30,x,EUR,1\n", 2),
        (f"{HEAD}26-02-03,x,EUR,1\n", 2),
        (f"{HEAD}2026-02-03T00:00:00,x,EUR,1\n", 2),
        (f"{HEAD}2026-01-01,x,EUR,1\n2026-01-01,x,EUR,2\n", 3),
        (f'{HEAD}2026-01-01,x,EUR,"1\n', 2),
    ],
)
def test_a_wrong_line_is_told_by_its_number(text, line):
    with pytest.raises(UsageError, match=rf"line {line}:"):
        read_csv(text)


def test_rates_in_json_hold_from_their_time():
    text = '{"rates": [{"asset": "4H95J0R2X", "currency": "USD", "price": "100000.01", "time": 1000}]}'
    (rate,) = read_json(text, valid_s=60)
    assert (rate.price, rate.not_before, rate.not_after) == ("100000.01", 1000, 1060)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"rates": {}}',
        '{"rates": [1]}',
        '{"rates": [{"asset": "a", "currency": "USD", "price": 1.5, "time": 1}]}',
        '{"rates": [{"asset": "a", "currency": "USD", "price": "1", "time": true}]}',
        '{"rates": [{"asset": "a", "currency": "USD", "price": "1"}]}',
        "[" * 5000,
    ],
)
def test_other_json_is_refused(text):
    with pytest.raises(UsageError, match="rates"):
        read_json(text, valid_s=60)
