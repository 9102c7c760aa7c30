"""Suite `compare`: the statements RANGE, GE and LT (spec/threshold-proofs.md#range)."""

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
    transcript,
)

from carnet.crypto.coins import visible_coins
from carnet.zk.bulletproof import prove_range
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt, prove_ranges

T = 100_000
L_1 = 4 * 33 + 3 * 32  # where the rounds begin


def ranges(claim, proof, expect, **more):
    given = {"statement_text": "range", "bits": claim.bits, "commitments": list(claim.commitments)}
    return case(given, claim, proof, expect, **more)


def compared(claim, proof, expect, **more):
    name = "ge" if isinstance(claim, GeClaim) else "lt"
    given = {"statement_text": name, "limit": claim.limit, "value": claim.value}
    return case(given, claim, proof, expect, **more)


def honest_ranges(sentence, bits, values):
    known = openings(sentence, values)
    claim = RangeClaim(bits=bits, commitments=tuple(points(known)))
    return claim, known, prove_ranges(claim, known, **proven(sentence))


def good_ranges(sentence, bits, values):
    claim, known, proof = honest_ranges(sentence, bits, values)
    return ranges(claim, proof, "ok") | secret(sentence, known)


def false_ranges(sentence, bits, values, **how):
    known = openings(sentence, values)
    claim = RangeClaim(bits=bits, commitments=tuple(points(known)))
    return ranges(claim, cheated(claim, [known], sentence, **how), "range.proof")


def honest(kind, sentence, limit, value):
    known = openings(sentence, [value])
    claim = kind(limit=limit, value=points(known)[0])
    prove = prove_ge if kind is GeClaim else prove_lt
    return claim, known, prove(claim, known[0], **proven(sentence))


def good(kind, sentence, limit, value):
    claim, known, proof = honest(kind, sentence, limit, value)
    return compared(claim, proof, "ok") | secret(sentence, known)


def false(kind, sentence, limit, value, **how):
    (known,) = openings(sentence, [value])
    claim = kind(limit=limit, value=points([known])[0])
    part = [known - limit] if kind is GeClaim else [known, (limit - 1) - known]
    return compared(claim, cheated(claim, [part], sentence, **how), "ge.proof" if kind is GeClaim else "lt.proof")


FOUR, FOUR_KNOWN, FOUR_PROOF = honest_ranges("an ordinary range of four", 16, [3, 0, 65_535, 40_000])
GE, GE_KNOWN, GE_PROOF = honest(GeClaim, "an ordinary lower bound", T, 250_000)
LT, LT_KNOWN, LT_PROOF = honest(LtClaim, "an ordinary upper bound", T, 40_000)


# RANGE.


@vector("compare")
def range_of_one():
    """A single value of 64 bits."""
    return good_ranges("a range of one", 64, [12_345])


@vector("compare")
def range_of_both_ends():
    """The smallest and the largest value."""
    return good_ranges("a range with both ends", 32, [0, 2**32 - 1])


@vector("compare")
def range_of_four():
    """Values of 16 bits."""
    return ranges(FOUR, FOUR_PROOF, "ok") | secret("an ordinary range of four", FOUR_KNOWN)


@vector("compare")
def range_of_the_widest():
    """The largest value that a commitment may hold, of 128 bits."""
    return good_ranges("the widest range", 128, [2**128 - 1])


@vector("compare")
def range_of_the_shortest():
    """Vectors of length 4 are sent without any round."""
    return good_ranges("the shortest range", 4, [11])


@vector("compare")
def range_of_one_twice():
    """The same commitment may stand twice."""
    (known,) = openings("a range of one twice", [77])
    claim = RangeClaim(bits=32, commitments=tuple(points([known, known])))
    proof = prove_ranges(claim, [known, known], **proven("a range of one twice"))
    return ranges(claim, proof, "ok") | secret("a range of one twice", [known, known])


@vector("compare")
def range_one_too_large():
    """2^16 has 17 bits."""
    return false_ranges("a range of one too large", 16, [1, 2**16, 2, 3])


@vector("compare")
def range_of_minus_one():
    """A negative value is n - 1, and its low bits are not it."""
    return false_ranges("a range of minus one", 64, [-1])


@vector("compare")
def range_with_vectors_made_up():
    """(E1) is solved for t and tau, for a value of -1: (E2) alone fails."""
    return false_ranges("a range with vectors made up", 32, [-1], prove=solved)


@vector("compare")
def range_without_its_statement():
    """A range proof by itself, as in the suite `range`, has not heard the statement's name."""
    known = openings("a range unnamed", [7])
    claim = RangeClaim(bits=64, commitments=tuple(points(known)))
    values, blindings = [known[0].value], [known[0].blinding]
    coins = visible_coins("a range unnamed, proven")
    proof = prove_range(claim.commitments, values=values, blindings=blindings, bits=64, on=transcript(), coins=coins)
    return ranges(claim, proof, "range.proof")


@vector("compare")
def range_in_another_order():
    """The first two of four commitments swapped."""
    one, two, *others = FOUR.commitments
    return ranges(RangeClaim(bits=16, commitments=(two, one, *others)), FOUR_PROOF, "range.proof")


@vector("compare")
def range_cut_otherwise():
    """As many bits in all, but 32 for each of two of the commitments."""
    return ranges(RangeClaim(bits=32, commitments=FOUR.commitments[:2]), FOUR_PROOF, "range.proof")


@vector("compare")
def range_of_another_record():
    """A proof copied into another record."""
    return ranges(FOUR, FOUR_PROOF, "range.proof", said=ELSEWHERE)


@vector("compare")
def range_of_a_commitment_off_the_curve():
    """One of the commitments has an x that no point has."""
    claim = RangeClaim(bits=16, commitments=(*FOUR.commitments[:3], OFF_CURVE))
    return ranges(claim, FOUR_PROOF, "point.encoding")


@vector("compare")
def range_with_a_byte_more():
    """A byte follows the proof."""
    return ranges(FOUR, FOUR_PROOF + b"\0", "proof.length")


@vector("compare")
def range_not_reduced():
    """Tau is n."""
    return ranges(FOUR, changed(FOUR_PROOF, 4 * 33, UNREDUCED), "proof.scalar")


# GE.


@vector("compare")
def ge_the_limit_itself():
    """The value v = T."""
    return good(GeClaim, "the limit itself", T, T)


@vector("compare")
def ge_above_the_limit():
    """The value v = 250,000 and T = 100,000."""
    return compared(GE, GE_PROOF, "ok") | secret("an ordinary lower bound", GE_KNOWN)


@vector("compare")
def ge_nothing():
    """T = 0, v = 0: every value of 64 bits is at or above nothing."""
    return good(GeClaim, "at or above nothing", 0, 0)


@vector("compare")
def ge_the_largest_limit():
    """T = 2^64 - 1."""
    return good(GeClaim, "the largest lower bound", 2**64 - 1, 2**64 - 1)


@vector("compare")
def ge_as_far_as_it_goes():
    """The value v = T + 2^64 - 1, which has 65 bits."""
    return good(GeClaim, "as far as it goes", T, T + 2**64 - 1)


@vector("compare")
def ge_one_below():
    """The value v = T - 1."""
    return false(GeClaim, "one below the lower bound", T, T - 1)


@vector("compare")
def ge_negative():
    """The value v = -5, under a limit of 0."""
    return false(GeClaim, "five below nothing", 0, -5)


@vector("compare")
def ge_with_vectors_made_up():
    """(E1) is solved for t and tau, for v = T - 1: (E2) alone fails."""
    return false(GeClaim, "a lower bound made up", T, T - 1, prove=solved)


@vector("compare")
def ge_one_too_far():
    """The value v = T + 2^64."""
    return false(GeClaim, "one too far", T, T + 2**64)


@vector("compare")
def ge_another_limit():
    """A proof for T does for no smaller limit either, though the claim would be true."""
    return compared(GeClaim(limit=T - 1, value=GE.value), GE_PROOF, "ge.proof")


@vector("compare")
def ge_another_value():
    """A proof for one commitment does for no other."""
    return compared(GeClaim(limit=T, value=ANOTHER), GE_PROOF, "ge.proof")


@vector("compare")
def ge_by_a_range():
    """A RANGE on the derived commitment is no GE."""
    (known,) = openings("an ordinary lower bound", [250_000])
    shifted = known - T
    claim = RangeClaim(bits=64, commitments=(shifted.commit(),))
    return compared(GE, prove_ranges(claim, [shifted], **proven("a range for a bound")), "ge.proof")


@vector("compare")
def ge_by_a_proof_of_lt():
    """The bytes of an LT proof have the length of a GE proof, and are none."""
    return compared(GeClaim(limit=T, value=LT.value), LT_PROOF, "ge.proof")


@vector("compare")
def ge_shifted_to_the_identity():
    """C_v = T*H: the derived commitment is the identity and has no encoding."""
    return compared(GeClaim(limit=T, value=of_value(T)), GE_PROOF, "ge.shifted")


@vector("compare")
def ge_of_another_record():
    """A proof copied into another record."""
    return compared(GE, GE_PROOF, "ge.proof", said=ELSEWHERE)


@vector("compare")
def ge_with_another_round():
    """Another point for L_1."""
    return compared(GE, changed(GE_PROOF, L_1, ANOTHER), "ge.proof")


@vector("compare")
def ge_with_a_point_off_the_curve():
    """L_1 has an x that no point has."""
    return compared(GE, changed(GE_PROOF, L_1, OFF_CURVE), "point.encoding")


@vector("compare")
def ge_with_a_scalar_turned():
    """The last bit of t turned."""
    return compared(GE, nudged(GE_PROOF, 4 * 33 + 64), "ge.proof")


@vector("compare")
def ge_not_reduced():
    """The last scalar is n."""
    return compared(GE, changed(GE_PROOF, -32, UNREDUCED), "proof.scalar")


@vector("compare")
def ge_cut_short():
    """The last byte is missing."""
    return compared(GE, GE_PROOF[:-1], "proof.length")


# LT.


@vector("compare")
def lt_one_below():
    """The value v = T - 1."""
    return good(LtClaim, "one below the upper bound", T, T - 1)


@vector("compare")
def lt_below_the_limit():
    """The value v = 40,000 and T = 100,000."""
    return compared(LT, LT_PROOF, "ok") | secret("an ordinary upper bound", LT_KNOWN)


@vector("compare")
def lt_the_smallest_limit():
    """T = 1: only 0 is below it."""
    return good(LtClaim, "the smallest upper bound", 1, 0)


@vector("compare")
def lt_the_largest_limit():
    """T = 2^32 - 1, v = 2^32 - 2."""
    return good(LtClaim, "the largest upper bound", 2**32 - 1, 2**32 - 2)


@vector("compare")
def lt_the_limit_itself():
    """The value v = T."""
    return false(LtClaim, "the upper bound itself", T, T)


@vector("compare")
def lt_negative():
    """The value v = -5, which one range on T - 1 - v would let pass: that value is in range here, and only v is not."""
    return false(LtClaim, "five below nothing, for the upper bound", T, -5)


@vector("compare")
def lt_with_vectors_made_up():
    """(E1) is solved for t and tau, for v = -5: (E2) alone fails."""
    return false(LtClaim, "an upper bound made up", T, -5, prove=solved)


@vector("compare")
def lt_thirty_three_bits():
    """The value v = 2^32."""
    return false(LtClaim, "thirty-three bits", T, 2**32)


@vector("compare")
def lt_another_limit():
    """A proof for T does for no larger limit either, though the claim would be true."""
    return compared(LtClaim(limit=T + 1, value=LT.value), LT_PROOF, "lt.proof")


@vector("compare")
def lt_by_a_range():
    """A RANGE on the value and the derived commitment is no LT."""
    (known,) = openings("an ordinary upper bound", [40_000])
    both = [known, (T - 1) - known]
    claim = RangeClaim(bits=32, commitments=tuple(each.commit() for each in both))
    return compared(LT, prove_ranges(claim, both, **proven("a range for two")), "lt.proof")


@vector("compare")
def lt_by_a_proof_of_ge():
    """The bytes of a GE proof."""
    return compared(LtClaim(limit=T, value=GE.value), GE_PROOF, "lt.proof")


@vector("compare")
def lt_shifted_to_the_identity():
    """C_v = (T - 1)*H: the derived commitment is the identity."""
    return compared(LtClaim(limit=T, value=of_value(T - 1)), LT_PROOF, "lt.shifted")


@vector("compare")
def lt_of_another_record():
    """A proof copied into another record."""
    return compared(LT, LT_PROOF, "lt.proof", said=ELSEWHERE)


@vector("compare")
def lt_of_a_commitment_off_the_curve():
    """The value's commitment has an x that no point has."""
    return compared(LtClaim(limit=T, value=OFF_CURVE), LT_PROOF, "point.encoding")


@vector("compare")
def lt_not_reduced():
    """Mu is n."""
    return compared(LT, changed(LT_PROOF, 4 * 33 + 32, UNREDUCED), "proof.scalar")


@vector("compare")
def lt_empty():
    """No proof at all."""
    return compared(LT, b"", "proof.length")
