"""Aggregated range proofs: Bulletproofs (Buenz et al. 2018) over the generators of this suite.

For commitments V_j = v_j*H + g_j*G a proof shows every v_j in [0, 2^bits) (spec/threshold-proofs.md#ranges).
Notation, after the paper: a_L the bits, a_R = a_L - 1; A and S commit to them and to their masks; y, z, x are
challenges; t(X) = <l(X), r(X)>; T1 and T2 commit to its coefficients. Here H carries values and G blindings.
Whoever proves more on the same transcript says so first: everything public precedes the first challenge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import POINT_BYTES, SCALAR_BYTES, Group, Point, group
from carnet.crypto.group.generators import Bases, bases
from carnet.crypto.group.scalars import Q
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.batch import Batch, public_coins
from carnet.zk.commitment import Commitment
from carnet.zk.fields import Fields, encode_scalars, random_scalars
from carnet.zk.inner_product import (
    STOP,
    InnerProduct,
    block_factors,
    dot,
    outer,
    powers,
    prove_inner_product,
    read_inner_product,
    rounds,
)

__all__ = ["RangeProof", "prove_range", "range_proof_length", "read_range", "verify_range"]

MAX_LENGTH: Final = 1024
"""The most vector generators of a family that one proof may use."""


def range_proof_length(*, bits: int, count: int) -> int:
    """Return the size of a proof on *count* values of *bits* bits (spec/threshold-proofs.md#ranges).

    >>> range_proof_length(bits=64, count=1), range_proof_length(bits=64, count=2)
    (748, 814)
    """
    length = bits * count
    if not (STOP <= length <= MAX_LENGTH and length.bit_count() == 1):
        raise UsageError(f"bits * count is a power of two from {STOP} to {MAX_LENGTH}")
    return POINT_BYTES * (4 + 2 * rounds(length)) + SCALAR_BYTES * (3 + 2 * STOP)


def say_ranges(on: Transcript, commitments: Sequence[bytes], *, bits: int) -> None:
    """Bind the statement "each of *commitments* holds a value of *bits* bits"."""
    on.say(b"bits", bits.to_bytes(4, "big")).say(b"count", len(commitments).to_bytes(4, "big"))
    for commitment in commitments:
        on.say(b"commitment", commitment)


def prove_range(
    commitments: Sequence[bytes],
    *,
    values: Sequence[int],
    blindings: Sequence[int],
    bits: int,
    on: Transcript,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Prove that *commitments*, which open to *values* under *blindings*, hold values of *bits* bits.

    The transcript hears the statement and the proof. The caller has checked the openings and hedged the *coins*.
    """
    range_proof_length(bits=bits, count=len(values))
    if not all(0 <= value < 2**bits for value in values):
        raise UsageError("a value outside the range cannot be proven to lie in it")
    basis = bases(engine or group())
    say_ranges(on, commitments, bits=bits)
    # (1) commit to the bits and to their masks
    a_L = [value >> at & 1 for value in values for at in range(bits)]
    length = len(a_L)
    alpha, rho, tau_1, tau_2, *masks = random_scalars(coins, 4 + 2 * length)
    s_L, s_R = masks[:length], masks[length:]
    sent = _commit_bits(basis, a_L, alpha), _commit_masks(basis, s_L, s_R, rho)
    y, z = on.say(b"A", sent[0]).say(b"S", sent[1]).challenge(b"y"), on.challenge(b"z")
    # (2) commit to the coefficients of t(X) = <l0 + l1 X, r0 + r1 X>
    ys, zs = powers(y, length), powers(z, 2 + len(values))[2:]
    l_0, r_0 = [bit - z for bit in a_L], []
    for at, (bit, power) in enumerate(zip(a_L, ys, strict=True)):
        r_0.append((power * (bit - 1 + z) + (zs[at // bits] << at % bits)) % Q)
    r_1 = [power * mask % Q for power, mask in zip(ys, s_R, strict=True)]
    t_1, t_2 = (dot(l_0, r_1) + dot(s_L, r_0)) % Q, dot(s_L, r_1)
    T_1 = basis.engine.encode(basis.commit(value=t_1, blinding=tau_1))
    T_2 = basis.engine.encode(basis.commit(value=t_2, blinding=tau_2))
    x = on.say(b"T1", T_1).say(b"T2", T_2).challenge(b"x")
    # (3) open them at x, and prove the inner product
    l = [(a + x * s) % Q for a, s in zip(l_0, s_L, strict=True)]
    r = [(a + x * s) % Q for a, s in zip(r_0, r_1, strict=True)]
    scalars = encode_scalars([x * (tau_1 + x * tau_2) + dot(zs, blindings), alpha + x * rho, dot(l, r)])
    on.say(b"scalars", scalars)
    return b"".join(sent) + T_1 + T_2 + scalars + prove_inner_product(basis, l, r, y=y, on=on)


def _commit_bits(basis: Bases, bits: Sequence[int], alpha: int) -> bytes:
    """Return A: alpha*G and, for each bit, Gs_i if it is 1 and -Hs_i if it is 0; one addition either way."""
    Gs, minus_Hs = basis.bit_points(len(bits))
    chosen = [(minus_H, G)[bit] for bit, G, minus_H in zip(bits, Gs, minus_Hs, strict=True)]
    return basis.engine.encode(basis.engine.add(basis.engine.mul_secret(alpha, basis.blinding), *chosen))


def _commit_masks(basis: Bases, left: Sequence[int], right: Sequence[int], rho: int) -> bytes:
    """Return S: rho*G in constant time, as rho with mu gives alpha away, and with A a guess of the value is checked.

    The masks are uniform and used once: how long their product takes tells nothing of the bits.
    """
    masks = basis.msm(value=0, blinding=0, left=left, right=right)
    return basis.engine.encode(basis.engine.add(basis.engine.mul_secret(rho, basis.blinding), masks))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RangeProof:
    """A proof as read, with its challenges: two equations that wait for their weights."""

    commitments: Sequence[Commitment]
    bits: int
    A: Point
    S: Point
    T_1: Point
    T_2: Point
    y: int
    z: int
    x: int
    tau: int
    mu: int
    t: int
    inner: InnerProduct

    def collect(self, batch: Batch) -> None:
        """Add both equations to *batch* (spec/threshold-proofs.md#range-equations)."""
        self._collect_polynomial(batch, batch.weight())
        self._collect_vectors(batch, batch.weight())

    def _collect_polynomial(self, batch: Batch, w: int) -> None:
        """(E1) t*H + tau*G = sum z^(2+j)*V_j + delta(y, z)*H + x*T_1 + x^2*T_2."""
        z, zs = self.z, self._value_powers()
        delta = (z - z * z) * _sum_of_powers(self.y, self.bits * len(zs)) - z * sum(zs) * (2**self.bits - 1)
        for power, V in zip(zs, self.commitments, strict=True):
            V.collect(batch, -w * power)
        batch.add_bases(value=w * (self.t - delta), blinding=w * self.tau)
        batch.add(-w * self.x, self.T_1)
        batch.add(-w * self.x * self.x, self.T_2)

    def _collect_vectors(self, batch: Batch, w: int) -> None:
        """(E2) the point for l and r, carried through the rounds, is that of the last two vectors.

        As i = 4c + k, what depends on i is the outer product of a vector over c and one over k.
        """
        inner = self.inner
        y_inv, *u_inv = _inverses([self.y, *(u for _, _, u in inner.rounds)])
        batch.add(w, self.A)
        batch.add(w * self.x, self.S)
        for (L, R, u), inverse in zip(inner.rounds, u_inv, strict=True):
            batch.add(w * u, L)
            batch.add(w * inverse, R)
        batch.add_bases(value=w * inner.q * (self.t - dot(inner.a, inner.b)), blinding=-w * self.mu)
        # y^-i for the i of one bit, from the highest down to 4
        steps = [pow(y_inv, STOP << at, Q) for at in reversed(range(len(u_inv)))]
        folded_a = outer(block_factors([u for _, _, u in inner.rounds]), [-w * a % Q for a in inner.a])
        inverses = block_factors([u * step % Q for u, step in zip(u_inv, steps, strict=True)])
        b_primed = [-w * b * power % Q for b, power in zip(inner.b, powers(y_inv, STOP), strict=True)]
        right = map(add, self._powers_of_two(w, y_inv), outer(inverses, b_primed))
        batch.add_vectors(folded_a, list(right), shift=w * self.z)

    def _powers_of_two(self, w: int, y_inv: int) -> list[int]:
        """Return w * z^(2+j) * y^-i * 2^e for every i = bits * j + e, again as an outer product."""
        step, short = 2 * y_inv % Q, min(self.bits, 8)
        steps = powers(pow(step, short, Q), self.bits // short)
        at_j = [w * power * pow(y_inv, self.bits * j, Q) % Q for j, power in enumerate(self._value_powers())]
        return outer([each % Q for each in outer(at_j, steps)], powers(step, short))

    def _value_powers(self) -> list[int]:
        """Return z^(2+j) for every commitment."""
        return powers(self.z, 2 + len(self.commitments))[2:]


def read_range(fields: Fields, commitments: Sequence[Commitment], *, bits: int, on: Transcript) -> RangeProof:
    """Read a proof about *commitments* and replay its challenges."""
    say_ranges(on, [each.data for each in commitments], bits=bits)
    (A_bytes, A), (S_bytes, S) = fields.point(), fields.point()
    y, z = on.say(b"A", A_bytes).say(b"S", S_bytes).challenge(b"y"), on.challenge(b"z")
    (T_1_bytes, T_1), (T_2_bytes, T_2) = fields.point(), fields.point()
    x = on.say(b"T1", T_1_bytes).say(b"T2", T_2_bytes).challenge(b"x")
    scalars, (tau, mu, t) = fields.scalars(3)
    on.say(b"scalars", scalars)
    inner = read_inner_product(fields, length=bits * len(commitments), on=on)
    return RangeProof(
        commitments=commitments, bits=bits, A=A, S=S, T_1=T_1, T_2=T_2, y=y, z=z, x=x, tau=tau, mu=mu, t=t, inner=inner
    )


def verify_range(
    commitments: Sequence[bytes], proof: bytes, *, bits: int, on: Transcript, engine: Group | None = None
) -> None:
    """Refuse *proof* unless each of *commitments* holds a value in [0, 2^bits) (spec/threshold-proofs.md#ranges).

    Raises:
        DecodeError: A point, a scalar or the length is not canonical.
        VerifyError: The proof does not verify (``range.proof``).
    """
    batch = Batch(engine or group(), public_coins(on))
    decoded = [Commitment.decode(each, engine=batch.engine) for each in commitments]
    size = range_proof_length(bits=bits, count=len(commitments))
    fields = Fields(proof, length=size, engine=batch.engine)
    read_range(fields, decoded, bits=bits, on=on).collect(batch)
    if not batch.holds():
        raise VerifyError("range.proof")


def _sum_of_powers(base: int, count: int) -> int:
    """Return 1 + base + ... + base^(count-1), for *count* a power of two."""
    total, power = 1, base
    while count > 1:
        total, power, count = total * (1 + power) % Q, power * power % Q, count // 2
    return total


def _inverses(scalars: Sequence[int]) -> list[int]:
    """Invert all *scalars*, none of which is zero, by one inversion."""
    products = [1]
    for scalar in scalars:
        products.append(products[-1] * scalar % Q)
    inverse, inverted = pow(products[-1], -1, Q), []
    for scalar, before in zip(reversed(scalars), reversed(products[:-1]), strict=True):
        inverted.append(inverse * before % Q)
        inverse = inverse * scalar % Q
    return inverted[::-1]
