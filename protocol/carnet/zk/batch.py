"""Equations collected under random weights and settled by one multi-scalar multiplication.

Every check of every proof is an equation "a sum of products is the identity". Multiplied by weights that the
provers could not foresee and added up, they all hold if the sum does, but for a chance of 2^-128 each. The
public generators occur once, however many proofs are collected.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group, N, Point
from carnet.crypto.group.generators import Bases, bases
from carnet.crypto.transcript import Transcript


@final
class Batch:
    """A sum of weighted equations (spec/threshold-proofs.md#batches).

    Whoever adds an equation first draws its `weight`, and multiplies each of its terms by it.
    """

    def __init__(self, engine: Group, coins: Coins) -> None:
        self.engine: Final = engine
        self.bases: Final[Bases] = bases(engine)
        self._coins: Final = coins
        self._value = 0
        self._blinding = 0
        self._left: list[int] = []
        self._right: list[int] = []
        self._scalars: Final[list[int]] = []
        self._points: Final[list[Point]] = []

    def weight(self) -> int:
        """Return a fresh weight in [1, 2^128]."""
        return 1 + int.from_bytes(self._coins(16), "big")

    def add(self, scalar: int, point: Point) -> None:
        """Add *scalar* times *point*."""
        self._scalars.append(scalar % N)
        self._points.append(point)

    def add_bases(self, *, value: int, blinding: int) -> None:
        """Add *value* times H and *blinding* times G."""
        self._value += value
        self._blinding += blinding

    def add_vectors(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Add the products of *left* and *right* with the vector generators, from the first on."""
        self._left = [a + b for a, b in zip_longest(self._left, left, fillvalue=0)]
        self._right = [a + b for a, b in zip_longest(self._right, right, fillvalue=0)]

    def holds(self) -> bool:
        """Tell whether the sum is the identity: whether every equation holds."""
        left, right = self.bases.vectors(len(self._left))
        scalars = [self._value, self._blinding, *self._left, *self._right, *self._scalars]
        points = [self.bases.value, self.bases.blinding, *left, *right, *self._points]
        return self.engine.is_identity(self.engine.msm(scalars, points))


def public_coins(transcript: Transcript) -> Coins:
    """Return weights for the equations of one proof: challenges on *transcript*, which has heard all of the proof."""
    return lambda count: transcript.ask(b"weight", count)
