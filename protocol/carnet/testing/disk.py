"""What a simulated node has stored, and the way in which it is killed."""

from dataclasses import dataclass, field
from typing import final

from carnet.envelope.payload import Payload
from carnet.log.record import Record
from carnet.messages import OfferHeader


class Killed(BaseException):
    """The node was killed at this point of its work."""


@final
@dataclass(slots=True, kw_only=True)
class Disk:
    """What one node has stored: states by transfer, offers and answers by the hash of the header they are about."""

    states: dict[bytes, bytes] = field(default_factory=dict)
    headers: dict[bytes, OfferHeader] = field(default_factory=dict)
    payloads: dict[bytes, Payload] = field(default_factory=dict)
    offers: dict[bytes, bytes] = field(default_factory=dict)
    replies: dict[bytes, bytes] = field(default_factory=dict)
    receipts: dict[bytes, bytes] = field(default_factory=dict)
    closings: dict[bytes, bytes] = field(default_factory=dict)
    txids: dict[bytes, str] = field(default_factory=dict)
    outbox: dict[tuple[bytes, str], tuple[str, bytes]] = field(default_factory=dict)
    windows: dict[str, bytes] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    records: dict[bytes, tuple[Record, ...]] = field(default_factory=dict)

    def copy(self) -> "Disk":
        """Return a copy to work on; what it holds is immutable."""
        return Disk(**{name: dict(getattr(self, name)) for name in self.__slots__})
