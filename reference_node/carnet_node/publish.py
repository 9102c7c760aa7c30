"""The published folder: all that an auditor reads (spec/audit.md#folder).

Every file is replaced as a whole; the checkpoint comes last, so that whoever reads it finds all that it speaks of.
Nothing here knows a transfer: records, proofs and hashes come in as bytes.
"""

import asyncio
import shutil
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from carnet.crypto import cose
from carnet.evidence import DIRECTORY, pack_path
from carnet.log.checkpoint import unverified_note
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.tiles import (
    CHECKPOINT,
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    PROOFS,
    RECORDS,
    WIDTH,
    Bundle,
    Tile,
    changed_bundles,
    changed_tiles,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
)
from carnet_node.files import flush_folder, replace_file
from carnet_node.stores import log_store
from carnet_node.stores.database import Database

KEEP: Final = 60
"""Of how many checkpoints partial files are kept also where the full ones are there."""


class Folder:
    """The files below *root*."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root

    def read(self, path: str) -> bytes:
        """Return the content of the file at *path*."""
        return (self.root / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Replace the file at *path*."""
        file = self.root / path
        if not file.parent.is_dir():
            _make_folder(file.parent)
        replace_file(file, data)

    def put_directory(self, signed: bytes) -> None:
        """Publish the signed directory."""
        self.write(DIRECTORY, signed)

    def put_pack(self, signed: bytes) -> None:
        """Publish a signed policy pack, under its hash."""
        self.write(pack_path(cose.payload_hash(signed)), signed)

    def grow(self, tree: Frontier, entries: Sequence[bytes], records: Sequence[bytes]) -> None:
        """Append *entries* to *tree*; write the tiles that change, and the bundles of entries and *records*."""
        old = tree.size
        added: dict[int, list[bytes]] = {level: [] for level in range(MAX_LEVEL + 1)}
        for entry in entries:
            for level, node in enumerate(tree.append(leaf_hash(entry))[::HEIGHT]):
                added[level].append(node)
        for tile in changed_tiles(old_size=old, new_size=tree.size):
            had = old >> tile.level * HEIGHT
            first, kept = tile.index * WIDTH, []
            if had > first:
                before = Tile(level=tile.level, index=tile.index, width=had - first)
                kept = decode_tile(self.read(before.path), width=before.width)
            start = first + len(kept) - had
            self.write(tile.path, encode_tile([*kept, *added[tile.level][start : start + tile.width - len(kept)]]))
        for name, items in ((ENTRIES, entries), (RECORDS, records)):
            for bundle in changed_bundles(name, old_size=old, new_size=tree.size):
                self.write(bundle.path, encode_bundle(self._items(bundle, items, old=old)))

    def _items(self, bundle: Bundle, added: Sequence[bytes], *, old: int) -> list[bytes]:
        """Return the items of *bundle*: those that it had when the log had *old* entries, and some of *added*."""
        first, kept = bundle.index * WIDTH, []
        if old > first:
            before = Bundle(tree=bundle.tree, index=bundle.index, width=old - first)
            kept = decode_bundle(self.read(before.path), width=before.width)
        start = first + len(kept) - old
        return [*kept, *added[start : start + bundle.width - len(kept)]]

    def published_size(self) -> int:
        """Return the size of which the published checkpoint speaks, or 0."""
        try:
            return unverified_note(self.read(CHECKPOINT)).checkpoint.size
        except FileNotFoundError:
            return 0

    def partial_widths(self, number: int) -> list[int]:
        """Return the widths of the partial bundles *number* of proofs."""
        folder = (self.root / Bundle(tree=PROOFS, index=number, width=1).path).parent
        return [int(file.name) for file in folder.glob("*") if file.name.isdigit()]

    def forget(self, size: int, *, but: Sequence[int]) -> None:
        """Remove the partial files beside those of the log of *size*, where the full one is there.

        Those stay that a log of one of the sizes *but* has, and all that lie beside them.
        """
        kept = {each.path.rpartition("/")[0] for one in but for each in _partial(one)}
        for each in _partial(size):
            folder = each.path.rpartition("/")[0]
            if folder not in kept and (self.root / folder).with_suffix("").exists():
                shutil.rmtree(self.root / folder, ignore_errors=True)


class Publisher:
    """Publishes checkpoints, and proofs when they are made, in one order for all who ask."""

    def __init__(self, folder: Folder, database: Database, *, keep: int = KEEP) -> None:
        self.folder: Final = folder
        self._keep: Final = keep
        self._database: Final = database
        self._lock: Final = asyncio.Lock()
        self._shown: Final[deque[int]] = deque()

    async def publish(self, note: bytes, *, head_size: int) -> None:
        """Publish the cosigned checkpoint *note*, and the proofs that are made so far, before it."""
        size = unverified_note(note).checkpoint.size
        async with self._lock:
            old = await asyncio.to_thread(self.folder.published_size)
            made = await self._proofs(changed_bundles(PROOFS, old_size=min(old, size), new_size=size))
            await asyncio.to_thread(self._write, {**made, CHECKPOINT: note})
            if size not in self._shown:
                self._shown.append(size)
            if len(self._shown) > self._keep:
                gone = self._shown.popleft()
                await asyncio.to_thread(self.folder.forget, gone, but=(*self._shown, head_size))

    async def republish(self, indices: Sequence[int]) -> None:
        """Publish the proofs beside the entries *indices*, which have been made, as far as the log is published.

        They come into the files of earlier checkpoints too: whoever audits one of those waits for them.
        """
        async with self._lock:
            size = await asyncio.to_thread(self.folder.published_size)
            first = {index // WIDTH: index % WIDTH for index in sorted(indices, reverse=True) if index < size}
            for number, place in first.items():
                widths = {*self.folder.partial_widths(number), min(WIDTH, size - number * WIDTH)}
                bundles = [Bundle(tree=PROOFS, index=number, width=width) for width in widths if width > place]
                await asyncio.to_thread(self._write, await self._proofs(bundles))

    async def _proofs(self, bundles: Iterable[Bundle]) -> dict[str, bytes]:
        """Return the contents of *bundles*, by path."""
        made = {}
        for bundle in bundles:
            start, end = bundle.index * WIDTH, bundle.index * WIDTH + bundle.width
            items = await self._database.read(partial(log_store.proofs_between, start=start, end=end))
            made[bundle.path] = encode_bundle(items)
        return made

    def _write(self, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            self.folder.write(path, data)


def _partial(size: int) -> list[Tile | Bundle]:
    """Return the partial tiles and bundles of a log of *size*."""
    found: list[Tile | Bundle] = []
    for level in range(MAX_LEVEL + 1):
        index, width = divmod(size >> level * HEIGHT, WIDTH)
        if width:
            found.append(Tile(level=level, index=index, width=width))
    index, width = divmod(size, WIDTH)
    if width:
        found += [Bundle(tree=tree, index=index, width=width) for tree in (ENTRIES, RECORDS, PROOFS)]
    return found


def _make_folder(folder: Path) -> None:
    """Make *folder* and those above it, and put their names on the disk."""
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)
