"""Suite `tiers`: one proof for the TIER of several records (spec/threshold-proofs.md#tiers)."""

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
    openings,
    points,
    proven,
    secret,
    solved,
)

from carnet.zk.sigma import BIT_PROOF_LENGTH
from carnet.zk.tier import TierClaim, TierWitness, shifted
from carnet.zk.tiers import TiersClaim, prove_tiers

T = 100_000


def given(claim, proof, expect, **more):
    records = [
        {"limit": each.limit, "value": each.value, "window": each.window, "flag": each.flag} for each in claim.records
    ]
    return case({"records": records}, claim, proof, expect, **more)


def opened(sentence, rows):
    """Return a claim and what opens it; each row is a limit, a value, a window sum or None, and a flag."""
    records, known = [], []
    for number, (limit, value, window, flag) in enumerate(rows):
        v, w, b = openings(f"{sentence}, record {number}", [value, window or 0, flag])
        row = [v, v if window is None else w, b]
        value_point, window_point, flag_point = points(row)
        records.append(TierClaim(limit=limit, value=value_point, window=window_point, flag=flag_point))
        known.append(row)
    return TiersClaim(records=tuple(records)), known


def witness(v, w, b):
    return TierWitness(
        value=v.value,
        value_blinding=v.blinding,
        window=w.value,
        window_blinding=w.blinding,
        full=bool(b.value),
        flag_blinding=b.blinding,
    )


def honest(sentence, rows):
    claim, known = opened(sentence, rows)
    return claim, known, prove_tiers(claim, [witness(*row) for row in known], **proven(sentence))


def good(sentence, rows):
    claim, known, proof = honest(sentence, rows)
    return given(claim, proof, "ok") | secret(sentence, [each for row in known for each in row])


def false(sentence, rows, **how):
    claim, known = opened(sentence, rows)
    ranges = [
        each
        for record, (v, w, b) in zip(claim.records, known, strict=True)
        for each in (v, shifted(record.limit, w, b))
    ]
    proof = cheated(claim, [ranges, *([b] for _, _, b in known)], sentence, **how)
    return given(claim, proof, "tiers.proof")


BELOW, ABOVE, LINKED, NONE = (T, 70_000, None, 0), (T, 250_000, None, 1), (T, 70_000, 99_999, 0), (0, 1, None, 1)
SAMPLE, _, PROOF = honest("an ordinary pair", [BELOW, ABOVE])
BITS = len(PROOF) - 2 * BIT_PROOF_LENGTH


@vector("tiers")
def two_records():
    """One below the limit, one above it with the full tier: 1,204 bytes."""
    return good("two records", [BELOW, ABOVE])


@vector("tiers")
def four_records():
    """With a window apart from the value, and a limit of 0: 1,594 bytes."""
    return good("four records", [BELOW, ABOVE, LINKED, NONE])


@vector("tiers")
def eight_records():
    """As many as one proof speaks about: 2,308 bytes."""
    return good("eight records", [BELOW, ABOVE, LINKED, NONE, BELOW, BELOW, (5, 4, None, 0), (T, 0, 0, 0)])


@vector("tiers")
def at_the_edges():
    """The value v = T - 1 without the flag, and the largest value and window with it."""
    return good("at the edges of a pair", [(T, T - 1, None, 0), (T, 2**64 - 1, 2**63 + T - 1, 1)])


@vector("tiers")
def one_of_four_at_the_limit():
    """The third record has w = T and no flag."""
    return false("one of four at the limit", [BELOW, ABOVE, (T, T, None, 0), NONE])


@vector("tiers")
def one_of_two_negative():
    """The value v = -850,000 behind a sound window sum."""
    return false("one of two negative", [BELOW, (T, -850_000, 50_000, 0)])


@vector("tiers")
def negative_and_positive_values():
    """The values v = -5 and v = 5: each has its own range."""
    return false("five and minus five", [(T, -5, 10, 0), (T, 5, 10, 0)])


@vector("tiers")
def one_flag_of_two():
    """The flag b = 2 in the last record; w is chosen so that both of its ranges hold."""
    return false("a double flag in a pair", [BELOW, (T, 1, 2**63 + T, 2)])


@vector("tiers")
def flags_exchanged_between_records():
    """The record above the limit gives its flag to the one below it."""
    return false("a flag that wandered", [(T, 70_000, None, 1), (T, 250_000, None, 0)])


@vector("tiers")
def vectors_made_up():
    """A record of v = -850,000; (E1) is solved for t and tau, the bit proofs hold, and (E2) alone fails."""
    return false("a pair made up", [BELOW, (T, -850_000, None, 0)], prove=solved)


@vector("tiers")
def records_swapped():
    """The records have their places."""
    return given(TiersClaim(records=SAMPLE.records[::-1]), PROOF, "tiers.proof")


@vector("tiers")
def a_larger_limit_for_one():
    """The second record's limit is one more than was proven."""
    one, two = SAMPLE.records
    more = TierClaim(limit=T + 1, value=two.value, window=two.window, flag=two.flag)
    return given(TiersClaim(records=(one, more)), PROOF, "tiers.proof")


@vector("tiers")
def another_window():
    """The first record's window is another commitment."""
    one, two = SAMPLE.records
    other = TierClaim(limit=T, value=one.value, window=ANOTHER, flag=one.flag)
    return given(TiersClaim(records=(other, two)), PROOF, "tiers.proof")


@vector("tiers")
def bit_proofs_swapped():
    """Each bit proof speaks about the flag in its place."""
    return given(
        SAMPLE, PROOF[:BITS] + PROOF[BITS + BIT_PROOF_LENGTH :] + PROOF[BITS:][:BIT_PROOF_LENGTH], "tiers.proof"
    )


@vector("tiers")
def one_record_shifted_to_the_identity():
    """In the second record C_w = (T - 1)*H + 2^63*C_b."""
    one, _ = SAMPLE.records
    (flag,) = openings("a flag for nothing", [0])
    window, flag_point = points([2**63 * flag - (1 - T), flag])
    two = TierClaim(limit=T, value=one.value, window=window, flag=flag_point)
    return given(TiersClaim(records=(one, two)), PROOF, "tiers.shifted")


@vector("tiers")
def another_epoch():
    """A proof copied into another context."""
    return given(SAMPLE, PROOF, "tiers.proof", said=ELSEWHERE)


@vector("tiers")
def a_scalar_turned():
    """The last bit of z_1 in the last bit proof turned."""
    return given(SAMPLE, nudged(PROOF, len(PROOF) - 32), "tiers.proof")


@vector("tiers")
def a_share_turned():
    """The last bit of c_1 in the first bit proof turned."""
    return given(SAMPLE, nudged(PROOF, BITS + 66), "tiers.proof")


@vector("tiers")
def another_point():
    """Another point for A."""
    return given(SAMPLE, changed(PROOF, 0, ANOTHER), "tiers.proof")


@vector("tiers")
def a_point_off_the_curve():
    """A_0 of the second bit proof has an x that no point has."""
    return given(SAMPLE, changed(PROOF, BITS + BIT_PROOF_LENGTH, OFF_CURVE), "point.encoding")


@vector("tiers")
def a_flag_off_the_curve():
    """The second record's flag is no point."""
    one, two = SAMPLE.records
    bad = TierClaim(limit=T, value=two.value, window=two.window, flag=OFF_CURVE)
    return given(TiersClaim(records=(one, bad)), PROOF, "point.encoding")


@vector("tiers")
def a_scalar_not_reduced():
    """The response z_1 of the first bit proof is n."""
    return given(SAMPLE, changed(PROOF, BITS + BIT_PROOF_LENGTH - 32, UNREDUCED), "proof.scalar")


@vector("tiers")
def of_two_records_for_four():
    """A proof about two records, for four of which they are the first."""
    records = SAMPLE.records * 2
    return given(TiersClaim(records=records), PROOF, "proof.length")


@vector("tiers")
def cut_short():
    """The last byte is missing."""
    return given(SAMPLE, PROOF[:-1], "proof.length")


@vector("tiers")
def one_byte_more():
    """A byte follows the proof."""
    return given(SAMPLE, PROOF + b"\0", "proof.length")
