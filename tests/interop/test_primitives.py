"""Wycheproof and other published vectors, through the very functions that the library calls."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from carnet.crypto import hpke
from carnet.crypto.kdf import expand, extract
from carnet.crypto.lockbox import open_box, seal_box
from carnet.crypto.padding import padded_size, padme
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.secret import Secret

DATA = Path(__file__).parents[1] / "data" / "vectors"


def cases(name):
    whole = json.loads((DATA / name).read_text(encoding="utf-8"))
    found = [(group, test) for group in whole["testGroups"] for test in group["tests"]]
    assert len(found) == whole["numberOfTests"]
    return found


def test_wycheproof_hkdf_sha256():
    for _, case in cases("hkdf_sha256_test.json"):
        ikm, salt, info = (bytes.fromhex(case[key]) for key in ("ikm", "salt", "info"))
        key = extract(salt=salt, material=ikm)
        if case["result"] == "valid":
            assert expand(key, info, case["size"]).hex() == case["okm"], case["tcId"]
        else:
            assert case["flags"] == ["SizeTooLarge"]
            with pytest.raises(UsageError):
                expand(key, info, case["size"])


def test_wycheproof_xchacha20_poly1305():
    opened = 0
    for group, case in cases("xchacha20_poly1305_test.json"):
        key, nonce, aad, message, ciphertext, tag = (
            bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        box = nonce + ciphertext + tag
        if group["ivSize"] == 192 and case["result"] == "valid":
            assert open_box(Secret(key), box, context=aad) == message, case["tcId"]
            assert seal_box(Secret(key), message, context=aad, coins=lambda _count, nonce=nonce: nonce) == box
            opened += 1
        else:
            with pytest.raises(VerifyError):
                open_box(Secret(key), box, context=aad)
    assert opened > 200


def test_wycheproof_x25519():
    """The curve that the sealing uses: every shared secret is right, and the all-zero one is refused."""
    zero = 0
    for _, case in cases("x25519_test.json"):
        private = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(case["private"]))
        public = x25519.X25519PublicKey.from_public_bytes(bytes.fromhex(case["public"]))
        if "ZeroSharedSecret" in case["flags"]:
            zero += 1
            with pytest.raises(ValueError, match="Error computing shared key"):
                private.exchange(public)
        else:
            assert private.exchange(public).hex() == case["shared"], case["tcId"]
    assert zero > 5


def small_order_points():
    for _, case in cases("x25519_test.json"):
        if "ZeroSharedSecret" in case["flags"]:
            yield bytes.fromhex(case["public"])


@pytest.mark.parametrize("point", sorted(set(small_order_points())), ids=lambda point: point.hex()[:12])
def test_nothing_is_sealed_to_a_key_whose_x25519_part_gives_zero(point):
    mlkem_public = mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes(64)).public_key().public_bytes_raw()
    with pytest.raises(DecodeError, match=r"^hpke\.public$"):
        hpke.seal(public=mlkem_public + point, plaintext=b"", info=b"")


def test_the_key_expansion_is_shake256():
    seed = bytes(range(32))
    material = hashlib.shake_256(seed).digest(96)
    expected = mlkem.MLKEM768PrivateKey.from_seed_bytes(material[:64]).public_key().public_bytes_raw()
    expected += x25519.X25519PrivateKey.from_private_bytes(material[64:]).public_key().public_bytes_raw()
    assert hpke.PrivateKey(Secret(seed)).public == expected


def test_padme():
    vectors = json.loads((DATA / "padme.json").read_text(encoding="utf-8"))["vectors"]
    assert len(vectors) > 30
    for vector in vectors:
        assert padme(vector["len"]) == vector["padme"]
        assert padded_size(vector["len"], floor=4096) == vector["tr_pad"]
