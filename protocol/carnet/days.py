"""The days of records, and moments, as findings tell them to people: in UTC, by arithmetic and no calendar's help."""

from typing import Final

from carnet.params import EPOCH_S

_FIRST: Final = 719_468
"""How many days 1970-01-01 comes after 0000-03-01, from which years are counted, so that a leap day is the last."""
_ERA: Final = 146_097
"""How many days 400 years have."""


def day(epoch: int) -> str:
    """Return the day that *epoch* counts to from 1970-01-01.

    >>> day(0), day(11_016), day(11_017), day(20_700)
    ('1970-01-01', '2000-02-29', '2000-03-01', '2026-09-04')
    """
    era, at = divmod(epoch + _FIRST, _ERA)
    year = (at - at // 1460 + at // 36_524 - at // 146_096) // 365
    at -= 365 * year + year // 4 - year // 100
    month = (5 * at + 2) // 153  # March is 0
    date = at - (153 * month + 2) // 5 + 1
    return f"{400 * era + year + month // 10:04}-{(month + 2) % 12 + 1:02}-{date:02}"


def moment(time: int) -> str:
    """Return *time*, in seconds since 1970.

    >>> moment(1_788_480_059)
    '2026-09-04 00:00:59 UTC'
    """
    epoch, rest = divmod(time, EPOCH_S)
    return f"{day(epoch)} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02} UTC"
