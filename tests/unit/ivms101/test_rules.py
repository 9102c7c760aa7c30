import datetime as dt

import pytest

from carnet.ivms101 import Dialect, Issue, Profile, examine, read_part, validate
from carnet.ivms101.model import LegalPerson
from carnet.ivms101.registers import authorities
from carnet.ivms101.rules import day_of, has_check_digits, is_date
from fixture_files import fixture

CASES = fixture("ivms101_constraint_cases.json")["cases"]
NOW = 1_760_000_000  # 9 October 2025


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_breaks_its_rule_and_no_other(case):
    verdict = validate(case["payload"], now=NOW)
    assert [problem.rule for problem in verdict.problems] == ([case["violates"]] if case["violates"] else [])
    assert verdict.valid is (case["expect"] == "valid")
    assert verdict.issue is (Issue.V2023 if case["version"].endswith("2023") else Issue.V2020)
    assert validate(case["payload"], now=NOW, issue=verdict.issue) == verdict


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_issue_of_a_case_is_recognised(case):
    assert examine(case["payload"]).dialect is (
        Dialect.SPEC_2023 if case["version"].endswith("2023") else Dialect.SPEC_2020
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_is_valid_to_the_letter_is_valid_to_the_lenient(case):
    lenient = validate(case["payload"], now=NOW, profile=Profile.LENIENT)
    strict = validate(case["payload"], now=NOW)
    assert {problem.rule for problem in lenient.problems} <= {problem.rule for problem in strict.problems}
    only_strict = {"101-latin-nonascii"}
    assert (lenient.problems == strict.problems) is (case["id"] not in only_strict)


def test_a_problem_of_the_strict_alone_says_so():
    (case,) = (case for case in CASES if case["id"] == "101-latin-nonascii")
    (problem,) = validate(case["payload"], now=NOW).problems
    assert "the lenient profile lets it pass" in problem.hint
    assert "localNameIdentifier" in problem.hint


def test_the_warning_of_an_lei_is_no_problem():
    (case,) = (case for case in CASES if case["id"] == "101-c11-bad-mod97")
    verdict = validate(case["payload"], now=NOW)
    assert verdict.valid
    assert [warning.rule for warning in verdict.warnings] == ["LEI"]


def born(day):
    (case,) = (case for case in CASES if case["id"] == "101-c1-dob-only")
    person = case["payload"]["originator"]["originatorPersons"][0]["naturalPerson"]
    changed = {**person, "dateAndPlaceOfBirth": {"dateOfBirth": day, "placeOfBirth": "Walnut"}}
    return {**case["payload"], "originator": {"originatorPersons": [{"naturalPerson": changed}]}}


@pytest.mark.parametrize(("day", "rules"), [("2025-10-08", []), ("2025-10-09", ["C2"]), ("2025-10-10", ["C2"])])
def test_a_birth_is_before_the_day_that_the_caller_says_it_is(day, rules):
    assert [problem.rule for problem in validate(born(day), now=NOW).problems] == rules
    assert not validate(born(day), now=NOW + 2 * 86400).problems


def test_the_list_of_authorities_is_the_callers_if_it_brings_one():
    (case,) = (case for case in CASES if case["id"] == "101-c7-raid")
    other = authorities(["RA000001"], date="2020-01-01", source="test")
    assert [each.rule for each in validate(case["payload"], now=NOW, authorities=other).problems] == ["C10"]


def test_values_are_shown_only_if_asked_for():
    (case,) = (case for case in CASES if case["id"] == "101-c3-uk")
    (hidden,) = validate(case["payload"], now=NOW).problems
    (shown,) = validate(case["payload"], now=NOW, show_values=True).problems
    assert (hidden.path, hidden.message + ': "UK"') == (shown.path, shown.message)


@pytest.mark.parametrize("now", [0, 951_782_400, 951_868_800, 1_709_164_800, 4_102_444_800, 253_402_300_799])
def test_the_day_is_that_of_the_calendar(now):
    assert day_of(now) == dt.datetime.fromtimestamp(now, dt.UTC).date().isoformat()


def test_every_day_of_four_hundred_years_is_one():
    for number in range(0, 146_097, 13):
        assert is_date(day_of(86400 * number))


@pytest.mark.parametrize("lei", ["506700T7Z685VUOZL877", "529900T8BM49AURSDO55"])
def test_check_digits(lei):
    assert has_check_digits(lei)
    assert not has_check_digits(lei[:-1] + str((int(lei[-1]) + 1) % 10))


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
    assert is_date(text)


@pytest.mark.parametrize("text", ["1900-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-4-03 "])
def test_what_only_looks_like_a_day(text):
    assert not is_date(text)


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
    assert sorted((problem.rule, problem.path.removeprefix(here)) for problem in found) == sorted(
        [
            ("REQ", "/name/nameIdentifier/0/legalPersonNameIdentifierType"),
            ("REQ", "/name/localNameIdentifier/0/legalPersonNameIdentifierType"),
            ("C5", "/name/nameIdentifier"),
            ("REQ", "/geographicAddress/0/addressType"),
            ("REQ", "/geographicAddress/0/townName"),
            ("REQ", "/geographicAddress/0/country"),
            ("C8", "/geographicAddress/0"),
            ("REQ", "/nationalIdentification/nationalIdentifierType"),
            ("REQ", "/beneficiary/beneficiaryPerson"),
        ]
    )
