"""Weak Fiat-Shamir, the range proof: for each thing that a verifier may forget to hash, the forgery that it accepts.

Each attack proves that a commitment to -850,000 (or, where V itself is forgotten, to what the attacker cannot
choose) holds a value of 16 bits. The weakened verifier is the library's, with a transcript that does not hear one
label; everything else is as it is. The design's answer is always the same rule: *everything public is said before the
first challenge, and all of a proof before anything else is asked* (spec/threshold-proofs.md#transcript).
"""

import pytest

from attacks.forger import AfterV, Cheat, N, dot, inverse, point, scalars
from attacks.range_forgeries import FORGERIES, AfterA
from attacks.transcripts import Deaf
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.bulletproof import verify_range

FALSE = -850_000
BITS = 16


def context(*deaf, until=None, record=b"a record"):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf, until=until).say(b"record", record)


def proven(attack):
    attack.prove()
    attack.settle()
    return attack.commitments, attack.proof()


def forged(label, values=(FALSE,)):
    attack = FORGERIES[label](values, [7 + at for at in range(len(values))], bits=BITS, on=context(label))
    return proven(attack)


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
    for value, accepted in ((FALSE, False), (7_000, True)):
        cheat = Cheat([value], [7], bits=BITS, on=context(*labels))
        _, proof = proven(cheat)
        if accepted:
            verify_range(cheat.commitments, proof, bits=BITS, on=context(*labels))
        else:
            with pytest.raises(VerifyError):
                verify_range(cheat.commitments, proof, bits=BITS, on=context(*labels))


# --- the commitment itself ---


@pytest.mark.parametrize("values", [[0], [FALSE, 0], [FALSE, 5, 2**16, 0]], ids=str)
def test_a_commitment_that_is_not_hashed_is_solved_for(values):
    last = [0] * (len(values) - 1) + [1]
    attack = AfterV(values, [7] * len(values), bits=BITS, on=context(b"commitment"), direction=last)
    _, proof = proven(attack)
    assert attack.values[:-1] == [value % N for value in values[:-1]]
    assert 2**200 < attack.values[-1] < N - 2**200
    assert attack.commitments[-1] == point(attack.values[-1], attack.blindings[-1])
    verify_range(attack.commitments, proof, bits=BITS, on=context(b"commitment"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(attack.commitments, proof, bits=BITS, on=context())


# --- the first challenge alone ---


def test_a_that_is_hashed_after_y_and_z_is_hashed_too_late():
    """All is hashed, A only before x. (S may come as late as that: y and z test nothing that is in S.)"""
    attack = AfterA([FALSE], [7], bits=BITS, on=context(b"A", until=b"x"))
    _, proof = proven(attack)
    verify_range(attack.commitments, proof, bits=BITS, on=context(b"A", until=b"x"))
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(attack.commitments, proof, bits=BITS, on=context())


def test_a_commitment_that_is_hashed_after_y_and_z_is_hashed_too_late():
    """All is hashed, V only before x."""
    attack = AfterV([0], [7], bits=BITS, on=context(b"commitment", until=b"x"), direction=[1])
    _, proof = proven(attack)
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
    _, proof = proven(cheat)
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(cheat.commitments, proof, bits=bits, on=context(*deaf))
    honest = Cheat([0] * count, range(7, 7 + count), bits=bits, on=context(*deaf))
    _, proof = proven(honest)
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
    theirs = Cheat([7_000], [7], bits=BITS, on=context(b"record"))
    _, proof = proven(theirs)
    verify_range(theirs.commitments, proof, bits=BITS, on=context(b"record", record=mine))
    theirs = Cheat([7_000], [7], bits=BITS, on=context())
    _, proof = proven(theirs)
    verify_range(theirs.commitments, proof, bits=BITS, on=context())
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(theirs.commitments, proof, bits=BITS, on=context(record=mine))
