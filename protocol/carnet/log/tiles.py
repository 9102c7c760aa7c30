"""Where the hashes and entries of a log lie, and in what bytes: the tlog-tiles format (spec/log.md#tiles).

Paths and contents only; whoever has files or a network passes in a `Read`. Nothing here is verified by itself: hashes
that come out of tiles lead to a root, and the root is compared with a verified checkpoint's.

Hashes lie in tiles, 256 side by side; entries, records and proofs lie in bundles, 256 to a file, in three trees of
files that share their shape.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.errors import DecodeError, UsageError
from carnet.log.merkle import HASH_SIZE, ReadHash, node_hash

WIDTH: Final = 256
HEIGHT: Final = 8
MAX_LEVEL: Final = 6
MAX_INDEX: Final = 10**15 - 1
MAX_ITEM: Final = 0xFFFF

ENTRIES: Final = "tile/entries"
RECORDS: Final = "records"
PROOFS: Final = "proofs"
CHECKPOINT: Final = "checkpoint"

Read = Callable[[str], bytes]
"""Return the contents of a file of the log, by its path."""

_PATH: Final = re.compile(
    r"(?:tile/(?P<level>[0-6])|(?P<tree>tile/entries|records|proofs))"
    r"/(?P<index>(?!x000)(?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Up to 256 hashes side by side: number i is that of 256^level leaves from (256 * index + i) * 256^level."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= MAX_LEVEL:
            raise UsageError(f"a tile of level {self.level}")
        _require_place(self.index, self.width)

    @property
    def path(self) -> str:
        """Where the tile lies (spec/log.md#paths)."""
        return f"tile/{self.level}/{_place(self.index, self.width)}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Up to 256 items of one of the three trees of bundles, from leaf 256 * index."""

    tree: str
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.tree not in {ENTRIES, RECORDS, PROOFS}:
            raise UsageError(f"no tree of bundles is called {self.tree}")
        _require_place(self.index, self.width)

    @property
    def path(self) -> str:
        """Where the bundle lies (spec/log.md#paths)."""
        return f"{self.tree}/{_place(self.index, self.width)}"


def parse_path(path: str) -> Tile | Bundle:
    """Return what lies at *path*, which is written in the one way there is (spec/log.md#paths).

    >>> parse_path("tile/0/x001/x234/067.p/8")
    Tile(level=0, index=1234067, width=8)

    Raises:
        DecodeError: ``tiles.path``.
    """
    if (found := _PATH.fullmatch(path)) is None:
        raise DecodeError("tiles.path")
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = int(found["width"] or WIDTH)
    if width >= WIDTH and found["width"]:
        raise DecodeError("tiles.path", f"width {width}")
    if found["tree"]:
        return Bundle(tree=found["tree"], index=index, width=width)
    return Tile(level=int(found["level"]), index=index, width=width)


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """Return the contents of a tile."""
    if not 1 <= len(hashes) <= WIDTH or any(len(each) != HASH_SIZE for each in hashes):
        raise UsageError("a tile holds 1 to 256 hashes of 32 bytes")
    return b"".join(hashes)


def decode_tile(data: bytes, *, width: int) -> list[bytes]:
    """Return the *width* hashes of a tile (spec/log.md#tiles).

    Raises:
        DecodeError: ``tiles.size``.
    """
    if len(data) != width * HASH_SIZE:
        raise DecodeError("tiles.size", f"{len(data)} bytes for {width} hashes")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def encode_bundle(items: Sequence[bytes]) -> bytes:
    """Return the contents of a bundle: each item after its length in two bytes."""
    if not 1 <= len(items) <= WIDTH or any(len(each) > MAX_ITEM for each in items):
        raise UsageError("a bundle holds 1 to 256 items of at most 65535 bytes")
    return b"".join(len(each).to_bytes(2, "big") + each for each in items)


def decode_bundle(data: bytes, *, width: int) -> list[bytes]:
    """Return the *width* items of a bundle (spec/log.md#bundles).

    Raises:
        DecodeError: ``tiles.truncated`` or ``tiles.trailing``.
    """
    items, at = [], 0
    for number in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise DecodeError("tiles.truncated", f"item {number} of {width}")
        items.append(data[start:at])
    if at < len(data):
        raise DecodeError("tiles.trailing", f"{len(data) - at} bytes")
    return items


def changed_tiles(*, old_size: int, new_size: int) -> Iterator[Tile]:
    """Yield the tiles to be written when a log grows from *old_size* to *new_size*, the lowest level first."""
    if not 0 <= old_size <= new_size:
        raise UsageError(f"from {old_size} to {new_size}")
    for level in range(MAX_LEVEL + 1):
        shift = level * HEIGHT
        for index, width in _grown(old_size >> shift, new_size >> shift):
            yield Tile(level=level, index=index, width=width)


def changed_bundles(tree: str, *, old_size: int, new_size: int) -> Iterator[Bundle]:
    """Yield the bundles of *tree* to be written when a log grows from *old_size* to *new_size*."""
    if not 0 <= old_size <= new_size:
        raise UsageError(f"from {old_size} to {new_size}")
    for index, width in _grown(old_size, new_size):
        yield Bundle(tree=tree, index=index, width=width)


def bundle_at(tree: str, *, leaf: int, size: int) -> Bundle:
    """Return the bundle of *tree* that holds the item of *leaf*, in a log of *size*; it is item ``leaf % 256``."""
    if not 0 <= leaf < size:
        raise UsageError(f"leaf {leaf} of {size}")
    return Bundle(tree=tree, index=leaf // WIDTH, width=min(WIDTH, size - leaf // WIDTH * WIDTH))


def hash_reader(read: Read, *, size: int) -> ReadHash:
    """Return a reader of the subtrees of a log of *size* leaves, which asks *read* for each tile once.

    The reader raises `DecodeError` (``tiles.size``) for a tile of the wrong size, and whatever *read* raises.
    """
    tiles: dict[Tile, list[bytes]] = {}

    def read_hash(level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, HEIGHT)
        start, count = index << rise, 1 << rise
        tile_index, first = divmod(start, WIDTH)
        width = min(WIDTH, (size >> tile_level * HEIGHT) - tile_index * WIDTH)
        if first + count > width:
            raise UsageError(f"no subtree {index} of level {level} among {size} leaves")
        tile = Tile(level=tile_level, index=tile_index, width=width)
        if tile not in tiles:
            tiles[tile] = decode_tile(read(tile.path), width=width)
        return _join(tiles[tile][first : first + count])

    return read_hash


def _join(hashes: list[bytes]) -> bytes:
    """Return the hash above *hashes*, a power of two of them."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _grown(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield (index, width) of the files that hold items *old* to *new* when there are *new* of them."""
    for index in range(old // WIDTH, -(-new // WIDTH) if new > old else 0):
        yield index, min(WIDTH, new - index * WIDTH)


def _place(index: int, width: int) -> str:
    """Return the end of a path: the index in groups of three digits, all but the last marked, and a partial width."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = "" if width == WIDTH else f".p/{width}"
    return "/".join([*(f"x{each}" for each in groups[:-1]), groups[-1]]) + partial


def _require_place(index: int, width: int) -> None:
    """Refuse a place that no path can name."""
    if not 0 <= index <= MAX_INDEX or not 1 <= width <= WIDTH:
        raise UsageError(f"index {index}, width {width}")
