import copy

import pytest

from carnet.errors import DecodeError, UsageError
from carnet.ivms101 import (
    Dialect,
    IdentityPayload,
    LegalPerson,
    NaturalPerson,
    Person,
    examine,
    read,
    read_part,
    to_json,
)
from carnet.ivms101 import model as m
from fixture_files import fixture

PAYLOAD = "trisa/ivms101/identity_payload.json"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("address", m.Address),
        ("legal_person", LegalPerson),
        ("national_identification", m.NationalIdentification),
        ("natural_person", NaturalPerson),
        ("person_legal_person", Person),
        ("person_natural_person", Person),
    ],
)
def test_every_component_of_the_trisa_library_reads_and_says_the_same_in_the_2023_issue(name, kind):
    data = fixture(f"trisa/ivms101/{name}.json")
    part = read_part(kind, data)
    assert read_part(kind, to_json(part)) == part
    assert set(leaves(to_json(part))) == set(leaves(data))


def leaves(data):
    match data:
        case dict():
            return [leaf for each in data.values() for leaf in leaves(each)]
        case list():
            return [leaf for each in data for leaf in leaves(each)]
    return [data]


def test_all_wallets_of_the_testnet_read_as_protobuf_spells_them():
    for _address, _mail, _vasp, _sends, _answers, data in fixture("testnet/wallets.json"):
        person = read_part(Person, data)
        assert person.natural_person.name.name_identifier[0].primary_identifier in leaves(data)
        assert person.natural_person.customer_identification is None  # given as an empty string
        assert person.natural_person.date_and_place_of_birth.date_of_birth in leaves(data)


def test_all_providers_of_the_testnet_read():
    for data in fixture("testnet/vasps.json"):
        person = read_part(Person, {"legal_person": data["legal_person"]})
        assert person.legal_person.name.name_identifier[0].legal_person_name in leaves(data)


def test_an_empty_address_line_is_absent_and_the_others_stay():
    (charlie,) = (each for each in fixture("testnet/vasps.json") if "charlie" in each["common_name"])
    (address,) = read_part(LegalPerson, charlie["legal_person"]).geographic_address
    assert address.address_line == ("127 Blackburn Highway", "VG1110, East End")


def test_protobufs_zero_is_no_code_of_the_standard_for_a_legal_name():
    (charlie,) = (each for each in fixture("testnet/vasps.json") if "charlie" in each["common_name"])
    names = read_part(LegalPerson, charlie["legal_person"]).name.name_identifier
    assert names[-1].legal_person_name_identifier_type is None


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        (PAYLOAD, Dialect.TRISA_JSON),
        ("testnet/originator.json", Dialect.TRISA_JSON),
        ("testnet/beneficiary.json", Dialect.TRISA_JSON),
    ],
)
def test_whole_payloads_read_and_say_the_same_in_the_2023_issue(name, dialect):
    reading = read(fixture(name))
    assert (reading.dialect, reading.problems) == (dialect, ())
    again = read(to_json(reading.identity))
    assert (again.identity, again.dialect) == (reading.identity, Dialect.SPEC_2023)


def test_a_country_by_its_name_is_refused_with_its_path_and_without_its_value():
    with pytest.raises(DecodeError) as caught:
        read(fixture("trisa/envelope/identity.json"))
    assert caught.value.check == "ivms101.field"
    place = "C3 at /beneficiary/beneficiary_persons/0/natural_person/geographic_addresses/0/country"
    assert caught.value.detail == place


def test_the_rest_of_that_payload_reads_as_protobuf_spells_it():
    data = fixture("trisa/envelope/identity.json")
    person = data["beneficiary"]["beneficiary_persons"][0]["natural_person"]
    person["geographic_addresses"][0]["country"] = "GB"
    assert read(data).dialect is Dialect.TRISA


def test_accounts_beside_the_persons_move_to_the_first_person():
    data = fixture(PAYLOAD)
    data["originator"]["originatorPersons"] *= 2
    first, second = read(data).identity.originator.originator_person
    assert first.account_number == tuple(data["originator"]["accountNumber"])
    assert second.account_number == ()


def test_accounts_without_a_person_are_not_lost():
    (person,) = read({"originator": {"accountNumber": ["a", "b", "a"]}}).identity.originator.originator_person
    assert person == Person(account_number=("a", "b"))


def test_more_accounts_than_a_person_can_have_are_a_problem():
    persons = [{"accountNumber": [str(at) for at in range(10)]}]
    data = {"originator": {"originatorPerson": persons, "accountNumber": [str(at) for at in range(10, 20)]}}
    found = examine(data)
    assert found.identity is None
    assert (found.problems[0].rule, found.problems[0].path) == ("MULT", "/originator/accountNumber")


def test_codes_may_be_in_any_case_and_the_version_under_either_name():
    data = fixture(PAYLOAD)
    data["payloadMetadata"] = {"transliterationMethod": ["KANA", "othr"], "payloadVersion": "IVMS101.2023"}
    data["originator"]["originatorPersons"][0]["naturalPerson"]["geographicAddress"][0]["addressType"] = "home"
    reading = read(data)
    assert reading.identity.payload_metadata.transliteration_method == (
        m.TransliterationMethod.KANA,
        m.TransliterationMethod.OTHR,
    )
    out = to_json(reading.identity)
    assert out["payloadMetadata"] == {"transliterationMethod": ["kana", "othr"], "payloadVersion": "101.2023"}


def test_a_number_that_protobuf_writes_as_text_is_a_number():
    hops = [{"intermediary_vasp": {"legal_person": {}}, "sequence": "1"}, {"intermediary_vasp": {"legal_person": {}}}]
    path = read({"transfer_path": {"transfer_path": hops}}).identity.transfer_path
    assert [hop.sequence for hop in path.transfer_path] == [1, 0]


def fault(change):
    data = copy.deepcopy(fixture(PAYLOAD))
    change(data, data["originator"]["originatorPersons"][0]["naturalPerson"])
    found = examine(data)
    assert found.identity is None
    return [(problem.rule, problem.path) for problem in found.problems]


LINES = {"addressType": "HOME", "townName": "Walnut", "country": "XX", "addressLine": ["24 Main Street"]}
HERE = "/originator/originatorPersons/0/naturalPerson"


def put(*labels, value):
    def change(data, person):
        at = person
        for label in labels[:-1]:
            at = at[label]
        at[labels[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "rule", "path"),
    [
        (put("shoeSize", value=43), "UNKNOWN", HERE),
        (put("customer_identification", value="2"), "TWICE", f"{HERE}/customer_identification"),
        (put("customerIdentification", value=2642), "TYPE", f"{HERE}/customerIdentification"),
        (put("customerIdentification", value="x" * 51), "TEXT", f"{HERE}/customerIdentification"),
        (put("customerIdentification", value="\ud800"), "TEXT", f"{HERE}/customerIdentification"),
        (put("geographicAddress", value={}), "TYPE", f"{HERE}/geographicAddress"),
        (put("geographicAddress", value=[LINES] * 17), "MULT", f"{HERE}/geographicAddress"),
        (put("geographicAddress", 0, "addressType", value="CAMP"), "ENUM", f"{HERE}/geographicAddress/0/addressType"),
        (put("geographicAddress", 0, "addressType", value=["HOME"]), "ENUM", f"{HERE}/geographicAddress/0/addressType"),
        (put("dateAndPlaceOfBirth", "dateOfBirth", value="4 Oct"), "DATE", f"{HERE}/dateAndPlaceOfBirth/dateOfBirth"),
        (put("dateAndPlaceOfBirth", value=None), None, None),
        (put("nationalIdentification", "registrationAuthority", value="RA1"), "C10", None),
        (put("nationalIdentification", "nationalIdentifier", value=""), "REQ", None),
        (put("name", value="Jane Howard"), "TYPE", f"{HERE}/name"),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)
def test_one_fault_is_one_problem_with_its_rule_and_its_path(change, rule, path):
    if rule is None:
        data = fixture(PAYLOAD)
        change(data, data["originator"]["originatorPersons"][0]["naturalPerson"])
        assert read(data).problems == ()
        return
    ((found, where), *others) = fault(change)
    assert others == [] or rule == "TYPE"  # what is not read is not there either
    assert found == rule
    assert path is None or where == path


@pytest.mark.parametrize("data", [None, [], "x", 7, {"": {}}, {1: 2}, {"originator": [1]}, {"payloadMetadata": 1}])
def test_what_is_no_payload_at_all_is_refused(data):
    with pytest.raises(DecodeError) as caught:
        read(data)
    assert caught.value.check == "ivms101.field"
    with pytest.raises(DecodeError):
        read_part(Person, data)


def test_a_payload_of_too_many_values_is_refused_and_not_built():
    lines = {"addressLine": ["x"] * 7}
    person = {"naturalPerson": {"geographicAddress": [lines] * 16}, "accountNumber": ["x"] * 16}
    data = {
        "originator": {"originatorPerson": [person] * 16},
        "beneficiary": {"beneficiaryPerson": [person] * 16},
    }
    assert "SIZE" in {problem.rule for problem in examine(data).problems}


def test_an_empty_payload_reads_as_one_that_lacks_everything():
    reading = read({})
    assert reading.identity == IdentityPayload()
    assert {problem.path for problem in reading.problems} == {
        "/originator/originatorPersons",
        "/beneficiary/beneficiaryPersons",
    }


def test_nothing_shows_what_it_holds():
    identity = read(fixture(PAYLOAD)).identity
    assert repr(identity) == "IdentityPayload(...)"
    person = identity.originator.originator_person[0]
    assert "Howard" not in repr(person) + repr(person.natural_person.name.name_identifier[0])
    with pytest.raises(UsageError) as caught:
        m.NaturalPersonNameId(primary_identifier="Howard" * 20)
    assert "Howard" not in str(caught.value)
