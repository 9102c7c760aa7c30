"""Rows that need not fit into memory: in 256 heap files of a folder, appended to and read back one at a time.

A row goes to the heap of its first byte, which is a keyed hash's: whoever writes the log cannot fill one heap alone.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import SEEK_END
from pathlib import Path
from typing import Any, Final, final

from carnet.audit.reminders import HEAPS, Rows, split
from carnet.audit.state import StateError

FLUSH: Final = 2**20
"""How many bytes wait in memory before they are written."""
LIMIT: Final = 8 * 2**30
"""How many bytes the rows of one audit may take on the disk, unless told otherwise: enough for 60 million records."""


@final
class ScratchFullError(Exception):
    """The rows of an audit would take more of the disk than they may."""


@final
class ScratchError(Exception):
    """The rows of an audit cannot be written, or read again; the text says where, and why."""


@final
class DiskShelf:
    """Keeps rows below *root*, at most *limit* bytes of them."""

    def __init__(self, root: Path, *, limit: int = LIMIT) -> None:
        self._root: Final = root
        self._limit: Final = limit
        self._written = 0

    def rows(self, name: str, *, size: int, mark: Any = None) -> Rows:
        """Return the rows called *name*, each of *size* bytes: none, or those at *mark*.

        Raises:
            StateError: The files do not hold what *mark* says.
        """
        return DiskRows(self, self._root / name, size=size, mark=mark)

    def take(self, count: int) -> None:
        """Count *count* bytes more.

        Raises:
            ScratchFullError: They are more than may be.
        """
        self._written += count
        if self._written > self._limit:
            raise ScratchFullError(f"more than {self._limit} bytes are needed to tell what comes twice")


@final
class DiskRows:
    """Rows in a folder of their own."""

    def __init__(self, shelf: DiskShelf, folder: Path, *, size: int, mark: Any) -> None:
        self._shelf: Final = shelf
        self._folder: Final = folder
        self._size: Final = size
        self._heaps: Final = [bytearray() for _ in range(HEAPS)]
        self._waiting = 0
        self._lengths: Final[list[int]] = list(mark) if mark is not None else [0] * HEAPS
        with _telling():
            folder.mkdir(parents=True, exist_ok=True)
            for heap, length in enumerate(self._lengths):
                self._cut(heap, length)
        shelf.take(sum(self._lengths))

    def add(self, rows: bytes) -> None:
        """Remember *rows*, one after the other."""
        for each in split(rows, self._size):
            self._heaps[each[0]] += each
        self._waiting += len(rows)
        if self._waiting >= FLUSH:
            self._flush()

    def heaps(self) -> Iterator[list[bytes]]:
        """Yield the heaps, each read when its turn comes."""
        self._flush()
        for heap, length in enumerate(self._lengths):
            yield split(self._read(heap)[:length], self._size) if length else []

    def mark(self) -> list[int]:
        """Write what waits, and return how long the heaps are."""
        self._flush()
        return list(self._lengths)

    def _file(self, heap: int) -> Path:
        return self._folder / f"{heap:02x}"

    def _read(self, heap: int) -> bytes:
        with _telling():
            return self._file(heap).read_bytes()

    def _cut(self, heap: int, length: int) -> None:
        """Leave the first *length* bytes of a heap: what was written later has never been counted."""
        file = self._file(heap)
        try:
            with file.open("r+b") as opened:
                found = opened.seek(0, SEEK_END)
                if found > length:
                    opened.truncate(length)
        except FileNotFoundError:
            found = 0
        if found < length:
            raise StateError(f"{file}: {found} bytes, and the state speaks of {length}")

    def _flush(self) -> None:
        if not self._waiting:
            return
        self._shelf.take(self._waiting)
        for heap, rows in enumerate(self._heaps):
            if rows:
                with _telling(), self._file(heap).open("ab") as file:
                    file.write(rows)
                self._lengths[heap] += len(rows)
                rows.clear()
        self._waiting = 0


@contextmanager
def scratch(folder: Path | None, *, limit: int = LIMIT) -> Iterator[DiskShelf]:
    """Keep rows below *folder*, or where temporary files go, until the audit ends."""
    with _telling():
        root = Path(tempfile.mkdtemp(prefix="carnet-audit-", dir=folder))
    try:
        yield DiskShelf(root, limit=limit)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _telling() -> Iterator[None]:
    """Tell of what the operating system refuses: a disk that is full, a folder that is not ours."""
    try:
        yield
    except OSError as error:
        raise ScratchError(f"{error.filename or 'temporary files'}: {error.strerror}") from error
