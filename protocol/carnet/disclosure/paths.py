"""Which leaves of a payload answer a path, for who shows them and for who checks that none is missing.

A path is a JSON Pointer into the payload: labels and the numbers of items, joined by ``/``, where ``*`` stands for
each item of an array. It asks for the leaf at it and for all below it (spec/disclosure.md#paths). What must be shown
follows from the leaves that are there: the same walk tells the VASP what to show, and the authority what is withheld.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from carnet.codec import Codec, ListOf
from carnet.envelope.payload import Payload
from carnet.errors import DecodeError, VerifyError
from carnet.messages import Role
from carnet.schema import Field, Message, Nested
from carnet.wire import Wire

SEED: Final = "/seed"
"""The leaf that is never asked for and never shown: all salts and blindings derive from it."""
EACH: Final = "*"
CUSTOMER: Final = {Role.ORIGINATOR: "/transfer/originatorCustomer", Role.BENEFICIARY: "/transfer/beneficiaryCustomer"}
"""What a spot check opens, by the role of the record."""


def check_path(path: str) -> str:
    """Return *path* if some payload has leaves that answer it.

    Raises:
        DecodeError: ``disclosure.path``.
    """
    codec: Codec = Nested(Payload)
    if path == SEED or path[:1] not in {"", "/"}:
        raise DecodeError("disclosure.path", "the seed, or no path at all")
    for label in _labels(path):
        if isinstance(codec, ListOf) and (label == EACH or _is_number(label, codec.most)):
            codec = codec.item
        elif isinstance(codec, Nested):
            codec = _field(codec.kind, label).codec
        else:
            raise DecodeError("disclosure.path")
    return path


def read_value(path: str, value: Wire) -> Any:
    """Return what the leaf (*path*, *value*) says: of an array how many items it has, of an absent field None.

    Raises:
        DecodeError: ``disclosure.path``.
        VerifyError: ``disclosure.value``.
    """
    codec: Codec = Nested(Payload)
    for label in _labels(path):
        codec = codec.item if isinstance(codec, ListOf) else _field(_kind(codec), label).codec
    if value is None:
        return None
    if isinstance(codec, ListOf):
        return _count(codec, value)
    return _check(codec, value)


def _kind(codec: Codec) -> type[Message]:
    if not isinstance(codec, Nested):
        raise DecodeError("disclosure.path")
    return codec.kind


def answers(leaves: Mapping[str, Wire], paths: Sequence[str]) -> list[str]:
    """Return the paths of the leaves that answer *paths*, each once, as far as *leaves* (path to value) tell.

    Raises:
        DecodeError: ``disclosure.path``.
        VerifyError: ``disclosure.value``: a leaf holds what its field cannot.
    """
    found: dict[str, None] = {}
    for path in paths:
        check_path(path)
        found.update(dict.fromkeys(_message(Payload, "", _labels(path), leaves)))
    return list(found)


def _labels(path: str) -> list[str]:
    return path.split("/")[1:]


def _is_number(label: str, most: int) -> bool:
    return label.isascii() and label.isdigit() and str(int(label[:6])) == label and int(label) < most


def _field(kind: type[Message], label: str) -> Field:
    for field in kind.FIELDS:
        if field.label == label:
            return field
    raise DecodeError("disclosure.path")


def _message(kind: type[Message], at: str, labels: Sequence[str], leaves: Mapping[str, Wire]) -> Iterator[str]:
    fields = [_field(kind, labels[0])] if labels else kind.FIELDS
    for field in fields:
        path = f"{at}/{field.label}"
        if path == SEED:
            continue
        if field.optional and path in leaves and leaves[path] is None:  # absent, and said so
            yield path
        else:
            yield from _value(field.codec, path, labels[1:], leaves)


def _value(codec: Codec, path: str, labels: Sequence[str], leaves: Mapping[str, Wire]) -> Iterator[str]:
    if isinstance(codec, Nested):
        yield from _message(codec.kind, path, labels, leaves)
    elif isinstance(codec, ListOf):
        yield from _array(codec, path, labels, leaves)
    else:
        if path in leaves:
            _check(codec, leaves[path])
        yield path


def _array(codec: ListOf, path: str, labels: Sequence[str], leaves: Mapping[str, Wire]) -> Iterator[str]:
    """Yield what answers for the array at *path*: its length too, unless one item that it has was asked for."""
    count = _count(codec, leaves[path]) if path in leaves else None
    if labels and labels[0] != EACH:
        if count is not None and int(labels[0]) >= count:
            yield path
        else:
            yield from _value(codec.item, f"{path}/{labels[0]}", labels[1:], leaves)
        return
    yield path
    for index in range(count or 0):
        yield from _value(codec.item, f"{path}/{index}", labels[1:], leaves)


def _count(codec: ListOf, value: Wire) -> int:
    if type(value) is not int or not codec.least <= value <= codec.most:
        raise VerifyError("disclosure.value")
    return value


def _check(codec: Codec, value: Wire) -> Any:
    try:
        return codec.load(value)
    except (ValueError, DecodeError) as error:
        raise VerifyError("disclosure.value") from error
