"""Suites `ivms101_verdict` and `ivms101_conversion`: what is wrong with a payload, and what it is elsewhere."""

from kit import vector

from carnet.ivms101 import Dialect, Issue, Profile, convert, validate
from carnet.ivms101.template import template

NOW = 1_760_000_000


def verdict(data, *, issue=None, profile=Profile.STRICT):
    found = validate(data, now=NOW, issue=issue, profile=profile)
    return {
        "data_json": data,
        "now": NOW,
        "asked_text": issue or "auto",
        "profile_text": profile,
        "issue_text": found.issue,
        "dialect_text": found.dialect,
        "problems_text": [f"{each.rule} {each.path}" for each in found.problems],
        "warnings_text": [f"{each.rule} {each.path}" for each in found.warnings],
        "expect": "ok",
    }


def conversion(data, to):
    found = convert(data, to)
    return {
        "data_json": data,
        "dialect_text": found.dialect,
        "to_text": to,
        "written_json": found.data,
        "lost_text": [f"{each.rule} {each.path}" for each in found.lost],
        "problems_text": [f"{each.rule} {each.path}" for each in found.problems],
        "expect": "ok",
    }


def full(dialect=Dialect.SPEC_2023, *, legal=False):
    return template(legal=legal, full=True, dialect=dialect)


def first(data):
    return data["originator"]["originatorPerson"][0]


def changed(**parts):
    data = full()
    first(data)["naturalPerson"] |= parts
    return data


def place(**parts):
    whole = {"addressType": "HOME", "townName": "Walnut", "country": "US", "addressLine": ["24 Main Street"]}
    return {"geographicAddress": [whole | parts]}


@vector("ivms101_verdict")
def valid_2020():
    """Two persons and a provider, by the 2020 issue."""
    return verdict(full(Dialect.SPEC_2020))


@vector("ivms101_verdict")
def valid_2023():
    """The same, by the 2023 issue."""
    return verdict(full())


@vector("ivms101_verdict")
def valid_gtr():
    """A provider that is not nested twice."""
    return verdict(full(Dialect.GTR))


@vector("ivms101_verdict")
def valid_code():
    """Entities in PascalCase."""
    return verdict(full(Dialect.CODE))


@vector("ivms101_verdict")
def valid_tap():
    """Names as a bare list."""
    return verdict(full(Dialect.TAP))


@vector("ivms101_verdict")
def valid_trisa():
    """Protobuf's JSON."""
    return verdict(full(Dialect.TRISA))


@vector("ivms101_verdict")
def valid_trisa_camel():
    """Protobuf's JSON in camelCase."""
    return verdict(full(Dialect.TRISA_CAMEL))


@vector("ivms101_verdict")
def valid_sygna():
    """Snake case with the standard's codes."""
    return verdict(full(Dialect.SYGNA))


@vector("ivms101_verdict")
def wrapped():
    """A payload within the member that some protocols put around it."""
    return verdict({"ivms101": full(Dialect.CODE)})


@vector("ivms101_verdict")
def other_issue():
    """The 2020 spelling, judged by the 2023 issue."""
    return verdict(full(Dialect.SPEC_2020), issue=Issue.V2023)


@vector("ivms101_verdict")
def other_issue_lenient():
    """The same under the lenient profile, which does not mind the spelling."""
    return verdict(full(Dialect.SPEC_2020), issue=Issue.V2023, profile=Profile.LENIENT)


@vector("ivms101_verdict")
def mixed_spelling():
    """One name of another dialect."""
    return verdict(changed(**place(post_code="91765")))


@vector("ivms101_verdict")
def umlaut():
    """A letter that is not ASCII."""
    return verdict(changed(**place(townName="K\u00f6ln")))


@vector("ivms101_verdict")
def umlaut_lenient():
    """The lenient profile lets it pass."""
    return verdict(changed(**place(townName="K\u00f6ln")), profile=Profile.LENIENT)


@vector("ivms101_verdict")
def direction_override_lenient():
    """A character that turns the reading direction never passes."""
    return verdict(changed(**place(townName="a\u202eb")), profile=Profile.LENIENT)


@vector("ivms101_verdict")
def country_not_iso():
    """UK is no code of ISO 3166-1."""
    return verdict(changed(**place(country="UK")))


@vector("ivms101_verdict")
def kosovo():
    """XK is user-assigned: no code of the standard."""
    return verdict(changed(countryOfResidence="XK"))


@vector("ivms101_verdict")
def kosovo_lenient():
    """And in use: the lenient profile takes it."""
    return verdict(changed(countryOfResidence="XK"), profile=Profile.LENIENT)


@vector("ivms101_verdict")
def born_today():
    """The day of the judgement is not past."""
    return verdict(changed(dateAndPlaceOfBirth={"dateOfBirth": "2025-10-09", "placeOfBirth": "Walnut"}))


@vector("ivms101_verdict")
def born_yesterday():
    """The day before is."""
    return verdict(changed(dateAndPlaceOfBirth={"dateOfBirth": "2025-10-08", "placeOfBirth": "Walnut"}))


@vector("ivms101_verdict")
def authority_not_listed():
    """Six digits that GLEIF has not given."""
    number = {"nationalIdentifier": "1", "nationalIdentifierType": "RAID", "registrationAuthority": "RA000000"}
    return verdict(changed(nationalIdentification=number))


@vector("ivms101_verdict")
def lei_check_digits():
    """The LEI that the standard prints is valid, with a warning."""
    data = full()
    provider = data["originatingVASP"]["originatingVASP"]["legalPerson"]
    provider["nationalIdentification"]["nationalIdentifier"] = "3M5E1GQKGL17HI8CPN20"
    return verdict(data)


@vector("ivms101_verdict")
def all_at_once():
    """Every problem is told, also beside what could not be read."""
    data = changed(**place(country="UK", townName=None), shoeSize=43, customerIdentification=7)
    data["payloadMetadata"] = {"transliterationMethod": ["latn"]}
    return verdict(data)


@vector("ivms101_conversion")
def from_2020_to_2023():
    """Accounts go into the person, and the version is told."""
    return conversion(full(Dialect.SPEC_2020), Dialect.SPEC_2023)


@vector("ivms101_conversion")
def from_2023_to_2020():
    """And back."""
    return conversion(full(), Dialect.SPEC_2020)


@vector("ivms101_conversion")
def from_2023_to_trisa():
    """Protobuf's JSON."""
    return conversion(full(legal=True), Dialect.TRISA)


@vector("ivms101_conversion")
def accounts_of_the_second():
    """Whose an account is cannot be told beside the persons."""
    data = full()
    data["originator"]["originatorPerson"].append(first(data))
    return conversion(data, Dialect.SPEC_2020)


@vector("ivms101_conversion")
def accounts_of_nobody():
    """Several persons and accounts of nobody in particular."""
    data = full(Dialect.SPEC_2020)
    data["originator"]["originatorPersons"] *= 2
    return conversion(data, Dialect.SPEC_2023)


@vector("ivms101_conversion")
def member_unknown():
    """What the standard does not know is lost, and told."""
    return conversion(changed(shoeSize=43), Dialect.SPEC_2020)


@vector("ivms101_conversion")
def narrower():
    """Punctuation is carried to the 2020 issue, which does not allow it."""
    return conversion(changed(**place(townName="St. Gallen")), Dialect.SPEC_2020)


@vector("ivms101_conversion")
def unreadable():
    """What cannot be read is not converted."""
    return conversion(changed(customerIdentification=7), Dialect.SPEC_2020)
