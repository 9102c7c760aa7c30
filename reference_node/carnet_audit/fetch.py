"""Read published folders, without trusting them to hold what they should.

A folder may come from anybody: a link, a pipe or a device in the place of a file is not followed, waited for or read
to its end.
"""

import os
import stat
from pathlib import Path

from carnet.evidence import Read, UnreadableError, within


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


def open_source(text: str) -> Read:
    """Return a reader of the source that *text* names: a published folder."""
    return folder(Path(text))
