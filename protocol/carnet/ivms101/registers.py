"""Who may be named: countries of ISO 3166-1, registration authorities of GLEIF (spec/ivms101.md#registers)."""

import json
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

from iso3166 import countries_by_alpha2

from carnet.errors import UsageError
from carnet.nesting import parse_json

UNKNOWN_COUNTRY: Final = "XX"
USER_ASSIGNED: Final = frozenset({"XK"})
"""Codes that the library lists beside those of the standard."""

COUNTRIES: Final = frozenset(countries_by_alpha2) - USER_ASSIGNED | {UNKNOWN_COUNTRY}
LENIENT_COUNTRIES: Final = COUNTRIES | USER_ASSIGNED

CODE: Final = re.compile(r"RA[0-9]{6}")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RESOURCE: Final = "registration_authorities.json"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """GLEIF's list of registration authorities as of *date*."""

    date: str
    source: str
    codes: frozenset[str]

    def encode(self) -> bytes:
        """Return the list as the package keeps it."""
        rows = sorted(self.codes)
        return (json.dumps({"date": self.date, "source": self.source, "codes": rows}, indent=0) + "\n").encode()


def decode(data: bytes) -> Authorities:
    """Return the list that *data*, written by `Authorities.encode`, holds."""
    try:
        held: Any = parse_json(data)
        return authorities(held["codes"], date=held["date"], source=held["source"])
    except (ValueError, KeyError, TypeError):
        raise UsageError("not a list of registration authorities") from None


def authorities(codes: Iterable[str], *, date: str, source: str) -> Authorities:
    """Return the list of *codes* as of *date*, which is written YYYY-MM-DD."""
    found = frozenset(codes)
    if not found or not all(CODE.fullmatch(each) for each in found):
        raise UsageError("a list of codes such as RA000589 is needed")
    if DAY.fullmatch(date) is None:
        raise UsageError("a date such as 2025-01-31 is needed")
    return Authorities(date=date, source=source, codes=found)


def codes_in(data: Any) -> frozenset[str]:
    """Return every text in parsed JSON *data* that is a code and nothing else."""
    found: set[str] = set()
    rest = [data]
    while rest:
        match rest.pop():
            case dict() as held:
                rest += held.values()
            case list() as held:
                rest += held
            case str() as text if CODE.fullmatch(text):
                found.add(text)
            case _:
                pass
    return frozenset(found)


@cache
def known() -> Authorities:
    """Return the list that came with this package."""
    data = pkgutil.get_data(__package__, RESOURCE)
    if data is None:
        raise UsageError(f"{RESOURCE} is missing from the package")
    return decode(data)
