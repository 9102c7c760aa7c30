"""Paths into a payload, as policy packs write them (spec/policy.md#paths).

A path is labels joined by ``/``; ``*`` stands for any item of a list. It names an element: a value, a component, or a
list, which is present if it is neither absent nor empty. In the JSON Pointer to an element that is missing, the first
item stands for ``*``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import IntEnum, unique
from typing import Annotated, Any, Final, TypeVar, cast

from carnet.ivms101.model import IdentityPayload, Person
from carnet.schema import Codec, ListOf, Message, Nested, Text

M = TypeVar("M", bound=Message)

FieldPath = Annotated[str, Text(160, 1, r"[A-Za-z]+(/([A-Za-z]+|\*))*")]
ANY_ITEM: Final = "*"


@unique
class Subject(IntEnum):
    """Whose data a rule is about."""

    ORIGINATOR = 1
    BENEFICIARY = 2
    ORIGINATING_VASP = 3
    BENEFICIARY_VASP = 4


@unique
class PersonKind(IntEnum):
    """Which persons a rule is about: ANY asks it of one person of the subject, the others of each such person."""

    ANY = 1
    NATURAL = 2
    LEGAL = 3


def persons_of(identity: IdentityPayload, subject: Subject) -> list[tuple[str, Person]]:
    """Return the persons of *subject* with their pointers: an empty one where there is none."""
    empty = Person()
    match subject:
        case Subject.ORIGINATOR:
            given = identity.originator.originator_person if identity.originator else ()
            return [(f"/originator/originatorPerson/{at}", each) for at, each in enumerate(given or (empty,))]
        case Subject.BENEFICIARY:
            given = identity.beneficiary.beneficiary_person if identity.beneficiary else ()
            return [(f"/beneficiary/beneficiaryPerson/{at}", each) for at, each in enumerate(given or (empty,))]
        case Subject.ORIGINATING_VASP:
            vasp = identity.originating_vasp.originating_vasp if identity.originating_vasp else None
            return [("/originatingVASP/originatingVASP", vasp or empty)]
        case Subject.BENEFICIARY_VASP:
            vasp = identity.beneficiary_vasp.beneficiary_vasp if identity.beneficiary_vasp else None
            return [("/beneficiaryVASP/beneficiaryVASP", vasp or empty)]


def is_of_kind(person: Person, kind: PersonKind) -> bool:
    """Tell whether rules for *kind* bind *person*; one that is neither natural nor legal counts as natural."""
    match kind:
        case PersonKind.ANY:
            return True
        case PersonKind.NATURAL:
            return person.natural_person is not None or person.legal_person is None
        case PersonKind.LEGAL:
            return person.legal_person is not None


def resolves(kind: type[Message], path: str) -> bool:
    """Tell whether *path* names an element that a component of type *kind* may have."""
    return _walk(kind, path) is not None


def is_removable(path: str) -> bool:
    """Tell whether a payload may lack the element at *path*."""
    ends = _walk(IdentityPayload, path)
    return ends is not None and ends[1]


def _walk(kind: type[Message], path: str) -> tuple[Codec, bool] | None:
    """Return how the element at *path* is written, and whether it may be absent."""
    codec: Codec = Nested(kind)
    removable = False
    for label in path.split("/"):
        if isinstance(codec, ListOf) and label == ANY_ITEM:
            codec, removable = codec.item, True
            continue
        fields = codec.kind.FIELDS if isinstance(codec, Nested) else ()
        field = next((field for field in fields if field.label == label), None)
        if field is None:
            return None
        codec, removable = field.codec, field.optional or isinstance(field.codec, ListOf)
    return codec, removable


def has(part: Message, path: str) -> bool:
    """Tell whether *part* has the element at *path*."""
    return next(found(part, path), None) is not None


def found(part: Message, path: str) -> Iterator[str]:
    """Yield the pointer, relative to *part*, of each present element that *path* names."""
    return _found(part, path.split("/"), "")


def _found(value: Any, labels: Sequence[str], at: str) -> Iterator[str]:
    if value is None or value == ():
        return
    if not labels:
        yield at
    elif isinstance(value, tuple) and labels[0] == ANY_ITEM:
        for index, item in enumerate(value):
            yield from _found(item, labels[1:], f"{at}/{index}")
    elif isinstance(value, Message):
        for field in value.FIELDS:
            if field.label == labels[0]:
                yield from _found(getattr(value, field.name), labels[1:], f"{at}/{field.label}")


def pointer(base: str, path: str) -> str:
    """Return the JSON Pointer that asks the person at *base* for *path*.

    >>> pointer("/originator/originatorPerson/0", "naturalPerson/geographicAddress/*/country")
    '/originator/originatorPerson/0/naturalPerson/geographicAddress/0/country'
    """
    return f"{base}/{path.replace(ANY_ITEM, '0')}"


def without(part: M, path: str) -> M:
    """Return *part* without the elements at *path*, which must be removable."""
    return _without(part, path.split("/"))


def _without(part: M, labels: Sequence[str]) -> M:
    label, *rest = labels
    (field,) = (field for field in part.FIELDS if field.label == label)
    value = getattr(part, field.name)
    if value is None:
        return part
    if rest in ([], [ANY_ITEM]):
        return _replaced(part, field.name, () if isinstance(field.codec, ListOf) else None)
    if isinstance(value, tuple):
        return _replaced(part, field.name, tuple(_without(item, rest[1:]) for item in value))
    return _replaced(part, field.name, _without(value, rest))


def _replaced(part: M, name: str, value: Any) -> M:
    return cast("M", replace(cast("Any", part), **{name: value}))
