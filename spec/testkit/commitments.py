"""Suites `generators`, `transcript` and `commitments` (spec/threshold-proofs.md)."""

from kit import vector

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N, P, group
from carnet.crypto.group.generators import bases, value_generator, vector_generator
from carnet.crypto.transcript import Transcript
from carnet.zk.pedersen import commit, scalar, shift

WIDE = visible_coins("a commitment's blinding")(64)
BLINDING = scalar(WIDE)
COMMITMENT = commit(value=100_000, blinding=BLINDING)
IDENTITY = bytes(33)


def b32(number):
    return number.to_bytes(32, "big")


@vector("generators")
def value():
    """The value generator is the one of Confidential Transactions: x is SHA-256 of the uncompressed G, y even."""
    return {"family_text": "value", "index": 0, "point": value_generator(), "expect": "ok"}


@vector("generators")
def first_left():
    """The first vector generator of the family G."""
    return {"family_text": "G", "index": 0, "point": vector_generator(b"G", 0), "expect": "ok"}


@vector("generators")
def first_right():
    """The first vector generator of the family H."""
    return {"family_text": "H", "index": 0, "point": vector_generator(b"H", 0), "expect": "ok"}


@vector("generators")
def last_left():
    """The last generator of the family G that a tier proof uses."""
    return {"family_text": "G", "index": 127, "point": vector_generator(b"G", 127), "expect": "ok"}


@vector("generators")
def last_right():
    """The last generator of the family H that a tier proof uses."""
    return {"family_text": "H", "index": 127, "point": vector_generator(b"H", 127), "expect": "ok"}


@vector("generators")
def index_over_one_byte():
    """The index takes four bytes, big-endian."""
    return {"family_text": "G", "index": 256, "point": vector_generator(b"G", 256), "expect": "ok"}


def conversation(protocol, said, *, length=64):
    on = Transcript(protocol)
    for each in said:
        on.say(each["label"], each["message"])
    first = on.ask(b"first", length)
    return {
        "protocol": protocol,
        "said": said,
        "ask": b"first",
        "length": length,
        "answer": first,
        "challenge_label": b"c",
        "challenge": b32(on.challenge(b"c")),
        "expect": "ok",
    }


@vector("transcript")
def nothing_said():
    """A transcript answers even if nothing was said but the protocol's label."""
    return conversation(b"carnet/example/v1", [])


@vector("transcript")
def two_statements():
    """Two statements, an answer of one block, then a challenge scalar."""
    said = [{"label": b"limit", "message": b"1000"}, {"label": b"who", "message": b"a record"}]
    return conversation(b"carnet/example/v1", said)


@vector("transcript")
def label_and_message_are_framed():
    """The same bytes as in two_statements, cut elsewhere, give other answers."""
    said = [{"label": b"limit1", "message": b"000"}, {"label": b"who", "message": b"a record"}]
    return conversation(b"carnet/example/v1", said)


@vector("transcript")
def an_empty_message():
    """An empty label and an empty message are statements too."""
    return conversation(b"carnet/example/v1", [{"label": b"", "message": b""}])


@vector("transcript")
def a_long_answer():
    """An answer over one block of SHA-512 is drawn block by block and cut at its length."""
    return conversation(b"carnet/example/v1", [{"label": b"limit", "message": b"1000"}], length=150)


def opening(commitment, number, blinding, expect):
    return {"commitment": commitment, "value": number, "blinding": blinding, "expect": expect}


@vector("commitments")
def ordinary():
    """A value under a blinding; the blinding is 64 bytes reduced."""
    return opening(COMMITMENT, 100_000, b32(BLINDING), "ok") | {"wide": WIDE}


@vector("commitments")
def zero():
    """A commitment to nothing is a multiple of G alone."""
    return opening(commit(value=0, blinding=BLINDING), 0, b32(BLINDING), "ok")


@vector("commitments")
def largest():
    """The largest value that a range proof covers."""
    return opening(commit(value=2**64 - 1, blinding=BLINDING), 2**64 - 1, b32(BLINDING), "ok")


@vector("commitments")
def blinding_of_one():
    """The smallest blinding: H times the value, plus G."""
    return opening(commit(value=1, blinding=1), 1, b32(1), "ok")


@vector("commitments")
def largest_blinding():
    """The largest blinding, n - 1."""
    return opening(commit(value=1, blinding=N - 1), 1, b32(N - 1), "ok")


@vector("commitments")
def shifted():
    """The same value in another record: a multiple of G is added, and to the blinding its factor."""
    by = scalar(visible_coins("a record's shift")(64))
    return opening(shift(COMMITMENT, by=by), 100_000, b32((BLINDING + by) % N), "ok") | {
        "shifted_from": COMMITMENT,
        "by": b32(by),
    }


@vector("commitments")
def other_value():
    """One unit more."""
    return opening(COMMITMENT, 100_001, b32(BLINDING), "commitment.opening")


@vector("commitments")
def other_blinding():
    """The right value under another blinding."""
    return opening(COMMITMENT, 100_000, b32(BLINDING + 1), "commitment.opening")


@vector("commitments")
def blinding_not_reduced():
    """A blinding has one form: n + 1 is not 1."""
    return opening(commit(value=1, blinding=1), 1, b32(N + 1), "commitment.opening")


@vector("commitments")
def no_blinding():
    """A blinding of zero would show the value to everybody who guesses it."""
    engine = group()
    return opening(engine.encode(bases(engine).value), 1, b32(0), "commitment.opening")


@vector("commitments")
def other_sign():
    """The opposite point, one bit away."""
    flipped = bytes([COMMITMENT[0] ^ 1]) + COMMITMENT[1:]
    return opening(flipped, 100_000, b32(BLINDING), "commitment.opening")


@vector("commitments")
def identity():
    """The identity has no encoding; zeros are not one."""
    return opening(IDENTITY, 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def infinity_of_sec1():
    """SEC1's single zero byte for the identity is refused."""
    return opening(b"\0", 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def not_on_the_curve():
    """No point has this x: 5^3 + 7 is not a square."""
    return opening(b"\2" + b32(5), 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def x_not_reduced():
    """A coordinate has one form: p + 1 is not 1, though a point with x = 1 exists."""
    return opening(b"\2" + b32(P + 1), 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def uncompressed():
    """A right point in its long form."""
    engine = group("reference")
    x, y, _ = engine.decode(COMMITMENT)
    return opening(b"\4" + b32(x) + b32(y), 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def hybrid_prefix():
    """A prefix of SEC1's hybrid form on 33 bytes."""
    return opening(bytes([COMMITMENT[0] + 4]) + COMMITMENT[1:], 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def prefix_of_elements():
    """A prefix as Elements writes commitments (08 or 09) is another format."""
    return opening(b"\x08" + COMMITMENT[1:], 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def cut_short():
    """One byte is missing."""
    return opening(COMMITMENT[:-1], 100_000, b32(BLINDING), "point.encoding")


@vector("commitments")
def one_byte_more():
    """One byte too many."""
    return opening(COMMITMENT + b"\0", 100_000, b32(BLINDING), "point.encoding")
