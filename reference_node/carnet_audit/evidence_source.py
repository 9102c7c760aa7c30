"""Read files of evidence as if each were the folder that it was made from (spec/evidence.md)."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError
from carnet.evidence_file import EvidenceReader


@contextmanager
def evidence_file(path: Path) -> Iterator[Read]:
    """Open the file of evidence at *path*: what is entered is an `EvidenceReader`, so it reads as a folder does.

    What is no file of evidence shows nothing about any VASP: none of its files can be read, and each says why.
    A pipe or a device in the place of a file is not waited for.
    """
    try:
        file = _open(path)
    except OSError as error:
        yield _unreadable(error.strerror or "cannot be opened")
        return
    with file:
        yield _reader(file)


def _reader(file: BinaryIO) -> Read:
    try:
        return EvidenceReader(file)
    except PeerError as error:
        return _unreadable(f"no file of evidence, or damaged: {error}")
    except OSError as error:
        return _unreadable(error.strerror or "cannot be read")


def _unreadable(reason: str) -> Read:
    def read(path: str, _limit: int) -> NoReturn:
        raise UnreadableError(path, reason)

    return read


def _open(path: Path) -> BinaryIO:
    """Open the regular file at *path*.

    Raises:
        OSError: There is none.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return os.fdopen(descriptor, "rb")
