"""Read files of evidence as if each were the folder that it was made from (spec/evidence.md)."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from carnet.evidence import UnreadableError
from carnet.evidence_file import EvidenceReader


@contextmanager
def evidence_file(path: Path) -> Iterator[EvidenceReader]:
    """Open the file of evidence at *path*: what is entered is a `carnet.evidence.Read`, and has the file's *header*.

    A pipe or a device in the place of a file is not waited for.

    Raises:
        UnreadableError: There is no file, or it cannot be read.
        PeerError: It is no file of evidence (`EvidenceReader`).
    """
    try:
        file = _open(path)
    except OSError as error:
        raise UnreadableError(str(path), error.strerror or "cannot be opened") from error
    with file:
        yield EvidenceReader(_Quiet(file, path))


def _open(path: Path) -> BinaryIO:
    """Open the regular file at *path*."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError(str(path), "not a regular file")
    return os.fdopen(descriptor, "rb")


class _Quiet:
    """A file whose failures are those of a `carnet.evidence.Read`."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path

    def read(self, size: int, /) -> bytes:
        """Return the next *size* bytes, or those that are left."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise UnreadableError(str(self._path), error.strerror or "cannot be read") from error

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to *offset*."""
        return self._file.seek(offset, whence)
