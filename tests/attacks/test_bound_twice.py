"""What a claim binds twice: T, C_w, C_b and D are four points of which each follows from the other three.

So are S, total and P, or S, S' and P. To forget one of them costs nothing but clarity, and these tests say so: a proof
cannot be moved to another claim even if that one label is not heard. To forget two is a forgery, a replay, or nothing,
as each test has it and says why. The design says them all (spec/threshold-proofs.md#tier): a verifier that derives D
otherwise then fails at once, and no argument about what follows from what has to be trusted.
"""

# ruff: noqa: N806  # the letters of the specification

from dataclasses import replace

import pytest

from attacks.forger import AfterV, N, chance, encoded, inverse, point, scalars
from attacks.statements import FALSE_MULTIPLES, Case, T, forge, ge_case, lt_case, multiples, tier_case
from attacks.transcripts import Deaf
from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import PeerError, UsageError, VerifyError
from carnet.zk.compare import GeClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import verify
from carnet.zk.tier import TierClaim
from carnet.zk.zero import ZeroClaim

random = chance("bound twice")


def context(*deaf):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", b"a record")


def accepted(claim, proof, *deaf):
    verify(claim, proof, on=context(*deaf))


def refused(claim, proof, *deaf):
    with pytest.raises(VerifyError, match=r"\.proof"):
        accepted(claim, proof, *deaf)


# --- one label: nothing is lost ---

TIER = tier_case(value=70_000, window=80_000, flag=0)
SUM = multiples("sum.proof", SumClaim(total=5, sum=point(5, 7)), (0, 7))
EQUALITY = multiples("equality.proof", EqualityClaim(one=point(1, 8), other=point(1, 9)), (0, -1))
OTHER = point(80_000, 77)

MOVED = [
    (TIER, b"limit", {"limit": T + 1}),
    (TIER, b"value", {"value": OTHER}),
    (TIER, b"window", {"window": OTHER}),
    (TIER, b"flag", {"flag": point(0, 77)}),
    (TIER, b"shifted", {"limit": 0}),
    (ge_case(value=T), b"limit", {"limit": T + 1}),
    (ge_case(value=T), b"value", {"value": OTHER}),
    (ge_case(value=T), b"shifted", {"limit": T + 1}),
    (lt_case(value=5), b"limit", {"limit": T + 1}),
    (lt_case(value=5), b"value", {"value": OTHER}),
    (lt_case(value=5), b"shifted", {"limit": T + 1}),
    (SUM, b"total", {"total": 6}),
    (SUM, b"sum", {"sum": OTHER}),
    (SUM, b"point", {"total": 6}),
    (EQUALITY, b"one", {"one": OTHER}),
    (EQUALITY, b"other", {"other": OTHER}),
    (EQUALITY, b"point", {"other": OTHER}),
]


@pytest.mark.parametrize(("case", "label", "change"), MOVED, ids=[f"{c.check} {label}" for c, label, _ in MOVED])
def test_one_label_that_is_not_heard_moves_no_proof(case, label, change):
    proof = forge(case, on=context(label))
    accepted(case.claim, proof, label)
    refused(replace(case.claim, **change), proof, label)


# --- two labels of TIER ---


def test_a_limit_and_a_window_that_are_not_hashed_make_a_proof_that_serves_every_limit():
    """Neither T nor C_w is hashed, D is. A replay: the copy says w' < T' of w' = w + T' - T, which nobody proved.

    It is no false statement as long as the copier knows what it copies; but a record of somebody else's, made under
    another pack, gets a proof without its openings. WINDOW (or C_w = C_v) would then have to hold what TIER lets go.
    """
    deaf, higher = (b"limit", b"window"), T + 10**6
    proof = forge(TIER, on=context(*deaf))
    claim, engine = TIER.claim, group()
    moved = engine.add(engine.decode(claim.window), engine.mul(higher - T, bases(engine).value))
    copy = replace(claim, limit=higher, window=engine.encode(moved))
    accepted(copy, proof, *deaf)
    refused(copy, proof, b"limit")
    refused(copy, proof, b"window")
    refused(copy, forge(TIER, on=context()))


def test_a_limit_and_a_value_that_are_not_hashed_make_a_proof_that_serves_every_limit():
    """The same for GE: a proof about D serves every limit and value that give the same D."""
    deaf, case = (b"limit", b"value"), ge_case(value=T + 5)
    proof = forge(case, on=context(*deaf))
    copy = GeClaim(limit=7, value=point(7 + 5, 1))
    accepted(copy, proof, *deaf)
    refused(copy, proof, b"limit")
    refused(copy, forge(case, on=context()))


def test_a_flag_and_its_complement_that_are_not_hashed_are_fixed_all_the_same():
    """Neither C_b nor D is hashed: no forgery, since (E1) fixes D before A_0 and A_1 are said.

    Who solves (E1) for a D gets a flag that is a random scalar; the OR about it comes later, and C_b is as fixed then
    as if it had been said. With b = 0 or b = 1 there are two D, both known before the first challenge.
    """
    deaf = b"flag", b"shifted", b"commitment"
    window, blinding = T + 5, 2**63 * 3 - 2
    on = context(*deaf).say(b"statement", b"tier").say(b"limit", T.to_bytes(8, "big"))
    on.say(b"value", point(70_000, 1)).say(b"window", point(window, 2))
    cheat = AfterV([70_000, 0], [1, blinding], bits=64, on=on, direction=[0, 1])
    cheat.prove()
    flag = (cheat.values[1] - (T - 1 - window)) * inverse(2**63) % N
    claim = TierClaim(limit=T, value=point(70_000, 1), window=point(window, 2), flag=point(flag, 3))
    for bit in (0, 1):
        said, C_b = on.clone(), group().decode(claim.flag)
        part = prove_bit(C_b, bit=bit, blinding=3, basis=bases(group()), on=said, coins=system_coins)
        refused(claim, cheat.proof() + part, *deaf)


def test_a_limit_that_is_solved_for_is_no_limit():
    """Neither T nor D is hashed: (E1) can be solved for T, and gives a scalar, which no claim takes for a limit.

    That limits are small numbers is what is left of the proof then: 2^64 of them, against a challenge of 256 bits.
    """
    deaf = b"limit", b"shifted", b"commitment"
    on = context(*deaf).say(b"statement", b"ge").say(b"value", point(5, 1))
    cheat = AfterV([0], [1], bits=64, on=on, direction=[1])
    cheat.prove()
    limit = (5 - cheat.values[0]) % N
    with pytest.raises(UsageError, match="limit"):
        GeClaim(limit=limit, value=point(5, 1))
    claim = GeClaim(limit=7, value=point(5, 1))
    object.__setattr__(claim, "limit", limit)
    with pytest.raises(OverflowError):  # a claim that was talked into it could not even be said
        accepted(claim, cheat.proof(), *deaf)


# --- the equations ---


def answered(c, k, blindings):
    return scalars(k + sum(pow(c, 1 + at, N) * r for at, r in enumerate(blindings)))


def test_points_that_are_not_hashed_are_solved_for():
    """ZERO, the points not hashed. Stopped by: say("point", P_i) before c. 850,000 passes for nothing, for a P_1 that
    takes it off again: c*p_1 + c^2*p_2 = 0."""
    on = context(b"point").say(b"statement", b"zero").say(b"count", (2).to_bytes(4, "big"))
    k = random()
    A = encoded([0, k])
    c = on.say(b"A", A).challenge(b"c")
    claim = ZeroClaim(points=(point(-c * 850_000, 3), point(850_000, 4)))
    proof = A + answered(c, k, [3, 4])
    accepted(claim, proof, b"point")
    refused(claim, proof)


def single(label, *, deaf, said):
    """Say A with some H in it; return the proof of one point P = p*H + 9*G, and p."""
    on = context(*deaf).say(b"statement", label)
    for each in said:
        on.say(*each)
    a, k = random(), random()
    A = encoded([a, k])
    c = on.say(b"A", A).challenge(b"c")
    return A + answered(c, k, [9]), -a * inverse(c) % N


def test_a_sum_that_is_not_hashed_is_solved_for():
    """SUM, neither S nor P hashed: S holds 5 and a random scalar, and is shown as holding 5."""
    deaf = b"sum", b"point"
    proof, p = single(b"sum", deaf=deaf, said=[(b"total", (5).to_bytes(16, "big"))])
    claim = SumClaim(total=5, sum=point(5 + p, 9))
    assert p
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_a_total_that_is_solved_for_is_no_total():
    """SUM, neither total nor P hashed: the total that fits is a scalar; totals stay below 2^128."""
    proof, p = single(b"sum", deaf=(b"total", b"point"), said=[(b"sum", point(5, 9))])
    with pytest.raises(UsageError, match="total"):
        SumClaim(total=(5 - p) % N, sum=point(5, 9))
    refused(SumClaim(total=6, sum=point(5, 9)), proof, b"total", b"point")


def test_the_other_end_that_is_not_hashed_is_solved_for():
    """EQUALITY, neither S' nor P hashed: two ends of a channel that differ by a random scalar are shown as equal."""
    deaf = b"other", b"point"
    proof, p = single(b"equality", deaf=deaf, said=[(b"one", point(5, 20))])
    claim = EqualityClaim(one=point(5, 20), other=point(5 - p, 11))
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_windows_that_are_not_hashed_are_solved_for():
    """WINDOW, neither C_w nor P hashed: the second record's window sum leaves out the 90,000 of the first.

    The first record's window sum pays for it, by a random scalar; TIER would have to prove that one, and cannot.
    """
    deaf = b"window", b"point"
    values = [point(90_000, 1), point(60_000, 3)]
    on = context(*deaf).say(b"statement", b"window").say(b"count", (2).to_bytes(4, "big"))
    for value in values:
        on.say(b"value", value).say(b"start", bytes(4))
    k = random()
    A = encoded([0, k])
    c = on.say(b"A", A).challenge(b"c")
    first, second = 90_000 + c * 90_000, 60_000  # c*(c*90,000) + c^2*(-90,000) = 0
    windows = [point(first, 2), point(second, 4)]
    records = [WindowRecord(value=v, window=w, start=0) for v, w in zip(values, windows, strict=True)]
    claim = WindowClaim(records=tuple(records))
    proof = A + answered(c, k, [1, 0])
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_a_window_that_starts_later_is_another_claim():
    """The start not hashed: P_i tells it. A proof for a window of both records is none for the second record alone."""
    claim = replace(FALSE_MULTIPLES["WINDOW"].claim)
    later = WindowClaim(records=(claim.records[0], replace(claim.records[1], start=1)))
    case = Case(later, ([(0, 1), (0, 1)],), "window.proof")
    proof = forge(case, on=context(b"start"))
    accepted(later, proof, b"start")
    refused(claim, proof, b"start")


def test_a_count_that_is_not_hashed_is_that_of_the_points():
    """The count of ZERO not hashed: fewer or more points are said, each under its label."""
    claim = ZeroClaim(points=(point(0, 3), point(0, 4)))
    proof = forge(multiples("zero.proof", claim, (0, 3), (0, 4)), on=context(b"count"))
    accepted(claim, proof, b"count")
    for points in (claim.points[:1], claim.points * 2, claim.points[::-1]):
        with pytest.raises(PeerError, match=r"zero\.proof"):
            accepted(ZeroClaim(points=points), proof, b"count")
