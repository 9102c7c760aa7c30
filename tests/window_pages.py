"""A VASP with customers, for tests: it counts, logs and reports transfers as the library says (spec/window.md)."""

from dataclasses import dataclass, field, replace

from carnet.crypto.coins import visible_coins
from carnet.log.record import Record
from carnet.reporting.chains import Chains, LinkedRecord, WindowObjection, linked_record
from carnet.reporting.customer import (
    Place,
    SlotOpenings,
    Standing,
    counted_value,
    droppable,
    groups_of,
    window_start,
)
from carnet.reporting.window import OpenedGroup, WindowPage, build_page
from carnet.zk.commitment import Opening
from carnet.zk.pedersen import scalar

ORIGIN = "alpha.example/carnet"


@dataclass
class Vasp:
    """Customers' chains, the log's linked records, and the auditor that reads the pages."""

    reach: int = 1
    seed: str = "windows"
    chains: dict[str, list[Place]] = field(default_factory=dict)
    opened: dict[tuple[str, int], SlotOpenings] = field(default_factory=dict)
    log: list[LinkedRecord] = field(default_factory=list)
    names: dict[str, bytes] = field(default_factory=dict)
    reported: int = 0
    serial: int = 0

    def __post_init__(self):
        self.coins = visible_coins(self.seed)
        self.auditor = Chains(origin=ORIGIN)

    def opening(self, value):
        return Opening(value=value, blinding=scalar(self.coins(64)))

    def offer(self, customer, value, *, epoch):
        """Count a new transfer of *customer*, and return its slot."""
        chain = self.chains.setdefault(customer, [])
        start = window_start(chain, since=epoch - self.reach)
        if start is None:
            chain.clear()
            self.names[customer] = self.coins(16)
        slot = chain[-1].slot + 1 if chain else 0
        earlier = 0 if start is None else counted_value(self.slots(customer), start=start, last=slot - 1)
        made, whole = self.opening(value), self.opening(value + earlier)
        total = made if not chain else self.opened[customer, slot - 1].total + made
        self.opened[customer, slot] = SlotOpenings(value=made, window=whole, total=total)
        chain.append(Place(slot=slot, start=slot if start is None else start))
        return slot

    def slots(self, customer):
        return lambda slot: self.opened[customer, slot]

    def last(self, customer):
        """Return what opens the customer's newest transfer."""
        return self.opened[customer, self.chains[customer][-1].slot]

    def change(self, customer, slot, **changes):
        chain = self.chains[customer]
        at = next(number for number, each in enumerate(chain) if each.slot == slot)
        chain[at] = replace(chain[at], **changes)
        return chain[at]

    def move(self, customer, slot, *, epoch):
        """Let a transfer move, and put its record into the log."""
        moved = self.change(customer, slot, standing=Standing.MOVED, epoch=epoch, index=len(self.log))
        one = self.opened[customer, slot]
        self.log.append(
            LinkedRecord(value=one.value.commit(), window=one.window.commit(), epoch=epoch, reach=self.reach)
        )
        return moved.index

    def drop(self, customer, slot):
        self.change(customer, slot, standing=Standing.DROPPED)
        gone = droppable(self.chains[customer])
        self.chains[customer] = [each for each in self.chains[customer] if each.slot not in gone]

    def send(self, customer, value, *, epoch):
        """Offer and move at once; return the record's index."""
        return self.move(customer, self.offer(customer, value, epoch=epoch), epoch=epoch)

    def cover(self, *, epoch):
        """Log a record of no transfer, of a customer who does not exist."""
        return self.send(f"nobody {len(self.log)}", 0, epoch=epoch)

    @property
    def linked(self):
        """What the range of the next report holds."""
        return {index: self.log[index] for index in range(self.reported, len(self.log))}

    def groups(self) -> list[OpenedGroup]:
        """Return what the next page shows."""
        return [
            group
            for customer, chain in self.chains.items()
            for group in groups_of(
                self.names[customer], chain, self.slots(customer), start=self.reported, end=len(self.log)
            )
        ]

    def page(self, groups=None, *, epoch) -> WindowPage:
        """Make the next page, of these *groups* or of those that are due."""
        self.serial += 1
        groups = self.groups() if groups is None else groups
        return build_page(groups, serial=self.serial, epoch=epoch, origin=ORIGIN, coins=self.coins)

    def done(self, page: WindowPage):
        """Note what *page* has shown."""
        for group in page.groups:
            customer = next(name for name, chain in self.names.items() if chain == group.chain)
            for entry in group.entries:
                self.change(customer, entry.slot, shown=True, reported=entry.index is not None)
        self.reported = len(self.log)

    def audit(self, page, *, epoch) -> list[WindowObjection]:
        return self.auditor.check_page(page, self.linked, epoch=epoch, coins=self.coins)

    def report(self, *, epoch) -> list[WindowObjection]:
        """Make the next page and audit it."""
        page = self.page(epoch=epoch)
        found = self.audit(page, epoch=epoch)
        self.done(page)
        return found


def checks(found):
    """Return the names of the checks that failed."""
    return [each.check for each in found]


def linked_among(items, pack_of, *, start, end):
    """Return what windows need of the records among the log's *items* from *start* to *end*, by their index."""
    found = {}
    for index, item in enumerate(items[start:end], start=start):
        linked = linked_record(item, pack_of(item.pack)) if isinstance(item, Record) else None
        if linked is not None:
            found[index] = linked
    return found
