"""The one rule for signatures: suite ed25519 (spec/crypto.md#signatures)."""

import hashlib

from kit import vector

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key, sign

ORDER = 2**252 + 27742317777372353535851937790883648493
SEED = generate_seed(visible_coins("the signer of the vectors"))
KEY = public_key(SEED)
MESSAGE = b"a message"
SIGNATURE = sign(SEED, MESSAGE)
NEUTRAL = (1).to_bytes(32, "little")
NEUTRAL_AGAIN = (2**255 - 19 + 1).to_bytes(32, "little")
DIGEST = hashlib.sha512(SEED.reveal()).digest()
SCALAR = int.from_bytes(DIGEST[:32], "little") & (2**254 - 8) | 2**254


def case(expect="signature", key=KEY, message=MESSAGE, signature=SIGNATURE, **more):
    """Return a signature, and whose it is said to be."""
    return {"public": key, "message": message, "signature": signature, "expect": expect} | more


@vector("ed25519")
def good_signature():
    """Ed25519 has no coins: the seed and the message give the signature."""
    return case("ok", seed=SEED.reveal())


@vector("ed25519")
def signature_of_nothing():
    """The empty message."""
    return case("ok", message=b"", signature=sign(SEED, b""), seed=SEED.reveal())


@vector("ed25519")
def message_changed():
    """Another message."""
    return case(message=b"another message")


@vector("ed25519")
def scalar_not_reduced():
    """The group order is added to s: the same signature to the equation, and another to read."""
    s = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    return case(signature=SIGNATURE[:32] + s.to_bytes(32, "little"))


@vector("ed25519")
def key_of_small_order():
    """The neutral element as a key: to the equation, [s]B with s verifies any message."""
    return case(key=NEUTRAL, signature=KEY + (SCALAR % ORDER).to_bytes(32, "little"))


@vector("ed25519")
def key_not_reduced():
    """The same key in its second form, whose y is not reduced."""
    return case(key=NEUTRAL_AGAIN, signature=KEY + (SCALAR % ORDER).to_bytes(32, "little"))


@vector("ed25519")
def commitment_of_small_order():
    """R is the neutral element, and the equation holds: s = h * a."""
    h = int.from_bytes(hashlib.sha512(NEUTRAL + KEY + MESSAGE).digest(), "little")
    return case(signature=NEUTRAL + (h * SCALAR % ORDER).to_bytes(32, "little"))


@vector("ed25519")
def signature_too_short():
    """63 bytes."""
    return case(signature=SIGNATURE[:63])


@vector("ed25519")
def key_too_long():
    """33 bytes."""
    return case(key=KEY + b"\0")
