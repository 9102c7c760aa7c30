"""JSON in and out: what others write, read into the one internal form (spec/ivms101.md#dialects).

Rule 1: the schema drives the reader, so its depth and size are the schema's, whatever the data. Rule 2: bad data yields
problems with paths, never its values. Rule 3: what is not understood is refused, since dropping it would lose it. An
empty string, an empty list and null are read as absent.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from enum import IntEnum, StrEnum, unique
from typing import Any, Final, TypeVar, cast, final

from carnet.errors import DecodeError
from carnet.ivms101 import model as m
from carnet.ivms101.rules import Problem, problems
from carnet.schema import Choice, Codec, Field, ListOf, Message, Nested, Text, Uint

M = TypeVar("M", bound=Message)
Json = dict[str, Any]

MAX_VALUES: Final = 4096
"""How many values one payload may hold."""


@unique
class Dialect(StrEnum):
    """How a payload was written."""

    SPEC_2020 = "2020"
    SPEC_2023 = "2023"
    TRISA = "trisa"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A payload that could be read, how it was written, and which rules it breaks."""

    identity: m.IdentityPayload
    dialect: Dialect
    problems: tuple[Problem, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that is wrong with a payload: *identity* is None if it could not be read at all."""

    identity: m.IdentityPayload | None
    dialect: Dialect
    problems: tuple[Problem, ...]


def examine(data: object) -> Examination:
    """Return what parsed JSON *data* says and everything wrong with it, and never raise (spec/ivms101.md#dialects)."""
    reader = _Reader()
    identity = reader.message(m.IdentityPayload, data, "")
    if identity is None or reader.problems:
        return Examination(identity=None, dialect=reader.dialect(), problems=tuple(reader.problems))
    return Examination(identity=identity, dialect=reader.dialect(), problems=problems(identity))


def read(data: object) -> Reading:
    """Return the payload that parsed JSON *data* holds, in any dialect (spec/ivms101.md#dialects).

    Raises:
        DecodeError: The data has no place in the model; the detail is a rule and a path.
    """
    found = examine(data)
    if found.identity is None:
        first = found.problems[0]
        raise DecodeError("ivms101.field", f"{first.rule} at {first.path or '/'}")
    return Reading(identity=found.identity, dialect=found.dialect, problems=found.problems)


def read_part(kind: type[M], data: object) -> M:
    """Return the component of type *kind*, such as `Person`, that parsed JSON *data* holds, in any dialect.

    Raises:
        DecodeError: The data has no place in the model; the detail is a rule and a path.
    """
    reader = _Reader()
    part = reader.message(kind, data, "")
    if part is None or reader.problems:
        first = reader.problems[0]
        raise DecodeError("ivms101.field", f"{first.rule} at {first.path or '/'}")
    return part


def to_json(part: Message) -> Json:
    """Return *part*, a payload or a component, as JSON of the 2023 issue; what is absent is left out."""
    out: Json = {}
    for field in part.FIELDS:
        value = getattr(part, field.name)
        if value is not None and value != ():
            out[field.label] = _plain(value)
    return out


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Message():
            return to_json(value)
        case m.PayloadVersion():
            return VERSION
        case m.TransliterationMethod():
            return value.name.lower()
        case IntEnum():
            return value.name
        case _:
            return value


VERSION: Final = "101.2023"
VERSIONS: Final = frozenset({"101", VERSION, "IVMS101.2023"})

ALSO: Final[Mapping[type[Message], Mapping[str, tuple[str, ...]]]] = {
    m.Originator: {"originator_person": ("originatorPersons", "originator_persons")},
    m.Beneficiary: {"beneficiary_person": ("beneficiaryPersons", "beneficiary_persons")},
    m.IdentityPayload: {"originating_vasp": ("originatingVasp",), "beneficiary_vasp": ("beneficiaryVasp",)},
    m.OriginatingVasp: {"originating_vasp": ("originatingVasp",)},
    m.BeneficiaryVasp: {"beneficiary_vasp": ("beneficiaryVasp",)},
    m.IntermediaryVasp: {"intermediary_vasp": ("intermediaryVasp",)},
    m.Person: {"account_number": ("accountNumbers", "account_numbers")},
    m.NaturalPersonName: {
        "name_identifier": ("nameIdentifiers", "name_identifiers"),
        "local_name_identifier": ("localNameIdentifiers", "local_name_identifiers"),
        "phonetic_name_identifier": ("phoneticNameIdentifiers", "phonetic_name_identifiers"),
    },
    m.NaturalPersonNameId: {"natural_person_name_identifier_type": ("nameIdentifierType", "name_identifier_type")},
    m.LocalNaturalPersonNameId: {"name_identifier_type": ("naturalPersonNameIdentifierType",)},
    m.NaturalPerson: {
        "geographic_address": ("geographicAddresses", "geographic_addresses"),
        "customer_identification": ("customerNumber", "customer_number"),
    },
    m.Address: {"postcode": ("postCode", "post_code")},
}
"""Spellings of fields, beside the standard's label and its snake_case."""

ALSO_LEGAL: Final = {m.LegalPersonName: m.NaturalPersonName, m.LegalPerson: m.NaturalPerson}
"""Components whose fields are spelt like those of another."""

ISSUE_2023: Final = frozenset(
    {"originatorPerson", "beneficiaryPerson", "naturalPersonNameIdentifierType", "payloadVersion"}
)
"""Spellings that only the 2023 issue has."""

ACCOUNTS: Final = frozenset({"accountNumber", "accountNumbers", "account_number", "account_numbers"})

PREFIXES: Final[Mapping[type[IntEnum], str]] = {
    m.NaturalNameType: "NATURAL_PERSON_NAME_TYPE_CODE_",
    m.LegalNameType: "LEGAL_PERSON_NAME_TYPE_CODE_",
    m.AddressType: "ADDRESS_TYPE_CODE_",
    m.NationalIdentifierType: "NATIONAL_IDENTIFIER_TYPE_CODE_",
    m.TransliterationMethod: "TRANSLITERATION_METHOD_CODE_",
}

PROTOBUF_ZERO: Final[Mapping[type[Message], tuple[str, Any]]] = {
    m.NaturalPersonNameId: ("natural_person_name_identifier_type", m.NaturalNameType.MISC),
    m.LocalNaturalPersonNameId: ("name_identifier_type", m.NaturalNameType.MISC),
    m.NationalIdentification: ("national_identifier_type", m.NationalIdentifierType.MISC),
    m.IntermediaryVasp: ("sequence", 0),
}
"""Fields whose absence in protobuf's JSON means its zero, which is a value of the standard."""

ABSENT: Final[Any] = object()
"""What a problem, once noted, reads as."""


def _spellings(kind: type[Message]) -> dict[str, Field]:
    also = ALSO.get(ALSO_LEGAL.get(kind, kind), {})
    return {
        spelling: field for field in kind.FIELDS for spelling in {field.label, field.name, *also.get(field.name, ())}
    }


SPELLINGS: Final[Mapping[type[Message], Mapping[str, Field]]] = {
    kind: _spellings(kind)
    for kind in vars(m).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
}


REQUIRED: Final[Mapping[type[Message], tuple[tuple[str, str], ...]]] = {
    kind: tuple(
        (field.name, field.label)
        for field, declared in zip(kind.FIELDS, fields(cast("Any", kind)), strict=True)
        if declared.default is MISSING
    )
    for kind in SPELLINGS
}
"""The fields, by name and label, without which a component cannot be built."""

(ACCOUNT_FIELD,) = (field for field in m.Person.FIELDS if field.name == "account_number")


def _is_absent(value: object) -> bool:
    return value is None or value in ("", [])


def _is_empty(part: Message) -> bool:
    return all(getattr(part, field.name) in (None, ()) for field in part.FIELDS)


@final
class _Reader:
    """One reading: what was wrong, and what told the dialects apart."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.seen: set[Dialect] = set()
        self.left = MAX_VALUES

    def dialect(self) -> Dialect:
        """Return the dialect that the spellings so far point to."""
        for dialect in (Dialect.TRISA, Dialect.SPEC_2023):
            if dialect in self.seen:
                return dialect
        return Dialect.SPEC_2020

    def wrong(self, rule: str, path: str, message: str) -> Any:
        self.problems.append(Problem(rule=rule, path=path, message=message))
        return ABSENT

    def message(self, kind: type[M], data: object, path: str) -> M | None:
        """Return the component of type *kind* at *path*; None if a problem was noted."""
        if type(data) is not dict:
            self.wrong("TYPE", path, "not an object")
            return None
        self.left -= 1 + len(data)
        if self.left < 0:
            self.wrong("SIZE", path, f"more than {MAX_VALUES} values")
            return None
        rest, accounts = self._accounts(kind, data, path)
        values = self._fields(kind, rest, path)
        if Dialect.TRISA in self.seen and kind in PROTOBUF_ZERO:
            values.setdefault(*PROTOBUF_ZERO[kind])
        for name, label in REQUIRED[kind]:
            if name not in values:
                values[name] = self.wrong("REQ", f"{path}/{label}", "required and absent")
        if any(value is ABSENT for value in values.values()):
            return None
        made = kind(**values)
        return cast("M", self._with_accounts(made, accounts, path)) if accounts else made

    def _fields(self, kind: type[Message], data: Mapping[Any, object], path: str) -> dict[str, Any]:
        """Return the fields that are there; a field with a problem as `ABSENT`."""
        values: dict[str, Any] = {}
        known = SPELLINGS[kind]
        for key, value in data.items():
            field = known.get(key) if type(key) is str else None
            if field is None:
                self.wrong("UNKNOWN", path, "holds a member that the standard does not know")
            elif field.name in values:
                self.wrong("TWICE", f"{path}/{key}", "given under two names")
            elif not _is_absent(value):
                self._spelt(key)
                loaded = self.value(field.codec, value, f"{path}/{key}")
                if not (field.optional and isinstance(loaded, Message) and _is_empty(loaded)):
                    values[field.name] = loaded
        return values

    def _spelt(self, key: str) -> None:
        if "_" in key:
            self.seen.add(Dialect.TRISA)
        elif key in ISSUE_2023:
            self.seen.add(Dialect.SPEC_2023)

    def _accounts(
        self, kind: type[Message], data: Mapping[Any, object], path: str
    ) -> tuple[Mapping[Any, object], tuple[str, ...]]:
        """Take the accounts, which before 2023 stood beside the persons, out of an originator or beneficiary."""
        found = sorted(ACCOUNTS & data.keys()) if issubclass(kind, m.Originator | m.Beneficiary) else []
        numbers: list[str] = []
        for key in found:
            if not _is_absent(data[key]):
                self._spelt(key)
                loaded = self.value(ACCOUNT_FIELD.codec, data[key], f"{path}/{key}")
                numbers += () if loaded is ABSENT else loaded
        return {key: value for key, value in data.items() if key not in found}, tuple(numbers)

    def _with_accounts(self, part: Message, accounts: tuple[str, ...], path: str) -> Message | None:
        """Give *accounts* to the first person of an originator or beneficiary (spec/ivms101.md#accounts)."""
        name = "originator_person" if isinstance(part, m.Originator) else "beneficiary_person"
        first, *others = getattr(part, name) or (m.Person(),)
        merged = tuple(dict.fromkeys((*first.account_number, *accounts)))
        if len(merged) > cast("ListOf", ACCOUNT_FIELD.codec).most:
            self.wrong("MULT", f"{path}/accountNumber", "too many")
            return None
        made: Message = replace(cast("Any", part), **{name: (replace(first, account_number=merged), *others)})
        return made

    def value(self, codec: Codec, value: object, path: str) -> Any:
        """Return the field that *value* holds; `ABSENT` if a problem was noted."""
        match codec:
            case Nested():
                made = self.message(codec.kind, value, path)
                return ABSENT if made is None else made
            case ListOf():
                return self._list(codec, value, path)
            case Choice():
                return self._code(codec.kind, value, path)
            case Uint() if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 20:
                value = int(value)  # protobuf's JSON writes 64-bit numbers as strings
            case _:
                pass
        try:
            return codec.load(cast("Any", value))
        except ValueError:
            return self._unfit(codec, value, path)

    def _unfit(self, codec: Codec, value: object, path: str) -> Any:
        if not isinstance(codec, Text) or type(value) is not str:
            return self.wrong("TYPE", path, f"not {codec.name}")
        rule = "C3" if codec.most == 2 else "DATE" if codec.most == 10 else "C10" if codec.most == 8 else "TEXT"
        return self.wrong(rule, path, f"not {codec.name}")

    def _list(self, codec: ListOf, value: object, path: str) -> Any:
        if type(value) is not list:
            return self.wrong("TYPE", path, "not a list")
        self.left -= len(value)
        if self.left < 0:
            return self.wrong("SIZE", path, f"more than {MAX_VALUES} values")
        items = [(at, item) for at, item in enumerate(value) if not _is_absent(item)]
        if len(items) > codec.most:
            return self.wrong("MULT", path, f"more than {codec.most}")
        loaded = [self.value(codec.item, item, f"{path}/{at}") for at, item in items]
        return ABSENT if any(each is ABSENT for each in loaded) else tuple(loaded)

    def _code(self, kind: type[IntEnum], value: object, path: str) -> Any:
        if type(value) is not str:
            return self.wrong("ENUM", path, "not a code")
        if kind is m.PayloadVersion and value in VERSIONS:
            return m.PayloadVersion.V101_2023
        name = value.upper()
        if kind in PREFIXES and name.startswith(PREFIXES[kind]):
            self.seen.add(Dialect.TRISA)
            name = name.removeprefix(PREFIXES[kind])
            if name == "MISC" and "MISC" not in kind.__members__:
                return None  # protobuf's zero where the standard has no such code: unspecified
        found = kind.__members__.get(name) if kind in PREFIXES else None
        return self.wrong("ENUM", path, "not a code") if found is None else found
