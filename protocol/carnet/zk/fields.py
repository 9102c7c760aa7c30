"""Proofs as bytes: points and scalars of fixed size, one after the other, with nothing before or behind."""

from collections.abc import Iterable
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import POINT_BYTES, SCALAR_BYTES, Group, N, Point
from carnet.crypto.group.scalars import Q, number
from carnet.errors import DecodeError


@final
class Fields:
    """Takes a proof apart from its start, after its length has been checked."""

    __slots__ = ("_at", "_engine", "data")

    def __init__(self, data: bytes, *, length: int, engine: Group) -> None:
        if len(data) != length:
            raise DecodeError("proof.length", f"{len(data)} bytes instead of {length}")
        self.data: Final = data
        self._engine: Final = engine
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes."""
        start, self._at = self._at, self._at + count
        return self.data[start : self._at]

    def point(self) -> tuple[bytes, Point]:
        """Return the next point, encoded and decoded."""
        data = self.take(POINT_BYTES)
        return data, self._engine.decode(data)

    def scalars(self, count: int) -> tuple[bytes, list[int]]:
        """Return the next *count* scalars, encoded and decoded, each of which must be reduced."""
        data = self.take(count * SCALAR_BYTES)
        values = [
            number(int.from_bytes(data[at : at + SCALAR_BYTES], "big")) for at in range(0, len(data), SCALAR_BYTES)
        ]
        if max(values) >= N:
            raise DecodeError("proof.scalar", f"before {self._at}")
        return data, values


def encode_scalars(scalars: Iterable[int]) -> bytes:
    """Return *scalars* in order, 32 bytes big-endian each."""
    return b"".join((scalar % Q).to_bytes(SCALAR_BYTES, "big") for scalar in scalars)


def random_scalars(coins: Coins, count: int) -> list[int]:
    """Return *count* uniform scalars in [1, n) from one draw of *coins*."""
    drawn = coins(64 * count)
    return [1 + int.from_bytes(drawn[at : at + 64], "big") % (Q - 1) for at in range(0, 64 * count, 64)]
