"""The group of secp256k1 behind one small interface, so that engines can be exchanged and held equal.

`group` returns the engine that is asked for, by default the best that loads: libsecp256k1 through btclib-secp256k1 or
coincurve, or py_ecc (slow, readable). Points are opaque; only the engine that made a point may use it. Nothing is
built at import, and tables only once they are worth it.
"""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final, NewType, Protocol

from carnet.errors import UsageError

__all__ = [
    "ENGINES",
    "GENERATOR",
    "POINT_BYTES",
    "SCALAR_BYTES",
    "Group",
    "N",
    "P",
    "Point",
    "Precomputed",
    "TableSize",
    "available",
    "group",
]

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


ENGINES: Final = ("libsecp256k1", "coincurve", "reference")
"""The engines' names, the best first."""


class TableSize(Enum):
    """How large the tables of the public generators are: how many bits of a scalar's digit choose the entry."""

    NONE = 0
    SMALL = 4
    """52 KiB per generator: 7 MiB for proofs on 64 bits, 13 MiB for TIER, 52 MiB at most."""
    BIG = 8
    """464 KiB per generator: 59 MiB for proofs on 64 bits, 117 MiB for TIER and at most."""


class Precomputed(Protocol):
    """Tables of some points, numbered in the order in which they were added."""

    @property
    def size(self) -> int:
        """Return how many points there are."""
        ...

    @property
    def capacity(self) -> int:
        """Return how many points there may be, so that the memory they take is bounded."""
        ...

    @property
    def worth(self) -> int:
        """Return after how many products without a table of its point that table would have paid."""
        ...

    @property
    def memory(self) -> int:
        """Return how many bytes the tables take."""
        ...

    def add(self, points: Sequence[Point]) -> None:
        """Make tables of *points*, none of which is the identity."""
        ...

    def msm(self, scalars: Sequence[int], at: Sequence[int]) -> Point:
        """Return the sum of the products of *scalars* with the points numbered *at*, in variable time."""
        ...


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

    def precompute(self) -> Precomputed | None:
        """Return empty tables, or None if this engine has been asked for none or has none."""
        ...


def group(name: str | None = None, *, tables: TableSize = TableSize.SMALL, hardened: bool = False) -> Group:
    """Return the engine called *name*, or the best one that loads (spec/threshold-proofs.md#group).

    With *hardened*, all its products are constant-time, and no tables are used.

    Raises:
        UsageError: No engine has that name.
        ImportError: The engine's library is not installed.
    """
    if name is not None:
        return _engine(name, tables, hardened)
    return _best(tables, hardened)


@cache
def available() -> tuple[str, ...]:
    """Return the names of the engines that load here, the best first."""
    return tuple(name for name in ENGINES if _loads(name))


def _loads(name: str) -> bool:
    try:
        group(name)
    except ImportError:
        return False
    return True


@cache
def _best(tables: TableSize, hardened: bool) -> Group:
    return _engine(available()[0], tables, hardened)


@cache
def _engine(name: str, tables: TableSize, hardened: bool) -> Group:
    if hardened:
        from carnet.crypto.group.hardened import Hardened  # noqa: PLC0415  # each engine loads when it is asked for

        return Hardened(_engine(name, TableSize.NONE, False))
    if name == "reference":
        from carnet.crypto.group.reference import Reference  # noqa: PLC0415

        return Reference()
    if name not in ENGINES:
        raise UsageError(f"no engine is called {name}")
    from carnet.crypto.group import library  # noqa: PLC0415
    from carnet.crypto.group.libsecp import LibSecp  # noqa: PLC0415

    return LibSecp(library.coincurve() if name == "coincurve" else library.btclib(), tables=tables)
