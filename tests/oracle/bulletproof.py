"""The range proof's verifier, word for word from spec/threshold-proofs.md, and nothing clever about it.

Every vector is written out, generators are folded round by round, each equation is computed for itself and its
two sides compared. Own transcript, own decoding; py_ecc adds points, coincurve multiplies them, 60 times as fast.
"""

# ruff: noqa: N806  # the letters of the specification

import functools
import hashlib

from coincurve import PublicKey
from py_ecc.secp256k1.secp256k1 import add as add_points

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ZERO = (0, 0)
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def point(data):
    """Decode a point, or raise ValueError."""
    x = int.from_bytes(data[1:], "big")
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if len(data) != 33 or data[0] not in (2, 3) or x >= P or y * y % P != (x**3 + 7) % P:
        raise ValueError("no point")
    return (x, y) if y % 2 == data[0] - 2 else (x, P - y)


def encoded(point_):
    return bytes([2 + point_[1] % 2]) + point_[0].to_bytes(32, "big")


def times(scalar, point_):
    scalar %= N
    if scalar == 0 or point_ == ZERO:
        return ZERO
    return PublicKey.from_point(*point_).multiply(scalar.to_bytes(32, "big")).point()


def plus(*points):
    total = ZERO
    for each in points:
        total = each if total == ZERO else total if each == ZERO else add_points(total, each)
    return total


def product(scalars, points):
    return plus(*(times(scalar, each) for scalar, each in zip(scalars, points, strict=True)))


H = point(b"\2" + hashlib.sha256(b"\4" + G[0].to_bytes(32, "big") + G[1].to_bytes(32, "big")).digest())


class Conversation:
    def __init__(self, protocol, said=()):
        self.state = bytes(64)
        self.absorb(2, b"carnet/transcript/v1", protocol)
        for label, message in said:
            self.say(label, message)

    def absorb(self, kind, label, message):
        frames = b"".join(len(x).to_bytes(4, "big") + x for x in (label, message))
        self.state = hashlib.sha512(self.state + bytes([kind]) + frames).digest()

    def say(self, label, message):
        self.absorb(0, label, message)

    def ask(self, label, length):
        """Answer with up to 64 bytes."""
        self.absorb(1, label, length.to_bytes(4, "big"))
        return hashlib.sha512(self.state + b"\3\0\0\0\0").digest()[:length]

    def challenge(self, label):
        return 1 + int.from_bytes(self.ask(label, 64), "big") % (N - 1)


class Pieces:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        if len(self.data) < size:
            raise ValueError("too short")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def point(self, on, label):
        data = self.take(33)
        on.say(label, data)
        return point(data)

    def scalars(self, count, on, label):
        data = self.take(32 * count)
        on.say(label, data)
        numbers = [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]
        if max(numbers) >= N:
            raise ValueError("not reduced")
        return numbers

    def finish(self):
        if self.data:
            raise ValueError("too long")


def range_holds(commitments, pieces, *, bits, on, generators):
    """Verify a range proof; *generators* are the families Gs and Hs, decoded."""
    on.say(b"bits", bits.to_bytes(4, "big"))
    on.say(b"count", len(commitments).to_bytes(4, "big"))
    for each in commitments:
        on.say(b"commitment", each)
    count, length = len(commitments), bits * len(commitments)
    A, S = pieces.point(on, b"A"), pieces.point(on, b"S")
    y = on.challenge(b"y")
    z = on.challenge(b"z")
    T1, T2 = pieces.point(on, b"T1"), pieces.point(on, b"T2")
    x = on.challenge(b"x")
    tau, mu, t = pieces.scalars(3, on, b"scalars")
    q = on.challenge(b"q")
    # (E1)
    delta = (z - z**2) * sum(pow(y, i, N) for i in range(length)) - sum(
        pow(z, 3 + j, N) * sum(2**e for e in range(bits)) for j in range(count)
    )
    left = plus(times(t, H), times(tau, G))
    values = product([pow(z, 2 + j, N) for j in range(count)], [point(each) for each in commitments])
    first = left == plus(values, times(delta, H), times(x, T1), times(x * x, T2))
    # (E2)
    Gs = list(generators[0][:length])
    primed = [times(pow(y, -i, N), each) for i, each in enumerate(generators[1][:length])]
    ranges = [z * pow(y, i, N) + pow(z, 2 + i // bits, N) * 2 ** (i % bits) for i in range(length)]
    whole = plus(A, times(x, S), times(-mu, G), product([-z] * length, Gs), product(ranges, primed), times(q * t, H))
    while len(Gs) > 4:
        L, R = pieces.point(on, b"L"), pieces.point(on, b"R")
        u = on.challenge(b"u")
        half, back = len(Gs) // 2, pow(u, -1, N)
        whole = plus(whole, times(u, L), times(back, R))
        Gs = [plus(Gs[i], times(u, Gs[half + i])) for i in range(half)]
        primed = [plus(primed[i], times(back, primed[half + i])) for i in range(half)]
    last = pieces.scalars(8, on, b"vectors")
    a, b = last[:4], last[4:]
    inner = sum(one * two for one, two in zip(a, b, strict=True))
    return first and whole == plus(product(a, Gs), product(b, primed), times(q * inner, H))


def bit_holds(commitment, pieces, *, on):
    A0, A1 = pieces.point(on, b"A0"), pieces.point(on, b"A1")
    c = on.challenge(b"c")
    c1, z0, z1 = pieces.scalars(3, on, b"responses")
    minus_h = plus(commitment, times(-1, H))
    return times(z0, G) == plus(A0, times(c - c1, commitment)) and times(z1, G) == plus(A1, times(c1, minus_h))


def judged(judge):
    """Return *judge* as it is for what can be read: whatever cannot is not held."""

    @functools.wraps(judge)
    def verdict(*args, **named):
        try:
            return judge(*args, **named)
        except ValueError:
            return False

    return verdict


def u(number, size):
    if not 0 <= number < 2 ** (8 * size):
        raise ValueError("too large to say")
    return number.to_bytes(size, "big")


def say(on, *said):
    """Say each label with its message; a point is said in its encoding, and the identity has none."""
    for label, message in said:
        if message == ZERO:
            raise ValueError("the identity")
        on.say(label, message if isinstance(message, bytes) else encoded(message))


def multiples_hold(points, pieces, *, on):
    A = pieces.point(on, b"A")
    c = on.challenge(b"c")
    (z,) = pieces.scalars(1, on, b"response")
    return times(z, G) == plus(A, *(times(pow(c, 1 + i, N), each) for i, each in enumerate(points)))


@judged
def ge_holds(limit, value, proof, *, on, generators):
    D = plus(point(value), times(-limit, H))
    say(on, (b"statement", b"ge"), (b"limit", u(limit, 8)), (b"value", value), (b"shifted", D))
    pieces = Pieces(proof)
    held = range_holds([encoded(D)], pieces, bits=64, on=on, generators=generators)
    pieces.finish()
    return held


@judged
def lt_holds(limit, value, proof, *, on, generators):
    D = plus(times(limit - 1, H), times(-1, point(value)))
    say(on, (b"statement", b"lt"), (b"limit", u(limit, 8)), (b"value", value), (b"shifted", D))
    pieces = Pieces(proof)
    held = range_holds([value, encoded(D)], pieces, bits=32, on=on, generators=generators)
    pieces.finish()
    return held


@judged
def tier_holds(limit, value, window, flag, proof, *, on, generators):
    D = plus(times(limit - 1, H), times(-1, point(window)), times(2**63, point(flag)))
    say(on, (b"statement", b"tier"), (b"limit", u(limit, 8)))
    say(on, (b"value", value), (b"window", window), (b"flag", flag), (b"shifted", D))
    pieces = Pieces(proof)
    ranges = range_holds([value, encoded(D)], pieces, bits=64, on=on, generators=generators)
    bit = bit_holds(point(flag), pieces, on=on)
    pieces.finish()
    return ranges and bit


@judged
def tiers_holds(records, proof, *, on, generators):
    """*records* are (limit, value, window, flag) each."""
    say(on, (b"statement", b"tiers"), (b"count", u(len(records), 4)))
    both = []
    for limit, value, window, flag in records:
        D = plus(times(limit - 1, H), times(-1, point(window)), times(2**63, point(flag)))
        say(on, (b"limit", u(limit, 8)), (b"value", value), (b"window", window), (b"flag", flag), (b"shifted", D))
        both += [value, encoded(D)]
    pieces = Pieces(proof)
    ranges = range_holds(both, pieces, bits=64, on=on, generators=generators)
    bits = [bit_holds(point(flag), pieces, on=on) for _, _, _, flag in records]
    pieces.finish()
    return ranges and all(bits)


@judged
def zero_holds(points, proof, *, on):
    say(on, (b"statement", b"zero"), (b"count", u(len(points), 4)), *((b"point", each) for each in points))
    pieces = Pieces(proof)
    held = multiples_hold([point(each) for each in points], pieces, on=on)
    pieces.finish()
    return held


@judged
def window_holds(records, proof, *, on):
    """*records* are (value, window, start) each."""
    say(on, (b"statement", b"window"), (b"count", u(len(records), 4)))
    points = []
    for i, (value, window, start) in enumerate(records):
        within = [point(each) for each, _, _ in records[start : i + 1]]
        points.append(plus(point(window), times(-1, plus(*within))))
        say(on, (b"value", value), (b"window", window), (b"start", u(start, 4)), (b"point", points[-1]))
    pieces = Pieces(proof)
    held = multiples_hold(points, pieces, on=on)
    pieces.finish()
    return held


@judged
def sum_holds(total, sum_, proof, *, on):
    P_ = plus(point(sum_), times(-total, H))
    say(on, (b"statement", b"sum"), (b"total", u(total, 16)), (b"sum", sum_), (b"point", P_))
    pieces = Pieces(proof)
    held = multiples_hold([P_], pieces, on=on)
    pieces.finish()
    return held


@judged
def equality_holds(one, other, proof, *, on):
    P_ = plus(point(one), times(-1, point(other)))
    say(on, (b"statement", b"equality"), (b"one", one), (b"other", other), (b"point", P_))
    pieces = Pieces(proof)
    held = multiples_hold([P_], pieces, on=on)
    pieces.finish()
    return held


@judged
def conversion_holds(price, scale, commitments, proof, *, on, generators):
    """*commitments* are to amount, value and remainder."""
    amount, value, remainder = commitments
    D = plus(times(scale - 1, H), times(-1, point(remainder)))
    P_ = plus(times(scale, point(value)), times(-price, point(amount)), times(-1, point(remainder)))
    say(on, (b"statement", b"conversion"), (b"price", u(price, 8)), (b"scale", u(scale, 16)))
    say(on, (b"amount", amount), (b"value", value), (b"remainder", remainder), (b"complement", D), (b"point", P_))
    pieces = Pieces(proof)
    ranges = range_holds([value, amount, remainder, encoded(D)], pieces, bits=128, on=on, generators=generators)
    exact = multiples_hold([P_], pieces, on=on)
    pieces.finish()
    return ranges and exact
