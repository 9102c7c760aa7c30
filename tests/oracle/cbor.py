"""The encoding of spec/wire.md, word for word and recursive: shares no code with the library, and no CBOR library.

`write` and `read` raise `ValueError` where the library raises its own errors.
"""

import math

DEPTH = 16


def head(major, argument):
    """The shortest head."""
    if argument < 24:
        return bytes([major * 32 + argument])
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 256**width:
            return bytes([major * 32 + low]) + argument.to_bytes(width, "big")
    raise ValueError("too large")


def write(value, depth=0):
    """The one encoding of *value*."""
    kind = type(value)
    if value is None:
        return b"\xf6"
    if kind is bool:
        return b"\xf5" if value else b"\xf4"
    if kind is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if kind is bytes:
        return head(2, len(value)) + value
    if kind is str:
        octets = value.encode("utf-8", "strict")
        return head(3, len(octets)) + octets
    if depth == DEPTH:
        raise ValueError("too deep")
    if kind is list:
        return head(4, len(value)) + b"".join(write(item, depth + 1) for item in value)
    if kind is dict:
        if any(type(key) is not int or key < 0 for key in value):
            raise ValueError("key")
        pairs = [head(0, key) + write(value[key], depth + 1) for key in sorted(value)]
        return head(5, len(value)) + b"".join(pairs)
    raise ValueError("type")


def read(data):
    """What *data* encodes, to its last byte."""
    value, rest = item(data, 0)
    if rest:
        raise ValueError("trailing")
    return value


def split(data, count):
    """The first *count* bytes, and the rest."""
    if len(data) < count:
        raise ValueError("truncated")
    return data[:count], data[count:]


def item(data, depth):
    """The first item of *data*, and what follows it."""
    first, data = split(data, 1)
    major, low = divmod(first[0], 32)
    if major == 7:
        if low not in {20, 21, 22}:
            raise ValueError("simple")
        return {20: False, 21: True, 22: None}[low], data
    if low > 27:
        raise ValueError("indefinite")
    argument = low
    if low >= 24:
        octets, data = split(data, 2 ** (low - 24))
        argument = int.from_bytes(octets, "big")
        if head(major, argument) != first + octets:
            raise ValueError("not the shortest")
    if major < 2:
        return (argument if major == 0 else -1 - argument), data
    if major < 4:
        octets, data = split(data, argument)
        return (octets if major == 2 else str(octets, "utf-8", "strict")), data
    if major == 6:
        raise ValueError("tag")
    if depth == DEPTH:
        raise ValueError("too deep")
    return (array if major == 4 else mapping)(data, argument, depth + 1)


def array(data, count, depth):
    """An array's items."""
    found = []
    for _ in range(count):
        value, data = item(data, depth)
        found.append(value)
    return found, data


def mapping(data, count, depth):
    """A map's pairs, in ascending order of their keys."""
    found, before = {}, -math.inf
    for _ in range(count):
        if not data or data[0] >= 32:
            raise ValueError("key")
        key, data = item(data, depth)
        if key <= before:
            raise ValueError("order")
        found[key], data = item(data, depth)
        before = key
    return found, data
