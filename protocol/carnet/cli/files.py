"""Files: read with a limit, written whole or not at all, and named in whatever goes wrong with them."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from carnet.errors import DecodeError, PeerError, UsageError
from carnet.nesting import is_too_deep
from carnet.params import MAX_OBJECT

SECRET_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644


@contextmanager
def about(subject: Path | str) -> Iterator[None]:
    """Have any refusal raised inside say that it is about *subject*."""
    try:
        yield
    except PeerError as error:
        error.add_note(str(subject))
        raise


def read(path: Path, *, limit: int = MAX_OBJECT) -> bytes:
    """Return what is in *path*, at most *limit* bytes.

    Raises:
        DecodeError: ``file.size``.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        with about(path):
            raise DecodeError("file.size", f"more than {limit} bytes")
    return data


def read_text(path: Path, *, limit: int = MAX_OBJECT) -> str:
    """Return the text in *path*."""
    try:
        return read(path, limit=limit).decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8, at byte {error.start}") from None


def read_json(path: Path, *, limit: int = 16 * MAX_OBJECT) -> Any:
    """Return the parsed JSON in *path*; what is wrong with it is told by line, never by content."""
    text = read_text(path, limit=limit)
    if is_too_deep(text):
        raise UsageError(f"{path}: not JSON that anybody writes")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: not JSON, at line {error.lineno} column {error.colno}") from None
    except ValueError:  # a number of absurd length
        raise UsageError(f"{path}: not JSON that anybody writes") from None


def write(path: Path, data: bytes) -> None:
    """Write *data* to *path* in place of what is there: atomically, and durably."""
    _write(path, data, mode=PUBLIC_MODE, replace=True)


def write_new_secret(path: Path, data: bytes) -> None:
    """Write *data* to *path*, which must not exist, for its owner's eyes only."""
    _write(path, data, mode=SECRET_MODE, replace=False)


def replace_secret(path: Path, data: bytes) -> None:
    """Write *data* in place of the secret file *path*, so that what it held is gone from it."""
    _write(path, data, mode=SECRET_MODE, replace=True)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Keep every other process that asks for *path* by this function from it, until the end of the block.

    The lock is the system's: it goes with the process, however that ends; the empty file that bears it stays.
    """
    if not path.is_file():  # nothing to protect; whoever reads it will say so
        yield
        return
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UsageError(f"{path}: in use by another process, such as a running node") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes, *, mode: int, replace: bool) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # unlike a rename, it never replaces
    except FileExistsError:
        raise UsageError(f"{path}: is there already, and is not overwritten") from None
    except FileNotFoundError:
        raise UsageError(f"{path.parent}: no such directory") from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
