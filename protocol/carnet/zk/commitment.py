"""Commitments and their openings as what can be added up.

A statement says once, as a formula, what is derived from its commitments; both sides work it out on the points, and
the prover on the openings too. In a formula a number stands for itself times H: a commitment under no blinding.
Notation: C = v*H + r*G, as in `pedersen`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, Self, TypeVar, final

from carnet.crypto.group import Group, N, Point
from carnet.crypto.group.generators import Bases, bases
from carnet.zk import pedersen
from carnet.zk.batch import Batch

__all__ = ["Commitment", "Linear", "LinearT", "Opening"]


class Linear(Protocol):
    """What a formula may do with a commitment, or with its opening."""

    def __add__(self, other: Self, /) -> Self:
        """Return the sum."""
        ...

    def __sub__(self, other: Self | int, /) -> Self:
        """Return the difference."""
        ...

    def __rsub__(self, value: int, /) -> Self:
        """Return *value* times H, less this."""
        ...

    def __rmul__(self, factor: int, /) -> Self:
        """Return *factor* times this."""
        ...


LinearT = TypeVar("LinearT", bound=Linear)

Terms = tuple[tuple[int, Point], ...]
Formula = tuple[Terms, int]
"""A formula written out: multiples of points, and of H."""

MOST_TERMS: Final = 4
"""A formula of more terms than these is worth the addition that makes it one point."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opening:
    """What opens one commitment; the representation shows none of it."""

    value: int
    blinding: int

    @property
    def scalars(self) -> tuple[int, int]:
        """The value and its blinding."""
        return self.value, self.blinding

    def commit(self) -> bytes:
        """Return the commitment, as 33 bytes."""
        return pedersen.commit(value=self.value, blinding=self.blinding)

    def check(self, commitment: bytes) -> None:
        """Refuse *commitment* unless this opens it."""
        pedersen.verify_opening(commitment, value=self.value, blinding=self.blinding)

    def opens(self, commitment: bytes, basis: Bases) -> bool:
        """Tell whether this opens *commitment*, whatever the value's range."""
        if not 0 < self.blinding < N:
            return False
        return basis.engine.encode(basis.commit(value=self.value, blinding=self.blinding)) == commitment

    def __add__(self, other: Self, /) -> Self:
        """Return what opens the sum."""
        return type(self)(value=self.value + other.value, blinding=(self.blinding + other.blinding) % N)

    def __sub__(self, other: Self | int, /) -> Self:
        """Return what opens the difference."""
        if isinstance(other, Opening):
            return self + -1 * other
        return type(self)(value=self.value - other, blinding=self.blinding)

    def __rsub__(self, value: int, /) -> Self:
        """Return what opens *value* times H, less the commitment."""
        return type(self)(value=value - self.value, blinding=-self.blinding % N)

    def __rmul__(self, factor: int, /) -> Self:
        """Return what opens *factor* times the commitment."""
        return type(self)(value=factor * self.value, blinding=factor * self.blinding % N)


@final
class Commitment:
    """A commitment as its engine holds it, encoded when first asked for."""

    __slots__ = ("_data", "_terms", "_value", "engine", "point")

    def __init__(self, engine: Group, point: Point, *, data: bytes | None = None, formula: Formula = ((), 0)) -> None:
        self.engine: Final = engine
        self.point: Final = point
        self._data = data
        terms, value = formula
        short = 0 < len(terms) <= MOST_TERMS
        self._terms: Final = terms if short else ((1, point),)
        self._value: Final = value if short else 0

    @classmethod
    def decode(cls, data: bytes, *, engine: Group) -> Self:
        """Return the commitment that *data* encodes."""
        return cls(engine, engine.decode(data), data=data)

    @property
    def data(self) -> bytes:
        """The encoding, which the identity lacks."""
        if self._data is None:
            self._data = self.engine.encode(self.point)
        return self._data

    @property
    def is_identity(self) -> bool:
        """Whether this can be opened to nothing under no blinding, and not be said."""
        return self.engine.is_identity(self.point)

    def collect(self, batch: Batch, scalar: int) -> None:
        """Add *scalar* times this to *batch*, by the terms of its formula: what others share is added up there."""
        for factor, point in self._terms:
            batch.add(scalar * factor, point)
        batch.add_bases(value=scalar * self._value, blinding=0)

    def __add__(self, other: Self, /) -> Self:
        """Return the sum."""
        return self._made(
            self.engine.add(self.point, other.point), self._terms + other._terms, self._value + other._value
        )

    def __sub__(self, other: Self | int, /) -> Self:
        """Return the difference."""
        if isinstance(other, Commitment):
            return self + other._negative()
        return self._made(self.engine.add(self.point, _of_value(self.engine, -other)), self._terms, self._value - other)

    def __rsub__(self, value: int, /) -> Self:
        """Return *value* times H, less this."""
        return self._negative() - -value

    def __rmul__(self, factor: int, /) -> Self:
        """Return *factor*, which is public, times this."""
        return self._times(factor, self.engine.mul(factor, self.point))

    def _negative(self) -> Self:
        return self._times(-1, self.engine.negate(self.point))

    def _times(self, factor: int, product: Point) -> Self:
        return self._made(product, tuple((factor * each, point) for each, point in self._terms), factor * self._value)

    def _made(self, point: Point, terms: Terms, value: int) -> Self:
        return type(self)(self.engine, point, formula=(terms, value))


@lru_cache(maxsize=64)
def _of_value(engine: Group, value: int) -> Point:
    """Return *value*, which is public, times H; packs have few limits."""
    return engine.mul(value, bases(engine).value)
