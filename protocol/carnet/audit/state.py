"""What an audit leaves behind, so that the next one need not begin anew (spec/audit.md#state).

The state is the auditor's own, and trusted: who can write it can make the next audit say anything.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final, Protocol, final

from carnet.errors import CarnetError

VERSION: Final = 2
"""Raised whenever a record is judged otherwise, or something else is kept: what was found right may not be any more."""


@final
class StateError(CarnetError):
    """A state that cannot be gone on with: of another audit, or damaged."""


class Keep(Protocol):
    """Where states are kept."""

    def load(self, name: str) -> bytes | None:
        """Return what was saved under *name*, if anything."""
        ...

    def save(self, name: str, data: bytes) -> None:
        """Keep *data* under *name*, in the place of what was there: as a whole, or not at all."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an audit judges by. An audit that was interrupted goes on if all of it is as it was."""

    directory: str
    checkpoint: str
    jurisdiction: str
    time: int
    cuts: tuple[int, ...]
    seen: tuple[int, ...]
    strings: bool

    def begins_like(self, other: dict[str, Any], size: int) -> bool:
        """Tell whether what was judged up to *size* by *other*, and found right, is right by this basis too."""
        known = [each for each in other["cuts"] if each < size]
        return (
            self.jurisdiction == other["jurisdiction"]
            and self.time >= other["time"]
            and (other["strings"] or not self.strings)
            and [each for each in self.cuts if each < size] == known
        )

    def is_that_of(self, other: dict[str, Any]) -> bool:
        """Tell whether this is *other*."""
        return bool(self.to_json() == other)

    def to_json(self) -> dict[str, Any]:
        """Return this basis as JSON can hold it."""
        return asdict(self) | {"cuts": list(self.cuts), "seen": list(self.seen)}


@final
class State:
    """The state of the audit of one log, the last that was saved, and the next ones."""

    def __init__(self, keep: Keep, *, source: str, whose: dict[str, Any]) -> None:
        """Load the state of *source*, a log of *whose*.

        Raises:
            StateError: It is another's, or damaged.
        """
        self.name: Final = sha256(source.encode()).hexdigest()[:16]
        self._keep: Final = keep
        self._whose: Final = {"carnet-audit": VERSION, "source": source} | whose
        data = keep.load(self.name)
        self.last: Final[dict[str, Any]] = {} if data is None else _read(data)
        for name, value in self._whose.items() if self.last else ():
            if self.last.get(name) != value:
                raise StateError(f"the state is of another audit: its {name} is {self.last.get(name)!r}, not {value!r}")
        noted = self.last.get("note")
        self.note: bytes | None = None if noted is None else bytes.fromhex(noted)

    def save(self, basis: Basis, places: Sequence[dict[str, Any]], *, finished: bool) -> None:
        """Keep *places*, snapshots of the audit on *basis*, the newest last."""
        note = None if self.note is None else self.note.hex()
        self._save({"note": note, "finished": finished, "basis": basis.to_json(), "places": list(places)})

    def keep(self, places: Sequence[dict[str, Any]]) -> None:
        """Keep of the last state that was saved none but *places*."""
        self._save(self.last | {"places": list(places)})

    def _save(self, state: dict[str, Any]) -> None:
        body = json.dumps(self._whose | state, separators=(",", ":")).encode()
        self._keep.save(self.name, sha256(body).hexdigest().encode() + b"\n" + body)


def _read(data: bytes) -> dict[str, Any]:
    digest, _, body = data.partition(b"\n")
    if sha256(body).hexdigest().encode() != digest:
        raise StateError("the state is damaged")
    state: dict[str, Any] = json.loads(body)
    return state
