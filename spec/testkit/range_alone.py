"""Suite `range`: the range proof by itself, right after the context, without a statement."""

import proving
from kit import vector
from proving import ENGINE, PROTOCOL, challenges, point

from carnet.crypto.coins import visible_coins
from carnet.zk.bulletproof import prove_range, range_proof_length, read_range
from carnet.zk.commitment import Commitment
from carnet.zk.fields import Fields, encode_scalars, random_scalars
from carnet.zk.statement import Ranges

CONTEXT = [
    {"label": b"currency", "message": b"EUR"},
    {"label": b"pack", "message": bytes(range(32))},
    {"label": b"record", "message": bytes(range(32, 48))},
]


def transcript():
    return proving.transcript(said=CONTEXT)


def ranges(sentence, bits, values, expect="ok", *, claimed=None, change=lambda proof: proof):
    blindings = random_scalars(visible_coins(sentence), len(values))
    commitments = [point(v, r) for v, r in zip(values, blindings, strict=True)]
    proof = prove_range(
        commitments,
        values=claimed or values,
        blindings=blindings,
        bits=bits,
        on=transcript(),
        coins=visible_coins(sentence + ", proven"),
    )
    return range_given(bits, commitments, change(proof), expect)


def range_given(bits, commitments, made, expect):
    def read(on):
        fields = Fields(made, length=range_proof_length(bits=bits, count=len(commitments)), engine=ENGINE)
        decoded = [Commitment.decode(each, engine=ENGINE) for each in commitments]
        return [read_range(fields, decoded, bits=bits, on=on)]

    return {
        "protocol": PROTOCOL,
        "said": CONTEXT,
        "bits": bits,
        "commitments": commitments,
        "proof": made,
        "expect": expect,
    } | challenges(read, transcript(), weighed=expect == "ok")


@vector("range")
def one_value():
    """A single value of 64 bits: 748 bytes."""
    return ranges("one value", 64, [12_345])


@vector("range")
def both_ends():
    """The smallest and the largest value in one proof."""
    return ranges("both ends", 64, [0, 2**64 - 1])


@vector("range")
def four_values_of_thirty_two_bits():
    """Another width and another count."""
    return ranges("four values", 32, [0, 1, 2**31, 2**32 - 1])


@vector("range")
def shortest():
    """Vectors of length 4 are sent without any round."""
    return ranges("the shortest", 4, [11])


@vector("range")
def one_too_large():
    """2^32 has 33 bits."""
    return ranges("one too large", 32, [2**32, 0], "range.proof", claimed=[0, 0])


@vector("range")
def minus_one():
    """A negative value is n - 1, and its low bits are not it."""
    return ranges("minus one", 64, [-1], "range.proof", claimed=[2**64 - 1])


@vector("range")
def length_of_another_range():
    """A proof cut to the length of a smaller one."""
    return ranges("cut to size", 64, [7], "proof.length", change=lambda proof: proof[:-66])


def shortest_off(*, tau, mu):
    """Return the vector `shortest` with numbers added to tau and mu; without rounds nothing hangs on q."""

    def change(proof):
        scalars = [int.from_bytes(proof[at:][:32], "big") for at in (132, 164)]
        return proving.changed(proof, 132, encode_scalars([scalars[0] + tau, scalars[1] + mu]))

    return ranges("the shortest", 4, [11], "range.proof", change=change)


@vector("range")
def errors_that_cancel_out():
    """One more in tau and in mu: the errors G of (E1) and -G of (E2) have the sum 0."""
    return shortest_off(tau=1, mu=1)


@vector("range")
def errors_with_the_same_sign():
    """One more in tau, one less in mu: the errors cancel out where one equation is subtracted."""
    return shortest_off(tau=1, mu=-1)


def range_made_up(sentence, bits, values):
    known = proving.openings(sentence, values)
    commitments = proving.points(known)
    decoded = [Commitment.decode(each, engine=ENGINE) for each in commitments]
    proof = proving.solved(Ranges(bits, decoded), known, on=transcript(), coins=visible_coins(sentence + ", proven"))
    return range_given(bits, commitments, proof, "range.proof")


@vector("range")
def vectors_made_up():
    """(E1) is solved for t and tau, whatever the value is, here -5: (E2) alone fails."""
    return range_made_up("a range made up", 4, [-5])


@vector("range")
def vectors_of_two_made_up():
    """The same of values -1 and 2^64, through all rounds."""
    return range_made_up("a range of two made up", 64, [-1, 2**64])
