"""Suites `window`, `sum` and `equality`: what some commitments hold is the sum of what others hold."""

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
from carnet.zk.linear import (
    EqualityClaim,
    SumClaim,
    WindowClaim,
    WindowRecord,
    prove_equality,
    prove_sum,
    prove_window,
)
from carnet.zk.zero import ZeroClaim, prove_zero

# WINDOW.

VALUES = [30_000, 45_000, 0, 24_999, 80_000]
STARTS = [0, 0, 0, 1, 3]


def in_window(values, starts):
    """Return the window sums of *values*."""
    return [sum(values[start : at + 1]) for at, start in enumerate(starts)]


def opened_window(sentence, values, windows):
    return list(
        zip(openings(sentence + ", values", values), openings(sentence + ", windows", windows), strict=True)
    )


def window_claim(known, starts):
    records = [
        WindowRecord(value=value, window=window, start=start)
        for (value, window), start in zip(map(points, known), starts, strict=True)
    ]
    return WindowClaim(records=tuple(records))


def window_case(claim, proof, expect, **more):
    records = [{"value": each.value, "window": each.window, "start": each.start} for each in claim.records]
    return case({"records": records}, claim, proof, expect, **more)


def honest_window(sentence, values, starts):
    known = opened_window(sentence, values, in_window(values, starts))
    claim = window_claim(known, starts)
    return claim, known, prove_window(claim, known, **proven(sentence))


def good_window(sentence, values, starts):
    claim, known, proof = honest_window(sentence, values, starts)
    return window_case(claim, proof, "ok") | secret(sentence, [each for row in known for each in row])


def false_window(sentence, values, starts, windows):
    known = opened_window(sentence, values, windows)
    claim = window_claim(known, starts)
    inside = [
        Opening(value=0, blinding=sum(value.blinding for value, _ in known[start : at + 1]))
        for at, start in enumerate(starts)
    ]
    part = [window - whole for (_, window), whole in zip(known, inside, strict=True)]
    return window_case(claim, cheated(claim, [part], sentence), "window.proof")


WINDOW, _, WINDOW_PROOF = honest_window("an ordinary customer", VALUES, STARTS)


def restarted(starts):
    """Return the sample's claim with other starts."""
    records = [
        WindowRecord(value=each.value, window=each.window, start=start)
        for each, start in zip(WINDOW.records, starts, strict=True)
    ]
    return WindowClaim(records=tuple(records))


@vector("window")
def one_record():
    """A window of nothing but its own record."""
    return good_window("one record", [70_000], [0])


@vector("window")
def five_records():
    """Windows that grow, keep their start, and let go of what is older."""
    return good_window("five records", VALUES, STARTS)


@vector("window")
def each_alone():
    """Windows so short that no two transfers share one."""
    return good_window("each alone", VALUES, [0, 1, 2, 3, 4])


@vector("window")
def all_from_the_first():
    """A window as long as the history, of 40 records."""
    return good_window("all from the first", list(range(1, 41)), [0] * 40)


@vector("window")
def one_value_left_out():
    """The fourth window forgets the value of the second record."""
    windows = in_window(VALUES, STARTS)
    return false_window("one left out", VALUES, STARTS, [*windows[:3], windows[3] - 45_000, windows[4]])


@vector("window")
def one_unit_less():
    """The last window sum is one unit too small."""
    windows = in_window(VALUES, STARTS)
    return false_window("one unit less", VALUES, STARTS, [*windows[:4], windows[4] - 1])


@vector("window")
def faults_that_cancel_out():
    """One unit more in a window, one less in the next."""
    one, two, *others = in_window(VALUES, STARTS)
    return false_window("one more, one less", VALUES, STARTS, [one + 1, two - 1, *others])


@vector("window")
def a_later_start():
    """The proof is of a window from the second record on, the claim from the third."""
    return window_case(restarted([0, 0, 0, 2, 3]), WINDOW_PROOF, "window.proof")


@vector("window")
def a_record_less():
    """The number of records is bound."""
    return window_case(WindowClaim(records=WINDOW.records[:4]), WINDOW_PROOF, "window.proof")


@vector("window")
def records_swapped():
    """The order is that of the offers: the first two records change places."""
    one, two, *others = WINDOW.records
    return window_case(WindowClaim(records=(two, one, *others)), WINDOW_PROOF, "window.proof")


@vector("window")
def the_window_is_the_value():
    """C_w = C_v in a window of one record: the point is the identity. A pack that links nothing needs no proof of it."""
    (record, *_) = WINDOW.records
    same = WindowRecord(value=record.value, window=record.value, start=0)
    return window_case(WindowClaim(records=(same,)), WINDOW_PROOF, "window.point")


@vector("window")
def of_another_customer():
    """A proof copied into another context."""
    return window_case(WINDOW, WINDOW_PROOF, "window.proof", said=ELSEWHERE)


@vector("window")
def by_a_proof_of_zero():
    """The same points shown to be multiples of G by ZERO."""
    known = opened_window("one record, by zero", [70_000], [70_000])
    claim = window_claim(known, [0])
    ((value, window),) = known
    difference = window - value
    zero = ZeroClaim(points=tuple(points([difference])))
    proof = prove_zero(zero, [difference.blinding], **proven("one record, by zero"))
    return window_case(claim, proof, "window.proof")


@vector("window")
def window_response_turned():
    """The last bit of z turned."""
    return window_case(WINDOW, nudged(WINDOW_PROOF, 33), "window.proof")


@vector("window")
def window_response_not_reduced():
    """Z is n."""
    return window_case(WINDOW, changed(WINDOW_PROOF, 33, UNREDUCED), "proof.scalar")


@vector("window")
def window_off_the_curve():
    """A record's window is no point."""
    bad = WindowRecord(value=WINDOW.records[0].value, window=OFF_CURVE, start=0)
    return window_case(WindowClaim(records=(bad, *WINDOW.records[1:])), WINDOW_PROOF, "point.encoding")


@vector("window")
def window_cut_short():
    """The last byte is missing."""
    return window_case(WINDOW, WINDOW_PROOF[:-1], "proof.length")


# SUM.


def sum_case(claim, proof, expect, **more):
    given = {"total": claim.total.to_bytes(16, "big"), "sum": claim.sum}
    return case(given, claim, proof, expect, **more)


def added(known):
    """Return the opening of the sum of commitments with the *known* openings."""
    first, *others = known
    for each in others:
        first = first + each
    return first


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
    """S = total*H: the point is the identity."""
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
    """Z is n."""
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
    return equality_case(
        EqualityClaim(one=EQUALITY.other, other=EQUALITY.one), EQUALITY_PROOF, "equality.proof"
    )


@vector("equality")
def another_end():
    """The other end is another sum."""
    return equality_case(EqualityClaim(one=EQUALITY.one, other=ANOTHER), EQUALITY_PROOF, "equality.proof")


@vector("equality")
def the_same_bytes():
    """S = S': the point is the identity, and nothing needs a proof."""
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
    """Z is n."""
    return equality_case(EQUALITY, changed(EQUALITY_PROOF, 33, UNREDUCED), "proof.scalar")


@vector("equality")
def equality_off_the_curve():
    """A has an x that no point has."""
    return equality_case(EQUALITY, changed(EQUALITY_PROOF, 0, OFF_CURVE), "point.encoding")


@vector("equality")
def equality_cut_short():
    """The last byte is missing."""
    return equality_case(EQUALITY, EQUALITY_PROOF[:-1], "proof.length")
