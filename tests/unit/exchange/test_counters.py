"""S8: each counter of a channel is accepted once, and a channel never blocks."""

import pytest

from carnet.errors import PolicyError
from carnet.exchange.counters import EMPTY, CounterWindow
from carnet.params import COUNTER_WINDOW

TOP = 2**64 - 1


def after(*counters, window=EMPTY):
    for counter in counters:
        window = window.accept(counter)
    return window


def refused(window, counter):
    with pytest.raises(PolicyError) as caught:
        window.accept(counter)
    return caught.value.check


def test_counters_need_not_arrive_in_order():
    window = after(3, 1, 2, 5, 4)
    assert window.highest == 5
    assert window == after(1, 2, 3, 4, 5)


def test_s8_no_counter_is_accepted_twice():
    window = after(1, 3, 700)
    for counter in (1, 3, 700):
        assert refused(window, counter) == "counter.replayed"


def test_there_is_no_counter_zero():
    assert refused(EMPTY, 0) == "counter.old"
    assert refused(after(1), 0) == "counter.old"


def test_the_window_is_as_wide_as_the_specification_says():
    window = after(COUNTER_WINDOW + 1)
    assert refused(window, 1) == "counter.old"
    assert window.accept(2).seen >> (COUNTER_WINDOW - 1) == 1
    assert refused(after(2, COUNTER_WINDOW + 1), 2) == "counter.replayed"
    assert refused(after(2, COUNTER_WINDOW + 2), 2) == "counter.old"


@pytest.mark.parametrize("jump", [COUNTER_WINDOW - 1, COUNTER_WINDOW, COUNTER_WINDOW + 1, 10**6, TOP - 1])
def test_a_gap_of_any_width_blocks_nothing_and_costs_nothing(jump):
    window = after(1, 1 + jump)
    assert window.highest == 1 + jump
    assert window.seen < 1 << COUNTER_WINDOW
    assert refused(window, 1 + jump) == "counter.replayed"
    assert refused(window, 1) == ("counter.replayed" if jump < COUNTER_WINDOW else "counter.old")


def test_a_window_survives_its_encoding():
    window = after(5, 2, 900)
    assert CounterWindow.decode(window.encode()) == window
    full = after(*range(1, COUNTER_WINDOW + 2))
    assert CounterWindow.decode(full.encode()) == full
