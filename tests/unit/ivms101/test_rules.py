import pytest

from carnet.ivms101 import Dialect, examine, read_part
from carnet.ivms101.model import LegalPerson
from carnet.ivms101.rules import _is_date
from fixture_files import fixture

CASES = fixture("ivms101_constraint_cases.json")["cases"]
NOT_YET = {
    "101-c2-future": "C2 needs the date of the day",
    "101_2023-c2-future": "C2 needs the date of the day",
    "101-c3-uk": "C3 needs the list of countries",
    "101-c10-unknown": "C10 needs the list of registration authorities",
    "101_2023-c10-unknown": "C10 needs the list of registration authorities",
    "101-latin-nonascii": "character sets are a profile's matter",
    "2020-account-101": "the reader measures by the 2023 issue",
}


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] not in NOT_YET], ids=lambda case: case["id"])
def test_a_case_breaks_its_rule_and_no_other(case):
    found = examine(case["payload"])
    assert [problem.rule for problem in found.problems] == ([case["violates"]] if case["violates"] else [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_issue_of_a_case_is_recognised(case):
    assert examine(case["payload"]).dialect is (
        Dialect.SPEC_2023 if case["version"].endswith("2023") else Dialect.SPEC_2020
    )


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] in NOT_YET], ids=lambda case: case["id"])
def test_the_rules_not_built_yet_are_exactly_those_listed(case):
    assert examine(case["payload"]).problems == ()


def test_no_message_holds_a_value():
    for case in CASES:
        values = {leaf for leaf in leaves(case["payload"]) if isinstance(leaf, str) and len(leaf) > 4}
        for problem in examine(case["payload"]).problems:
            assert not any(value in problem.message + problem.path for value in values)


def leaves(data):
    match data:
        case dict():
            return [leaf for each in data.values() for leaf in leaves(each)]
        case list():
            return [leaf for each in data for leaf in leaves(each)]
    return [data]


@pytest.mark.parametrize("text", ["2000-02-29", "2024-12-31", "1904-02-29", "0001-01-01"])
def test_days_of_the_calendar(text):
    assert _is_date(text)


@pytest.mark.parametrize("text", ["1900-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-4-03 "])
def test_what_only_looks_like_a_day(text):
    assert not _is_date(text)


def test_every_missing_type_is_named():
    names = {"nameIdentifier": [{"legalPersonName": "A"}], "localNameIdentifier": [{"legalPersonName": "B"}]}
    legal = {
        "name": names,
        "nationalIdentification": {"nationalIdentifier": "1"},
        "geographicAddress": [{"floor": "1"}],
    }
    assert read_part(LegalPerson, legal).name is not None
    found = examine({"originator": {"originatorPerson": [{"legalPerson": legal}]}}).problems
    here = "/originator/originatorPerson/0/legalPerson"
    assert [(problem.rule, problem.path.removeprefix(here)) for problem in found] == [
        ("REQ", "/beneficiary/beneficiaryPerson"),
        ("REQ", "/name/nameIdentifier/0/legalPersonNameIdentifierType"),
        ("REQ", "/name/localNameIdentifier/0/legalPersonNameIdentifierType"),
        ("C5", "/name/nameIdentifier"),
        ("REQ", "/geographicAddress/0/addressType"),
        ("REQ", "/geographicAddress/0/townName"),
        ("REQ", "/geographicAddress/0/country"),
        ("C8", "/geographicAddress/0"),
        ("REQ", "/nationalIdentification/nationalIdentifierType"),
    ]
