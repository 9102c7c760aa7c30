"""A payload taken apart: every element under the model's name, with the place it was found at.

Rule 1: the schema drives the reader, so its depth and size are the schema's, whatever the data. Rule 2: bad data yields
problems with paths, never its values. Rule 3: what is not understood is told, since dropping it would lose it. An empty
string, an empty list and null read as absent (spec/ivms101.md#reading).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, cast, final

from carnet.ivms101 import model as m
from carnet.ivms101 import spelling as s
from carnet.ivms101.problem import Problem, problem
from carnet.schema import Choice, Codec, ListOf, Message, Nested, Text, Uint

MAX_VALUES: Final = 4096
"""How many values one payload may hold."""

VERSION: Final = "101.2023"
VERSION_2020: Final = "101"
VERSIONS: Final = {VERSION_2020: VERSION_2020, VERSION: VERSION, "IVMS101.2023": VERSION}

WRAPPERS: Final = frozenset({"ivms101", "IVMS101"})
"""Members that some protocols put around a payload."""

LINE_ADDRESS: Final = 7
"""The one list that the standard bounds."""

(_ACCOUNT_FIELD,) = (field for field in m.Person.FIELDS if field.name == s.ACCOUNT)
MAX_ACCOUNTS: Final = cast("ListOf", _ACCOUNT_FIELD.codec).most

BAD: Final[Any] = object()
"""What could not be read: present, and nothing else is known of it."""


@final
class Node:
    """One component: its *values* by the model's names, and the *keys* under which its data gave them."""

    __slots__ = ("keys", "kind", "path", "values")

    def __init__(self, kind: s.Kind, path: str) -> None:
        self.kind = kind
        self.path = path
        self.values: dict[str, Any] = {}
        self.keys: dict[str, str] = {}

    def get(self, name: str) -> Any:
        """Return the value of field *name*, or None."""
        return self.values.get(name)

    def nodes(self, name: str) -> tuple["Node", ...]:
        """Return the components that field *name* holds, as far as they could be read."""
        value = self.values.get(name)
        if type(value) is list:
            return tuple(each for each in value if type(each) is Node)
        return (value,) if type(value) is Node else ()

    def has(self, name: str) -> bool:
        """Tell whether field *name* holds anything."""
        return self.values.get(name) is not None


Load = Callable[["Reader", Any, str], Any]
Entry = tuple[str, int, Load, int, int]
"""A field's name, the dialects that spell it so, its loader, and the bounds of its length if it is a text."""


@final
@dataclass(frozen=True, slots=True)
class Component:
    """How the data of one kind of component are read: each spelling's field, dialects and loader."""

    kind: s.Kind
    entries: Mapping[str, Entry]
    flat: frozenset[str]
    accounts: bool


@final
class Reader:
    """One reading: what was wrong, and what told the dialects apart."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.limits: list[Problem] = []
        self.strays: list[str] = []
        self.mask = s.ALL
        self.left = MAX_VALUES
        self.version: str | None = None
        self._zeroes: list[Node] = []

    def read(self, kind: s.Kind, data: object, path: str = "") -> Node | None:
        """Return the component of type *kind* that parsed JSON *data* holds; None if it is no object."""
        if kind is m.IdentityPayload and type(data) is dict and len(data) == 1:
            (key,) = data
            if key in WRAPPERS and type(data[key]) is dict:
                path, data = f"{path}/{key}", data[key]
        node = self.component(COMPONENTS[kind], data, path)
        if self.dialect().bit & s.PROTOBUF:
            for each in self._zeroes:
                each.values.setdefault(*s.PROTOBUF_ZERO[each.kind])
        return None if node is BAD else node

    def dialect(self) -> s.Dialect:
        """Return the first dialect that writes as the data are written."""
        return next(dialect for dialect in s.Dialect if dialect.bit & self.mask)

    def wrong(self, rule: str, path: str, message: str) -> Any:
        """Note a problem."""
        self.problems.append(problem(rule, path, message))
        return BAD

    def told(self, mask: int, path: str) -> None:
        """Note that only the dialects of *mask* write what is at *path*."""
        if mask & self.mask:
            self.mask &= mask
        else:
            self.strays.append(path)

    def component(self, component: Component, data: object, path: str) -> Any:
        """Return the component at *path*."""
        if type(data) is not dict:
            return self.wrong("TYPE", path, "not an object")
        self.left -= 1 + len(data)
        if self.left < 0:
            return self.wrong("SIZE", path, f"more than {MAX_VALUES} values")
        node = Node(component.kind, path)
        if component.flat and not component.flat.isdisjoint(data):
            data = self._flattened(node, component, data)
        self._fields(node, component.entries, data)
        if component.kind in s.PROTOBUF_ZERO:
            self._zeroes.append(node)
        if component.accounts and s.ACCOUNT in node.values:
            self._count_accounts(node)
        return node

    def _fields(self, node: Node, entries: Mapping[str, Entry], data: dict[Any, Any]) -> None:
        """Read the fields of *node*: most time goes here, so most texts are read without a further call."""
        path, values, keys = node.path, node.values, node.keys
        for key, value in data.items():
            entry = entries.get(key)
            if entry is None:
                self.wrong("UNKNOWN", path, "holds a member that the standard does not know")
                continue
            name, mask, load, least, most = entry
            if name in values:
                self.wrong("TWICE", f"{path}/{key}", "given under two names")
            elif value or not is_absent(value):
                if mask & self.mask:
                    self.mask &= mask
                else:
                    self.strays.append(f"{path}/{key}")
                if type(value) is str and least <= len(value) <= most and value.isascii():
                    values[name], keys[name] = value, key
                    continue
                loaded = load(self, value, f"{path}/{key}")
                if loaded is not None and (type(loaded) is not Node or loaded.values):
                    values[name], keys[name] = loaded, key

    def _count_accounts(self, node: Node) -> None:
        """Note if the first person cannot carry the accounts that stand beside it."""
        persons = node.nodes(s.SIDES[node.kind])
        numbers = (persons[0].get(s.ACCOUNT) if persons else None) or []
        beside = node.values[s.ACCOUNT]
        if type(numbers) is list and type(beside) is list and len({*numbers, *beside} - {None}) > MAX_ACCOUNTS:
            path = f"{node.path}/{node.keys[s.ACCOUNT]}"
            self.limits.append(problem("MULT", path, f"more than the {MAX_ACCOUNTS} that one person can carry"))

    def _flattened(self, node: Node, component: Component, data: dict[Any, Any]) -> dict[Any, Any]:
        """Read a provider that is not nested a second time; return what else *data* holds."""
        self.told(s.FLAT, node.path)
        inner = {key: value for key, value in data.items() if key in component.flat}
        name = s.VASPS[component.kind]
        node.values[name] = self.component(COMPONENTS[m.Person], inner, node.path)
        node.keys[name] = ""
        return {key: value for key, value in data.items() if key not in component.flat}

    def items(self, codec: ListOf, load: Load, value: object, path: str) -> Any:
        """Return the list at *path*; absent items stay as None, so that places keep their numbers."""
        if type(value) is not list:
            return self.wrong("TYPE", path, "not a list")
        self.left -= len(value)
        if self.left < 0:
            return self.wrong("SIZE", path, f"more than {MAX_VALUES} values")
        if len(value) > codec.most and sum(not is_absent(item) for item in value) > codec.most:
            if codec.most == LINE_ADDRESS:
                return self.wrong("MULT", path, f"more than {codec.most}")
            self.limits.append(problem("MULT", path, f"more than the {codec.most} that can be carried"))
        loaded = [
            load(self, item, f"{path}/{at}") if item or not is_absent(item) else None for at, item in enumerate(value)
        ]
        return loaded if any(item is not None for item in loaded) else None


def is_absent(value: object) -> bool:
    """Tell whether *value* says nothing."""
    return value is None or value in ("", [])


def _part(kind: s.Kind) -> Load:
    listed = kind in s.NAMES

    def load(reader: Reader, value: Any, path: str) -> Any:
        component = COMPONENTS[kind]
        if listed and type(value) is list:
            reader.told(s.LISTED_NAMES, path)
            node = Node(kind, path)
            node.values["name_identifier"] = component.entries["nameIdentifier"][2](reader, value, path)
            node.keys["name_identifier"] = ""
            return node
        return reader.component(component, value, path)

    return load


def _text(codec: Text) -> Load:
    rule = "C3" if codec.most == 2 else "DATE" if codec.most == 10 else "C10" if codec.most == 8 else "TEXT"
    least, most, name = codec.least, codec.most, codec.name

    def load(reader: Reader, value: Any, path: str) -> Any:
        if type(value) is not str:
            return reader.wrong("TYPE", path, f"not {name}")
        if not least <= len(value) <= most:
            return reader.wrong(rule, path, f"not {name}")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            return reader.wrong(rule, path, "not text that UTF-8 can hold")
        return value

    return load


def _code(kind: type[IntEnum]) -> Load:
    prefix = s.PREFIXES[kind]
    table: dict[str, Any] = {member.name: (member, s.ALL & ~s.PROTOBUF) for member in kind}
    table |= {prefix + member.name: (member, s.PROTOBUF) for member in kind}
    table.setdefault(f"{prefix}MISC", (None, s.PROTOBUF))  # protobuf's zero where the standard has no such code

    def load(reader: Reader, value: Any, path: str) -> Any:
        if type(value) is not str:
            return reader.wrong("ENUM", path, "not a code")
        found = table.get(value) or table.get(value.upper())
        if found is None:
            return reader.wrong("ENUM", path, "not a code")
        reader.told(found[1], path)
        return found[0]

    return load


def _version(reader: Reader, value: Any, path: str) -> Any:
    found = VERSIONS.get(value) if type(value) is str else None
    if found is None:
        return reader.wrong("ENUM", path, "not a code")
    reader.version = found
    return m.PayloadVersion.V101_2023


def _number(codec: Uint) -> Load:
    def load(reader: Reader, value: Any, path: str) -> Any:
        if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 20:
            value = int(value)  # protobuf's JSON writes 64-bit numbers as strings
        if type(value) is not int or not 0 <= value < 1 << codec.bits:
            return reader.wrong("TYPE", path, f"not {codec.name}")
        return value

    return load


def _loader(codec: Codec) -> Load:
    match codec:
        case Nested(kind):
            return _part(kind)
        case ListOf(item):
            inner = _loader(item)
            return lambda reader, value, path: reader.items(codec, inner, value, path)
        case Choice(kind) if kind is m.PayloadVersion:
            return _version
        case Choice(kind):
            return _code(kind)
        case Uint():
            return _number(codec)
        case _:
            return _text(cast("Text", codec))


def _entry(name: str, mask: int, codec: Codec) -> Entry:
    bounds = (codec.least, codec.most) if isinstance(codec, Text) else (1, 0)
    return (name, mask, _loader(codec), *bounds)


def _component(kind: s.Kind) -> Component:
    entries = {text: _entry(field.name, mask, field.codec) for text, (field, mask) in s.spellings(kind).items()}
    if kind in s.SIDES:
        for text, mask in s.ACCOUNT_SPELLINGS.items():
            entries[text] = _entry(s.ACCOUNT, mask, _ACCOUNT_FIELD.codec)
    flat = frozenset(s.spellings(m.Person)) - entries.keys() if kind in s.VASPS else frozenset()
    return Component(kind, entries, flat, kind in s.SIDES)


COMPONENTS: Final[Mapping[s.Kind, Component]] = {kind: _component(kind) for kind in s.KINDS}


def tree_of(part: Message, path: str = "") -> Node:
    """Return message *part* taken apart, in the spelling of the 2023 issue."""
    node = Node(type(part), path)
    for field in part.FIELDS:
        value = getattr(part, field.name)
        if value is not None and value != ():
            node.values[field.name] = _taken_apart(value, f"{path}/{field.label}")
            node.keys[field.name] = field.label
    return node


def _taken_apart(value: Any, path: str) -> Any:
    if isinstance(value, Message):
        return tree_of(value, path)
    if isinstance(value, tuple):
        return [_taken_apart(each, f"{path}/{at}") for at, each in enumerate(value)]
    return value


def built(node: Node) -> Message | None:
    """Return the message that *node* holds, or None if an element without which it has no encoding is missing."""
    values: dict[str, Any] = {}
    for field in node.kind.FIELDS:
        value = node.values.get(field.name)
        if value is None:
            continue
        made = _put_together(value)
        if made is None:
            return None
        if not (field.optional and isinstance(made, Message) and _is_empty(made)):
            values[field.name] = made
    if any(values.get(name) is None for name in s.REQUIRED[node.kind]):
        return None
    if node.kind in s.SIDES:
        return _with_accounts(node, values)
    return node.kind(**values)


def _put_together(value: Any) -> Any:
    if type(value) is Node:
        return built(value)
    if type(value) is list:
        items = [_put_together(each) for each in value if each is not None]
        return None if None in items else tuple(items)
    return None if value is BAD else value


def _is_empty(part: Message) -> bool:
    return all(getattr(part, field.name) in (None, ()) for field in part.FIELDS)


def _with_accounts(node: Node, values: dict[str, Any]) -> Message | None:
    """Give the accounts beside the persons to the first person (spec/ivms101.md#accounts)."""
    name = s.SIDES[node.kind]
    numbers = tuple(each for each in node.values.get(s.ACCOUNT) or () if each is not None)
    if numbers:
        first, *others = values.get(name) or (m.Person(),)
        merged = tuple(dict.fromkeys((*first.account_number, *numbers)))
        person = m.Person(natural_person=first.natural_person, legal_person=first.legal_person, account_number=merged)
        values[name] = (person, *others)
    return node.kind(**values)
