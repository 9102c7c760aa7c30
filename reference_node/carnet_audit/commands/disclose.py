"""``carnet-audit disclose``: ask a VASP what is behind its records, and open what it answers (spec/disclosure.md).

Personal data go to standard output, where whoever runs `open` asked for them, and nowhere else.
"""

import json
import sys
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from carnet import days as days_of
from carnet.cli import files
from carnet.cli.terminal import AsJson, FastKdf, PassphraseFile, new_lock
from carnet.crypto.coins import system_coins
from carnet.disclosure.keys import SupervisorKey, lock_supervisor_key, new_supervisor_key
from carnet.disclosure.messages import Commitment
from carnet.disclosure.request import OpenedRequest, open_request
from carnet.disclosure.verify import verify_response
from carnet.errors import PeerError
from carnet.evidence import BUNDLE, read_bundle, read_directory, read_pack
from carnet.identity.directory import Trust
from carnet_audit.arguments import Authority, Now, TokenFile, fail, moment, read_key, read_token
from carnet_audit.disclosed import disclosed_json, notice_index, render_disclosure
from carnet_audit.disclosing import Asked, Wanted, draw_records, make_request, named_records
from carnet_audit.fetch import open_source
from carnet_audit.supervising import OneSource, OwnKeys, one_line, read_request, read_response, said, unlock

DAY_S: Final = 86_400
KEY_FILE: Final = "supervisor"
CARD_FILE: Final = "supervisor.cbor"
SEALING_FILE: Final = "supervisor.sealing"

disclose: Final = typer.Typer(
    help="Ask a VASP what is behind its records, and open and verify what it answers.", no_args_is_help=True
)


@disclose.command()
def keys(
    *,
    name: Annotated[str, typer.Option(help="Under which name you ask, such as supervisor.example.")],
    jurisdiction: Annotated[str, typer.Option(help="Of which jurisdiction's VASPs, such as EU.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    passphrase_file: PassphraseFile = None,
    fast_kdf: FastKdf = False,
    as_json: AsJson = False,
) -> None:
    """Make your keys: a locked file, a card for the directory's authority, and the key that answers are sealed to."""
    with one_line():
        key = new_supervisor_key(name=name, jurisdiction=jurisdiction, coins=system_coins)
        lock = new_lock(passphrase_file, fast_kdf=fast_kdf)
        out.mkdir(parents=True, exist_ok=True)
        files.write_new_secret(out / KEY_FILE, lock_supervisor_key(key, lock=lock, coins=system_coins))
        files.write(out / CARD_FILE, key.card.encode())
        files.write(out / SEALING_FILE, key.sealing.public)
        made = {"keys": out / KEY_FILE, "card": out / CARD_FILE, "sealing": out / SEALING_FILE}
        _put({name_: str(path) for name_, path in made.items()} | {"key": key.card.key.hex()}, as_json=as_json)


@disclose.command()
def request(
    *,
    keys_file: OwnKeys,
    source: OneSource,
    basis: Annotated[Path, typer.Option(metavar="FILE", help="The warrant, or whatever you ask on; its hash is sent.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the signed request goes.")],
    authority: Authority = None,
    record: Annotated[list[int] | None, typer.Option(min=0, metavar="INDEX", help="A record; may be repeated.")] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="What to show of its payload, such as /transfer/amount or /identity; may be repeated."
        ),
    ] = None,
    opening: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="What to open: values, unit or flag; may be repeated.")
    ] = None,
    spot_check: Annotated[
        int | None, typer.Option(min=1, max=512, metavar="COUNT", help="Draw so many records of a report instead.")
    ] = None,
    report: Annotated[int | None, typer.Option(min=1, metavar="SERIAL", help="Of which report they are drawn.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the request is valid.")] = 30,
    gag_days: Annotated[
        int | None, typer.Option(min=1, max=1830, help="For how long the VASP's log must not tell what was asked.")
    ] = None,
    token_file: TokenFile = None,
    passphrase_file: PassphraseFile = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Make and sign a request for a VASP's records."""
    if (spot_check is None) == (not record):
        fail("give records (--record), or a number of them to draw (--spot-check)")
    if spot_check is not None and (report is None or path or opening):
        fail("a spot check is of one report (--report), and opens neither paths nor values")
    if out.exists():  # a response can be opened with the very request that it answers alone
        fail(f"{out}: is there already, and is not overwritten")
    with one_line(source), open_source(source, token=read_token(token_file)) as read:
        trust = Trust(directory=read_directory(read, authority=read_key(authority)))
        wanted = Wanted(
            paths=tuple(dict.fromkeys(map(_path, path or []))),
            openings=tuple(sorted({_opening(each) for each in opening or []})),
            basis=_hash(basis),
            lifetime_s=days * DAY_S,
            gag_s=None if gag_days is None else gag_days * DAY_S,
        )
        if spot_check is None or report is None:
            asked = named_records(read, record or [], trust=trust)
        else:
            asked = draw_records(read, count=spot_check, serial=report, trust=trust, coins=system_coins)
        key = unlock(keys_file, passphrase_file)
        signed, opened = _signed(asked, wanted, key=key, trust=trust, now=moment(now))
        files.write(out, signed)
        asks = opened.request
        told = {"request": str(out), "hash": opened.hash.hex(), "vasp": asks.vasp, "kind": asks.kind.name}
        numbers = [each.index for each in asks.records]
        if as_json:
            _put(told | {"records": numbers, "expires": asks.expires}, as_json=True)
        else:
            _put(told | {"record numbers": numbers, "expires": days_of.moment(asks.expires)}, as_json=False)


def _signed(asked: Asked, wanted: Wanted, *, key: SupervisorKey, trust: Trust, now: int) -> tuple[bytes, OpenedRequest]:
    """Return the signed request, and what the VASP makes of it: nothing is sent that would be refused."""
    try:
        signed = make_request(asked, wanted, key=key, trust=trust, now=now, coins=system_coins)
        return signed, open_request(signed, trust=trust)
    except PeerError as error:  # what we ask for shows nothing about the VASP
        fail(f"this cannot be asked: {said(error)}")


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()


@disclose.command("open")
def open_response(
    response: Annotated[Path, typer.Argument(metavar="RESPONSE", help="The sealed response.")],
    *,
    request_file: Annotated[Path, typer.Option("--request", metavar="FILE", help="The request that it answers.")],
    keys_file: OwnKeys,
    source: OneSource,
    authority: Authority = None,
    token_file: TokenFile = None,
    passphrase_file: PassphraseFile = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Open a response, verify all that it shows, and print it: exit status 0 sound, 1 refused, 2 could not tell."""
    with one_line(source), open_source(source, token=read_token(token_file)) as read:
        data = read_response(response)
        directory = read_directory(read, authority=read_key(authority))
        trust = Trust(directory=directory)
        opened = read_request(request_file, trust=trust)
        vasp = read_bundle(read, BUNDLE, trust=trust).bundle.vasp
        if opened.request.vasp != vasp:
            fail(f"{request_file}: a request to {opened.request.vasp}, and the source is {vasp}'s")
        key = unlock(keys_file, passphrase_file)
        with files.about(response):
            found = verify_response(
                data,
                opened,
                key=key.sealing,
                trust=trust,
                packs=lambda named: read_pack(read, named, directory=directory),
                now=moment(now),
            )
        logged = notice_index(read, found.notice, trust=trust)
        shown = disclosed_json(opened, found, logged=logged, trusted=authority is not None)
        if as_json:
            sys.stdout.write(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
        else:
            render_disclosure(shown, Console())


def _path(text: str) -> str:
    if text and not text.startswith("/"):
        fail(f"--path: {text}: a path begins with a slash, such as /transfer/amount")
    return text


def _opening(text: str) -> Commitment:
    if text.upper() not in Commitment.__members__:
        fail("--opening: values, unit or flag")
    return Commitment[text.upper()]


def _put(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    for name, value in result.items():
        sys.stdout.write(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}\n")
