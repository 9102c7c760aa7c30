"""`carnet issuer` and `carnet quote`: who signs packs and prices, and prices as signed data."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from carnet.cli import files
from carnet.cli.terminal import AsJson, FastKdf, PassphraseFile, ask_passphrase, moment_of, new_lock, now, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.errors import UsageError
from carnet.identity.signing_key import ISSUER, SigningKey, lock_signing_key, unlock_signing_key
from carnet.policy.quote import Quote, value_of
from carnet.policy.rates import quote_of, read_csv, read_json

BACKDATED_S = 60  # a reader's clock may be behind
MAX_RATES_FILE = 16 * 2**20

issuer_app = typer.Typer(help="The keys of those who issue packs and quotes.", no_args_is_help=True)
quote_app = typer.Typer(help="Signed prices.", no_args_is_help=True)

IssuerFile = Annotated[Path, typer.Option(metavar="KEYFILE", help="The issuer's locked key.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="Where the result goes.")]


@issuer_app.command("new")
def new_issuer(
    *,
    name: Annotated[str, typer.Option(help="The name that it signs under.")],
    out: Annotated[Path, typer.Option(metavar="KEYFILE", help="Where the locked key goes.")],
    passphrase_file: PassphraseFile = None,
    fast_kdf: FastKdf = False,
    as_json: AsJson = False,
) -> None:
    """Make the key of an issuer of packs or quotes; what it prints goes into a directory."""
    key = SigningKey(name=name, seed=system_coins(32))
    lock = new_lock(passphrase_file, fast_kdf=fast_kdf)
    files.write_new_secret(out, lock_signing_key(key, purpose=ISSUER, lock=lock, coins=system_coins))
    show({"key_file": str(out), "name": name, "key": key.public.hex(), "issuer": issuer_name(key)}, as_json=as_json)


@quote_app.command("issue")
def issue_quote(
    *,
    issuer: IssuerFile,
    asset: Annotated[str, typer.Option(help="CAIP-19.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")],
    exponent: Annotated[int, typer.Option(min=0, max=18, help="The decimals of its minor unit.")],
    price: Annotated[int, typer.Option(min=1, help="In minor units.")],
    scale: Annotated[int, typer.Option(min=1, help="The atomic units that the price is for.")],
    valid: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long it holds.")],
    out: Out,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign what an asset is worth."""
    key = open_issuer(issuer, passphrase_file)
    moment = now()
    quote = Quote(
        issuer=key.name,
        asset=asset,
        currency=currency,
        exponent=exponent,
        price=price,
        scale=scale,
        not_before=moment - BACKDATED_S,
        not_after=moment + valid,
    )
    value_of(quote, scale)
    files.write(out, cose.sign(quote, seed=key.secret))
    show({"quote": str(out), "issuer": issuer_name(key), "not_after": quote.not_after}, as_json=as_json)


@quote_app.command("import")
def import_rates(
    rates: Annotated[Path, typer.Argument(metavar="FILE", help="Daily rates (.csv), or rates with times (.json).")],
    *,
    issuer: IssuerFile,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the signed quotes go.")],
    date: Annotated[
        str | None, typer.Option(metavar="DAY|TIME", help="Those that hold then; now if not given.")
    ] = None,
    grace: Annotated[
        int, typer.Option(min=0, metavar="SECONDS", help="How much longer than its day a rate holds.")
    ] = 0,
    valid: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long a rate with a time holds.")] = 600,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign the rates of a file that hold at a time: each becomes a quote of the same price, to the last decimal."""
    start, end = moment_of(date) if date is not None else (now(), now())
    text = files.read_text(rates, limit=MAX_RATES_FILE)
    try:
        read = read_json(text, valid_s=valid) if rates.suffix == ".json" else read_csv(text, grace_s=grace)
        key = open_issuer(issuer, passphrase_file)
        held = [rate for rate in read if rate.not_before <= end and start <= rate.not_after]
        quotes = [quote_of(rate, issuer=key.name) for rate in held]
    except UsageError as error:
        raise UsageError(f"{rates}: {error}") from None
    out.mkdir(parents=True, exist_ok=True)
    for quote in quotes:
        files.write(out / sha256(quote.encode()).hexdigest()[:32], cose.sign(quote, seed=key.secret))
    priced = [{"asset": each.asset, "currency": each.currency, "not_after": each.not_after} for each in quotes]
    show({"folder": str(out), "issuer": issuer_name(key), "quotes": priced}, as_json=as_json)


def open_issuer(path: Path, passphrase_file: Path | None) -> SigningKey:
    """Return the issuer's key in *path*."""
    data = files.read(path)
    with files.about(path):
        return unlock_signing_key(data, purpose=ISSUER, passphrase=ask_passphrase(passphrase_file))


def issuer_name(key: SigningKey) -> str:
    """Return *key* as directories name issuers."""
    return f"{key.name}={key.public.hex()}"
