"""Sums over ranges of a log, from sums over its beginnings."""

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import group
from carnet.errors import UsageError
from carnet.messages import Phase
from carnet.reporting.sums import PrefixSums, RangeSums, Sums, add, subtract, total
from carnet.zk import pedersen

COINS = visible_coins("sums over ranges")
POINTS = [pedersen.commit(value=each, blinding=pedersen.scalar(COINS(64))) for each in range(12)]
NEGATIVE = group().encode(group().negate(group().decode(POINTS[0])))


def test_sums_of_commitments_are_those_of_pedersen():
    assert add(*POINTS) == pedersen.total(POINTS)
    assert subtract(add(*POINTS), POINTS[3]) == pedersen.total(POINTS[:3] + POINTS[4:])


def test_what_cancels_out_has_no_encoding():
    assert add() is None
    assert add(POINTS[0], NEGATIVE) is None
    assert add(None, POINTS[0]) == POINTS[0]
    assert subtract(POINTS[0], None) == POINTS[0]
    assert subtract(POINTS[0], POINTS[0]) is None


def test_the_sum_between_two_marks_is_that_of_what_lies_between():
    sums = PrefixSums()
    for at in range(0, 12, 3):
        sums.extend(at + 3, unit=add(*POINTS[at : at + 3]), flag=POINTS[at])
    assert sums.size == 12
    assert sums.between(0, 12) == Sums(unit=add(*POINTS), flag=add(*POINTS[::3]))
    assert sums.between(3, 9) == Sums(unit=add(*POINTS[3:9]), flag=add(POINTS[3], POINTS[6]))
    assert sums.between(6, 6) == Sums()


def test_nobody_chooses_a_mark():
    sums = PrefixSums()
    sums.extend(4, unit=None, flag=None)
    for start, end in ((0, 3), (1, 4), (0, 5)):
        with pytest.raises(UsageError, match="no mark"):
            sums.between(start, end)
    with pytest.raises(UsageError, match="mark 4 after 4"):
        sums.extend(4, unit=None, flag=None)


def test_ranges_side_by_side_add_up():
    one = RangeSums(start=0, end=5, matched=Sums(unit=POINTS[0]), disclosures=1)
    one.kinds[Phase.SETTLED] = 5
    two = RangeSums(start=5, end=7, matched=Sums(unit=POINTS[1], flag=POINTS[2]))
    two.kinds[Phase.SETTLED] = 1
    both = one + two
    assert (both.start, both.end, both.disclosures, both.kinds) == (0, 7, 1, {Phase.SETTLED: 6})
    assert both.matched == total([one.matched, two.matched])
    with pytest.raises(UsageError, match="after"):
        _ = one + one
