"""The group of secp256k1 behind one small interface, so that engines can be exchanged and held equal.

`group` returns the engine in use: libsecp256k1 where its bindings load, py_ecc (slow, readable) where they do
not. Points are opaque; only the engine that made a point may use it. Nothing is built at import.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NewType, Protocol

from carnet.errors import UsageError

__all__ = ["GENERATOR", "POINT_BYTES", "SCALAR_BYTES", "Group", "N", "P", "Point", "group"]

P: Final = 2**256 - 2**32 - 977
"""The field's prime (SEC 2, section 2.4.1)."""

N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The group's prime order; the cofactor is 1."""

GENERATOR: Final = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
"""The standard generator G, encoded."""

POINT_BYTES: Final = 33
SCALAR_BYTES: Final = 32

Point = NewType("Point", object)
"""A point of the group, the identity included, as its engine holds it."""


class Group(Protocol):
    """What the proofs need of secp256k1 (spec/threshold-proofs.md#group)."""

    def __hash__(self) -> int:
        """Return what tells this engine from another, so that generators are kept per engine."""
        ...

    @property
    def name(self) -> str:
        """Return the engine's name."""
        ...

    @property
    def identity(self) -> Point:
        """Return the neutral element, which has no encoding."""
        ...

    @property
    def generator(self) -> Point:
        """Return the standard generator G."""
        ...

    def decode(self, data: bytes) -> Point:
        """Return the point that *data* encodes, which is never the identity.

        Raises:
            DecodeError: *data* is not the compressed SEC1 encoding of a point (``point.encoding``).
        """
        ...

    def encode(self, point: Point) -> bytes:
        """Return the compressed SEC1 encoding of *point*, which must not be the identity."""
        ...

    def is_identity(self, point: Point) -> bool:
        """Tell whether *point* is the neutral element."""
        ...

    def add(self, *points: Point) -> Point:
        """Return the sum of *points*."""
        ...

    def negate(self, point: Point) -> Point:
        """Return the inverse of *point*."""
        ...

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in a time that depends on both: for public or masked scalars."""
        ...

    def mul_secret(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point* in a time that depends on neither; zero and the identity are refused."""
        ...

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*, in variable time."""
        ...


@cache
def group(name: str | None = None) -> Group:
    """Return the engine called *name*, or the fastest one that loads (spec/threshold-proofs.md#group)."""
    if name in {None, "libsecp256k1"}:
        try:
            from carnet.crypto.group.libsecp import LibSecp  # noqa: PLC0415  # loaded when first asked for
        except ImportError:
            if name is not None:
                raise
        else:
            return LibSecp()
    if name in {None, "reference"}:
        from carnet.crypto.group.reference import Reference  # noqa: PLC0415  # loaded when first asked for

        return Reference()
    raise UsageError(f"no engine is called {name}")
