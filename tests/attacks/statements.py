"""One false claim of each statement that contains a range, and one of each that contains a Schnorr proof.

A `Case` knows what its prover would have to know: the values and blindings of the commitments that each part is about.
`forge` proves it with a cheat of forger.py for the range, and by the rules for whatever else there is.
"""

from dataclasses import dataclass

from attacks.forger import N, point
from carnet.crypto.coins import visible_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim
from carnet.zk.conversion import ConversionClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.statement import Bit, Claim, Ranges
from carnet.zk.tier import TierClaim
from carnet.zk.tiers import TiersClaim
from carnet.zk.zero import ZeroClaim

T = 100_000
FALSE = -850_000


@dataclass(frozen=True)
class Case:
    """A claim, false or not, with the openings of each part's commitments and the check that refuses it."""

    claim: Claim
    openings: tuple
    check: str


def forge(case, attack=None, *, on):
    """Return a proof of *case* whose range part *attack* makes, if it is given; all other parts by the rules."""
    statement = case.claim.state(group())
    statement.say(on)
    cheat, tail = None, []
    for part, known in zip(statement.parts, case.openings, strict=True):
        if attack and isinstance(part, Ranges):
            cheat = attack([v for v, _ in known], [r for _, r in known], bits=part.bits, on=on)
            cheat.prove()
        else:
            tail.append(by_the_rules(part, known, on=on))
    if cheat is None:
        return b"".join(tail)
    cheat.settle()
    return b"".join([cheat.proof(), *tail])


def by_the_rules(part, openings, *, on):
    """Prove a part as the library does; what is no bit is passed off for its last one."""
    if isinstance(part, Bit):
        openings = [(v % 2, r) for v, r in openings]
    known = [Opening(value=v, blinding=r % N) for v, r in openings]
    return part.prove(known, basis=bases(group()), on=on, coins=visible_coins("by the rules"))


def tier(*, value, window, flag, limit=T, seed=1):
    """Return a claim, and the openings of the range's two commitments and of the flag; (v, r) each."""
    r_w, r_b = seed * seed + 1, seed + 2
    claim = TierClaim(limit=limit, value=point(value, seed), window=point(window, r_w), flag=point(flag, r_b))
    return claim, [(value, seed), (limit - 1 - window + 2**63 * flag, 2**63 * r_b - r_w)], [(flag, r_b)]


def tier_case(**opening):
    """Return a TIER about any values; the blindings are *seed*, seed^2 + 1, seed + 2."""
    claim, ranges, flag = tier(**opening)
    return Case(claim, (ranges, flag), "tier.proof")


def tiers_case(*openings):
    made = [tier(seed=10 * at + 1, **opening) for at, opening in enumerate(openings)]
    claim = TiersClaim(records=tuple(claim for claim, _, _ in made))
    return Case(
        claim, ([each for _, ranges, _ in made for each in ranges], *(flag for *_, flag in made)), "tiers.proof"
    )


def conversion_case(*, amount, value, remainder, price, scale):
    claim = ConversionClaim(
        price=price, scale=scale, amount=point(amount, 2), value=point(value, 1), remainder=point(remainder, 3)
    )
    ranges = [(value, 1), (amount, 2), (remainder, 3), (scale - 1 - remainder, -3)]
    return Case(claim, (ranges, [(0, scale - 2 * price - 3)]), "conversion.proof")


def range_case(*values, bits=64):
    blindings = range(1, 1 + len(values))
    commitments = tuple(point(v, r) for v, r in zip(values, blindings, strict=True))
    claim = RangeClaim(bits=bits, commitments=commitments)
    return Case(claim, (list(zip(values, blindings, strict=True)),), "range.proof")


def ge_case(*, value, limit=T):
    return Case(GeClaim(limit=limit, value=point(value, 1)), ([(value - limit, 1)],), "ge.proof")


def lt_case(*, value, limit=T):
    claim = LtClaim(limit=limit, value=point(value, 1))
    return Case(claim, ([(value, 1), (limit - 1 - value, -1)],), "lt.proof")


FALSE_RANGES = {
    "RANGE": range_case(FALSE),
    "GE": ge_case(value=T - 1),
    "LT, too large": lt_case(value=T),
    "LT, negative": lt_case(value=-5),
    "TIER, window too large": tier_case(value=70_000, window=T, flag=0),
    "TIER, negative value": tier_case(value=FALSE, window=50_000, flag=0),
    "TIERS, one of two": tiers_case(
        {"value": 70_000, "window": 80_000, "flag": 0}, {"value": 5, "window": 2**40, "flag": 0}
    ),
    "CONVERSION, several scales": conversion_case(amount=10, value=12, remainder=90, price=3, scale=10),
}
"""CONVERSION: 10 * 3 / 10 is 3, and not 12; the remainder of 90 hides it from all but its own upper bound."""


def multiples(check, claim, *openings):
    return Case(claim, (list(openings),), check)


def window_claim(*, window, values):
    """Two records of a customer, of which the second's window sum is said to be that of both."""
    first = WindowRecord(value=point(values[0], 1), window=point(values[0], 2), start=0)
    second = WindowRecord(value=point(values[1], 3), window=point(window, 4), start=0)
    return WindowClaim(records=(first, second))


FALSE_MULTIPLES = {
    "ZERO": multiples("zero.proof", ZeroClaim(points=(point(0, 5), point(850_000, 6))), (0, 5), (850_000, 6)),
    "WINDOW": multiples(
        "window.proof", window_claim(window=60_000, values=(90_000, 60_000)), (0, 1), (-90_000, 4 - 1 - 3)
    ),
    "SUM": multiples("sum.proof", SumClaim(total=5, sum=point(850_000, 7)), (850_000 - 5, 7)),
    "EQUALITY": multiples("equality.proof", EqualityClaim(one=point(1, 8), other=point(2, 9)), (-1, -1)),
}
