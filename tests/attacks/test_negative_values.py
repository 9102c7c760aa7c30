"""Negative and wrapped values: -5 is n - 5 in the group, and only a range proof tells it from a small amount.

Each weak verifier here lacks one range. Stopped by: the value's own range is always proven, and each comparison has as
many ranges as it has bounds (spec/threshold-proofs.md#tier, #lt and #conversion).
"""

# ruff: noqa: N806  # the letters of the specification

from dataclasses import dataclass

import pytest

from attacks.forger import Cheat, N, encoded, inverse, point, scalars
from attacks.statements import (
    FALSE,
    Case,
    T,
    conversion_case,
    forge,
    ge_case,
    lt_case,
    multiples,
    range_case,
    tier_case,
    tiers_case,
)
from attacks.weak_claims import Less, Made, commitments
from carnet.crypto.group.hash_to_curve import hash_to_curve
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.commitment import Commitment
from carnet.zk.fields import random_scalars
from carnet.zk.linear import SumClaim, WindowClaim, WindowRecord
from carnet.zk.pedersen import total
from carnet.zk.sigma import BitProof, read_bit
from carnet.zk.statement import Bit, Ranges, verify
from carnet.zk.tier import TierClaim


def context():
    return Transcript(b"carnet/attack/v1").say(b"record", b"a record")


def accepted(case):
    verify(case.claim, forge(case, Cheat, on=context()), on=context())


def refused(case):
    with pytest.raises(VerifyError) as refusal:
        accepted(case)
    assert refusal.value.check == case.check


WRAPPED = [-1, -5, FALSE, N - 5, 2**16, 2**16 + 5, 2**64, N // 2, inverse(2), -(2**16), 2**255]


@pytest.mark.parametrize("value", WRAPPED, ids=lambda value: f"{value:x}")
def test_a_prover_of_low_bits_is_refused(value):
    """All the rules kept but one: the bits in A are those of the value modulo 2^16."""
    refused(range_case(value, bits=16))
    refused(range_case(5, value, bits=16))


@pytest.mark.parametrize("value", [0, 5, 2**16 - 1, N, N + 5])
def test_the_same_prover_is_accepted_for_what_lies_in_range(value):
    """N + 5 is 5: nobody commits to the difference."""
    accepted(range_case(value % N, bits=16))


@pytest.mark.parametrize(
    "case",
    [
        ge_case(value=T - 1),
        ge_case(value=-1, limit=0),
        ge_case(value=2**64 + T),
        lt_case(value=T),
        lt_case(value=-1),
        lt_case(value=-(2**32) + T),
        lt_case(value=2**32, limit=2**32 - 1),
        tier_case(value=70_000, window=T, flag=0),
        tier_case(value=-1, window=5, flag=0),
        tier_case(value=2**64, window=5, flag=1),
        tier_case(value=5, window=5, flag=0, limit=0),
        tier_case(value=5, window=2**63 + T, flag=1),
        tier_case(value=5, window=T - 2**64 - 1, flag=0),
        tiers_case({"value": 5, "window": 5, "flag": 0}, {"value": -5, "window": 5, "flag": 0}),
    ],
    ids=lambda case: case.check,
)
def test_no_statement_takes_them(case):
    refused(case)


# --- one range is not enough ---


def test_one_range_on_the_complement_accepts_minus_five():
    """LT by T - 1 - v alone. Stopped by: v itself is in [0, 2^32) too."""
    case = lt_case(value=-5)
    weak = Made(parts=(lambda engine: Ranges(32, case.claim.state(engine).parts[0].commitments[1:]),))
    accepted(Case(weak, (case.openings[0][1:],), "weak.proof"))
    refused(case)


def test_one_range_on_the_value_accepts_whatever_is_above_the_limit():
    """LT by v alone. Stopped by: T - 1 - v is in [0, 2^32) too."""
    case = lt_case(value=2**31)
    weak = Made(parts=(lambda engine: Ranges(32, case.claim.state(engine).parts[0].commitments[:1]),))
    accepted(Case(weak, (case.openings[0][:1],), "weak.proof"))
    refused(case)


def complement_only(case):
    """TIER with one range, on D, and the bit."""

    def ranges(engine):
        return Ranges(64, case.claim.state(engine).parts[0].commitments[1:])

    weak = Made(parts=(ranges, lambda engine: case.claim.state(engine).parts[1]))
    return Case(weak, (case.openings[0][1:], case.openings[1]), "weak.proof")


def test_a_negative_record_offsets_a_window():
    """A customer moves 900,000 under a limit of 100,000, and no FULL tier is attached anywhere.

    The first record is of -850,000, a transfer that never was; the second of 900,000. The window sum is 50,000. WINDOW
    is true, the epoch's total too, and a TIER that proves the complement alone accepts both records. Stopped by: C_v
    has a range of its own in every TIER.
    """
    first = tier_case(value=FALSE, window=FALSE, flag=0)
    second = tier_case(value=900_000, window=50_000, flag=0, seed=11)
    for case in (first, second):
        accepted(complement_only(case))
    records = [WindowRecord(value=case.claim.value, window=case.claim.window, start=0) for case in (first, second)]
    accepted(multiples("window.proof", WindowClaim(records=tuple(records)), (0, 2 - 1), (0, 122 - 11 - 1)))
    whole = SumClaim(total=50_000, sum=total([first.claim.value, second.claim.value]))
    accepted(multiples("sum.proof", whole, (0, 12)))
    refused(first)
    accepted(second)


# --- the decoy ---


@dataclass(frozen=True)
class Either:
    """*one* or *other* is a multiple of G: the OR of the bit proof, about any two points."""

    one: Commitment
    other: Commitment
    length = 162

    def read(self, fields, *, on):
        return _Either(read_bit(fields, self.one.point, on=on), self.other.point)

    def prove(self, openings, *, basis, on, coins):
        """Prove that the other is a multiple of G; the one is simulated."""
        engine, (k, c_0, z_0) = basis.engine, random_scalars(coins, 3)
        A_0 = engine.encode(engine.add(engine.mul(z_0, engine.generator), engine.mul(-c_0, self.one.point)))
        A_1 = encoded([0, k])
        c_1 = (on.say(b"A0", A_0).say(b"A1", A_1).challenge(b"c") - c_0) % N
        responses = scalars(c_1, z_0, k + c_1 * openings[0].blinding)
        on.say(b"responses", responses)
        return A_0 + A_1 + responses


@dataclass(frozen=True)
class _Either:
    bit: BitProof
    other: object

    def collect(self, batch):
        w_0, w_1, bit = batch.weight(), batch.weight(), self.bit
        for scalar, each in (
            (-w_0, bit.A[0]),
            (-w_1, bit.A[1]),
            (-w_0 * (bit.c - bit.c_1), bit.commitment),
            (-w_1 * bit.c_1, self.other),
        ):
            batch.add(scalar, each)
        batch.add_bases(value=0, blinding=w_0 * bit.z[0] + w_1 * bit.z[1])


def decoyed(claim, decoy):
    """The variant that the design rejected: a range on *decoy*, which is (T-1)*H - C_w under another blinding if b = 0.

    A decoy of zero will do if b = 1. It is cheaper than TIER, as one range of 64 bits is enough.
    """

    def differences(engine):
        window, flag, E = commitments(engine, claim.window, claim.flag, decoy)
        return Either(E - ((claim.limit - 1) - window), flag - 1)

    return Made(
        parts=(
            lambda engine: Ranges(64, commitments(engine, decoy)),
            lambda engine: Bit(*commitments(engine, claim.flag)),
            differences,
        ),
        said=[(b"value", claim.value), (b"window", claim.window), (b"flag", claim.flag), (b"decoy", decoy)],
    )


NOBODYS = hash_to_curve(b"a point of which nobody knows an opening", dst=b"carnet/attack/v1")


@pytest.mark.parametrize("value", [point(-(10**9), 1), NOBODYS], ids=["-10^9", "a point that nobody can open"])
def test_a_decoy_in_place_of_the_values_own_range_accepts_anything_with_the_flag_set(value):
    """Stopped by: the flag is no excuse; v is in [0, 2^64) and opened, whatever b is."""
    claim = TierClaim(limit=T, value=value, window=value, flag=point(1, 3))
    weak = decoyed(claim, point(0, 9))
    accepted(Case(weak, ([(0, 9)], [(1, 3)], [(0, 3)]), "weak.proof"))
    refused(Case(claim, ([(-(10**9), 1), (2**63, 2**63 * 3 - 1)], [(1, 3)]), "tier.proof"))


def test_a_decoy_without_the_flag_is_the_complement_after_all():
    """b = 0: the decoy cannot be of zero then, and the second OR fails."""
    claim = tier_case(value=T + 5, window=T + 5, flag=0).claim
    refused(Case(decoyed(claim, point(0, 9)), ([(0, 9)], [(0, 3)], [(0, 3)]), "weak.proof"))


# --- conversions ---


def test_a_remainder_of_several_scales_makes_a_value_too_large():
    """10 coins at 3/10 are 3, and not 12. Stopped by: scale - 1 - r is in [0, 2^128) too."""
    case = conversion_case(amount=10, value=12, remainder=90, price=3, scale=10)
    ranges, point_of = case.openings
    loose = [*ranges[:3], ranges[0]]  # v twice, in the complement's place

    def three(engine):
        shown = case.claim.state(engine).parts[0].commitments
        return Ranges(128, [*shown[:3], shown[0]])

    weak = Made(parts=(three, lambda engine: case.claim.state(engine).parts[1]))
    accepted(Case(weak, (loose, point_of), "weak.proof"))
    refused(case)


@pytest.mark.parametrize(
    "case",
    [
        conversion_case(amount=1, value=inverse(10), remainder=0, price=1, scale=10),
        conversion_case(amount=-10, value=-3, remainder=0, price=3, scale=10),
        conversion_case(amount=10, value=3, remainder=1, price=3, scale=10),
    ],
    ids=["a fraction modulo n", "negative amounts", "a remainder that is not"],
)
def test_equations_modulo_n_alone_accept_what_no_conversion_is(case):
    """Stopped by: v, a and r are in [0, 2^128), so that modulo n means equal; and P is a multiple of G."""
    if case.openings[0][2][0] != 1:  # where P is a multiple of G
        accepted(Case(Less(case.claim, parts=(1,)), case.openings[1:], "conversion.proof"))
    refused(case)
