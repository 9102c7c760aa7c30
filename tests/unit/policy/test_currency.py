import pytest

import pack_files
from carnet.errors import UsageError
from carnet.policy import decimal_of, exponent_of, units_of
from carnet.policy.currency import CURRENCIES


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("JPY", 0), ("KRW", 0), ("BHD", 3), ("KWD", 3), ("EUR", 2), ("USD", 2), ("CHF", 2), ("CLF", 4), ("AED", 2)],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency, exponent):
    assert exponent_of(currency) == exponent


def test_the_list_is_as_long_as_the_standards():
    assert len(CURRENCIES) == 165
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert {rule.currency for pack in pack_files.ALL for rule in pack.legs} <= CURRENCIES.keys()


@pytest.mark.parametrize("currency", ["XXX", "eur", "BTC", ""])
def test_what_is_no_currency_is_named(currency):
    with pytest.raises(UsageError, match="ISO 4217"):
        exponent_of(currency)


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("0", 0, 0),
        ("1000", 2, 100000),
        ("999.99", 2, 99999),
        ("0.001", 3, 1),
        ("5", 0, 5),
        ("1.10", 1, 11),
        ("7.00", 0, 7),
    ],
)
def test_an_amount_is_read_exactly(text, decimals, units):
    assert units_of(text, decimals=decimals) == units


@pytest.mark.parametrize("text", ["", "1.", ".5", "-1", "+1", "01", "1e3", "1_0", "1,5", "٣", "1.001", "1\n", "1 "])
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(UsageError):
        units_of(text, decimals=2)


@pytest.mark.parametrize(("units", "decimals", "text"), [(0, 0, "0"), (5, 0, "5"), (5, 2, "0.05"), (1001, 3, "1.001")])
def test_units_are_written_with_all_their_decimals(units, decimals, text):
    assert decimal_of(units, decimals=decimals) == text
    assert units_of(text, decimals=decimals) == units
