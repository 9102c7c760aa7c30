"""Labelled HKDF-SHA256 (RFC 5869): every derived byte says what it is for (spec/crypto.md#derivation)."""

import hashlib
import hmac
from typing import NoReturn, final

from carnet import wire
from carnet.errors import UsageError
from carnet.params import LABEL_PREFIX
from carnet.secret import Secret
from carnet.wire import Wire

_HASH_SIZE = 32


def extract(*, salt: bytes, material: bytes) -> bytes:
    """Return the pseudorandom key of *material* (RFC 5869, 2.2)."""
    return hmac.digest(salt or bytes(_HASH_SIZE), material, hashlib.sha256)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return *length* bytes of output keying material (RFC 5869, 2.3)."""
    if not 0 < length <= 255 * _HASH_SIZE:
        raise UsageError(f"cannot expand to {length} bytes")
    out, block, index = b"", b"", 0
    while len(out) < length:
        index += 1
        block = hmac.digest(key, block + info + bytes([index]), hashlib.sha256)
        out += block
    return out[:length]


@final
class Deriver:
    """Derives labelled values from one secret; extracts once, since a payload asks for hundreds of salts.

    The info of a derivation is the deterministic CBOR array ["carnet/v1/" + label, context...], so that no two
    uses can ever share their input.
    """

    __slots__ = ("_key",)

    def __init__(self, secret: Secret[bytes]) -> None:
        self._key = extract(salt=b"", material=secret.reveal())

    def derive(self, label: str, *context: Wire, length: int = 32) -> bytes:
        """Return *length* bytes for *label* and *context*."""
        return expand(self._key, wire.write([LABEL_PREFIX + label, *context]), length)

    def __repr__(self) -> str:
        return "Deriver(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("derivers are not pickled")
