"""Points chosen with care: the identity, related keys, commitments that cancel out, points that nobody can open.

Stopped by: the identity has no encoding and is refused where it could be derived (spec/threshold-proofs.md#group,
#tier-verification); every commitment is said before the first challenge, so that no proof moves with it; and each
value has its own range, so that no two commitments can pay for each other.
"""

import pytest

from attacks.forger import Cheat, N, dot, encoded, inverse, plus, point, scalars
from attacks.range_forgeries import AfterT1
from attacks.statements import FALSE, Case, T, forge, lt_case, multiples, range_case, tier_case, tiers_case
from attacks.transcripts import Deaf
from carnet.crypto.coins import system_coins
from carnet.crypto.group import P, group
from carnet.crypto.group.generators import value_generator, vector_generator
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ranges
from carnet.zk.conversion import ConversionClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.pedersen import total
from carnet.zk.statement import Item, find_bad, verify
from carnet.zk.tier import TierClaim
from carnet.zk.tiers import TiersClaim
from carnet.zk.zero import ZeroClaim

H, G = value_generator(), point(0, 1)


def context(*deaf):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", b"a record")


def multiple(scalar, data):
    engine = group()
    return engine.encode(engine.mul(scalar, engine.decode(data)))


def minus(data):
    return bytes([data[0] ^ 1]) + data[1:]


# --- the identity ---

LONELY = TierClaim(limit=T, value=point(1, 2), window=point(T - 1, 3 * 2**63), flag=point(0, 3))
CANCELLED = {
    "ge.shifted": GeClaim(limit=T, value=point(T, 0)),
    "lt.shifted": LtClaim(limit=T, value=point(T - 1, 0)),
    "tier.shifted": LONELY,
    "tiers.shifted": TiersClaim(records=(tier_case(value=1, window=1, flag=0).claim, LONELY)),
    "window.point": WindowClaim(records=(WindowRecord(value=point(5, 6), window=point(5, 6), start=0),)),
    "sum.point": SumClaim(total=5, sum=point(5, 0)),
    "equality.point": EqualityClaim(one=point(5, 6), other=point(5, 6)),
    "conversion.point": ConversionClaim(
        price=3, scale=10, amount=point(10, 2), value=point(3, 1), remainder=point(0, 10 - 3 * 2)
    ),
}


@pytest.mark.parametrize("check", CANCELLED)
def test_a_claim_whose_derived_point_is_the_identity_is_refused(check):
    """D or P is made the identity: it could not be said, and two programs would say two things in its place.

    What it holds is nothing, as it should; but who makes it so has chosen blindings for their sum. Refused before the
    proof is looked at.
    """
    with pytest.raises(VerifyError) as refusal:
        verify(CANCELLED[check], bytes(5000), on=context())
    assert refusal.value.check == check


def test_the_complement_of_a_conversion_that_is_the_identity_is_refused():
    claim = ConversionClaim(price=3, scale=10, amount=point(7, 2), value=point(3, 1), remainder=multiple(9, H))
    with pytest.raises(VerifyError, match=r"conversion\.point"):
        verify(claim, bytes(1011), on=context())


@pytest.mark.parametrize("data", [bytes(33), b"\0", b"", b"\2" + bytes(32), b"\3" + bytes(32), b"\0" * 65, b"\2" * 32])
def test_nothing_encodes_the_identity(data):
    for claim in (
        RangeClaim(bits=64, commitments=(data,)),
        GeClaim(limit=T, value=data),
        LtClaim(limit=T, value=data),
        TierClaim(limit=T, value=data, window=data, flag=G),
        ZeroClaim(points=(G, data)),
        SumClaim(total=5, sum=data),
        EqualityClaim(one=G, other=data),
    ):
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            verify(claim, bytes(748), on=context())
    with pytest.raises(DecodeError, match=r"point\.encoding"):
        total([G, data])


@pytest.mark.parametrize("at", [0, 33, 66, 99, 228, 261, 814, 847])
def test_the_identity_is_no_point_of_a_proof(at):
    """A, S, T_1, T_2, L, R, A_0 or A_1 left out, in the hope that a term drops out of its equation."""
    case = tier_case(value=5, window=5, flag=0)
    proof = forge(case, on=context())
    for nothing in (bytes(33), b"\2" + bytes(32), b"\2" + P.to_bytes(32, "big")):
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            verify(case.claim, proof[:at] + nothing + proof[at + 33 :], on=context())


# --- related keys ---


def test_a_proof_does_not_move_with_its_commitment():
    """Whoever sees a proof on V would make one on V + s*G of it, knowing no opening.

    Where V and tau are not hashed, tau + z^2*s answers for V + s*G: a record of somebody else is re-randomised and
    shown as one's own, proof and all. Stopped by: say("commitment", V), and by the record as the context.
    """
    theirs, deaf, s = range_case(7_000, bits=16), (b"commitment", b"scalars"), 12_345
    proof = forge(theirs, on=context(*deaf))
    on = context(*deaf).say(b"statement", b"range").say(b"bits", (16).to_bytes(4, "big"))
    on.say(b"count", (1).to_bytes(4, "big")).say(b"A", proof[:33]).say(b"S", proof[33:66]).challenge(b"y")
    z = on.challenge(b"z")
    tau = scalars(int.from_bytes(proof[132:164], "big") + z * z * s)
    moved = proof[:132] + tau + proof[164:]
    engine = group()
    shifted = engine.add(engine.decode(theirs.claim.commitments[0]), engine.mul(s, engine.generator))
    mine = RangeClaim(bits=16, commitments=(engine.encode(shifted),))
    verify(mine, moved, on=context(*deaf))
    for on in (context(), context(b"scalars"), context(b"commitment")):
        with pytest.raises(VerifyError, match=r"range\.proof"):
            verify(mine, moved, on=on)


@pytest.mark.parametrize("k", [2, N - 1, 2**63, inverse(2)], ids=["2", "-1", "2^63", "1/2"])
def test_a_multiple_of_a_commitment_of_somebody_else_is_of_no_use(k):
    """k*C holds k*v, and its opening is as unknown as C's: the proof of C is none for k*C, nor for C + H."""
    theirs = range_case(5, bits=16)
    proof, engine = forge(theirs, on=context()), group()
    (data,) = theirs.claim.commitments
    more = engine.encode(engine.add(engine.decode(data), engine.decode(H)))
    for related in (multiple(k, data), more):
        with pytest.raises(VerifyError, match=r"range\.proof"):
            verify(RangeClaim(bits=16, commitments=(related,)), proof, on=context())


def test_a_window_that_is_a_multiple_of_the_value_is_for_window_to_refuse():
    """C_w = -C_v, with the opening known: TIER bounds w from above only, and says so.

    Stopped by: WINDOW, which cannot be proven for it; and where a pack links no transfers, C_w is C_v byte for byte,
    which the auditor compares (check `record.window`).
    """
    value = point(70_000, 1)
    claim = TierClaim(limit=T, value=value, window=minus(value), flag=point(0, 3))
    known = ([(70_000, 1), (T - 1 + 70_000, 3 * 2**63 + 1)], [(0, 3)])
    verify(claim, forge(Case(claim, known, "tier.proof"), on=context()), on=context())
    alone = WindowClaim(records=(WindowRecord(value=value, window=minus(value), start=0),))
    with pytest.raises(VerifyError, match=r"window\.proof"):
        verify(alone, forge(multiples("window.proof", alone, (-140_000, -2)), on=context()), on=context())


@pytest.mark.parametrize("value", [0, 1, 2, 70_000, -5])
def test_one_commitment_in_all_places(value):
    """C_v, C_w and C_b are one point: D is then (2^63 - 1)*C more than (T - 1)*H. True for a bit, and else refused."""
    data, r = point(value, 3), 3
    claim = TierClaim(limit=T, value=data, window=data, flag=data)
    known = [(value, r), (T - 1 - value + 2**63 * value, 2**63 * r - r)], [(value, r)]
    proof = forge(Case(claim, known, "tier.proof"), Cheat, on=context())
    if value in {0, 1}:
        verify(claim, proof, on=context())
    else:
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(claim, proof, on=context())


def test_a_value_that_is_its_own_window_is_judged_as_both():
    """One point in both ranges, as in most records: what is too large, or negative, fails in one of them."""
    for value, flag, holds in ((T - 1, 0, True), (T, 0, False), (T, 1, True), (-5, 0, False), (-5, 1, False)):
        data = point(value, 3)
        claim = TierClaim(limit=T, value=data, window=data, flag=point(flag, 4))
        known = [(value, 3), (T - 1 - value + 2**63 * flag, 2**63 * 4 - 3)], [(flag, 4)]
        item = Item(claim=claim, proof=forge(Case(claim, known, "tier.proof"), Cheat, on=context()), on=context())
        assert find_bad([item], coins=system_coins) == ([] if holds else [0])


def test_commitments_that_cancel_out_have_no_sum():
    value = point(850_000, 7)
    with pytest.raises(VerifyError, match=r"sum\.point"):
        total([value, minus(value)])
    assert total([value, minus(value), G]) == G


def test_a_record_that_takes_off_what_another_adds_cannot_prove_its_value():
    """C and -C in one epoch: the total shows neither. Stopped by: -C would have to hold a value of its own."""
    taken = tier_case(value=-850_000, window=5, flag=0)
    both = total([point(850_000, 9), taken.claim.value])
    verify_sum = SumClaim(total=0, sum=both)
    verify(verify_sum, forge(multiples("sum.proof", verify_sum, (0, 10)), on=context()), on=context())
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        verify(taken.claim, forge(taken, Cheat, on=context()), on=context())


def test_values_of_one_proof_cannot_pay_for_each_other():
    """-5 and 2^16 + 5, or v and T - 1 - v both out of range: each is weighed by its own power of z."""
    for case in (range_case(-5, 2**16 + 5, bits=16), range_case(2**16, -(2**16), bits=16), lt_case(value=-5)):
        with pytest.raises(VerifyError):
            verify(case.claim, forge(case, Cheat, on=context()), on=context())
    case = tiers_case({"value": -5, "window": 5, "flag": 0}, {"value": 2**64 + 5, "window": 5, "flag": 0})
    with pytest.raises(VerifyError, match=r"tiers\.proof"):
        verify(case.claim, forge(case, Cheat, on=context()), on=context())


def test_without_powers_of_z_values_do_pay_for_each_other():
    """What those powers are worth: V_0 + V_1 in range says nothing of either; and powers of c the same in (E5)."""
    sum_only = range_case(0, bits=16)  # -5 + 5, under the sum of the blindings
    claim = RangeClaim(bits=16, commitments=(total([point(-5, 3), point(5, 4)]),))
    case = Case(claim, ([(0, 7)],), sum_only.check)
    verify(claim, forge(case, on=context()), on=context())
    zeros = ZeroClaim(points=(point(-FALSE, 3), point(FALSE, 4)))
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        verify(zeros, forge(multiples("zero.proof", zeros, (-FALSE, 3), (FALSE, 4)), on=context()), on=context())
    whole = ZeroClaim(points=(total(zeros.points),))
    verify(whole, forge(multiples("zero.proof", whole, (0, 7)), on=context()), on=context())


# --- generators as commitments ---


class OfAnotherGenerator(AfterT1):
    """V = v*H + r*G + Gs_0: what is over of Gs_0 in (E1) would have to come from T_1, after x."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = [0, 0, 1, *[0] * (2 * self.length - 1)]
        whole = plus([self.values[0] % N, self.blindings[0], *[0] * (2 * self.length)], self.extra)
        self.commitments = [encoded(whole)]

    def answer(self):
        owed = [0] * (2 + 2 * self.length)
        missing = dot(*self.at_x()) - self.owed_t()
        self.t_1 = (self.t_1 + missing * inverse(self.x)) % N
        owed[:3] = self.t_1, self.tau_1, -pow(self.z, 2, N) * inverse(self.x) % N
        Cheat.answer(self)
        self.sent[b"T1"] = encoded(owed)


def test_a_commitment_on_a_vector_generator_proves_nothing():
    """A point with some Gs_0 in it, whose value could be called anything. Stopped by: T_1 is said before x."""
    cheat = OfAnotherGenerator([5], [7], bits=16, on=context(b"T1").say(b"statement", b"range"))
    cheat.prove()
    claim = RangeClaim(bits=16, commitments=tuple(cheat.commitments))
    verify(claim, cheat.proof(), on=context(b"T1"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify(claim, cheat.proof(), on=context())


@pytest.mark.parametrize("data", [vector_generator(b"G", 0), vector_generator(b"H", 0), G], ids=["Gs_0", "Hs_0", "G"])
def test_generators_are_commitments_to_nothing_small(data):
    """Proofs made as if a generator were a commitment to 0 or 1 without a blinding. G is one: to 0, under 1."""
    claim = RangeClaim(bits=16, commitments=(data,))
    for value, blinding in ((0, 0), (1, 0), (0, 1)):
        on = context().say(b"statement", b"range")
        cheat = Cheat([value], [blinding], bits=16, on=on, commitments=[data])
        cheat.prove()
        if (data, value, blinding) == (G, 0, 1):
            verify(claim, cheat.proof(), on=context())
        else:
            with pytest.raises(PeerError, match=r"range\.proof"):
                verify(claim, cheat.proof(), on=context())


def test_a_value_without_a_blinding_is_a_true_claim_that_no_prover_makes():
    """H is a commitment to 1 that hides nothing. A proof of it is sound; provers refuse a blinding of 0."""
    cheat = Cheat([1], [0], bits=16, on=context().say(b"statement", b"range"))
    cheat.prove()
    claim = RangeClaim(bits=16, commitments=(H,))
    verify(claim, cheat.proof(), on=context())
    with pytest.raises(UsageError):
        prove_ranges(claim, [Opening(value=1, blinding=0)], on=context(), coins=system_coins)
