"""Products with public generators by tables of their multiples: additions alone, and half the memory by signs.

A scalar k is written in windows of w bits with odd digits: with t = k + (2^m - 1)/2, of which the bits are t_j,
k*P is the sum over all windows i of (2*t_i - (2^w - 1)) * 2^(w*i) * (P/2), for m = w * the number of windows. No digit
is zero, and a digit and its opposite need one entry: the entries of a window are 1, 3, 5 ... 2^w - 1 times 2^(w*i)*P/2,
and what has a negative sign is added up apart (Joye and Tunstall 2009; Moeller 2001). An entry is copied beside its
neighbours in the sum before anything is added: copies wait for memory together, additions would one by one.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast, final

from carnet.crypto.group import N, Point
from carnet.crypto.group.library import KEY_BYTES, Library
from carnet.crypto.group.scalars import Q
from carnet.errors import UsageError

if TYPE_CHECKING:
    from numpy import uint64
    from numpy.typing import NDArray

SCALAR_BITS: Final = 256
_READ: Final = 33
"""Bytes of a scalar's encoding: one more than it has, so that the last window can be read as two."""


@final
class Tables:
    """Multiples of some points, added to as more are asked for; `add` alone changes it, for one caller at a time.

    With *bits* = 4 a point takes 52 KiB, with 8 it takes 464 KiB; digits have one bit more, the sign.
    """

    def __init__(self, library: Library, bits: int) -> None:
        import numpy as np  # noqa: PLC0415  # takes a tenth of a second: paid by whoever needs a table

        self._np: Final[Any] = np
        self._library: Final = library
        self._window: Final = bits + 1
        self._entries: Final = 1 << bits
        self.windows: Final = -(-SCALAR_BITS // self._window)
        self._offset: Final = ((1 << self.windows * self._window) - 1) * pow(2, -1, N) % N
        starts = np.arange(self.windows) * self._window
        self._bytes: Final = starts >> 3
        self._shifts: Final = (starts & 7).astype(np.uint16)
        digits = np.arange(2 * self._entries)
        self._index: Final = np.where(digits >= self._entries, digits - self._entries, self._entries - 1 - digits)
        self._rows: Final = np.arange(self.windows) * self._entries
        self._first_rows: Final = lru_cache(maxsize=64)(self._window_rows)
        self._table: NDArray[uint64] = np.empty((0, KEY_BYTES // 8), dtype=np.uint64)

    @property
    def size(self) -> int:
        """How many points have entries."""
        return len(self._table) // (self.windows * self._entries)

    @property
    def memory(self) -> int:
        """How many bytes the entries take."""
        return int(self._table.nbytes)

    def add(self, points: Sequence[Point]) -> None:
        """Make entries for *points*, numbered from `size` on; none of them is the identity."""
        np, ffi = self._np, self._library.ffi
        more = np.empty((len(points) * self.windows * self._entries, KEY_BYTES // 8), dtype=np.uint64)
        keys = ffi.cast("secp256k1_pubkey *", more.ctypes.data)
        for at, point in enumerate(points):
            self._fill(keys + at * self.windows * self._entries, point)
        self._table = np.concatenate([self._table, more])

    def _fill(self, keys: Any, point: Point) -> None:
        """Write the entries of *point* from *keys* on, window after window."""
        ffi, lib, context = self._library.ffi, self._library.lib, self._library.context
        combine, tweak_mul = lib.secp256k1_ec_pubkey_combine, lib.secp256k1_ec_pubkey_tweak_mul
        base, step = (ffi.new("secp256k1_pubkey *") for _ in range(2))
        base[0] = cast("Any", point)[0]
        half, two, shift = ((x % N).to_bytes(32, "big") for x in (pow(2, -1, N), 2, 1 << self._window))
        done = tweak_mul(context, base, half)
        pair = ffi.new("secp256k1_pubkey *[2]")
        pair[1] = step
        for _ in range(self.windows):
            step[0] = base[0]
            done &= tweak_mul(context, step, two)
            keys[0] = base[0]
            for _ in range(1, self._entries):
                pair[0] = keys
                keys += 1
                done &= combine(context, keys, pair, 2)
            keys += 1
            done &= tweak_mul(context, base, shift)
        if not done:
            raise UsageError("libsecp256k1 refused to make a table")

    def msm(self, scalars: Sequence[int], at: Sequence[int]) -> tuple[Any, Any]:
        """Return the sum of the products of *scalars* with the points numbered *at*, as two sums of entries.

        The first is to be added and the second to be subtracted; each is a raw key, or None for the identity.
        """
        np, offset = self._np, self._offset
        data = b"".join([((scalar + offset) % Q).to_bytes(_READ, "little") for scalar in scalars])
        # every two neighbours of a scalar's bytes, as a number of 16 bits: a digit and its shift always fit
        pairs = np.ndarray((len(scalars), _READ - 1), dtype="<u2", buffer=data, strides=(_READ, 1))
        digits = pairs[:, self._bytes] >> self._shifts & (2 * self._entries - 1)
        rows = self._index[digits] + self._first_rows(tuple(at))
        positive = digits >= self._entries
        return self._sum(rows[positive]), self._sum(rows[~positive])

    def _window_rows(self, at: tuple[int, ...]) -> Any:
        """Return in which row each window of each point numbered *at* begins."""
        first = self._np.array(at) * (self.windows * self._entries)
        return self._rows + first[:, None]

    def _sum(self, rows: Any) -> Any:
        np, library = self._np, self._library
        found = self._table.take(rows, axis=0)
        addresses = np.arange(len(found), dtype=np.uint64) * KEY_BYTES + found.ctypes.data
        return library.sum(library.ffi.cast("secp256k1_pubkey **", addresses.ctypes.data), len(found))
