"""`carnet directory`: who belongs to a network, signed by its authority."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from carnet.cli import files
from carnet.cli.terminal import AsJson, FastKdf, HexKey, PassphraseFile, ask_passphrase, new_lock, now, public_key, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.tls import pin
from carnet.errors import UsageError
from carnet.identity.directory import Trust, open_directory
from carnet.identity.signing_key import AUTHORITY, SigningKey, lock_signing_key, unlock_signing_key
from carnet.log.checkpoint import WITNESS_KEY, parse_vkey
from carnet.messages import Directory, Member, NamedKey, Supervisor, Unit, Witness
from carnet.params import MAX_DIRECTORY

KEY_FILE = "authority"
HEX_FILE = "authority.hex"
DAY_S = 86400

C = TypeVar("C", Member, Witness, Supervisor)

app = typer.Typer(help="Sign and check the list of a network's members.", no_args_is_help=True)


def _unit(text: str) -> Unit:
    currency, _, exponent = text.partition("/")
    if not exponent.isascii() or not exponent.isdigit():
        raise typer.BadParameter("a currency and its decimals are needed, such as EUR/2")
    return Unit(currency=currency, exponent=int(exponent))


def _named_key(text: str) -> NamedKey:
    name, _, key = text.partition("=")
    return NamedKey(name=name, key=public_key(key))


DirectoryFile = Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The signed directory.")]
Members = Annotated[list[Path], typer.Option(metavar="FILE", help="A member's card.")]
Witnesses = Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A witness's card.")]
Supervisors = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="The card of a supervisor, who may ask for disclosures.")
]
Issuers = Annotated[list[NamedKey] | None, typer.Option(parser=_named_key, metavar="NAME=HEX")]


@app.command()
def init(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the key goes.")],
    name: Annotated[str, typer.Option(help="Whose key it is.")] = "authority",
    passphrase_file: PassphraseFile = None,
    fast_kdf: FastKdf = False,
    as_json: AsJson = False,
) -> None:
    """Make the key of a network's authority."""
    key = SigningKey(name=name, seed=system_coins(32))
    lock = new_lock(passphrase_file, fast_kdf=fast_kdf)
    out.mkdir(parents=True, exist_ok=True)
    locked = lock_signing_key(key, purpose=AUTHORITY, lock=lock, coins=system_coins)
    files.write_new_secret(out / KEY_FILE, locked)
    files.write(out / HEX_FILE, f"{key.public.hex()}\n".encode())
    show({"key_file": str(out / KEY_FILE), "authority": key.public.hex()}, as_json=as_json)


@app.command()
def sign(
    *,
    authority: Annotated[Path, typer.Option(metavar="DIR", help="Where the authority's key is.")],
    network: Annotated[str, typer.Option(help="The network's name.")],
    version: Annotated[int, typer.Option(min=1, help="One more than the last.")],
    unit: Annotated[Unit, typer.Option(parser=_unit, metavar="EUR/2", help="The unit of account.")],
    member: Members,
    quorum: Annotated[int, typer.Option(min=0, help="How many witnesses must cosign.")],
    days: Annotated[int, typer.Option(min=1, max=400, help="How long it is valid.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the signed directory goes.")],
    witness: Witnesses = None,
    supervisor: Supervisors = None,
    quote_issuer: Issuers = None,
    pack_issuer: Issuers = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign a directory of the members whose cards are given."""
    moment = now()
    directory = Directory(
        network=network,
        version=version,
        unit=unit,
        members=tuple(_card(Member, path) for path in member),
        quote_issuers=tuple(quote_issuer or ()),
        pack_issuers=tuple(pack_issuer or ()),
        witnesses=tuple(_card(Witness, path) for path in witness or ()),
        quorum=quorum,
        issued=moment,
        expires=moment + days * DAY_S,
        supervisors=tuple(_card(Supervisor, path) for path in supervisor or ()),
    )
    if quorum > len(directory.witnesses):
        raise UsageError(f"--quorum {quorum} of {len(directory.witnesses)} witnesses can never be met")
    path = authority / KEY_FILE
    data = files.read(path)
    with files.about(path):
        key = unlock_signing_key(data, purpose=AUTHORITY, passphrase=ask_passphrase(passphrase_file))
    signed = cose.sign(directory, seed=key.secret)
    open_directory(signed, authority=key.public, now=moment)  # nothing is published that would be refused
    files.write(out, signed)
    show({"directory": str(out), "authority": key.public.hex()} | _summary(directory), as_json=as_json)


@app.command("witness")
def witness_card(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="The witness's name and key, name+id+key.")],
    url: Annotated[str, typer.Argument(help="Where logs ask it, without /add-checkpoint.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the card goes.")],
    certificate: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Its TLS certificate (DER), if no public authority signed it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the card of a witness that is asked over HTTP, such as an auditor's watch."""
    key = parse_vkey(vkey)
    if key.kind != WITNESS_KEY:
        raise UsageError("a log's key, not a witness's")
    if not url.startswith(("http://", "https://")):
        raise UsageError("the URL must begin with http:// or https://")
    certificates = tuple(files.read(path) for path in certificate or ())
    card = Witness(name=key.name, key=key.key, endpoint=url, tls_certificates=certificates)
    files.write(out, card.encode())
    show({"witness": str(out), "name": key.name, "key": key.key.hex(), "endpoint": url}, as_json=as_json)


@app.command("show")
def show_directory(
    path: DirectoryFile,
    authority: Annotated[bytes | None, typer.Option(parser=public_key, metavar="HEX")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a directory; without the authority's key it is shown unverified."""
    if authority is not None:
        directory = load_trust(path, authority).directory
    else:
        data = files.read(path, limit=MAX_DIRECTORY)
        with files.about(path):
            payload = cose.payload_of(data, limit=MAX_DIRECTORY)
            directory = Directory.decode(payload, limit=MAX_DIRECTORY)
    show({"verified": authority is not None} | _summary(directory), as_json=as_json)


@app.command()
def verify(
    path: DirectoryFile,
    *,
    authority: HexKey,
    newest: Annotated[int, typer.Option(min=0, help="The last version seen: an older one is refused.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Check a directory: signature, time, and no way back."""
    directory = load_trust(path, authority, newest=newest).directory
    show({"verified": True, "network": directory.network, "version": directory.version}, as_json=as_json)


def load_trust(path: Path, authority: bytes, *, newest: int = 0) -> Trust:
    """Return the directory in *path*, verified."""
    data = files.read(path, limit=MAX_DIRECTORY)
    with files.about(path):
        return Trust(directory=open_directory(data, authority=authority, now=now(), newest=newest))


def _card(kind: type[C], path: Path) -> C:
    data = files.read(path)
    with files.about(path):
        return kind.decode(data)


def _summary(directory: Directory) -> dict[str, Any]:
    return {
        "network": directory.network,
        "version": directory.version,
        "unit": f"{directory.unit.currency}/{directory.unit.exponent}",
        "issued": directory.issued,
        "expires": directory.expires,
        "quorum": directory.quorum,
        "members": [
            {
                "vasp": member.vasp,
                "name": member.name,
                "jurisdiction": member.jurisdiction,
                "endpoint": member.endpoint,
                "identity_key": member.identity_key.hex(),
                "log_origin": member.log_origin,
                "tls_pins": [pin(der).hex() for der in member.tls_certificates],
            }
            for member in directory.members
        ],
        "witnesses": [
            {"name": witness.name, "key": witness.key.hex(), "endpoint": witness.endpoint}
            for witness in directory.witnesses
        ],
        "supervisors": [
            {"name": each.name, "jurisdiction": each.jurisdiction, "key": each.key.hex()}
            for each in directory.supervisors
        ],
        "quote_issuers": [{"name": issuer.name, "key": issuer.key.hex()} for issuer in directory.quote_issuers],
        "pack_issuers": [{"name": issuer.name, "key": issuer.key.hex()} for issuer in directory.pack_issuers],
    }
