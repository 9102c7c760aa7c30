"""An independent COSE library verifies what we sign, and refuses what was changed."""

import warnings

import cbor2
import pytest

from carnet.crypto import cose
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import visible_coins
from carnet.messages import NamedKey

with warnings.catch_warnings():  # its dependencies are older than our interpreter
    warnings.simplefilter("ignore", DeprecationWarning)
    from pycose.algorithms import EdDSA
    from pycose.headers import KID, Algorithm
    from pycose.keys import OKPKey
    from pycose.keys.curves import Ed25519
    from pycose.messages import Sign1Message

SEED = ed25519.generate_seed(visible_coins("a signer known to two libraries"))
PUBLIC = ed25519.public_key(SEED)
CLAIM = NamedKey(name="name", key=bytes(32))
SIGNED = cose.sign(CLAIM, seed=SEED)


def read(data):
    message = Sign1Message.from_cose_obj(cbor2.loads(data), True)
    message.key = OKPKey(crv=Ed25519, x=PUBLIC)
    return message


def test_it_verifies_our_signature_and_reads_our_headers():
    message = read(SIGNED)
    assert message.verify_signature()
    assert message.payload == CLAIM.encode()
    assert message.get_attr(Algorithm) is EdDSA
    assert message.get_attr(KID) == cose.kid(PUBLIC)


def test_it_refuses_a_changed_payload_header_or_signature():
    protected, unprotected, payload, signature = cbor2.loads(SIGNED)
    changed = [
        (protected, payload[:-1] + b"\1", signature),
        (protected.replace(b"named-key", b"mamed-key"), payload, signature),
        (protected, payload, signature[:-1] + bytes([signature[-1] ^ 1])),
    ]
    for one, two, three in changed:
        assert not read(cbor2.dumps([one, unprotected, two, three])).verify_signature()


def test_we_verify_what_it_signs():
    message = Sign1Message(
        phdr={Algorithm: EdDSA, KID: cose.kid(PUBLIC), 16: cose.typ(NamedKey)}, payload=CLAIM.encode()
    )
    message.key = OKPKey(crv=Ed25519, x=PUBLIC, d=SEED.reveal())
    assert message.encode(tag=False) == SIGNED
    assert cose.open_signed(NamedKey, message.encode(tag=False), resolve=cose.only(PUBLIC)) == CLAIM


@pytest.mark.parametrize("at", range(0, len(SIGNED), 7))
def test_both_refuse_a_changed_byte(at):
    changed = bytearray(SIGNED)
    changed[at] ^= 1
    with pytest.raises(Exception):  # noqa: B017 - it has no one error for what it cannot read
        assert read(bytes(changed)).verify_signature()
