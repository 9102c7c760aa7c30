"""Policy packs, tiers and quotes: what the law asks for, as signed data (spec/policy.md)."""

from carnet.policy.pack import (
    FieldRule,
    Leg,
    LegRule,
    PolicyPack,
    Status,
    check_pack,
    in_force,
    leg_rule,
    pack_hash,
)
from carnet.policy.path import PersonKind, Subject
from carnet.policy.quote import Asset, Quote, check_quote, value_of
from carnet.policy.source import compile_pack
from carnet.policy.tier import Tier, excess, minimise, missing, stricter, tier_for

__all__ = [
    "Asset",
    "FieldRule",
    "Leg",
    "LegRule",
    "PersonKind",
    "PolicyPack",
    "Quote",
    "Status",
    "Subject",
    "Tier",
    "check_pack",
    "check_quote",
    "compile_pack",
    "excess",
    "in_force",
    "leg_rule",
    "minimise",
    "missing",
    "pack_hash",
    "stricter",
    "tier_for",
    "value_of",
]
