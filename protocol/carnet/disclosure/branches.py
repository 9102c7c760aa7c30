"""Some leaves of a payload's tree, and the hashes that lead from them to its root (spec/disclosure.md#branches).

The tree is full, so its size says its shape. The hashes stand in the order in which a walk from the top, left before
right, meets subtrees without a shown leaf: none is given twice, and none that can be computed.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from carnet.errors import VerifyError
from carnet.params import TREE_SIZES

_NODE: Final = b"\1"


def prove(hashes: Sequence[bytes], *, shown: Collection[int]) -> list[bytes]:
    """Return what leads from the leaves in the places *shown* to the root over *hashes*, the hashes of all leaves."""
    if len(hashes) > 1 and shown:
        half = len(hashes) // 2
        left = {place for place in shown if place < half}
        right = {place - half for place in shown if place >= half}
        return prove(hashes[:half], shown=left) + prove(hashes[half:], shown=right)
    return [] if shown else [_root(hashes)]


def root(shown: Mapping[int, bytes], *, size: int, hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree of *size* leaves to which *shown*, leaf hashes by place, and *hashes* lead.

    Raises:
        VerifyError: ``disclosure.root``: there is no such tree.
    """
    if size not in TREE_SIZES or not shown or not all(0 <= place < size for place in shown):
        raise VerifyError("disclosure.root", "no such tree")
    rest = iter(hashes)
    try:
        found = _climb(shown, 0, size, rest)
    except StopIteration:
        raise VerifyError("disclosure.root", "too few hashes") from None
    if next(rest, None) is not None:
        raise VerifyError("disclosure.root", "too many hashes")
    return found


def _climb(shown: Mapping[int, bytes], start: int, size: int, rest: Iterator[bytes]) -> bytes:
    if not any(start <= place < start + size for place in shown):
        return next(rest)
    if size == 1:
        return shown[start]
    half = size // 2
    left = _climb(shown, start, half, rest)
    return _node(left, _climb(shown, start + half, half, rest))


def _root(level: Sequence[bytes]) -> bytes:
    while len(level) > 1:
        level = [_node(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
