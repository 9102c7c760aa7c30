"""Prices as the world writes them: decimals per whole unit, made into quotes exactly (spec/policy.md#rates).

A rate is unsigned and says for how long it holds; its issuer turns it into a `Quote` and signs that. No price is ever
rounded on the way: what a currency's minor unit cannot hold goes into the quote's scale.
"""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, final

from carnet.errors import UsageError
from carnet.nesting import parse_json
from carnet.policy.currency import exponent_of
from carnet.policy.quote import Quote
from carnet.policy.source import DAY_S, EPOCH_DAY

COLUMNS: Final = ("date", "asset", "currency", "price")
MAX_RATES: Final = 100_000
_PRICE: Final = re.compile(r"(0|[1-9][0-9]{0,37})(?:\.([0-9]{1,38}))?", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So much of *currency* for one whole unit of *asset*, in decimals, from *not_before* to *not_after*."""

    asset: str
    currency: str
    price: str
    not_before: int
    not_after: int


@cache
def _decimals() -> Mapping[str, int]:
    text = (files("carnet.policy") / "data" / "assets.toml").read_text(encoding="utf-8")
    found: dict[str, int] = tomllib.loads(text)["decimals"]
    return found


def decimals_of(asset: str) -> int:
    """Return the decimals of the whole unit of *asset*, which a CAIP-19 name or a Digital Token Identifier names.

    Raises:
        UsageError: The list of this library does not have it.
    """
    known = asset.lower() if asset.startswith("eip155:") else asset  # checksums are written in capitals there
    if known not in _decimals():
        raise UsageError(f"{asset}: its decimals are not in the list of this library; give the scale")
    return _decimals()[known]


def quote_of(rate: Rate, *, issuer: str, decimals: int | None = None) -> Quote:
    """Return *rate* as the quote of *issuer*: the same price, to the last decimal (spec/policy.md#rates).

    Raises:
        UsageError: The price is no decimal above zero, or too fine or too large for a quote; nobody knows the asset's
            *decimals*, or the currency's.
    """
    if (found := _PRICE.fullmatch(rate.price)) is None:
        raise UsageError("a price is digits, and a point with digits after it")
    whole, fraction = found[1], (found[2] or "").rstrip("0")
    exponent = exponent_of(rate.currency)
    finer = max(0, len(fraction) - exponent)
    price = int(whole + fraction.ljust(exponent, "0"))
    if price == 0:
        raise UsageError("a price is above zero")
    return Quote(
        issuer=issuer,
        asset=rate.asset,
        currency=rate.currency,
        exponent=exponent,
        price=price,
        scale=10 ** ((decimals_of(rate.asset) if decimals is None else decimals) + finer),
        not_before=rate.not_before,
        not_after=rate.not_after,
    )


def read_csv(text: str, *, grace_s: int = 0) -> tuple[Rate, ...]:
    """Return the daily rates in *text*: columns date, asset, currency, price (spec/policy.md#rates).

    A rate holds on its day, UTC, and *grace_s* seconds longer, until the next one is out.

    Raises:
        UsageError: A line is not what it should be, or tells a day's rate a second time; its number is told.
    """
    lines = csv.reader(text.splitlines(), strict=True)
    rates: dict[tuple[str, ...], Rate] = {}
    try:
        if tuple(next(lines, ())) != COLUMNS:
            raise UsageError(f"line 1: the columns are {','.join(COLUMNS)}")
        for line in lines:
            where = f"line {lines.line_num}"
            if len(line) != len(COLUMNS) or len(rates) >= MAX_RATES:
                raise UsageError(f"{where}: {len(COLUMNS)} values are needed, in at most {MAX_RATES} lines")
            day, asset, currency, price = line
            if (key := (day, asset, currency)) in rates:
                raise UsageError(f"{where}: a second rate for that day")
            start = _midnight(day, where)
            end = start + DAY_S - 1 + grace_s
            rates[key] = Rate(asset=asset, currency=currency, price=price, not_before=start, not_after=end)
    except csv.Error as error:
        raise UsageError(f"line {lines.line_num}: {error}") from None
    return tuple(rates.values())


def _midnight(day: str, where: str) -> int:
    """Return the first second of *day*, UTC."""
    if _DAY.fullmatch(day) is None:
        raise UsageError(f"{where}: a day such as 2026-06-30 is needed")
    try:
        ordinal = tomllib.loads(f"day = {day}")["day"].toordinal()  # the calendar without a clock
    except tomllib.TOMLDecodeError:
        raise UsageError(f"{where}: there is no such day") from None
    return int(ordinal - EPOCH_DAY) * DAY_S


def read_json(text: str, *, valid_s: int) -> tuple[Rate, ...]:
    """Return the rates in JSON *text*, each of which holds *valid_s* seconds from its time (spec/policy.md#rates).

    Raises:
        UsageError: It is no ``{"rates": [{"asset", "currency", "price", "time"}]}`` with prices as text.
    """
    try:
        data = parse_json(text)
    except ValueError:
        raise UsageError("rates: not JSON") from None
    return tuple(_rates(data, valid_s))


def _rates(data: Any, valid_s: int) -> Iterator[Rate]:
    listed = data.get("rates") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise UsageError("rates: a list is needed")
    kinds = {"asset": str, "currency": str, "price": str, "time": int}
    for at, each in enumerate(listed):
        if not isinstance(each, dict) or {key: type(value) for key, value in each.items()} != kinds:
            raise UsageError(f"rates[{at}]: asset, currency and price as text, and time in seconds, are needed")
        yield Rate(
            asset=each["asset"],
            currency=each["currency"],
            price=each["price"],
            not_before=each["time"],
            not_after=each["time"] + valid_s,
        )
