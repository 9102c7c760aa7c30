"""The transfer's value, and the commitments that stand for it in the header (spec/envelope.md#commitments)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.kdf import Deriver
from carnet.envelope.payload import Payload
from carnet.errors import PolicyError, UsageError, VerifyError
from carnet.messages import OfferHeader, Role, Unit
from carnet.policy.quote import Quote, check_quote, value_of
from carnet.policy.tier import Tier
from carnet.secret import Secret
from carnet.zk import pedersen
from carnet.zk.commitment import Opening

UNIT: Final = "unit"
FLAG: Final = "flag"


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Openings:
    """What opens the commitments of a header: *values* by currency, the value in the *unit* of account, the *flag*."""

    values: dict[str, Opening]
    unit: Opening
    flag: Opening


def blinding(seed: Secret[bytes], *names: str) -> int:
    """Return the blinding factor called *names*, which both ends derive from the seed."""
    return pedersen.scalar(Deriver(seed).derive("blinding", *names, length=64))


def window_opening(secret: Secret[bytes], *, role: Role, transfer_id: bytes, revision: int, total: int) -> Opening:
    """Return what opens a VASP's own C_w over *total*: under a blinding that its counterparty cannot derive.

    The sum goes into the blinding: one transfer that is counted twice never shows two sums under one blinding.
    """
    wide = Deriver(secret).derive("window", int(role), transfer_id, revision, total.to_bytes(16, "big"), length=64)
    return Opening(value=total, blinding=pedersen.scalar(wide))


def openings(payload: Payload, quotes: dict[str, Quote], *, currencies: frozenset[str], unit: Unit) -> Openings:
    """Return the openings for *payload*, whose value in each currency its *quotes* say.

    Raises:
        PolicyError: ``quote.missing``: no quote in a currency that is needed; ``quote.exponent``; ``quote.range``.
    """
    if unit.currency in quotes and quotes[unit.currency].exponent != unit.exponent:
        raise PolicyError("quote.exponent", unit.currency)
    if not currencies | {unit.currency} <= quotes.keys():
        raise PolicyError("quote.missing")
    value = {currency: value_of(quote, payload.transfer.amount) for currency, quote in quotes.items()}
    return derive_openings(
        Secret(payload.seed),
        values={currency: value[currency] for currency in currencies},
        unit=value[unit.currency],
        full=payload.tier is Tier.FULL,
    )


def derive_openings(seed: Secret[bytes], *, values: Mapping[str, int], unit: int, full: bool) -> Openings:
    """Return the openings of these *values* by currency, of the value in the *unit* and of the flag, from *seed*."""
    return Openings(
        values={
            currency: Opening(value=values[currency], blinding=blinding(seed, "value", currency))
            for currency in sorted(values)
        },
        unit=Opening(value=unit, blinding=blinding(seed, UNIT)),
        flag=Opening(value=int(full), blinding=blinding(seed, FLAG)),
    )


def open_quotes(payload: Payload, *, issuer: Callable[[str], bytes], now: int) -> dict[str, Quote]:
    """Return the payload's quotes by currency, each signed by an issuer that *issuer* knows, and in force at *now*.

    Raises:
        DecodeError: Not a signed quote.
        VerifyError: Not signed by the issuer it names.
        PolicyError: ``quote.issuer``, ``quote.asset``, ``quote.window``, ``quote.duplicate``.
    """

    def resolve(quote: Quote, kid: bytes) -> bytes:
        return cose.only(issuer(quote.issuer))(quote, kid)

    found: dict[str, Quote] = {}
    for signed in payload.quotes:
        quote = cose.open_signed(Quote, signed, resolve=resolve)
        check_quote(quote, asset=payload.transfer.asset, now=now)
        if quote.currency in found:
            raise PolicyError("quote.duplicate", quote.currency)
        found[quote.currency] = quote
    return found


def check_commitments(header: OfferHeader, opened: Openings, *, window_currency: str | None) -> None:
    """Refuse *header* unless each of its commitments opens to what the payload says.

    *window_currency* is the currency in which the originator's pack keeps no linked window: there C_w is C_v itself.

    Raises:
        VerifyError: ``commitment.opening``, ``header.values`` or ``header.window``.
    """
    if [value.currency for value in header.values] != list(opened.values):
        raise VerifyError("header.values")
    for committed in header.values:
        opened.values[committed.currency].check(committed.point)
    opened.unit.check(header.unit)
    opened.flag.check(header.flag)
    if window_currency is None:
        pedersen.check_point(header.window)
    elif header.window != point_of(header, window_currency):
        raise VerifyError("header.window")


def point_of(header: OfferHeader, currency: str) -> bytes:
    """Return the header's value commitment in *currency*."""
    for committed in header.values:
        if committed.currency == currency:
            return committed.point
    raise UsageError(f"the header holds no value in {currency}")
