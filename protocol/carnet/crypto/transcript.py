"""The Fiat-Shamir transcript: say everything, then ask (spec/threshold-proofs.md#transcript).

A chain of SHA-512 in which every label and message is framed by its length, so that no two sequences of
statements share a state. The caller makes it, says who and what a proof is for, and passes it in: a proof
copied into another context then fails by itself.
"""

import hashlib
from copy import copy
from functools import lru_cache
from typing import Final, Self, final

from carnet.crypto.group.scalars import Q

_SAY: Final = b"\x00"
_ASK: Final = b"\x01"
_START: Final = b"\x02"
_BLOCK: Final = b"\x03"


@final
class Transcript:
    """A labelled, length-framed record of what both sides have said.

    >>> t = Transcript(b"carnet/example/v1").say(b"limit", b"1000")
    >>> t.ask(b"c", 4) == t.ask(b"c", 4)  # an answer is itself recorded
    False
    """

    __slots__ = ("_state",)

    def __init__(self, protocol_label: bytes) -> None:
        self._state = bytes(64)
        self._absorb(_framed(_START, b"carnet/transcript/v1"), protocol_label)

    def say(self, label: bytes, message: bytes) -> Self:
        """Bind *message* under *label*."""
        self._absorb(_framed(_SAY, label), message)
        return self

    def ask(self, label: bytes, length: int) -> bytes:
        """Return *length* challenge bytes that depend on all said so far."""
        self._absorb(_framed(_ASK, label), length.to_bytes(4, "big"))
        blocks = range(-(-length // 64))
        return b"".join(hashlib.sha512(self._state + _BLOCK + index.to_bytes(4, "big")).digest() for index in blocks)[
            :length
        ]

    def challenge(self, label: bytes) -> int:
        """Return a scalar in [1, n) that depends on all said so far: 1 + (64 bytes mod n - 1)."""
        return 1 + int.from_bytes(self.ask(label, 64), "big") % (Q - 1)

    def clone(self) -> Self:
        """Return a transcript that has heard the same and goes its own way from here."""
        return copy(self)

    def _absorb(self, start: bytes, message: bytes) -> None:
        self._state = hashlib.sha512(self._state + start + len(message).to_bytes(4, "big") + message).digest()


@lru_cache(maxsize=256)
def _framed(kind: bytes, label: bytes) -> bytes:
    """Return how a statement of this *kind* starts; labels are few."""
    return kind + len(label).to_bytes(4, "big") + label
