"""The group by py_ecc: slow, in plain Python, and easy to compare with a textbook.

For reading, for differential tests, and for machines without libsecp256k1. Nothing here runs in constant time.
"""

from collections.abc import Sequence
from typing import Final, cast, final

from py_ecc.secp256k1.secp256k1 import B, from_jacobian, jacobian_add, jacobian_double, jacobian_multiply

from carnet.crypto.group import GENERATOR, POINT_BYTES, N, P, Point, Precomputed
from carnet.errors import DecodeError, UsageError

_Jacobian = tuple[int, int, int]
_IDENTITY: Final[_Jacobian] = (0, 0, 1)  # py_ecc's own


def _point(jacobian: _Jacobian) -> Point:
    """Return the point in affine form, so that equal points are equal tuples."""
    if jacobian[1] == 0:
        return cast("Point", _IDENTITY)
    return cast("Point", (*from_jacobian(jacobian), 1))


@final
class Reference:
    """secp256k1 in Jacobian coordinates, by py_ecc."""

    name: Final = "reference"
    identity: Final = cast("Point", _IDENTITY)

    def __init__(self) -> None:
        self.generator: Final = self.decode(GENERATOR)

    def decode(self, data: bytes) -> Point:
        """Return the point that *data* encodes."""
        if len(data) != POINT_BYTES or data[0] not in {2, 3}:
            raise DecodeError("point.encoding", f"{len(data)} bytes")
        x = int.from_bytes(data[1:], "big")
        square = (pow(x, 3, P) + B) % P
        y = pow(square, (P + 1) // 4, P)
        if x >= P or y * y % P != square:
            raise DecodeError("point.encoding")
        return cast("Point", (x, y if y % 2 == data[0] % 2 else P - y, 1))

    def encode(self, point: Point) -> bytes:
        """Return the compressed encoding of *point*."""
        if self.is_identity(point):
            raise UsageError("the identity has no encoding")
        x, y, _ = cast("_Jacobian", point)
        return bytes([2 + y % 2]) + x.to_bytes(32, "big")

    def is_identity(self, point: Point) -> bool:
        """Tell whether *point* is the neutral element."""
        return cast("_Jacobian", point)[1] == 0  # no point of this curve has y = 0

    def add(self, *points: Point) -> Point:
        """Return the sum of *points*."""
        total: _Jacobian = _IDENTITY
        for point in points:
            total = jacobian_add(total, cast("_Jacobian", point))
        return _point(total)

    def negate(self, point: Point) -> Point:
        """Return the inverse of *point*."""
        x, y, z = cast("_Jacobian", point)
        return cast("Point", (x, -y % P, z))

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*."""
        return _point(jacobian_multiply(cast("_Jacobian", point), scalar % N))

    def mul_secret(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*, with the same refusals as in an engine that keeps secrets."""
        if not 0 < scalar < N or self.is_identity(point):
            raise UsageError("a constant-time product is of a scalar in [1, n) and a point other than the identity")
        return self.mul(scalar, point)

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*: bit by bit, so that all share their doublings."""
        terms = list(zip([scalar % N for scalar in scalars], cast("Sequence[_Jacobian]", points), strict=True))
        total: _Jacobian = _IDENTITY
        for bit in reversed(range(N.bit_length())):
            total = jacobian_double(total)
            for scalar, point in terms:
                if scalar >> bit & 1:
                    total = jacobian_add(total, point)
        return _point(total)

    def precompute(self) -> Precomputed | None:
        """Return None: tables would hide what this engine is to show."""
        return None
