"""Read what VASPs publish, without trusting it to hold what it should.

A folder may come from anybody: a link, a pipe or a device in the place of a file is not followed, waited for or read
to its end.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from carnet.evidence import Read, UnreadableError, within
from carnet_audit.evidence_source import evidence_file


@final
class SourceError(ValueError):
    """What a source cannot be read by; the text names it, and says why."""


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


@contextmanager
def open_source(text: str, *, token: str | None = None) -> Iterator[Read]:
    """Open the source that *text* names, a URL, a file of evidence, or a published folder: what is entered reads it.

    *token* is for URLs, and lets an entitled auditor in.

    Raises:
        SourceError: *text* is a URL that cannot be read from, or nothing here can.
    """
    path = Path(text)
    if text.startswith(("http://", "https://")):
        yield _url(text, token)
    elif path.is_file():
        with evidence_file(path) as read:
            yield read
    else:
        yield folder(path)


def _url(text: str, token: str | None) -> Read:
    try:
        from carnet_audit.http_source import UrlError, http  # noqa: PLC0415 -- httpx is an extra's
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{text}: no {error.name}; URLs need the extra 'audit': pip install 'carnet[audit]'"
        ) from error
    try:
        return http(text, token)
    except UrlError as error:
        raise SourceError(f"{text}: {error}") from error
