"""The group by libsecp256k1: raw library calls are made here, in `tables` and in `buckets`, and checked each time.

The library knows no identity, so it is None here and never reaches a call. It also answers 1, and a wrong
point, when asked to add a key that a failed call has zeroed: no key is used after a call that failed.
"""

from collections.abc import Sequence
from typing import Any, Final, cast, final

from carnet.crypto.group import GENERATOR, POINT_BYTES, N, Point, Precomputed, TableSize
from carnet.crypto.group.buckets import LEAST, bucket_sum
from carnet.crypto.group.library import XY, Library
from carnet.crypto.group.scalars import Q
from carnet.crypto.group.tables import Tables
from carnet.errors import DecodeError, UsageError

_COMPRESSED: Final = 258  # SECP256K1_EC_COMPRESSED
_IDENTITY: Final = cast("Point", None)

LIMITS: Final = {TableSize.SMALL: (2 + 2 * 512, 170), TableSize.BIG: (2 + 2 * 128, 1100)}
"""For each size of tables, for how many points at most, and after how many products per point they have paid.

The latter is measured: what a point's table costs to make, over what a product saves by it.
"""


def _done(returned: int, call: str) -> None:
    """Stop at once if the library refused *call*: its arguments were ours, and its output is not to be used."""
    if returned != 1:
        raise UsageError(f"libsecp256k1 refused {call}")


@final
class LibSecp:
    """secp256k1 by libsecp256k1's own functions, through one of its bindings."""

    identity: Final = _IDENTITY

    def __init__(self, library: Library, *, tables: TableSize) -> None:
        self._library: Final = library
        self._ffi: Final = library.ffi
        self._lib: Final = library.lib
        self._context: Final = library.context
        self.name: Final = library.name
        self.tables: Final = tables
        self.generator: Final = self.decode(GENERATOR)

    def decode(self, data: bytes) -> Point:
        """Return the point that *data* encodes."""
        if len(data) != POINT_BYTES:
            raise DecodeError("point.encoding", f"{len(data)} bytes")
        key = self._ffi.new("secp256k1_pubkey *")
        if self._lib.secp256k1_ec_pubkey_parse(self._context, key, data, POINT_BYTES) != 1:
            raise DecodeError("point.encoding")
        return cast("Point", key)

    def encode(self, point: Point) -> bytes:
        """Return the compressed encoding of *point*."""
        if point is _IDENTITY:
            raise UsageError("the identity has no encoding")
        out, size = self._ffi.new("unsigned char[33]"), self._ffi.new("size_t *", POINT_BYTES)
        _done(self._lib.secp256k1_ec_pubkey_serialize(self._context, out, size, point, _COMPRESSED), "serialize")
        return bytes(self._ffi.buffer(out))

    def is_identity(self, point: Point) -> bool:
        """Tell whether *point* is the neutral element."""
        return point is _IDENTITY

    def add(self, *points: Point) -> Point:
        """Return the sum of *points*."""
        return self._combine([point for point in points if point is not _IDENTITY])

    def negate(self, point: Point) -> Point:
        """Return the inverse of *point*."""
        if point is _IDENTITY:
            return point
        key = self._copy(point)
        _done(self._lib.secp256k1_ec_pubkey_negate(self._context, key), "negate")
        return cast("Point", key)

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in variable time."""
        scalar %= Q
        if scalar == 0 or point is _IDENTITY:
            return _IDENTITY
        key = self._copy(point)
        if scalar != 1:
            tweak = scalar.to_bytes(32, "big")
            _done(self._lib.secp256k1_ec_pubkey_tweak_mul(self._context, key, tweak), "tweak_mul")
        return cast("Point", key)

    def mul_secret(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in constant time; the library's copy of the scalar is wiped."""
        if not 0 < scalar < N or point is _IDENTITY:
            raise UsageError("a constant-time product is of a scalar in [1, n) and a point other than the identity")
        ffi, lib, context = self._ffi, self._lib, self._context
        key, secret = ffi.new("secp256k1_pubkey *"), ffi.new("unsigned char[32]", scalar.to_bytes(32, "big"))
        try:
            if point is self.generator:
                _done(lib.secp256k1_ec_pubkey_create(context, key, secret), "create")
                return cast("Point", key)
            xy = ffi.new("unsigned char[65]", b"\x04")
            _done(lib.secp256k1_ecdh(context, xy + 1, point, secret, self._library.copy_xy, ffi.NULL), "ecdh")
            _done(lib.secp256k1_ec_pubkey_parse(context, key, xy, XY + 1), "parse")
            return cast("Point", key)
        finally:
            ffi.memmove(secret, bytes(32), 32)

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*, in variable time."""
        terms = [
            (scalar, point)
            for scalar, point in zip([s % Q for s in scalars], points, strict=True)
            if scalar and point is not _IDENTITY
        ]
        if len(terms) >= LEAST:
            return cast("Point", bucket_sum(self._library, *zip(*terms, strict=True)))
        return self._combine([self.mul(scalar, point) for scalar, point in terms])

    def precompute(self) -> Precomputed | None:
        """Return empty tables of the size that was chosen, or None for none."""
        if self.tables is TableSize.NONE:
            return None
        return _Precomputed(self, Tables(self._library, self.tables.value))

    def _combine(self, points: Sequence[Any]) -> Point:
        """Add *points*, none of which is the identity."""
        return cast("Point", self._library.sum(self._ffi.new("secp256k1_pubkey *[]", points), len(points)))

    def _copy(self, point: Point) -> Any:  # a cffi pointer has no static type
        return self._ffi.new("secp256k1_pubkey *", cast("Any", point)[0])


@final
class _Precomputed:
    """Tables whose sums are points of an engine."""

    def __init__(self, engine: LibSecp, tables: Tables) -> None:
        self._engine: Final = engine
        self._tables: Final = tables
        self.add: Final = tables.add
        self.capacity, self.worth = LIMITS[engine.tables]

    @property
    def size(self) -> int:
        """How many points have entries."""
        return self._tables.size

    @property
    def memory(self) -> int:
        """How many bytes the entries take."""
        return self._tables.memory

    def msm(self, scalars: Sequence[int], at: Sequence[int]) -> Point:
        """Return the sum of the products of *scalars* with the points numbered *at*, in variable time."""
        plus, minus = (cast("Point", key) for key in self._tables.msm(scalars, at))
        return self._engine.add(plus, self._engine.negate(minus))
