"""Padding that makes lengths say little (spec/envelope.md#padding)."""

from carnet.errors import DecodeError


def padme(length: int) -> int:
    """Return *length* rounded up so that it leaks O(log log length) bits (PURBs, PoPETs 2019(4), algorithm 1).

    >>> [padme(n) for n in (1, 9, 129, 4097)]
    [1, 10, 144, 4352]
    """
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def padded_size(length: int, *, floor: int) -> int:
    """Return what *length* bytes are padded to: max(*floor*, Padme(*length*))."""
    return max(floor, padme(length))


def pad(data: bytes, *, floor: int) -> bytes:
    """Return *data* behind its 4-byte big-endian length, filled with zeros to its padded size."""
    framed = len(data).to_bytes(4, "big") + data
    return framed.ljust(padded_size(len(framed), floor=floor), b"\0")


def unpad(padded: bytes, *, floor: int) -> bytes:
    """Return what `pad` was given.

    Raises:
        DecodeError: Not what `pad` writes for any input; there is one padded form of each.
    """
    length = int.from_bytes(padded[:4], "big")
    data = padded[4 : 4 + length]
    if pad(data, floor=floor) != padded:
        raise DecodeError("padding.form", f"{len(padded)} bytes")
    return data
