"""Merkle trees of RFC 6962: hash, prove and verify (spec/log.md#tree).

Where a tree is kept is not this module's business: what it needs of a stored tree it asks of a `ReadHash`. Proofs
are verified against a root that somebody else has verified; a root proves nothing by itself.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, final

from carnet.errors import DecodeError, UsageError, VerifyError

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

ReadHash = Callable[[int, int], bytes]
"""Return the hash of the complete subtree of 2^level leaves that starts at leaf index * 2^level: (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (spec/log.md#tree)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above *left* and *right* (spec/log.md#tree)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(read: ReadHash, *, size: int) -> bytes:
    """Return the root of the first *size* leaves of a stored tree."""
    return _range_hash(read, 0, size) if size else EMPTY_ROOT


def inclusion_path(read: ReadHash, *, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from leaf *index* to the root of *size* leaves, the lowest first."""
    if not 0 <= index < size:
        raise UsageError(f"leaf {index} of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(read, middle, end))
            end = middle
        else:
            path.append(_range_hash(read, start, middle))
            start = middle
    return path[::-1]


def consistency_path(read: ReadHash, *, old_size: int, new_size: int) -> list[bytes]:
    """Return the hashes that show the first *old_size* leaves unchanged among *new_size*."""
    if not 0 < old_size <= new_size:
        raise UsageError(f"sizes {old_size} and {new_size}")
    path, start, end = [], 0, new_size
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_hash(read, middle, end))
            end = middle
        else:
            path.append(_range_hash(read, start, middle))
            start = middle
    if start:
        path.append(_range_hash(read, start, end))
    return path[::-1]


def verify_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Return only if *leaf*, a leaf hash, is number *index* of the *size* under *root* (spec/log.md#inclusion).

    Raises:
        VerifyError: ``inclusion.index``, ``inclusion.short``, ``inclusion.long`` or ``inclusion.root``.
    """
    _require_hashes(leaf, root, *path)  # (1)
    if not 0 <= index < size:  # (2)
        raise VerifyError("inclusion.index", f"leaf {index} of {size}")
    turns = (index ^ (size - 1)).bit_length()
    wanted = turns + (index >> turns).bit_count()
    if len(path) < wanted:  # (3)
        raise VerifyError("inclusion.short", f"{len(path)} hashes of {wanted}")
    if len(path) > wanted:
        raise VerifyError("inclusion.long", f"{len(path)} hashes of {wanted}")
    if _climb(leaf, index, path, turns) != root:  # (4)
        raise VerifyError("inclusion.root", f"leaf {index} of {size}")


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Return only if the tree of *new_size* begins with that of *old_size* (spec/log.md#consistency).

    Raises:
        VerifyError: ``consistency.size``, ``.short``, ``.long``, ``.old_root`` or ``.new_root``.
    """
    _require_hashes(old_root, new_root, *path)  # (1)
    if not 0 < old_size <= new_size:  # (2)
        raise VerifyError("consistency.size", f"from {old_size} to {new_size}")
    # The walk starts at the largest complete subtree that ends where the old tree ends; when that subtree is the
    # whole old tree, its hash is the old root, and the path leaves it out.
    level = (old_size & -old_size).bit_length() - 1 if old_size < new_size else 0
    index, last = (old_size - 1) >> level, (new_size - 1) >> level
    whole = old_size == new_size or index == 0
    turns = (index ^ last).bit_length()
    wanted = 0 if old_size == new_size else turns + (index >> turns).bit_count() + (not whole)
    if len(path) < wanted:  # (3)
        raise VerifyError("consistency.short", f"{len(path)} hashes of {wanted}")
    if len(path) > wanted:
        raise VerifyError("consistency.long", f"{len(path)} hashes of {wanted}")
    start, rest = (old_root, path) if whole else (path[0], path[1:])
    lefts = [each for at, each in enumerate(rest) if at >= turns or index >> at & 1]
    if _chain(start, lefts) != old_root:  # (4)
        raise VerifyError("consistency.old_root", f"from {old_size} to {new_size}")
    if _climb(start, index, rest, turns) != new_root:  # (5)
        raise VerifyError("consistency.new_root", f"from {old_size} to {new_size}")


@final
class Frontier:
    """A tree that only grows, kept as the roots of its complete subtrees: what a log or a reader of one carries.

    >>> tree = Frontier()
    >>> for entry in (b"a", b"b", b"c"):
    ...     _ = tree.append(leaf_hash(entry))
    >>> tree.size, len(tree.peaks)
    (3, 2)
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, *, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Resume a tree of *size* leaves from its *peaks*, the largest first."""
        if size.bit_count() != len(peaks):
            raise UsageError(f"{len(peaks)} peaks for {size} leaves")
        self._size = size
        self._peaks = list(peaks)

    @classmethod
    def load(cls, read: ReadHash, *, size: int) -> "Frontier":
        """Resume a stored tree of *size* leaves."""
        return cls(size=size, peaks=[read(level, index) for level, index in _subtrees(0, size)])

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, from left to right: with *size*, all that is needed to resume."""
        return tuple(self._peaks)

    @property
    def root(self) -> bytes:
        """The root of all leaves so far."""
        return _fold(self._peaks) if self._peaks else EMPTY_ROOT

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf hash; return the hashes of the subtrees that it completes, by level, itself the first."""
        completed = [leaf]
        for _ in range((~self._size & (self._size + 1)).bit_length() - 1):
            completed.append(node_hash(self._peaks.pop(), completed[-1]))
        self._peaks.append(completed[-1])
        self._size += 1
        return completed


def _split(size: int) -> int:
    """Return the largest power of two smaller than *size*."""
    return 1 << (size - 1).bit_length() - 1


def _subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut leaves [start, end) into complete subtrees, as (level, index); *start* is a multiple of the first's size."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash above *hashes*, joined from the right."""
    total = hashes[-1]
    for left in reversed(hashes[:-1]):
        total = node_hash(left, total)
    return total


def _range_hash(read: ReadHash, start: int, end: int) -> bytes:
    """Return the hash of leaves [start, end), a node of some tree."""
    return _fold([read(level, index) for level, index in _subtrees(start, end)])


def _climb(start: bytes, index: int, path: Sequence[bytes], turns: int) -> bytes:
    """Return the root that *path* leads to: its first *turns* hashes lie as *index* says, all others to the left."""
    total = start
    for at, beside in enumerate(path):
        left = at >= turns or index >> at & 1
        total = node_hash(beside, total) if left else node_hash(total, beside)
    return total


def _chain(start: bytes, lefts: Sequence[bytes]) -> bytes:
    """Return the hash above *start* when each of *lefts* in turn stands to its left."""
    total = start
    for left in lefts:
        total = node_hash(left, total)
    return total


def _require_hashes(*hashes: bytes) -> None:
    """Refuse whatever is not as long as a hash, since the tree's hash would not notice."""
    for each in hashes:
        if len(each) != HASH_SIZE:
            raise DecodeError("merkle.hash", f"{len(each)} bytes")
