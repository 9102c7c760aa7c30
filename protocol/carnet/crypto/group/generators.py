"""The public generators, each derived from a sentence or a hash, so that nobody knows a relation between them.

The blinding generator is the standard G. The value generator is the one of Confidential Transactions: the point
with even y whose x is the SHA-256 of the uncompressed G. Vector generators are RFC 9380 hashes of their index.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import chain
from threading import Lock
from typing import Final, final

from carnet.crypto.group import Group, N, Point, Precomputed
from carnet.crypto.group.hash_to_curve import hash_to_curve
from carnet.crypto.group.known import known_generator

_DST: Final = b"carnet/generators/v1/secp256k1_XMD:SHA-256_SSWU_RO_"
_G_UNCOMPRESSED: Final = bytes.fromhex(
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
)
_Vectors = tuple[list[Point], list[Point], list[Point]]

SECRET_OFFSET: Final = 2**128
"""What is added to a small secret before a constant-time product, which refuses zero."""


@cache
def value_generator() -> bytes:
    """Return the value generator H, encoded (spec/threshold-proofs.md#generators)."""
    return b"\x02" + hashlib.sha256(_G_UNCOMPRESSED).digest()


@cache
def vector_generator(family: bytes, index: int) -> bytes:
    """Return generator *index* of *family* ``G`` or ``H``, encoded (spec/threshold-proofs.md#generators)."""
    return known_generator(family, index) or derive(family, index)


def derive(family: bytes, index: int) -> bytes:
    """Return that generator as it is defined: a hash to the curve, which takes milliseconds."""
    return hash_to_curve(family + index.to_bytes(4, "big"), dst=_DST)


@final
class Bases:
    """The generators as points of one engine, derived when first asked for and kept in memory.

    If the engine has tables, they are made as soon as the products without them have cost as much as making them will:
    whoever proves once waits for none. `build` makes them at once.
    """

    def __init__(self, engine: Group) -> None:
        self.engine: Final = engine
        self.blinding: Final = engine.generator
        self.value: Final = engine.decode(value_generator())
        self._offset: Final = engine.mul(N - SECRET_OFFSET, self.value)
        self._vectors: _Vectors = ([], [], [])
        self._tables: Final = engine.precompute()
        self._building: Final = Lock()
        self._without = 0

    @property
    def memory(self) -> int:
        """How many bytes the tables take."""
        return 0 if self._tables is None else self._tables.memory

    def build(self, length: int) -> None:
        """Make the tables that products with vectors of up to *length* use, as far as the engine has tables."""
        if self._tables is not None:
            points = self._points(length)
            with self._building:
                self._tables.add(points[self._tables.size : self._tables.capacity])

    def msm(self, *, value: int, blinding: int, left: Sequence[int], right: Sequence[int]) -> Point:
        """Return value*H + blinding*G + <left, Gs> + <right, Hs>, in variable time; zeros cost nothing."""
        scalars = [blinding, value, *chain.from_iterable(zip(left, right, strict=True))]
        used = [at for at, scalar in enumerate(scalars) if scalar]
        if self._tables is None:
            return self._products(scalars, used)
        self._build_if_worth(self._tables, length=len(left), terms=len(used))
        split = bisect_left(used, self._tables.size)
        self._without += len(used) - split
        fast, slow = used[:split], used[split:]
        total = self._tables.msm([scalars[at] for at in fast], fast) if fast else self.engine.identity
        return self.engine.add(total, self._products(scalars, slow)) if slow else total

    def _products(self, scalars: Sequence[int], at: Sequence[int]) -> Point:
        """Return the sum of the products of those *scalars* whose numbers are *at*, without tables."""
        points = self._points(len(scalars) // 2 - 1)
        return self.engine.msm([scalars[each] for each in at], [points[each] for each in at])

    def _build_if_worth(self, tables: Precomputed, *, length: int, terms: int) -> None:
        missing = min(2 + 2 * length, tables.capacity) - tables.size
        if missing > 0 and self._without + terms >= tables.worth * missing:
            self.build(length)
            self._without = 0

    def vectors(self, length: int) -> tuple[list[Point], list[Point]]:
        """Return the first *length* generators of the families G and H."""
        left, right, _ = self._extended(length)
        return left[:length], right[:length]

    def bit_points(self, length: int) -> tuple[list[Point], list[Point]]:
        """Return what stands for a bit that is 1, and for one that is 0, in the commitment to *length* bits."""
        left, _, minus_right = self._extended(length)
        return left[:length], minus_right[:length]

    def _points(self, length: int) -> list[Point]:
        """Return all generators as the tables number them: G, H, then both families in turn."""
        return [self.blinding, self.value, *chain.from_iterable(zip(*self.vectors(length), strict=True))]

    def _extended(self, length: int) -> _Vectors:
        """Return at least *length* generators; lists are replaced and never changed, so that threads may share."""
        left, right, minus_right = self._vectors
        indices = range(len(left), length)
        if indices:
            more = [self.engine.decode(vector_generator(b"H", index)) for index in indices]
            left = [*left, *(self.engine.decode(vector_generator(b"G", index)) for index in indices)]
            right, minus_right = [*right, *more], [*minus_right, *map(self.engine.negate, more)]
            self._vectors = left, right, minus_right
        return left, right, minus_right

    def commit(self, *, value: int, blinding: int) -> Point:
        """Return value*H + blinding*G, in a time that depends on neither; *blinding* is not zero."""
        return self.engine.add(
            self.engine.mul_secret((value + SECRET_OFFSET) % N, self.value),
            self._offset,
            self.engine.mul_secret(blinding, self.blinding),
        )


@cache
def bases(engine: Group) -> Bases:
    """Return the generators for *engine*."""
    return Bases(engine)
