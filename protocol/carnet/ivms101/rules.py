"""What the standard demands beyond types and lengths (spec/ivms101.md#rules).

Each rule is a small generator that yields every breach of it as a `Problem`; `problems` runs them all. Nothing here
raises for bad data, and no message holds any of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from carnet.ivms101.model import (
    Address,
    AddressType,
    DateAndPlaceOfBirth,
    IdentityPayload,
    LegalNameType,
    LegalPerson,
    LegalPersonNameId,
    LocalLegalPersonNameId,
    NationalIdentification,
    NationalIdentifierType,
    NaturalNameType,
    NaturalPerson,
    Person,
)

Breaches = Iterator["Problem"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A breach of *rule* (spec/ivms101.md#rules) at *path*, a JSON Pointer."""

    rule: str
    path: str
    message: str


LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
AUTHORITY: Final = re.compile(r"RA[0-9]{6}")
COUNTRY: Final = re.compile(r"[A-Z]{2}")
DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
LEGAL_IDENTIFIERS: Final = frozenset(
    {
        NationalIdentifierType.RAID,
        NationalIdentifierType.MISC,
        NationalIdentifierType.LEIX,
        NationalIdentifierType.TXID,
    }
)


def problems(identity: IdentityPayload) -> tuple[Problem, ...]:
    """Return every breach of the rules built so far, in the order of the payload (spec/ivms101.md#rules)."""
    return tuple(_payload(identity))


def persons(identity: IdentityPayload) -> Iterator[tuple[str, Person]]:
    """Yield each person of *identity* with its path."""
    if identity.originator is not None:
        for at, person in enumerate(identity.originator.originator_person):
            yield f"/originator/originatorPerson/{at}", person
    if identity.beneficiary is not None:
        for at, person in enumerate(identity.beneficiary.beneficiary_person):
            yield f"/beneficiary/beneficiaryPerson/{at}", person
    if identity.originating_vasp is not None and identity.originating_vasp.originating_vasp is not None:
        yield "/originatingVASP/originatingVASP", identity.originating_vasp.originating_vasp
    if identity.beneficiary_vasp is not None and identity.beneficiary_vasp.beneficiary_vasp is not None:
        yield "/beneficiaryVASP/beneficiaryVASP", identity.beneficiary_vasp.beneficiary_vasp
    if identity.transfer_path is not None:
        for at, hop in enumerate(identity.transfer_path.transfer_path):
            if hop.intermediary_vasp is not None:
                yield f"/transferPath/transferPath/{at}/intermediaryVASP", hop.intermediary_vasp


def _payload(identity: IdentityPayload) -> Breaches:
    if identity.originator is None or not identity.originator.originator_person:
        yield _required("/originator/originatorPerson")
    if identity.beneficiary is None or not identity.beneficiary.beneficiary_person:
        yield _required("/beneficiary/beneficiaryPerson")
    for path, person in persons(identity):
        yield from _person(person, path, originator=path.startswith("/originator/"))
    yield from _transfer_path(identity)


def _transfer_path(identity: IdentityPayload) -> Breaches:
    if identity.transfer_path is None:
        return
    for at, hop in enumerate(identity.transfer_path.transfer_path):
        path = f"/transferPath/transferPath/{at}"
        if hop.intermediary_vasp is None:
            yield _required(f"{path}/intermediaryVASP")
    numbers = sorted(hop.sequence for hop in identity.transfer_path.transfer_path)
    if numbers != list(range(len(numbers))):
        yield Problem(rule="C12", path="/transferPath/transferPath", message="the sequence is not 0, 1, 2 and so on")


def _person(person: Person, path: str, *, originator: bool) -> Breaches:
    if (person.natural_person is None) == (person.legal_person is None):
        yield Problem(rule="CHOICE", path=path, message="a person is either natural or legal")
    if person.natural_person is not None:
        yield from _natural(person.natural_person, f"{path}/naturalPerson", originator=originator)
    if person.legal_person is not None:
        yield from _legal(person.legal_person, f"{path}/legalPerson", originator=originator)


def _natural(person: NaturalPerson, path: str, *, originator: bool) -> Breaches:
    yield from _natural_names(person, path)
    if originator and not (
        any(address.address_type is not None for address in person.geographic_address)
        or person.customer_identification is not None
        or person.national_identification is not None
        or person.date_and_place_of_birth is not None
    ):
        message = "needs an address, a customer or national identification, or date and place of birth"
        yield Problem(rule="C1", path=path, message=message)
    for at, address in enumerate(person.geographic_address):
        yield from _address(address, f"{path}/geographicAddress/{at}")
    if person.national_identification is not None:
        yield from _identification(person.national_identification, f"{path}/nationalIdentification")
    if person.date_and_place_of_birth is not None:
        yield from _birth(person.date_and_place_of_birth, f"{path}/dateAndPlaceOfBirth")
    yield from _country(person.country_of_residence, f"{path}/countryOfResidence")


def _natural_names(person: NaturalPerson, path: str) -> Breaches:
    if person.name is None or not person.name.name_identifier:
        yield _required(f"{path}/name/nameIdentifier")
        return
    names = f"{path}/name/nameIdentifier"
    for at, name in enumerate(person.name.name_identifier):
        if name.natural_person_name_identifier_type is None:
            yield _required(f"{names}/{at}/naturalPersonNameIdentifierType")
    for label, local in (
        ("localNameIdentifier", person.name.local_name_identifier),
        ("phoneticNameIdentifier", person.name.phonetic_name_identifier),
    ):
        for at, each in enumerate(local):
            if each.name_identifier_type is None:
                yield _required(f"{path}/name/{label}/{at}/nameIdentifierType")
    if all(
        name.natural_person_name_identifier_type is not NaturalNameType.LEGL for name in person.name.name_identifier
    ):
        yield Problem(rule="C6", path=names, message="no name of type LEGL")


def _legal(person: LegalPerson, path: str, *, originator: bool) -> Breaches:
    yield from _legal_names(person, path)
    if originator and not (
        any(address.address_type is AddressType.GEOG for address in person.geographic_address)
        or person.customer_identification is not None
        or person.national_identification is not None
    ):
        message = "needs an address of type GEOG, or a customer or national identification"
        yield Problem(rule="C4", path=path, message=message)
    for at, address in enumerate(person.geographic_address):
        yield from _address(address, f"{path}/geographicAddress/{at}")
    if person.national_identification is not None:
        yield from _identification(person.national_identification, f"{path}/nationalIdentification")
        yield from _registration(person.national_identification, f"{path}/nationalIdentification")
    yield from _country(person.country_of_registration, f"{path}/countryOfRegistration")


def _legal_names(person: LegalPerson, path: str) -> Breaches:
    if person.name is None or not person.name.name_identifier:
        yield _required(f"{path}/name/nameIdentifier")
        return
    kinds: tuple[tuple[str, tuple[LegalPersonNameId | LocalLegalPersonNameId, ...]], ...] = (
        ("nameIdentifier", person.name.name_identifier),
        ("localNameIdentifier", person.name.local_name_identifier),
        ("phoneticNameIdentifier", person.name.phonetic_name_identifier),
    )
    for label, names in kinds:
        for at, name in enumerate(names):
            if name.legal_person_name_identifier_type is None:
                yield _required(f"{path}/name/{label}/{at}/legalPersonNameIdentifierType")
    if all(name.legal_person_name_identifier_type is not LegalNameType.LEGL for name in person.name.name_identifier):
        yield Problem(rule="C5", path=f"{path}/name/nameIdentifier", message="no name of type LEGL")


def _address(address: Address, path: str) -> Breaches:
    if address.address_type is None:
        yield _required(f"{path}/addressType")
    if address.town_name is None:
        yield _required(f"{path}/townName")
    if address.country is None:
        yield _required(f"{path}/country")
    yield from _country(address.country, f"{path}/country")
    building = address.building_name is not None or address.building_number is not None
    if not address.address_line and (address.street_name is None or not building):
        yield Problem(rule="C8", path=path, message="needs an address line, or a street and a building")


def _identification(identification: NationalIdentification, path: str) -> Breaches:
    if identification.national_identifier_type is None:
        yield _required(f"{path}/nationalIdentifierType")
    yield from _country(identification.country_of_issue, f"{path}/countryOfIssue")
    authority = identification.registration_authority
    if authority is not None and AUTHORITY.fullmatch(authority) is None:
        yield Problem(rule="C10", path=f"{path}/registrationAuthority", message="not RA and six digits")
    if (
        identification.national_identifier_type is NationalIdentifierType.LEIX
        and LEI.fullmatch(identification.national_identifier) is None
    ):
        message = "not 18 digits or upper-case letters and two digits"
        yield Problem(rule="C11", path=f"{path}/nationalIdentifier", message=message)


def _registration(identification: NationalIdentification, path: str) -> Breaches:
    """Yield what C7 and C9 say about a legal person's number."""
    kind = identification.national_identifier_type
    if kind is None:
        return
    if kind not in LEGAL_IDENTIFIERS:
        message = "a legal person's is RAID, MISC, LEIX or TXID"
        yield Problem(rule="C7", path=f"{path}/nationalIdentifierType", message=message)
    if identification.country_of_issue is not None:
        yield Problem(rule="C9", path=f"{path}/countryOfIssue", message="not for a legal person")
    if (identification.registration_authority is None) != (kind is NationalIdentifierType.LEIX):
        message = "required unless the identifier is an LEI, and then forbidden"
        yield Problem(rule="C9", path=f"{path}/registrationAuthority", message=message)


def _birth(birth: DateAndPlaceOfBirth, path: str) -> Breaches:
    if birth.date_of_birth is None:
        yield _required(f"{path}/dateOfBirth")
    elif not _is_date(birth.date_of_birth):
        yield Problem(rule="DATE", path=f"{path}/dateOfBirth", message="not a day of the calendar as YYYY-MM-DD")
    if birth.place_of_birth is None:
        yield _required(f"{path}/placeOfBirth")


def _is_date(text: str) -> bool:
    found = DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month - 1]


def _country(country: str | None, path: str) -> Breaches:
    if country is not None and COUNTRY.fullmatch(country) is None:
        yield Problem(rule="C3", path=path, message="not two upper-case letters")


def _required(path: str) -> Problem:
    return Problem(rule="REQ", path=path, message="required and absent")
