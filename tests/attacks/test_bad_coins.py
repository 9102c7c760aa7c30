"""Bad randomness: a generator that says the same thing twice.

Stopped by: hedging (spec/threshold-proofs.md#coins, spec/crypto.md#hedging). Every draw mixes the coins with the
openings and with all that has been said, so that a repeated coin repeats no nonce across statements. The first half of
this file takes the hedge away and takes the secrets out; the second shows the same provers with it.
"""

# ruff: noqa: N806  # the letters of the specification

from itertools import combinations

import pytest

from attacks.forger import N, generators, inverse, point
from attacks.statements import T, tier_case
from carnet.crypto.coins import visible_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.zk.bulletproof import prove_range
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, RangeClaim, prove_ge, prove_ranges
from carnet.zk.linear import SumClaim, prove_sum
from carnet.zk.sigma import prove_bit, prove_multiples
from carnet.zk.tier import TierWitness, prove_tier
from carnet.zk.tiers import TiersClaim, prove_tiers
from carnet.zk.zero import ZeroClaim, prove_zero

STUCK = visible_coins("a generator that was copied with its machine")(64 * 300)


def stuck(count):
    """Return the same bytes at every call."""
    return STUCK[:count]


def context(record=b"a record"):
    return Transcript(b"carnet/attack/v1").say(b"record", record)


def number(proof, at):
    return int.from_bytes(proof[at : at + 32], "big")


# --- without the hedge: the secrets, written out ---


def test_two_schnorr_proofs_with_one_nonce_give_the_blinding():
    """z - z' = (c - c')*r: the blinding of a zero, of a channel's difference, of an epoch's total."""
    r, found = 123_456_789, []
    for record in (b"1", b"2"):
        on = context(record).say(b"point", point(0, r))
        proof = prove_multiples([r], basis=bases(group()), on=on.clone(), coins=stuck)
        found.append((number(proof, 33), on.say(b"A", proof[:33]).challenge(b"c")))
    (z, c), (z_, c_) = found
    assert (z - z_) * inverse(c - c_) % N == r


@pytest.mark.parametrize("bit", [0, 1])
def test_two_bit_proofs_with_one_nonce_give_the_flag_and_its_blinding(bit):
    """The share of the false branch is drawn, and thus the same in both: which one it is tells the bit."""
    r, found = 123_456_789, []
    flag = point(bit, r)
    for record in (b"1", b"2"):
        on = context(record).say(b"flag", flag)
        proof = prove_bit(group().decode(flag), bit=bit, blinding=r, basis=bases(group()), on=on.clone(), coins=stuck)
        c = on.say(b"A0", proof[:33]).say(b"A1", proof[33:66]).challenge(b"c")
        c_1 = number(proof, 66)
        found.append(((c - c_1) % N, c_1, number(proof, 98), number(proof, 130)))
    one, other = found
    assert [one[share] == other[share] for share in (0, 1)] == [bool(bit), not bit]
    guess = 0 if one[1] == other[1] else 1
    share, z = (one[guess] - other[guess]) % N, (one[2 + guess] - other[2 + guess]) % N
    assert (guess, z * inverse(share) % N) == (bit, r)


def proven_range(value, r, *, bits, record):
    """Return a range proof with masks that are not hedged, and its challenges z and x."""
    on = context(record)
    proof = prove_range(
        [point(value, r)], values=[value], blindings=[r], bits=bits, on=on.clone(), coins=stuck, engine=group()
    )
    on.say(b"bits", bits.to_bytes(4, "big")).say(b"count", (1).to_bytes(4, "big")).say(b"commitment", point(value, r))
    on.say(b"A", proof[:33]).say(b"S", proof[33:66]).challenge(b"y")
    z = on.challenge(b"z")
    return proof, z, on.say(b"T1", proof[66:99]).say(b"T2", proof[99:132]).challenge(b"x")


def test_two_range_proofs_with_equal_masks_give_the_amount():
    """mu = alpha + rho*x, twice: alpha. A - alpha*G is then a sum of one of two known points per bit, and an amount is
    found by meeting in the middle: 2^12 lower halves against 2^12 upper ones."""
    amount, bits, half = 7_654_321, 32, 12
    (one, _, x), (other, _, x_) = (proven_range(amount, 987_654_321, bits=bits, record=at) for at in (b"1", b"2"))
    assert one[:66] == other[:66]  # A and S, the same twice, show that there is something to be had
    rho = (number(one, 164) - number(other, 164)) * inverse(x - x_) % N
    alpha = (number(one, 164) - rho * x) % N
    engine, basis = group(), generators(bits)
    Gs, Hs = basis[2 : 2 + bits], basis[2 + bits :]
    unset = engine.add(*map(engine.negate, Hs))
    bare = engine.add(engine.decode(one[:33]), engine.mul(-alpha, basis[1]), engine.negate(unset))
    set_ = [engine.add(g, h) for g, h in zip(Gs, Hs, strict=True)]  # what a bit of 1 adds to that
    lower = {}
    for low, each in enumerate(sums(engine, set_[:half])):
        lower[engine.encode(each) if low else b""] = low
    upper = sums(engine, [engine.negate(each) for each in set_[half : 2 * half]])
    met = ((high, engine.add(bare, each)) for high, each in enumerate(upper))
    met = ((high, b"" if engine.is_identity(rest) else engine.encode(rest)) for high, rest in met)
    high, low = next((high, lower[rest]) for high, rest in met if rest in lower)
    assert (high << half) + low == amount


def sums(engine, points):
    """Return the sums of all subsets of *points*, by their numbers."""
    found = [engine.identity]
    for each in points:
        found += [engine.add(before, each) for before in found]
    return found


def test_three_range_proofs_with_equal_masks_open_the_commitment():
    """tau = tau_2*x^2 + tau_1*x + z^2*r, thrice: three equations for three unknowns, and r among them; then v*H."""
    amount, r = 432, 987_654_321
    rows = [proven_range(amount, r, bits=16, record=record) for record in (b"1", b"2", b"3")]
    unknown = solve([[x * x, x, z * z, number(proof, 132)] for proof, z, x in rows])
    assert unknown[2] == r
    engine = group()
    target = engine.encode(engine.add(engine.decode(point(amount, r)), engine.mul(-unknown[2], engine.generator)))
    step = value = engine.decode(point(1, 0))
    guess = 1
    while engine.encode(value) != target:  # v*H has no blinding left: an amount is counted up to
        guess, value = guess + 1, engine.add(value, step)
    assert guess == amount


def solve(rows):
    """Solve a system of linear equations modulo n; the last column is the right-hand side."""
    rows = [[each % N for each in row] for row in rows]
    for at in range(len(rows)):
        pivot = inverse(rows[at][at])
        rows[at] = [each * pivot % N for each in rows[at]]
        for other in range(len(rows)):
            if other != at:
                factor = rows[other][at]
                rows[other] = [(a - factor * b) % N for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


# --- with it ---


def drawn_points(proof, count):
    """Return the first points of a proof, which carry its nonces and masks."""
    return [proof[at : at + 33] for at in range(0, 33 * count, 33)]


def witness_of(case, *, window):
    (value, r_v), _ = case.openings[0]
    ((flag, r_b),) = case.openings[1]
    return TierWitness(
        value=value, value_blinding=r_v, window=window, window_blinding=2, full=bool(flag), flag_blinding=r_b
    )


def tier(*, record=b"1", value=70_000, window=80_000, flag=0, limit=T):
    case = tier_case(value=value, window=window, flag=flag, limit=limit)
    proof = prove_tier(case.claim, witness_of(case, window=window), on=context(record), coins=stuck)
    return [*drawn_points(proof, 4), proof[814:847], proof[847:880], proof[880:912], proof[912:944], proof[944:]]


def ge(*, record=b"1", value=70_000, limit=T - 60_000):
    claim = GeClaim(limit=limit, value=point(value, 7))
    return drawn_points(prove_ge(claim, Opening(value=value, blinding=7), on=context(record), coins=stuck), 4)


def zero(*, record=b"1", blindings=(3, 4)):
    claim = ZeroClaim(points=tuple(point(0, r) for r in blindings))
    return drawn_points(prove_zero(claim, list(blindings), on=context(record), coins=stuck), 1)


def total(*, record=b"1", value=5, blinding=3):
    claim = SumClaim(total=value, sum=point(value, blinding))
    return drawn_points(prove_sum(claim, blinding, on=context(record), coins=stuck), 1)


VARIED = {
    "TIER": (tier, [{}, {"record": b"2"}, {"value": 70_001}, {"window": 80_001}, {"flag": 1}, {"limit": T + 1}]),
    "GE": (ge, [{}, {"record": b"2"}, {"value": 70_001}, {"limit": T - 60_001}]),
    "ZERO": (zero, [{}, {"record": b"2"}, {"blindings": (3, 5)}, {"blindings": (4, 3)}, {"blindings": (3,)}]),
    "SUM": (total, [{}, {"record": b"2"}, {"value": 6}, {"blinding": 4}]),
}


@pytest.mark.parametrize("name", VARIED)
def test_stuck_coins_repeat_no_nonce_across_statements(name):
    """Another record, another value, another limit: no point and no drawn scalar of the one proof is in the other."""
    prove, changes = VARIED[name]
    proofs = [prove(**change) for change in changes]
    for one, other in combinations(proofs, 2):
        assert not set(one) & set(other)
    assert prove() == proofs[0]  # the same statement in the same place: the same bytes, which tell nothing new


def test_stuck_coins_repeat_no_nonce_within_a_proof():
    """The bits of TIERS draw k, c' and z' each: equal draws would show which of two flags are alike."""
    cases = [tier_case(value=5, window=6, flag=flag) for flag in (0, 0, 1, 1)]
    witnesses = [witness_of(case, window=6) for case in cases]
    claim = TiersClaim(records=tuple(case.claim for case in cases))
    proof = prove_tiers(claim, witnesses, on=context(), coins=stuck)
    bits = [proof[at : at + 162] for at in range(len(proof) - 4 * 162, len(proof), 162)]
    pieces = [bit[at : at + size] for bit in bits for at, size in ((0, 33), (33, 33), (66, 32), (98, 32), (130, 32))]
    assert len(set(pieces)) == len(pieces)


def test_stuck_coins_repeat_no_mask_across_witnesses_of_one_commitment():
    """The witness is in the hedge, not the claim alone: whoever can ask for proofs does not know the draws."""
    claim, known = RangeClaim(bits=16, commitments=(point(5, 7),)), [Opening(value=5, blinding=7)]
    sources = stuck, lambda count: b"\1" * count, bytes
    draws = [prove_ranges(claim, known, on=context(), coins=coins)[:66] for coins in sources]
    assert len(set(draws)) == 3  # good coins still count
    unhedged, _, _ = proven_range(5, 7, bits=16, record=b"a record")
    assert unhedged[33:66] not in {draw[33:] for draw in draws}
