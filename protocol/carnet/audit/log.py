"""Step 5 of the procedure: the log, streamed (spec/audit.md#procedure).

One bundle of 256 entries is read at a time, and the frontier of the tree and one unfinished tile for each level are
held: memory does not grow with the log.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from carnet.audit.job import Job, Terms
from carnet.audit.packs import Packs
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
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk is, between two bundles: the tree so far, the tiles that are open, and how many were before.

    *roots* are those of the sizes on the way that somebody asked for.
    """

    size: int
    peaks: tuple[bytes, ...]
    tiles: tuple[tuple[bytes, ...], ...]
    written: tuple[int, ...]
    roots: tuple[tuple[int, bytes], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return this place as JSON can hold it."""
        return {
            "size": self.size,
            "peaks": [each.hex() for each in self.peaks],
            "tiles": [b"".join(each).hex() for each in self.tiles],
            "written": list(self.written),
            "roots": [[size, root.hex()] for size, root in self.roots],
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Place":
        """Return the place that `to_json` has told."""
        tiles = [bytes.fromhex(each) for each in told["tiles"]]
        return cls(
            size=told["size"],
            peaks=tuple(bytes.fromhex(each) for each in told["peaks"]),
            tiles=tuple(tuple(each[at : at + HASH_SIZE] for at in range(0, len(each), HASH_SIZE)) for each in tiles),
            written=tuple(told["written"]),
            roots=tuple((size, bytes.fromhex(root)) for size, root in told["roots"]),
        )


START: Final = Place(size=0, peaks=(), tiles=((),) * (MAX_LEVEL + 1), written=(0,) * (MAX_LEVEL + 1))


@final
class LogWalk:
    """Recomputes a log from its entries, and makes a job of each bundle.

    *seen* maps sizes that the log had before to the roots that it then had. *cuts* are the sizes in between which sums
    are wanted, ascending; *roots* then holds the roots of these sizes. *findings* are those of the tree and of files.
    """

    def __init__(
        self,
        read: Read,
        *,
        checkpoint: Checkpoint,
        seen: Mapping[int, bytes],
        cuts: Sequence[int],
        packs: Packs,
        terms: Terms,
        findings: Findings,
        start: Place = START,
    ) -> None:
        self.roots: Final = dict(start.roots)
        self.whole = False
        self._read: Final = read
        self._checkpoint: Final = checkpoint
        self._seen: Final = seen
        self._cuts: Final = cuts
        self._wanted: Final = frozenset((*cuts, *seen))
        self._packs: Final = packs
        self._terms: Final = terms
        self._findings: Final = findings
        self._tree: Final = Frontier(size=start.size, peaks=start.peaks)
        self._tiles: Final = [list(each) for each in start.tiles]
        self._written: Final = list(start.written)

    @property
    def place(self) -> Place:
        """Where the walk is."""
        tiles = tuple(tuple(each) for each in self._tiles)
        return Place(
            size=self._tree.size,
            peaks=self._tree.peaks,
            tiles=tiles,
            written=tuple(self._written),
            roots=tuple(self.roots.items()),
        )

    def jobs(self) -> Iterator[Job]:
        """Walk through the log, one bundle a step; *whole* says afterwards whether its end was reached."""
        size = self._checkpoint.size
        for index in range(self._tree.size // WIDTH, -(-size // WIDTH)):
            bundle = Bundle(tree=ENTRIES, index=index, width=min(WIDTH, size - index * WIDTH))
            entries = self._entries(bundle)
            if entries is None:
                return
            for entry in entries:
                self._append(leaf_hash(entry))
            yield self.job(entries, index=index)
        # what is left over of the tiles, and the root
        for level in range(MAX_LEVEL + 1):
            self._close_tile(level)
        self.whole = self._tree.root == self._checkpoint.root
        if not self.whole:
            self._findings.add("log.root", CHECKPOINT, f"size {size}")

    def job(self, entries: Sequence[bytes], *, index: int) -> Job:
        """Return the job of bundle *index*, which has these *entries*, with what lies beside them."""
        first, width = index * WIDTH, len(entries)
        where = Bundle(tree=RECORDS, index=index, width=width)
        records = self._findings.attempt(
            lambda: read_items(self._read, where), check="record.bundle", where=where.path, index=first
        )
        beside = Bundle(tree=PROOFS, index=index, width=width)
        proofs = self._findings.attempt(
            lambda: read_items(self._read, beside), check="proof.bundle", where=beside.path, index=first
        )
        return Job(
            first=first,
            entries=entries,
            records=records,
            proofs=proofs,
            where=(where.path, beside.path),
            packs=self._packs.named_by(records or ()),
            cuts=self._cuts[bisect_right(self._cuts, first) : bisect_left(self._cuts, first + width)],
            terms=self._terms,
        )

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
        self._tiles[0].append(leaf)
        if len(self._tiles[0]) == WIDTH:
            for level, node in enumerate(completed[HEIGHT::HEIGHT], start=1):
                self._close_tile(level - 1)
                self._tiles[level].append(node)
        size = self._tree.size
        if size in self._wanted:
            self._reached(size, self._tree.root)

    def _reached(self, size: int, root: bytes) -> None:
        """Note the *root* at a *size* that somebody asks for."""
        self.roots[size] = root
        if self._seen.get(size, root) != root:
            self._findings.add("log.fork", CHECKPOINT, f"at size {size}")

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
