"""What the commands are given: keys, small files, sources; and one clear line for what is wrong with them."""

import sys
from pathlib import Path
from typing import Final, NoReturn

import typer

from carnet.audit import Verdict

KEY_SIZE: Final = 32
MAX_FILE: Final = 65536


def fail(line: str) -> NoReturn:
    """Say one line and leave: nothing could be told."""
    sys.stderr.write(f"carnet-audit: {line}\n")
    raise typer.Exit(int(Verdict.UNKNOWN))


def read_key(given: str, *, option: str = "--authority") -> bytes:
    """Return the public key that *given*, the value of *option*, writes out or names the file of."""
    text = given if _is_key(given) else read_own(Path(given)).decode("ascii", errors="replace").strip()
    if not _is_key(text):
        fail(f"{option}: neither 64 hex digits nor a file that holds them")
    return bytes.fromhex(text)


def _is_key(text: str) -> bool:
    return len(text) == 2 * KEY_SIZE and all(digit in "0123456789abcdefABCDEF" for digit in text)


def read_own(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """Return the content of one of the auditor's own small files, or the first *limit* bytes of it."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
