import pytest

from carnet.ivms101 import IdentityPayload, LegalPerson, NaturalPerson, Person, read, to_json
from carnet.ivms101.model import Address
from carnet.policy.path import PersonKind, Subject, found, has, is_of_kind, persons_of, pointer, without
from fixture_files import fixture

IDENTITY = read(fixture("trisa/ivms101/identity_payload.json")).identity


def at(data, path):
    for label in path.split("/")[1:]:
        data = data[int(label)] if isinstance(data, list) else data[label]
    return data


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*/primaryIdentifier", 2),
        ("originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*", 2),
        ("originator/originatorPerson/*/naturalPerson/name/nameIdentifier", 1),
        ("originator/originatorPerson/*/legalPerson/name", 0),
        ("originator/originatorPerson/*/naturalPerson/geographicAddress/*/floor", 0),
        ("originatingVASP/originatingVASP/legalPerson/nationalIdentification/nationalIdentifier", 1),
        ("transferPath/transferPath/*/intermediaryVASP", 0),
    ],
)
def test_a_path_finds_what_the_json_has_at_its_pointers(path, count):
    pointers = list(found(IDENTITY, path))
    assert len(pointers) == count
    assert has(IDENTITY, path) == bool(count)
    for each in pointers:
        assert at(to_json(IDENTITY), each)


@pytest.mark.parametrize(
    "path",
    [
        "originator/originatorPerson/*/naturalPerson/dateAndPlaceOfBirth/placeOfBirth",
        "originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*",
        "originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*/secondaryIdentifier",
        "originator/originatorPerson/*/accountNumber",
        "originator",
        "originator/originatorPerson/*/legalPerson/name",
    ],
)
def test_without_removes_what_the_path_names_and_nothing_else(path):
    before = set(found(IDENTITY, path))
    rest = without(IDENTITY, path)
    assert not has(rest, path)
    lost = set(pointers_of(to_json(IDENTITY))) - set(pointers_of(to_json(rest)))
    assert all(
        any(each == gone or each.startswith(gone + "/") or gone.startswith(each + "/") for gone in before)
        for each in lost
    )
    assert bool(lost) == bool(before)


def pointers_of(data, base=""):
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if not isinstance(value, dict | list):
            yield f"{base}/{key}"
        yield from pointers_of(value, f"{base}/{key}")


def test_where_there_is_nobody_stands_an_empty_person():
    assert persons_of(IdentityPayload(), Subject.ORIGINATOR) == [("/originator/originatorPerson/0", Person())]
    assert persons_of(IdentityPayload(), Subject.BENEFICIARY) == [("/beneficiary/beneficiaryPerson/0", Person())]
    assert persons_of(IdentityPayload(), Subject.ORIGINATING_VASP) == [("/originatingVASP/originatingVASP", Person())]
    assert persons_of(IdentityPayload(), Subject.BENEFICIARY_VASP) == [("/beneficiaryVASP/beneficiaryVASP", Person())]


def test_the_persons_of_a_payload_are_found_where_its_json_has_them():
    for subject in Subject:
        for base, person in persons_of(IDENTITY, subject):
            assert at(to_json(IDENTITY), base) == to_json(person)


def test_who_is_neither_natural_nor_legal_is_asked_as_a_natural_person():
    natural, legal = Person(natural_person=NaturalPerson()), Person(legal_person=LegalPerson())
    both = Person(natural_person=NaturalPerson(), legal_person=LegalPerson())
    bound = {kind: [is_of_kind(person, kind) for person in (Person(), natural, legal, both)] for kind in PersonKind}
    assert bound == {
        PersonKind.ANY: [True, True, True, True],
        PersonKind.NATURAL: [True, True, False, True],
        PersonKind.LEGAL: [False, False, True, True],
    }


def test_a_list_that_is_empty_is_absent():
    assert not has(Person(), "accountNumber")
    assert has(Person(account_number=("1",)), "accountNumber")
    assert not has(NaturalPerson(geographic_address=(Address(),)), "geographicAddress/*/country")
    assert pointer("/x", "geographicAddress/*/addressLine/*") == "/x/geographicAddress/0/addressLine/0"
