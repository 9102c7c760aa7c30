"""``carnet-audit disclose``: ask a VASP what is behind its records, and open what it answers (spec/disclosure.md).

Personal data go to standard output, where whoever runs `open` asked for them, and nowhere else.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console

from carnet.audit import Verdict
from carnet.cli import files
from carnet.cli.terminal import FastKdf, PassphraseFile, ask_passphrase, new_lock
from carnet.crypto.coins import system_coins
from carnet.disclosure.keys import SupervisorKey, lock_supervisor_key, new_supervisor_key, unlock_supervisor_key
from carnet.disclosure.messages import Commitment
from carnet.disclosure.request import open_request
from carnet.disclosure.verify import MAX_SEALED, verify_response
from carnet.errors import CarnetError, PeerError, UsageError
from carnet.evidence import UnreadableError, read_directory, read_pack
from carnet.identity.directory import Trust
from carnet_audit.arguments import TokenFile, fail, read_key, read_own
from carnet_audit.disclosed import disclosed_json, notice_index, render_disclosure
from carnet_audit.disclosing import Wanted, draw_records, make_request, named_records
from carnet_audit.fetch import SourceError, open_source

DAY_S: Final = 86_400
KEY_FILE: Final = "supervisor"
CARD_FILE: Final = "supervisor.cbor"
SEALING_FILE: Final = "supervisor.sealing"

disclose: Final = typer.Typer(
    help="Ask a VASP what is behind its records, and open and verify what it answers.", no_args_is_help=True
)

Source = Annotated[str, typer.Option(help="What the VASP publishes: a folder, a URL or a file of evidence.")]
Authority = Annotated[
    str | None, typer.Option(help="The directory authority's public key: 64 hex digits, or a file that holds them.")
]
Now = Annotated[int | None, typer.Option(help="Judge as of this time, in seconds since 1970.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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
    with _clear():
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
    keys_file: Annotated[
        Path, typer.Option("--keys", metavar="FILE", help="Your locked keys, which `disclose keys` made.")
    ],
    source: Source,
    basis: Annotated[Path, typer.Option(metavar="FILE", help="The warrant, or whatever you ask on; its hash is sent.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the signed request goes.")],
    authority: Authority = None,
    record: Annotated[list[int] | None, typer.Option(metavar="INDEX", help="A record; may be repeated.")] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(help="What to show of its payload, such as /transfer/amount or /identity; may be repeated."),
    ] = None,
    opening: Annotated[
        list[str] | None, typer.Option(help="What to open: values, unit or flag; may be repeated.")
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
    with _clear(), open_source(source, token=_token(token_file)) as read:
        moment = int(time.time()) if now is None else now
        if (spot_check is None) == (not record):
            fail("give records (--record), or a number of them to draw (--spot-check)")
        if spot_check is not None and (report is None or path or opening):
            fail("a spot check is of one report (--report), and opens neither paths nor values")
        directory = read_directory(read, authority=_key_of(authority))
        trust = Trust(directory=directory)
        wanted = Wanted(
            paths=tuple(dict.fromkeys(path or [])),
            openings=tuple(sorted({_opening(each) for each in opening or []})),
            basis=sha256(basis.read_bytes()).digest(),
            lifetime_s=days * DAY_S,
            gag_s=None if gag_days is None else gag_days * DAY_S,
        )
        if spot_check is None or report is None:
            asked = named_records(read, record or [], trust=trust)
        else:
            asked = draw_records(read, count=spot_check, serial=report, trust=trust, coins=system_coins)
        key = _unlock(keys_file, passphrase_file)
        signed = make_request(asked, wanted, key=key, trust=trust, now=moment, coins=system_coins)
        opened = open_request(signed, trust=trust)  # nothing is sent that would be refused
        files.write(out, signed)
        _put(
            {
                "request": str(out),
                "hash": opened.hash.hex(),
                "vasp": opened.request.vasp,
                "kind": opened.request.kind.name,
                "records": [each.index for each in opened.request.records],
                "expires": opened.request.expires,
            },
            as_json=as_json,
        )


@disclose.command("open")
def open_response(
    response: Annotated[Path, typer.Argument(metavar="RESPONSE", help="The sealed response.")],
    *,
    request_file: Annotated[Path, typer.Option("--request", metavar="FILE", help="The request that it answers.")],
    keys_file: Annotated[
        Path, typer.Option("--keys", metavar="FILE", help="Your locked keys, which `disclose keys` made.")
    ],
    source: Source,
    authority: Authority = None,
    token_file: TokenFile = None,
    passphrase_file: PassphraseFile = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Open a response, verify all that it shows, and print it: exit status 0 sound, 1 refused, 2 could not tell."""
    with _clear(), open_source(source, token=_token(token_file)) as read:
        moment = int(time.time()) if now is None else now
        data = _whole(response)
        directory = read_directory(read, authority=_key_of(authority))
        trust = Trust(directory=directory)
        opened = open_request(read_own(request_file), trust=trust)
        key = _unlock(keys_file, passphrase_file)
        found = verify_response(
            data,
            opened,
            key=key.sealing,
            trust=trust,
            packs=lambda named: read_pack(read, named, directory=directory),
            now=moment,
        )
        logged = notice_index(read, found.notice)
        shown = disclosed_json(opened, found, logged=logged, trusted=authority is not None)
        if as_json:
            sys.stdout.write(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
        else:
            render_disclosure(shown, Console())


@contextmanager
def _clear() -> Iterator[None]:
    """Turn what goes wrong into one line and an exit status: 1 if something is proven wrong, 2 if it cannot be told."""
    try:
        yield
    except PeerError as error:
        _refuse(error)
    except (SourceError, UnreadableError, UsageError, OSError) as error:
        fail(str(error))
    except CarnetError as error:
        fail(type(error).__name__)


def _refuse(error: PeerError) -> NoReturn:
    where = "; ".join(getattr(error, "__notes__", ()))
    told = f" ({error.detail})" if error.detail else ""
    sys.stderr.write(f"carnet-audit: refused: {error.check}{told}{f', {where}' if where else ''}\n")
    raise typer.Exit(int(Verdict.UNSOUND))


def _unlock(path: Path, passphrase_file: Path | None) -> SupervisorKey:
    data = read_own(path)
    try:
        return unlock_supervisor_key(data, passphrase=ask_passphrase(passphrase_file))
    except PeerError as error:  # our own file: it shows nothing about the VASP
        fail(f"{path}: the keys cannot be unlocked ({error.check})")


def _token(file: Path | None) -> str | None:
    return None if file is None else read_own(file).decode("ascii", errors="replace").strip()


def _key_of(authority: str | None) -> bytes | None:
    return None if authority is None else read_key(authority)


def _opening(text: str) -> Commitment:
    if text.upper() not in Commitment.__members__:
        fail("--opening: values, unit or flag")
    return Commitment[text.upper()]


def _whole(path: Path) -> bytes:
    data = read_own(path, limit=MAX_SEALED + 1)
    if len(data) > MAX_SEALED:
        fail(f"{path}: more than {MAX_SEALED} bytes are no response")
    return data


def _put(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    for name, value in result.items():
        sys.stdout.write(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}\n")
