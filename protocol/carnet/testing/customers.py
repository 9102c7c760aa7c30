"""A VASP with customers: it counts, logs and reports their transfers as the library says (spec/window.md).

Only what windows are about is there: a record is two commitments and a day, and a transfer has one end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from carnet.crypto.coins import Coins, visible_coins
from carnet.reporting.chains import LinkedRecord
from carnet.reporting.customer import Place, SlotOpenings, Standing, counted_value, groups_of, window_start
from carnet.reporting.window import OpenedGroup, WindowPage, build_page
from carnet.zk.commitment import Opening
from carnet.zk.pedersen import scalar

ORIGIN: Final = "vasp.example/carnet"
DAY: Final = 20_700


@dataclass(kw_only=True)
class Books:
    """Customers' chains, and the linked records of the log: those from *reported* on are in no report yet.

    *sentence* gives the coins, *reach* is how many epochs the VASP's law looks back.
    """

    sentence: str
    reach: int = 1
    places: dict[str, list[Place]] = field(default_factory=dict)
    opened: dict[tuple[str, int], SlotOpenings] = field(default_factory=dict)
    chains: dict[str, bytes] = field(default_factory=dict)
    records: list[LinkedRecord] = field(default_factory=list)
    reported: int = 0

    def __post_init__(self) -> None:
        self.coins: Coins = visible_coins(self.sentence)

    def opening(self, value: int) -> Opening:
        """Return an opening of *value* under a fresh blinding."""
        return Opening(value=value, blinding=scalar(self.coins(64)))

    def offer(self, customer: str, value: int, *, epoch: int = DAY) -> int:
        """Count a new transfer of *customer*; return its slot."""
        chain = self.places.setdefault(customer, [])
        start = window_start(chain, since=epoch - self.reach)
        if start is None:
            chain.clear()
            self.chains[customer] = self.coins(16)
        slot = chain[-1].slot + 1 if chain else 0
        slots = self.slots(customer)
        earlier = 0 if start is None else counted_value(slots, start=start, last=slot - 1)
        made, whole = self.opening(value), self.opening(value + earlier)
        total = slots(slot - 1).total + made if chain else made
        self.opened[customer, slot] = SlotOpenings(value=made, window=whole, total=total)
        chain.append(Place(slot=slot, start=slot if start is None else start))
        return slot

    def slots(self, customer: str) -> Callable[[int], SlotOpenings]:
        """Return what opens the slots of *customer*."""
        return lambda slot: self.opened[customer, slot]

    def change(self, customer: str, slot: int, **changes: Any) -> None:
        """Change what is known of a slot."""
        chain = self.places[customer]
        chain[:] = [replace(each, **changes) if each.slot == slot else each for each in chain]

    def move(self, customer: str, slot: int, *, epoch: int = DAY) -> int:
        """Let a transfer move, and log its record; return the record's index."""
        self.change(customer, slot, standing=Standing.MOVED, epoch=epoch, index=len(self.records))
        one = self.opened[customer, slot]
        linked = LinkedRecord(value=one.value.commit(), window=one.window.commit(), epoch=epoch, reach=self.reach)
        self.records.append(linked)
        return len(self.records) - 1

    def send(self, customer: str, value: int, *, epoch: int = DAY) -> int:
        """Offer and move at once; return the record's index."""
        return self.move(customer, self.offer(customer, value, epoch=epoch), epoch=epoch)

    @property
    def linked(self) -> dict[int, LinkedRecord]:
        """What the range of the next report holds."""
        return {index: self.records[index] for index in range(self.reported, len(self.records))}

    def groups(self) -> list[OpenedGroup]:
        """Return what the next page shows."""
        return [
            group
            for customer, chain in self.places.items()
            for group in groups_of(
                self.chains[customer], chain, self.slots(customer), start=self.reported, end=len(self.records)
            )
        ]

    def page_of(self, groups: list[OpenedGroup], *, serial: int, epoch: int) -> WindowPage:
        """Return the page that shows *groups*."""
        return build_page(groups, serial=serial, epoch=epoch, origin=ORIGIN, coins=self.coins)

    def done(self, page: WindowPage | None) -> None:
        """Note that a report was made, and what its *page* has shown."""
        self.reported = len(self.records)
        names = {chain: customer for customer, chain in self.chains.items()}
        for group in () if page is None else page.groups:
            for entry in group.entries if group.chain in names else ():
                self.change(names[group.chain], entry.slot, shown=True, reported=entry.index is not None)
