"""Ed25519 under one strict rule (spec/crypto.md#signatures).

Verifiers of Ed25519 disagree on hundreds of edge cases, and two nodes that disagree can be told two histories.
So there is one rule, libsodium's: *s* is canonical, neither the key nor *R* is of small order or written in a second
way, and the equation holds without a cofactor.
"""

from nacl import bindings
from nacl.exceptions import BadSignatureError

from carnet.crypto.coins import Coins
from carnet.errors import UsageError, VerifyError
from carnet.secret import Secret

SEED_SIZE = 32
PUBLIC_KEY_SIZE = 32
SIGNATURE_SIZE = 64


def generate_seed(coins: Coins) -> Secret[bytes]:
    """Return a fresh private key, as its seed of RFC 8032."""
    return Secret(coins(SEED_SIZE))


def public_key(seed: Secret[bytes]) -> bytes:
    """Return the public key that belongs to *seed*."""
    return _pair(seed)[0]


def secret_key(seed: Secret[bytes]) -> bytes:
    """Return the private key of *seed* as libsodium holds it: for `carnet.crypto` alone."""
    return _pair(seed)[1]


def sign(seed: Secret[bytes], message: bytes) -> bytes:
    """Return the signature of *message* under *seed*; the same each time.

    >>> from carnet.crypto.coins import visible_coins
    >>> seed = generate_seed(visible_coins("a doctest"))
    >>> verify(public_key(seed), message=b"hello", signature=sign(seed, b"hello"))
    """
    return bindings.crypto_sign(message, _pair(seed)[1])[:SIGNATURE_SIZE]


def verify(public: bytes, *, message: bytes, signature: bytes) -> None:
    """Return only if *public* signed *message* (spec/crypto.md#signatures).

    Raises:
        VerifyError: The one check, ``signature``, fails.
    """
    if len(public) != PUBLIC_KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        raise VerifyError("signature")
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError as error:
        raise VerifyError("signature") from error


def _pair(seed: Secret[bytes]) -> tuple[bytes, bytes]:
    """Return the public key of *seed*, and libsodium's secret one."""
    revealed = seed.reveal()
    if len(revealed) != SEED_SIZE:
        raise UsageError("an Ed25519 seed has 32 bytes")
    return bindings.crypto_sign_seed_keypair(revealed)
