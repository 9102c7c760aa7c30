"""What is remembered of each record, so that what comes twice is known: in rows, which need not fit into memory.

A reminder is a hash of 16 bytes under a key that nobody else knows: whoever chooses what is logged can neither make
two reminders equal nor have all of them begin alike.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from heapq import nsmallest
from itertools import combinations
from typing import Any, Final, Protocol, final

from carnet.reporting.chains import LinkedRecord

REMINDER: Final = 16
INDEX: Final = 8
ROW: Final = REMINDER + INDEX
"""The size of a row that tells in which record a reminder was seen."""
HEAPS: Final = 256


class Rows(Protocol):
    """Rows of bytes, all of one size, of which there may be more than memory holds."""

    def add(self, rows: bytes) -> None:
        """Remember *rows*, one after the other."""
        ...

    def heaps(self) -> Iterator[Iterable[bytes]]:
        """Yield 256 heaps of rows, by their first bytes."""
        ...

    def mark(self) -> Any:
        """Return, as JSON can hold it, what brings back the rows so far."""
        ...


class Shelf(Protocol):
    """Where rows are kept."""

    def rows(self, name: str, *, size: int, mark: Any = None) -> Rows:
        """Return the rows called *name*, each of *size* bytes: none, or those at *mark*."""
        ...


def reminder(string: bytes, *, key: bytes) -> bytes:
    """Return the 16 bytes by which *string* is remembered."""
    return blake2b(string, digest_size=REMINDER, key=key).digest()


def row(reminded: bytes, index: int) -> bytes:
    """Return the row that tells that record *index* has what *reminded* stands for."""
    return reminded + index.to_bytes(INDEX, "big")


def linked_mark(index: int, linked: LinkedRecord, *, key: bytes) -> int:
    """Return by what record *index*, one that is *linked*, is known again; whoever has no *key* cannot foresee it."""
    told = b"%d %d %d " % (index, linked.epoch, linked.reach) + linked.value + linked.window
    return int.from_bytes(reminder(told, key=key), "big")


def both_marks(one: int, other: int) -> int:
    """Return the mark of two sets of records together; 0 is that of none."""
    return (one + other) % (1 << 8 * REMINDER)


def split(rows: bytes, size: int) -> list[bytes]:
    """Return *rows* one by one."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def repeated(rows: Rows, *, most: int) -> tuple[list[int], int]:
    """Return the *most* first records whose reminders other records before them have, and how many there are."""
    count = 0

    def indexes() -> Iterator[int]:
        nonlocal count
        for heap in rows.heaps():
            first: dict[bytes, int] = {}
            seen = sorted({(int.from_bytes(each[REMINDER:], "big"), each[:REMINDER]) for each in heap})
            for index, reminded in seen:
                if first.setdefault(reminded, index) != index:
                    count += 1
                    yield index

    found = nsmallest(most, indexes())
    return found, count


def shared(gathered: list[Rows]) -> dict[tuple[int, int], int]:
    """Return how many reminders each two of *gathered* have in common, by their numbers, if any."""
    found: dict[tuple[int, int], int] = {}
    for heaps in zip(*(each.heaps() for each in gathered), strict=True):
        sets = [frozenset(heap) for heap in heaps]
        for one, other in combinations(range(len(sets)), 2):
            if common := len(sets[one] & sets[other]):
                found[one, other] = found.get((one, other), 0) + common
    return found


@final
class MemoryRows:
    """Rows in memory, for logs that are not large."""

    def __init__(self, rows: bytes, *, size: int) -> None:
        self._rows: Final = bytearray(rows)
        self._size: Final = size

    def add(self, rows: bytes) -> None:
        """Remember *rows*."""
        self._rows.extend(rows)

    def heaps(self) -> Iterator[Iterable[bytes]]:
        """Yield 256 heaps of rows."""
        heaps: list[list[bytes]] = [[] for _ in range(HEAPS)]
        for each in split(bytes(self._rows), self._size):
            heaps[each[0]].append(each)
        yield from heaps

    def mark(self) -> str:
        """Return all rows."""
        return self._rows.hex()


@final
class MemoryShelf:
    """Keeps rows in memory."""

    def rows(self, name: str, *, size: int, mark: Any = None) -> Rows:  # noqa: ARG002 - each is new
        """Return rows: none, or those at *mark*."""
        return MemoryRows(bytes.fromhex(mark or ""), size=size)
