"""A message's declaration is its format (spec/wire.md#messages).

`@message` makes a frozen dataclass that encodes as a CBOR map whose keys are its fields, numbered from 1 in the order
of declaration; a field that is None is left out. The declaration also yields the spec's tables (`describe`), the
payload's leaves (`carnet.envelope.tree`) and the tests' generators. What cannot be written cannot be built.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import IntEnum
from types import UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    NoReturn,
    Self,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    final,
    get_args,
    get_origin,
    get_type_hints,
)

from carnet import wire
from carnet.codec import BigUint, Blob, Choice, Codec, Fixed, Flag, ListOf, Many, Text, Uint
from carnet.errors import DecodeError, UsageError
from carnet.params import HASH_SIZE, KID_SIZE, MAX_OBJECT, POINT_SIZE, TRANSFER_ID_SIZE
from carnet.wire import Wire

__all__ = [
    "MESSAGES",
    "U8",
    "U16",
    "U32",
    "U64",
    "U256",
    "BigUint",
    "Blob",
    "Choice",
    "Codec",
    "Currency",
    "Field",
    "Fixed",
    "Flag",
    "Hash",
    "Kid",
    "ListOf",
    "Many",
    "Message",
    "Nested",
    "PointBytes",
    "PublicKey",
    "Text",
    "TransferId",
    "Uint",
    "VaspId",
    "describe",
    "message",
]


@final
@dataclass(frozen=True, slots=True)
class Nested:
    """Another message, in place."""

    kind: "type[Message]"

    @property
    def name(self) -> str:
        return self.kind.__name__

    def dump(self, value: Any) -> Wire:
        if type(value) is not self.kind:
            raise ValueError(self.name)
        return value.dump()

    def load(self, value: Wire) -> "Message":
        return self.kind.load(value)


@final
@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: *key* on the wire, *label* in paths and JSON, *name* in Python."""

    key: int
    name: str
    label: str
    codec: Codec
    optional: bool


U8 = Annotated[int, Uint(8)]
U16 = Annotated[int, Uint(16)]
U32 = Annotated[int, Uint(32)]
U64 = Annotated[int, Uint(64)]
U256 = Annotated[int, BigUint(32)]
Hash = Annotated[bytes, Fixed(HASH_SIZE)]
Kid = Annotated[bytes, Fixed(KID_SIZE)]
PointBytes = Annotated[bytes, Fixed(POINT_SIZE)]
PublicKey = Annotated[bytes, Fixed(32)]
TransferId = Annotated[bytes, Fixed(TRANSFER_ID_SIZE)]
VaspId = Annotated[str, Text(64, 1, r"[A-Za-z0-9][A-Za-z0-9._:-]*")]
Currency = Annotated[str, Text(3, 3, r"[A-Z]{3}")]

M = TypeVar("M", bound="Message")


class Message:
    """The base of all messages: *encode*, *decode*, and the table of fields."""

    __slots__ = ()
    NAME: ClassVar[str]
    FIELDS: ClassVar[tuple[Field, ...]]
    BY_KEY: ClassVar[Mapping[int, Field]]

    def __post_init__(self) -> None:
        for field in self.FIELDS:
            value = getattr(self, field.name)
            if value is None and field.optional:
                continue
            try:
                _check(field.codec, value)
            except ValueError as error:
                raise UsageError(f"{type(self).__name__}.{field.name} is not {field.codec.name}") from error

    def __repr__(self) -> str:  # what `@message(private=True)` leaves in force
        return f"{type(self).__name__}(...)"

    def dump(self) -> dict[int, Wire]:
        """Return this message as CBOR data."""
        found: dict[int, Wire] = {}
        for field in self.FIELDS:
            value = getattr(self, field.name)
            if value is not None:
                found[field.key] = field.codec.dump(value)
        return found

    def encode(self) -> bytes:
        """Return the one encoding of this message (spec/wire.md#messages)."""
        return wire.write(self.dump())

    def encode_without(self, name: str) -> bytes:
        """Return the encoding with field *name* left out."""
        key = next(field.key for field in self.FIELDS if field.name == name)
        return wire.write({k: v for k, v in self.dump().items() if k != key})

    @classmethod
    def load(cls, value: Wire) -> Self:
        """Return the message that CBOR data *value* holds.

        Raises:
            DecodeError: A field is unknown, missing or of another type.
        """
        if type(value) is not dict:
            raise DecodeError("schema.type", cls.NAME)
        if not value.keys() <= cls.BY_KEY.keys():
            raise DecodeError("schema.unknown", cls.NAME)
        out: dict[str, Any] = {}
        for field in cls.FIELDS:
            if field.key not in value:
                if not field.optional:
                    raise DecodeError("schema.missing", f"{cls.NAME}.{field.name}")
                out[field.name] = None
                continue
            try:
                out[field.name] = field.codec.load(value[field.key])
            except ValueError as error:
                raise DecodeError("schema.type", f"{cls.NAME}.{field.name}") from error
        return cls(**out)

    @classmethod
    def decode(cls, data: bytes, *, limit: int = MAX_OBJECT) -> Self:
        """Return the message that *data*, at most *limit* bytes, encodes.

        Raises:
            DecodeError: *data* is not the one encoding of such a message.
        """
        return cls.load(wire.decode(data, limit=limit))


def _check(codec: Codec, value: Any) -> None:
    """Raise `ValueError` unless *codec* can write *value*; a message was checked when it was made."""
    match codec:
        case Nested(kind):
            if type(value) is not kind:
                raise ValueError(codec.name)
        case ListOf(item, most, least):
            if type(value) is not tuple or not least <= len(value) <= most:
                raise ValueError(codec.name)
            for one in value:
                _check(item, one)
        case _:
            codec.dump(value)


MESSAGES: Final[dict[str, type[Message]]] = {}
"""Every message by its name: what the spec's tables and the tests' generators are made from."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(
    name: str, *, camel: bool = False, labels: Mapping[str, str] | None = None, private: bool = False
) -> Callable[[type[M]], type[M]]:
    """Make a message of the class below, called *name* in the spec.

    A field's label (its name in paths and JSON) is its Python name, or the camelCase of it if *camel*; *labels*
    overrides single ones. A *private* message holds secrets or personal data: its repr shows nothing, and it is not
    pickled.
    """

    def declare(cls: type[M]) -> type[M]:
        made = dataclass(frozen=True, slots=True, kw_only=True, repr=not private)(cls)
        hints = get_type_hints(made, include_extras=True)
        table = []
        for key, declared in enumerate(fields(made), start=1):  # type: ignore[arg-type]  # dataclass_transform and slots
            codec, optional = _codec(hints[declared.name])
            label = (labels or {}).get(declared.name) or (_camel(declared.name) if camel else declared.name)
            table.append(Field(key, declared.name, label, codec, optional))
        made.NAME, made.FIELDS = name, tuple(table)
        made.BY_KEY = {field.key: field for field in table}
        if private:
            made.__reduce__ = _not_pickled  # type: ignore[method-assign, assignment]  # as `Secret` does
        if name in MESSAGES:
            raise UsageError(f"two messages are called {name}")
        MESSAGES[name] = made
        return made

    return declare


def _not_pickled(self: Message) -> NoReturn:
    raise TypeError(f"{type(self).__name__} is private, and not pickled")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _codec(hint: Any) -> tuple[Codec, bool]:
    """Return how a field annotated *hint* is written, and whether it may be absent."""
    if get_origin(hint) in {Union, UnionType}:
        (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
        return _codec(inner)[0], True
    if get_origin(hint) is Annotated:
        kind, mark = get_args(hint)[:2]
        if isinstance(mark, Many):
            return ListOf(_codec(get_args(kind)[0])[0], mark.most, mark.least), False
        return cast("Codec", mark), False
    if hint is bool:
        return Flag(), False
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return Choice(hint), False
    if isinstance(hint, type) and issubclass(hint, Message):
        return Nested(hint), False
    raise UsageError(f"no encoding for {hint!r}")


def describe(kind: type[Message]) -> list[tuple[str, str, str, str]]:
    """Return the rows (key, field, type, presence) of the spec's table for *kind*."""
    return [
        (str(field.key), field.label, field.codec.name, "optional" if field.optional else "required")
        for field in kind.FIELDS
    ]
