"""Weak Fiat-Shamir, the range proof: for each thing that a verifier may forget to hash, the forgery that it accepts.

Each attack proves that a commitment to -850,000 (or, where V itself is forgotten, to what the attacker cannot
choose) holds a value of 64 bits. The weakened verifier is the library's, with a transcript that does not hear one
label; everything else is as it is. The design's answer is always the same rule: *everything public is said before the
first challenge, and all of a proof before anything else is asked* (spec/threshold-proofs.md#transcript).
"""

import pytest

from attacks.forger import Cheat, N, dot, encoded, inverse, plus, point, scalars, times
from attacks.transcripts import Deaf
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.bulletproof import verify_range

FALSE = -850_000
BITS = 64


def context(*deaf, until=None, record=b"a record"):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf, until=until).say(b"record", record)


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

    def prove(self):
        super().prove()
        weights = self.on.clone()
        w_1, w_2 = (1 + int.from_bytes(weights.ask(b"weight", 16), "big") for _ in range(2))
        share = self.q * w_2
        t = (w_1 * self.owed_t() + share * dot(self.l, self.r)) * inverse(w_1 + share)
        self.send(b"scalars", scalars(self.owed_tau(), self.mu, t))
        return self.proof()


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


def forged(label, values=(FALSE,)):
    attack = FORGERIES[label](values, [7 + at for at in range(len(values))], bits=BITS, on=context(label))
    return attack.commitments, attack.prove()


@pytest.mark.parametrize("values", [(FALSE,), (5, FALSE)], ids=str)
@pytest.mark.parametrize("label", FORGERIES)
def test_what_a_verifier_does_not_hash_is_solved_for(label, values):
    commitments, proof = forged(label, values)
    verify_range(commitments, proof, bits=BITS, on=context(label))  # a negative amount, in range
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(commitments, proof, bits=BITS, on=context())


@pytest.mark.parametrize("label", FORGERIES)
def test_a_forgery_needs_the_very_deafness_that_it_uses(label):
    """No other mistake helps: the label, and not some slip of the weakened verifier, makes the difference."""
    commitments, proof = forged(label)
    for other in FORGERIES.keys() - {label}:
        with pytest.raises(VerifyError, match=r"range\.proof"):
            verify_range(commitments, proof, bits=BITS, on=context(other))


@pytest.mark.parametrize("label", [None, *FORGERIES, b"vectors", b"bits", b"count"])
def test_who_plays_by_the_rules_gets_nowhere_with_any_of_them(label):
    """The cheat that answers for -850,000 with its low bits; and the same prover, for a value that is in range."""
    labels = [label] if label else []
    for value, accepted in ((FALSE, False), (70_000, True)):
        cheat = Cheat([value], [7], bits=BITS, on=context(*labels))
        proof = cheat.prove()
        if accepted:
            verify_range(cheat.commitments, proof, bits=BITS, on=context(*labels))
        else:
            with pytest.raises(VerifyError):
                verify_range(cheat.commitments, proof, bits=BITS, on=context(*labels))


# --- the commitment itself ---


class AfterV(Cheat):
    """The commitments are not hashed. Stopped by: say("commitment", V_j) before y.

    A holds something that is no bit, and whatever <l, r> then is, the last V is solved from (E1). The attacker does
    not choose its value, which is a random scalar and thus far out of range, but knows its opening; all other values
    are free.
    """

    def claim(self):
        """Say nothing yet."""

    def choose_bits(self):
        super().choose_bits()
        self.bits_of[-1] = self.random()

    def prepare(self):
        super().prepare()
        last, missing = len(self.values) - 1, dot(self.l_0, self.r_0) - self.owed_t_0()
        self.values[last] = (self.values[last] + missing * inverse(pow(self.z, 2 + last, N))) % N
        self.commitments[last] = point(self.values[last], self.blindings[last])
        super().claim()


@pytest.mark.parametrize("values", [[0], [FALSE, 0], [FALSE, 5, 2**64, 0]], ids=str)
def test_a_commitment_that_is_not_hashed_is_solved_for(values):
    attack = AfterV([*values], [7] * len(values), bits=BITS, on=context(b"commitment"))
    proof = attack.prove()
    assert attack.values[:-1] == values[:-1]
    assert 2**200 < attack.values[-1] < N - 2**200
    assert attack.commitments[-1] == point(attack.values[-1], attack.blindings[-1])
    verify_range(attack.commitments, proof, bits=BITS, on=context(b"commitment"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(attack.commitments, proof, bits=BITS, on=context())


# --- the first challenge alone ---


def test_a_that_is_hashed_after_y_and_z_is_hashed_too_late():
    """All is hashed, A only before x. (S may come as late as that: y and z test nothing that is in S.)"""
    attack = AfterA([FALSE], [7], bits=BITS, on=context(b"A", until=b"x"))
    proof = attack.prove()
    verify_range(attack.commitments, proof, bits=BITS, on=context(b"A", until=b"x"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(attack.commitments, proof, bits=BITS, on=context())


def test_a_commitment_that_is_hashed_after_y_and_z_is_hashed_too_late():
    """All is hashed, V only before x."""
    attack = AfterV([0], [7], bits=BITS, on=context(b"commitment", until=b"x"))
    proof = attack.prove()
    verify_range(attack.commitments, proof, bits=BITS, on=context(b"commitment", until=b"x"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(attack.commitments, proof, bits=BITS, on=context())


# --- what is bound twice: no forgery without it, and why ---


def test_the_last_vectors_are_determined_by_what_was_said_before_them():
    """The last vectors are not hashed: the weights do not depend on them, and yet nothing false passes.

    (E2) fixes all eight scalars by the folded generators Gs and Hs, of which nobody knows a relation, so that under
    known weights there is nothing left to solve for. The obvious attempt, an <a, b> that closes the gap that a false
    value leaves in the coefficient of H, moves the coefficients of Gs. They are hashed all the same: a combiner whose
    weights can be foreseen lets one vector be wrong here and another there (test_batches_that_cancel.py).
    """
    cheat = Cheat([FALSE], [7], bits=BITS, on=context(b"vectors"))
    cheat.prove()
    weights = cheat.on.clone()
    w_1, w_2 = (1 + int.from_bytes(weights.ask(b"weight", 16), "big") for _ in range(2))
    last = cheat.sent[b"vectors"]
    a_0, b_0 = (int.from_bytes(last[at : at + 32], "big") for at in (0, 128))
    gap = w_1 * (dot(cheat.l, cheat.r) - cheat.owed_t()) * inverse(w_2 * cheat.q)  # t - <a, b> is to be -gap
    moved = scalars(a_0 + gap * inverse(b_0)) + last[32:]
    for vectors in (last, moved):
        cheat.sent[b"vectors"] = vectors
        for labels in ((b"vectors",), ()):
            with pytest.raises(VerifyError, match=r"range\.proof"):
                verify_range(cheat.commitments, cheat.proof(), bits=BITS, on=context(*labels))


@pytest.mark.parametrize(("bits", "count"), [(64, 1), (32, 2), (16, 4), (8, 8), (4, 16)])
def test_bits_and_count_follow_from_the_commitments_and_the_length(bits, count):
    """`bits` and `count` are not hashed: no forgery is left, since they are known before the first challenge anyway.

    The count is that of the commitments, each said under a label of its own; the proof's length fixes bits*count, and
    a prover who chose among nine widths after y and z would gain a factor of nine. They are said for the reader's
    sake: a claim is all that a statement depends on, whatever some later statement derives.
    """
    values, deaf = [2**bits] + [0] * (count - 1), (b"bits", b"count")  # one too large for this width
    cheat = Cheat(values, range(7, 7 + count), bits=bits, on=context(*deaf))
    proof = cheat.prove()
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(cheat.commitments, proof, bits=bits, on=context(*deaf))
    honest = Cheat([0] * count, range(7, 7 + count), bits=bits, on=context(*deaf))
    proof = honest.prove()
    verify_range(honest.commitments, proof, bits=bits, on=context(*deaf))
    for other in {64, 32, 16, 8, 4} - {bits}:  # the same 748 bytes, read as a proof of another shape
        commitments = (honest.commitments * 16)[: 64 // other]
        with pytest.raises(VerifyError, match=r"range\.proof"):
            verify_range(commitments, proof, bits=other, on=context(*deaf))


# --- the context ---


def test_a_context_that_is_not_hashed_lets_a_proof_be_copied():
    """The record is not hashed. Stopped by: the caller starts the transcript and says what the proof is for.

    The forger knows no opening at all: it copies the commitment and the proof of another member's record into its own.
    """
    mine = b"a record of mine"
    theirs = Cheat([70_000], [7], bits=BITS, on=context(b"record"))
    proof = theirs.prove()
    verify_range(theirs.commitments, proof, bits=BITS, on=context(b"record", record=mine))
    theirs = Cheat([70_000], [7], bits=BITS, on=context())
    proof = theirs.prove()
    verify_range(theirs.commitments, proof, bits=BITS, on=context())
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(theirs.commitments, proof, bits=BITS, on=context(record=mine))
