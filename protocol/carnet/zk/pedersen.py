"""Pedersen commitments C = value*H + blinding*G: perfectly hiding, binding as discrete logarithms are hard.

Notation: G the standard generator, H the value generator of Confidential Transactions, n the group's order.
Commitments travel as 33 bytes, and are made in a time that does not depend on what they hide.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.errors import UsageError, VerifyError

MAX_VALUE: Final = 2**128
"""What a committed value stays below: far above any proven range, far below the order."""

__all__ = ["MAX_VALUE", "check_point", "commit", "scalar", "shift", "total", "verify_opening"]


def scalar(wide: bytes) -> int:
    """Return the scalar in [1, n) that 64 uniform bytes give (spec/threshold-proofs.md#scalars)."""
    if len(wide) != 64:
        raise UsageError("a scalar is reduced from 64 bytes")
    reduced = int.from_bytes(wide, "big") % N
    if reduced == 0:
        raise UsageError("the bytes reduce to zero, which happens to nobody by chance")
    return reduced


def check_point(data: bytes) -> bytes:
    """Return *data* if it is the compressed encoding of a point (spec/threshold-proofs.md#group).

    Raises:
        DecodeError: It is not, or it stands for the identity (``point.encoding``).
    """
    group().decode(data)
    return data


def _in_range(value: int, blinding: int) -> bool:
    return 0 <= value < MAX_VALUE and 0 < blinding < N


def commit(*, value: int, blinding: int) -> bytes:
    """Commit to *value* under *blinding*, in constant time (spec/threshold-proofs.md#commitments)."""
    if not _in_range(value, blinding):
        raise UsageError("values lie in [0, 2^128) and blindings in [1, n)")
    engine = group()
    point = bases(engine).commit(value=value, blinding=blinding)
    if engine.is_identity(point):
        raise UsageError("value and blinding cancel out")
    return engine.encode(point)


def verify_opening(commitment: bytes, *, value: int, blinding: int) -> None:
    """Refuse *commitment* unless *value* and *blinding* open it (spec/threshold-proofs.md#commitments).

    Raises:
        DecodeError: *commitment* is not a point (``point.encoding``).
        VerifyError: It opens to something else (``commitment.opening``).
    """
    check_point(commitment)
    if not _in_range(value, blinding):
        raise VerifyError("commitment.opening", "out of range")
    if not hmac.compare_digest(commit(value=value, blinding=blinding), commitment):
        raise VerifyError("commitment.opening")


def shift(commitment: bytes, *, by: int) -> bytes:
    """Return *commitment* + by*G: the same value under another blinding (spec/threshold-proofs.md#commitments)."""
    if not 0 < by < N:
        raise UsageError("a commitment is shifted by a scalar in [1, n)")
    engine = group()
    point = engine.add(engine.decode(commitment), engine.mul_secret(by, engine.generator))
    if engine.is_identity(point):
        raise UsageError("commitment and shift cancel out")
    return engine.encode(point)


def total(commitments: Sequence[bytes]) -> bytes:
    """Return the sum of *commitments*, which commits to the sum of what they hold (spec/threshold-proofs.md#sum).

    Raises:
        DecodeError: One is not a point (``point.encoding``).
        VerifyError: They cancel out, and nothing can be said of their sum (``sum.point``).
    """
    if not commitments:
        raise UsageError("the sum of no commitments is nothing to speak about")
    engine = group()
    point = engine.add(*map(engine.decode, commitments))
    if engine.is_identity(point):
        raise VerifyError("sum.point", "the commitments cancel out")
    return engine.encode(point)
