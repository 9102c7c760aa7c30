"""`carnet policy decide`: what the laws of both sides ask of one transfer, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, final

import typer

from carnet.cli import files
from carnet.cli.packs import asked, field_json, load_pack
from carnet.cli.terminal import AsJson, moment_of, now, printable, show
from carnet.crypto import cose
from carnet.errors import PolicyError, UsageError
from carnet.ivms101 import IdentityPayload, read
from carnet.policy.currency import exponent_of, units_of
from carnet.policy.decision import Decision, Judgement, Reason, Requirement, Side, rule_for
from carnet.policy.decision import decide as decide_by
from carnet.policy.pack import Leg, choose_pack, pack_hash
from carnet.policy.path import PersonKind
from carnet.policy.quote import Quote, cross_value, value_of
from carnet.policy.shipped import shipped_packs

LEGS: Final = {"vasp": Leg.VASP, "self-hosted": Leg.SELF_HOSTED, "sunrise": Leg.SUNRISE}
KINDS: Final = {"any": PersonKind.ANY, "natural": PersonKind.NATURAL, "legal": PersonKind.LEGAL}
LACKING: Final = 1
UNION: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a list
)
"""The member states of the European Union, whose regulation is their law (since 1 February 2020)."""

Jurisdiction = Annotated[str | None, typer.Option(metavar="CODE", help="Whose law binds that side, such as GB or EU.")]
Kind = Annotated[str, typer.Option(metavar="any|natural|legal", help="What kind of person that is.")]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What is moved: so much of a *currency*, or an *amount* of atomic units; *quotes* tell what that is in others."""

    value: int | None
    currency: str | None
    amount: int | None
    quotes: tuple[Quote, ...]

    def within(self, currency: str, exponent: int) -> int | None:
        """Return the value in the minor unit of *currency*, or None if nothing tells it."""
        if currency == self.currency:
            return self.value
        if (into := self._quote(currency)) is None:
            return None
        if into.exponent != exponent:
            raise PolicyError("quote.exponent", currency)
        if self.amount is not None:
            return value_of(into, self.amount)
        of = None if self.currency is None else self._quote(self.currency)
        if of is None or self.value is None:
            return None
        return cross_value(self.value, of=of, into=into)

    def of_earlier(self, earlier: str) -> "Worth | None":
        """Return what decimal *earlier* of the same currency is worth, or None if there was nothing."""
        if self.currency is None:
            if earlier != "0":
                raise UsageError("--earlier is in --currency")
            return None
        return replace(self, value=units_of(earlier, decimals=exponent_of(self.currency)))

    def _quote(self, currency: str) -> Quote | None:
        return next((quote for quote in self.quotes if quote.currency == currency), None)


def decide(
    *,
    originator: Jurisdiction = None,
    beneficiary: Jurisdiction = None,
    leg: Annotated[str, typer.Option(metavar="vasp|self-hosted|sunrise", help="Between whom it is.")] = "vasp",
    date: Annotated[str | None, typer.Option(metavar="DAY|TIME", help="When, UTC; now if not given.")] = None,
    value: Annotated[str | None, typer.Option(metavar="DECIMAL", help="What is moved, in --currency.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="ISO 4217.")] = None,
    amount: Annotated[
        int | None, typer.Option(min=0, metavar="UNITS", help="Or: in atomic units of the asset.")
    ] = None,
    quote: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A price, for other currencies.")] = None,
    earlier: Annotated[
        str, typer.Option(metavar="DECIMAL", help="What the customer moved before, within the window, in --currency.")
    ] = "0",
    originator_kind: Kind = "any",
    beneficiary_kind: Kind = "any",
    payload: Annotated[Path | None, typer.Option(metavar="FILE", help="IVMS101 to check for what is missing.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Packs instead of the library's.")] = None,
    unverified: Annotated[bool, typer.Option("--unverified", help="Apply packs whose issuer is not sure.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what a transfer needs: tier, fields, proof of ownership, retention, and why. Exit 1: data are missing."""
    chosen_leg = _choice(LEGS, leg, "--leg")
    start, end = moment_of(date) if date is not None else (now(), now())
    packs = tuple(load_pack(str(path)) for path in pack) if pack else shipped_packs()
    worth = _worth(value, currency, amount, quotes=[_quote(path, (start, end)) for path in quote or ()])
    past = worth.of_earlier(earlier)
    sides = []
    for name, jurisdiction in _sides(originator, beneficiary, chosen_leg).items():
        law = choose_pack(packs, jurisdiction=_law_of(jurisdiction), at=start, unverified=unverified)
        rule = rule_for(law, chosen_leg)
        before = past.within(rule.currency, rule.exponent) if past is not None and rule.linked_window_s else 0
        if before is None:
            raise PolicyError("quote.missing", rule.currency)
        counted = worth.within(rule.currency, rule.exponent)
        sides.append(Side(name=name, pack=law, value=counted, earlier=before))
    identity = None if payload is None else _identity(payload)
    kinds = (
        _choice(KINDS, originator_kind, "--originator-kind"),
        _choice(KINDS, beneficiary_kind, "--beneficiary-kind"),
    )
    decision = decide_by(sides, chosen_leg, kinds=kinds, identity=identity)
    if as_json:
        show(decision_json(decision, at=start, checked=identity is not None), as_json=True)
    else:
        _tell(decision, checked=identity is not None)
    if decision.missing:
        raise typer.Exit(LACKING)


def _choice(known: dict[str, Any], name: str, option: str) -> Any:
    if name not in known:
        raise UsageError(f"{option}: one of {', '.join(known)} is needed")
    return known[name]


def _sides(originator: str | None, beneficiary: str | None, leg: Leg) -> dict[str, str]:
    """Return the jurisdiction of each side that has a law to ask."""
    given = {"originator": originator, "beneficiary": beneficiary}
    named = {side: code for side, code in given.items() if code is not None}
    if leg is Leg.VASP and len(named) < len(given):
        raise UsageError("between two VASPs, --originator and --beneficiary are needed")
    if leg is Leg.SELF_HOSTED and len(named) != 1:
        raise UsageError("a self-hosted address has no law: name --originator or --beneficiary, whichever is the VASP")
    if not named:
        raise UsageError("--originator or --beneficiary is needed")
    return named


def _worth(value: str | None, currency: str | None, amount: int | None, *, quotes: Sequence[Quote]) -> Worth:
    if (value is None) == (amount is None) or (value is None) != (currency is None):
        raise UsageError("either --value and --currency, or --amount and a --quote, are needed")
    if amount is not None and not quotes:
        raise UsageError("--amount: a --quote must tell what it is worth")
    if len({each.asset for each in quotes}) > 1:
        raise PolicyError("quote.asset")
    units = None
    if value is not None and currency is not None:
        try:
            units = units_of(value, decimals=exponent_of(currency))
        except UsageError as error:
            raise UsageError(f"--value: {error}") from None
    return Worth(value=units, currency=currency, amount=amount, quotes=tuple(quotes))


def _quote(path: Path, span: tuple[int, int]) -> Quote:
    """Return the quote in *path*, whose signature is the business of whoever seals, not of a question."""
    data = files.read(path)
    with files.about(path):
        quote = Quote.decode(cose.payload_of(data))
        if quote.not_before > span[1] or quote.not_after < span[0]:
            raise PolicyError("quote.window")
        return quote


def _identity(path: Path) -> IdentityPayload:
    """Return the identity in JSON file *path*, which may stand by itself or beside the transfer."""
    data = files.read_json(path)
    with files.about(path):
        inner = data["identity"] if isinstance(data, dict) and "identity" in data else data
        return read(inner).identity


def _tell(decision: Decision, *, checked: bool) -> None:
    """Print *decision* for people."""
    typer.echo(f"tier: {decision.tier.name}")
    for judged in decision.judgements:
        typer.echo(f"{judged.side.name}: {judged.side.pack.id}, by itself {judged.tier.name}")
    typer.echo("required:" if decision.required else "required: nothing")
    for each in decision.required:
        typer.echo(f"  - {asked(each.field)} ({', '.join(each.packs)})")
    if checked:
        for title, paths in (("missing", decision.missing), ("too much", decision.excess)):
            typer.echo(f"{title}:" if paths else f"{title}: nothing")
            for path in paths:
                typer.echo(f"  - {path}")
    typer.echo(f"proof of ownership: {'needed' if decision.ownership_proof else 'not needed'}")
    typer.echo(f"retention: {decision.retention_days} days")
    window = decision.linked_window_s
    typer.echo(f"window: {f'{window} seconds' if window else 'none'}")
    typer.echo("why:")
    for reason in decision.why:
        typer.echo(f"  - {reason.pack}, {reason.fact.name}: {reason.says}")
        for source in reason.sources:
            typer.echo(f"      [{source.confidence.name}] {printable(source.text)}")


def decision_json(decision: Decision, *, at: int, checked: bool) -> dict[str, Any]:
    """Return *decision* as the command prints it (spec/policy.md#decisions)."""
    return {
        "leg": decision.leg.name,
        "at": at,
        "tier": decision.tier.name,
        "sides": [_judged(each) for each in decision.judgements],
        "required": [_requirement(each) for each in decision.required],
        "payload": {"missing": list(decision.missing), "excess": list(decision.excess)} if checked else None,
        "ownership_proof": decision.ownership_proof,
        "retention_days": decision.retention_days,
        "linked_window_s": decision.linked_window_s,
        "why": [_reason(each) for each in decision.why],
    }


def _judged(judged: Judgement) -> dict[str, Any]:
    rule = judged.rule
    return {
        "side": judged.side.name,
        "pack": judged.side.pack.id,
        "jurisdiction": judged.side.pack.jurisdiction,
        "hash": pack_hash(judged.side.pack).hex(),
        "status": judged.side.pack.status.name,
        "rule": rule.leg.name,
        "currency": rule.currency,
        "exponent": rule.exponent,
        "value": judged.side.value,
        "full_from": rule.full_from,
        "tier": judged.tier.name,
        "ownership_proof": judged.ownership_proof,
        "retention_days": judged.side.pack.retention_days,
        "linked_window_s": rule.linked_window_s,
    }


def _requirement(required: Requirement) -> dict[str, Any]:
    return field_json(required.field) | {"packs": list(required.packs)}


def _reason(reason: Reason) -> dict[str, Any]:
    sources = [{"confidence": each.confidence.name, "text": each.text} for each in reason.sources]
    return {"pack": reason.pack, "fact": reason.fact.name, "says": reason.says, "sources": sources}


def _law_of(jurisdiction: str) -> str:
    """Return the jurisdiction whose pack holds the law of *jurisdiction*."""
    return "EU" if jurisdiction in UNION else jurisdiction
