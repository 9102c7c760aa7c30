"""The group by libsecp256k1: every raw library call of this project, each with its return code checked.

The library knows no identity, so it is None here and never reaches a call. It also answers 1, and a wrong
point, when asked to add a key that a failed call has zeroed: no key is used after a call that failed.
"""

from collections.abc import Sequence
from typing import Any, Final, cast, final

from btclib_secp256k1 import ffi, lib
from btclib_secp256k1.context import ctx

from carnet.crypto.group import GENERATOR, POINT_BYTES, N, Point
from carnet.errors import DecodeError, UsageError

_COMPRESSED: Final = 258  # SECP256K1_EC_COMPRESSED
_IDENTITY: Final = cast("Point", None)


def _done(returned: int, call: str) -> None:
    """Stop at once if the library refused *call*: its arguments were ours, and its output is not to be used."""
    if returned != 1:
        raise UsageError(f"libsecp256k1 refused {call}")


@final
class LibSecp:
    """secp256k1 by libsecp256k1's own functions, through btclib-secp256k1."""

    name: Final = "libsecp256k1"
    identity: Final = _IDENTITY

    def __init__(self) -> None:
        self.generator: Final = self.decode(GENERATOR)

    def decode(self, data: bytes) -> Point:
        """Return the point that *data* encodes."""
        if len(data) != POINT_BYTES:
            raise DecodeError("point.encoding", f"{len(data)} bytes")
        key = ffi.new("secp256k1_pubkey *")
        if lib.secp256k1_ec_pubkey_parse(ctx, key, data, POINT_BYTES) != 1:
            raise DecodeError("point.encoding")
        return cast("Point", key)

    def encode(self, point: Point) -> bytes:
        """Return the compressed encoding of *point*."""
        if point is _IDENTITY:
            raise UsageError("the identity has no encoding")
        out, size = ffi.new("unsigned char[33]"), ffi.new("size_t *", POINT_BYTES)
        _done(lib.secp256k1_ec_pubkey_serialize(ctx, out, size, point, _COMPRESSED), "serialize")
        return bytes(ffi.buffer(out))

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
        key = _copy(point)
        _done(lib.secp256k1_ec_pubkey_negate(ctx, key), "negate")
        return cast("Point", key)

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in variable time."""
        scalar %= N
        if scalar == 0 or point is _IDENTITY:
            return _IDENTITY
        key = _copy(point)
        _done(lib.secp256k1_ec_pubkey_tweak_mul(ctx, key, scalar.to_bytes(32, "big")), "tweak_mul")
        return cast("Point", key)

    def mul_secret(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, in constant time."""
        if not 0 < scalar < N or point is _IDENTITY:
            raise UsageError("a constant-time product is of a scalar in [1, n) and a point other than the identity")
        key, secret = ffi.new("secp256k1_pubkey *"), scalar.to_bytes(32, "big")
        if point is self.generator:
            _done(lib.secp256k1_ec_pubkey_create(ctx, key, secret), "create")
            return cast("Point", key)
        xy = ffi.new("unsigned char[65]", b"\x04")
        copy_xy = lib.btclib_secp256k1_ecdh_hash_function_xy
        _done(lib.secp256k1_ecdh(ctx, xy + 1, point, secret, copy_xy, ffi.NULL), "ecdh")
        _done(lib.secp256k1_ec_pubkey_parse(ctx, key, xy, 65), "parse")
        return cast("Point", key)

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*, in variable time."""
        terms = [
            (scalar, point)
            for scalar, point in zip((s % N for s in scalars), points, strict=True)
            if scalar and point is not _IDENTITY
        ]
        keys = ffi.new("secp256k1_pubkey[]", len(terms) or 1)
        tweak_mul, products = lib.secp256k1_ec_pubkey_tweak_mul, []
        for at, (scalar, point) in enumerate(terms):
            key = keys + at
            key[0] = cast("Any", point)[0]
            if scalar != 1:
                _done(tweak_mul(ctx, key, scalar.to_bytes(32, "big")), "tweak_mul")
            products.append(key)
        return self._combine(products)

    def _combine(self, points: Sequence[Any]) -> Point:
        """Add *points*, none of which is the identity."""
        if not points:
            return _IDENTITY
        total = ffi.new("secp256k1_pubkey *")
        # 0 means that the sum is the identity: every summand has come from a call that succeeded.
        if lib.secp256k1_ec_pubkey_combine(ctx, total, ffi.new("secp256k1_pubkey *[]", points), len(points)) != 1:
            return _IDENTITY
        return cast("Point", total)


def _copy(point: Point) -> Any:  # a cffi pointer has no static type
    return ffi.new("secp256k1_pubkey *", cast("Any", point)[0])
