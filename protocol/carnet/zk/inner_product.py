"""The inner-product argument: two vectors are known whose products with generators make a given point.

For P = <a, Gs> + <b, Hs'> + q*<a, b>*H with Hs'_i = y^-i * Hs_i, each round halves both vectors under a
challenge u; at length 4 they are sent (spec/threshold-proofs.md#inner-product). Nothing here is secret: the
vectors have been masked before. The rounds are those of Buenz et al. 2018, protocol 2, with u for its u^2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.group import N, Point
from carnet.crypto.group.generators import Bases
from carnet.crypto.transcript import Transcript
from carnet.zk.fields import Fields, encode_scalars

STOP: Final = 4
"""The length at which the two vectors are sent instead of being halved again."""


def rounds(length: int) -> int:
    """Return how often vectors of *length*, a power of two from 4 on, are halved."""
    return (length // STOP).bit_length() - 1


def powers(base: int, count: int) -> list[int]:
    """Return base^0, base^1, ... as *count* scalars."""
    found, step = [1], base
    while len(found) < count:
        found += [power * step % N for power in found]
        step = step * step % N
    return found[:count]


def dot(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the inner product of two vectors."""
    return sum(a * b for a, b in zip(left, right, strict=True)) % N


def prove_inner_product(basis: Bases, a: list[int], b: list[int], *, y: int, on: Transcript) -> bytes:
    """Return the rounds' points and the last two vectors, all of them said on the transcript."""
    q = on.challenge(b"q")
    group, proof, inverses = basis.engine, b"", powers(pow(y, -1, N), len(a))
    Gs, Hs = basis.vectors(len(a))
    while (half := len(a) // 2) >= STOP:
        a_lo, a_hi, b_lo, b_hi = a[:half], a[half:], b[:half], b[half:]
        L = group.msm(
            [*a_lo, *(s * i for s, i in zip(b_hi, inverses, strict=False)), q * dot(a_lo, b_hi)],
            [*Gs[half:], *Hs[:half], basis.value],
        )
        R = group.msm(
            [*a_hi, *(s * i for s, i in zip(b_lo, inverses[half:], strict=False)), q * dot(a_hi, b_lo)],
            [*Gs[:half], *Hs[half:], basis.value],
        )
        sent = group.encode(L), group.encode(R)
        u = on.say(b"L", sent[0]).say(b"R", sent[1]).challenge(b"u")
        u_inv = pow(u, -1, N)
        a = [(lo + u_inv * hi) % N for lo, hi in zip(a_lo, a_hi, strict=True)]
        b = [(lo + u * hi) % N for lo, hi in zip(b_lo, b_hi, strict=True)]
        if half > STOP:
            Gs = [group.msm((1, u), pair) for pair in zip(Gs[:half], Gs[half:], strict=True)]
            h = u_inv * inverses[half]
            Hs = [group.msm((1, h), pair) for pair in zip(Hs[:half], Hs[half:], strict=True)]
        proof += sent[0] + sent[1]
    last = encode_scalars([*a, *b])
    on.say(b"vectors", last)
    return proof + last


@final
@dataclass(frozen=True, slots=True)
class InnerProduct:
    """An argument as read, with its challenges: q, one (L, R, u) per round, and the last vectors."""

    q: int
    rounds: Sequence[tuple[Point, Point, int]]
    a: Sequence[int]
    b: Sequence[int]


def read_inner_product(fields: Fields, *, length: int, on: Transcript) -> InnerProduct:
    """Read an argument on vectors of *length*, and replay its challenges."""
    q = on.challenge(b"q")
    halvings = []
    for _ in range(rounds(length)):
        (L_bytes, L), (R_bytes, R) = fields.point(), fields.point()
        halvings.append((L, R, on.say(b"L", L_bytes).say(b"R", R_bytes).challenge(b"u")))
    last = [fields.scalar() for _ in range(2 * STOP)]
    on.say(b"vectors", encode_scalars(last))
    return InnerProduct(q, halvings, last[:STOP], last[STOP:])


def block_factors(challenges: Sequence[int]) -> list[int]:
    """Return, for each block j of four generators, the product of those u whose bit is set in j (first u on top)."""
    factors = [1]
    for u in challenges:
        factors = [factor for base in factors for factor in (base, base * u % N)]
    return factors
