"""Law as data: what one jurisdiction asks for, from which value, and since when (spec/policy.md#packs).

A pack is plain data, signed by a pack issuer that the directory names; its hash stands in every record, so that a
transfer is judged by the pack that was in force at its time. Nothing in the code knows a limit or a field list.
"""

from collections.abc import Iterable
from enum import IntEnum, unique
from functools import lru_cache
from hashlib import sha256
from typing import Annotated

from carnet.errors import PolicyError
from carnet.ivms101.model import Person
from carnet.policy.currency import CURRENCIES
from carnet.policy.path import FieldPath, PersonKind, Subject, is_removable, resolves
from carnet.schema import U8, U32, U64, Currency, Many, Message, Text, message

PackId = Annotated[str, Text(64, 1, r"[a-z0-9][a-z0-9.-]*")]
Jurisdiction = Annotated[str, Text(8, 2, r"[A-Z]{2,8}")]
Citation = Annotated[str, Text(512)]


@unique
class Status(IntEnum):
    """How sure the issuer is of the facts; a node loads an unverified pack only if told to."""

    READY = 1
    UNVERIFIED = 2


@unique
class Leg(IntEnum):
    """Between whom the transfer is."""

    VASP = 1
    SELF_HOSTED = 2
    SUNRISE = 3


@unique
class Confidence(IntEnum):
    """How sure the issuer is that a source says what the pack says."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@unique
class Fact(IntEnum):
    """What of a pack a source bears out."""

    PERIOD = 1
    LIMIT = 2
    FIELDS = 3
    OWNERSHIP = 4
    LINKED = 5
    RETENTION = 6
    SCOPE = 7


@message("pack-source")
class PackSource(Message):
    """Where the issuer has some of a pack's facts from, and how sure it is of them (spec/policy.md#sources)."""

    facts: Annotated[tuple[Fact, ...], Many(7, 1)]
    confidence: Confidence
    text: Citation


@message("field-rule")
class FieldRule(Message):
    """What must be there: all the paths of one of the alternatives, for the persons of one kind."""

    subject: Subject
    kind: PersonKind
    any_of: Annotated[tuple[Annotated[tuple[FieldPath, ...], Many(8, 1)], ...], Many(8, 1)]


@message("leg-rule")
class LegRule(Message):
    """What holds for one kind of transfer (spec/policy.md#tiers).

    *full_from* is the smallest value, in minor units, that needs FULL data. Paths in *basic_excess* begin at the
    payload, all others at a person.
    """

    leg: Leg
    currency: Currency
    exponent: U8
    full_from: U32
    linked_window_s: U32
    full: Annotated[tuple[FieldRule, ...], Many(32)]
    basic: Annotated[tuple[FieldRule, ...], Many(32)]
    basic_excess: Annotated[tuple[FieldPath, ...], Many(32)]
    ownership_proof_from: U64 | None = None


@message("policy-pack")
class PolicyPack(Message):
    """The rules of one jurisdiction (spec/policy.md#packs)."""

    id: PackId
    jurisdiction: Jurisdiction
    version: U32
    status: Status
    effective_from: U64
    effective_until: U64 | None = None
    retention_days: U32
    legs: Annotated[tuple[LegRule, ...], Many(3, 1)]
    sources: Annotated[tuple[PackSource, ...], Many(32, 1)]


@lru_cache(maxsize=256)
def pack_hash(pack: PolicyPack) -> bytes:
    """Return the SHA-256 of the encoding of *pack*, by which records and proofs name it (spec/policy.md#hash)."""
    return sha256(pack.encode()).digest()


def check_pack(pack: PolicyPack) -> PolicyPack:
    """Return *pack* if it means something (spec/policy.md#checks).

    Raises:
        PolicyError: Its period is empty, its legs are out of order, a path leads nowhere, a currency has other
            decimals, or it calls itself ready on uncertain ground.
    """
    # (1) a period is not empty
    if pack.effective_until is not None and pack.effective_until <= pack.effective_from:
        raise PolicyError("policy.period", pack.id)
    # (2) each leg once, in order
    legs = [rule.leg for rule in pack.legs]
    if legs != sorted(set(legs)):
        raise PolicyError("policy.legs", pack.id)
    # (3) every required path names an element of a person, every barred one an element that a payload may lack
    for rule in pack.legs:
        asked = (path for field in (*rule.full, *rule.basic) for paths in field.any_of for path in paths)
        if not all(resolves(Person, path) for path in asked) or not all(map(is_removable, rule.basic_excess)):
            raise PolicyError("policy.path", pack.id)
        # (4) a limit is in the minor unit that its currency has
        if CURRENCIES.get(rule.currency, rule.exponent) != rule.exponent:
            raise PolicyError("policy.exponent", f"{pack.id}: {rule.currency}")
    # (5) whoever calls a pack ready is sure of its limits
    sure = any(Fact.LIMIT in source.facts and source.confidence is Confidence.HIGH for source in pack.sources)
    if pack.status is Status.READY and not sure:
        raise PolicyError("policy.confidence", pack.id)
    return pack


def in_force(pack: PolicyPack, *, at: int, unverified: bool = False) -> PolicyPack:
    """Return *pack* if it rules transfers of time *at*; an unverified one only if asked to (spec/policy.md#checks).

    Raises:
        PolicyError: It was not, or no longer, in force, or its facts are unverified.
    """
    if not _lasts(pack, at):
        raise PolicyError("policy.window", pack.id)
    if pack.status is not Status.READY and not unverified:
        raise PolicyError("policy.unverified", pack.id)
    return pack


def choose_pack(packs: Iterable[PolicyPack], *, jurisdiction: str, at: int, unverified: bool = False) -> PolicyPack:
    """Return the newest of *packs* that rules transfers of time *at* in *jurisdiction* (spec/policy.md#choice).

    Raises:
        PolicyError: None is of that jurisdiction, or none of those was in force, or only unverified ones were.
    """
    known = [pack for pack in packs if pack.jurisdiction == jurisdiction]
    if not known:
        raise PolicyError("policy.jurisdiction", jurisdiction)
    timely = [pack for pack in known if _lasts(pack, at)]
    if not timely:
        raise PolicyError("policy.window", jurisdiction)
    newest = max(
        timely, key=lambda pack: (pack.status is Status.READY or unverified, pack.effective_from, pack.version)
    )
    return in_force(newest, at=at, unverified=unverified)


def _lasts(pack: PolicyPack, at: int) -> bool:
    return pack.effective_from <= at and (pack.effective_until is None or at < pack.effective_until)


def leg_rule(pack: PolicyPack, leg: Leg) -> LegRule:
    """Return the rule of *pack* for *leg*.

    Raises:
        PolicyError: The pack says nothing about such transfers.
    """
    for rule in pack.legs:
        if rule.leg is leg:
            return rule
    raise PolicyError("policy.leg", f"{pack.id}: {leg.name}")
