"""Read what VASPs publish, without trusting it to hold what it should.

A folder may come from anybody: a link, a pipe or a device in the place of a file is not followed, waited for or read
to its end.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

from carnet.evidence import Read, UnreadableError, within
from carnet_audit.evidence_source import evidence_file

SCHEMES: Final = ("http://", "https://")


@final
class SourceError(ValueError):
    """A source that cannot be read from; the text says why, without a secret."""


def folder(root: Path) -> Read:
    """Return a reader of the published folder *root*."""

    def read(path: str, limit: int) -> bytes:
        try:
            file = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise UnreadableError(path, error.strerror or "cannot be opened") from error
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise UnreadableError(path, "not a regular file")
            with os.fdopen(file, "rb", closefd=False) as opened:
                return within(opened.read(limit + 1), limit)
        except OSError as error:
            raise UnreadableError(path, error.strerror or "cannot be read") from error
        finally:
            os.close(file)

    return read


def published_in(text: str) -> str | None:
    """Return where the published folder is, if *text* names the folder of the node that publishes it."""
    inner = Path(text) / "published"
    return str(inner) if not text.startswith(SCHEMES) and (inner / "directory").is_file() else None


@contextmanager
def open_source(text: str, *, token: str | None = None) -> Iterator[Read]:
    """Open the source that *text* names, a URL, a file of evidence, or a published folder: what is entered reads it.

    *token* is for URLs, and lets an entitled auditor in.

    Raises:
        SourceError: *text* is a URL that cannot be read from, or nothing here can.
    """
    if not text.startswith(SCHEMES) and Path(text).is_file():
        with evidence_file(Path(text)) as read:
            yield read
    else:
        yield published(text, token=token)


def published(text: str, *, token: str | None = None) -> Read:
    """Return a reader of the published folder that *text* names by its path, or by its URL.

    Raises:
        SourceError: *text* is a URL that cannot be read from, or nothing here can.
    """
    if not text.startswith(SCHEMES):
        return folder(Path(text))
    try:
        from carnet_audit.http_source import UrlError, http  # noqa: PLC0415 -- httpx is an extra's
    except ModuleNotFoundError as error:
        raise SourceError(f"no {error.name}; URLs need the extra 'audit': pip install 'carnet[audit]'") from error
    try:
        return http(text, token)
    except UrlError as error:  # *text* is not told: there may be a password in it
        raise SourceError(f"a source's URL: {error}") from error
