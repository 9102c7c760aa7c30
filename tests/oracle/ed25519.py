"""Ed25519 verification by the strict rule, over plain integers: slow, from RFC 8032, sharing no code.

The rule: s < L; A and R are points, each the one canonical encoding of its own, neither of order 8 or less;
and [s]B = R + [h]A, without a cofactor.
"""

import hashlib
from functools import cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)


def add(a, b):
    """Add by the affine law of -x² + y² = 1 + dx²y², complete on this curve."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P,
    )


def multiply(scalar, point):
    """Multiply by doubling and adding, in extended coordinates so that it ends today."""
    total, running = (0, 1, 1, 0), (*point, 1, point[0] * point[1] % P)
    while scalar:
        if scalar & 1:
            total = _extended(total, running)
        running = _extended(running, running)
        scalar >>= 1
    inverse = pow(total[2], -1, P)
    return total[0] * inverse % P, total[1] * inverse % P


def _extended(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (x1 + y1) * (x2 + y2) - x1 * x2 - y1 * y2, z1 * z2 - D * t1 * t2
    g, h = z1 * z2 + D * t1 * t2, y1 * y2 + x1 * x2
    return e * f % P, g * h % P, f * g % P, e * h % P


def root(square, odd):
    """Return the x of that parity with x² = *square*, or None."""
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return x if x & 1 == odd else -x % P


@cache
def point(data):
    """Return the point that *data* is the canonical encoding of, or None."""
    y, odd = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    if y >= P:
        return None
    x = root((y * y - 1) * pow(D * y * y + 1, -1, P) % P, odd)
    return None if x is None or x & 1 != odd else (x, y)


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def accepts(public, message, signature):
    """Return whether the strict rule accepts."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    a, r = point(public), point(signature[:32])
    if s >= L or a is None or r is None:
        return False
    if NEUTRAL in (multiply(8, a), multiply(8, r)):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    return multiply(s, BASE) == add(r, multiply(h % L, a))
