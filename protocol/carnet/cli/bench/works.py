"""What is proven: each statement on invented numbers, so often and so differently as a batch needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

from carnet.crypto.coins import system_coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt, prove_ranges
from carnet.zk.conversion import ConversionClaim, ConversionWitness, prove_conversion
from carnet.zk.fields import random_scalars
from carnet.zk.linear import (
    EqualityClaim,
    SumClaim,
    WindowClaim,
    WindowRecord,
    prove_equality,
    prove_sum,
    prove_window,
)
from carnet.zk.statement import Claim, Item
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.tiers import TiersClaim, prove_tiers

__all__ = ["MAIN", "STATEMENTS", "VALUE", "Statement", "Work"]

LIMIT: Final = 100_000
VALUE: Final = 2**40 + 12_345
"""What every peer proves to be a number of 64 bits."""
PRICE: Final = 6_543_210
SCALE: Final = 10**8
WINDOW_RECORDS: Final = 64


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A claim and what proves it, in a context of its own."""

    claim: Claim
    prove: Callable[..., bytes]
    on: Transcript

    def proof(self, engine: Group | None = None) -> bytes:
        """Prove the claim anew."""
        return self.prove(on=self.on, coins=system_coins, engine=engine)

    def item(self, engine: Group | None = None) -> Item:
        """Return the claim with a proof."""
        return Item(claim=self.claim, proof=self.proof(engine), on=self.on)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement: how to *make* the nth claim of its kind, and how many *records* or values one proof is about.

    *length* is that of the longest vectors of generators that its proofs use.
    """

    make: Callable[[int], tuple[Claim, Callable[..., bytes]]]
    records: int = 1
    length: int = 64

    def work(self, number: int) -> Work:
        """Return claim *number*."""
        claim, prove = self.make(number)
        on = Transcript(b"carnet/bench/v1").say(b"number", number.to_bytes(4, "big"))
        return Work(claim=claim, prove=prove, on=on)


def _opening(value: int) -> Opening:
    (blinding,) = random_scalars(system_coins, 1)
    return Opening(value=value, blinding=blinding)


def _range(number: int) -> tuple[Claim, Callable[..., bytes]]:
    value = _opening(VALUE + number)
    claim = RangeClaim(bits=64, commitments=(value.commit(),))
    return claim, partial(prove_ranges, claim, [value])


def _ge(number: int) -> tuple[Claim, Callable[..., bytes]]:
    value = _opening(LIMIT + number)
    claim = GeClaim(limit=LIMIT, value=value.commit())
    return claim, partial(prove_ge, claim, value)


def _lt(number: int) -> tuple[Claim, Callable[..., bytes]]:
    value = _opening(LIMIT - 1 - number)
    claim = LtClaim(limit=LIMIT, value=value.commit())
    return claim, partial(prove_lt, claim, value)


def _record(number: int) -> tuple[TierClaim, TierWitness]:
    """Return a record; every other has the full tier, and every one a window sum of its own."""
    full = number % 2 == 1
    window = 2 * LIMIT + number if full else LIMIT - 1 - number
    opened = _opening(number), _opening(window), _opening(int(full))
    value, total, flag = (each.commit() for each in opened)
    claim = TierClaim(limit=LIMIT, value=value, window=total, flag=flag)
    witness = TierWitness(
        value=opened[0].value,
        value_blinding=opened[0].blinding,
        window=opened[1].value,
        window_blinding=opened[1].blinding,
        full=full,
        flag_blinding=opened[2].blinding,
    )
    return claim, witness


def _tier(number: int) -> tuple[Claim, Callable[..., bytes]]:
    claim, witness = _record(number)
    return claim, partial(prove_tier, claim, witness)


def _tiers(number: int, *, records: int) -> tuple[Claim, Callable[..., bytes]]:
    made = [_record(number * records + at) for at in range(records)]
    claim = TiersClaim(records=tuple(each for each, _ in made))
    return claim, partial(prove_tiers, claim, [witness for _, witness in made])


def _window(number: int) -> tuple[Claim, Callable[..., bytes]]:
    values = [_opening(number + at) for at in range(WINDOW_RECORDS)]
    starts = [max(0, at - 7) for at in range(WINDOW_RECORDS)]
    sums = [_opening(sum(each.value for each in values[start : at + 1])) for at, start in enumerate(starts)]
    records = [
        WindowRecord(value=value.commit(), window=window.commit(), start=start)
        for value, window, start in zip(values, sums, starts, strict=True)
    ]
    claim = WindowClaim(records=tuple(records))
    return claim, partial(prove_window, claim, list(zip(values, sums, strict=True)))


def _sum(number: int) -> tuple[Claim, Callable[..., bytes]]:
    total = _opening(VALUE + number)
    claim = SumClaim(total=total.value, sum=total.commit())
    return claim, partial(prove_sum, claim, total.blinding)


def _equality(number: int) -> tuple[Claim, Callable[..., bytes]]:
    one, other = _opening(VALUE + number), _opening(VALUE + number)
    claim = EqualityClaim(one=one.commit(), other=other.commit())
    return claim, partial(prove_equality, claim, one=one, other=other)


def _conversion(number: int) -> tuple[Claim, Callable[..., bytes]]:
    amount = _opening(VALUE + number)
    value = _opening(-(-amount.value * PRICE // SCALE))
    remainder = _opening(SCALE * value.value - PRICE * amount.value)
    named: Mapping[str, Any] = {"amount": amount, "value": value, "remainder": remainder}
    claim = ConversionClaim(price=PRICE, scale=SCALE, **{name: each.commit() for name, each in named.items()})
    return claim, partial(prove_conversion, claim, ConversionWitness(**named))


STATEMENTS: Final[Mapping[str, Statement]] = {
    "RANGE64": Statement(make=_range),
    "GE": Statement(make=_ge),
    "LT": Statement(make=_lt),
    "TIER": Statement(make=_tier, length=128),
    "TIERS2": Statement(make=partial(_tiers, records=2), records=2, length=256),
    "TIERS4": Statement(make=partial(_tiers, records=4), records=4, length=512),
    "TIERS8": Statement(make=partial(_tiers, records=8), records=8, length=1024),
    "WINDOW": Statement(make=_window, records=WINDOW_RECORDS, length=0),
    "SUM": Statement(make=_sum, length=0),
    "EQUALITY": Statement(make=_equality, length=0),
    "CONVERSION": Statement(make=_conversion, length=512),
}
MAIN: Final = ("RANGE64", "GE", "LT", "TIER", "TIERS4")
"""What is measured unless more is asked for."""
