"""CONVERSION: a value is an amount times a price, rounded up, and nothing near it."""

import pytest

from carnet.crypto.group import N, group
from carnet.errors import UsageError, VerifyError
from carnet.zk.conversion import CONVERSION_PROOF_LENGTH, ConversionClaim
from carnet.zk.statement import verify
from proof_samples import bare, check_false, check_true, context, conversion, point

PRICE, SCALE = 271_828, 10**8


def rounded_up(amount, price, scale):
    return -(-amount * price // scale)


def test_the_size_is_the_specified_one():
    assert CONVERSION_PROOF_LENGTH == 1011


@pytest.mark.parametrize(
    ("amount", "price", "scale"),
    [
        (12_345, PRICE, SCALE),
        (0, PRICE, SCALE),
        (SCALE, PRICE, SCALE),  # no remainder
        (1, 1, 2**120 - 1),  # the largest remainder
        (2**128 - 1, 2**64 - 1, 2**64),
        (2**64 - 1, 1, 1),
        (7, 2**64 - 1, 1),
    ],
)
def test_a_value_rounded_up_is_proven(amount, price, scale):
    check_true(conversion(amount, rounded_up(amount, price, scale), price=price, scale=scale))


@pytest.mark.parametrize("off", [-1, 1, -(10**6), 10**6])
def test_the_next_value_is_not(off):
    amount = 123_456_789_012
    check_false(
        conversion(amount, rounded_up(amount, PRICE, SCALE) + off, price=PRICE, scale=SCALE), "conversion.proof"
    )


@pytest.mark.parametrize(
    ("amount", "value", "remainder"),
    [
        (SCALE, PRICE, 1),
        (SCALE, PRICE, SCALE),
        (SCALE, PRICE + 1, SCALE),  # the remainder is one scale
        (SCALE, PRICE - 1, -SCALE),
        (SCALE, PRICE - 1, N - SCALE),
        (-SCALE, -PRICE, 0),
        (-5, 0, 5 * PRICE),
        (2**128, rounded_up(2**128, PRICE, SCALE), None),
        # Modulo the order a huge "value" fits every amount.
        (5, 5 * PRICE * pow(SCALE, -1, N) % N, 0),
        (SCALE, 2**128, 2**128 * SCALE - PRICE * SCALE),
    ],
)
def test_what_holds_modulo_the_order_alone_is_not_proven(amount, value, remainder):
    check_false(conversion(amount, value, price=PRICE, scale=SCALE, remainder=remainder), "conversion.proof")


@pytest.mark.parametrize(("price", "scale"), [(0, 1), (2**64, 1), (1, 0), (1, 2**120), (-1, 1), (1, -1)])
def test_prices_and_scales_are_positive_and_bounded(price, scale):
    with pytest.raises(UsageError):
        ConversionClaim(price=price, scale=scale, amount=b"", value=b"", remainder=b"")


def test_commitments_made_to_cancel_out_are_refused():
    amount, value, engine = point(5, 6), point(7, 8), group()
    named = {"price": PRICE, "scale": SCALE, "amount": amount, "value": value}
    fitting = engine.msm([SCALE, -PRICE], [engine.decode(value), engine.decode(amount)])
    for remainder in (bare(SCALE - 1), engine.encode(fitting)):
        with pytest.raises(VerifyError, match=r"conversion\.point"):
            verify(ConversionClaim(**named, remainder=remainder), bytes(1011), on=context())
