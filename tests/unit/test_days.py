"""Days and moments, held against the calendar of the standard library."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from carnet.days import day, moment

FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)
START = date(1970, 1, 1)


@given(st.dates(min_value=FIRST, max_value=LAST))
def test_a_day_is_that_of_the_calendar(chosen):
    assert day((chosen - START).days) == chosen.isoformat()


def test_leap_days_and_ends_of_centuries():
    for year in (1600, 1700, 1900, 2000, 2024, 2100):
        for epoch in range((date(year, 2, 27) - START).days, (date(year, 3, 3) - START).days):
            assert day(epoch) == (START + timedelta(epoch)).isoformat()


@given(st.integers(0, 253402300799))
def test_a_moment_is_told_in_utc(time):
    assert moment(time) == f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"


def test_what_no_calendar_shows_is_told_all_the_same():
    assert day(2**32 - 1) == "11761191-01-20"
    assert moment(2**64 - 1).endswith(" UTC")
