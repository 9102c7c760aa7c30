"""`carnet keys`: a VASP's keys, and what it shows of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from carnet.cli import files
from carnet.cli.packs import load_pack
from carnet.cli.terminal import AsJson, FastKdf, PassphraseFile, ask_passphrase, new_lock, now, show
from carnet.crypto.coins import system_coins
from carnet.crypto.hpke import PrivateKey
from carnet.crypto.lockbox import Lock
from carnet.crypto.tls import make_certificate, pin
from carnet.identity.keystore import (
    Keystore,
    lock_keystore,
    new_keystore,
    rotate,
    sealing_kid,
    sign_bundle,
    unlock_keystore,
)
from carnet.messages import Member, Witness
from carnet.policy.pack import pack_hash
from carnet.secret import Secret

KEYSTORE = "keystore"
MEMBER = "member.cbor"
WITNESS = "witness.cbor"

DAY_S = 86400
TLS_DAYS = 730

app = typer.Typer(help="Make, show and rotate a VASP's keys.", no_args_is_help=True)

KeystoreFile = Annotated[Path, typer.Argument(metavar="KEYSTORE", help="The locked file.")]


@app.command()
def new(
    *,
    vasp: Annotated[str, typer.Option(help="Its id in directories.")],
    network: Annotated[str, typer.Option(help="The network's name.")],
    log_origin: Annotated[str, typer.Option(help="The name of its log, such as alice.example/carnet.")],
    endpoint: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where peers reach it.")],
    jurisdiction: Annotated[str, typer.Option(help="Whose law binds it: a pack's jurisdiction.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    name: Annotated[str | None, typer.Option(help="What people call it; else its id.")] = None,
    witness_name: Annotated[str | None, typer.Option(help="As a witness; else the host of its log's name.")] = None,
    passphrase_file: PassphraseFile = None,
    fast_kdf: FastKdf = False,
    as_json: AsJson = False,
) -> None:
    """Make a VASP's keys: a locked keystore, and the cards for the directory's authority."""
    moment = now()
    keystore = new_keystore(
        network=network,
        vasp=vasp,
        log_origin=log_origin,
        tls=make_certificate(not_before=moment - DAY_S, not_after=moment + TLS_DAYS * DAY_S),
        now=moment,
        coins=system_coins,
    )
    member = member_card(keystore, name=name or vasp, jurisdiction=jurisdiction, endpoint=endpoint)
    witness = witness_card(keystore, name=witness_name or log_origin.split("/")[0], endpoint=endpoint)
    lock = new_lock(passphrase_file, fast_kdf=fast_kdf)
    out.mkdir(parents=True, exist_ok=True)
    files.write_new_secret(out / KEYSTORE, lock_keystore(keystore, lock=lock, coins=system_coins))
    files.write(out / MEMBER, member.encode())
    files.write(out / WITNESS, witness.encode())
    written = {"keystore": str(out / KEYSTORE), "member": str(out / MEMBER), "witness": str(out / WITNESS)}
    show(written | _public(keystore, now=moment), as_json=as_json)


@app.command("show")
def show_keys(keystore_file: KeystoreFile, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Show the public parts of a keystore."""
    keystore, _ = open_keystore(keystore_file, passphrase_file)
    show(_public(keystore, now=now()), as_json=as_json)


@app.command("rotate")
def rotate_keys(keystore_file: KeystoreFile, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Add today's sealing key, and destroy those whose time is over."""
    with files.alone_with(keystore_file):
        keystore, lock = open_keystore(keystore_file, passphrase_file)
        moment = now()
        rotated = rotate(keystore, now=moment, coins=system_coins)
        if rotated is not keystore:
            save_keystore(keystore_file, rotated, lock)
    before = _sealing_keys(keystore, now=0)
    after = _sealing_keys(rotated, now=moment)
    show(
        {
            "added": [key["kid"] for key in after if key not in before],
            "destroyed": [key["kid"] for key in before if key not in after],
            "sealing_keys": after,
        },
        as_json=as_json,
    )


@app.command()
def bundle(
    keystore_file: KeystoreFile,
    *,
    endpoint: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where peers reach it.")],
    pack: Annotated[list[str], typer.Option(metavar="NAME|FILE", help="A policy pack that it works under.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the signed bundle goes.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign the next key bundle, which peers seal to."""
    packs = tuple(dict.fromkeys(pack_hash(load_pack(each)) for each in pack))
    with files.alone_with(keystore_file):
        keystore, lock = open_keystore(keystore_file, passphrase_file)
        moment = now()
        keystore, signed = sign_bundle(
            rotate(keystore, now=moment, coins=system_coins), packs=packs, endpoint=endpoint, now=moment
        )
        save_keystore(keystore_file, keystore, lock)  # first: a serial is never used twice
        files.write(out, signed)
    keys = _sealing_keys(keystore, now=moment)
    show({"bundle": str(out), "serial": keystore.serial, "sealing_keys": keys}, as_json=as_json)


def open_keystore(path: Path, passphrase_file: Path | None) -> tuple[Keystore, Lock]:
    """Return the keystore in *path*, and the lock to close it with again."""
    data = files.read(path)
    with files.about(path):
        return unlock_keystore(data, passphrase=ask_passphrase(passphrase_file))


def save_keystore(path: Path, keystore: Keystore, lock: Lock) -> None:
    """Write *keystore* in place of the one in *path*: what it no longer holds is gone."""
    files.replace_secret(path, lock_keystore(keystore, lock=lock, coins=system_coins))


def member_card(keystore: Keystore, *, name: str, jurisdiction: str, endpoint: str) -> Member:
    """Return what the owner of *keystore* gives to a directory's authority."""
    return Member(
        vasp=keystore.vasp,
        name=name,
        jurisdiction=jurisdiction,
        identity_key=keystore.identity_public,
        log_origin=keystore.log_origin,
        endpoint=endpoint,
        tls_certificates=(keystore.tls_certificate,),
    )


def witness_card(keystore: Keystore, *, name: str, endpoint: str) -> Witness:
    """Return what the owner of *keystore* gives to a directory's authority to be a witness."""
    return Witness(
        name=name, key=keystore.witness_public, endpoint=endpoint, tls_certificates=(keystore.tls_certificate,)
    )


def _public(keystore: Keystore, *, now: int) -> dict[str, Any]:
    return {
        "network": keystore.network,
        "vasp": keystore.vasp,
        "identity_key": keystore.identity_public.hex(),
        "log_origin": keystore.log_origin,
        "log_key": keystore.log_public.hex(),
        "witness_key": keystore.witness_public.hex(),
        "tls_pin": pin(keystore.tls_certificate).hex(),
        "serial": keystore.serial,
        "sealing_keys": _sealing_keys(keystore, now=now),
    }


def _sealing_keys(keystore: Keystore, *, now: int) -> list[dict[str, Any]]:
    return [
        {
            "kid": sealing_kid(PrivateKey(Secret(secret.seed)).public).hex(),
            "not_before": secret.not_before,
            "not_after": secret.not_after,
        }
        for secret in keystore.sealing
        if now < secret.not_after
    ]
