"""The key of one who signs for a network: its authority, or an issuer of quotes or packs (spec/crypto.md#keys)."""

from typing import Annotated, Final

from carnet.crypto import sign as ed25519
from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import Lock, unlock
from carnet.errors import DecodeError
from carnet.schema import Fixed, Message, VaspId, message
from carnet.secret import Secret

AUTHORITY: Final = b"carnet/authority/v1"
ISSUER: Final = b"carnet/issuer/v1"


@message("signing-key", private=True)
class SigningKey(Message):
    """An Ed25519 key, and the name that its holder signs under."""

    name: VaspId
    seed: Annotated[bytes, Fixed(32)]

    @property
    def secret(self) -> Secret[bytes]:
        """The seed of the key."""
        return Secret(self.seed)

    @property
    def public(self) -> bytes:
        """The public key."""
        return ed25519.public_key(self.secret)


def lock_signing_key(key: SigningKey, *, purpose: bytes, lock: Lock, coins: Coins) -> bytes:
    """Return *key* as a locked file for *purpose*, AUTHORITY or ISSUER."""
    return lock.close(key.encode(), purpose=purpose, coins=coins)


def unlock_signing_key(data: bytes, *, purpose: bytes, passphrase: Secret[bytes]) -> SigningKey:
    """Return the key in locked file *data*, if it was made for *purpose*.

    Raises:
        DecodeError: Not the file of such a key.
        VerifyError: ``box.open``: wrong passphrase, or a changed file.
    """
    content, _ = unlock(data, passphrase=passphrase, purpose=purpose)
    try:
        return SigningKey.decode(content.reveal())
    except DecodeError as error:
        raise DecodeError("keyfile.content") from error
