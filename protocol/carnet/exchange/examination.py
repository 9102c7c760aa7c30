"""What the beneficiary checks before it decides (spec/exchange.md#examination).

An examination ends in a refusal that can be told to the peer, or in a payload that is ready for the people and lists
of the beneficiary. Whatever goes wrong between decryption and the opening of the commitments has one external code:
the peer must not learn from us how far a forged offer came.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from carnet.crypto.hpke import PrivateKey
from carnet.envelope.offer import OpenedHeader, open_payload
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import Openings, check_commitments, open_quotes, openings
from carnet.errors import Code, PeerError, PolicyError, UsageError
from carnet.exchange.beneficiary import Verdict
from carnet.identity.directory import Trust
from carnet.messages import Check, Decision, OfferHeader
from carnet.params import MAX_PATHS
from carnet.policy.pack import Leg, LegRule, PolicyPack, in_force, leg_rule
from carnet.policy.tier import Tier, excess, missing, stricter, tier_for

_REPAIRABLE: Final = {"sealing.kid": Code.STALE_KEY, "quote.window": Code.STALE_QUOTE}
_UNOPENED: Final = Verdict(decision=Decision.REJECTED, code=Code.UNOPENED)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the beneficiary brings to an examination: its *keys*, its own pack's hash, and the packs it knows.

    *unverified* packs judge only if it says so. *earlier* returns what the receiving customer's window holds without
    this transfer, in the currency of its own pack; it is asked where that pack keeps a window.
    """

    keys: Mapping[bytes, PrivateKey]
    own_pack: bytes
    packs: Mapping[bytes, PolicyPack]
    unverified: bool = False
    earlier: Callable[[OfferHeader, Transfer], int] = lambda _header, _transfer: 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """The *payload*, as far as it could be opened, and the *refusal*, if there is one to tell the peer.

    *openings* are those of the header's commitments, if they hold, and *rules* those of both packs.
    """

    payload: Payload | None
    refusal: Verdict | None
    checks: int = 0
    openings: Openings | None = None
    rules: tuple[LegRule, LegRule] | None = None


def examine(opened: OpenedHeader, *, trust: Trust, terms: Terms, now: int) -> Examination:
    """Return what is wrong with an offer whose header is genuine and valid, or that nothing is.

    (1) both packs are known and in force; (2) it decrypts to the payload it commits to; (3) its quotes hold and its
    commitments open; (4) the tier that the stricter pack asks for is attached; (5) no field of it is missing;
    (6) nothing was sent that must not be.
    """
    payload: Payload | None = None
    checks = 0
    try:
        rules = _rules(opened.header, trust=trust, terms=terms, now=now)  # (1)
        payload = open_payload(opened, keys=terms.keys)  # (2)
        checks |= Check.OPENED
        proven = _openings(opened.header, payload, rules, trust=trust, now=now)  # (3)
        checks |= Check.QUOTE
    except PeerError as error:
        return Examination(payload=payload, refusal=_refusal(error, checks), checks=checks)
    found = Examination(payload=payload, refusal=None, checks=checks, openings=proven, rules=rules)
    return recount(found, earlier=terms.earlier(opened.header, payload.transfer) if rules[1].linked_window_s else 0)


def recount(found: Examination, *, earlier: int) -> Examination:
    """Return what is *found* of an offer that opened, when the receiving customer's window holds *earlier* besides it.

    Steps (4) to (6) of the examination. Under a pack that links transfers nobody but its side knows which tier the sum
    asks for: there, FULL data is not too much.
    """
    payload, proven, rules = found.payload, found.openings, found.rules
    if payload is None or proven is None or rules is None:
        raise UsageError("an offer that did not open has no tier")
    values = [proven.values[rule.currency].value for rule in rules]
    required = stricter(tier_for(rules[0], values[0]), tier_for(rules[1], values[1] + earlier))
    if any(rule.linked_window_s for rule in rules):
        required = stricter(required, payload.tier)
    checks = (found.checks | Check.TIER) & ~Check.FIELDS
    code, paths = _fields(payload, rules, required)  # (4) (5) (6)
    if code is None:
        return replace(found, refusal=None, checks=checks | Check.FIELDS)
    refusal = Verdict(
        decision=Decision.REPAIR, code=code, paths=paths[:MAX_PATHS], checks=checks, cause=f"fields.{code.name.lower()}"
    )
    return replace(found, refusal=refusal, checks=checks)


def _rules(header: OfferHeader, *, trust: Trust, terms: Terms, now: int) -> tuple[LegRule, LegRule]:
    """Return the rules of both packs for this leg; each must be the law of the side that it stands for."""
    if header.beneficiary_pack != terms.own_pack:
        raise PolicyError("pack.own")
    found = []
    for pack_hash, vasp in (
        (header.originator_pack, header.originator),
        (header.beneficiary_pack, header.beneficiary),
    ):
        if (pack := terms.packs.get(pack_hash)) is None:
            raise PolicyError("pack.unknown")
        found.append(rule_of(pack, vasp, trust=trust, now=now, unverified=terms.unverified))
    return found[0], found[1]


def rule_of(pack: PolicyPack, vasp: str, *, trust: Trust, now: int, unverified: bool = False) -> LegRule:
    """Return the rule that *pack* has for transfers between VASPs, if it is the law of *vasp* at *now*.

    Raises:
        PolicyError: ``pack.jurisdiction``, or it is not in force, or unverified and not asked for.
    """
    if pack.jurisdiction != trust.member(vasp).jurisdiction:
        raise PolicyError("pack.jurisdiction")
    return leg_rule(in_force(pack, at=now, unverified=unverified), Leg.VASP)


def _openings(
    header: OfferHeader, payload: Payload, rules: tuple[LegRule, LegRule], *, trust: Trust, now: int
) -> Openings:
    """Return what opens the header's commitments, once quotes and commitments hold."""
    quotes = open_quotes(payload, issuer=trust.quote_issuer, now=now)
    for rule in rules:
        if rule.currency in quotes and quotes[rule.currency].exponent != rule.exponent:
            raise PolicyError("quote.exponent", rule.currency)
    opened = openings(payload, quotes, currencies=frozenset(rule.currency for rule in rules), unit=trust.directory.unit)
    window_currency = None if rules[0].linked_window_s else rules[0].currency
    check_commitments(header, opened, window_currency=window_currency)
    return opened


def _fields(payload: Payload, rules: tuple[LegRule, LegRule], required: Tier) -> tuple[Code | None, tuple[str, ...]]:
    if payload.tier < required:
        wanted = {path: None for rule in rules for path in missing(payload.identity, rule, required)}
        return Code.INCOMPLETE_IDENTITY, tuple(wanted)
    wanted = {path: None for rule in rules for path in missing(payload.identity, rule, payload.tier)}
    if wanted:
        return Code.MISSING_FIELDS, tuple(wanted)
    surplus = [set(excess(payload.identity, rule, required)) for rule in rules]
    if unwanted := sorted(set.intersection(*surplus)):  # what one law asks for is not too much for the other
        return Code.OVERCOLLECTION, tuple(unwanted)
    return None, ()


def _refusal(error: PeerError, checks: int) -> Verdict:
    if error.check.startswith(("pack.", "policy.")):
        code: Code | None = Code.STALE_POLICY
    else:
        code = _REPAIRABLE.get(error.check)
    if code is None:
        return Verdict(decision=_UNOPENED.decision, code=_UNOPENED.code, cause=error.check)
    return Verdict(decision=Decision.REPAIR, code=code, checks=checks, cause=error.check)
