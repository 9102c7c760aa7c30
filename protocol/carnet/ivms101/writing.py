"""A payload that was taken apart, written in any dialect (spec/ivms101.md#conversion)."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, Final

from carnet.ivms101 import model as m
from carnet.ivms101 import spelling as s
from carnet.ivms101.tree import VERSION, Node
from carnet.schema import Choice, Codec, ListOf, Nested, Uint

Json = dict[str, Any]
Writer = Callable[[Any], Any]
Step = tuple[str, str, Writer | None]


def write(node: Node, dialect: s.Dialect) -> Json:
    """Return *node* as JSON of *dialect*; what is absent is left out."""
    kind, values = node.kind, node.values
    out: Json = {}
    if kind in s.SIDES:
        return _side(node, dialect)
    for name, label, writer in _plan(dialect, kind):
        value = values.get(name)
        if value is not None:
            out[label] = value if writer is None else writer(value)
    if kind in s.VASPS and dialect.bit & s.FLAT:
        inner: Json = out.pop(s.LABELS[dialect][kind][s.VASPS[kind]], {})
        return inner | out
    if kind is m.Person and not dialect.bit & s.ACCOUNTS_IN_PERSONS:
        out.pop(s.ACCOUNT_LABELS[dialect], None)
    if kind is m.IdentityPayload:
        _tell_version(out, dialect)
    return out


def _side(node: Node, dialect: s.Dialect) -> Json:
    """Return an originator or beneficiary, with the accounts where the dialect has them."""
    name = s.SIDES[node.kind]
    persons = node.nodes(name)
    written = [write(person, dialect) for person in persons]
    beside = _numbers(node)
    key = s.ACCOUNT_LABELS[dialect]
    accounts: list[Any] = []
    if dialect.bit & s.ACCOUNTS_IN_PERSONS:
        if beside:
            written = written or [{}]
            own = written[0].get(key, [])
            written[0][key] = own + [each for each in beside if each not in own]
    else:
        for held in (*map(_numbers, persons), beside):
            accounts += [each for each in held if each not in accounts] if accounts else held
    out: Json = {s.LABELS[dialect][node.kind][name]: written} if written else {}
    return out | {key: accounts} if accounts else out


def _numbers(node: Node) -> list[Any]:
    value = node.values.get(s.ACCOUNT)
    return [each for each in value if each is not None] if type(value) is list else []


def _tell_version(out: Json, dialect: s.Dialect) -> None:
    """Write the issue where the dialect tells it, and nothing of it where it does not."""
    labels = s.LABELS[dialect]
    key = labels[m.IdentityPayload]["payload_metadata"]
    version = labels[m.PayloadMetadata]["payload_version"]
    metadata = {each: value for each, value in out.pop(key, {}).items() if each != version}
    if dialect.bit & s.VERSIONED:
        metadata[version] = VERSION
    if metadata:
        out[key] = metadata


def _plan(dialect: s.Dialect, kind: s.Kind) -> tuple[Step, ...]:
    """Return how to write each field of *kind*: a message of another module keeps its labels."""
    found = PLANS.get((dialect, kind))
    if found is None:
        found = tuple((field.name, field.label, _writer(dialect, kind, field.codec)) for field in kind.FIELDS)
    return found


def _writer(dialect: s.Dialect, kind: s.Kind, codec: Codec) -> Writer | None:
    match codec:
        case Nested(part) if part in s.NAMES and dialect.bit & s.LISTED_NAMES:
            return lambda value: _listed(write(value, dialect), s.LABELS[dialect][part]["name_identifier"])
        case Nested():
            return lambda value: write(value, dialect)
        case ListOf(item):
            inner = _writer(dialect, kind, item)
            if inner is None:
                return lambda value: [each for each in value if each is not None]
            return lambda value: [inner(each) for each in value if each is not None]
        case Choice(codes):
            return _codes(dialect, codes).__getitem__
        case Uint() if dialect.bit & s.PROTOBUF and kind in s.VASPS:
            return str  # protobuf's JSON writes 64-bit numbers as strings
        case _:
            return None


def _listed(names: Json, key: str) -> Any:
    """Return *names* as a bare list, if nothing but the names would be lost."""
    return names[key] if names.keys() == {key} else names


def _codes(dialect: s.Dialect, codes: type[IntEnum]) -> Mapping[IntEnum, str]:
    if codes is m.PayloadVersion:
        return dict.fromkeys(codes, VERSION)
    if dialect.bit & s.PROTOBUF and codes in s.PREFIXES:
        return {each: f"{s.PREFIXES[codes]}{each.name}" for each in codes}
    if codes is m.TransliterationMethod:
        return {each: each.name.lower() for each in codes}
    return {each: each.name for each in codes}


PLANS: Final[Mapping[tuple[s.Dialect, s.Kind], tuple[Step, ...]]] = {
    (dialect, kind): tuple(
        (field.name, s.LABELS[dialect][kind][field.name], _writer(dialect, kind, field.codec)) for field in kind.FIELDS
    )
    for dialect in s.Dialect
    for kind in s.KINDS
}
