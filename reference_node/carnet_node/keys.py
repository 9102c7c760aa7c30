"""The node's own keys: the keystore's file, its rotation, and the bundles it signs.

A rotation reaches the disk in three steps, each of which a restart can go on from: the keystore with the new sealing
key and without the dead ones, the signed bundle, the keystore that remembers the bundle.
"""

from pathlib import Path
from typing import Final

from carnet.crypto import cose
from carnet.crypto.coins import Coins
from carnet.crypto.hpke import PrivateKey
from carnet.crypto.lockbox import Lock
from carnet.crypto.tls import pin
from carnet.errors import DecodeError, PeerError, VerifyError
from carnet.identity.keystore import (
    Keystore,
    lock_keystore,
    private_keys,
    rotate,
    sealing_kid,
    sign_bundle,
    unlock_keystore,
)
from carnet.messages import KeyBundle
from carnet.schema import Message
from carnet.secret import Secret
from carnet_node.errors import ConfigError
from carnet_node.files import PRIVATE, replace_file


class Keys:
    """The keystore in *path*, and the bundles in *published*.

    Raises:
        ConfigError: No file, no keystore, or the wrong passphrase.
    """

    def __init__(self, path: Path, *, published: Path, passphrase: Secret[bytes], coins: Coins) -> None:
        self._path: Final = path
        self._published: Final = published
        self._coins: Final = coins
        self._keystore, self._lock = _unlock(path, passphrase)
        self._private: dict[bytes, PrivateKey] = {}
        self._private_until = 0
        self.bundle: bytes = b""
        """The newest bundle that we signed."""

    @property
    def keystore(self) -> Keystore:
        """The secrets themselves."""
        return self._keystore

    def sign(self, message: Message) -> bytes:
        """Return *message*, signed with the identity key."""
        return cose.sign(message, seed=self._keystore.identity)

    def private(self, *, now: int) -> dict[bytes, PrivateKey]:
        """Return the sealing keys that may still open something at *now*, by kid."""
        if now >= self._private_until or not self._private:
            self._private = private_keys(self._keystore, now=now)
            self._private_until = min((each.not_after for each in self._keystore.sealing), default=0)
        return self._private

    def refresh(self, *, packs: tuple[bytes, ...], endpoint: str, now: int) -> bool:
        """Rotate what is due, destroy what is over, and return whether a new bundle was signed."""
        self._adopt()
        rotated = rotate(self._keystore, now=now, coins=self._coins)
        if rotated is not self._keystore:
            self._save(rotated)
        if self._current(packs, endpoint):
            return False
        remembered, signed = sign_bundle(self._keystore, packs=packs, endpoint=endpoint, now=now)
        folder = self._published / "bundles"
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / str(remembered.serial), signed)
        replace_file(self._published / "bundle", signed)
        self._save(remembered)
        self.bundle = signed
        return True

    def _current(self, packs: tuple[bytes, ...], endpoint: str) -> bool:
        """Return whether the newest bundle still says what is so."""
        file = self._published / "bundles" / str(self._keystore.serial)
        if not self.bundle and file.exists():
            self.bundle = file.read_bytes()
        if not self.bundle:
            return False
        said = cose.open_signed_by(KeyBundle, self.bundle, public=self._keystore.identity_public)
        kids = {sealing_kid(PrivateKey(Secret(each.seed)).public) for each in self._keystore.sealing}
        return (
            {each.kid for each in said.sealing_keys} == kids
            and (said.packs, said.endpoint) == (packs, endpoint)
            and said.tls_pins == (pin(self._keystore.tls_certificate),)
        )

    def _adopt(self) -> None:
        """Remember a bundle that was written just before a crash: its serial must not be used twice."""
        serial = self._keystore.serial + 1
        file = self._published / "bundles" / str(serial)
        if not file.exists():
            return
        signed = file.read_bytes()
        cose.open_signed_by(KeyBundle, signed, public=self._keystore.identity_public)
        values = {field.name: getattr(self._keystore, field.name) for field in self._keystore.FIELDS}
        self._save(Keystore(**{**values, "serial": serial, "previous": cose.payload_hash(signed)}))
        replace_file(self._published / "bundle", signed)
        self.bundle = signed

    def _save(self, keystore: Keystore) -> None:
        replace_file(self._path, lock_keystore(keystore, lock=self._lock, coins=self._coins), mode=PRIVATE)
        self._keystore = keystore
        self._private, self._private_until = {}, 0


def _unlock(path: Path, passphrase: Secret[bytes]) -> tuple[Keystore, Lock]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the keystore (paths.keystore) cannot be read ({error.strerror})") from error
    if not passphrase.reveal():
        raise ConfigError(f"{path}: an empty passphrase opens nothing")
    try:
        return unlock_keystore(data, passphrase=passphrase)
    except VerifyError as error:
        raise ConfigError(f"{path}: wrong passphrase, or the file was changed") from error
    except (DecodeError, PeerError) as error:
        raise ConfigError(f"{path}: not a keystore ({error.check})") from error
