"""Many products at once, by buckets (Pippenger 1976): each point is added once per window, to the bucket of its digit.

For the verifier of a batch, who has thousands of points that no table knows. Digits are signed, and a scalar or its
opposite is taken, whichever is the shorter: a random weight of 128 bits costs half of a full scalar.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from carnet.crypto.group import N
from carnet.crypto.group.library import KEY_BYTES, Library
from carnet.errors import UsageError

LEAST: Final = 300
"""The number of terms from which buckets are worth their overhead."""
_WINDOWS: Final = ((700, 5), (2_000, 6), (10_000, 7), (40_000, 8))
"""The window that was measured to be the best, up to so many terms."""
_WIDEST: Final = 10


def bucket_sum(library: Library, scalars: Sequence[int], keys: Sequence[Any]) -> Any:
    """Return the sum of the products of *scalars*, in [1, n), with raw *keys*; None for the identity."""
    import numpy as np  # noqa: PLC0415  # takes a tenth of a second: paid by whoever has so many points

    window = next((bits for most, bits in _WINDOWS if len(keys) <= most), _WIDEST)
    halves = [(scalar, 0) if 2 * scalar < N else (N - scalar, 1) for scalar in scalars]
    signs = np.array([sign for _, sign in halves], dtype=np.uint8)
    digits, negative = _digits(np, [scalar for scalar, _ in halves], window)
    addresses, held = _addresses(np, library, keys)
    positions: list[list[Any]] = []
    for each, minus in zip(digits, negative, strict=True):
        used = np.flatnonzero(each)
        positions += _window_sums(np, library, each[used], addresses[minus[used] ^ signs[used], used], window)
    del held  # the points that the addresses are of
    return _horner(library, positions)


def _digits(np: Any, scalars: Sequence[int], window: int) -> tuple[Any, Any]:
    """Return the digits of *scalars* as absolute values in [0, 2^(window-1)], and which are negative, by window."""
    count, mask, half = -(-(256 + 1) // window), (1 << window) - 1, 1 << window - 1
    data = b"".join([int(scalar).to_bytes(34, "little") for scalar in scalars])
    raw = np.frombuffer(data, dtype=np.uint8).reshape(len(scalars), 34).T.astype(np.int32)
    digits = np.empty((count, len(scalars)), dtype=np.int32)
    carry = np.zeros(len(scalars), dtype=np.int32)
    for at in range(count):
        byte, shift = divmod(at * window, 8)
        digit = ((raw[byte] | raw[byte + 1] << 8) >> shift & mask) + carry
        carry = (digit > half).astype(np.int32)
        digits[at] = digit - (carry << window)
    return np.abs(digits), (digits < 0).astype(np.uint8)


def _addresses(np: Any, library: Library, keys: Sequence[Any]) -> tuple[Any, Any]:
    """Return the addresses of copies of *keys* and, in a second row, of their opposites; and what holds the copies."""
    ffi, negate, context = library.ffi, library.lib.secp256k1_ec_pubkey_negate, library.context
    held = ffi.new("secp256k1_pubkey[]", 2 * len(keys))
    for at, key in enumerate(keys):
        held[at] = key[0]
    ffi.memmove(held + len(keys), held, len(keys) * KEY_BYTES)
    if not all(negate(context, held + at) for at in range(len(keys), 2 * len(keys))):
        raise UsageError("libsecp256k1 refused negate")
    first = int(ffi.cast("uintptr_t", held))
    return (np.arange(2 * len(keys), dtype=np.uint64) * KEY_BYTES + first).reshape(2, len(keys)), held


def _window_sums(np: Any, library: Library, digits: Any, addresses: Any, window: int) -> list[list[Any]]:
    """Return, for each bit of a digit, the sums of the buckets whose number has that bit."""
    order = np.argsort(digits, kind="stable")
    sorted_addresses = addresses[order]
    ends = np.searchsorted(digits[order], np.arange(1, (1 << window - 1) + 2)).tolist()
    pointers = library.ffi.cast("secp256k1_pubkey **", sorted_addresses.ctypes.data)
    by_bit: list[list[Any]] = [[] for _ in range(window)]
    for number, (start, end) in enumerate(pairwise(ends), 1):
        if (total := library.sum(pointers + start, end - start)) is not None:
            for bit in range(number.bit_length()):
                if number >> bit & 1:
                    by_bit[bit].append(total)
    return by_bit


def _horner(library: Library, positions: Sequence[list[Any]]) -> Any:
    """Return the sum of 2^i times all keys of *positions*, number i, from the highest down."""
    total = None
    for keys in reversed(positions):
        terms = keys if total is None else [total, total, *keys]
        total = library.sum(library.ffi.new("secp256k1_pubkey *[]", terms), len(terms))
    return total
