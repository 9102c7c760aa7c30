"""Hybrid public-key encryption to one recipient (RFC 9180 base mode; spec/crypto.md#sealing).

The suite is MLKEM768-X25519 (KEM 0x647a), HKDF-SHA256, ChaCha20-Poly1305, without associated data: what a ciphertext
is bound to goes into *info*. A private key is its 32-byte seed.
"""

import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from carnet.crypto.coins import Coins
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.params import ENC_SIZE, SEALING_PUBLIC_SIZE
from carnet.secret import Secret

_MLKEM_PUBLIC_SIZE = 1184
_SEED_SIZE = 32

_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def generate(coins: Coins) -> Secret[bytes]:
    """Return the seed of a new private key."""
    return Secret(coins(_SEED_SIZE))


class PrivateKey:
    """A private key, expanded from its *seed* once."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: Secret[bytes]) -> None:
        if len(seed.reveal()) != _SEED_SIZE:
            raise UsageError("a sealing key's seed has 32 bytes")
        material = hashlib.shake_256(seed.reveal()).digest(96)  # the KEM's own key expansion
        mlkem_key = mlkem.MLKEM768PrivateKey.from_seed_bytes(material[:64])
        x25519_key = x25519.X25519PrivateKey.from_private_bytes(material[64:])
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem_key, x25519_key)
        self.public: bytes = mlkem_key.public_key().public_bytes_raw() + x25519_key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "PrivateKey(...)"

    def open(self, *, enc: bytes, ciphertext: bytes, info: bytes) -> bytes:
        """Return what was sealed to this key.

        Raises:
            VerifyError: Sealed to another key, under other *info*, or changed on the way; nobody can tell which.
        """
        if len(enc) != ENC_SIZE:
            raise DecodeError("hpke.enc", f"{len(enc)} bytes")
        try:
            return _SUITE.decrypt(enc + ciphertext, self._key, info)
        except (InvalidTag, ValueError) as error:
            raise VerifyError("hpke.open") from error


def seal(*, public: bytes, plaintext: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return (enc, ciphertext) that only the holder of *public*'s private key can open.

    Raises:
        DecodeError: *public* is not a public key of the suite.
    """
    try:
        sealed = _SUITE.encrypt(plaintext, _public_key(public), info)
    except ValueError as error:  # the X25519 part is of small order
        raise DecodeError("hpke.public") from error
    return sealed[:ENC_SIZE], sealed[ENC_SIZE:]


@lru_cache(maxsize=1024)
def _public_key(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(public) != SEALING_PUBLIC_SIZE:
        raise DecodeError("hpke.public", f"{len(public)} bytes")
    try:
        mlkem_key = mlkem.MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_SIZE])
        x25519_key = x25519.X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_SIZE:])
    except ValueError as error:
        raise DecodeError("hpke.public") from error
    return hpke.MLKEM768X25519PublicKey(mlkem_key, x25519_key)
