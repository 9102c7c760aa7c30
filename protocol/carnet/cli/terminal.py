"""What the commands take from, and show to, whoever runs them: passphrases, the time, results."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.cli.files import read
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE, MODERATE, Lock
from carnet.errors import CarnetError, UsageError
from carnet.secret import Secret

PASSPHRASE: Final = "CARNET_PASSPHRASE"  # noqa: S105 - the variable's name

DAY_S: Final = 86400
LAST_MOMENT: Final = 253402300799  # 9999-12-31, the last that a calendar shows
MOMENTS: Final = frozenset(
    {"directory_expires", "effective_from", "effective_until", "ended", "expires", "issued", "not_after", "not_before"}
    | {"due", "latest", "time", "until"}
)
WIDTH: Final = 96

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
    """Print *result*: as one JSON object, or in lines for people."""
    for line in [json.dumps(result, indent=2)] if as_json else _lines(result):
        typer.echo(line)


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Tell each entry of *result* in a line of its own; what is in it is indented below, unless a line holds it."""
    width = max((len(name) for name, value in result.items() if not isinstance(value, Mapping)), default=0) + 1
    for name, value in result.items():
        if isinstance(value, Mapping):
            yield f"{name}:" if value else f"{name + ':':<{width}} none"
            yield from (f"  {line}" for line in _lines(value))
        elif isinstance(value, list):
            yield f"{name + ':':<{width}} {len(value)}"
            for item in value:
                first, *more = _item(item)
                yield f"  - {first}"
                yield from (f"    {line}" for line in more)
        else:
            yield f"{name + ':':<{width}} {told(name, value)}"


def _item(item: Any) -> list[str]:
    if not isinstance(item, Mapping):
        return [told("", item)]
    flat = not any(isinstance(value, Mapping | list) and value for value in item.values())
    line = ", ".join(f"{name} {told(name, value)}" for name, value in item.items())
    return [line] if flat and len(line) < WIDTH else list(_lines(item))


def told(name: str, value: Any) -> str:
    """Return *value*, which goes by *name*, as people read it: a moment with its date."""
    if value is None or value in ([], {}):
        return "-" if value is None else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in MOMENTS and isinstance(value, int) and 0 <= value <= LAST_MOMENT:
        return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return printable(str(value))


def printable(text: str) -> str:
    """Return *text* without what would make a terminal do something."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def public_key(text: str) -> bytes:
    """Return the 32-byte public key that an option gives in hex, or names the file of."""
    if (key := _key(text)) is None:
        try:
            key = _key(read(Path(text), limit=4096).decode("ascii", errors="replace").strip())
        except (OSError, CarnetError, ValueError):
            key = None
    if key is None:
        raise typer.BadParameter("64 hex digits are needed, or a file that holds them")
    return key


def _key(text: str) -> bytes | None:
    return bytes.fromhex(text) if re.fullmatch("[0-9a-fA-F]{64}", text) else None


HexKey = Annotated[
    bytes, typer.Option(parser=public_key, metavar="HEX|FILE", help="The public key of the directory's authority.")
]
