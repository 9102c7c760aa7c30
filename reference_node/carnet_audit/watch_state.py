"""What a watch remembers between two looks, and between two runs: whole files, flushed before anything depends on them.

For each source the last checkpoint that it showed, under the key that its log had; for each log that is cosigned, the
last checkpoint that was; and, for each log that was caught, the two checkpoints that prove it.
"""

import fcntl
import json
import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final, final

from carnet.cli import files
from carnet.errors import PeerError
from carnet.log.checkpoint import VerifierKey, parse_vkey, unverified_note

MAX_PROOFS: Final = 64
"""How often a log is proven wrong before nothing more is kept of it: it must not fill the disk."""


@final
class StateError(Exception):
    """The state cannot be used; the text says why."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a source showed last: a note, the key of the log that signed it, and the version of its directory."""

    key: VerifierKey
    note: bytes
    version: int = 0


@final
class State:
    """The folder *root*, which this process has for itself until `close`; safe to use from several threads.

    Raises:
        StateError: Another process has it, or what it holds is damaged.
    """

    def __init__(self, root: Path) -> None:
        self._root: Final = root
        self._lock: Final = Lock()
        self._expected: Final[dict[str, VerifierKey]] = {}
        for folder in (root, root / "sources", root / "cosigned", root / "evidence"):
            folder.mkdir(parents=True, exist_ok=True)
        self._held: Final = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._seen: Final = {
                data["source"]: Seen(key=parse_vkey(data["key"]), note=_note(data), version=int(data["directory"]))
                for data in map(_load, (root / "sources").glob("*.json"))
            }
            self._cosigned: Final = {
                unverified_note(note).checkpoint.origin: note
                for note in map(_note, map(_load, (root / "cosigned").glob("*.json")))
            }
        except BlockingIOError:
            self.close()
            raise StateError(f"{root}: another watch has it") from None
        except (KeyError, TypeError, ValueError, AttributeError, PeerError) as error:
            self.close()
            raise StateError(f"{root}: damaged ({type(error).__name__}); restore it, or begin another") from error

    def close(self) -> None:
        """Let others have the folder."""
        os.close(self._held)

    def seen(self, source: str) -> Seen | None:
        """Return what *source* showed last."""
        with self._lock:
            return self._seen.get(source)

    def keep(self, source: str, seen: Seen) -> None:
        """Remember what *source* shows."""
        with self._lock:
            if seen != self._seen.get(source):
                data = {"source": source, "directory": seen.version, "key": str(seen.key)}
                data["checkpoint"] = seen.note.decode()
                _store(self._root / "sources" / _name(source), data)
                self._seen[source] = seen

    def cosigned(self, origin: str) -> bytes | None:
        """Return the note of the log *origin* that was cosigned last."""
        with self._lock:
            return self._cosigned.get(origin)

    def keep_cosigned(self, note: bytes) -> None:
        """Remember *note*, which is about to be cosigned: when this returns, it is on the disk."""
        origin = unverified_note(note).checkpoint.origin
        with self._lock:
            _store(self._root / "cosigned" / _name(origin), {"checkpoint": note.decode()})
            self._cosigned[origin] = note

    def expect(self, source: str, key: VerifierKey) -> None:
        """Take *key* for that of the log of *source*, until the source has shown a checkpoint; nothing is stored."""
        with self._lock:
            self._expected[source] = key

    def keys(self, origin: str) -> list[VerifierKey]:
        """Return the keys under which the log *origin* was seen, or is expected where nothing was seen yet."""
        with self._lock:
            known = {**self._expected, **{source: seen.key for source, seen in self._seen.items()}}
            return list({key: None for key in known.values() if key.name == origin})

    def largest(self, origin: str) -> bytes | None:
        """Return the note of the largest size of the log *origin* that was cosigned or seen."""
        with self._lock:
            notes = [each.note for each in self._seen.values() if each.key.name == origin]
            notes += [self._cosigned[origin]] if origin in self._cosigned else []
        return max(notes, key=lambda note: unverified_note(note).checkpoint.size, default=None)

    def prove(self, check: str, *, before: bytes, after: bytes, proof: Sequence[bytes] = ()) -> Path | None:
        """Keep the two notes that prove a log wrong; return the folder they are in, or None if there are enough.

        *proof* is the root that the tree of *after* has at the size of *before*, and the path that shows it. The note
        *after* is written last: where it is, all is.
        """
        both = unverified_note(before).checkpoint.text + unverified_note(after).checkpoint.text
        log = sha256(unverified_note(after).checkpoint.origin.encode()).hexdigest()[:16]
        folder = self._root / "evidence" / f"{log}-{check}-{sha256(both).hexdigest()[:16]}"
        with self._lock:
            if not folder.exists() and len(list((self._root / "evidence").glob(f"{log}-*"))) >= MAX_PROOFS:
                return None
            if not (folder / "after").exists():
                folder.mkdir(exist_ok=True)
                files.write(folder / "before", before)
                if proof:
                    files.write(folder / "proof", b"".join(b64encode(each) + b"\n" for each in proof))
                files.write(folder / "after", after)
        return folder


def _name(text: str) -> str:
    return f"{sha256(text.encode()).hexdigest()[:32]}.json"


def _load(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(file.read_bytes())
    return data


def _note(data: dict[str, Any]) -> bytes:
    """Return the note in *data*, which must be one."""
    note: bytes = data["checkpoint"].encode()
    unverified_note(note)
    return note


def _store(file: Path, data: dict[str, Any]) -> None:
    files.write(file, json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n")
