"""A VASP's secret keys, as one value (spec/crypto.md#keys).

The functions here return a new keystore instead of changing one; whoever keeps it on disk replaces the file, so that
a destroyed key is gone from it (forward secrecy: what was recorded stays closed). At rest it is a locked file
(`carnet.crypto.lockbox`).
"""

from typing import Annotated, Final, Self

from carnet.crypto import cose, hpke
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import Lock, unlock
from carnet.crypto.tls import pin
from carnet.errors import DecodeError, UsageError
from carnet.messages import Certificate, KeyBundle, KeyName, Name, SealingKey
from carnet.params import SEALING_LIFETIME_S, SEALING_ROTATION_S
from carnet.schema import U32, U64, Blob, Fixed, Hash, Many, Message, VaspId, message
from carnet.secret import Secret

PURPOSE: Final = b"carnet/keystore/v1"
Seed = Annotated[bytes, Fixed(32)]


@message("sealing-secret", private=True)
class SealingSecret(Message):
    """The private part of a sealing key."""

    seed: Seed
    not_before: U64
    not_after: U64


@message("keystore", private=True)
class Keystore(Message):
    """All secrets of one VASP, and what it must remember to sign its next bundle."""

    network: Name
    vasp: VaspId
    identity_seed: Seed
    log_seed: Seed
    witness_seed: Seed
    window_secret: Seed
    storage_key: Seed
    tls_key: Annotated[bytes, Blob(4096)]
    tls_certificate: Certificate
    log_origin: KeyName
    sealing: Annotated[tuple[SealingSecret, ...], Many(8)]
    serial: U32
    previous: Hash | None

    @property
    def identity(self) -> Secret[bytes]:
        """The seed of the identity key."""
        return Secret(self.identity_seed)

    @property
    def identity_public(self) -> bytes:
        """The public identity key."""
        return ed25519.public_key(self.identity)

    @property
    def log_public(self) -> bytes:
        """The public key of the VASP's log."""
        return ed25519.public_key(Secret(self.log_seed))

    @property
    def witness_public(self) -> bytes:
        """The public key under which this VASP cosigns the logs of others."""
        return ed25519.public_key(Secret(self.witness_seed))

    def _with(self, **changes: object) -> Self:
        values = {field.name: getattr(self, field.name) for field in self.FIELDS}
        return type(self)(**{**values, **changes})


def new_keystore(
    *, network: str, vasp: str, log_origin: str, tls: tuple[Secret[bytes], bytes], now: int, coins: Coins
) -> Keystore:
    """Return fresh keys for *vasp*; *tls* is what `carnet.crypto.tls.make_certificate` returns."""
    keystore = Keystore(
        network=network,
        vasp=vasp,
        identity_seed=coins(32),
        log_seed=coins(32),
        witness_seed=coins(32),
        window_secret=coins(32),
        storage_key=coins(32),
        tls_key=tls[0].reveal(),
        tls_certificate=tls[1],
        log_origin=log_origin,
        sealing=(),
        serial=0,
        previous=None,
    )
    return rotate(keystore, now=now, coins=coins)


def rotate(keystore: Keystore, *, now: int, coins: Coins) -> Keystore:
    """Return *keystore* with a sealing key for today, and without those whose time is over (spec/crypto.md#epochs).

    Nothing is added while the newest key is younger than a rotation period.
    """
    kept = tuple(secret for secret in keystore.sealing if now < secret.not_after)
    if all(now >= secret.not_before + SEALING_ROTATION_S for secret in kept):
        fresh = SealingSecret(seed=hpke.generate(coins).reveal(), not_before=now, not_after=now + SEALING_LIFETIME_S)
        kept = (*kept, fresh)
    return keystore if kept == keystore.sealing else keystore._with(sealing=kept)  # noqa: SLF001 - same module


def sealing_kid(public: bytes) -> bytes:
    """Return the id of sealing key *public*."""
    return cose.kid(public)


def private_keys(keystore: Keystore, *, now: int) -> dict[bytes, hpke.PrivateKey]:
    """Return the sealing keys that may still open something, by kid."""
    keys = [hpke.PrivateKey(Secret(secret.seed)) for secret in keystore.sealing if now < secret.not_after]
    return {sealing_kid(key.public): key for key in keys}


def sign_bundle(keystore: Keystore, *, packs: tuple[bytes, ...], endpoint: str, now: int) -> tuple[Keystore, bytes]:
    """Return the next signed `KeyBundle`, and the keystore that remembers it."""
    sealing = []
    for secret in keystore.sealing:
        public = hpke.PrivateKey(Secret(secret.seed)).public
        sealing.append(
            SealingKey(kid=sealing_kid(public), public=public, not_before=secret.not_before, not_after=secret.not_after)
        )
    if not sealing:
        raise UsageError("a bundle needs a sealing key: rotate first")
    bundle = KeyBundle(
        network=keystore.network,
        vasp=keystore.vasp,
        serial=keystore.serial + 1,
        identity_keys=(keystore.identity_public,),
        sealing_keys=tuple(sealing),
        tls_pins=(pin(keystore.tls_certificate),),
        log_origin=keystore.log_origin,
        log_key=keystore.log_public,
        packs=packs,
        endpoint=endpoint,
        previous=keystore.previous,
        issued=now,
        expires=max(key.not_after for key in sealing),
    )
    signed = cose.sign(bundle, seed=keystore.identity)
    remembered = keystore._with(serial=bundle.serial, previous=cose.payload_hash(signed))  # noqa: SLF001
    return remembered, signed


def lock_keystore(keystore: Keystore, *, lock: Lock, coins: Coins) -> bytes:
    """Return *keystore* as a locked file."""
    return lock.close(keystore.encode(), purpose=PURPOSE, coins=coins)


def unlock_keystore(data: bytes, *, passphrase: Secret[bytes]) -> tuple[Keystore, Lock]:
    """Return the keystore in locked file *data*, and the lock to close it with again.

    Raises:
        DecodeError: Not a keystore's file.
        VerifyError: ``box.open``: wrong passphrase, or a changed file.
    """
    content, lock = unlock(data, passphrase=passphrase, purpose=PURPOSE)
    try:
        return Keystore.decode(content.reveal()), lock
    except DecodeError as error:
        raise DecodeError("keyfile.content") from error
