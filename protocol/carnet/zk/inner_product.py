"""The inner-product argument: two vectors are known whose products with generators make a given point.

For P = <a, Gs> + <b, Hs'> + q*<a, b>*H with Hs'_i = y^-i * Hs_i, each round halves both vectors under a
challenge u; at length 4 they are sent (spec/threshold-proofs.md#inner-product). Nothing here is secret: the
vectors have been masked before. The rounds are those of Buenz et al. 2018, protocol 2, with u for its u^2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final, final

from carnet.crypto.group import Point
from carnet.crypto.group.generators import Bases
from carnet.crypto.group.scalars import Q
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
        found += [power * step % Q for power in found]
        step = step * step % Q
    return found[:count]


def dot(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the inner product of two vectors."""
    return sum(a * b for a, b in zip(left, right, strict=True)) % Q


def outer(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Return all products of *left* and *right*, unreduced, row after row."""
    return [a * b for a in left for b in right]


def prove_inner_product(basis: Bases, a: list[int], b: list[int], *, y: int, on: Transcript) -> bytes:
    """Return the rounds' points and the last two vectors, all of them said on the transcript.

    Generators are never folded: L and R are written in the first ones, of which there may be tables. *blocks* holds
    what all Gs of a block are multiplied by, and *inner* what each Hs is.
    """
    q, proof = on.challenge(b"q"), b""
    blocks, inner = [1], powers(pow(y, -1, Q), len(a))
    while (half := len(a) // 2) >= STOP:
        a_lo, a_hi, b_lo, b_hi = a[:half], a[half:], b[:half], b[half:]
        nothing = [0] * half
        L_left, L_right, R_left, R_right = [], [], [], []
        for block, factor in enumerate(blocks):
            middle = (2 * block + 1) * half
            L_left += [*nothing, *(s * factor for s in a_lo)]
            R_left += [*(s * factor for s in a_hi), *nothing]
            L_right += [*map(mul, b_hi, inner[middle - half : middle]), *nothing]
            R_right += [*nothing, *map(mul, b_lo, inner[middle : middle + half])]
        L = basis.msm(value=q * dot(a_lo, b_hi), blinding=0, left=L_left, right=L_right)
        R = basis.msm(value=q * dot(a_hi, b_lo), blinding=0, left=R_left, right=R_right)
        sent = basis.engine.encode(L), basis.engine.encode(R)
        u = on.say(b"L", sent[0]).say(b"R", sent[1]).challenge(b"u")
        u_inv = pow(u, -1, Q)
        a = [(lo + u_inv * hi) % Q for lo, hi in zip(a_lo, a_hi, strict=True)]
        b = [(lo + u * hi) % Q for lo, hi in zip(b_lo, b_hi, strict=True)]
        blocks = [each for factor in blocks for each in (factor, factor * u % Q)]
        inner = [factor * u_inv % Q if at & half else factor for at, factor in enumerate(inner)]
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
    vectors, last = fields.scalars(2 * STOP)
    on.say(b"vectors", vectors)
    return InnerProduct(q, halvings, last[:STOP], last[STOP:])


def block_factors(challenges: Sequence[int]) -> list[int]:
    """Return, for each block j of four generators, the product of those u whose bit is set in j (first u on top)."""
    factors = [1]
    for u in challenges:
        factors = [factor for base in factors for factor in (base, base * u % Q)]
    return factors
