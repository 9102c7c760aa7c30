"""A range prover who cheats: by the rules as far as they go, and with one step left open for each attack.

It keeps every point that it sends as the coefficients of H, G, Gs_0..., Hs_0..., and so can solve the verifier's
equations (E1) and (E2) of spec/threshold-proofs.md#range-equations for whatever the transcript has not fixed. It shares
no code with the library's prover but the group and the generators' names.
"""

# ruff: noqa: N806, E741  # the letters of the specification

from functools import cache
from itertools import starmap

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases, value_generator, vector_generator


@cache
def generators(length):
    """Return H, G, Gs_0..., Hs_0... as points."""
    decode = group().decode
    families = [[decode(vector_generator(family, at)) for at in range(length)] for family in (b"G", b"H")]
    return [decode(value_generator()), group().generator, *families[0], *families[1]]


def plus(*combinations):
    return [sum(column) % N for column in zip(*combinations, strict=True)]


def times(scalar, combination):
    return [scalar * each % N for each in combination]


def dot(left, right):
    return sum(starmap(lambda a, b: a * b, zip(left, right, strict=True))) % N


def inverse(scalar):
    return pow(scalar, -1, N)


def summed(combination):
    """Return the point with these coefficients of H, G, Gs and Hs."""
    half = len(combination) // 2 + 1
    value, blinding, left, right = *combination[:2], combination[2:half], combination[half:]
    return bases(group()).msm(value=value, blinding=blinding, left=left, right=right)


def encoded(combination):
    """Return the point with these coefficients, as its 33 bytes."""
    return group().encode(summed([each % N for each in combination]))


def point(value, blinding):
    """Commit to any value, a negative one too."""
    return encoded([value % N, blinding % N])


def scalars(*numbers):
    return b"".join((number % N).to_bytes(32, "big") for number in numbers)


def chance(sentence):
    """Return a source of scalars that anyone can recompute."""
    coins = visible_coins(sentence)
    return lambda: 1 + int.from_bytes(coins(64), "big") % (N - 1)


class Cheat:
    """Proves that *values* lie in range with their low bits: accepted if and only if they do.

    An attack overrides the step in which it departs from the rules.
    """

    def __init__(self, values, blindings, *, bits, on, sentence="a cheat", commitments=None):
        self.values, self.blindings, self.bits, self.on = values, blindings, bits, on
        self.random = chance(sentence)
        self.length = bits * len(values)
        self.commitments = commitments or [point(v, r) for v, r in zip(values, blindings, strict=True)]
        self.sent = {}

    def many(self, count):
        return [self.random() for _ in range(count)]

    def send(self, label, data):
        self.sent[label] = data
        self.on.say(label.rstrip(b"0123456789") if label[:1] in b"LR" else label, data)

    def prove(self):
        """Say all of it."""
        self.on.say(b"bits", self.bits.to_bytes(4, "big")).say(b"count", len(self.values).to_bytes(4, "big"))
        self.claim()
        self.commit_to_bits()
        if self.A:
            self.send(b"A", encoded(self.A))
        self.send(b"S", encoded(self.S))
        self.y, self.z = self.on.challenge(b"y"), self.on.challenge(b"z")
        self.prepare()
        self.commit_to_polynomial()
        self.x = self.on.challenge(b"x")
        self.answer()
        self.q = self.on.challenge(b"q")
        self.halve()

    def settle(self):
        """Solve for what may wait until all parts of all proofs have been said."""

    def proof(self):
        rounds = [name for at in range(1, self.rounds() + 1) for name in (b"L%d" % at, b"R%d" % at)]
        return b"".join(self.sent[name] for name in (b"A", b"S", b"T1", b"T2", b"scalars", *rounds, b"vectors"))

    def rounds(self):
        return (self.length // 4).bit_length() - 1

    # --- the steps ---

    def claim(self):
        for commitment in self.commitments:
            self.on.say(b"commitment", commitment)

    def choose_bits(self):
        self.bits_of = [value >> at & 1 for value in self.values for at in range(self.bits)]

    def commit_to_bits(self):
        self.choose_bits()
        self.alpha, self.rho = self.random(), self.random()
        self.s_L, self.s_R = self.many(self.length), self.many(self.length)
        self.A = [0, self.alpha, *self.bits_of, *((bit - 1) % N for bit in self.bits_of)]
        self.S = [0, self.rho, *self.s_L, *self.s_R]

    def prepare(self):
        """Work out l and r as polynomials, now that y and z are known."""
        self.ys = [pow(self.y, at, N) for at in range(self.length)]
        self.zs = [pow(self.z, 2 + at // self.bits, N) * 2 ** (at % self.bits) % N for at in range(self.length)]
        self.l_0 = [(bit - self.z) % N for bit in self.bits_of]
        self.r_0 = [(y * (bit - 1 + self.z) + z) % N for y, z, bit in zip(self.ys, self.zs, self.bits_of, strict=True)]
        self.r_1 = [y * s % N for y, s in zip(self.ys, self.s_R, strict=True)]
        self.t_1 = (dot(self.l_0, self.r_1) + dot(self.s_L, self.r_0)) % N
        self.t_2 = dot(self.s_L, self.r_1)
        self.tau_1, self.tau_2 = self.random(), self.random()

    def commit_to_polynomial(self):
        self.send(b"T1", point(self.t_1, self.tau_1))
        self.send(b"T2", point(self.t_2, self.tau_2))

    def answer(self):
        self.l, self.r = self.at_x()
        self.mu = (self.alpha + self.rho * self.x) % N
        self.send(b"scalars", scalars(self.owed_tau(), self.mu, dot(self.l, self.r)))

    def halve(self):
        """Run the inner-product argument on l and r, generators kept as coefficients."""
        a, b = self.l, self.r
        left, right = [1] * self.length, [inverse(y) for y in self.ys]
        for at in range(1, self.rounds() + 1):
            half = len(a) // 2
            L = [self.q * dot(a[:half], b[half:]) % N, 0, *[0] * (2 * self.length)]
            R = [self.q * dot(a[half:], b[:half]) % N, 0, *[0] * (2 * self.length)]
            for j in range(self.length):
                i = j % (2 * half)
                into, other = (R, L) if i < half else (L, R)
                into[2 + j] = left[j] * a[(i + half) % (2 * half)] % N
                other[2 + self.length + j] = right[j] * b[(i + half) % (2 * half)] % N
            self.send(b"L%d" % at, encoded(L))
            self.send(b"R%d" % at, encoded(R))
            u = self.on.challenge(b"u")
            back = inverse(u)
            a = [(lo + back * hi) % N for lo, hi in zip(a[:half], a[half:], strict=True)]
            b = [(lo + u * hi) % N for lo, hi in zip(b[:half], b[half:], strict=True)]
            left = [each * (u if j % (2 * half) >= half else 1) % N for j, each in enumerate(left)]
            right = [each * (back if j % (2 * half) >= half else 1) % N for j, each in enumerate(right)]
        self.send(b"vectors", scalars(*a, *b))

    # --- what the verifier's equations ask for ---

    def at_x(self):
        l = [(a + self.x * s) % N for a, s in zip(self.l_0, self.s_L, strict=True)]
        return l, [(a + self.x * s) % N for a, s in zip(self.r_0, self.r_1, strict=True)]

    def owed_t_0(self):
        """What <l, r> must be at X = 0 if the values are as claimed: sum z^(2+j)*v_j + delta."""
        delta = (self.z - self.z**2) * sum(self.ys) - self.z * sum(self.zs)
        return (sum(pow(self.z, 2 + j, N) * v for j, v in enumerate(self.values)) + delta) % N

    def owed_t(self):
        """The one t that (E1) accepts."""
        return (self.owed_t_0() + self.x * self.t_1 + self.x**2 * self.t_2) % N

    def owed_tau(self):
        """The one tau that (E1) accepts."""
        return (
            sum(pow(self.z, 2 + j, N) * r for j, r in enumerate(self.blindings))
            + self.x * self.tau_1
            + self.x**2 * self.tau_2
        ) % N

    def committed(self, l, r, mu):
        """A + x*S as (E2) asks for it, if l and r are to be what is folded."""
        left = [(each + self.z) % N for each in l]
        right = [(inverse(y) * (each - z) - self.z) % N for y, z, each in zip(self.ys, self.zs, r, strict=True)]
        return [0, mu, *left, *right]


class AfterV(Cheat):
    """The commitments are not hashed. Stopped by: say("commitment", V_j) before y.

    A holds something that is no bit, and whatever <l, r> then is, (E1) is solved for commitments that fit. The attacker
    chooses a *direction*, how the values hang together, and not how far along it they lie: that is a random scalar.
    """

    def __init__(self, *args, direction, **kwargs):
        super().__init__(*args, **kwargs)
        self.direction = direction

    def claim(self):
        """Say nothing yet."""

    def choose_bits(self):
        super().choose_bits()
        self.bits_of[-1] = self.random()

    def prepare(self):
        super().prepare()
        missing = dot(self.l_0, self.r_0) - self.owed_t_0()
        weight = sum(pow(self.z, 2 + j, N) * share for j, share in enumerate(self.direction))
        self.along = missing * inverse(weight) % N
        self.values = [(v + self.along * share) % N for v, share in zip(self.values, self.direction, strict=True)]
        self.commitments = [point(v, r) for v, r in zip(self.values, self.blindings, strict=True)]
        super().claim()
