"""A VASP with customers, and the auditor that reads its pages (spec/window.md)."""

from dataclasses import dataclass

from carnet.log.record import Record
from carnet.reporting.chains import Chains, WindowObjection, linked_record
from carnet.reporting.customer import SlotOpenings, Standing, droppable
from carnet.reporting.window import OpenedGroup, WindowPage
from carnet.testing.customers import ORIGIN, Books


@dataclass(kw_only=True)
class Vasp(Books):
    """What the VASP knows, and what the auditor remembers of the pages that it has read."""

    sentence: str = "windows"
    serial: int = 0

    def __post_init__(self):
        super().__post_init__()
        self.auditor = Chains(origin=ORIGIN)

    def last(self, customer) -> SlotOpenings:
        """Return what opens the customer's newest transfer."""
        return self.opened[customer, self.places[customer][-1].slot]

    def drop(self, customer, slot):
        self.change(customer, slot, standing=Standing.DROPPED)
        gone = droppable(self.places[customer])
        self.places[customer] = [each for each in self.places[customer] if each.slot not in gone]

    def cover(self, *, epoch):
        """Log a record of no transfer, of a customer who does not exist."""
        return self.send(f"nobody {len(self.records)}", 0, epoch=epoch)

    def page(self, groups: list[OpenedGroup] | None = None, *, epoch) -> WindowPage:
        """Make the next page, of these *groups* or of those that are due."""
        self.serial += 1
        return self.page_of(self.groups() if groups is None else groups, serial=self.serial, epoch=epoch)

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
