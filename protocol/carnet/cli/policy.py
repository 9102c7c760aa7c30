"""`carnet policy`, `carnet issuer` and `carnet quote`: the law and the prices, as signed data."""

from importlib.resources import files as resources
from pathlib import Path
from typing import Annotated, Any

import typer

from carnet.cli import files
from carnet.cli.terminal import AsJson, FastKdf, PassphraseFile, ask_passphrase, new_lock, now, public_key, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.errors import UsageError
from carnet.identity.signing_key import ISSUER, SigningKey, lock_signing_key, unlock_signing_key
from carnet.policy.pack import PolicyPack, check_pack, pack_hash
from carnet.policy.quote import Quote, value_of
from carnet.policy.source import compile_pack

BACKDATED_S = 60  # a reader's clock may be behind

app = typer.Typer(help="Compile, sign and show policy packs.", no_args_is_help=True)
issuer_app = typer.Typer(help="The keys of those who issue packs and quotes.", no_args_is_help=True)
quote_app = typer.Typer(help="Signed prices.", no_args_is_help=True)

IssuerFile = Annotated[Path, typer.Option(metavar="KEYFILE", help="The issuer's locked key.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="Where the result goes.")]
PackSource = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A pack of this library, or a file.")]


@app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs that come with this library."""
    found = sorted(path.name for path in _sources().iterdir() if path.name.endswith(".toml"))
    packs = [load_pack(name.removesuffix(".toml")) for name in found]
    show({"packs": [_summary(pack) for pack in packs]}, as_json=as_json)


@app.command("sign")
def sign_pack(
    source: PackSource, *, issuer: IssuerFile, out: Out, passphrase_file: PassphraseFile = None, as_json: AsJson = False
) -> None:
    """Compile a pack and sign it."""
    pack = load_pack(source)
    key = open_issuer(issuer, passphrase_file)
    files.write(out, cose.sign(pack, seed=key.secret))
    show({"pack": str(out), "issuer": _named(key)} | _summary(pack), as_json=as_json)


@app.command("show")
def show_pack(
    source: PackSource,
    key: Annotated[
        bytes | None, typer.Option(parser=public_key, metavar="HEX", help="Who must have signed it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a pack; without the issuer's key a signed one is shown unverified."""
    if key is not None:
        data = files.read(Path(source))
        with files.about(source):
            pack = check_pack(cose.open_signed_by(PolicyPack, data, public=key))
    else:
        pack = load_pack(source)
    legs = [
        {
            "leg": rule.leg.name,
            "currency": rule.currency,
            "exponent": rule.exponent,
            "full_from": rule.full_from,
            "linked_window_s": rule.linked_window_s,
            "full": len(rule.full),
            "basic": len(rule.basic),
            "basic_excess": len(rule.basic_excess),
        }
        for rule in pack.legs
    ]
    more = {"retention_days": pack.retention_days, "sources": [each.text for each in pack.sources]}
    show({"verified": key is not None} | _summary(pack) | {"legs": legs} | more, as_json=as_json)


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
    show({"key_file": str(out), "name": name, "key": key.public.hex(), "issuer": _named(key)}, as_json=as_json)


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
    show({"quote": str(out), "issuer": _named(key), "not_after": quote.not_after}, as_json=as_json)


def load_pack(source: str) -> PolicyPack:
    """Return the pack that *source* names: one of this library, a file of TOML, or a signed one, unverified."""
    if "/" not in source and "." not in source:
        return _library_pack(source)
    path = Path(source)
    if path.suffix == ".toml":
        text = files.read_text(path)
        try:
            return compile_pack(text)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
    data = files.read(path)
    with files.about(path):
        return check_pack(PolicyPack.decode(cose.payload_of(data)))


def _library_pack(name: str) -> PolicyPack:
    source = _sources() / f"{name}.toml"
    if not source.is_file():
        raise UsageError(f"no pack is called {name}: see `carnet policy list`, or name a file with its ending")
    return compile_pack(source.read_text("utf-8"))


def open_issuer(path: Path, passphrase_file: Path | None) -> SigningKey:
    """Return the issuer's key in *path*."""
    data = files.read(path)
    with files.about(path):
        return unlock_signing_key(data, purpose=ISSUER, passphrase=ask_passphrase(passphrase_file))


def _sources() -> Any:
    return resources("carnet.policy") / "packs"


def _named(key: SigningKey) -> str:
    return f"{key.name}={key.public.hex()}"


def _summary(pack: PolicyPack) -> dict[str, Any]:
    return {
        "id": pack.id,
        "jurisdiction": pack.jurisdiction,
        "version": pack.version,
        "status": pack.status.name,
        "effective_from": pack.effective_from,
        "effective_until": pack.effective_until,
        "hash": pack_hash(pack).hex(),
    }
