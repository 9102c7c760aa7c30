"""Secrets at rest: boxes under a key, and files under a passphrase (spec/crypto.md#at-rest).

A box is XChaCha20-Poly1305 with a random nonce; what it is bound to goes into *context*. A locked file derives its
key by Argon2id (RFC 9106) and carries its own cost, so that cost can rise without a new format.
"""

from typing import Annotated, Final, NamedTuple

from nacl import bindings, pwhash
from nacl.exceptions import CryptoError

from carnet.crypto.coins import Coins
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.schema import U32, U64, Blob, Fixed, Message, message
from carnet.secret import Secret

KEY_SIZE: Final = 32
_NONCE_SIZE: Final = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_TAG_SIZE: Final = bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
_SALT_SIZE: Final = pwhash.argon2id.SALTBYTES


class Cost(NamedTuple):
    """What one guess at a passphrase costs: passes over memory, and bytes of memory."""

    passes: int
    memory: int


INTERACTIVE: Final = Cost(pwhash.argon2id.OPSLIMIT_INTERACTIVE, pwhash.argon2id.MEMLIMIT_INTERACTIVE)
MODERATE: Final = Cost(pwhash.argon2id.OPSLIMIT_MODERATE, pwhash.argon2id.MEMLIMIT_MODERATE)
_MAX_PASSES: Final = 16  # a hostile file must not cost more than a minute
_MAX_MEMORY: Final = 1 << 30


@message("locked-file")
class LockedFile(Message):
    """A secret under a passphrase: Argon2id's salt and cost, then a box whose context is the purpose."""

    purpose: Annotated[bytes, Blob(64)]
    salt: Annotated[bytes, Fixed(_SALT_SIZE)]
    passes: U32
    memory: U64
    box: Annotated[bytes, Blob(60000)]


def seal_box(key: Secret[bytes], plaintext: bytes, *, context: bytes, coins: Coins) -> bytes:
    """Return *plaintext* sealed under *key* and bound to *context*: nonce || ciphertext || tag."""
    nonce = coins(_NONCE_SIZE)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, context, nonce, _usable(key))


def open_box(key: Secret[bytes], box: bytes, *, context: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        VerifyError: Another key, another *context*, or a changed box.
    """
    usable, nonce, ciphertext = _usable(key), box[:_NONCE_SIZE], box[_NONCE_SIZE:]
    if len(ciphertext) < _TAG_SIZE:
        raise VerifyError("box.open", f"{len(box)} bytes")
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, context, nonce, usable)
    except CryptoError as error:
        raise VerifyError("box.open") from error


def _usable(key: Secret[bytes]) -> bytes:
    if len(revealed := key.reveal()) != KEY_SIZE:
        raise UsageError(f"a box's key has {KEY_SIZE} bytes")
    return revealed


class Lock:
    """A passphrase already turned into a key, so that a rewrite of the file need not ask again."""

    __slots__ = ("_cost", "_key", "_salt")

    def __init__(self, passphrase: Secret[bytes], *, salt: bytes, cost: Cost) -> None:
        if not passphrase.reveal():
            raise UsageError("an empty passphrase protects nothing")
        self._salt, self._cost = salt, cost
        self._key = Secret(
            pwhash.argon2id.kdf(KEY_SIZE, passphrase.reveal(), salt, opslimit=cost.passes, memlimit=cost.memory)
        )

    @classmethod
    def new(cls, passphrase: Secret[bytes], *, coins: Coins, cost: Cost = MODERATE) -> "Lock":
        """Return a lock with a fresh salt."""
        return cls(passphrase, salt=coins(_SALT_SIZE), cost=cost)

    def close(self, plaintext: bytes, *, purpose: bytes, coins: Coins) -> bytes:
        """Return *plaintext* as a locked file for *purpose*."""
        return LockedFile(
            purpose=purpose,
            salt=self._salt,
            passes=self._cost.passes,
            memory=self._cost.memory,
            box=seal_box(self._key, plaintext, context=purpose, coins=coins),
        ).encode()

    def open(self, locked: LockedFile) -> Secret[bytes]:
        """Return the content of *locked*, a file that this lock closed."""
        return Secret(open_box(self._key, locked.box, context=locked.purpose))


def unlock(data: bytes, *, passphrase: Secret[bytes], purpose: bytes) -> tuple[Secret[bytes], Lock]:
    """Return the content of locked file *data*, and the lock to close it with again.

    Raises:
        DecodeError: Not a locked file, or not one for *purpose*, or of an absurd cost.
        VerifyError: ``box.open``: the passphrase is wrong, or the file was changed.
    """
    locked = LockedFile.decode(data)
    if locked.purpose != purpose:
        raise DecodeError("keyfile.purpose")
    minimum = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
    if not (minimum.passes <= locked.passes <= _MAX_PASSES and minimum.memory <= locked.memory <= _MAX_MEMORY):
        raise DecodeError("keyfile.cost")
    lock = Lock(passphrase, salt=locked.salt, cost=Cost(locked.passes, locked.memory))
    return lock.open(locked), lock
