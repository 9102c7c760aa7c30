"""How much data a transfer needs, what of it is missing, and what is too much (spec/policy.md#tiers)."""

from enum import IntEnum, unique

from carnet.errors import UsageError
from carnet.ivms101.model import IdentityPayload, Person
from carnet.policy.pack import FieldRule, LegRule
from carnet.policy.path import PersonKind, found, has, is_of_kind, persons_of, pointer, without


@unique
class Tier(IntEnum):
    """How much data a transfer carries; the larger is the stricter."""

    BASIC = 1
    FULL = 2


def tier_for(rule: LegRule, value: int) -> Tier:
    """Return the tier that *rule* asks for at *value*, in minor units of its currency (spec/policy.md#tiers)."""
    if value < 0:
        raise UsageError("a value is not negative")
    return Tier.FULL if value >= rule.full_from else Tier.BASIC


def stricter(first: Tier, *others: Tier) -> Tier:
    """Return the strictest of the tiers that several packs ask for."""
    return max(first, *others) if others else first


def missing(identity: IdentityPayload, rule: LegRule, tier: Tier) -> tuple[str, ...]:
    """Return the JSON Pointers that a REPAIR names, each once, in the order of the rules (spec/policy.md#missing).

    Where a rule offers alternatives, it names what is missing of the one that lacks least; of several, the first.
    """
    pointers: dict[str, None] = {}
    for field in rule.full if tier is Tier.FULL else rule.basic:
        pointers.update(dict.fromkeys(_lacking(identity, field)))
    return tuple(pointers)


def _lacking(identity: IdentityPayload, rule: FieldRule) -> list[str]:
    """Return what *rule* still asks for: of each person of its kind, or, for ANY, of the person who lacks least."""
    asked = [
        _nearest(person, rule, base)
        for base, person in persons_of(identity, rule.subject)
        if is_of_kind(person, rule.kind)
    ]
    if rule.kind is PersonKind.ANY:
        return min(asked, key=len)
    return [each for lacks in asked for each in lacks]


def _nearest(person: Person, rule: FieldRule, base: str) -> list[str]:
    options = [[pointer(base, path) for path in paths if not has(person, path)] for paths in rule.any_of]
    return min(options, key=len)


def excess(identity: IdentityPayload, rule: LegRule, tier: Tier) -> tuple[str, ...]:
    """Return the JSON Pointers of data that must not be sent in *tier* (spec/policy.md#excess).

    *tier* is that of the transfer, the strictest of all its packs: data that one pack needs is in no excess of another.
    """
    if tier is Tier.FULL:
        return ()
    return tuple(dict.fromkeys(at for path in rule.basic_excess for at in found(identity, path)))


def minimise(identity: IdentityPayload, rule: LegRule, tier: Tier) -> IdentityPayload:
    """Return *identity* without what `excess` names (spec/policy.md#excess)."""
    for path in rule.basic_excess if tier is Tier.BASIC else ():
        identity = without(identity, path)
    return identity
