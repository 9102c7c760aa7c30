"""Claims and what opens them, honest or not, for tests of the proofs."""

# ruff: noqa: N806  # the letters of the specification

from dataclasses import dataclass
from functools import cache, partial

import pytest

from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
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
from carnet.zk.statement import Bit, Item, Multiples, Ranges
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.tiers import TiersClaim, prove_tiers
from carnet.zk.zero import ZeroClaim, prove_zero

T = 100_000


def context(record=b"record"):
    return Transcript(b"carnet/test/v1").say(b"record", record)


def point(value, blinding):
    """Commit to any value, a negative one too."""
    return group().encode(bases(group()).commit(value=value % N, blinding=blinding))


def opened(*, limit=T, value=70_000, window=None, full=False, coins=system_coins):
    """Return a claim and its witness; without a window, the value is its own."""
    value_blinding, window_blinding, flag_blinding = random_scalars(coins, 3)
    if window is None:
        window, window_blinding = value, value_blinding
    claim = TierClaim(
        limit=limit,
        value=point(value, value_blinding),
        window=point(window, window_blinding),
        flag=point(int(full), flag_blinding),
    )
    witness = TierWitness(
        value=value,
        value_blinding=value_blinding,
        window=window,
        window_blinding=window_blinding,
        full=full,
        flag_blinding=flag_blinding,
    )
    return claim, witness


def tier_item(record=b"record", **opening):
    claim, witness = opened(**opening)
    proof = prove_tier(claim, witness, on=context(record), coins=system_coins)
    return Item(claim=claim, proof=proof, on=context(record))


def zero_item(record=b"record", count=3):
    blindings = random_scalars(visible_coins("zeros"), count)
    claim = ZeroClaim(points=tuple(point(0, blinding) for blinding in blindings))
    proof = prove_zero(claim, blindings, on=context(record), coins=system_coins)
    return Item(claim=claim, proof=proof, on=context(record))


# Every statement in one form: a claim, its prover, and the openings of what its parts are about.


@dataclass(frozen=True, kw_only=True)
class Case:
    """A claim, honest or not: *prove* proves it honestly, *parts* are the true openings behind its parts."""

    claim: object
    prove: object
    parts: list

    def item(self, record=b"record"):
        return Item(claim=self.claim, proof=self.prove(on=context(record), coins=system_coins), on=context(record))

    def cheat(self, record=b"record"):
        return Item(claim=self.claim, proof=cheat(self.claim, self.parts, on=context(record)), on=context(record))


def check_true(case):
    """Hold that *case* can be proven, and that its proof verifies."""
    case.item().verify()


def check_false(case, check):
    """Hold that *case* is proven by nobody: an honest prover refuses, and a cheat by the rules is refused."""
    with pytest.raises(UsageError, match="false"):
        case.prove(on=context(), coins=system_coins)
    with pytest.raises(VerifyError) as refused:
        case.cheat().verify()
    assert refused.value.check == check


def cheat(claim, parts, *, on, coins=system_coins):
    """Prove by the rules, with the low bits of what is out of range."""
    statement = claim.state(group())
    statement.say(on)
    proof = b""
    for part, openings in zip(statement.parts, parts, strict=True):
        bits = {Ranges: lambda part: part.bits, Bit: lambda _: 1, Multiples: lambda _: 1}[type(part)](part)
        lies = [Opening(value=each.value % 2**bits, blinding=each.blinding) for each in openings]
        proof += part.prove(lies, basis=bases(group()), on=on, coins=coins)
    return proof


def sealed(value):
    """Return a commitment to any value, and what opens it."""
    (blinding,) = random_scalars(system_coins, 1)
    return point(value, blinding), Opening(value=value, blinding=blinding)


def bare(value):
    """Return the commitment to *value* under no blinding, which no prover would make."""
    return group().encode(group().mul(value, bases(group()).value))


def ranges(*values, bits):
    commitments, openings = zip(*map(sealed, values), strict=True)
    claim = RangeClaim(bits=bits, commitments=commitments)
    return Case(claim=claim, prove=partial(prove_ranges, claim, openings), parts=[openings])


def ge(value, limit=T):
    commitment, opening = sealed(value)
    claim = GeClaim(limit=limit, value=commitment)
    shifted = Opening(value=value - limit, blinding=opening.blinding)
    return Case(claim=claim, prove=partial(prove_ge, claim, opening), parts=[[shifted]])


def lt(value, limit=T):
    commitment, opening = sealed(value)
    claim = LtClaim(limit=limit, value=commitment)
    shifted = Opening(value=limit - 1 - value, blinding=N - opening.blinding)
    return Case(claim=claim, prove=partial(prove_lt, claim, opening), parts=[[opening, shifted]])


def tier_parts(claim, witness):
    second = claim.limit - 1 - witness.window + 2**63 * witness.full
    blinding = (2**63 * witness.flag_blinding - witness.window_blinding) % N
    value = Opening(value=witness.value, blinding=witness.value_blinding)
    flag = Opening(value=int(witness.full), blinding=witness.flag_blinding)
    return [value, Opening(value=second, blinding=blinding)], [flag]


def tier(**opening):
    claim, witness = opened(**opening)
    return Case(claim=claim, prove=partial(prove_tier, claim, witness), parts=list(tier_parts(claim, witness)))


def tiers(*records):
    claims, witnesses = zip(*(opened(**each) for each in records), strict=True)
    claim = TiersClaim(records=claims)
    each = [tier_parts(claim, witness) for claim, witness in zip(claims, witnesses, strict=True)]
    parts = [[opening for pair, _ in each for opening in pair], *(flag for _, flag in each)]
    return Case(claim=claim, prove=partial(prove_tiers, claim, witnesses), parts=parts)


def zero(*values):
    points, openings = zip(*map(sealed, values), strict=True)
    claim = ZeroClaim(points=points)
    return Case(claim=claim, prove=partial(prove_zero, claim, [each.blinding for each in openings]), parts=[openings])


def window(*records):
    """Return the claim about (value, window sum, start) of each record."""
    values = [sealed(value) for value, _, _ in records]
    sums = [sealed(summed) for _, summed, _ in records]
    starts = [start for _, _, start in records]
    claim = WindowClaim(
        records=tuple(
            WindowRecord(value=value, window=summed, start=start)
            for (value, _), (summed, _), start in zip(values, sums, starts, strict=True)
        )
    )
    parts = [
        Opening(
            value=summed.value - sum(each.value for _, each in values[start : at + 1]),
            blinding=(summed.blinding - sum(each.blinding for _, each in values[start : at + 1])) % N,
        )
        for at, ((_, summed), start) in enumerate(zip(sums, starts, strict=True))
    ]
    openings = [(value, summed) for (_, value), (_, summed) in zip(values, sums, strict=True)]
    return Case(claim=claim, prove=partial(prove_window, claim, openings), parts=[parts])


def summed(value, total):
    commitment, opening = sealed(value)
    claim = SumClaim(total=total, sum=commitment)
    difference = Opening(value=value - total, blinding=opening.blinding)
    return Case(claim=claim, prove=partial(prove_sum, claim, opening.blinding), parts=[[difference]])


def equality(one, other):
    (first, opening), (second, opposite) = sealed(one), sealed(other)
    claim = EqualityClaim(one=first, other=second)
    difference = Opening(value=one - other, blinding=(opening.blinding - opposite.blinding) % N)
    return Case(claim=claim, prove=partial(prove_equality, claim, one=opening, other=opposite), parts=[[difference]])


def conversion(amount, value, *, price, scale, remainder=None):
    """Return the claim that *value* is *amount* times *price* by *scale*; the remainder is what is left."""
    remainder = scale * value - price * amount if remainder is None else remainder
    (C_a, a), (C_v, v), (C_r, r) = sealed(amount), sealed(value), sealed(remainder)
    claim = ConversionClaim(price=price, scale=scale, amount=C_a, value=C_v, remainder=C_r)
    complement = Opening(value=scale - 1 - remainder, blinding=N - r.blinding)
    difference = Opening(
        value=scale * value - price * amount - remainder,
        blinding=(scale * v.blinding - price * a.blinding - r.blinding) % N,
    )
    witness = ConversionWitness(amount=a, value=v, remainder=r)
    parts = [[v, a, r, complement], [difference]]
    return Case(claim=claim, prove=partial(prove_conversion, claim, witness), parts=parts)


CASES = {
    "range": lambda: ranges(0, 1, 40_000, 65_535, bits=16),
    "ge": lambda: ge(150_000),
    "lt": lambda: lt(70_000),
    "tier": lambda: tier(value=70_000, window=80_000),
    "tiers": lambda: tiers({"value": 5}, {"value": T + 1, "full": True, "limit": T - 1}),
    "zero": lambda: zero(0, 0, 0),
    "window": lambda: window((5, 5, 0), (7, 12, 0), (1, 8, 1)),
    "sum": lambda: summed(123_456, 123_456),
    "equality": lambda: equality(123_456, 123_456),
    "conversion": lambda: conversion(12_345, 34, price=271_828, scale=10**8),
}
"""A true claim of every statement."""


@cache
def sample(name):
    """Return a claim of the statement called *name*, and a good proof of it; whoever spoils it makes a copy."""
    return CASES[name]().item()
