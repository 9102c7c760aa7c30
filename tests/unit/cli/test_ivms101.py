import json
import subprocess
import sys

import jsonschema
import pytest

from carnet.ivms101 import Dialect, Issue, registers, validate
from carnet.ivms101.template import template
from fixture_files import FIXTURES, fixture

from .conftest import carnet

TRISA = FIXTURES / "trisa" / "ivms101" / "identity_payload.json"
CASES = {case["id"]: case for case in fixture("ivms101_constraint_cases.json")["cases"]}


@pytest.fixture
def case(tmp_path):
    def write(name):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(CASES[name]["payload"]))
        return path

    return write


def test_a_valid_file_is_told_in_the_five_members(case):
    outcome = carnet("ivms101", "validate", case("101-base-natural"), "--json")
    assert outcome.status == 0
    expected = {"valid": True, "issue": "2020", "dialect": "2020", "profile": "strict", "problems": []}
    assert outcome.json == expected


def test_an_invalid_file_is_told_with_every_problem_and_no_value():
    outcome = carnet("ivms101", "validate", TRISA, "--json")
    assert outcome.status == 1
    assert list(outcome.json) == ["valid", "issue", "dialect", "profile", "problems"]
    assert [list(each) for each in outcome.json["problems"]] == [["rule", "path", "message", "hint"]] * 4
    assert "West Islip" not in outcome.out
    assert "West Islip" in carnet("ivms101", "validate", TRISA, "--json", "--show-values").out


def test_the_lenient_profile_lets_punctuation_pass():
    outcome = carnet("ivms101", "validate", TRISA, "--profile", "lenient")
    assert outcome.status == 0
    assert outcome.out == f"{TRISA}: valid: issue 2020, dialect trisa-json, profile lenient\n"


def test_several_files_make_a_list_and_the_worst_makes_the_status(case, tmp_path):
    torn = tmp_path / "torn.json"
    torn.write_text('{"originator": ')
    outcome = carnet("ivms101", "validate", case("101-base-natural"), case("101-c3-uk"), torn, "--json")
    assert outcome.status == 2
    assert [each["valid"] for each in outcome.json] == [True, False, False]
    assert [[each["rule"] for each in one["problems"]] for one in outcome.json] == [[], ["C3"], ["JSON"]]
    assert carnet("ivms101", "validate", case("101-base-natural"), case("101-c3-uk")).status == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1"),
        (b"\xff", "UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 100_000, "anybody"),
        (b"NaN", "anybody"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_read_is_told_without_its_content(tmp_path, content, reason):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    outcome = carnet("ivms101", "validate", path)
    assert outcome.status == 2
    assert reason in outcome.out


def test_the_issue_can_be_forced(case):
    outcome = carnet("ivms101", "validate", case("101-base-natural"), "--issue", "2023", "--json")
    assert outcome.json["issue"] == "2023"
    assert outcome.status == 1
    assert "NAME" in [each["rule"] for each in outcome.json["problems"]]


def test_warnings_are_shown_and_do_not_decide(case):
    path = case("101-c11-bad-mod97")
    told = carnet("ivms101", "validate", path)
    assert told.status == 0
    assert "warning LEI at" in told.out
    assert [each["rule"] for each in carnet("ivms101", "validate", path, "--json", "--warnings").json["warnings"]] == [
        "LEI"
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_directory_is_told_line_by_line(tmp_path, jobs):
    for name, each in CASES.items():
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / f"{name}.json").write_text(json.dumps(each["payload"]))
    (tmp_path / "torn.json").write_text("{")
    (tmp_path / "notes.txt").write_text("no payload")
    outcome = carnet("ivms101", "validate", tmp_path, "--json", "--jobs", jobs)
    assert outcome.status == 2
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(lines) == len(CASES) + 1
    told = {line["file"].rpartition("/")[2].removesuffix(".json"): line["valid"] for line in lines}
    assert told == {name: case["expect"] == "valid" for name, case in CASES.items()} | {"torn": False}
    valid = sum(told.values())
    assert f"{valid} valid, {len(CASES) - valid} invalid, 1 unreadable" in outcome.err


def test_a_list_names_files(case, tmp_path):
    names = tmp_path / "names"
    names.write_text(f"{case('101-base-natural')}\n\n{case('101-c3-uk')}\n")
    outcome = carnet("ivms101", "validate", f"@{names}", "--jobs", 1)
    assert outcome.status == 1
    assert "101-base-natural" not in outcome.out
    assert "C3 at /originator" in outcome.out
    assert "1 valid, 1 invalid, 0 unreadable" in outcome.out


@pytest.mark.parametrize(("to", "dialect"), [("2020", "2020"), ("2023", "2023"), ("trisa", "trisa")])
def test_a_payload_is_written_in_another_dialect(case, tmp_path, to, dialect):
    out = tmp_path / "out.json"
    assert carnet("ivms101", "convert", TRISA, "--to", to, "--out", out).status == 0
    told = carnet("ivms101", "validate", out, "--profile", "lenient", "--json").json
    assert (told["valid"], told["dialect"]) == (True, dialect)
    assert json.loads(out.read_text()) == carnet("ivms101", "convert", TRISA, "--to", to).json


def test_what_is_lost_is_told(tmp_path):
    data = template(legal=False, full=False)
    data["originator"]["originatorPerson"].append(data["originator"]["originatorPerson"][0])
    data["shoeSize"] = 43
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data))
    outcome = carnet("ivms101", "convert", path, "--to", "2020")
    assert outcome.status == 0
    assert "LOST at /originator/originatorPerson/1/accountNumber" in outcome.err
    assert "LOST at /:" in outcome.err
    assert "shoeSize" not in outcome.out + outcome.err


def test_what_is_no_payload_is_not_converted(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("[]")
    outcome = carnet("ivms101", "convert", path, "--to", "2023")
    assert (outcome.status, outcome.out) == (1, "")
    assert "TYPE at /" in outcome.err
    path.write_text("[")
    assert carnet("ivms101", "convert", path, "--to", "2023").status == 2


@pytest.mark.parametrize("issue", Issue)
@pytest.mark.parametrize("person", ["natural", "legal"])
@pytest.mark.parametrize("tier", ["basic", "full"])
def test_a_template_is_valid_and_fits_the_schema(issue, person, tier):
    data = carnet("ivms101", "template", "--person", person, "--tier", tier, "--issue", issue).json
    verdict = validate(data, now=1_760_000_000)
    assert verdict.valid
    assert verdict.dialect is {Issue.V2020: Dialect.SPEC_2020, Issue.V2023: Dialect.SPEC_2023}[issue]
    jsonschema.Draft202012Validator(carnet("ivms101", "schema", "--issue", issue).json).validate(data)


@pytest.mark.parametrize("name", CASES)
def test_the_schema_holds_the_shape_and_not_the_constraints(name):
    case = CASES[name]
    issue = Issue.V2023 if case["version"].endswith("2023") else Issue.V2020
    checker = jsonschema.Draft202012Validator(carnet("ivms101", "schema", "--issue", issue).json)
    shape = {"TEXT", "ENUM", "REQ", "MULT", "CHOICE"}
    fits = case["violates"] not in shape and name not in {"101-date-format", "101_2023-date-format", "101-c3-alpha3"}
    assert checker.is_valid(case["payload"]) is fits


def test_the_list_of_authorities_is_renewed_from_a_file(tmp_path, case):
    out, path = tmp_path / "list.json", case("101-c7-raid")
    table = tmp_path / "list.csv"
    head = "\ufeffRegistration Authority Code,Country Code,Comments\n"
    table.write_text(f"{head}RA000001,AF,see RA000002\nRA000003,AL,\n")
    assert carnet("ivms101", "update-ra", table, "--date", "2026-01-31", "--out", out).status == 0
    assert registers.decode(out.read_bytes()).codes == {"RA000001", "RA000003"}
    told = carnet("ivms101", "validate", path, "--authorities", out, "--json").json
    assert [each["rule"] for each in told["problems"]] == ["C10"]
    nested = tmp_path / "list.json.in"
    nested.write_text(json.dumps({"data": [{"attributes": {"code": "RA000589"}}]}))
    assert carnet("ivms101", "update-ra", nested, "--date", "2026-01-31", "--out", out).status == 0
    assert registers.decode(out.read_bytes()).codes == {"RA000589"}


def test_a_list_without_codes_or_date_is_refused(tmp_path):
    out, path = tmp_path / "list.json", tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    assert carnet("ivms101", "update-ra", path, "--date", "2026-01-31", "--out", out).status == 2
    path.write_text("code\nRA000001\n")
    assert carnet("ivms101", "update-ra", path, "--date", "January", "--out", out).status == 2
    out.write_text("{}")
    assert carnet("ivms101", "validate", TRISA, "--authorities", out).status == 2
    assert registers.known().date >= "2025-01-01"


def test_the_bench_measures():
    told = carnet("bench", "ivms101", "--rounds", 1, "--json").json["milliseconds"]
    assert {"validate", "convert_2020_to_2023", "convert_2023_to_2020", "convert_to_trisa"} <= told.keys()
    assert all(0 < each["best"] <= each["median"] for each in told.values())


def test_the_command_is_there_for_a_shell(case):
    command = [sys.executable, "-c", "from carnet.cli import main; main()", "ivms101", "validate"]
    done = subprocess.run([*command, case("101-c3-uk")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
