"""Wrong generators: whoever knows how they hang together proves everything, and can open everything to anything.

The first is the attack, and is stopped by generators that are hashes of public bytes
(spec/threshold-proofs.md#generators): the real verifier refuses each of these proofs. The second is the test of zero
knowledge: a transcript that opens to two different values, byte for byte, does not say which of them it was made from.
"""

# ruff: noqa: N803, N806  # the letters of the specification

import pytest

from attacks import forger
from attacks.forger import Cheat, N, chance, dot, inverse
from attacks.statements import FALSE, T
from attacks.transcripts import Deaf
from attacks.trapdoor import Trapdoor, all_logs, log_of, value_log
from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases, vector_generator
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.bulletproof import prove_range
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt
from carnet.zk.linear import SumClaim, prove_sum
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import verify
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.zero import ZeroClaim, prove_zero


def context():
    return Deaf(Transcript(b"carnet/attack/v1")).say(b"record", b"a record")


def committed(engine, value, blinding):
    return engine.encode(bases(engine).commit(value=value % N, blinding=blinding % N))


# --- log_G(H) ---


def test_who_knows_log_g_of_h_opens_a_commitment_to_anything():
    engine, h = value_log()
    data = committed(engine, FALSE, 7)
    for value in (0, 1, 70_000, 2**64 - 1):
        assert committed(engine, value, 7 + h * (FALSE - value)) == data
        assert committed(group(), value, 7 + h * (FALSE - value)) != committed(group(), FALSE, 7)


def reopened(h, value, blinding, *, as_):
    return Opening(value=as_, blinding=(blinding + h * (value - as_)) % N)


def test_who_knows_log_g_of_h_proves_every_statement():
    """-850,000 as an amount, 10^9 as a small window, 2 as a flag, something as nothing: each reopened, then proven."""
    engine, h = value_log()
    proven = []
    value, window, flag = ((FALSE, 1), (T + 10**9, 2), (2, 3))
    v, w, b = (reopened(h, *opening, as_=0) for opening in (value, window, flag))
    points = [committed(engine, *each) for each in (value, window, flag)]
    claim = TierClaim(limit=T, value=points[0], window=points[1], flag=points[2])
    witness = TierWitness(
        value=0, value_blinding=v.blinding, window=0, window_blinding=w.blinding, full=False, flag_blinding=b.blinding
    )
    proven.append((claim, prove_tier(claim, witness, on=context(), coins=system_coins, engine=engine)))
    ge, lt = GeClaim(limit=T, value=points[0]), LtClaim(limit=T, value=points[1])
    known = reopened(h, *value, as_=T)
    proven.append((ge, prove_ge(ge, known, on=context(), coins=system_coins, engine=engine)))
    proven.append((lt, prove_lt(lt, w, on=context(), coins=system_coins, engine=engine)))
    total = SumClaim(total=5, sum=points[1])
    blinding = reopened(h, *window, as_=5).blinding
    proven.append((total, prove_sum(total, blinding, on=context(), coins=system_coins, engine=engine)))
    for claim, proof in proven:
        verify(claim, proof, on=context(), engine=engine)
        with pytest.raises(VerifyError, match=r"\.proof"):
            verify(claim, proof, on=context())
    zero = ZeroClaim(points=(points[0],))
    proof = prove_zero(zero, [v.blinding], on=context(), coins=system_coins, engine=engine)
    verify(zero, proof, on=context(), engine=engine)
    verify(zero, proof, on=context())  # under the real H this point does hold nothing: it was never made with it


# --- a relation between two vector generators ---


class ByRelation(Cheat):
    """Gs_1 = k*Gs_0: what A and S hold opens to other vectors after x, of which <l, r> is what (E1) asks for."""

    k = log_of(b"a relation")

    def answer(self):
        self.l, self.r = self.at_x()
        self.mu = (self.alpha + self.rho * self.x) % N
        moved = (self.owed_t() - dot(self.l, self.r)) * inverse(self.k * self.r[0] - self.r[1]) % N
        self.l[0], self.l[1] = (self.l[0] + self.k * moved) % N, (self.l[1] - moved) % N
        self.send(b"scalars", forger.scalars(self.owed_tau(), self.mu, dot(self.l, self.r)))


def test_who_knows_a_relation_between_two_vector_generators_proves_false_ranges(monkeypatch):
    engine, family = group(), [vector_generator(b"G", at) for at in range(2)]
    related = engine.mul(ByRelation.k, engine.decode(family[0]))
    whole = [*forger.generators(16)]
    whole[3] = related
    trapdoor = Trapdoor({})
    trapdoor.points[family[1]] = related
    monkeypatch.setattr(forger, "summed", lambda factors: engine.msm(factors, whole[: len(factors)]))
    cheat = ByRelation([FALSE], [7], bits=16, on=context().say(b"statement", b"range"))
    cheat.prove()
    claim = RangeClaim(bits=16, commitments=tuple(cheat.commitments))
    verify(claim, cheat.proof(), on=context(), engine=trapdoor)
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify(claim, cheat.proof(), on=context())


# --- one transcript, two openings ---


def drawn(numbers):
    """Return coins whose only draw gives these scalars."""
    data = b"".join((number - 1).to_bytes(64, "big") for number in numbers)

    def draw(count):
        assert count == len(data)
        return data

    return draw


class Told:
    """A range proof of the library's, and all that its prover knew."""

    def __init__(self, values, blindings, numbers, *, on, engine):
        self.values, self.bits = values, 64
        self.a_L = [value >> at & 1 for value in values for at in range(self.bits)]
        self.length = len(self.a_L)
        self.alpha, self.rho, self.tau_1, self.tau_2 = numbers[:4]
        self.s_L, self.s_R = numbers[4 : 4 + self.length], numbers[4 + self.length :]
        commitments = [committed(engine, v, r) for v, r in zip(values, blindings, strict=True)]
        heard = on.clone()
        self.proof = prove_range(
            commitments,
            values=values,
            blindings=[r % N for r in blindings],
            bits=self.bits,
            on=on,
            coins=drawn(numbers),
            engine=engine,
        )
        heard.say(b"bits", (64).to_bytes(4, "big")).say(b"count", len(values).to_bytes(4, "big"))
        for each in commitments:
            heard.say(b"commitment", each)
        heard.say(b"A", self.proof[:33]).say(b"S", self.proof[33:66])
        self.y, self.z = heard.challenge(b"y"), heard.challenge(b"z")
        self.x = heard.say(b"T1", self.proof[66:99]).say(b"T2", self.proof[99:132]).challenge(b"x")

    def polynomials(self, a_L, s_L, s_R):
        """Return l_0, r_0, r_1 and the coefficients t_1, t_2 for these bits and masks."""
        ys = [pow(self.y, at, N) for at in range(self.length)]
        zs = [pow(self.z, 2 + at // 64, N) * 2 ** (at % 64) for at in range(self.length)]
        l_0 = [bit - self.z for bit in a_L]
        r_0 = [(y * (bit - 1 + self.z) + z) % N for y, z, bit in zip(ys, zs, a_L, strict=True)]
        r_1 = [y * s % N for y, s in zip(ys, s_R, strict=True)]
        return l_0, r_0, r_1, (dot(l_0, r_1) + dot(s_L, r_0)) % N, dot(s_L, r_1)

    def numbers_for(self, values, logs):
        """Return the scalars that a prover of *values* would have had to draw to say the very same."""
        h, Gs, Hs = logs
        a_L = [value >> at & 1 for value in values for at in range(64)]
        change = [old - new for old, new in zip(self.a_L, a_L, strict=True)]
        s_L = [(s + c * inverse(self.x)) % N for s, c in zip(self.s_L, change, strict=True)]
        s_R = [(s + c * inverse(self.x)) % N for s, c in zip(self.s_R, change, strict=True)]
        alpha = (self.alpha + dot(change, Gs) + dot(change, Hs)) % N
        moved = [-c * inverse(self.x) for c in change]
        rho = (self.rho + dot(moved, Gs) + dot(moved, Hs)) % N
        *_, t_1, t_2 = self.polynomials(self.a_L, self.s_L, self.s_R)
        *_, u_1, u_2 = self.polynomials(a_L, s_L, s_R)
        return [alpha, rho, (self.tau_1 + h * (t_1 - u_1)) % N, (self.tau_2 + h * (t_2 - u_2)) % N, *s_L, *s_R]


def test_the_proof_of_a_record_opens_to_two_different_values():
    """C3. 70,000 with no FULL tier, and 10^12 with it: one claim, one proof, the same bytes from two different provers.

    The second prover's coins are solved for with the logarithms, and given to the library's own prover: whatever coins
    the first had, there are coins for every other value, one set for each, so that the bytes are independent of it.
    """
    engine, h, Gs, Hs = all_logs(128)
    first, second = {"v": 70_000, "b": 0}, {"v": 10**12, "b": 1}
    r_v, r_b = 1234, 5678
    random = chance("two openings")

    def shifted(v, b):
        return T - 1 - v + 2**63 * b

    claim = TierClaim(
        limit=T,
        value=committed(engine, first["v"], r_v),
        window=committed(engine, first["v"], r_v),
        flag=committed(engine, first["b"], r_b),
    )
    statement = claim.state(engine)
    on = statement.say(context())
    told = Told(
        [first["v"], shifted(**first)],
        [r_v, 2**63 * r_b - r_v],
        [random() for _ in range(4 + 256)],
        on=on,
        engine=engine,
    )
    heard, k, c_0, z_0 = on.clone(), random(), random(), random()
    flag = engine.decode(claim.flag)
    bit = prove_bit(flag, bit=0, blinding=r_b, basis=bases(engine), on=on, coins=drawn([k, c_0, z_0]))
    verify(claim, told.proof + bit, on=context(), engine=engine)

    q_v, q_b = (r_v + h * (first["v"] - second["v"])) % N, (r_b + h * (first["b"] - second["b"])) % N
    assert committed(engine, second["v"], q_v) == claim.value
    assert committed(engine, second["b"], q_b) == claim.flag
    values = [second["v"], shifted(**second)]
    again = statement.say(context())
    other = Told(values, [q_v, 2**63 * q_b - q_v], told.numbers_for(values, (h, Gs, Hs)), on=again, engine=engine)
    assert other.proof == told.proof
    c = heard.say(b"A0", bit[:33]).say(b"A1", bit[33:66]).challenge(b"c")
    c_1, z_0, z_1 = (int.from_bytes(bit[at : at + 32], "big") for at in (66, 98, 130))
    numbers = [(z_1 - c_1 * q_b) % N, (c - c_1) % N, z_0]
    assert prove_bit(flag, bit=1, blinding=q_b, basis=bases(engine), on=again, coins=drawn(numbers)) == bit
