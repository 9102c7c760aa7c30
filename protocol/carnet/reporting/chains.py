"""The pages of window sums held against the records that they are about (spec/window.md#verification).

What is remembered from page to page are the chains: of each slot in the windows that may still be counted, the sum of
all values up to it, and from which epoch on it may be left out. It grows with the records of one window, and not with
the log; a page itself with its own records alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group, Point, group
from carnet.days import day
from carnet.errors import PeerError, PolicyError
from carnet.log.record import Record
from carnet.messages import BROADCAST_ENDINGS
from carnet.policy.pack import PolicyPack, leg_rule
from carnet.reporting.window import (
    WindowEntry,
    WindowGroup,
    WindowPage,
    group_transcript,
    phantom_claim,
    phantom_transcript,
    reach,
    window_claim,
)
from carnet.zk.statement import Item, find_bad

KEPT_EPOCHS: Final = 40
"""How long after its window has passed a slot is remembered: a transfer lives nine days, and a log may be late."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRecord:
    """A record whose value may have moved, under a pack that links transfers over *reach* epochs before its own."""

    value: bytes
    window: bytes
    epoch: int
    reach: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowObjection:
    """A check of a page that failed, what there is to say of it, and the record that it is about, if it is one."""

    check: str
    message: str = ""
    index: int | None = None


def linked_record(record: Record, pack: PolicyPack) -> LinkedRecord | None:
    """Return what windows need of *record*, which names *pack*; None if it belongs into no group."""
    if record.kind not in BROADCAST_ENDINGS:
        return None
    try:
        rule = leg_rule(pack, record.leg)
    except PolicyError:  # refused as such, as the record
        return None
    if not rule.linked_window_s:
        return None
    return LinkedRecord(value=record.value, window=record.window, epoch=record.epoch, reach=reach(rule.linked_window_s))


class _ObjectedError(Exception):
    """A group does not hold; it goes no further than the page."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(check)
        self.check: Final = check
        self.message: Final = message


@final
@dataclass(slots=True, kw_only=True)
class Slot:
    """One slot: *total* is the sum of all values in the chain up to and with it; a phantom has no *epoch* yet.

    *newest* is the latest epoch of all records up to and with it, -1 if there is none.
    """

    value: bytes
    total: Point
    added: int
    epoch: int | None = None
    start: int = 0
    reach: int = 0
    newest: int = -1


@final
@dataclass(slots=True)
class Chain:
    """The slots of one customer, from number *base* on; *before* is the sum of those that are forgotten."""

    before: Point
    base: int = 0
    reach: int = 0
    slots: list[Slot] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The number of the next slot."""
        return self.base + len(self.slots)

    def total(self, end: int) -> Point:
        """Return the sum of all values in slots before number *end*, which is known."""
        return self.before if end == self.base else self.slots[end - self.base - 1].total

    def newest(self, end: int) -> int:
        """Return the latest epoch of all records in slots before number *end*; -1 if none is known."""
        return self.slots[end - self.base - 1].newest if end > self.base else -1

    def renew(self, touched: int) -> None:
        """Set what slots know of those before them, from number *touched* on."""
        newest = self.newest(touched)
        for slot in self.slots[touched - self.base :]:
            newest = slot.newest = newest if slot.epoch is None else max(newest, slot.epoch)

    def undo(self, *, end: int, filled: Sequence[int]) -> None:
        """Take away the slots from number *end* on, and the records from the phantoms that they have *filled*."""
        del self.slots[end - self.base :]
        for number in filled:
            slot = self.slots[number - self.base]
            slot.epoch, slot.start, slot.reach = None, 0, 0
        self.renew(min([end, *filled]))

    def forget(self, epoch: int) -> None:
        """Forget the first slots, as far as no later window can reach them in *epoch*."""
        gone = 0
        for slot in self.slots:
            if max(slot.added, slot.epoch or 0) + self.reach + KEPT_EPOCHS >= epoch:
                break
            gone += 1
        if gone:
            self.before = self.slots[gone - 1].total
            self.base += gone
            del self.slots[:gone]


@final
class Chains:
    """All chains of one log, page after page."""

    def __init__(self, *, origin: str, engine: Group | None = None) -> None:
        self.origin: Final = origin
        self.chain_of: Final[dict[int, bytes]] = {}
        """Of each record of the last page, its chain: what a spot check is held against."""
        self._engine: Final = engine or group()
        self._chains: Final[dict[bytes, Chain]] = {}
        self._since = 0
        """The first epoch of which a record may still come: what an older one had to count may be forgotten."""

    def check_page(
        self, page: WindowPage | None, linked: Mapping[int, LinkedRecord], *, epoch: int, coins: Coins | None
    ) -> list[WindowObjection]:
        """Return all that is wrong with the *page* of the report of *epoch*, whose range holds *linked* records.

        The page has the right form (`open_page`). *coins* weigh the proofs; those of all groups are verified at once.
        Without coins they are not: a page that was verified before is taken in again, for those that come after it.
        """
        self.chain_of.clear()
        found: list[WindowObjection] = []
        items: list[tuple[WindowObjection, Item]] = []
        if page is not None:
            found += [each for named in page.groups for each in self._claimed(named, linked)]
            for named in page.groups:
                try:
                    items += self._placed(named, linked, page=page)
                except _ObjectedError as error:
                    found.append(WindowObjection(check=error.check, message=error.message, index=_first(named)))
                except PeerError as error:
                    found.append(WindowObjection(check="window.proof", message=str(error), index=_first(named)))
        # (6) (7) the proofs, all at once
        if items and coins is not None:
            found += [items[number][0] for number in find_bad([item for _, item in items], coins=coins)]
        # (8) no record is left out
        missing = [index for index in linked if index not in self.chain_of]
        if missing:
            found.append(WindowObjection(check="window.missing", message=f"{len(missing)} of them", index=missing[0]))
        self._forget(epoch)
        return found

    def _claimed(self, named: WindowGroup, linked: Mapping[int, LinkedRecord]) -> Iterator[WindowObjection]:
        """(1) Each record is one of the range that links transfers; (2) and stands in one slot."""
        for entry in named.entries:
            if entry.index is None:
                continue
            if entry.index not in linked:
                yield WindowObjection(check="window.record", index=entry.index)
            elif entry.index in self.chain_of:
                yield WindowObjection(check="window.twice", index=entry.index)
            self.chain_of.setdefault(entry.index, named.chain)

    def _placed(
        self, named: WindowGroup, linked: Mapping[int, LinkedRecord], *, page: WindowPage
    ) -> list[tuple[WindowObjection, Item]]:
        """Put the entries of one group into their chain; return the proofs to be verified, and what if they fail.

        Raises:
            _ObjectedError: ``window.slot`` or ``window.start``; nothing of the group is then remembered.
            DecodeError: A commitment is no point.
        """
        if any(entry.index is not None and entry.index not in linked for entry in named.entries):
            return []
        chain = self._chains.get(named.chain) or Chain(before=self._engine.identity)
        end, touched, reach_before = chain.end, named.entries[0].slot, chain.reach
        filled: list[int] = []
        try:
            for entry in named.entries:
                self._put(chain, entry, linked, added=page.epoch)
                if entry.slot < end:
                    filled.append(entry.slot)
            chain.renew(touched)
            _check_starts(chain, touched=touched)
            items = self._items(chain, named, linked, page=page)
        except (_ObjectedError, PeerError):
            chain.undo(end=end, filled=filled)
            chain.reach = reach_before
            raise
        self._chains[named.chain] = chain
        return items

    def _put(self, chain: Chain, entry: WindowEntry, linked: Mapping[int, LinkedRecord], *, added: int) -> None:
        """(3) Fill one slot: the next, or one that a phantom with the record's value has kept."""
        record = None if entry.index is None else linked[entry.index]
        value = record.value if record is not None else entry.phantom.value if entry.phantom is not None else b""
        if entry.slot == chain.end:
            total = self._engine.add(chain.total(chain.end), self._engine.decode(value))
            chain.slots.append(Slot(value=value, total=total, added=added))
        elif not chain.base <= entry.slot < chain.end:
            raise _ObjectedError("window.slot", f"slot {entry.slot} of a chain with {chain.base} to {chain.end}")
        slot = chain.slots[entry.slot - chain.base]
        if slot.epoch is not None or slot.value != value:
            raise _ObjectedError("window.slot", f"slot {entry.slot} is another's")
        if record is None:
            return
        if entry.start is None or not chain.base <= entry.start <= entry.slot:  # (4)
            raise _ObjectedError("window.start", f"slot {entry.slot}: from before all that is known")
        if record.epoch < self._since:
            raise _ObjectedError("window.start", f"slot {entry.slot}: of {day(record.epoch)}, which comes too late")
        slot.epoch, slot.start, slot.reach = record.epoch, entry.start, record.reach
        chain.reach = max(chain.reach, record.reach)

    def _items(
        self, chain: Chain, named: WindowGroup, linked: Mapping[int, LinkedRecord], *, page: WindowPage
    ) -> list[tuple[WindowObjection, Item]]:
        """Return (6) the proofs of phantoms and (7) the one of the group."""
        first = _first(named)
        items: list[tuple[WindowObjection, Item]] = []
        rests: list[tuple[bytes, bytes]] = []
        for entry in named.entries:
            if entry.phantom is not None:
                bad = WindowObjection(check="window.phantom", message=f"slot {entry.slot}", index=first)
                claim = phantom_claim(entry.phantom.value)
                items.append((bad, Item(claim=claim, proof=entry.phantom.proof, on=phantom_transcript(self.origin))))
            elif entry.index is not None and entry.start is not None:
                record = linked[entry.index]
                rests.append((record.value, self._rest(chain, record, slot=entry.slot, start=entry.start)))
        on = group_transcript(named, origin=self.origin, serial=page.serial, epoch=page.epoch)
        bad = WindowObjection(check="window.proof", message=f"a group of {len(rests)}", index=first)
        items.append((bad, Item(claim=window_claim(rests), proof=named.proof, on=on)))
        return items

    def _rest(self, chain: Chain, record: LinkedRecord, *, slot: int, start: int) -> bytes:
        """Return what remains of the window sum of *record* without the values in the slots before it."""
        engine = self._engine
        earlier = engine.add(chain.total(slot), engine.negate(chain.total(start)))
        rest = engine.add(engine.decode(record.window), engine.negate(earlier))
        if engine.is_identity(rest):
            raise _ObjectedError("window.proof", "window sum and values cancel out")
        return engine.encode(rest)

    def _forget(self, epoch: int) -> None:
        """Forget what no window can reach any more."""
        self._since = max(self._since, epoch - KEPT_EPOCHS)
        for name, chain in list(self._chains.items()):
            chain.forget(epoch)
            if not chain.slots:
                del self._chains[name]


def _first(named: WindowGroup) -> int:
    """Return the first record of a group: what is wrong with the group is told of it."""
    return next(entry.index for entry in named.entries if entry.index is not None)


def _check_starts(chain: Chain, *, touched: int) -> None:
    """(5) No window leaves out a record of its epochs, or of later ones, that stands before it.

    A record that takes a phantom's slot may be one that a later window has left out: so all slots are looked at from
    the first that was *touched*.

    Raises:
        _ObjectedError: ``window.start``.
    """
    for number, slot in enumerate(chain.slots[touched - chain.base :], start=touched):
        if slot.epoch is not None and chain.newest(slot.start) >= slot.epoch - slot.reach:
            raise _ObjectedError("window.start", f"the window of slot {number} begins at slot {slot.start}")
