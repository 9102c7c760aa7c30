"""How many decimals money has: currencies by ISO 4217, amounts as people write them (spec/policy.md#currencies).

A dated table, held by a test to the spec's: money is counted in minor units, and a limit in the wrong ones is a hundred
limits. Nothing here is a float.
"""

import re
from typing import Final

from carnet.errors import UsageError

AS_OF: Final = "2025-03-31"
"""The day whose list this is: the active codes of ISO 4217 that have a minor unit."""

_BY_EXPONENT: Final = {
    0: """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """,
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG
    YER ZAR ZMW ZWG
    """,
    3: """
    BHD IQD JOD KWD LYD OMR TND
    """,
    4: """
    CLF UYW
    """,
}
CURRENCIES: Final = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
"""The decimals of each currency's minor unit."""

_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,77})(?:\.([0-9]{1,77}))?", re.ASCII)


def exponent_of(currency: str) -> int:
    """Return the decimals of *currency*'s minor unit.

    Raises:
        UsageError: ISO 4217 lists no such currency.
    """
    if currency not in CURRENCIES:
        raise UsageError(f"{currency}: ISO 4217 lists no such currency (as of {AS_OF})")
    return CURRENCIES[currency]


def units_of(text: str, *, decimals: int) -> int:
    """Return decimal *text* in the smallest units of what has so many *decimals*, exactly.

    >>> units_of("999.99", decimals=2)
    99999

    Raises:
        UsageError: Not a decimal number, or of more decimals than there are.
    """
    if (found := _DECIMAL.fullmatch(text)) is None:
        raise UsageError("an amount is digits, and a point with digits after it")
    whole, fraction = found[1], (found[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise UsageError(f"an amount has at most {decimals} decimals here")
    return int(whole + fraction.ljust(decimals, "0"))


def decimal_of(units: int, *, decimals: int) -> str:
    """Return *units* as a decimal number with all its *decimals*.

    >>> decimal_of(99999, decimals=2)
    '999.99'
    """
    digits = str(units).zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
