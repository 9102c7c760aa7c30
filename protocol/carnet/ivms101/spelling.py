"""How each dialect spells the elements of the model: tables only (spec/ivms101.md#dialects).

A dialect is a set of names, a way to write codes, and a shape: accounts stand beside the persons or in them, a provider
is nested twice or not, a person's names are an object or a bare list. Reader, rules and writer all work from here.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import IntEnum, StrEnum, unique
from typing import Any, Final, cast

from carnet.ivms101 import model as m
from carnet.schema import Field, ListOf, Message

Kind = type[Message]


@unique
class Issue(StrEnum):
    """Which issue of the standard a payload is judged by."""

    V2020 = "2020"
    V2023 = "2023"


@unique
class Dialect(StrEnum):
    """How a payload is written; where several would do, the first is named."""

    SPEC_2020 = "2020"
    SPEC_2023 = "2023"
    TRISA_JSON = "trisa-json"
    GTR = "gtr"
    CODE = "code"
    TAP = "tap"
    TRISA = "trisa"
    TRISA_CAMEL = "trisa-camel"
    SYGNA = "sygna"

    @property
    def bit(self) -> int:
        """This dialect in a set of dialects."""
        return _BITS[self]


_BITS: Final = {dialect: 1 << at for at, dialect in enumerate(Dialect)}


def bits(*dialects: Dialect) -> int:
    """Return *dialects* as a set."""
    return sum(_BITS[dialect] for dialect in dialects)


ALL: Final = bits(*Dialect)
ISSUE_2023: Final = bits(Dialect.SPEC_2023, Dialect.TAP)
PROTOBUF: Final = bits(Dialect.TRISA, Dialect.TRISA_CAMEL)
SNAKE: Final = bits(Dialect.TRISA, Dialect.SYGNA)
FLAT: Final = bits(Dialect.GTR, Dialect.TAP)
LISTED_NAMES: Final = bits(Dialect.TAP)
ACCOUNTS_IN_PERSONS: Final = bits(Dialect.SPEC_2023)
VERSIONED: Final = ISSUE_2023

VASPS: Final[Mapping[Kind, str]] = {
    m.OriginatingVasp: "originating_vasp",
    m.BeneficiaryVasp: "beneficiary_vasp",
    m.IntermediaryVasp: "intermediary_vasp",
}
"""The components that hold one provider, and the field it is in."""

SIDES: Final[Mapping[Kind, str]] = {m.Originator: "originator_person", m.Beneficiary: "beneficiary_person"}
"""The components that hold the persons of a side, and the field they are in."""

NAMES: Final = (m.NaturalPersonName, m.LegalPersonName)
ACCOUNT: Final = "account_number"

PREFIXES: Final[Mapping[type[IntEnum], str]] = {
    m.NaturalNameType: "NATURAL_PERSON_NAME_TYPE_CODE_",
    m.LegalNameType: "LEGAL_PERSON_NAME_TYPE_CODE_",
    m.AddressType: "ADDRESS_TYPE_CODE_",
    m.NationalIdentifierType: "NATIONAL_IDENTIFIER_TYPE_CODE_",
    m.TransliterationMethod: "TRANSLITERATION_METHOD_CODE_",
}

PROTOBUF_ZERO: Final[Mapping[Kind, tuple[str, Any]]] = {
    m.NaturalPersonNameId: ("natural_person_name_identifier_type", m.NaturalNameType.MISC),
    m.LocalNaturalPersonNameId: ("name_identifier_type", m.NaturalNameType.MISC),
    m.NationalIdentification: ("national_identifier_type", m.NationalIdentifierType.MISC),
    m.IntermediaryVasp: ("sequence", 0),
}
"""Fields whose absence in protobuf's JSON means its zero, which is a value of the standard."""

_NAME_TYPE: Final = "natural_person_name_identifier_type"
_OLDER: Final = {
    "originator_person": "originatorPersons",
    "beneficiary_person": "beneficiaryPersons",
    _NAME_TYPE: "nameIdentifierType",
}
_PLURALS: Final = {
    "originator_person": "originator_persons",
    "beneficiary_person": "beneficiary_persons",
    "name_identifier": "name_identifiers",
    "local_name_identifier": "local_name_identifiers",
    "phonetic_name_identifier": "phonetic_name_identifiers",
    "geographic_address": "geographic_addresses",
    _NAME_TYPE: "name_identifier_type",
    "postcode": "post_code",
    ACCOUNT: "account_numbers",
}


def label(dialect: Dialect, kind: Kind, field: Field) -> str:
    """Return how *dialect* spells *field* of *kind*."""
    if dialect in {Dialect.TRISA, Dialect.SYGNA}:
        if kind is m.LegalPerson and field.name == "customer_identification":
            return "customer_number"
        return _PLURALS.get(field.name, field.name)
    if dialect in {Dialect.TRISA_JSON, Dialect.TRISA_CAMEL}:
        if field.name == "postcode":
            return "postCode"
        if kind is m.LegalPerson and field.name == "customer_identification":
            return "customerNumber"
    if dialect is Dialect.TRISA_CAMEL:
        return _OLDER.get(field.name, field.label.replace("VASP", "Vasp"))
    if dialect is Dialect.CODE and kind is m.IdentityPayload:
        return field.label[0].upper() + field.label[1:]
    if dialect in {Dialect.SPEC_2023, Dialect.TAP}:
        return field.label
    return _OLDER.get(field.name, field.label)


def _kinds() -> tuple[Kind, ...]:
    found = (each for each in vars(m).values() if isinstance(each, type) and issubclass(each, Message))
    return tuple(each for each in found if each is not Message)


KINDS: Final = _kinds()

LABELS: Final[Mapping[Dialect, Mapping[Kind, Mapping[str, str]]]] = {
    dialect: {kind: {field.name: label(dialect, kind, field) for field in kind.FIELDS} for kind in KINDS}
    for dialect in Dialect
}
"""How each dialect spells each field of each component."""

(_ACCOUNTS,) = (field for field in m.Person.FIELDS if field.name == ACCOUNT)
ACCOUNT_LABELS: Final = {dialect: label(dialect, m.Person, _ACCOUNTS) for dialect in Dialect}

_BARE: Final = ALL & ~SNAKE & ~PROTOBUF
_OLD: Final = _BARE & ~bits(Dialect.SPEC_2023)
_STRAY: Final = 0
"""No dialect's: read all the same, and a problem of the strict profile."""

_ALSO: Final[Mapping[tuple[Kind, str], Mapping[str, int]]] = {
    # the examples of the 2023 issue still print the older name
    (m.NaturalPersonNameId, _NAME_TYPE): {
        "nameIdentifierType": ISSUE_2023,
        "naturalPersonNameIdentifierType": _STRAY,
    },
    (m.LocalNaturalPersonNameId, "name_identifier_type"): {"naturalPersonNameIdentifierType": _STRAY},
    # the 2020 issue has both names
    (m.NaturalPerson, "customer_identification"): {"customerNumber": _OLD, "customer_number": _STRAY},
    (m.LegalPerson, "customer_identification"): {
        "customerNumber": _OLD,
        "customer_identification": SNAKE,
    },
    (m.Address, "postcode"): {"postCode": bits(Dialect.TAP), "postcode": bits(Dialect.SYGNA)},
    (m.Originator, "originator_person"): {"originatorPersons": bits(Dialect.TAP)},
    (m.Beneficiary, "beneficiary_person"): {"beneficiaryPersons": bits(Dialect.TAP)},
    (m.NaturalPersonName, "name_identifier"): {"nameIdentifiers": bits(Dialect.TAP, Dialect.TRISA_CAMEL)},
    (m.LegalPersonName, "name_identifier"): {"nameIdentifiers": bits(Dialect.TAP, Dialect.TRISA_CAMEL)},
}


def _plural(text: str) -> str:
    return f"{text}es" if text.endswith("s") else f"{text}s"


def spellings(kind: Kind) -> dict[str, tuple[Field, int]]:
    """Return every way to spell a field of *kind*, with the dialects that do."""
    out: dict[str, tuple[Field, int]] = {}

    def add(text: str, field: Field, mask: int) -> None:
        out[text] = (field, mask | out.get(text, (field, 0))[1])

    for field in kind.FIELDS:
        own = VERSIONED if field.name == "payload_version" else ACCOUNTS_IN_PERSONS if field.name == ACCOUNT else ALL
        for dialect in Dialect:
            add(LABELS[dialect][kind][field.name], field, dialect.bit & own)
        for text, mask in _ALSO.get((kind, field.name), {}).items():
            add(text, field, mask)
        # CODE writes the entities in PascalCase, and some of its users everything
        standard = LABELS[Dialect.SPEC_2020][kind][field.name]
        add(standard[0].upper() + standard[1:], field, bits(Dialect.CODE) & own)
        # and what else has been seen, in both cases and numbers
        for text in (field.name, _PLURALS.get(field.name, field.name)):
            add(text, field, SNAKE & own if "_" in text else _STRAY)
        if isinstance(field.codec, ListOf):
            add(_plural(field.label), field, _STRAY)
    return out


ACCOUNT_SPELLINGS: Final[Mapping[str, int]] = {
    "accountNumber": _OLD | bits(Dialect.TRISA_CAMEL),
    "AccountNumber": bits(Dialect.CODE),
    "accountNumbers": bits(Dialect.TAP, Dialect.TRISA_CAMEL),
    "account_numbers": SNAKE,
    "account_number": SNAKE,
}
"""How accounts that stand beside the persons are spelt."""

REQUIRED: Final[Mapping[Kind, tuple[str, ...]]] = {
    kind: tuple(
        field.name
        for field, declared in zip(kind.FIELDS, fields(cast("Any", kind)), strict=True)
        if declared.default is MISSING
    )
    for kind in KINDS
}
"""The fields without which a component has no encoding."""
