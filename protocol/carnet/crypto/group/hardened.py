"""An engine that multiplies in constant time alone, for provers who share a machine with those they do not trust.

It hides the scalars of all products from whoever measures time or caches. What it cannot hide is Python itself, whose
integers take a time that depends on their size (spec/threshold-proofs.md#side-channels).
"""

from collections.abc import Sequence
from typing import Final, final

from carnet.crypto.group import Group, N, Point, Precomputed

__all__ = ["Hardened"]


@final
class Hardened:
    """Another engine, of which every product is a constant-time one."""

    def __init__(self, engine: Group) -> None:
        self._engine: Final = engine
        self.name: Final = f"{engine.name}, hardened"
        self.identity: Final = engine.identity
        self.generator: Final = engine.generator
        self.decode: Final = engine.decode
        self.encode: Final = engine.encode
        self.is_identity: Final = engine.is_identity
        self.add: Final = engine.add
        self.negate: Final = engine.negate
        self.mul_secret: Final = engine.mul_secret

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in constant time but for a scalar of zero and the identity."""
        scalar %= N
        if scalar == 0 or self.is_identity(point):
            return self.identity
        return self.mul_secret(scalar, point)

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*, each of them in constant time."""
        return self.add(*(self.mul(scalar, point) for scalar, point in zip(scalars, points, strict=True)))

    def precompute(self) -> Precomputed | None:
        """Return None: which entry of a table is read would tell the digit."""
        return None
