"""Policy packs, tiers and quotes: what the law asks for, as signed data (spec/policy.md)."""

from carnet.policy.currency import decimal_of, exponent_of, units_of
from carnet.policy.decision import Decision, Judgement, Reason, Requirement, Side, decide, rule_for
from carnet.policy.pack import (
    Confidence,
    Fact,
    FieldRule,
    Leg,
    LegRule,
    PackSource,
    PolicyPack,
    Status,
    check_pack,
    choose_pack,
    in_force,
    leg_rule,
    pack_hash,
)
from carnet.policy.path import PersonKind, Subject
from carnet.policy.quote import Asset, Quote, check_quote, cross_value, value_of
from carnet.policy.shipped import shipped_names, shipped_pack, shipped_packs, shipped_source
from carnet.policy.source import compile_pack
from carnet.policy.tier import Tier, excess, minimise, missing, stricter, tier_for

__all__ = [
    "Asset",
    "Confidence",
    "Decision",
    "Fact",
    "FieldRule",
    "Judgement",
    "Leg",
    "LegRule",
    "PackSource",
    "PersonKind",
    "PolicyPack",
    "Quote",
    "Reason",
    "Requirement",
    "Side",
    "Status",
    "Subject",
    "Tier",
    "check_pack",
    "check_quote",
    "choose_pack",
    "compile_pack",
    "cross_value",
    "decide",
    "decimal_of",
    "excess",
    "exponent_of",
    "in_force",
    "leg_rule",
    "minimise",
    "missing",
    "pack_hash",
    "rule_for",
    "shipped_names",
    "shipped_pack",
    "shipped_packs",
    "shipped_source",
    "stricter",
    "tier_for",
    "units_of",
    "value_of",
]
