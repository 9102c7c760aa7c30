"""How the fields of messages are written, each kind in one way (spec/wire.md#messages).

A codec goes strictly there and back between a Python value and CBOR data, and bears its name in the spec's tables.
What it cannot write, and what is not written as it would, is a `ValueError`; a message says which field it was.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol, final

from carnet.wire import Wire


class Codec(Protocol):
    """How one kind of field is written: *name* as in the spec's tables, and a strict way there and back."""

    @property
    def name(self) -> str:
        """The type as the spec's tables write it."""
        ...

    def dump(self, value: Any) -> Wire:
        """Return *value* as CBOR data, or raise `ValueError`."""
        ...

    def load(self, value: Wire) -> Any:
        """Return the field that *value* encodes, or raise `ValueError` or `DecodeError`."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer below 2^bits."""

    bits: int

    @property
    def name(self) -> str:
        return f"uint{self.bits}"

    def dump(self, value: Any) -> Wire:
        if type(value) is not int or not 0 <= value < 1 << self.bits:
            raise ValueError(self.name)
        return value

    load = dump


@final
@dataclass(frozen=True, slots=True)
class BigUint:
    """An unsigned integer as a big-endian byte string without leading zeros; zero is empty."""

    size: int

    @property
    def name(self) -> str:
        return f"biguint({self.size})"

    def dump(self, value: Any) -> Wire:
        if type(value) is not int or not 0 <= value < 1 << (8 * self.size):
            raise ValueError(self.name)
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    def load(self, value: Wire) -> int:
        if type(value) is not bytes or len(value) > self.size or value[:1] == b"\0":
            raise ValueError(self.name)
        return int.from_bytes(value, "big")


@final
@dataclass(frozen=True, slots=True)
class Fixed:
    """Exactly *size* bytes."""

    size: int

    @property
    def name(self) -> str:
        return f"bytes({self.size})"

    def dump(self, value: Any) -> Wire:
        if type(value) is not bytes or len(value) != self.size:
            raise ValueError(self.name)
        return value

    load = dump


@final
@dataclass(frozen=True, slots=True)
class Blob:
    """At most *most* bytes."""

    most: int

    @property
    def name(self) -> str:
        return f"bytes(0..{self.most})"

    def dump(self, value: Any) -> Wire:
        if type(value) is not bytes or len(value) > self.most:
            raise ValueError(self.name)
        return value

    load = dump


@final
@dataclass(frozen=True, slots=True)
class Text:
    """Text of *least* to *most* characters that matches *pattern*, if there is one."""

    most: int
    least: int = 1
    pattern: str | None = None

    @property
    def name(self) -> str:
        return f"text({self.least}..{self.most})" + (f" `{self.pattern}`" if self.pattern else "")

    def dump(self, value: Any) -> Wire:
        if type(value) is not str or not self.least <= len(value) <= self.most:
            raise ValueError(self.name)
        if self.pattern is not None and re.fullmatch(self.pattern, value) is None:
            raise ValueError(self.name)
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("lone surrogate")
        return value

    load = dump


@final
@dataclass(frozen=True, slots=True)
class Flag:
    """True or false, and nothing that merely looks so."""

    name: ClassVar[str] = "bool"

    def dump(self, value: Any) -> Wire:
        if type(value) is not bool:
            raise ValueError(self.name)
        return value

    load = dump


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """One member of an integer enumeration."""

    kind: type[IntEnum]

    @property
    def name(self) -> str:
        return self.kind.__name__

    def dump(self, value: Any) -> Wire:
        if type(value) is not self.kind:
            raise ValueError(self.name)
        return int(value)

    def load(self, value: Wire) -> IntEnum:
        if type(value) is not int:
            raise ValueError(self.name)
        return self.kind(value)


@final
@dataclass(frozen=True, slots=True)
class ListOf:
    """A tuple of *least* to *most* items, each written by *item*."""

    item: Codec
    most: int
    least: int = 0

    @property
    def name(self) -> str:
        return f"[{self.least}..{self.most} {self.item.name}]"

    def dump(self, value: Any) -> Wire:
        if type(value) is not tuple or not self.least <= len(value) <= self.most:
            raise ValueError(self.name)
        return [self.item.dump(item) for item in value]

    def load(self, value: Wire) -> tuple[Any, ...]:
        if type(value) is not list or not self.least <= len(value) <= self.most:
            raise ValueError(self.name)
        return tuple(self.item.load(item) for item in value)


@final
@dataclass(frozen=True, slots=True)
class Many:
    """How many items a tuple field may hold, for use in `Annotated[tuple[X, ...], Many(4)]`."""

    most: int
    least: int = 0
