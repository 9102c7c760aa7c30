"""Who sends and who receives, in the words of IVMS101 (spec/ivms101.md#model).

The one internal form has the shape of the standard's 2023 issue: an account number belongs to a person. Labels are
the standard's JSON names, so that paths into a payload are JSON Pointers into the JSON that `to_json` writes. The
model fixes types, lengths and multiplicities only, and lets required elements be absent, so that a counterparty can be
told what to add; `carnet.ivms101.rules` says what is wrong. Absent is None, or the empty tuple, and nothing else.
"""

from enum import IntEnum, unique
from typing import Annotated, Final

from carnet.schema import U64, Many, Message, Text, message

Text16 = Annotated[str, Text(16)]
Text35 = Annotated[str, Text(35)]
Text50 = Annotated[str, Text(50)]
Text70 = Annotated[str, Text(70)]
Text100 = Annotated[str, Text(100)]
Account = Annotated[str, Text(512)]
Country = Annotated[str, Text(2, 2)]
Date = Annotated[str, Text(10, 10)]
Authority = Annotated[str, Text(8, 8)]

VASP_LABELS: Final = {"originating_vasp": "originatingVASP", "beneficiary_vasp": "beneficiaryVASP"}


@unique
class NaturalNameType(IntEnum):
    """What kind of name a natural person's name is."""

    ALIA = 1
    BIRT = 2
    MAID = 3
    LEGL = 4
    MISC = 5


@unique
class LegalNameType(IntEnum):
    """What kind of name a legal person's name is."""

    LEGL = 1
    SHRT = 2
    TRAD = 3


@unique
class AddressType(IntEnum):
    """What an address is to the person."""

    HOME = 1
    BIZZ = 2
    GEOG = 3


@unique
class NationalIdentifierType(IntEnum):
    """Which register a national identifier is from."""

    ARNU = 1
    CCPT = 2
    RAID = 3
    DRLC = 4
    FIIN = 5
    TXID = 6
    SOCS = 7
    IDCD = 8
    LEIX = 9
    MISC = 10


@unique
class TransliterationMethod(IntEnum):
    """The script that a name was transliterated from; lower case in JSON."""

    ARAB = 1
    ARAN = 2
    ARMN = 3
    CYRL = 4
    DEVA = 5
    GEOR = 6
    GREK = 7
    HANI = 8
    HEBR = 9
    KANA = 10
    KORE = 11
    THAI = 12
    OTHR = 13


@unique
class PayloadVersion(IntEnum):
    """The issue of the standard; the internal form has one, and reading lifts the older to it."""

    V101_2023 = 2


@message("ivms-natural-person-name-id", camel=True, private=True)
class NaturalPersonNameId(Message):
    """One name of a natural person, in Latin script."""

    primary_identifier: Text100
    secondary_identifier: Text100 | None = None
    natural_person_name_identifier_type: NaturalNameType | None = None


@message("ivms-local-natural-person-name-id", camel=True, private=True)
class LocalNaturalPersonNameId(Message):
    """One name of a natural person, in its own script or as it sounds."""

    primary_identifier: Text100
    secondary_identifier: Text100 | None = None
    name_identifier_type: NaturalNameType | None = None


@message("ivms-natural-person-name", camel=True, private=True)
class NaturalPersonName(Message):
    """All names of a natural person."""

    name_identifier: Annotated[tuple[NaturalPersonNameId, ...], Many(16)] = ()
    local_name_identifier: Annotated[tuple[LocalNaturalPersonNameId, ...], Many(16)] = ()
    phonetic_name_identifier: Annotated[tuple[LocalNaturalPersonNameId, ...], Many(16)] = ()


@message("ivms-legal-person-name-id", camel=True, private=True)
class LegalPersonNameId(Message):
    """One name of a legal person, in Latin script."""

    legal_person_name: Text100
    legal_person_name_identifier_type: LegalNameType | None = None


@message("ivms-local-legal-person-name-id", camel=True, private=True)
class LocalLegalPersonNameId(Message):
    """One name of a legal person, in its own script or as it sounds."""

    legal_person_name: Text100
    legal_person_name_identifier_type: LegalNameType | None = None


@message("ivms-legal-person-name", camel=True, private=True)
class LegalPersonName(Message):
    """All names of a legal person."""

    name_identifier: Annotated[tuple[LegalPersonNameId, ...], Many(16)] = ()
    local_name_identifier: Annotated[tuple[LocalLegalPersonNameId, ...], Many(16)] = ()
    phonetic_name_identifier: Annotated[tuple[LocalLegalPersonNameId, ...], Many(16)] = ()


@message("ivms-address", camel=True, private=True)
class Address(Message):
    """Where a person lives or is established."""

    address_type: AddressType | None = None
    department: Text50 | None = None
    sub_department: Text70 | None = None
    street_name: Text70 | None = None
    building_number: Text16 | None = None
    building_name: Text35 | None = None
    floor: Text70 | None = None
    post_box: Text16 | None = None
    room: Text70 | None = None
    postcode: Text16 | None = None
    town_name: Text35 | None = None
    town_location_name: Text35 | None = None
    district_name: Text35 | None = None
    country_sub_division: Text35 | None = None
    address_line: Annotated[tuple[Text70, ...], Many(7)] = ()
    country: Country | None = None


@message("ivms-national-identification", camel=True, private=True)
class NationalIdentification(Message):
    """A number that a state or a register gave the person."""

    national_identifier: Text35
    national_identifier_type: NationalIdentifierType | None = None
    country_of_issue: Country | None = None
    registration_authority: Authority | None = None


@message("ivms-date-and-place-of-birth", camel=True, private=True)
class DateAndPlaceOfBirth(Message):
    """When and where a natural person was born."""

    date_of_birth: Date | None = None
    place_of_birth: Text70 | None = None


@message("ivms-natural-person", camel=True, private=True)
class NaturalPerson(Message):
    """A human being."""

    name: NaturalPersonName | None = None
    geographic_address: Annotated[tuple[Address, ...], Many(16)] = ()
    national_identification: NationalIdentification | None = None
    customer_identification: Text50 | None = None
    date_and_place_of_birth: DateAndPlaceOfBirth | None = None
    country_of_residence: Country | None = None


@message("ivms-legal-person", camel=True, private=True)
class LegalPerson(Message):
    """A company, a foundation, an authority."""

    name: LegalPersonName | None = None
    geographic_address: Annotated[tuple[Address, ...], Many(16)] = ()
    customer_identification: Text50 | None = None
    national_identification: NationalIdentification | None = None
    country_of_registration: Country | None = None


@message("ivms-person", camel=True, private=True)
class Person(Message):
    """A natural or a legal person, with the accounts that the transfer touches."""

    natural_person: NaturalPerson | None = None
    legal_person: LegalPerson | None = None
    account_number: Annotated[tuple[Account, ...], Many(16)] = ()


@message("ivms-originator", camel=True, private=True)
class Originator(Message):
    """Who sends."""

    originator_person: Annotated[tuple[Person, ...], Many(16)] = ()


@message("ivms-beneficiary", camel=True, private=True)
class Beneficiary(Message):
    """Who receives."""

    beneficiary_person: Annotated[tuple[Person, ...], Many(16)] = ()


@message("ivms-originating-vasp", labels=VASP_LABELS, private=True)
class OriginatingVasp(Message):
    """The provider of the one who sends."""

    originating_vasp: Person | None = None


@message("ivms-beneficiary-vasp", labels=VASP_LABELS, private=True)
class BeneficiaryVasp(Message):
    """The provider of the one who receives."""

    beneficiary_vasp: Person | None = None


@message("ivms-intermediary-vasp", labels={"intermediary_vasp": "intermediaryVASP"}, private=True)
class IntermediaryVasp(Message):
    """A provider between the two, and its place in the path."""

    intermediary_vasp: Person | None = None
    sequence: U64


@message("ivms-transfer-path", camel=True, private=True)
class TransferPath(Message):
    """The providers between the two, in order."""

    transfer_path: Annotated[tuple[IntermediaryVasp, ...], Many(16)] = ()


@message("ivms-payload-metadata", camel=True, private=True)
class PayloadMetadata(Message):
    """How the payload was written."""

    transliteration_method: Annotated[tuple[TransliterationMethod, ...], Many(16)] = ()
    payload_version: PayloadVersion = PayloadVersion.V101_2023


@message("identity", camel=True, labels=VASP_LABELS, private=True)
class IdentityPayload(Message):
    """Everything that one provider tells the other about the persons of a transfer (spec/ivms101.md#model)."""

    originator: Originator | None = None
    beneficiary: Beneficiary | None = None
    originating_vasp: OriginatingVasp | None = None
    beneficiary_vasp: BeneficiaryVasp | None = None
    transfer_path: TransferPath | None = None
    payload_metadata: PayloadMetadata = PayloadMetadata()
