import pytest

from carnet.ivms101 import IdentityPayload, build, problems, to_json, validate
from carnet.ivms101.build import InvalidError

HOME = build.address("HOME", country="US", town="Walnut", street="Main Street", number="24")
JANE = build.natural_person(build.legal_name("Doe", "Jane"), address=HOME, account="A")
BOB = build.natural_person(build.legal_name("Roe", "Bob"), account=["B", "C"])
VASP = build.legal_person("Example, Inc.", lei="506700T7Z685VUOZL877")


def told(error):
    return [(each.rule, each.path) for each in error.value.problems]


def test_a_payload_of_all_parts_is_valid():
    born = build.birth("1990-02-25", "Walnut", now=1_760_000_000)
    passport = build.national_id("815026352", "CCPT", country="US")
    local = build.local_name("\u5434", "\u4fe1\u5229")
    wu = build.natural_person(
        [build.legal_name("Wu", "Xinli"), build.name("Wu", "Lee", kind="ALIA")],
        local_names=local,
        national_id=passport,
        customer="7",
        birth=born,
        residence="TZ",
    )
    company = build.legal_person(
        "ABC Limited",
        short_name="ABC",
        trading_name="CBA",
        national_id=build.national_id("446005", "RAID", authority="RA000553"),
        country="TZ",
    )
    made = build.payload(
        originator=[JANE, wu],
        beneficiary=[BOB, company],
        originating_vasp=VASP,
        beneficiary_vasp=VASP,
        intermediaries=[VASP, company],
        transliteration=["hani"],
        now=1_760_000_000,
    )
    assert isinstance(made, IdentityPayload)
    assert problems(made) == ()
    assert validate(to_json(made), now=1_760_000_000).valid


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: build.address("GEOG", country="UK", town="London", lines=["a"]), [("C3", "/country")]),
        (
            lambda: build.address("CAMP", country="GB", town="London", street="a"),
            [("ENUM", "/addressType"), ("C8", "")],
        ),
        (lambda: build.birth("1990-02-30", "a"), [("DATE", "/dateOfBirth")]),
        (lambda: build.birth("2025-10-10", "a", now=1_760_000_000), [("C2", "/dateOfBirth")]),
        (lambda: build.name("D\u00f6e"), [("TEXT", "/primaryIdentifier")]),
        (lambda: build.name(""), [("REQ", "/primaryIdentifier")]),
        (lambda: build.natural_person(build.name("Doe", kind="ALIA")), [("C6", "/naturalPerson/name/nameIdentifier")]),
        (
            lambda: build.legal_person("A", lei="506700"),
            [("C11", "/legalPerson/nationalIdentification/nationalIdentifier")],
        ),
        (
            lambda: build.legal_person("A", lei="1", national_id=build.national_id("1", "TXID")),
            [("TWICE", "/legalPerson/nationalIdentification")],
        ),
        (
            lambda: build.payload(originator=BOB, beneficiary=JANE),
            [("C1", "/originator/originatorPerson/0/naturalPerson")],
        ),
        (lambda: build.payload(originator=JANE, beneficiary=[]), [("REQ", "/beneficiary/beneficiaryPerson")]),
    ],
)
def test_what_cannot_be_valid_is_not_built(make, found):
    with pytest.raises(InvalidError) as error:
        make()
    assert told(error) == found


def test_the_error_names_the_rule_and_holds_no_value():
    with pytest.raises(InvalidError, match="C3 at /country") as error:
        build.address("GEOG", country="QQ", town="Canarytown", lines=["a"])
    assert "Canarytown" not in str(error.value)
    assert "QQ" not in str(error.value)
