"""The keys of one who asks for disclosures: to sign requests, and to open responses (spec/disclosure.md#keys)."""

from typing import Annotated, Final

from carnet.crypto import hpke
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import Lock, unlock
from carnet.errors import DecodeError
from carnet.messages import KeyName, Supervisor
from carnet.schema import Fixed, Message, Text, message
from carnet.secret import Secret

PURPOSE: Final = b"carnet/supervisor/v1"


@message("supervisor-key", private=True)
class SupervisorKey(Message):
    """A supervisor's or an auditor's private keys, and the name and jurisdiction that its requests bear."""

    name: KeyName
    jurisdiction: Annotated[str, Text(16)]
    signing_seed: Annotated[bytes, Fixed(32)]
    sealing_seed: Annotated[bytes, Fixed(32)]

    @property
    def signing(self) -> Secret[bytes]:
        """The seed of the signing key."""
        return Secret(self.signing_seed)

    @property
    def sealing(self) -> hpke.PrivateKey:
        """The key that responses are sealed to."""
        return hpke.PrivateKey(Secret(self.sealing_seed))

    @property
    def card(self) -> Supervisor:
        """What the holder gives to a directory's authority."""
        return Supervisor(name=self.name, jurisdiction=self.jurisdiction, key=ed25519.public_key(self.signing))


def new_supervisor_key(*, name: str, jurisdiction: str, coins: Coins) -> SupervisorKey:
    """Return fresh keys."""
    return SupervisorKey(
        name=name, jurisdiction=jurisdiction, signing_seed=coins(32), sealing_seed=hpke.generate(coins).reveal()
    )


def lock_supervisor_key(key: SupervisorKey, *, lock: Lock, coins: Coins) -> bytes:
    """Return *key* as a locked file."""
    return lock.close(key.encode(), purpose=PURPOSE, coins=coins)


def unlock_supervisor_key(data: bytes, *, passphrase: Secret[bytes]) -> SupervisorKey:
    """Return the keys in locked file *data*.

    Raises:
        DecodeError: Not the file of such keys.
        VerifyError: ``box.open``: wrong passphrase, or a changed file.
    """
    content, _ = unlock(data, passphrase=passphrase, purpose=PURPOSE)
    try:
        return SupervisorKey.decode(content.reveal())
    except DecodeError as error:
        raise DecodeError("keyfile.content") from error
