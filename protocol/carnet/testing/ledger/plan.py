"""What happens in a generated network, before any cryptography: who sends how much to whom, on which day, to what end.

The plan is cheap and is made in order, by one process; what a batch needs of it is plain data that goes to whichever
process proves it. *seed* decides all that an auditor may see; *secret*, who the customers are, which amount goes with
which transfer, and all blindings.
"""

import math
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, final

from carnet.crypto.coins import Coins, visible_coins
from carnet.messages import BROADCAST_ENDINGS, Phase
from carnet.reporting.window import reach
from carnet.testing.ledger.society import FIRST_EPOCH, RATES, Society

MIX: Final = (
    (Phase.SETTLED, 8500),
    (Phase.REJECTED, 550),
    (Phase.EXPIRED, 450),
    (Phase.CANCELLED, 300),
    (Phase.MISMATCH, 120),
    (Phase.UNCONFIRMED, 80),
)
"""How transfers end, in ten thousand."""
UNMOVED: Final = tuple((kind, weight) for kind, weight in MIX if kind not in BROADCAST_ENDINGS)
"""How they end where none moves anything: their proofs are cheap, for measuring all but the verification of proofs."""
MEDIAN: Final = 60_000
"""The amount that half of the transfers stay below, in cents of the unit of account; limits lie around it."""
SPREAD: Final = 1.4
MOST: Final = 10**10
CUSTOMERS: Final = 1 / 6
"""How many customers a VASP has for each transfer: most send several."""
FEWEST: Final = 12
RANDOM_SIZE: Final = 8


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer: of *value* cents, between customers, whose windows then hold so much in the ends' currencies."""

    number: int
    kind: Phase
    originator: str
    beneficiary: str
    value: int
    customers: tuple[str, str]
    windows: tuple[int, int]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What goes into the logs at once: *transfers* that ended in *epoch*."""

    number: int
    epoch: int
    transfers: tuple[Transfer, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """*transfers* in a *society*, about *interval* at a time; with *unmoved*, none of them settles."""

    society: Society
    transfers: int
    interval: int
    secret: str = ""
    unmoved: bool = False

    def intervals(self) -> Iterator[Interval]:
        """Yield what goes into the logs, in order."""
        number, windows = 0, Windows(self.society)
        for epoch, transfers in self._days():
            for start in range(0, len(transfers), self.interval):
                chosen = transfers[start : start + self.interval]
                summed = tuple(windows.add(each, epoch=epoch) for each in chosen)
                yield Interval(number=number, epoch=epoch, transfers=summed)
                number += 1

    def coins(self, what: str) -> Coins:
        """Return coins for something that no auditor may see."""
        return visible_coins(f"{self.society.seed}/{self.secret}: {what}")

    def _days(self) -> Iterator[tuple[int, list[Transfer]]]:
        """Yield the transfers of each day."""
        days, first = self.society.epochs, 0
        for day in range(days):
            last = self.transfers * (day + 1) // days
            epoch = FIRST_EPOCH + day
            yield epoch, self._dealt([self._transfer(number) for number in range(first, last)], epoch=epoch)
            first = last

    def _transfer(self, number: int) -> Transfer:
        draw = Dice(visible_coins(f"{self.society.seed}: transfer {number}"))
        vasps = self.society.vasps
        originator = draw.below(len(vasps))
        beneficiary = (originator + 1 + draw.below(len(vasps) - 1)) % len(vasps)
        return Transfer(
            number=number,
            kind=draw.weighted(UNMOVED if self.unmoved else MIX),
            originator=vasps[originator],
            beneficiary=vasps[beneficiary],
            value=min(MOST, max(1, round(MEDIAN * math.exp(SPREAD * draw.normal())))),
            customers=("", ""),
            windows=(0, 0),
        )

    def _dealt(self, transfers: list[Transfer], *, epoch: int) -> list[Transfer]:
        """Deal the amounts of each channel to its transfers, and choose their customers."""
        hands: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
        for each in transfers:
            hands[_hand(each)].append(each.value)
        for (originator, beneficiary, moved), values in sorted(hands.items()):
            Dice(self.coins(f"hand {epoch} {originator} {beneficiary} {moved}")).shuffle(values)
        many = max(FEWEST, round(self.transfers * CUSTOMERS / len(self.society.vasps)))
        dealt = []
        for each in transfers:
            draw = Dice(self.coins(f"customers of transfer {each.number}"))
            customers = (f"{each.originator} {draw.often(many)}", f"{each.beneficiary} {draw.often(many)}")
            dealt.append(replace(each, value=hands[_hand(each)].pop(), customers=customers))
        return dealt


def _hand(transfer: Transfer) -> tuple[str, str, bool]:
    return transfer.originator, transfer.beneficiary, transfer.kind in BROADCAST_ENDINGS


def worth(value: int, currency: str) -> int:
    """Return what *value* cents of the unit of account are in *currency*."""
    return value * RATES[currency] // 100


@final
class Windows:
    """What each customer has sent or received within the window of its VASP's law, as that law counts it."""

    def __init__(self, society: Society) -> None:
        self._rules: Final = {vasp: society.rule(vasp) for vasp in society.vasps}
        self._past: Final[dict[str, deque[tuple[int, int]]]] = defaultdict(deque)

    def add(self, transfer: Transfer, *, epoch: int) -> Transfer:
        """Return *transfer* with the sums of its customers' windows, itself among them."""
        ends = (transfer.originator, transfer.beneficiary)
        sums = []
        for end, (vasp, customer) in enumerate(zip(ends, transfer.customers, strict=True)):
            rule = self._rules[vasp]
            own = worth(transfer.value, rule.currency)
            if not rule.linked_window_s:
                sums.append(own)
                continue
            past = self._past[f"{end} {customer}"]
            while past and past[0][0] < epoch - reach(rule.linked_window_s):
                past.popleft()
            sums.append(own + sum(value for _, value in past))
            if transfer.kind in BROADCAST_ENDINGS:
                past.append((epoch, own))
        return replace(transfer, windows=(sums[0], sums[1]))


@final
class Dice:
    """Choices from coins."""

    def __init__(self, coins: Coins) -> None:
        self._coins: Final = coins

    def below(self, count: int) -> int:
        """Return a number below *count*."""
        return int.from_bytes(self._coins(RANDOM_SIZE), "big") * count >> 8 * RANDOM_SIZE

    def often(self, count: int) -> int:
        """Return a number below *count*, small ones more often."""
        return min(count - 1, int(count * ((self.below(2**32) + 1) / 2**32) ** 2))

    def weighted(self, mix: tuple[tuple[Phase, int], ...]) -> Phase:
        """Return one of *mix*, by its weights."""
        ends, total = [], 0
        for _, weight in mix:
            total += weight
            ends.append(total)
        return mix[bisect_left(ends, self.below(total) + 1)][0]

    def normal(self) -> float:
        """Return a normally distributed number (Box and Muller)."""
        one, other = ((self.below(2**53) + 1) / 2**53 for _ in range(2))
        return math.sqrt(-2 * math.log(one)) * math.cos(2 * math.pi * other)

    def shuffle(self, items: list[Any]) -> None:
        """Put *items* into another order."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
