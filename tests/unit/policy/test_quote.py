from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.transcript import Transcript
from carnet.errors import PolicyError, UsageError
from carnet.policy import Quote, check_quote, cross_value, value_of
from carnet.policy.quote import MAX_VALUE
from carnet.zk import pedersen
from carnet.zk.statement import verify
from carnet.zk.tier import TierClaim, TierWitness, prove_tier

BITCOIN = "bip122:000000000019d6689c085ae165831e93/slip44:0"
QUOTE = Quote(
    issuer="rates.example",
    asset=BITCOIN,
    currency="USD",
    exponent=2,
    price=6_512_345,
    scale=10**8,
    not_before=1000,
    not_after=2000,
)


def refusal(act):
    with pytest.raises(PolicyError) as caught:
        act()
    return caught.value.check


@pytest.mark.parametrize(
    ("amount", "price", "scale", "value"),
    [
        (0, 1, 1, 0),
        (1, 1, 10**18, 1),
        (10**18, 250_000, 10**18, 250_000),
        (10**18 + 1, 250_000, 10**18, 250_001),
        (3, 1, 2, 2),
        (2**63 - 1, 1, 1, 2**63 - 1),
        (2**200, 2**62 - 1, 2**199, 2**63 - 2),
    ],
)
def test_a_value_is_exact_and_rounded_up(amount, price, scale, value):
    quote = replace(QUOTE, price=price, scale=scale)
    assert value_of(quote, amount) == value == ceil(Fraction(amount * price, scale))


def test_a_value_of_2_to_the_63_is_refused():
    """An originator could else leave its beneficiary with a record that nobody can prove: see the next test."""
    assert refusal(lambda: value_of(replace(QUOTE, price=1, scale=1), 2**63)) == "quote.range"


@pytest.mark.parametrize("limit", [0, 1, 2**32 - 1])
def test_every_value_that_is_accepted_can_be_proven_as_its_own_window(limit):
    for value in (1, MAX_VALUE):
        opening = {"value": value, "value_blinding": 7, "window": value, "window_blinding": 7}
        witness = TierWitness(**opening, full=True, flag_blinding=9)
        points = pedersen.commit(value=value, blinding=7), pedersen.commit(value=1, blinding=9)
        claim = TierClaim(limit=limit, value=points[0], window=points[0], flag=points[1])
        proof = prove_tier(claim, witness, on=Transcript(b"test"), coins=visible_coins("the largest value"))
        verify(claim, proof, on=Transcript(b"test"))


@pytest.mark.parametrize("zero", ["price", "scale"])
def test_a_quote_without_a_value_is_refused_before_it_makes_a_transfer_worthless(zero):
    assert refusal(lambda: value_of(replace(QUOTE, **{zero: 0}), 5)) == "quote.zero"


def test_a_negative_amount_is_our_own_bug():
    with pytest.raises(UsageError):
        value_of(QUOTE, -1)


@pytest.mark.parametrize("now", [1000, 1500, 2000])
def test_a_quote_holds_within_its_window_ends_included(now):
    assert check_quote(QUOTE, asset=BITCOIN, now=now) is QUOTE


@pytest.mark.parametrize("now", [999, 2001])
def test_a_quote_does_not_hold_outside_its_window(now):
    assert refusal(lambda: check_quote(QUOTE, asset=BITCOIN, now=now)) == "quote.window"


def test_a_quote_is_for_one_asset():
    assert refusal(lambda: check_quote(QUOTE, asset="eip155:1/slip44:60", now=1500)) == "quote.asset"


@pytest.mark.parametrize(
    "asset", [BITCOIN, "eip155:1/erc721:0x06012c8cf97bead5deae237070f9587f8e7a266d/771769", "4H95J0R2X"]
)
def test_an_asset_has_a_caip_19_name_or_a_token_identifier(asset):
    assert replace(QUOTE, asset=asset).asset == asset


@pytest.mark.parametrize("asset", ["bitcoin", "eip155:1", "EIP155:1/slip44:60", "eip155:1/slip44:60\n", ""])
def test_an_asset_has_no_other_name(asset):
    with pytest.raises(UsageError):
        replace(QUOTE, asset=asset)


@pytest.mark.parametrize(
    ("value", "price", "scale", "crossed"),
    [(0, 92, 1, 0), (1, 92, 100, 1), (100_000, 92, 100, 92_000), (99_999, 92, 100, 92_000), (3, 1, 2, 2)],
)
def test_a_value_crosses_to_another_currency_exactly_and_rounded_up(value, price, scale, crossed):
    of, into = replace(QUOTE, price=1, scale=1), replace(QUOTE, currency="EUR", price=price, scale=scale)
    assert cross_value(value, of=of, into=into) == crossed


def test_a_value_crosses_only_by_quotes_of_one_asset_that_say_something():
    into = replace(QUOTE, currency="EUR")
    assert refusal(lambda: cross_value(1, of=QUOTE, into=replace(into, asset="eip155:1/slip44:60"))) == "quote.asset"
    assert refusal(lambda: cross_value(1, of=replace(QUOTE, price=0), into=into)) == "quote.zero"
    assert refusal(lambda: cross_value(1, of=QUOTE, into=replace(into, scale=0))) == "quote.zero"
    assert refusal(lambda: cross_value(2**63, of=QUOTE, into=into)) == "quote.range"
    with pytest.raises(UsageError):
        cross_value(-1, of=QUOTE, into=into)
