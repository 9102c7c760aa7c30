"""Suite `batch`: proofs judged together (spec/threshold-proofs.md#batches)."""

from kit import vector
from proving import (
    CONTEXT,
    ELSEWHERE,
    ENGINE,
    PROTOCOL,
    b32,
    openings,
    point,
    points,
    proven,
    transcript,
)

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N
from carnet.zk.fields import encode_scalars, random_scalars
from carnet.zk.linear import EqualityClaim, SumClaim, prove_equality, prove_sum
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.zero import ZeroClaim, prove_zero

T = 100_000


def one_proof(suite, given, proof, said=CONTEXT):
    return {"suite_text": suite, "protocol": PROTOCOL, "said": said, **given, "proof": proof}


def together(*proofs, bad=(), expect="ok"):
    return {"proofs": list(proofs), "bad": list(bad), "expect": expect}


def nothing_in(sentence, *, count=1, said=CONTEXT):
    """Return a proof of ZERO."""
    known = openings(sentence, [0] * count)
    terms = proven(sentence) | {"on": transcript(said=said)}
    proof = prove_zero(ZeroClaim(points=tuple(points(known))), [each.blinding for each in known], **terms)
    return one_proof("zero", {"points": points(known)}, proof, said)


def with_an_error(sentence, value, error):
    """Return a proof of ZERO for a *value*, with error(c)*H in its equation; and that error."""
    (known,) = openings(sentence, [value])
    claim, (nonce,) = ZeroClaim(points=tuple(points([known]))), random_scalars(visible_coins(sentence + ", proven"), 1)
    commitment = point(error, nonce)
    c = claim.state(ENGINE).say(transcript()).say(b"A", commitment).challenge(b"c")
    proof = commitment + encode_scalars([nonce + c * known.blinding])
    return one_proof("zero", {"points": points([known])}, proof), (error + c * value) % N


def total_of(sentence, value):
    """Return a proof of SUM."""
    (known,) = openings(sentence, [value])
    (whole,) = points([known])
    proof = prove_sum(SumClaim(total=value, sum=whole), known.blinding, **proven(sentence))
    return one_proof("sum", {"total": value.to_bytes(16, "big"), "sum": whole}, proof)


def equal(sentence, value):
    """Return a proof of EQUALITY."""
    ours, theirs = openings(sentence, [value, value])
    one, other = points([ours, theirs])
    proof = prove_equality(EqualityClaim(one=one, other=other), one=ours, other=theirs, **proven(sentence))
    return one_proof("equality", {"one": one, "other": other}, proof)


def tier_of(sentence, value, *, full):
    """Return a proof of TIER, where the window sum is the value."""
    v, b = openings(sentence, [value, int(full)])
    amount, flag = points([v, b])
    blindings = {"value_blinding": v.blinding, "window_blinding": v.blinding, "flag_blinding": b.blinding}
    claim = TierClaim(limit=T, value=amount, window=amount, flag=flag)
    proof = prove_tier(claim, TierWitness(value=value, window=value, full=full, **blindings), **proven(sentence))
    return one_proof("tier", {"limit": T, "value": amount, "window": amount, "flag": flag}, proof)


def nudged(proof):
    """Return a *proof* of ZERO with the last bit of its response turned."""
    data = proof["proof"]
    return proof | {"proof": data[:33] + b32(int.from_bytes(data[33:], "big") ^ 1)}


@vector("batch")
def of_no_proofs():
    """An empty batch has no bad proof."""
    return together()


@vector("batch")
def of_one_proof():
    """A proof is judged the same alone."""
    return together(nothing_in("alone in a batch"))


@vector("batch")
def of_several_statements():
    """Proofs of four statements, one of them in another context."""
    return together(
        tier_of("a batch, below", 70_000, full=False),
        nothing_in("a batch, nothing", count=3, said=ELSEWHERE),
        total_of("a batch, a total", 320_000),
        equal("a batch, two ends", 70_000),
        tier_of("a batch, above", 250_000, full=True),
    )


@vector("batch")
def the_same_proof_twice():
    """Nothing forbids it."""
    return together(*[nothing_in("twice in a batch")] * 2)


@vector("batch")
def one_bad_among_good():
    """The last bit of a response turned: its neighbours are good."""
    good = [nothing_in(f"a good neighbour, {number}") for number in range(4)]
    return together(good[0], good[1], nudged(good[2]), good[3], bad=[2], expect="zero.proof")


@vector("batch")
def the_same_bad_proof_twice():
    """Both are named."""
    bad = nudged(nothing_in("bad and twice in a batch"))
    return together(bad, total_of("between two bad ones", 5), bad, bad=[0, 2], expect="zero.proof")


@vector("batch")
def two_that_cancel_out():
    """A commitment to 1 shown to hold nothing, and a proof of nothing whose A has the opposite error."""
    false, error = with_an_error("a unit in a batch", 1, 0)
    other, opposite = with_an_error("the opposite of a unit", 0, -error)
    assert (error + opposite) % N == 0
    return together(false, other, bad=[0, 1], expect="zero.proof")


@vector("batch")
def two_with_the_same_error():
    """The same with the same sign, which cancels out where one is subtracted."""
    false, error = with_an_error("a unit in a batch", 1, 0)
    other, same = with_an_error("the same as a unit", 0, error)
    assert error == same
    return together(false, other, bad=[0, 1], expect="zero.proof")


@vector("batch")
def three_that_cancel_out():
    """The errors of three proofs, of which no two cancel out."""
    one, first = with_an_error("a unit among three", 1, 0)
    two, second = with_an_error("two units among three", 2, 0)
    three, third = with_an_error("the opposite of both", 0, -first - second)
    assert (first + second + third) % N == 0
    good = total_of("good beside three", 5)
    return together(one, good, two, three, bad=[0, 2, 3], expect="zero.proof")


@vector("batch")
def one_that_cannot_be_read():
    """A proof cut short is bad by itself, and its neighbours are judged without it."""
    good = [nothing_in(f"beside one cut short, {number}") for number in range(2)]
    cut = good[1] | {"proof": good[1]["proof"][:-1]}
    return together(good[0], cut, total_of("after one cut short", 5), bad=[1], expect="proof.length")


@vector("batch")
def one_copied_into_another_context():
    """One proof in two contexts, in the first of which it was made."""
    good = nothing_in("copied in a batch")
    return together(good, good | {"said": ELSEWHERE}, bad=[1], expect="zero.proof")
