"""One VASP's log as files, written as it grows: one bundle and one unfinished tile a level are held."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final, final

from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    PROOFS,
    RECORDS,
    WIDTH,
    Bundle,
    Tile,
    encode_bundle,
    encode_tile,
)

Write = Callable[[str, bytes], None]
"""Put a file with such content at a path of the published folder."""


@final
class LogWriter:
    """A log of which only what is full is written, until it is finished."""

    def __init__(self, write: Write, *, origin: str) -> None:
        self._write: Final = write
        self._origin: Final = origin
        self._tree: Final = Frontier()
        self._items: Final[list[tuple[bytes, bytes, bytes]]] = []
        self._tiles: Final[list[list[bytes]]] = [[] for _ in range(MAX_LEVEL + 1)]
        self._written: Final = [0] * (MAX_LEVEL + 1)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return self._tree.root

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of all entries."""
        return Checkpoint(origin=self._origin, size=self.size, root=self.root)

    def append(self, data: bytes, proof: bytes) -> None:
        """Add an item, and the *proof* beside it."""
        entry = sha256(data).digest()
        for level, node in enumerate(self._tree.append(leaf_hash(entry))[::HEIGHT]):
            self._tiles[level].append(node)
            if len(self._tiles[level]) == WIDTH:
                self._close_tile(level)
        self._items.append((entry, data, proof))
        if len(self._items) == WIDTH:
            self._close_bundle()

    def finish(self) -> None:
        """Write what is not full."""
        if self._items:
            self._close_bundle()
        for level in range(MAX_LEVEL + 1):
            if self._tiles[level]:
                self._close_tile(level)

    def _close_tile(self, level: int) -> None:
        hashes = self._tiles[level]
        tile = Tile(level=level, index=self._written[level], width=len(hashes))
        self._write(tile.path, encode_tile(hashes))
        self._written[level] += 1
        hashes.clear()

    def _close_bundle(self) -> None:
        width = len(self._items)
        index = -(-self.size // WIDTH) - 1
        for tree, items in zip((ENTRIES, RECORDS, PROOFS), zip(*self._items, strict=True), strict=True):
            self._write(Bundle(tree=tree, index=index, width=width).path, encode_bundle(items))
        self._items.clear()
