"""The suite's published vector, and those of RFC 9180 through the same library as far as it knows their suites."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke as primitives
from cryptography.hazmat.primitives.asymmetric import x25519

from carnet.crypto import hpke
from carnet.params import ENC_SIZE, SEALING_PUBLIC_SIZE
from carnet.secret import Secret

DATA = Path(__file__).parents[1] / "data" / "vectors"
(OURS,) = json.loads((DATA / "hpke-pq-647a.json").read_text(encoding="utf-8"))
RFC9180 = json.loads((DATA / "hpke-rfc9180-x25519-base.json").read_text(encoding="utf-8"))["vectors"]

# The published vectors use associated data, which our suite does not: the library has a private door for them.
_decrypt_with_aad = openssl.hpke._decrypt_with_aad


def first(vector):
    found = vector["encryptions"][0]
    enc, ciphertext, aad = (bytes.fromhex(value) for value in (vector["enc"], found["ct"], found["aad"]))
    return enc + ciphertext, bytes.fromhex(vector["info"]), aad, bytes.fromhex(found["pt"])


def test_the_vector_is_of_our_suite():
    assert (OURS["mode"], OURS["kem_id"], OURS["kdf_id"], OURS["aead_id"]) == (0, 0x647A, 1, 3)
    assert len(bytes.fromhex(OURS["pkRm"])) == SEALING_PUBLIC_SIZE
    assert len(bytes.fromhex(OURS["enc"])) == ENC_SIZE


def test_a_private_key_expands_to_the_published_public_key():
    assert hpke.PrivateKey(Secret(bytes.fromhex(OURS["skRm"]))).public.hex() == OURS["pkRm"]


def test_the_published_ciphertext_opens_with_our_key():
    key = hpke.PrivateKey(Secret(bytes.fromhex(OURS["skRm"])))
    sealed, info, aad, plaintext = first(OURS)
    assert _decrypt_with_aad(hpke._SUITE, sealed, key._key, info, aad) == plaintext
    for other in (sealed[:-1] + b"\0", b"\0" + sealed[1:]):
        with pytest.raises(InvalidTag):
            _decrypt_with_aad(hpke._SUITE, other, key._key, info, aad)
    with pytest.raises(InvalidTag):
        _decrypt_with_aad(hpke._SUITE, sealed, key._key, info + b"\0", aad)


KDF = {1: primitives.KDF.HKDF_SHA256, 3: primitives.KDF.HKDF_SHA512}
AEAD = {1: primitives.AEAD.AES_128_GCM, 2: primitives.AEAD.AES_256_GCM, 3: primitives.AEAD.CHACHA20_POLY1305}


@pytest.mark.parametrize("vector", RFC9180, ids=lambda v: f"{v['kdf_id']}-{v['aead_id']}")
def test_rfc_9180_base_mode(vector):
    suite = primitives.Suite(primitives.KEM.X25519, KDF[vector["kdf_id"]], AEAD[vector["aead_id"]])
    key = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
    sealed, info, aad, plaintext = first(vector)
    assert _decrypt_with_aad(suite, sealed, key, info, aad) == plaintext
