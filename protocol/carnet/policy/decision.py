"""What the laws of both sides ask of one transfer, and why (spec/policy.md#decisions).

The same rules by which offers are prepared and examined, applied to a question instead of an offer: nothing here knows
more of the law than the packs do, and each answer names the source it rests on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.errors import PolicyError, UsageError
from carnet.ivms101.model import IdentityPayload
from carnet.policy.currency import decimal_of
from carnet.policy.pack import Fact, FieldRule, Leg, LegRule, PackSource, PolicyPack, leg_rule
from carnet.policy.path import PersonKind, Subject
from carnet.policy.tier import Tier, excess, missing, stricter, tier_for

DAY_S: Final = 86400


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side whose law counts: its *pack*, and the transfer's *value* in the minor unit of the pack's currency.

    *earlier* is what the same customer moved before, within the pack's linked window. Without a *value* only a pack
    that needs none can judge.
    """

    name: str
    pack: PolicyPack
    value: int | None = None
    earlier: int = 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that counted: what *pack* says of a *fact*, and the *sources* it has that from."""

    pack: str
    fact: Fact
    says: str
    sources: tuple[PackSource, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one side's law says by itself."""

    side: Side
    rule: LegRule
    tier: Tier
    ownership_proof: bool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One entry that must be there, and the *packs* that ask for it."""

    field: FieldRule
    packs: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What all laws together ask of a transfer; *missing* and *excess* are those of the payload, if one was given."""

    leg: Leg
    tier: Tier
    judgements: tuple[Judgement, ...]
    required: tuple[Requirement, ...]
    missing: tuple[str, ...]
    excess: tuple[str, ...]
    ownership_proof: bool
    retention_days: int
    linked_window_s: int
    why: tuple[Reason, ...]


def decide(
    sides: Sequence[Side],
    leg: Leg,
    *,
    kinds: tuple[PersonKind, PersonKind] = (PersonKind.ANY, PersonKind.ANY),
    identity: IdentityPayload | None = None,
) -> Decision:
    """Return what the packs of *sides* ask of a transfer over *leg* (spec/policy.md#decisions).

    *kinds* are those of originator and beneficiary; ANY leaves it open. The packs must be in force (`choose_pack`).

    Raises:
        PolicyError: ``policy.leg``: a pack has no rule for the leg; ``quote.missing``: it needs a value and has none.
    """
    if not sides:
        raise UsageError("a transfer is judged by the law of at least one side")
    # (1) each law by itself
    judgements = tuple(_judge(side, rule_for(side.pack, leg)) for side in sides)
    # (2) the stricter tier, in which each pack's own list applies
    tier = stricter(*(each.tier for each in judgements))
    # (3) what is asked for, and what of it a payload lacks or has too much
    lacking: dict[str, None] = {}
    surplus: list[str] = []
    if identity is not None:
        rules = [each.rule for each in judgements]
        lacking = dict.fromkeys(path for rule in rules for path in missing(identity, rule, tier))
        barred = set.intersection(*(set(excess(identity, rule, tier)) for rule in rules))
        surplus = [path for path in excess(identity, rules[0], tier) if path in barred]
    return Decision(
        leg=leg,
        tier=tier,
        judgements=judgements,
        required=_required(judgements, tier, kinds),
        missing=tuple(lacking),
        excess=tuple(surplus),
        # (4) the longest retention and window, and proof of ownership if one law asks for it
        ownership_proof=any(each.ownership_proof for each in judgements),
        retention_days=max(side.pack.retention_days for side in sides),
        linked_window_s=max(each.rule.linked_window_s for each in judgements),
        why=tuple(reason for each in judgements for reason in _reasons(each, leg, tier)),
    )


def rule_for(pack: PolicyPack, leg: Leg) -> LegRule:
    """Return the rule of *pack* for *leg*; without one for SUNRISE, that for VASP (spec/policy.md#decisions).

    Raises:
        PolicyError: ``policy.leg``.
    """
    if leg is Leg.SUNRISE and all(rule.leg is not Leg.SUNRISE for rule in pack.legs):
        return leg_rule(pack, Leg.VASP)  # a law binds its own side, whoever is at the other end
    return leg_rule(pack, leg)


def _judge(side: Side, rule: LegRule) -> Judgement:
    counted = None if side.value is None else side.value + (side.earlier if rule.linked_window_s else 0)
    if rule.full_from == 0:
        tier = Tier.FULL
    elif counted is None:
        raise PolicyError("quote.missing", rule.currency)
    else:
        tier = tier_for(rule, counted)
    proof = False
    if (limit := rule.ownership_proof_from) is not None:
        if limit and side.value is None:
            raise PolicyError("quote.missing", rule.currency)
        proof = (side.value or 0) >= limit
    return Judgement(side=side, rule=rule, tier=tier, ownership_proof=proof)


def _required(
    judgements: Sequence[Judgement], tier: Tier, kinds: tuple[PersonKind, PersonKind]
) -> tuple[Requirement, ...]:
    """Return the entries that the packs ask for in *tier*, each once, without those for persons of another kind."""
    by_subject = {Subject.ORIGINATOR: kinds[0], Subject.BENEFICIARY: kinds[1]}
    asked: dict[FieldRule, list[str]] = {}
    for each in judgements:
        for field in each.rule.full if tier is Tier.FULL else each.rule.basic:
            known = by_subject.get(field.subject, PersonKind.ANY)
            if PersonKind.ANY in {known, field.kind} or field.kind is known:
                packs = asked.setdefault(field, [])
                if each.side.pack.id not in packs:
                    packs.append(each.side.pack.id)
    return tuple(Requirement(field=field, packs=tuple(packs)) for field, packs in asked.items())


def _reasons(judged: Judgement, leg: Leg, tier: Tier) -> Iterator[Reason]:
    """Yield the rules of one pack that counted, in the order of the facts."""
    side, rule = judged.side, judged.rule

    def reason(fact: Fact, says: str) -> Reason:
        sources = tuple(source for source in side.pack.sources if fact in source.facts)
        return Reason(pack=side.pack.id, fact=fact, says=says, sources=sources)

    borrowed = "; for want of a rule for SUNRISE, that for VASP" if leg is not rule.leg else ""
    yield reason(Fact.PERIOD, f"the pack of {side.pack.jurisdiction} in force{borrowed}")
    yield reason(Fact.LIMIT, _limit_says(judged))
    entries = rule.full if tier is Tier.FULL else rule.basic
    stricter_than = f", as the other side's law asks for {tier.name}" if tier > judged.tier else ""
    yield reason(Fact.FIELDS, f"{len(entries)} entries are asked for in {tier.name}{stricter_than}")
    if rule.ownership_proof_from is not None:
        limit = _money(rule, rule.ownership_proof_from)
        needed = "is needed" if judged.ownership_proof else "is not needed"
        yield reason(Fact.OWNERSHIP, f"proof that the self-hosted address is its owner's {needed}: from {limit}")
    if rule.linked_window_s:
        days = rule.linked_window_s / DAY_S
        yield reason(Fact.LINKED, f"the customer's transfers of {days:g} days are added up")
    yield reason(Fact.RETENTION, f"records are kept for {side.pack.retention_days} days")


def _limit_says(judged: Judgement) -> str:
    rule, side = judged.rule, judged.side
    if rule.full_from == 0:
        return "FULL at any value"
    counted = (side.value or 0) + (side.earlier if rule.linked_window_s else 0)
    compared = "reaches" if judged.tier is Tier.FULL else "is below"
    return f"{judged.tier.name}: {_money(rule, counted)} {compared} {_money(rule, rule.full_from)}"


def _money(rule: LegRule, units: int) -> str:
    return f"{decimal_of(units, decimals=rule.exponent)} {rule.currency}"
