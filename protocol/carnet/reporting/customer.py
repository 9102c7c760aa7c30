"""A customer's chain as its own VASP keeps it: what a new transfer counts, what a report shows (spec/window.md#sums).

Pure functions of the chain's entries, in the order of their slots; whoever stores them does so under a lock per
customer, so that no two offers are made from one state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from functools import reduce
from operator import add
from typing import Final, final

from carnet.errors import UsageError
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
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Counted:
    """One transfer in a customer's chain, in *slot*; its window begins at slot *start*.

    *value* and *window* open the commitments of its record, *epoch* is that of the record, *index* its place in the
    log, and *shown* whether a page has shown the slot, *reported* whether it has shown it as that of the record.
    """

    slot: int
    start: int
    value: Opening
    window: Opening
    standing: Standing = Standing.OPEN
    epoch: int | None = None
    index: int | None = None
    shown: bool = False
    reported: bool = False
    proof: bytes | None = None

    def is_due(self, since: int) -> bool:
        """Tell whether a window that begins with epoch *since* must count this."""
        if self.standing is Standing.MOVED:
            return self.epoch is not None and self.epoch >= since
        return self.standing is Standing.OPEN


def first_epoch(issued: int, *, linked_window_s: int) -> int:
    """Return the first epoch that the window of an offer of time *issued* counts.

    A peer may date its statement back a little before the offer: the window reaches back from there.
    """
    return (issued - CLOCK_SKEW_S) // EPOCH_S - reach(linked_window_s)


def window_start(chain: Sequence[Counted], *, since: int) -> int | None:
    """Return the slot at which a new transfer's window begins; None if it counts none of *chain*, and begins another.

    From the first transfer on that may still move or has moved since, all are counted: also those that have been
    dropped, and those before *since*. A window may hold more than it must, and never less.
    """
    return next((each.slot for each in chain if each.is_due(since)), None)


def counted_value(chain: Sequence[Counted], *, start: int | None) -> int:
    """Return what the transfers of *chain* hold from slot *start* on."""
    return 0 if start is None else sum(each.value.value for each in chain if each.slot >= start)


def droppable(chain: Sequence[Counted]) -> list[int]:
    """Return the slots at the end of *chain* that are dropped, and that nobody has counted: they are given up."""
    found = []
    for each in reversed(chain):
        if each.standing is not Standing.DROPPED:
            break
        found.append(each.slot)
    return found


def forgettable(chain: Sequence[Counted], *, since: int) -> list[int]:
    """Return the slots at the beginning of *chain* that no window needs any more, open or new, from *since* on."""
    waiting = [each for each in chain if each.standing is not Standing.DROPPED and not each.reported]
    needed = [each.start for each in waiting] + [each.slot for each in waiting]
    if (start := window_start(chain, since=since)) is not None:
        needed.append(start)
    return [each.slot for each in chain if not needed or each.slot < min(needed)]


def groups_of(name: bytes, chain: Sequence[Counted], *, start: int, end: int) -> Iterator[OpenedGroup]:
    """Yield the groups that show the records of *chain* called *name* among the log's entries *start* to *end*."""
    ours = [
        each
        for each in chain
        if each.standing is Standing.MOVED
        and not each.reported
        and each.index is not None
        and start <= each.index < end
    ]
    if not ours:
        return
    records = {each.slot for each in ours}
    entries: list[OpenedRecord | OpenedPhantom] = []
    of_records = 0
    for each in chain:
        if each.slot > ours[-1].slot:
            break
        if each.slot in records:
            entries.append(_record(chain, each))
            of_records += 1
        elif not each.shown:
            entries.append(OpenedPhantom(slot=each.slot, value=each.value, proof=each.proof))
        if of_records == MOST_RECORDS or (len(entries) == MAX_ENTRIES and of_records):
            yield OpenedGroup(chain=name, entries=entries)
            entries, of_records = [], 0
    if entries:
        yield OpenedGroup(chain=name, entries=entries)


def _record(chain: Sequence[Counted], each: Counted) -> OpenedRecord:
    if each.index is None:
        raise UsageError("a record that is shown is in the log")
    before = [other.value for other in chain if each.start <= other.slot < each.slot]
    if len(before) != each.slot - each.start:
        raise UsageError("what a window counts has been forgotten")
    earlier = reduce(add, before) if before else None
    return OpenedRecord(
        slot=each.slot, index=each.index, start=each.start, value=each.value, window=each.window, earlier=earlier
    )
