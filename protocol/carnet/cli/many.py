"""Judging many payloads: in parallel, in the order they are found, and never holding more than a few of them."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, final

from carnet.cli import files
from carnet.errors import PeerError, UsageError
from carnet.ivms101 import Issue, Profile, Verdict, validate
from carnet.ivms101.registers import Authorities
from carnet.nesting import is_too_deep
from carnet.params import MAX_OBJECT
from carnet.workers import Workers

VALID: Final = 0
INVALID: Final = 1
UNREADABLE: Final = 2
CHUNK: Final = 64
"""How many files are one job."""

SUFFIX: Final = ".json"
MAX_FILE: Final = 16 * MAX_OBJECT


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every file is judged by."""

    now: int
    issue: Issue | None
    profile: Profile
    authorities: Authorities
    show_values: bool


@final
@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one file: *verdict*, or None and why it is *unreadable*."""

    file: str
    verdict: Verdict | None
    unreadable: str = ""

    @property
    def status(self) -> int:
        """The exit code that this file alone would have."""
        if self.verdict is None:
            return UNREADABLE
        return VALID if self.verdict.valid else INVALID

    def as_json(self, terms: Terms, *, warnings: bool = False) -> dict[str, Any]:
        """Return what the command prints."""
        if self.verdict is not None:
            more = {"warnings": [each.as_json() for each in self.verdict.warnings]} if warnings else {}
            return self.verdict.as_json() | more
        hint = "give a file that holds one JSON object in UTF-8"
        problem = {"rule": "JSON", "path": "", "message": self.unreadable, "hint": hint}
        return {
            "valid": False,
            "issue": None,
            "dialect": None,
            "profile": str(terms.profile),
            "problems": [problem],
        }


class _TwiceError(ValueError):
    """An object has a name twice, and most readers would silently take the last."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _constant(_name: str) -> Any:
    raise ValueError


def load(path: Path) -> Any:
    """Return the parsed JSON in *path*, or raise `UsageError` with the reason and none of the content."""
    try:
        text = files.read(path, limit=MAX_FILE).decode()
        if is_too_deep(text):
            raise UsageError("not JSON that anybody writes")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read") from None
    except PeerError as error:
        raise UsageError(str(error)) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8, at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"not JSON, at line {error.lineno} column {error.colno}") from None
    except _TwiceError:
        raise UsageError("an object has the same name twice") from None
    except (ValueError, RecursionError):
        raise UsageError("not JSON that anybody writes") from None


def judge(file: str, terms: Terms) -> Judged:
    """Return what is said of *file*; the paths of its problems name no file."""
    try:
        data = load(Path(file))
    except UsageError as error:
        return Judged(file, None, str(error))
    verdict = validate(
        data,
        now=terms.now,
        issue=terms.issue,
        profile=terms.profile,
        authorities=terms.authorities,
        show_values=terms.show_values,
    )
    return Judged(file, verdict)


def is_many(arguments: Sequence[str]) -> bool:
    """Tell whether *arguments* name more files than they are."""
    return any(each.startswith("@") or Path(each).is_dir() for each in arguments)


def found(arguments: Sequence[str]) -> Iterator[str]:
    """Yield each file that *arguments* name: as itself, in a directory, or in a list after ``@``."""
    for each in arguments:
        if each.startswith("@"):
            with Path(each[1:]).open(encoding="utf-8") as names:
                yield from (name for line in names if (name := line.rstrip("\r\n")))
        elif Path(each).is_dir():
            yield from _within(each)
        else:
            yield each


def _within(directory: str) -> Iterator[str]:
    inner = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner.append(entry.path)
            elif entry.name.endswith(SUFFIX):
                yield entry.path
    for each in inner:
        yield from _within(each)


def _chunk(chunk: list[str], *, terms: Terms) -> list[Judged]:
    return [judge(file, terms) for file in chunk]


def each_judged(arguments: Sequence[str], terms: Terms, *, jobs: int | None) -> Iterator[Judged]:
    """Yield what is said of each file that *arguments* name, in order, by *jobs* processes or one a processor."""
    names = found(arguments)
    chunks = iter(lambda: list(islice(names, CHUNK)), [])
    with Workers(jobs) as workers:
        for judged in workers.stream(partial(_chunk, terms=terms), chunks):
            yield from judged
