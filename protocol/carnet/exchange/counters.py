"""Channel counters: each offer of a channel is seen once, in any order within a window (spec/exchange.md#counters)."""

from typing import Annotated

from carnet.errors import PolicyError
from carnet.params import COUNTER_WINDOW
from carnet.schema import U64, BigUint, Message, message

Seen = Annotated[int, BigUint(COUNTER_WINDOW // 8)]


@message("counter-window")
class CounterWindow(Message):
    """The *highest* counter seen, and which of the ones before it: bit i of *seen* stands for highest - i."""

    highest: U64
    seen: Seen

    def accept(self, counter: int) -> "CounterWindow":
        """Return the window after *counter*.

        Raises:
            PolicyError: ``counter.replayed``: seen before; ``counter.old``: too far behind to know.
        """
        behind = self.highest - counter
        if behind >= COUNTER_WINDOW or counter == 0:
            raise PolicyError("counter.old", f"{behind} behind")
        if behind >= 0:
            if self.seen >> behind & 1:
                raise PolicyError("counter.replayed")
            return CounterWindow(highest=self.highest, seen=self.seen | 1 << behind)
        # However far ahead: offers that expired on the way leave gaps, and a channel never blocks.
        shifted = self.seen << min(-behind, COUNTER_WINDOW)
        return CounterWindow(highest=counter, seen=(shifted | 1) & ((1 << COUNTER_WINDOW) - 1))


EMPTY = CounterWindow(highest=0, seen=0)
