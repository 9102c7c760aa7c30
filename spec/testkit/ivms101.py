"""Suite `ivms101`: what others write, read into the one form."""

from kit import vector

from carnet.ivms101 import examine

JANE_2020 = {
    "nameIdentifier": [{"primaryIdentifier": "Doe", "secondaryIdentifier": "Jane", "nameIdentifierType": "LEGL"}]
}
JANE_2023 = {
    "nameIdentifier": [
        {"primaryIdentifier": "Doe", "secondaryIdentifier": "Jane", "naturalPersonNameIdentifierType": "LEGL"}
    ]
}
JANE_TRISA = {
    "name_identifiers": [
        {
            "primary_identifier": "Doe",
            "secondary_identifier": "Jane",
            "name_identifier_type": "NATURAL_PERSON_NAME_TYPE_CODE_LEGL",
        }
    ],
    "local_name_identifiers": [],
}


def reading(data):
    found = examine(data)
    given = {
        "data_json": data,
        "dialect_text": str(found.dialect),
        "problems_text": [f"{problem.rule} {problem.path}" for problem in found.problems],
    }
    if found.identity is None:
        return given | {"expect": "ivms101.field"}
    return given | {"identity": found.identity.encode(), "expect": "ok"}


def jane(**more):
    payee = {"naturalPerson": {"name": JANE_2023}, "accountNumber": ["B"]}
    person = {"naturalPerson": {"name": JANE_2023, "customerIdentification": "7", **more}, "accountNumber": ["A"]}
    return {
        "originator": {"originatorPerson": [person]},
        "beneficiary": {"beneficiaryPerson": [payee]},
        "payloadMetadata": {"payloadVersion": "101.2023"},
    }


@vector("ivms101")
def issue_2023():
    """Two persons in the spelling of the 2023 issue."""
    return reading(jane())


@vector("ivms101")
def issue_2020():
    """The same two in the spelling of the 2020 issue: accounts stand beside the persons."""
    person = {"naturalPerson": {"name": JANE_2020, "customerIdentification": "7"}}
    return reading(
        {
            "originator": {"originatorPersons": [person], "accountNumber": ["A"]},
            "beneficiary": {"beneficiaryPersons": [{"naturalPerson": {"name": JANE_2020}}], "accountNumber": ["B"]},
        }
    )


@vector("ivms101")
def protobuf():
    """The same two as protobuf's JSON spells them, with empty strings for what is absent."""
    person = {
        "natural_person": {"name": JANE_TRISA, "customer_identification": "7", "country_of_residence": ""},
    }
    payee = {"natural_person": {"name": JANE_TRISA, "customer_identification": ""}}
    return reading(
        {
            "originator": {"originator_persons": [person], "account_numbers": ["A"]},
            "beneficiary": {"beneficiary_persons": [payee], "account_numbers": ["B"]},
        }
    )


@vector("ivms101")
def empty():
    """An object that says nothing can be read, and lacks both sides."""
    return reading({})


@vector("ivms101")
def namesake():
    """An originator without anything but a name."""
    return reading(jane(customerIdentification=None))


@vector("ivms101")
def several_problems():
    """All problems are named, not only the first."""
    return reading(
        jane(
            geographicAddress=[{"addressType": "HOME", "streetName": "Main Street", "townName": "Walnut"}],
            dateAndPlaceOfBirth={"dateOfBirth": "1990-02-30", "placeOfBirth": "Walnut"},
        )
    )


@vector("ivms101")
def unknown_member():
    """What the standard does not know cannot be carried, and is not dropped."""
    return reading(jane(shoeSize="43"))


@vector("ivms101")
def two_spellings():
    """The same element under two names."""
    return reading(jane(customerNumber="8"))


@vector("ivms101")
def code_unknown():
    """A code that is in no list."""
    return reading(jane(geographicAddress=[{"addressType": "CAMP"}]))


@vector("ivms101")
def country_of_three_letters():
    """A country by its three-letter code."""
    return reading(jane(countryOfResidence="DEU"))


@vector("ivms101")
def text_too_long():
    """51 characters where 50 fit."""
    return reading(jane(customerIdentification="7" * 51))


@vector("ivms101")
def characters_not_bytes():
    """50 characters that take 150 bytes fit."""
    return reading(jane(customerIdentification="七" * 50))


@vector("ivms101")
def number_for_text():
    """A number is no text."""
    return reading(jane(customerIdentification=7))


@vector("ivms101")
def eight_address_lines():
    """Seven address lines fit."""
    return reading(jane(geographicAddress=[{"addressLine": ["x"] * 8}]))


@vector("ivms101")
def not_an_object():
    """A list is no payload."""
    return reading([])
