"""The payload as a tree of salted leaves, whose root stands for it in public (spec/envelope.md#payload-root).

Each field is a leaf with a salt of its own, so that one can be shown later and its neighbours stay hidden, even from
somebody who tries every name in the telephone book. Leaves are sorted by hash and their number is padded, so that
neither position nor count says anything.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias, final

from carnet import wire
from carnet.codec import Codec, ListOf
from carnet.crypto.kdf import Deriver, binding
from carnet.errors import DecodeError
from carnet.params import TREE_SIZES
from carnet.schema import Message, Nested
from carnet.secret import Secret
from carnet.wire import Wire

_LEAF: Final = b"\0"
_NODE: Final = b"\1"
_PADDING: Final = wire.write([None, None])

_Salted: TypeAlias = "tuple[str | None, Wire, bytes]"
"""A leaf as (path, value, salt), without the object around it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Leaf:
    """One field: its *path* (a JSON Pointer of labels), its *value* as CBOR data, and its *salt*."""

    path: str | None
    value: Wire
    salt: bytes

    def hash(self) -> bytes:
        """Return SHA-256(0x00 || salt || CBOR([path, value])) (spec/envelope.md#leaves)."""
        return _hash(self.path, self.value, self.salt)


def fields_of(message: Message, at: str = "") -> list[tuple[str, Wire]]:
    """Return (path, value) for every field below *message*.

    An absent field is an explicit null, and an array has its length as the value of its own path, so that "withheld"
    and "absent" can be told apart.
    """
    found: list[tuple[str, Wire]] = []
    _message(message, at, found)
    return found


def _message(message: Message, at: str, found: list[tuple[str, Wire]]) -> None:
    for name, codec, path in _paths(type(message), at):  # type: ignore[arg-type]  # classes are hashable
        value = getattr(message, name)
        if value is None:
            found.append((path, None))
        else:
            _field(codec, path, value, found)


def _field(codec: Codec, path: str, value: Any, found: list[tuple[str, Wire]]) -> None:
    if isinstance(codec, Nested):
        _message(value, path, found)
    elif isinstance(codec, ListOf):
        found.append((path, len(value)))
        for index, one in enumerate(value):
            _field(codec.item, f"{path}/{index}", one, found)
    else:
        found.append((path, codec.dump(value)))


@lru_cache(maxsize=4 * TREE_SIZES[-1])
def _paths(kind: type[Message], at: str) -> tuple[tuple[str, Codec, str], ...]:
    """Return (name, codec, path) for the fields of a message of *kind* at path *at*."""
    return tuple((field.name, field.codec, f"{at}/{field.label}") for field in kind.FIELDS)


def leaves(message: Message, *, seed: Secret[bytes]) -> list[Leaf]:
    """Return all leaves of *message*, padding included, in the order of their hashes.

    Raises:
        DecodeError: ``payload.leaves``: more fields than the largest tree holds.
    """
    salted = _salted(message, seed)
    return sorted((Leaf(path=path, value=value, salt=salt) for path, value, salt in salted), key=Leaf.hash)


def _salted(message: Message, seed: Secret[bytes]) -> list[_Salted]:
    deriver, fields = Deriver(seed), fields_of(message)
    size = next((size for size in TREE_SIZES if len(fields) <= size), None)
    if size is None:
        raise DecodeError("payload.leaves", f"{len(fields)} fields, at most {TREE_SIZES[-1]}")
    found: list[_Salted] = [(path, value, deriver.derive_bound(_leaf(path))) for path, value in fields]
    found += [(None, None, deriver.derive_bound(_pad(index))) for index in range(size - len(fields))]
    return found


@lru_cache(maxsize=4 * TREE_SIZES[-1])
def _leaf(path: str) -> bytes:
    """Return what a leaf's salt is bound to; paths recur from payload to payload, and say nothing of any."""
    return binding("leaf", path)


@lru_cache(maxsize=TREE_SIZES[-1])
def _pad(index: int) -> bytes:
    """Return what the salt of a padding leaf is bound to."""
    return binding("pad", index)


def _hash(path: str | None, value: Wire, salt: bytes) -> bytes:
    encoded = _PADDING if path is None else wire.write([path, value])
    return hashlib.sha256(_LEAF + salt + encoded).digest()


def root(message: Message, *, seed: Secret[bytes]) -> bytes:
    """Return the root over the leaves of *message*: an RFC 6962 tree whose size is a power of two."""
    level = sorted(_hash(path, value, salt) for path, value, salt in _salted(message, seed))
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
    return level[0]
