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
_BLOCK_SIZE = 64
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


def extract(*, salt: bytes, material: bytes) -> bytes:
    """Return the pseudorandom key of *material* (RFC 5869, 2.2)."""
    return hmac.digest(salt or bytes(_HASH_SIZE), material, hashlib.sha256)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return *length* bytes of output keying material (RFC 5869, 2.3)."""
    return _Prf(key).expand(info, length)


def binding(label: str, *context: Wire) -> bytes:
    """Return the info of a derivation: the deterministic CBOR array ["carnet/v1/" + label, context...]."""
    return wire.write([LABEL_PREFIX + label, *context])


@final
class _Prf:
    """HMAC-SHA256 (RFC 2104) under one key, whose two pads are hashed once instead of with each message."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK_SIZE else hashlib.sha256(key).digest()).ljust(_BLOCK_SIZE, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER_PAD))
        self._outer = hashlib.sha256(block.translate(_OUTER_PAD))

    def expand(self, info: bytes, length: int) -> bytes:
        if not 0 < length <= 255 * _HASH_SIZE:
            raise UsageError(f"cannot expand to {length} bytes")
        out, block, index = b"", b"", 0
        while len(out) < length:
            index += 1
            inner, outer = self._inner.copy(), self._outer.copy()
            inner.update(block + info + bytes([index]))
            outer.update(inner.digest())
            block = outer.digest()
            out += block
        return out[:length]


@final
class Deriver:
    """Derives labelled values from one secret; extracts once, since a payload asks for hundreds of salts.

    The `binding` of a derivation names it, so that no two uses can ever share their input.
    """

    __slots__ = ("_prf",)

    def __init__(self, secret: Secret[bytes]) -> None:
        self._prf = _Prf(extract(salt=b"", material=secret.reveal()))

    def derive(self, label: str, *context: Wire, length: int = _HASH_SIZE) -> bytes:
        """Return *length* bytes for *label* and *context*."""
        return self._prf.expand(binding(label, *context), length)

    def derive_bound(self, info: bytes) -> bytes:
        """Return 32 bytes for a derivation whose `binding` is at hand."""
        return self._prf.expand(info, _HASH_SIZE)

    def __repr__(self) -> str:
        return "Deriver(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("derivers are not pickled")
