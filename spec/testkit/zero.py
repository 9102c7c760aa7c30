"""Suite `zero`: commitments that hold nothing, shown without opening them."""

from kit import vector
from proving import BASES, CONTEXT, ENGINE, PROTOCOL, asked, b32, point, transcript

from carnet.crypto.coins import hedged, visible_coins
from carnet.crypto.group import N
from carnet.secret import Secret
from carnet.zk.fields import random_scalars
from carnet.zk.sigma import prove_multiples
from carnet.zk.zero import ZeroClaim, prove_zero


def given(points, proof, expect, *, said=CONTEXT):
    claim = ZeroClaim(points=tuple(points))
    given = {"protocol": PROTOCOL, "said": said, "points": points, "proof": proof, "expect": expect}
    return given | asked(claim, proof, said=said, expect=expect)


def honest(sentence, count):
    blindings = random_scalars(visible_coins(sentence), count)
    points = [point(0, r) for r in blindings]
    proof = prove_zero(
        ZeroClaim(points=tuple(points)), blindings, on=transcript(), coins=visible_coins(sentence + ", proven")
    )
    return points, blindings, proof


def good(sentence, count):
    points, blindings, proof = honest(sentence, count)
    return given(points, proof, "ok") | {
        "coins_text": sentence + ", proven",
        "blindings": [r.to_bytes(32, "big") for r in blindings],
    }


def cheated(sentence, values):
    """Return points with *values* in them, and a proof by the honest rules all the same."""
    blindings = random_scalars(visible_coins(sentence), len(values))
    points = [point(v, r) for v, r in zip(values, blindings, strict=True)]
    on = ZeroClaim(points=tuple(points)).state(ENGINE).say(transcript())
    coins = hedged(visible_coins(sentence), witness=Secret(b""), context=b"")
    return points, prove_multiples(blindings, basis=BASES, on=on, coins=coins)


POINTS, BLINDINGS, PROOF = honest("an ordinary proof of nothing", 3)


def changed(at, bytes_):
    return PROOF[:at] + bytes_ + PROOF[at + len(bytes_) :]


@vector("zero")
def one_commitment():
    """A Schnorr proof."""
    return good("one commitment to nothing", 1)


@vector("zero")
def three_commitments():
    """Value, unit of account and window of a transfer that was never broadcast."""
    return good("three commitments to nothing", 3)


@vector("zero")
def sixteen_commitments():
    """As many as one proof speaks about."""
    return good("sixteen commitments to nothing", 16)


@vector("zero")
def the_same_commitment_twice():
    """Nothing forbids it: where a pack has no linked window, the window is the value."""
    (blinding,) = random_scalars(visible_coins("twice"), 1)
    points = [point(0, blinding)] * 2
    proof = prove_zero(
        ZeroClaim(points=tuple(points)), [blinding] * 2, on=transcript(), coins=visible_coins("proven twice")
    )
    return given(points, proof, "ok") | {"coins_text": "proven twice", "blindings": [b32(blinding)] * 2}


@vector("zero")
def one_holds_a_unit():
    """One of three commitments holds 1."""
    return given(*cheated("one unit", [0, 1, 0]), "zero.proof")


@vector("zero")
def values_cancel_out():
    """1 and -1 sum to nothing; the powers of the challenge keep them apart."""
    return given(*cheated("plus and minus", [1, -1]), "zero.proof")


@vector("zero")
def other_order():
    """The points have their places."""
    return given([POINTS[1], POINTS[0], POINTS[2]], PROOF, "zero.proof")


@vector("zero")
def one_point_less():
    """The number of points is bound."""
    return given(POINTS[:2], PROOF, "zero.proof")


@vector("zero")
def another_record():
    """A proof copied into another record."""
    return given(POINTS, PROOF, "zero.proof", said=[{"label": b"record", "message": bytes(16)}])


@vector("zero")
def other_commitment():
    """Another point for A."""
    return given(POINTS, changed(0, point(0, 5)), "zero.proof")


@vector("zero")
def other_response():
    """The last bit of z turned."""
    return given(POINTS, changed(64, bytes([PROOF[64] ^ 1])), "zero.proof")


@vector("zero")
def response_not_reduced():
    """A z of n or more."""
    return given(POINTS, changed(33, N.to_bytes(32, "big")), "proof.scalar")


@vector("zero")
def commitment_not_on_the_curve():
    """A with an x that no point has."""
    return given(POINTS, changed(0, b"\2" + (5).to_bytes(32, "big")), "point.encoding")


@vector("zero")
def point_is_the_identity():
    """A commitment cannot be the identity, though that is zero times G."""
    return given([*POINTS[:2], bytes(33)], PROOF, "point.encoding")


@vector("zero")
def cut_short():
    """The last byte is missing."""
    return given(POINTS, PROOF[:-1], "proof.length")


@vector("zero")
def one_byte_more():
    """A byte follows the proof."""
    return given(POINTS, PROOF + b"\0", "proof.length")
