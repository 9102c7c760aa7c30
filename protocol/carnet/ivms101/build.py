"""Payloads made in Python, with exact errors early (spec/ivms101.md#building).

Each function returns a part of the model, or raises `InvalidError` with every problem of that part:

>>> alice = natural_person(
...     legal_name("Smith", "Alice"),
...     address=address("GEOG", country="US", town="Walnut", street="Potential Street", number="24"),
...     account="10023909",
... )
>>> bob = natural_person(legal_name("Barnes", "Robert"), account="1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")
>>> vasp = legal_person("VASP A", lei="506700T7Z685VUOZL877")
>>> identity = payload(originator=alice, beneficiary=bob, originating_vasp=vasp)
>>> from carnet.ivms101 import to_json
>>> to_json(identity)["originator"]["originatorPerson"][0]["accountNumber"]
['10023909']
>>> address("GEOG", country="UK", town="London", lines=["42 St Johns Close"])
Traceback (most recent call last):
...
carnet.ivms101.build.InvalidError: C3 at /country: no country of ISO 3166-1, and not XX
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast, final

from carnet.errors import UsageError
from carnet.ivms101 import model as m
from carnet.ivms101 import registers
from carnet.ivms101.problem import Problem, problem
from carnet.ivms101.rules import Judge, Profile, day_of
from carnet.ivms101.spelling import Dialect, Issue
from carnet.ivms101.tree import Reader, built, tree_of
from carnet.ivms101.writing import write
from carnet.schema import Message

M = TypeVar("M", bound=Message)
One = TypeVar("One")
OneOrMore: TypeAlias = One | Sequence[One]


@final
class InvalidError(UsageError):
    """What was to be built breaks the standard: *problems*, by their paths within the part."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        told = "; ".join(f"{each.rule} at {each.path or '/'}: {each.message}" for each in problems)
        super().__init__(told)
        self.problems = tuple(problems)


def _made(kind: type[M], fields: Mapping[str, Any], *, now: int | None = None, profile: Profile = Profile.STRICT) -> M:
    """Return the component of *kind* with *fields*, which are JSON or messages, or raise `InvalidError`."""
    reader = Reader()
    given = {name: _json(value) for name, value in fields.items() if value is not None}
    node = reader.read(kind, given)
    found = [*reader.problems, *reader.limits]
    if node is not None:
        judge = Judge(
            issue=Issue.V2023,
            dialect=Dialect.SPEC_2023,
            profile=profile,
            today=None if now is None else day_of(now),
            authorities=registers.known(),
        )
        judge.visit(node)
        found += judge.problems
    if found:
        raise InvalidError(found)
    return cast("M", built(cast("Any", node)))


def _json(value: Any) -> Any:
    if isinstance(value, Message):
        return write(tree_of(value), Dialect.SPEC_2023)
    if isinstance(value, tuple | list):
        return [_json(each) for each in value]
    return value


def _several(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def name(primary: str, secondary: str | None = None, *, kind: str = "LEGL") -> m.NaturalPersonNameId:
    """Return a natural person's name: *primary* is the family name, *secondary* the given ones."""
    return _made(
        m.NaturalPersonNameId,
        {
            "primaryIdentifier": primary,
            "secondaryIdentifier": secondary,
            "naturalPersonNameIdentifierType": kind,
        },
    )


legal_name = name


def local_name(primary: str, secondary: str | None = None, *, kind: str = "LEGL") -> m.LocalNaturalPersonNameId:
    """Return a natural person's name in its own script."""
    return _made(
        m.LocalNaturalPersonNameId,
        {
            "primaryIdentifier": primary,
            "secondaryIdentifier": secondary,
            "nameIdentifierType": kind,
        },
    )


def address(
    kind: str,
    *,
    country: str,
    town: str,
    street: str | None = None,
    number: str | None = None,
    building: str | None = None,
    postcode: str | None = None,
    subdivision: str | None = None,
    lines: Sequence[str] = (),
    **others: str,
) -> m.Address:
    """Return an address of *kind* HOME, BIZZ or GEOG: *street* with *number* or *building*, or *lines*."""
    return _made(
        m.Address,
        {
            "addressType": kind,
            "streetName": street,
            "buildingNumber": number,
            "buildingName": building,
            "postcode": postcode,
            "townName": town,
            "countrySubDivision": subdivision,
            "addressLine": list(lines),
            "country": country,
            **others,
        },
    )


def birth(date: str, place: str, *, now: int | None = None) -> m.DateAndPlaceOfBirth:
    """Return date (YYYY-MM-DD) and place of birth; with *now*, a birth that is not past is refused."""
    return _made(
        m.DateAndPlaceOfBirth,
        {
            "dateOfBirth": date,
            "placeOfBirth": place,
        },
        now=now,
    )


def national_id(
    identifier: str, kind: str, *, country: str | None = None, authority: str | None = None
) -> m.NationalIdentification:
    """Return a number that a state or a register gave."""
    return _made(
        m.NationalIdentification,
        {
            "nationalIdentifier": identifier,
            "nationalIdentifierType": kind,
            "countryOfIssue": country,
            "registrationAuthority": authority,
        },
    )


def natural_person(
    names: OneOrMore[m.NaturalPersonNameId],
    *,
    local_names: OneOrMore[m.LocalNaturalPersonNameId] = (),
    address: OneOrMore[m.Address] = (),
    national_id: m.NationalIdentification | None = None,
    customer: str | None = None,
    birth: m.DateAndPlaceOfBirth | None = None,
    residence: str | None = None,
    account: OneOrMore[str] = (),
) -> m.Person:
    """Return a human being, with the accounts that the transfer touches."""
    person = {
        "name": {"nameIdentifier": _json(_several(names)), "localNameIdentifier": _json(_several(local_names))},
        "geographicAddress": _json(_several(address)),
        "nationalIdentification": _json(national_id),
        "customerIdentification": customer,
        "dateAndPlaceOfBirth": _json(birth),
        "countryOfResidence": residence,
    }
    return _made(
        m.Person,
        {
            "naturalPerson": person,
            "accountNumber": _several(account),
        },
    )


def legal_person(
    name: str,
    *,
    short_name: str | None = None,
    trading_name: str | None = None,
    address: OneOrMore[m.Address] = (),
    lei: str | None = None,
    national_id: m.NationalIdentification | None = None,
    customer: str | None = None,
    country: str | None = None,
    account: OneOrMore[str] = (),
) -> m.Person:
    """Return a company by its registered *name*; *lei* stands for a national identification."""
    if lei is not None and national_id is not None:
        raise InvalidError(
            [problem("TWICE", "/legalPerson/nationalIdentification", "an LEI and another identification")]
        )
    if lei is not None:
        number: Any = {"nationalIdentifier": lei, "nationalIdentifierType": "LEIX"}
    else:
        number = _json(national_id)
    names = [("LEGL", name), ("SHRT", short_name), ("TRAD", trading_name)]
    person = {
        "name": {
            "nameIdentifier": [
                {"legalPersonName": text, "legalPersonNameIdentifierType": kind} for kind, text in names if text
            ]
        },
        "geographicAddress": _json(_several(address)),
        "customerIdentification": customer,
        "nationalIdentification": number,
        "countryOfRegistration": country,
    }
    return _made(
        m.Person,
        {
            "legalPerson": person,
            "accountNumber": _several(account),
        },
    )


def payload(
    *,
    originator: OneOrMore[m.Person],
    beneficiary: OneOrMore[m.Person],
    originating_vasp: m.Person | None = None,
    beneficiary_vasp: m.Person | None = None,
    intermediaries: Sequence[m.Person] = (),
    transliteration: Sequence[str] = (),
    now: int | None = None,
    profile: Profile = Profile.STRICT,
) -> m.IdentityPayload:
    """Return a payload that is valid by the 2023 issue, or raise `InvalidError` with all that is wrong."""
    hops = [{"intermediaryVASP": _json(each), "sequence": at} for at, each in enumerate(intermediaries)]
    return _made(
        m.IdentityPayload,
        {
            "originator": {"originatorPerson": _json(_several(originator))},
            "beneficiary": {"beneficiaryPerson": _json(_several(beneficiary))},
            "originatingVASP": None if originating_vasp is None else {"originatingVASP": _json(originating_vasp)},
            "beneficiaryVASP": None if beneficiary_vasp is None else {"beneficiaryVASP": _json(beneficiary_vasp)},
            "transferPath": {"transferPath": hops} if hops else None,
            "payloadMetadata": {"transliterationMethod": list(transliteration), "payloadVersion": "101.2023"},
        },
        now=now,
        profile=profile,
    )
