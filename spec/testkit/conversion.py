"""Suite `conversion`: a value is an amount times a price, rounded up (spec/threshold-proofs.md#conversion)."""

from dataclasses import replace

from kit import vector
from proving import (
    ANOTHER,
    ELSEWHERE,
    OFF_CURVE,
    UNREDUCED,
    case,
    changed,
    cheated,
    nudged,
    of_value,
    openings,
    points,
    proven,
    secret,
    solved,
)

from carnet.crypto.group import N
from carnet.zk.commitment import Opening
from carnet.zk.conversion import ConversionClaim, ConversionWitness, prove_conversion

PRICE, SCALE = 9_000_000, 10**8
RANGES = 946


def given(claim, proof, expect, **more):
    stated = {
        "price": claim.price,
        "scale": claim.scale.to_bytes(16, "big"),
        "amount": claim.amount,
        "value": claim.value,
        "remainder": claim.remainder,
    }
    return case(stated, claim, proof, expect, **more)


def converted(amount, price, scale):
    """Return the value that *amount* comes to, and what rounding added."""
    value = -(-amount * price // scale)
    return value, scale * value - price * amount


def claimed(known, price, scale):
    amount, value, remainder = points(known)
    return ConversionClaim(price=price, scale=scale, amount=amount, value=value, remainder=remainder)


def honest(sentence, amount, price=PRICE, scale=SCALE):
    known = openings(sentence, [amount, *converted(amount, price, scale)])
    claim = claimed(known, price, scale)
    witness = ConversionWitness(amount=known[0], value=known[1], remainder=known[2])
    return claim, known, prove_conversion(claim, witness, **proven(sentence))


def good(sentence, amount, price=PRICE, scale=SCALE):
    claim, known, proof = honest(sentence, amount, price, scale)
    return given(claim, proof, "ok") | secret(sentence, known)


def false(sentence, amount, value, remainder, **how):
    known = openings(sentence, [amount, value, remainder])
    claim = claimed(known, PRICE, SCALE)
    amount, value, remainder = known
    parts = [
        [value, amount, remainder, claim.complement(remainder)],
        [claim.difference(amount, value, remainder)],
    ]
    return given(claim, cheated(claim, parts, sentence, **how), "conversion.proof")


AMOUNT = 123_456_789
VALUE, REMAINDER = converted(AMOUNT, PRICE, SCALE)
SAMPLE, _, PROOF = honest("an ordinary conversion", AMOUNT)


@vector("conversion")
def rounded_up():
    """123,456,789 atomic units at 90,000.00 for a hundred million are 111,111.1101, hence 11,111,112 minor units."""
    return good("rounded up", AMOUNT)


@vector("conversion")
def without_a_remainder():
    """A whole coin: nothing to round."""
    return good("a whole coin", 10**8)


@vector("conversion")
def the_largest_remainder():
    """One atomic unit at a price of 1: all but one of the scale is what rounding added."""
    return good("the smallest of all", 1, 1, 10**8)


@vector("conversion")
def of_nothing():
    """An amount of 0 is a value of 0."""
    return good("a conversion of nothing", 0)


@vector("conversion")
def at_par():
    """Price and scale 1: value and amount are the same, and r can be nothing but 0."""
    return good("at par", 777, 1, 1)


@vector("conversion")
def of_eighteen_decimals():
    """An asset with 18 decimals."""
    return good("eighteen decimals", 1_234_567_890_123_456_789, 312_345, 10**18)


@vector("conversion")
def the_largest_of_all():
    """The largest price and scale, and an amount of 128 bits."""
    return good("the largest of all", 2**128 - 1, 2**64 - 1, 2**120 - 1)


@vector("conversion")
def rounded_down():
    """One unit less, by a negative remainder."""
    return false("rounded down", AMOUNT, VALUE - 1, REMAINDER - SCALE)


@vector("conversion")
def one_unit_too_much():
    """One unit more, by a remainder of more than the scale: only the range on the complement sees it."""
    return false("one unit too much", AMOUNT, VALUE + 1, REMAINDER + SCALE)


@vector("conversion")
def remainder_of_the_scale():
    """An exact conversion rounded up all the same: r = scale."""
    return false("a remainder of the scale", 10**8, PRICE + 1, SCALE)


@vector("conversion")
def another_remainder():
    """All in range, and an equation that does not hold."""
    return false("another remainder", AMOUNT, VALUE, REMAINDER + 1)


@vector("conversion")
def true_modulo_n_only():
    """The value v = 1 for an amount of scale/price modulo n: the equation holds, and the amount has no 128 bits."""
    return false("true modulo n only", SCALE * pow(PRICE, -1, N) % N, 1, 0)


@vector("conversion")
def value_modulo_n_only():
    """An amount of 1 for a value of price/scale modulo n."""
    return false("a value modulo n only", 1, PRICE * pow(SCALE, -1, N) % N, 0)


@vector("conversion")
def a_negative_amount():
    """An amount of -10^8 for a value of -9,000,000."""
    return false("a negative amount", -(10**8), -PRICE, 0)


@vector("conversion")
def vectors_made_up():
    """Amount and value negative; (E1) is solved for t and tau, (E5) holds, and (E2) alone fails."""
    return false("a conversion made up", -(10**8), -PRICE, 0, prove=solved)


@vector("conversion")
def another_price():
    """The quote's price is bound."""
    return given(replace(SAMPLE, price=PRICE - 1), PROOF, "conversion.proof")


@vector("conversion")
def another_scale():
    """The quote's scale is bound."""
    return given(replace(SAMPLE, scale=SCALE + 1), PROOF, "conversion.proof")


@vector("conversion")
def amount_and_value_swapped():
    """The commitments have their places."""
    return given(replace(SAMPLE, amount=SAMPLE.value, value=SAMPLE.amount), PROOF, "conversion.proof")


@vector("conversion")
def another_value():
    """A true proof, and another commitment for the value."""
    return given(replace(SAMPLE, value=ANOTHER), PROOF, "conversion.proof")


@vector("conversion")
def of_another_transfer():
    """A proof copied into another context."""
    return given(SAMPLE, PROOF, "conversion.proof", said=ELSEWHERE)


@vector("conversion")
def complement_is_the_identity():
    """C_r = (scale - 1)*H."""
    return given(replace(SAMPLE, remainder=of_value(SCALE - 1)), PROOF, "conversion.point")


@vector("conversion")
def difference_is_the_identity():
    """The blindings of amount, value and remainder cancel out: r_r = scale*r_v - price*r_a."""
    amount, value = openings("blindings that cancel out", [AMOUNT, VALUE])
    remainder = Opening(value=REMAINDER, blinding=(SCALE * value.blinding - PRICE * amount.blinding) % N)
    return given(claimed([amount, value, remainder], PRICE, SCALE), PROOF, "conversion.point")


@vector("conversion")
def a_response_turned():
    """The last bit of z in the multiples proof turned."""
    return given(SAMPLE, nudged(PROOF, RANGES + 33), "conversion.proof")


@vector("conversion")
def a_vector_turned():
    """The last bit of b_3 turned."""
    return given(SAMPLE, nudged(PROOF, RANGES - 32), "conversion.proof")


@vector("conversion")
def another_point():
    """Another point for A of the multiples proof."""
    return given(SAMPLE, changed(PROOF, RANGES, ANOTHER), "conversion.proof")


@vector("conversion")
def a_point_off_the_curve():
    """A of the multiples proof has an x that no point has."""
    return given(SAMPLE, changed(PROOF, RANGES, OFF_CURVE), "point.encoding")


@vector("conversion")
def an_amount_off_the_curve():
    """The amount's commitment is no point."""
    return given(replace(SAMPLE, amount=OFF_CURVE), PROOF, "point.encoding")


@vector("conversion")
def a_scalar_not_reduced():
    """The response z is n."""
    return given(SAMPLE, changed(PROOF, RANGES + 33, UNREDUCED), "proof.scalar")


@vector("conversion")
def without_the_multiples_proof():
    """The ranges alone."""
    return given(SAMPLE, PROOF[:RANGES], "proof.length")


@vector("conversion")
def one_byte_more():
    """A byte follows the proof."""
    return given(SAMPLE, PROOF + b"\0", "proof.length")
