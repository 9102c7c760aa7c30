"""Hashing to secp256k1 as RFC 9380 has it: suite ``secp256k1_XMD:SHA-256_SSWU_RO_``, section 8.7.

Only public messages are hashed here, to derive generators of which nobody knows a discrete logarithm, so
nothing needs to run in constant time.
"""

import hashlib
from typing import Final

from carnet.crypto.group import P
from carnet.errors import UsageError

_Affine = tuple[int, int]

# The curve E': y^2 = x^3 + A'x + B', which is 3-isogenous to secp256k1, and the map's constant Z.
_A: Final = 0x3F8731ABDD661ADCA08A5558F0F5D272E953D363CB6F0E5D405447C01A444533
_B: Final = 1771
_Z: Final = P - 11
_MINUS_B_OVER_A: Final = -_B * pow(_A, -1, P) % P

# The isogeny's polynomials, lowest degree first (RFC 9380, appendix E.1).
_X_NUM: Final = (
    0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA8C7,
    0x07D3D4C80BC321D5B9F315CEA7FD44C5D595D2FC0BF63B92DFFF1044F17C6581,
    0x534C328D23F234E6E2A413DECA25CAECE4506144037C40314ECBD0B53D9DD262,
    0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA88C,
)
_X_DEN: Final = (
    0xD35771193D94918A9CA34CCBB7B640DD86CD409542F8487D9FE6B745781EB49B,
    0xEDADC6F64383DC1DF7C4B2D51B54225406D36B641F5E41BBC52A56612A8C6D14,
    1,
)
_Y_NUM: Final = (
    0x4BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684B8E38E23C,
    0xC75E0C32D5CB7C0FA9D0A54B12A0A6D5647AB046D686DA6FDFFC90FC201D71A3,
    0x29A6194691F91A73715209EF6512E576722830A201BE2018A765E85A9ECEE931,
    0x2F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F38E38D84,
)
_Y_DEN: Final = (
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFF93B,
    0x7A06534BB8BDB49FD5E9E6632722C2989467C1BFC8E8D978DFB425D2685C2573,
    0x6484AA716545CA2CF3A70C3FA8FE337E0A3D21162F0D6299A7BF8192BFD2A76F,
    1,
)


def expand_message_xmd(message: bytes, *, dst: bytes, length: int) -> bytes:
    """Return *length* uniform bytes for *message* under the domain *dst* (RFC 9380, section 5.3.1)."""
    if len(dst) > 255:
        dst = hashlib.sha256(b"H2C-OVERSIZE-DST-" + dst).digest()
    blocks = -(-length // 32)
    if not 0 < blocks <= 255:
        raise UsageError("between 1 and 8,160 bytes can be expanded")
    framed = dst + bytes([len(dst)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\0" + framed).digest()
    out = block = hashlib.sha256(first + b"\1" + framed).digest()
    for index in range(2, blocks + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha256(mixed + bytes([index]) + framed).digest()
        out += block
    return out[:length]


def hash_to_field(message: bytes, *, dst: bytes, count: int) -> list[int]:
    """Return *count* field elements for *message* (RFC 9380, section 5.2)."""
    uniform = expand_message_xmd(message, dst=dst, length=48 * count)
    return [int.from_bytes(uniform[at : at + 48], "big") % P for at in range(0, 48 * count, 48)]


def map_to_curve(u: int) -> _Affine:
    """Return the point of secp256k1 for the field element *u* (RFC 9380, sections 6.6.2 and 6.6.3)."""
    zu = _Z * u * u % P
    tv = (zu * zu + zu) % P
    x = _MINUS_B_OVER_A * (1 + pow(tv, -1, P)) % P if tv else _B * pow(_Z * _A, -1, P) % P
    y = _root(x)
    if y * y % P != _square(x):  # then the other candidate has a root
        x = zu * x % P
        y = _root(x)
    if y % 2 != u % 2:
        y = P - y
    return _isogeny(x, y)


def hash_to_curve(message: bytes, *, dst: bytes) -> bytes:
    """Return the point for *message* under the domain *dst*, compressed (RFC 9380, section 3)."""
    one, two = (map_to_curve(u) for u in hash_to_field(message, dst=dst, count=2))
    x, y = _add(one, two)
    return bytes([2 + y % 2]) + x.to_bytes(32, "big")


def _square(x: int) -> int:
    """Return x^3 + A'x + B', the square of y if x is on E'."""
    return (x * x * x + _A * x + _B) % P


def _root(x: int) -> int:
    """Return the y that belongs to *x*, if one does."""
    return pow(_square(x), (P + 1) // 4, P)


def _isogeny(x: int, y: int) -> _Affine:
    """Carry a point of E' to secp256k1."""
    x_num, x_den, y_num, y_den = (
        sum(k * pow(x, degree, P) for degree, k in enumerate(poly)) % P for poly in (_X_NUM, _X_DEN, _Y_NUM, _Y_DEN)
    )
    return x_num * pow(x_den, -1, P) % P, y * y_num * pow(y_den, -1, P) % P


def _add(one: _Affine, two: _Affine) -> _Affine:
    """Add two points; no message is known whose two points are equal or opposite, and none will be found."""
    slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P
