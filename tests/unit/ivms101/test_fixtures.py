"""What is wrong with the messages of existing systems, held to a table that a reviewer can check."""

import json

import pytest

from carnet.ivms101 import Dialect, Profile, convert, validate
from carnet.ivms101.template import template
from fixture_files import FIXTURES, fixture

NOW = 1_760_000_000
TABLE = json.loads((FIXTURES / "ivms101_problems.json").read_text(encoding="utf-8"))
WHOLE = [
    "gtr/beneficiary-example.json",
    "gtr/originator-example.json",
    "testnet/beneficiary.json",
    "testnet/originator.json",
    "trisa/envelope/identity.json",
    "trisa/ivms101/identity_payload.json",
]
PLACES = {
    "address": ("naturalPerson", "geographicAddress"),
    "legal_person": ("legalPerson",),
    "national_identification": ("naturalPerson", "nationalIdentification"),
    "natural_person": ("naturalPerson",),
    "person_legal_person": (),
    "person_natural_person": (),
}
CASES = [case for case in fixture("ivms101_constraint_cases.json")["cases"] if case["expect"] == "valid"]


def payload_of(name):
    """Return the fixture as a whole payload: a component is made a part of the first beneficiary."""
    data = fixture(name)
    if name in WHOLE:
        return data
    place = PLACES[name.rpartition("/")[2].removesuffix(".json")]
    whole = template(legal=False, full=True, dialect=Dialect.TRISA_JSON)
    at = whole["beneficiary"]["beneficiaryPersons"][0]
    if not place:
        whole["beneficiary"]["beneficiaryPersons"] = [data]
    elif place == ("legalPerson",):
        whole["beneficiary"]["beneficiaryPersons"] = [{"legalPerson": data}]
    elif len(place) == 1:
        at[place[0]] = data
    else:
        at[place[0]][place[1]] = [data] if place[1] == "geographicAddress" else data
    return whole


def judged(name):
    verdict = validate(payload_of(name), now=NOW)
    return {
        "dialect": str(verdict.dialect),
        "issue": str(verdict.issue),
        "problems": [f"{each.rule} {each.path}" for each in verdict.problems],
    }


@pytest.mark.parametrize("name", TABLE)
def test_the_problems_of_a_fixture_are_those_of_the_table(name):
    assert judged(name) == TABLE[name]


def test_the_table_has_every_fixture():
    found = [
        path.relative_to(FIXTURES).as_posix()
        for part in ("gtr", "trisa")
        for path in FIXTURES.glob(f"{part}/**/*.json")
    ]
    assert set(found) <= set(TABLE)
    assert [TABLE[name]["dialect"] for name in TABLE if name.startswith("gtr/")] == ["gtr", "gtr"]


@pytest.mark.parametrize("name", TABLE)
def test_a_fixture_goes_to_2023_and_back(name):
    data = payload_of(name)
    dialect = validate(data, now=NOW).dialect
    there = convert(data, Dialect.SPEC_2023)
    if there.data is None:
        assert {each.rule for each in there.problems} <= {"C3", "C10", "TEXT"}  # too long for any dialect
        return
    back = convert(there.data, dialect).data
    lenient = validate(data, now=NOW, profile=Profile.LENIENT)
    again = validate(back, now=NOW, profile=Profile.LENIENT)
    assert [(each.rule, each.path) for each in again.problems] == [(each.rule, each.path) for each in lenient.problems]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("through", Dialect)
def test_every_valid_case_goes_there_and_back_unchanged(case, through):
    dialect = validate(case["payload"], now=NOW).dialect
    there = convert(case["payload"], through)
    assert there.lost == ()
    assert convert(there.data, dialect).data == case["payload"]


if __name__ == "__main__":
    names = [*WHOLE, *(f"trisa/ivms101/{name}.json" for name in PLACES)]
    text = json.dumps({name: judged(name) for name in sorted(names)}, indent=1)
    (FIXTURES / "ivms101_problems.json").write_text(text + "\n", encoding="utf-8")
