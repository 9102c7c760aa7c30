"""Suite `counter`: each counter of a channel is accepted once."""

from kit import vector

from carnet.exchange.counters import EMPTY
from carnet.params import COUNTER_WINDOW


def counted(counters, expect):
    """Return counters in the order of their arrival, the last of which is judged."""
    window = EMPTY
    for counter in counters[:-1]:
        window = window.accept(counter)
    out = {"before": window.encode(), "counter": counters[-1], "expect": expect}
    return out if expect != "ok" else out | {"after": window.accept(counters[-1]).encode()}


@vector("counter")
def first():
    """The first counter of a channel is 1."""
    return counted([1], "ok")


@vector("counter")
def out_of_order():
    """Counters need not arrive in order."""
    return counted([1, 5, 3], "ok")


@vector("counter")
def far_ahead():
    """A gap of any width blocks nothing."""
    return counted([1, 2, 2**63], "ok")


@vector("counter")
def last_in_the_window():
    """The window is 1,024 wide."""
    return counted([1, COUNTER_WINDOW + 1, 2], "ok")


@vector("counter")
def seen_before():
    """Each counter is accepted once."""
    return counted([1, 2, 3, 2], "counter.replayed")


@vector("counter")
def below_the_window():
    """What is too old to know is refused."""
    return counted([2, COUNTER_WINDOW + 2, 2], "counter.old")


@vector("counter")
def zero():
    """There is no counter 0."""
    return counted([1, 0], "counter.old")
