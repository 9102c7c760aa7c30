"""Zero knowledge: proofs that nobody with a witness has made, and proofs of both branches that cannot be told apart.

A simulator that chooses the challenges first makes accepting proofs about points of which nobody knows an opening
(spec/proof-security.md#zero-knowledge). What a verifier sees it could thus have made itself; only the order of things,
which the hash enforces, makes it a proof.
"""

# ruff: noqa: N806  # the letters of the specification

from collections import Counter

import pytest

from attacks.forger import Cheat, N, chance, dot, encoded, inverse, plus, scalars, times
from attacks.statements import T, tier_case
from attacks.transcripts import Programmed
from attacks.weak_claims import bit_claim
from carnet.crypto.coins import visible_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.crypto.group.hash_to_curve import hash_to_curve
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import verify
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.tiers import TiersClaim
from carnet.zk.zero import ZeroClaim


def nobodys(name):
    """Return a point of which nobody knows an opening."""
    return hash_to_curve(name, dst=b"carnet/attack/v1")


class SimulatedRanges(Cheat):
    """A range proof about any points, for challenges that are known before: A from (E2), T_1 from (E1)."""

    def __init__(self, part, *, on):
        count = len(part.commitments)
        super().__init__(
            [0] * count, [0] * count, bits=part.bits, on=on, commitments=[c.data for c in part.commitments]
        )
        self.points = [c.point for c in part.commitments]

    def prove(self):
        (_, self.y), (_, self.z), (_, self.x), *_ = self.on.left
        self.prepare()
        self.l, self.r = self.many(self.length), self.many(self.length)
        tau, self.mu, t = self.random(), self.random(), dot(self.l, self.r)
        S, T_2 = [0, *self.many(1 + 2 * self.length)], [self.random(), self.random()]
        A = plus(self.committed(self.l, self.r, self.mu), times(N - self.x, S))
        super().claim()
        self.send(b"A", encoded(A))
        self.send(b"S", encoded(S))
        self.on.challenge(b"y")
        self.on.challenge(b"z")
        self.send(b"T1", self.solved(t, tau, encoded(T_2)))
        self.send(b"T2", encoded(T_2))
        self.on.challenge(b"x")
        self.send(b"scalars", scalars(tau, self.mu, t))
        self.q = self.on.challenge(b"q")
        self.halve()

    def prepare(self):
        self.ys = [pow(self.y, at, N) for at in range(self.length)]
        self.zs = [pow(self.z, 2 + at // self.bits, N) * 2 ** (at % self.bits) % N for at in range(self.length)]

    def solved(self, t, tau, second):
        """Return T_1 as (E1) asks for it, beside the *second*, T_2."""
        engine, basis = group(), bases(group())
        zs = [-pow(self.z, 2 + j, N) for j in range(len(self.points))]
        terms = [t - self.owed_t_0(), tau, *zs, -(self.x**2)]  # owed_t_0 is delta, the values being none
        points = [basis.value, basis.blinding, *self.points, engine.decode(second)]
        return engine.encode(engine.mul(inverse(self.x), engine.msm(terms, points)))


def simulate(claim, random):
    """Return a proof of *claim*, which nobody can know to be true, and the challenges for which it is one."""
    statement, planned, pieces = claim.state(group()), [], []
    for part in statement.parts:
        match type(part).__name__:
            case "Ranges":
                names = [b"y", b"z", b"x", b"q", *[b"u"] * ((part.bits * len(part.commitments) // 4).bit_length() - 1)]
            case _:
                names = [b"c"]
        planned += [(name, random()) for name in names]
    on = statement.say(Programmed(planned))
    engine, G = group(), group().generator
    for part in statement.parts:
        match type(part).__name__:
            case "Ranges":
                ranges = SimulatedRanges(part, on=on)
                ranges.prove()
                pieces.append(ranges.proof())
            case "Bit":
                c, (c_1, z_0, z_1) = on.challenge(b"c"), (random() for _ in range(3))
                C, H = part.commitment.point, bases(engine).value
                A_0 = engine.msm([z_0, c_1 - c], [G, C])
                A_1 = engine.msm([z_1, -c_1, c_1], [G, C, H])
                pieces.append(engine.encode(A_0) + engine.encode(A_1) + scalars(c_1, z_0, z_1))
            case "Multiples":
                c, z = on.challenge(b"c"), random()
                powers = [-pow(c, 1 + at, N) for at in range(len(part.commitments))]
                A = engine.msm([z, *powers], [G, *(each.point for each in part.commitments)])
                pieces.append(engine.encode(A) + scalars(z))
    return b"".join(pieces), planned


V, W, B = (nobodys(name) for name in (b"value", b"window", b"flag"))
TIER = TierClaim(limit=T, value=V, window=W, flag=B)
SIMULATED = {
    "RANGE": RangeClaim(bits=32, commitments=(V, W)),
    "GE": GeClaim(limit=T, value=V),
    "LT": LtClaim(limit=T, value=V),
    "TIER": TIER,
    "TIERS": TiersClaim(records=(TIER, TierClaim(limit=0, value=W, window=V, flag=B))),
    "ZERO": ZeroClaim(points=(V, W, B)),
    "WINDOW": WindowClaim(records=(WindowRecord(value=V, window=W, start=0),)),
    "SUM": SumClaim(total=5, sum=V),
    "EQUALITY": EqualityClaim(one=V, other=W),
}


@pytest.mark.parametrize("name", SIMULATED)
def test_who_chooses_the_challenges_needs_no_witness(name):
    claim = SIMULATED[name]
    proof, planned = simulate(claim, chance(name))
    verify(claim, proof, on=Programmed(planned))
    with pytest.raises(VerifyError, match=r"\.proof"):
        verify(claim, proof, on=Transcript(b"carnet/programmed/v1"))


# --- one length, one distribution ---


def distance(one, other):
    """Return the two-sample chi-square of two lots of bytes of one size, over 255 degrees of freedom.

    Of equal distributions it is 255 on the average, and above 350 once in 30,000 times. The coins are visible ones, so
    that what holds once holds always.
    """
    one, other = Counter(one), Counter(other)
    return sum((one[byte] - other[byte]) ** 2 / (one[byte] + other[byte]) for byte in one.keys() | other.keys())


USUAL = 350
LAYOUT = [*[33] * 4, *[32] * 3, *[33] * 10, *[32] * 8, *[33] * 2, *[32] * 3]
"""The fields of a TIER proof."""


def fields_of(proof):
    found, at = [], 0
    for size in LAYOUT:
        found.append(proof[at : at + size])
        at += size
    assert at == len(proof) == 976
    return found


def tiers(count, *, flag, value, window):
    """Return TIER proofs, all for claims of their own."""
    proofs = []
    for at in range(count):
        seed = 2 + at
        case = tier_case(value=value, window=window, flag=flag, seed=seed)
        witness = TierWitness(
            value=value,
            value_blinding=seed,
            window=window,
            window_blinding=seed * seed + 1,
            full=bool(flag),
            flag_blinding=seed + 2,
        )
        on = Transcript(b"carnet/attack/v1").say(b"record", b"%d" % at)
        coins = visible_coins(f"distribution {flag} {value} {at}")
        proofs.append(prove_tier(case.claim, witness, on=on, coins=coins))
    return proofs


@pytest.fixture(scope="module")
def branches():
    return tiers(20, flag=0, value=5, window=70_000), tiers(20, flag=1, value=2**63 + 12_345, window=10**12)


def test_tiers_of_both_branches_have_one_length_and_one_distribution(branches):
    """Small and large, under the limit and far above it: as bytes, as parities of points, as heads of scalars."""
    one, other = branches
    assert {len(proof) for proof in one + other} == {976}
    points, numbers, heads = ([], []), ([], []), ([], [])
    for at, proofs in enumerate(branches):
        for proof in proofs:
            for piece in fields_of(proof):
                (points if len(piece) == 33 else numbers)[at].append(piece)
                heads[at].append(piece[-32:-31])
    for kind in (points, numbers):
        assert distance(*(b"".join(piece[-32:] for piece in pieces) for pieces in kind)) < USUAL
    assert distance(*(b"".join(pieces) for pieces in heads)) < USUAL
    odd = [sum(piece[0] == 3 for piece in pieces) / len(pieces) for pieces in points]
    assert all(0.42 < share < 0.58 for share in odd)


def bits(count, *, bit, short=False):
    """Return bit proofs; *short* are those of a prover who draws the false branch's share from 128 bits."""
    proofs = []
    for at in range(count):
        blinding, coins = 77 + at, visible_coins(f"bits {bit} {at}")
        if short:
            coins = shortened(coins)
        flag = group().decode(encoded([bit, blinding]))
        on = Transcript(b"carnet/attack/v1").say(b"flag", encoded([bit, blinding]))
        proofs.append(prove_bit(flag, bit=bit, blinding=blinding, basis=bases(group()), on=on, coins=coins))
    return proofs


def shortened(coins):
    def draw(count):
        data = coins(count)
        return data[:64] + bytes(48) + data[112:]

    return draw


def columns(proofs):
    """Return the bytes of c_1, of z_0 and of z_1, each for itself."""
    return [b"".join(proof[at : at + 32] for proof in proofs) for at in (66, 98, 130)]


def test_bits_of_both_branches_have_one_distribution_in_every_field():
    zeros, ones = columns(bits(250, bit=0)), columns(bits(250, bit=1))
    for one, other in zip(zeros, ones, strict=True):
        assert distance(one, other) < USUAL


def test_the_same_test_finds_a_prover_who_draws_a_short_share():
    """Its power: c_1 has zeros in front if b = 0, and has not if b = 1."""
    zeros, ones = columns(bits(60, bit=0, short=True)), columns(bits(60, bit=1, short=True))
    assert distance(zeros[0], ones[0]) > 2 * USUAL


def test_simulated_bits_have_the_distribution_of_proven_ones():
    real = columns(bits(250, bit=1))
    random = chance("simulated bits")
    made = columns([simulate(bit_claim(B), random)[0] for _ in range(250)])
    for one, other in zip(real, made, strict=True):
        assert distance(one, other) < USUAL
