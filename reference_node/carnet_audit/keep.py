"""Where an audit keeps its state: a folder of the auditor's own (``carnet-audit verify --state``)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

from carnet.audit.state import StateError

MAX_STATE: Final = 2**28


@final
class FolderKeep:
    """Keeps each state in a file below *root*."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def load(self, name: str) -> bytes | None:
        """Return what was saved under *name*, if anything."""
        file = self._root / f"{name}.state"
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_STATE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"{file}: {error.strerror}") from error
        if len(data) > MAX_STATE:
            raise StateError(f"{file}: more than {MAX_STATE} bytes")
        return data

    def save(self, name: str, data: bytes) -> None:
        """Keep *data* under *name*, on the disk when this returns: as a whole, or not at all."""
        file = self._root / f"{name}.state"
        try:
            self._save(file, data)
        except OSError as error:
            raise StateError(f"{file}: {error.strerror}") from error

    def _save(self, file: Path, data: bytes) -> None:
        made = file.with_name(f"{file.name}.new")
        with made.open("wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        made.replace(file)
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def state_folder(root: Path) -> Iterator[FolderKeep]:
    """Open the folder *root* for one audit, and make it if it is not there.

    Raises:
        StateError: Another audit is at work with it, or it cannot be used.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(f"{root}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateError(f"{root}: another audit is at work with this state") from error
        yield FolderKeep(root)
    finally:
        os.close(lock)
