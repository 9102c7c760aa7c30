"""Whose records belong together, where a law links transfers: the pages of window sums of a generated VASP.

Customers' chains hold all that they sent, or all that they received; nothing is ever offered that has no record, so
there are no phantoms. A cover has a chain of its own, as a customer with one transfer has.
"""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.reporting.window import CHAIN_SIZE, OpenedGroup, OpenedRecord, build_page, reach
from carnet.zk.commitment import Opening


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The chain of a record, by the record's hash; *order* is that of the offers in an interval."""

    entry: bytes
    chain: bytes
    order: int
    epoch: int
    value: Opening
    window: Opening


def chain_of(coins: Coins) -> bytes:
    """Return the name of a chain."""
    return sha256(coins(32)).digest()[:CHAIN_SIZE]


@final
class Chains:
    """All chains of one VASP, and the records that no page has shown yet."""

    def __init__(self, linked_window_s: int) -> None:
        self._reach: Final = reach(linked_window_s)
        self._slots: Final[dict[bytes, list[tuple[int, Opening]]]] = defaultdict(list)
        self._new: dict[bytes, list[OpenedRecord]] = defaultdict(list)

    def add(self, links: list[Link], places: dict[bytes, int]) -> None:
        """Add the records of an interval, which lie at these *places* of the log."""
        for each in sorted(links, key=lambda link: link.order):
            slots = self._slots[each.chain]
            start = next((at for at, (epoch, _) in enumerate(slots) if epoch >= each.epoch - self._reach), len(slots))
            earlier = [value for _, value in slots[start:]]
            self._new[each.chain].append(
                OpenedRecord(
                    slot=len(slots),
                    index=places[each.entry],
                    start=start,
                    value=each.value,
                    window=each.window,
                    earlier=sum(earlier[1:], earlier[0]) if earlier else None,
                )
            )
            slots.append((each.epoch, each.value))

    def page(self, *, serial: int, epoch: int, origin: str, coins: Coins) -> bytes | None:
        """Return the page of a report, or None if it has none."""
        new, self._new = self._new, defaultdict(list)
        groups = [OpenedGroup(chain=chain, entries=entries) for chain, entries in new.items()]
        if not groups:
            return None
        return build_page(groups, serial=serial, epoch=epoch, origin=origin, coins=coins).encode()
