"""What a supervisor's commands share: keys, requests and sealed responses, and one clear line for what is refused."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from carnet.audit import Verdict
from carnet.cli.terminal import ask_passphrase
from carnet.disclosure.keys import SupervisorKey, unlock_supervisor_key
from carnet.disclosure.request import OpenedRequest, open_request
from carnet.disclosure.verify import MAX_SEALED
from carnet.errors import CarnetError, PeerError, UsageError
from carnet.evidence import UnreadableError
from carnet.identity.directory import Trust
from carnet_audit.arguments import fail, read_own
from carnet_audit.explain import refusals
from carnet_audit.fetch import SourceError, published_in

OwnKeys = Annotated[Path, typer.Option("--keys", metavar="FILE", help="Your locked keys, which `disclose keys` made.")]
OneSource = Annotated[
    str, typer.Option(metavar="SOURCE", help="What the VASP publishes: a folder, a URL or a file of evidence.")
]


@contextmanager
def one_line(source: str = "") -> Iterator[None]:
    """Turn what goes wrong into one line and an exit status: 1 if something is proven wrong, 2 if it cannot be told.

    *source* is where what cannot be read was looked for.
    """
    try:
        yield
    except PeerError as error:
        where = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
        sys.stderr.write(f"carnet-audit: refused: {said(error)}{where}\n")
        raise typer.Exit(int(Verdict.UNSOUND)) from error
    except UnreadableError as error:
        inner = published_in(source)
        fail(f"{source}: {error}" + (f"; what this node publishes is in {inner}" if inner else ""))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (SourceError, UsageError) as error:
        fail(str(error))
    except CarnetError as error:
        fail(type(error).__name__)


def said(error: PeerError) -> str:
    """Return the check that *error* names, what its failure means, and any detail."""
    means = refusals().get(error.check)
    return error.check + (f": {means.says}" if means else "") + (f" ({error.detail})" if error.detail else "")


def unlock(path: Path, passphrase_file: Path | None) -> SupervisorKey:
    """Return the supervisor's keys, which are locked in the file at *path*."""
    data = read_own(path)
    try:
        return unlock_supervisor_key(data, passphrase=ask_passphrase(passphrase_file))
    except PeerError as error:  # our own file: it shows nothing about the VASP
        fail(f"{path}: the keys cannot be unlocked: another passphrase, or no such file of keys ({error.check})")


def read_request(path: Path, *, trust: Trust) -> OpenedRequest:
    """Return the supervisor's own request, in the file at *path*."""
    data = read_own(path)
    try:
        return open_request(data, trust=trust)
    except PeerError as error:  # our own file, as above
        fail(f"{path}: not a request that a VASP of this directory may answer ({said(error)})")


def read_response(path: Path) -> bytes:
    """Return the sealed response in the file at *path*, unverified."""
    return read_own(path, limit=MAX_SEALED)
