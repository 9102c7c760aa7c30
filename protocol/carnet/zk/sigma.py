"""The small proofs: a commitment holds a bit; some points are multiples of G.

Both are Schnorr proofs in batchable form: the commitments are sent rather than the challenge, so that every
check is an equation for `Batch`. The OR is the one of Cramer, Damgard and Schoenmakers 1994; the proof for
several points raises one challenge to successive powers (Gennaro et al. 2004).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import POINT_BYTES, SCALAR_BYTES, N, Point
from carnet.crypto.group.generators import Bases
from carnet.crypto.transcript import Transcript
from carnet.zk.batch import Batch
from carnet.zk.fields import Fields, encode_scalars, random_scalars
from carnet.zk.inner_product import powers

BIT_PROOF_LENGTH: Final = 2 * POINT_BYTES + 3 * SCALAR_BYTES
MULTIPLES_PROOF_LENGTH: Final = POINT_BYTES + SCALAR_BYTES


def prove_bit(commitment: Point, *, bit: int, blinding: int, basis: Bases, on: Transcript, coins: Coins) -> bytes:
    """Prove that *commitment*, already said, is *bit* = 0 or 1 under *blinding* (spec/threshold-proofs.md#bit).

    The true branch is answered and the other simulated, by the same operations whichever it is.
    """
    group, G = basis.engine, basis.blinding
    nonce, c_false, z_false = random_scalars(coins, 3)
    branches = commitment, group.add(commitment, group.negate(basis.value))
    A_true = group.encode(group.mul_secret(nonce, G))
    simulated = group.add(group.mul_secret(z_false, G), group.mul_secret(N - c_false, branches[1 - bit]))
    A_false = group.encode(simulated)
    A = (A_true, A_false)[bit], (A_false, A_true)[bit]
    c = on.say(b"A0", A[0]).say(b"A1", A[1]).challenge(b"c")
    c_true = (c - c_false) % N
    z_true = nonce + c_true * blinding
    responses = encode_scalars(
        [(c_false, c_true)[bit], (z_true, z_false)[bit], (z_false, z_true)[bit]],
    )
    on.say(b"responses", responses)
    return A[0] + A[1] + responses


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BitProof:
    """A proof that a commitment holds a bit, as read, with its challenge."""

    commitment: Point
    A: tuple[Point, Point]
    c: int
    c_1: int
    z: tuple[int, int]

    def collect(self, batch: Batch) -> None:
        """Add (E3) z_0*G = A_0 + (c - c_1)*C and (E4) z_1*G = A_1 + c_1*(C - H) to *batch*."""
        w_0, w_1 = batch.weight(), batch.weight()
        batch.add(-w_0, self.A[0])
        batch.add(-w_1, self.A[1])
        batch.add(-w_0 * (self.c - self.c_1) - w_1 * self.c_1, self.commitment)
        batch.add_bases(value=w_1 * self.c_1, blinding=w_0 * self.z[0] + w_1 * self.z[1])


def read_bit(fields: Fields, commitment: Point, *, on: Transcript) -> BitProof:
    """Read a proof about *commitment*, already said, and replay its challenge."""
    (A_0_bytes, A_0), (A_1_bytes, A_1) = fields.point(), fields.point()
    c = on.say(b"A0", A_0_bytes).say(b"A1", A_1_bytes).challenge(b"c")
    responses, (c_1, z_0, z_1) = fields.scalars(3)
    on.say(b"responses", responses)
    return BitProof(commitment=commitment, A=(A_0, A_1), c=c, c_1=c_1, z=(z_0, z_1))


def prove_multiples(blindings: Sequence[int], *, basis: Bases, on: Transcript, coins: Coins) -> bytes:
    """Prove that the points just said are *blindings* times G (spec/threshold-proofs.md#multiples)."""
    (nonce,) = random_scalars(coins, 1)
    A = basis.engine.encode(basis.engine.mul_secret(nonce, basis.blinding))
    c = on.say(b"A", A).challenge(b"c")
    answer = nonce + sum(power * r for power, r in zip(powers(c, len(blindings) + 1)[1:], blindings, strict=True))
    response = encode_scalars([answer])
    on.say(b"response", response)
    return A + response


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplesProof:
    """A proof that points are multiples of G, as read, with its challenge."""

    points: Sequence[Point]
    A: Point
    c: int
    z: int

    def collect(self, batch: Batch) -> None:
        """Add (E5) z*G = A + sum c^i*P_i, i from 1, to *batch*."""
        w = batch.weight()
        batch.add_bases(value=0, blinding=w * self.z)
        batch.add(-w, self.A)
        for power, point in zip(powers(self.c, len(self.points) + 1)[1:], self.points, strict=True):
            batch.add(-w * power, point)


def read_multiples(fields: Fields, points: Sequence[Point], *, on: Transcript) -> MultiplesProof:
    """Read a proof about *points*, already said, and replay its challenge."""
    A_bytes, A = fields.point()
    c = on.say(b"A", A_bytes).challenge(b"c")
    response, (z,) = fields.scalars(1)
    on.say(b"response", response)
    return MultiplesProof(points=points, A=A, c=c, z=z)
