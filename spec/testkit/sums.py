"""Suites `sum` and `equality`: a sum of commitments opens to a total, or to what another opens to."""

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
)

from carnet.zk.commitment import Opening
from carnet.zk.linear import EqualityClaim, SumClaim, prove_equality, prove_sum
from carnet.zk.zero import ZeroClaim, prove_zero


def added(known):
    """Return the opening of the sum of commitments with the *known* openings."""
    first, *others = known
    for each in others:
        first = first + each
    return first


# SUM.


def sum_case(claim, proof, expect, **more):
    given = {"total": claim.total.to_bytes(16, "big"), "sum": claim.sum}
    return case(given, claim, proof, expect, **more)


def honest_total(sentence, values):
    known = openings(sentence, values)
    whole = added(known)
    claim = SumClaim(total=whole.value, sum=points([whole])[0])
    return claim, known, whole, prove_sum(claim, whole.blinding, **proven(sentence))


def good_sum(sentence, values):
    claim, known, whole, proof = honest_total(sentence, values)
    return sum_case(claim, proof, "ok") | {"summands": points(known)} | secret(sentence, [whole])


def false_sum(sentence, values, total):
    whole = added(openings(sentence, values))
    claim = SumClaim(total=total, sum=points([whole])[0])
    proof = cheated(claim, [[Opening(value=0, blinding=whole.blinding)]], sentence)
    return sum_case(claim, proof, "sum.proof")


SUM, _, _, SUM_PROOF = honest_total("an ordinary epoch", [70_000, 250_000, 1])


@vector("sum")
def of_three():
    """Three values of an epoch."""
    return good_sum("a sum of three", [70_000, 250_000, 1])


@vector("sum")
def of_one():
    """A sum of one commitment opens that one."""
    return good_sum("a sum of one", [12_345])


@vector("sum")
def of_nothing():
    """A total of 0."""
    return good_sum("a sum of nothing", [0, 0])


@vector("sum")
def the_largest():
    """2^128 - 1, more than 2^64 values of 64 bits come to."""
    return good_sum("the largest sum", [2**127, 2**127 - 1])


@vector("sum")
def one_unit_more():
    """The total is told one unit too large."""
    return false_sum("one unit more", [70_000, 250_000], 320_001)


@vector("sum")
def of_a_negative():
    """The sum holds -1, and 2^128 - 1 is told."""
    return false_sum("a negative sum", [4, -5], 2**128 - 1)


@vector("sum")
def another_total():
    """A true proof, and another total."""
    return sum_case(SumClaim(total=SUM.total - 1, sum=SUM.sum), SUM_PROOF, "sum.proof")


@vector("sum")
def another_sum():
    """A true proof, and the sum of other commitments."""
    return sum_case(SumClaim(total=SUM.total, sum=ANOTHER), SUM_PROOF, "sum.proof")


@vector("sum")
def of_another_epoch():
    """A proof copied into another context."""
    return sum_case(SUM, SUM_PROOF, "sum.proof", said=ELSEWHERE)


@vector("sum")
def without_a_blinding():
    """The sum S = total*H: the point is the identity."""
    return sum_case(SumClaim(total=SUM.total, sum=of_value(SUM.total)), SUM_PROOF, "sum.point")


@vector("sum")
def sum_by_a_proof_of_zero():
    """The point shown to be a multiple of G by ZERO."""
    (known,) = openings("a sum, by zero", [500])
    difference = known - 500
    zero = ZeroClaim(points=tuple(points([difference])))
    proof = prove_zero(zero, [difference.blinding], **proven("a sum, by zero"))
    return sum_case(SumClaim(total=500, sum=points([known])[0]), proof, "sum.proof")


@vector("sum")
def sum_another_point():
    """Another point for A."""
    return sum_case(SUM, changed(SUM_PROOF, 0, ANOTHER), "sum.proof")


@vector("sum")
def sum_response_not_reduced():
    """The response z is n."""
    return sum_case(SUM, changed(SUM_PROOF, 33, UNREDUCED), "proof.scalar")


@vector("sum")
def sum_off_the_curve():
    """The sum is no point."""
    return sum_case(SumClaim(total=SUM.total, sum=OFF_CURVE), SUM_PROOF, "point.encoding")


@vector("sum")
def sum_one_byte_more():
    """A byte follows the proof."""
    return sum_case(SUM, SUM_PROOF + b"\0", "proof.length")


# EQUALITY.


def equality_case(claim, proof, expect, **more):
    return case({"one": claim.one, "other": claim.other}, claim, proof, expect, **more)


def honest_equality(sentence, ours, theirs):
    one, other = added(openings(sentence + ", ours", ours)), added(openings(sentence + ", theirs", theirs))
    claim = EqualityClaim(one=points([one])[0], other=points([other])[0])
    return claim, [one, other], prove_equality(claim, one=one, other=other, **proven(sentence))


def good_equality(sentence, ours, theirs):
    claim, known, proof = honest_equality(sentence, ours, theirs)
    return equality_case(claim, proof, "ok") | secret(sentence, known)


EQUALITY, _, EQUALITY_PROOF = honest_equality("an ordinary channel", [70_000, 250_000], [320_000])


@vector("equality")
def of_one_value():
    """Two commitments to one value."""
    return good_equality("one value twice", [70_000], [70_000])


@vector("equality")
def of_a_channel():
    """Two ends of a channel that cut their sums differently."""
    return good_equality("two ends of a channel", [70_000, 250_000, 5], [320_000, 5])


@vector("equality")
def of_nothings():
    """Both ends hold nothing."""
    return good_equality("nothing and nothing", [0], [0])


@vector("equality")
def one_unit_apart():
    """One end has one unit more."""
    one, other = openings("one unit apart", [70_000, 70_001])
    claim = EqualityClaim(one=points([one])[0], other=points([other])[0])
    blinding = Opening(value=0, blinding=(one - other).blinding)
    return equality_case(claim, cheated(claim, [[blinding]], "one unit apart"), "equality.proof")


@vector("equality")
def ends_swapped():
    """The ends have their names: a proof for S, S' is none for S', S."""
    return equality_case(EqualityClaim(one=EQUALITY.other, other=EQUALITY.one), EQUALITY_PROOF, "equality.proof")


@vector("equality")
def another_end():
    """The other end is another sum."""
    return equality_case(EqualityClaim(one=EQUALITY.one, other=ANOTHER), EQUALITY_PROOF, "equality.proof")


@vector("equality")
def the_same_bytes():
    """The sums S = S': the point is the identity, and nothing needs a proof."""
    return equality_case(EqualityClaim(one=EQUALITY.one, other=EQUALITY.one), EQUALITY_PROOF, "equality.point")


@vector("equality")
def of_another_channel():
    """A proof copied into another context."""
    return equality_case(EQUALITY, EQUALITY_PROOF, "equality.proof", said=ELSEWHERE)


@vector("equality")
def equality_by_a_proof_of_sum():
    """The same point, as a SUM: S - S' + 0*H."""
    one, other = openings("equality, by sum", [9, 9])
    claim = EqualityClaim(one=points([one])[0], other=points([other])[0])
    difference = one - other
    shown = SumClaim(total=0, sum=points([difference])[0])
    return equality_case(claim, prove_sum(shown, difference.blinding, **proven("equality, by sum")), "equality.proof")


@vector("equality")
def equality_response_turned():
    """The last bit of z turned."""
    return equality_case(EQUALITY, nudged(EQUALITY_PROOF, 33), "equality.proof")


@vector("equality")
def equality_response_not_reduced():
    """The response z is n."""
    return equality_case(EQUALITY, changed(EQUALITY_PROOF, 33, UNREDUCED), "proof.scalar")


@vector("equality")
def equality_off_the_curve():
    """A has an x that no point has."""
    return equality_case(EQUALITY, changed(EQUALITY_PROOF, 0, OFF_CURVE), "point.encoding")


@vector("equality")
def equality_cut_short():
    """The last byte is missing."""
    return equality_case(EQUALITY, EQUALITY_PROOF[:-1], "proof.length")
