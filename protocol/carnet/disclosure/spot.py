"""Which records a spot check opens: chosen by what neither side could foresee (spec/disclosure.md#spot-checks).

The auditor draws its nonce after the checkpoint was cosigned: a VASP that has grouped its records already cannot tell
which of them will be opened, and whoever has both can draw them again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from carnet.errors import UsageError
from carnet.log.checkpoint import Checkpoint
from carnet.params import HASH_SIZE

_DRAW: Final = 8


def checkpoint_hash(checkpoint: Checkpoint) -> bytes:
    """Return the hash by which a spot check names *checkpoint*: SHA-256 of its text, without signatures."""
    return hashlib.sha256(checkpoint.text).digest()


def select(eligible: Sequence[int], *, checkpoint: bytes, nonce: bytes, count: int) -> tuple[int, ...]:
    """Return *count* of the *eligible* indices, or all if there are no more, in ascending order.

    *eligible* ascends; *checkpoint* is the `checkpoint_hash` of the cosigned checkpoint.
    """
    if any(left >= right for left, right in pairwise(eligible)):
        raise UsageError("the indices to choose from ascend, each once")
    if len(checkpoint) != HASH_SIZE or len(nonce) != HASH_SIZE or count < 0:
        raise UsageError("a checkpoint's hash and a nonce have 32 bytes, and a count is not negative")
    pool, numbers = list(eligible), _numbers(hashlib.sha256(checkpoint + nonce).digest())
    most = min(count, len(pool))
    for at in range(most):
        other = at + _below(len(pool) - at, numbers)
        pool[at], pool[other] = pool[other], pool[at]
    return tuple(sorted(pool[:most]))


def _numbers(seed: bytes) -> Iterator[int]:
    """Yield 64-bit numbers, four from each SHA-256(seed || U64BE(i))."""
    block = 0
    while True:
        digest = hashlib.sha256(seed + block.to_bytes(8, "big")).digest()
        for start in range(0, HASH_SIZE, _DRAW):
            yield int.from_bytes(digest[start : start + _DRAW], "big")
        block += 1


def _below(bound: int, numbers: Iterator[int]) -> int:
    """Return the next number below *bound*; those that would favour the small ones are passed over."""
    fair = (1 << 64) // bound * bound
    return next(number for number in numbers if number < fair) % bound
