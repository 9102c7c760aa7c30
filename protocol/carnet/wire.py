"""Strict deterministic CBOR (spec/wire.md): one way to write each thing, and every other way is refused.

`decode` refuses before it builds: a scan over the raw bytes rejects floats, tags, bignums, indefinite lengths, odd
simple values and map keys that are not unsigned integers, all of which would otherwise survive a re-encoding. Only
then does cbor2 decode, and the result is re-encoded and compared. Rule: what `decode` accepts, `encode` reproduces.
"""

from typing import Final, TypeAlias

import cbor2

from carnet.errors import DecodeError, UsageError
from carnet.params import MAX_DEPTH, MAX_OBJECT

Wire: TypeAlias = "int | bytes | str | bool | list[Wire] | dict[int, Wire] | None"

_UINT: Final = 0
_NINT: Final = 1
BYTES: Final = 2
TEXT: Final = 3
_ARRAY: Final = 4
_MAP: Final = 5
_TAG: Final = 6
_STRINGS: Final = frozenset({BYTES, TEXT})
_CONTAINERS: Final = frozenset({_ARRAY, _MAP})
_SIMPLE: Final = frozenset({20, 21, 22})  # false, true, null


def encode(value: Wire) -> bytes:
    """Return the deterministic encoding of *value*, which must keep the profile (spec/wire.md#encoding).

    >>> encode({2: b"x", 1: [True, None]}).hex()
    'a20182f5f6024178'
    """
    try:
        data = write(value)
        _scan(data)  # cbor2 would write floats, tags, bignums and any key
    except (cbor2.CBOREncodeError, UnicodeEncodeError) as error:
        raise UsageError(f"cannot be encoded: {type(value).__name__}") from error
    except DecodeError as error:
        raise UsageError(f"cannot be encoded: {error.check}") from error
    return data


def write(value: Wire) -> bytes:
    """Return the encoding of *value*, which codecs or a fixed shape are known to keep within the profile."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, *, limit: int = MAX_OBJECT) -> Wire:
    """Return what *data*, at most *limit* bytes, encodes (spec/wire.md#decoding).

    Raises:
        DecodeError: Not the one deterministic encoding of anything.
    """
    if len(data) > limit:
        raise DecodeError("wire.size", f"{len(data)} bytes, at most {limit}")
    _scan(data)
    try:
        value: Wire = cbor2.loads(data, max_depth=MAX_DEPTH + 1, allow_indefinite=False, allow_duplicate_keys=False)
    except cbor2.CBORDecodeError as error:
        raise DecodeError("wire.form") from error
    if cbor2.dumps(value, canonical=True) != data:
        raise DecodeError("wire.canonical")
    return value


def item_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Read an item's head at *at*: its major type, its argument, and where its content begins.

    Raises:
        DecodeError: It is outside the profile.
    """
    if at >= len(data):
        raise DecodeError("wire.truncated", f"at {at}")
    major, low = data[at] >> 5, data[at] & 0x1F
    at += 1
    if major == 7:
        if low not in _SIMPLE:
            raise DecodeError("wire.simple", f"at {at - 1}")
        return major, low, at
    if low < 24:
        return major, low, at
    if low > 27:
        raise DecodeError("wire.indefinite", f"at {at - 1}")
    width = 1 << (low - 24)
    if at + width > len(data):
        raise DecodeError("wire.truncated", f"at {at}")
    argument = int.from_bytes(data[at : at + width], "big")
    if argument < (24 if width == 1 else 1 << (width * 4)):
        raise DecodeError("wire.canonical", f"long form at {at - 1}")
    return major, argument, at + width


def _scan(data: bytes) -> None:
    """Refuse all that is outside the profile, without building anything."""
    end = item_end(data)
    if end != len(data):
        raise DecodeError("wire.trailing", f"{len(data) - end} bytes")


def item_end(data: bytes) -> int:
    """Return where the first item of *data* ends: for those who read several, one after the other (RFC 8742).

    Each entry of *open_items* counts the items that its container still expects; a map's are marked, because every
    other one of them must be a key.

    Raises:
        DecodeError: It is outside the profile.
    """
    at = 0
    open_items: list[list[int]] = [[1, 0]]  # [items left, 1 if map]
    while open_items:
        container = open_items[-1]
        left, is_map = container
        if left == 0:
            open_items.pop()
            continue
        container[0] = left - 1
        start = at
        major, argument, at = item_head(data, at)
        if is_map and left % 2 == 0 and major != _UINT:
            raise DecodeError("wire.key", f"at {start}")
        if major == _TAG:
            raise DecodeError("wire.tag", f"at {start}")
        if major in _STRINGS:
            at += argument
            if at > len(data):
                raise DecodeError("wire.truncated", f"at {start}")
        elif major in _CONTAINERS:
            count = argument * 2 if major == _MAP else argument
            if count > len(data) - at:  # each item takes at least one byte
                raise DecodeError("wire.truncated", f"at {start}")
            if len(open_items) > MAX_DEPTH:
                raise DecodeError("wire.depth", f"at {start}")
            open_items.append([count, major == _MAP])
    return at
