"""What the commands are given: keys, small files, sources; and one clear line for what is wrong with them."""

import sys
import time
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from carnet.audit import Verdict
from carnet_audit.spill import LIMIT

KEY_SIZE: Final = 32
MAX_FILE: Final = 65536
MIB: Final = 2**20

Authority = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="The directory authority's public key: 64 hex digits, or a file that holds them."),
]
Now = Annotated[int | None, typer.Option(metavar="SECONDS", help="Judge as of this time, in seconds since 1970.")]
Seen = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A checkpoint kept from an earlier audit, from which the log must have grown."),
]
WorkerCount = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Processes that judge records; one for each processor by default. 1: none but this."
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="A folder of your own: an audit that was interrupted, or a log that has grown, is gone on with.",
    ),
]
Scratch = Annotated[Path | None, typer.Option(metavar="DIR", help="Where temporary files go, without --state.")]
ScratchLimit = Annotated[int, typer.Option(metavar="MIB", min=1, help="How many MiB of the disk an audit may take.")]
TokenFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The token by which URLs give records and reports to you.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:PORT", help="Have records judged by a Dask cluster, in place of processes."),
]
DEFAULT_LIMIT: Final = LIMIT // MIB


def fail(line: str) -> NoReturn:
    """Say one line and leave: nothing could be told."""
    sys.stderr.write(f"carnet-audit: {line}\n")
    raise typer.Exit(int(Verdict.UNKNOWN))


def read_key(given: str | None) -> bytes | None:
    """Return the public key that *given*, the value of ``--authority``, writes out or names the file of, if any."""
    if given is None:
        return None
    is_file = not _is_key(given) and Path(given).is_file()
    text = read_own(Path(given)).decode("ascii", errors="replace").strip() if is_file else given
    if not _is_key(text):
        fail(f"--authority: {given}: neither 64 hex digits nor a file that holds them")
    return bytes.fromhex(text)


def moment(now: int | None) -> int:
    """Return the time that ``--now`` says, or what the clock does."""
    return int(time.time()) if now is None else now


def _is_key(text: str) -> bool:
    return len(text) == 2 * KEY_SIZE and all(digit in "0123456789abcdefABCDEF" for digit in text)


def read_own(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """Return the content of one of the auditor's own files, which must not have more than *limit* bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    if len(data) > limit:
        fail(f"{path}: more than {limit} bytes")
    return data


def read_token(path: Path | None) -> str | None:
    """Return the token in the file at *path*, if one is named."""
    return None if path is None else read_own(path).decode("ascii", errors="replace").strip()
