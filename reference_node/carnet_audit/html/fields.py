"""Read JSON that may be anybody's: each value has the form that is asked for, or the whole is refused in one line."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, final

MAX_NUMBER: Final = 2**63
MAX_TEXT: Final = 2000
"""Longer texts are cut: a source must not fill the page."""

T = TypeVar("T")


@final
class FormError(Exception):
    """The JSON is not a report of ``carnet-audit verify --json``; the text says where."""


@final
class Fields:
    """One JSON object, found at *path*, of which each value is asked for by its name and form."""

    def __init__(self, value: object, path: str) -> None:
        self.path: Final = path
        if not isinstance(value, dict):
            raise FormError(f"{path or 'the report'} is no object")
        self._value: Final[dict[str, Any]] = value

    def keys(self) -> list[str]:
        """Return the names of the values."""
        return list(self._value)

    def has(self, key: str) -> bool:
        """Tell whether there is a value that is not null."""
        return self._value.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text at *key*; or *default*, if there is one and nothing else."""
        value = self._value.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise FormError(f"{self._at(key)} is no text")
        return value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…"

    def number(self, key: str, default: int | None = None) -> int:
        """Return the number at *key*, likewise."""
        value = self._value.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= MAX_NUMBER:
            raise FormError(f"{self._at(key)} is no number")
        return value

    def maybe_text(self, key: str) -> str | None:
        """Return the text at *key*, or None."""
        return self.text(key) if self.has(key) else None

    def maybe_number(self, key: str) -> int | None:
        """Return the number at *key*, or None."""
        return self.number(key) if self.has(key) else None

    def object(self, key: str) -> "Fields":
        """Return the object at *key*; an empty one if there is none."""
        value = self._value.get(key)
        return Fields({} if value is None else value, self._at(key))

    def items(self, key: str, read: Callable[["Fields"], T]) -> tuple[T, ...]:
        """Return what *read* makes of each object in the list at *key*; nothing if there is none."""
        return tuple(read(Fields(each, f"{self._at(key)}[{n}]")) for n, each in enumerate(self.list(key)))

    def list(self, key: str) -> list[Any]:
        """Return the list at *key*, or an empty one."""
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise FormError(f"{self._at(key)} is no list")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at *key*, or nothing."""
        whole = Fields({str(n): each for n, each in enumerate(self.list(key))}, self._at(key))
        return tuple(whole.text(name) for name in whole.keys())  # noqa: SIM118 -- not a dict

    def counts(self, key: str) -> dict[str, int]:
        """Return the numbers of the object at *key*, by name."""
        found = self.object(key)
        return {name: found.number(name) for name in found.keys()}  # noqa: SIM118 -- not a dict

    def days(self, key: str) -> dict[int, int]:
        """Return the numbers of the object at *key*, whose names are days counted from 1970-01-01."""
        for name in (found := self.counts(key)):
            if not (name.isascii() and name.isdigit() and len(name) <= len(str(MAX_NUMBER))):
                raise FormError(f"{self._at(key)} holds {name[:20]!r}, which is no day")
        return {int(name): number for name, number in sorted(found.items(), key=lambda each: int(each[0]))}

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
