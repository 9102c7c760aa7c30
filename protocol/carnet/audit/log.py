"""Steps 5 and 6 of the procedure: the log, streamed (spec/audit.md#procedure).

One bundle of 256 entries is read at a time, and the frontier of the tree and one unfinished tile for each level are
held: memory does not grow with the log.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final, final

from carnet.audit.record import RecordAudit
from carnet.audit.report import Findings
from carnet.errors import DecodeError
from carnet.evidence import Read, read_items, read_tile
from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import HASH_SIZE, Frontier, leaf_hash
from carnet.log.tiles import CHECKPOINT, ENTRIES, HEIGHT, MAX_LEVEL, PROOFS, RECORDS, WIDTH, Bundle, Tile


def read_entries(read: Read, bundle: Bundle) -> list[bytes]:
    """Return the entries of *bundle*: hashes, all of them.

    Raises:
        DecodeError: ``tiles.truncated``, ``tiles.trailing``, ``evidence.size`` or ``evidence.entry``.
    """
    entries = read_items(read, bundle, most=HASH_SIZE)
    for number, entry in enumerate(entries):
        if len(entry) != HASH_SIZE:
            raise DecodeError("evidence.entry", f"item {number} has {len(entry)} bytes")
    return entries


@final
class LogAudit:
    """Recomputes a log from its entries, and passes each record on that an entry bears out.

    *seen* maps sizes that the log had before to the roots that it then had.
    """

    def __init__(
        self,
        read: Read,
        *,
        checkpoint: Checkpoint,
        seen: Mapping[int, bytes],
        records: RecordAudit,
        findings: Findings,
    ) -> None:
        self._read: Final = read
        self._checkpoint: Final = checkpoint
        self._seen: Final = seen
        self._records: Final = records
        self._findings: Final = findings
        self._tree: Final = Frontier()
        self._tiles: Final[list[list[bytes]]] = [[] for _ in range(MAX_LEVEL + 1)]
        self._written: Final = [0] * (MAX_LEVEL + 1)

    def steps(self) -> Iterator[int]:
        """Walk through the log, one bundle a step; yield how many entries have been read."""
        size = self._checkpoint.size
        for index in range(-(-size // WIDTH)):
            width = min(WIDTH, size - index * WIDTH)
            entries = self._entries(Bundle(tree=ENTRIES, index=index, width=width))
            if entries is None:
                return
            for entry in entries:
                self._append(leaf_hash(entry))
            self._bundle(entries, index=index)
            yield self._tree.size
        # (5) what is left over of the tiles, and the root
        for level in range(MAX_LEVEL + 1):
            self._close_tile(level)
        if self._tree.root != self._checkpoint.root:
            self._findings.add("log.root", CHECKPOINT, f"size {size}")

    # (5) entries and tiles
    def _entries(self, bundle: Bundle) -> list[bytes] | None:
        """Return the entries of *bundle*, or None: nothing after them can be placed without them."""
        return self._findings.attempt(
            lambda: read_entries(self._read, bundle),
            check="log.entries",
            where=bundle.path,
            index=bundle.index * WIDTH,
        )

    def _append(self, leaf: bytes) -> None:
        """Add a leaf to the tree; set a tile against the source's whenever one is full."""
        completed = self._tree.append(leaf)
        for level, node in enumerate(completed[::HEIGHT]):
            self._tiles[level].append(node)
            if len(self._tiles[level]) == WIDTH:
                self._close_tile(level)
        before = self._seen.get(self._tree.size)
        if before is not None and self._tree.root != before:
            self._findings.add("log.fork", CHECKPOINT, f"at size {self._tree.size}")

    def _close_tile(self, level: int) -> None:
        """Set the tile that is open at *level* against the source's."""
        hashes = self._tiles[level]
        if not hashes:
            return
        tile = Tile(level=level, index=self._written[level], width=len(hashes))
        found = self._findings.attempt(lambda: read_tile(self._read, tile), check="log.tile", where=tile.path)
        if found is not None and found != hashes:
            wrong = next(at for at, (one, other) in enumerate(zip(found, hashes, strict=True)) if one != other)
            self._findings.add("log.tile", tile.path, f"hash {wrong}")
        self._written[level] += 1
        hashes.clear()

    # (6) the records that the entries are hashes of
    def _bundle(self, entries: list[bytes], *, index: int) -> None:
        """Pass on the records of one bundle, each with its proof."""
        first, width = index * WIDTH, len(entries)
        where = Bundle(tree=RECORDS, index=index, width=width)
        records = self._findings.attempt(
            lambda: read_items(self._read, where), check="record.bundle", where=where.path, index=first
        )
        beside = Bundle(tree=PROOFS, index=index, width=width)
        proofs = self._findings.attempt(
            lambda: read_items(self._read, beside), check="proof.bundle", where=beside.path, index=first
        )
        for number, entry in enumerate(entries if records is not None else []):
            data = records[number] if records is not None else b""
            if sha256(data).digest() != entry:
                self._findings.add("record.entry", where.path, f"item {number}", index=first + number)
                continue
            self._records.add(
                data, None if proofs is None else proofs[number], index=first + number, where=(where.path, beside.path)
            )
