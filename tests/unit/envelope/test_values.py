"""Quotes become values, values become commitments, and each must open (S3, S5)."""

from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.crypto import sign as ed25519
from carnet.envelope.values import blinding, check_commitments, open_quotes, openings, point_of
from carnet.errors import PeerError, UsageError
from carnet.messages import Unit, ValueCommitment
from carnet.policy.quote import Quote
from carnet.policy.tier import Tier
from carnet.secret import Secret
from carnet.testing.world import ISSUER, make_world
from carnet.zk import pedersen
from carnet.zk.commitment import Opening

UNIT = Unit(currency="EUR", exponent=2)
BOTH = frozenset({"EUR", "USD"})


@pytest.fixture(scope="module")
def world():
    return make_world()


@pytest.fixture(scope="module")
def payload(world):
    return world.payload(amount=1_000_001)


@pytest.fixture(scope="module")
def quotes(world, payload):
    return open_quotes(payload, issuer=world.trust.quote_issuer, now=world.now)


@pytest.fixture(scope="module")
def opened(payload, quotes):
    return openings(payload, quotes, currencies=BOTH, unit=UNIT)


@pytest.fixture(scope="module")
def header(world, payload):
    return world.seal(payload).header


def refusal(act, *given, **named):
    with pytest.raises(PeerError) as caught:
        act(*given, **named)
    return caught.value.check


def test_values_are_in_minor_units_and_rounded_up(opened):
    assert opened.values["USD"].value == 100_001
    assert opened.values["EUR"].value == 90_001
    assert opened.unit.value == 90_001
    assert opened.flag.value == 1


def test_the_flag_says_the_tier(payload, quotes):
    basic = replace(payload, tier=Tier.BASIC)
    assert openings(basic, quotes, currencies=BOTH, unit=UNIT).flag.value == 0


def test_only_the_currencies_of_the_packs_are_committed_to(payload, quotes):
    assert list(openings(payload, quotes, currencies=frozenset({"USD"}), unit=UNIT).values) == ["USD"]


def test_blindings_differ_by_name_and_by_seed():
    one, two = Secret(bytes(32)), Secret(bytes([1]) * 32)
    drawn = [blinding(seed, *names) for seed in (one, two) for names in (("value", "EUR"), ("value", "USD"), ("unit",))]
    assert len(set(drawn)) == 6


@pytest.mark.parametrize(
    ("currencies", "unit", "check"),
    [
        (BOTH | {"CHF"}, UNIT, "quote.missing"),
        (BOTH, Unit(currency="CHF", exponent=2), "quote.missing"),
        (BOTH, Unit(currency="EUR", exponent=3), "quote.exponent"),
    ],
)
def test_a_value_needs_its_quote(payload, quotes, currencies, unit, check):
    assert refusal(openings, payload, quotes, currencies=currencies, unit=unit) == check


def test_a_value_that_no_commitment_holds_is_refused(payload, quotes):
    huge = replace(payload, transfer=replace(payload.transfer, amount=2**200))
    assert refusal(openings, huge, quotes, currencies=BOTH, unit=UNIT) == "quote.range"


def quoted(world, **changes):
    seed = changes.pop("seed", world.issuer)
    quote = cose.open_signed(
        Quote, world.quote("EUR", cents_per_coin=1), resolve=cose.only(ed25519.public_key(world.issuer))
    )
    return cose.sign(replace(quote, **changes), seed=seed)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"issuer": "nobody.example"}, "quote.issuer"),
        ({"asset": "eip155:1/slip44:60"}, "quote.asset"),
        ({"not_after": 1}, "quote.window"),
        ({"not_before": 2**40, "not_after": 2**41}, "quote.window"),
    ],
)
def test_s5_a_quote_is_refused_for(world, payload, changes, check):
    stranger = replace(payload, quotes=(quoted(world, **changes),))
    assert refusal(open_quotes, stranger, issuer=world.trust.quote_issuer, now=world.now) == check


def test_s5_a_quote_of_another_signer_is_refused(world, payload):
    for seed in (world.authority, world.vasps["alice"].keystore.identity):
        stranger = replace(payload, quotes=(quoted(world, seed=seed),))
        assert refusal(open_quotes, stranger, issuer=world.trust.quote_issuer, now=world.now) == "signature.kid"
    signed = quoted(world)
    spoilt = replace(payload, quotes=(signed[:-1] + bytes([signed[-1] ^ 1]),))
    assert refusal(open_quotes, spoilt, issuer=world.trust.quote_issuer, now=world.now) == "signature"


def test_s5_two_quotes_in_one_currency_are_refused(world, payload):
    twice = replace(payload, quotes=(quoted(world), quoted(world, price=2)))
    assert refusal(open_quotes, twice, issuer=world.trust.quote_issuer, now=world.now) == "quote.duplicate"


def test_s3_the_headers_commitments_open_to_the_payloads_values(header, opened):
    check_commitments(header, opened, window_currency="USD")
    check_commitments(replace(header, window=pedersen.commit(value=5, blinding=5)), opened, window_currency=None)


def commitments_off_by_one(header, opened):
    """Yield headers of which one commitment holds one unit more, or has another blinding."""
    ones = {"unit": opened.unit, "flag": opened.flag}
    for name, one in ones.items():
        for more in ({"value": one.value + 1}, {"blinding": one.blinding + 1}):
            yield replace(header, **{name: replace(one, **more).commit()})
    for at, (currency, one) in enumerate(opened.values.items()):
        for more in ({"value": one.value + 1}, {"value": one.value - 1}, {"blinding": one.blinding - 1}):
            values = list(header.values)
            values[at] = ValueCommitment(currency=currency, point=replace(one, **more).commit())
            yield replace(header, values=tuple(values))


def test_s3_a_commitment_to_anything_else_is_refused(header, opened):
    wrong = list(commitments_off_by_one(header, opened))
    assert len(wrong) == 10
    for one in wrong:
        assert refusal(check_commitments, one, opened, window_currency=None) == "commitment.opening"


@pytest.mark.parametrize(
    "values",
    [lambda values: values[::-1], lambda values: values[:1], lambda values: (values[0], values[0])],
    ids=["order", "one", "twice"],
)
def test_s3_values_are_in_the_currencies_of_the_packs_and_in_order(header, opened, values):
    changed = replace(header, values=values(header.values))
    assert refusal(check_commitments, changed, opened, window_currency=None) == "header.values"


def test_s3_where_no_window_is_kept_the_window_is_the_value(header, opened):
    other = replace(header, window=header.unit)
    assert refusal(check_commitments, other, opened, window_currency="USD") == "header.window"
    broken = replace(header, window=bytes(33))
    assert refusal(check_commitments, broken, opened, window_currency=None) == "point.encoding"


def test_the_point_of_a_currency_is_found_by_its_name(header):
    assert point_of(header, "USD") == header.values[1].point
    with pytest.raises(UsageError, match="CHF"):
        point_of(header, "CHF")


def test_openings_show_nothing(opened):
    assert "90001" not in repr(opened)
    assert str(opened.unit.blinding) not in repr(opened.unit)
    assert isinstance(opened.unit, Opening)
    assert ISSUER not in repr(opened)
