"""Policy packs, tiers and quotes: what the law asks for, as signed data (spec/policy.md)."""

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
from carnet.policy.quote import Asset, Quote, check_quote, value_of
from carnet.policy.shipped import shipped_names, shipped_pack, shipped_packs, shipped_source
from carnet.policy.source import compile_pack
from carnet.policy.tier import Tier, excess, minimise, missing, stricter, tier_for

__all__ = [
    "Asset",
    "Confidence",
    "Fact",
    "FieldRule",
    "Leg",
    "LegRule",
    "PackSource",
    "PersonKind",
    "PolicyPack",
    "Quote",
    "Status",
    "Subject",
    "Tier",
    "check_pack",
    "check_quote",
    "choose_pack",
    "compile_pack",
    "excess",
    "in_force",
    "leg_rule",
    "minimise",
    "missing",
    "pack_hash",
    "shipped_names",
    "shipped_pack",
    "shipped_packs",
    "shipped_source",
    "stricter",
    "tier_for",
    "value_of",
]
