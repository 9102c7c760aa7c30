"""Equations collected under random weights and settled by one multi-scalar multiplication.

Every check of every proof is an equation "a sum of products is the identity". Multiplied by weights that the
provers could not foresee and added up, they all hold if the sum does, but for a chance of 2^-128 each. The
public generators occur once, however many proofs are collected.
"""

from collections.abc import Sequence
from itertools import zip_longest
from operator import add
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group, Point
from carnet.crypto.group.generators import Bases, bases
from carnet.crypto.transcript import Transcript


@final
class _Vectors:
    """Sums of the vectors of one length, unreduced until the end."""

    def __init__(self) -> None:
        self._left: list[int] = []
        self._right: list[int] = []
        self._shift = 0

    def add(self, left: list[int], right: list[int], shift: int) -> None:
        self._left = list(map(add, self._left, left)) if self._left else left
        self._right = list(map(add, self._right, right)) if self._right else right
        self._shift += shift

    def left(self) -> list[int]:
        return [each - self._shift for each in self._left]

    def right(self) -> list[int]:
        return [each + self._shift for each in self._right]


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
        self._vectors: Final[dict[int, _Vectors]] = {}
        self._scalars: Final[list[int]] = []
        self._points: Final[list[Point]] = []
        self._at: Final[dict[int, int]] = {}

    def weight(self) -> int:
        """Return a fresh weight in [1, 2^128]."""
        return 1 + int.from_bytes(self._coins(16), "big")

    def add(self, scalar: int, point: Point) -> None:
        """Add *scalar* times *point*; a point that comes again, as the same object, costs nothing more."""
        at = self._at.setdefault(id(point), len(self._points))
        if at == len(self._points):
            self._scalars.append(0)
            self._points.append(point)
        self._scalars[at] += scalar

    def add_bases(self, *, value: int, blinding: int) -> None:
        """Add *value* times H and *blinding* times G."""
        self._value += value
        self._blinding += blinding

    def add_vectors(self, left: list[int], right: list[int], *, shift: int = 0) -> None:
        """Add the products of *left* - *shift* and *right* + *shift* with the vector generators, from the first on.

        Numbers need not be reduced.
        """
        self._vectors.setdefault(len(left), _Vectors()).add(left, right, shift)

    def holds(self) -> bool:
        """Tell whether the sum is the identity: whether every equation holds."""
        left = _added([sums.left() for sums in self._vectors.values()])
        right = _added([sums.right() for sums in self._vectors.values()])
        fixed = self.bases.msm(value=self._value, blinding=self._blinding, left=left, right=right)
        rest = self.engine.msm(self._scalars, self._points)
        return self.engine.is_identity(self.engine.add(fixed, rest))


def _added(vectors: Sequence[list[int]]) -> list[int]:
    """Return the sum of *vectors*, the shorter ones continued by zeros."""
    if len(vectors) == 1:
        return vectors[0]
    return [sum(each) for each in zip_longest(*vectors, fillvalue=0)]


def public_coins(transcript: Transcript) -> Coins:
    """Return weights for the equations of one proof: challenges on *transcript*, which has heard all of the proof."""
    return lambda count: transcript.ask(b"weight", count)
