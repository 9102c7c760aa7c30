"""A secret that two members share without a word, from their identity keys (spec/crypto.md#agreement).

X25519 on the Montgomery form of Ed25519 keys. One key may serve both: the two schemes never hash alike, and joint
security is shown by Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM" (2021).
"""

from nacl import bindings

from carnet.crypto.sign import secret_key
from carnet.errors import VerifyError
from carnet.secret import Secret


def agree(seed: Secret[bytes], *, public: bytes) -> Secret[bytes]:
    """Return what the holder of *seed* shares with the owner of the Ed25519 key *public*: derive from it, never use it.

    Raises:
        VerifyError: ``agreement.key``: no key of a member, or one that would agree with everybody.
    """
    try:
        theirs = bindings.crypto_sign_ed25519_pk_to_curve25519(public)
        ours = bindings.crypto_sign_ed25519_sk_to_curve25519(secret_key(seed))
        return Secret(bindings.crypto_scalarmult(ours, theirs))
    except (RuntimeError, ValueError, TypeError) as error:
        raise VerifyError("agreement.key") from error
