"""What the commands take from, and show to, whoever runs them: passphrases, the time, results."""

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.cli.files import read
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE, MODERATE, Lock
from carnet.errors import UsageError
from carnet.secret import Secret

PASSPHRASE: Final = "CARNET_PASSPHRASE"  # noqa: S105 - the variable's name

DAY_S: Final = 86400

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help=f"Where the passphrase is, if not in ${PASSPHRASE}.")
]
FastKdf = Annotated[bool, typer.Option("--fast-kdf", help="A cheaper passphrase derivation: for tests and demos.")]


def now() -> int:
    """Return the time, in seconds since the epoch."""
    return int(time.time())


def moment_of(text: str) -> tuple[int, int]:
    """Return the first and the last second of *text*: a day, such as 2026-06-30, or a time with its zone."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("--date: a day such as 2026-06-30 is needed, or a time such as 2026-06-30T12:00:00Z") from None
    if parsed.tzinfo is None and len(text) > len("2026-06-30"):
        raise UsageError("--date: a time needs its zone, such as Z")
    start = int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
    if start < 0:
        raise UsageError("--date: before 1970")
    return start, start if parsed.tzinfo else start + DAY_S - 1


def day_of(moment: int) -> str:
    """Return the day, UTC, of *moment*."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def ask_passphrase(file: Path | None, *, new: bool = False) -> Secret[bytes]:
    """Return the passphrase from *file*, the environment, or whoever sits there; a *new* one is typed twice."""
    if file is not None:
        return Secret(read(file, limit=4096).rstrip(b"\r\n"))
    if given := os.environ.get(PASSPHRASE):
        return Secret(given.encode())
    if not sys.stdin.isatty():
        raise UsageError(f"no passphrase: set {PASSPHRASE}, or name a --passphrase-file")
    typed: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return Secret(typed.encode())


def new_lock(passphrase_file: Path | None, *, fast_kdf: bool) -> Lock:
    """Return a lock under a new passphrase."""
    passphrase = ask_passphrase(passphrase_file, new=True)
    return Lock.new(passphrase, coins=system_coins, cost=INTERACTIVE if fast_kdf else MODERATE)


def show(result: Mapping[str, Any], *, as_json: bool) -> None:
    """Print *result*: as one JSON object, or as a line for each entry."""
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    width = max(map(len, result), default=0)
    for name, value in result.items():
        if isinstance(value, Mapping):
            typer.echo(f"{name}:")
            show({f"  {key}": inner for key, inner in value.items()}, as_json=False)
        elif isinstance(value, list):
            typer.echo(f"{name + ':':<{width + 1}} {len(value)}")
            for item in value:
                typer.echo(f"  - {_line(item)}")
        else:
            typer.echo(f"{name + ':':<{width + 1}} {_line(value)}")


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_line(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_line, value)) or "none"
    return "-" if value is None else printable(str(value))


def printable(text: str) -> str:
    """Return *text* without what would make a terminal do something."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def public_key(text: str) -> bytes:
    """Return the 32-byte public key that an option gives in hex."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise typer.BadParameter("64 hex digits are needed")
    return key


HexKey = Annotated[bytes, typer.Option(parser=public_key, metavar="HEX")]
