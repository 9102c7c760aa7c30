"""For each thing that a range proof's verifier may forget to hash: the prover who makes use of it.

Each proves any values at all to lie in range. The comments name the step of spec/threshold-proofs.md#ranges that is
missing from the weak verifier.
"""

from attacks.forger import Cheat, N, dot, encoded, inverse, plus, point, scalars, times


class AfterA(Cheat):
    """A is not hashed. Stopped by: say("A", A) before y and z.

    Who knows y and z before A is fixed needs no bits in it: any l and r with the inner product that (E1) asks for
    will do, since y and z test only what was committed to before.
    """

    def commit_to_bits(self):
        super().commit_to_bits()
        self.A = None

    def prepare(self):
        super().prepare()
        error = self.owed_t_0() - dot(self.l_0, self.r_0)
        self.r_0[0] = (self.r_0[0] + error * inverse(self.l_0[0])) % N  # r is no longer made of bits
        self.t_1 = (dot(self.l_0, self.r_1) + dot(self.s_L, self.r_0)) % N
        self.A = self.committed(self.l_0, self.r_0, self.alpha)
        self.send(b"A", encoded(self.A))


class AfterS(Cheat):
    """S is not hashed. Stopped by: say("S", S) before y, and so before x.

    With x known, S is whatever makes A + x*S open to l and r of the attacker's liking.
    """

    def answer(self):
        self.l, self.r, self.mu = self.many(self.length), self.many(self.length), self.random()
        self.r[0] = (self.r[0] + (self.owed_t() - dot(self.l, self.r)) * inverse(self.l[0])) % N
        self.S = times(inverse(self.x), plus(self.committed(self.l, self.r, self.mu), times(N - 1, self.A)))
        self.send(b"S", encoded(self.S))
        self.send(b"scalars", scalars(self.owed_tau(), self.mu, dot(self.l, self.r)))


class AfterT1(Cheat):
    """T_1 is not hashed. Stopped by: say("T1", T_1) before x.

    The cheat's t(X) misses at X = 0 by some e. With x known, T_1 commits to t_1 - e/x, and (E1) holds at this x.
    """

    def answer(self):
        missing = dot(*self.at_x()) - self.owed_t()
        self.t_1 = (self.t_1 + missing * inverse(self.x)) % N
        self.send(b"T1", point(self.t_1, self.tau_1))
        super().answer()


class AfterT2(Cheat):
    """T_2 is not hashed. Stopped by: say("T2", T_2) before x. As with T_1, divided by x^2."""

    def answer(self):
        missing = dot(*self.at_x()) - self.owed_t()
        self.t_2 = (self.t_2 + missing * inverse(self.x**2)) % N
        self.send(b"T2", point(self.t_2, self.tau_2))
        super().answer()


class AfterScalars(Cheat):
    """tau, mu and t are not hashed. Stopped by: say("scalars", ...) before q, and thus before the weights.

    (E1) asks for one t and (E2) for another. Under weights w_1, w_2 that do not depend on t, there is a t between the
    two for which the errors cancel: w_1*(t - t_E1) + q*w_2*(t - t_E2) = 0. (A verifier that checks (E1) by itself, or
    under weights of its own, is not fooled: t, tau and mu are determined by what was hashed before.)
    """

    def settle(self):
        weights = self.on.clone()
        w_1, w_2 = (1 + int.from_bytes(weights.ask(b"weight", 16), "big") for _ in range(2))
        share = self.q * w_2
        t = (w_1 * self.owed_t() + share * dot(self.l, self.r)) * inverse(w_1 + share)
        self.send(b"scalars", scalars(self.owed_tau(), self.mu, t))


class AfterRound(Cheat):
    """One point of the last round is not hashed. Stopped by: say("L", L_r), say("R", R_r) before u_r.

    With the last u known, the last L (or R) is whatever is missing in (E2); no witness is needed at all.
    """

    label = b"L"

    def answer(self):
        self.mu, self.t = self.random(), self.owed_t()
        self.send(b"scalars", scalars(self.owed_tau(), self.mu, self.t))

    def halve(self):
        empty = [0] * (2 + 2 * self.length)
        offsets = [self.q * self.t, N - self.mu, *[-self.z] * self.length]
        offsets += [self.z + inverse(y) * z for y, z in zip(self.ys, self.zs, strict=True)]
        whole, left, right = (
            plus(self.A, times(self.x, self.S), offsets),
            [1] * self.length,
            list(map(inverse, self.ys)),
        )
        missing, factor = b"%s%d" % (self.label, self.rounds()), 0
        for at in range(1, self.rounds() + 1):
            pair = {side: [0, self.random(), *empty[2:]] for side in (b"L", b"R")}
            for side, combination in pair.items():
                self.send(b"%s%d" % (side, at), encoded(combination))
            u = self.on.challenge(b"u")
            factors = {b"L": u, b"R": inverse(u)}
            factor = factors[self.label]
            for side, combination in pair.items():
                if b"%s%d" % (side, at) != missing:
                    whole = plus(whole, times(factors[side], combination))
            upper = [j % (self.length >> at - 1) >= self.length >> at for j in range(self.length)]
            left = [each * (u if hi else 1) % N for each, hi in zip(left, upper, strict=True)]
            right = [each * (inverse(u) if hi else 1) % N for each, hi in zip(right, upper, strict=True)]
        a, b = self.many(4), self.many(4)
        last = [self.q * dot(a, b), 0]
        last += [a[j % 4] * each for j, each in enumerate(left)] + [b[j % 4] * each for j, each in enumerate(right)]
        self.send(missing, encoded(times(inverse(factor), plus(last, times(N - 1, whole)))))
        self.send(b"vectors", scalars(*a, *b))


class AfterTheOtherRound(AfterRound):
    __doc__ = AfterRound.__doc__
    label = b"R"


FORGERIES = {
    b"A": AfterA,
    b"S": AfterS,
    b"T1": AfterT1,
    b"T2": AfterT2,
    b"scalars": AfterScalars,
    b"L": AfterRound,
    b"R": AfterTheOtherRound,
}
