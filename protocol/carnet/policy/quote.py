"""What an amount is worth, exactly and rounded up (spec/policy.md#quotes).

Money is never a float: a quote is a fraction, and its value in minor units is the ceiling of a product of integers, so
that conversion can only push a transfer into the stricter tier.
"""

from typing import Annotated

from carnet.errors import PolicyError, UsageError
from carnet.schema import U8, U64, U256, Currency, Message, Text, VaspId, message

_CAIP19 = r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}(/[-.%a-zA-Z0-9]{1,78})?"
Asset = Annotated[str, Text(160, 1, rf"{_CAIP19}|[0-9A-Z]{{9}}")]
"""A CAIP-19 name, such as ``bip122:000000000019d6689c085ae165831e93/slip44:0``, or a Digital Token Identifier."""

MAX_VALUE = 2**63 - 1
"""The largest value whose record can be proven, under any limit (spec/threshold-proofs.md#tier)."""


@message("quote")
class Quote(Message):
    """The price of *asset*: *price* minor units of *currency* for *scale* atomic units (spec/policy.md#quotes)."""

    issuer: VaspId
    asset: Asset
    currency: Currency
    exponent: U8
    price: U64
    scale: U256
    not_before: U64
    not_after: U64


def value_of(quote: Quote, amount: int) -> int:
    """Return what *amount* atomic units are worth in minor units, rounded up (spec/policy.md#quotes).

    Raises:
        PolicyError: The quote is worth nothing or divides by zero, or the value is too large to commit to.
    """
    if amount < 0:
        raise UsageError("an amount is not negative")
    if quote.price == 0 or quote.scale == 0:
        raise PolicyError("quote.zero")
    value = -(-amount * quote.price // quote.scale)
    if value > MAX_VALUE:
        raise PolicyError("quote.range", f"{value.bit_length()} bits")
    return value


def check_quote(quote: Quote, *, asset: str, now: int) -> Quote:
    """Return *quote* if it prices *asset* at time *now* (spec/policy.md#quotes).

    Raises:
        PolicyError: It is for another asset, or *now* is outside its window.
    """
    if quote.asset != asset:
        raise PolicyError("quote.asset")
    if not quote.not_before <= now <= quote.not_after:
        raise PolicyError("quote.window")
    return quote


def cross_value(value: int, *, of: Quote, into: Quote) -> int:
    """Return the most that *value*, in minor units by quote *of*, can be worth by quote *into* (spec/policy.md#quotes).

    Never less than the value that *into* gives of an amount whose value by *of* is *value*.

    Raises:
        PolicyError: The quotes are for two assets, or one of them is worth nothing, or the result is out of range.
    """
    if value < 0:
        raise UsageError("a value is not negative")
    if of.asset != into.asset:
        raise PolicyError("quote.asset")
    if 0 in {of.price, of.scale, into.price, into.scale}:
        raise PolicyError("quote.zero")
    crossed = -(-value * of.scale * into.price // (of.price * into.scale))
    if crossed > MAX_VALUE:
        raise PolicyError("quote.range", f"{crossed.bit_length()} bits")
    return crossed
