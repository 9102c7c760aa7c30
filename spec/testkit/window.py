"""Suite `window`: the window sums of a customer (spec/threshold-proofs.md#window)."""

from kit import vector
from proving import (
    ELSEWHERE,
    OFF_CURVE,
    UNREDUCED,
    case,
    changed,
    cheated,
    nudged,
    openings,
    points,
    proven,
    secret,
)

from carnet.zk.commitment import Opening
from carnet.zk.linear import WindowClaim, WindowRecord, prove_window
from carnet.zk.zero import ZeroClaim, prove_zero

VALUES = [30_000, 45_000, 0, 24_999, 80_000]
STARTS = [0, 0, 0, 1, 3]


def in_window(values, starts):
    """Return the window sums of *values*."""
    return [sum(values[start : at + 1]) for at, start in enumerate(starts)]


def opened_window(sentence, values, windows):
    return list(zip(openings(sentence + ", values", values), openings(sentence + ", windows", windows), strict=True))


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
    """C_w = C_v in a window of one record: the point is the identity, and nothing needs a proof."""
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
    """The response z is n."""
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
