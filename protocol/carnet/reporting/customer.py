"""A customer's chain as its own VASP keeps it: what a new transfer counts, what a report shows (spec/window.md#sums).

Pure functions of the chain's entries, in the order of their slots; whoever stores them does so under a lock per
customer, so that no two offers are made from one state.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, final

from carnet.params import CLOCK_SKEW_S, EPOCH_S
from carnet.reporting.window import MAX_ENTRIES, OpenedGroup, OpenedPhantom, OpenedRecord, reach
from carnet.zk.commitment import Opening
from carnet.zk.linear import MAX_RECORDS

MOST_RECORDS: Final = MAX_RECORDS


@unique
class Standing(IntEnum):
    """What has become of a transfer that was counted."""

    OPEN = 1
    MOVED = 2
    DROPPED = 3


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one transfer stands in a customer's chain: in *slot*; its window begins at slot *start*.

    *epoch* is that of its record, *index* the record's place in the log, *shown* whether a page has shown the slot, and
    *reported* whether it has shown it as that of the record.
    """

    slot: int
    start: int
    standing: Standing = Standing.OPEN
    epoch: int | None = None
    index: int | None = None
    shown: bool = False
    reported: bool = False

    def is_due(self, since: int) -> bool:
        """Tell whether a window that begins with epoch *since* must count this."""
        if self.standing is Standing.MOVED:
            return self.epoch is not None and self.epoch >= since
        return self.standing is Standing.OPEN


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SlotOpenings:
    """What opens the value and window sum of a slot's record, and the sum of all values in the chain up to the slot.

    *proof* is the one that goes beside the slot as a phantom, once it has been made.
    """

    value: Opening
    window: Opening
    total: Opening
    proof: bytes | None = None

    @property
    def before(self) -> Opening:
        """What opens the sum of the values in all slots before this one."""
        return self.total - self.value


Opened = Callable[[int], SlotOpenings]
"""Returns what opens a slot of the chain, by its number."""


def first_epoch(issued: int, *, linked_window_s: int) -> int:
    """Return the first epoch that the window of an offer of time *issued* counts.

    A peer may date its statement back a little before the offer: the window reaches back from there.
    """
    return (issued - CLOCK_SKEW_S) // EPOCH_S - reach(linked_window_s)


def window_start(chain: Sequence[Place], *, since: int) -> int | None:
    """Return the slot at which a new transfer's window begins; None if it counts none of *chain*, and begins another.

    From the first transfer on that may still move or has moved since, all are counted: also those that have been
    dropped, and those before *since*. A window may hold more than it must, and never less.
    """
    return next((each.slot for each in chain if each.is_due(since)), None)


def counted_value(opened: Opened, *, start: int, last: int) -> int:
    """Return what the slots from *start* to *last* hold."""
    return opened(last).total.value - opened(start).before.value


def droppable(chain: Sequence[Place]) -> list[int]:
    """Return the slots at the end of *chain* that are dropped, and that nobody has counted: they are given up."""
    found = []
    for each in reversed(chain):
        if each.standing is not Standing.DROPPED:
            break
        found.append(each.slot)
    return found


def forgettable(chain: Sequence[Place], *, since: int) -> list[int]:
    """Return the slots at the beginning of *chain* that no window needs any more, open or new, from *since* on."""
    needed = [each.start for each in chain if each.standing is not Standing.DROPPED and not each.reported]
    if (start := window_start(chain, since=since)) is not None:
        needed.append(start)
    return [each.slot for each in chain if not needed or each.slot < min(needed)]


def groups_of(name: bytes, chain: Sequence[Place], opened: Opened, *, start: int, end: int) -> Iterator[OpenedGroup]:
    """Yield the groups that show the records of *chain* called *name* among the log's entries *start* to *end*."""
    ours = {
        each.slot: each.index
        for each in chain
        if each.standing is Standing.MOVED
        and not each.reported
        and each.index is not None
        and start <= each.index < end
    }
    last = max(ours, default=-1)
    entries: list[OpenedRecord | OpenedPhantom] = []
    of_records = 0
    for each in chain:
        if (index := ours.get(each.slot)) is not None:
            entries.append(_record(each, index, opened))
            of_records += 1
        elif not each.shown and each.slot < last:
            one = opened(each.slot)
            entries.append(OpenedPhantom(slot=each.slot, value=one.value, proof=one.proof))
        if of_records == MOST_RECORDS or (len(entries) == MAX_ENTRIES and of_records):
            yield OpenedGroup(chain=name, entries=entries)
            entries, of_records = [], 0
    if entries:
        yield OpenedGroup(chain=name, entries=entries)


def _record(place: Place, index: int, opened: Opened) -> OpenedRecord:
    one = opened(place.slot)
    earlier = None if place.start == place.slot else one.before - opened(place.start).before
    return OpenedRecord(
        slot=place.slot, index=index, start=place.start, value=one.value, window=one.window, earlier=earlier
    )
