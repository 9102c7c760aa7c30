"""What each check means: complete, readable, and found by a name that is nearly right."""

import json

import pytest
from typer.testing import CliRunner

from carnet.audit.rules import CHECKS
from carnet.audit.spot import SPOT_RULES
from carnet_audit.cli import app
from carnet_audit.explain import EXPLAINED, STEPS, explanation, nearest, refusals, texts
from spec_pages import marked


def run(*arguments):
    return CliRunner().invoke(app, ["explain", *arguments], env={"COLUMNS": "100"})


def test_every_check_has_its_explanation_and_there_is_no_other():
    missing = sorted(set(EXPLAINED) - texts().keys())
    assert not missing, f"write what they mean in carnet_audit/explain/explanations.toml: {missing}"
    assert sorted(texts().keys() - set(EXPLAINED)) == []
    assert set(EXPLAINED) == CHECKS.keys() | SPOT_RULES.keys()


def test_every_step_has_a_title():
    assert sorted({rule.step for rule in CHECKS.values()} - STEPS.keys()) == []


@pytest.mark.parametrize("check", sorted(texts()))
def test_an_explanation_says_something_of_everything(check):
    text = texts()[check]
    assert sorted(text) == ["dishonest", "honest", "means", "next"]
    assert len(text["means"].split()) >= 12
    assert text["means"].rstrip().endswith((".", "?"))
    for part in ("honest", "dishonest", "next"):
        assert text[part], part
        for line in text[part]:
            assert 2 < len(line.split()) < 60
            assert not line.endswith("."), line


def test_the_command_shows_all_that_there_is_to_say():
    result = run("log.fork")
    assert result.exit_code == 0
    told = explanation("log.fork")
    shown = " ".join(result.output.split())
    for words in (told.means, told.shows, *told.honest, *told.dishonest, *told.next, "spec/audit.md#step-5"):
        assert words in shown


def test_without_a_name_every_check_is_listed():
    result = run()
    assert result.exit_code == 0
    assert [name for name in EXPLAINED if name not in result.output] == []


def test_json_holds_the_same():
    one = json.loads(run("proof.missing", "--json").stdout)
    assert one == explanation("proof.missing").to_json()
    assert (one["shows"], one["step"], one["spec"]) == ("UNKNOWN", 8, "spec/audit.md#step-8")
    assert [each["check"] for each in json.loads(run("--json").stdout)] == list(EXPLAINED)


def test_a_check_of_a_spot_check_is_no_step_of_the_audit():
    one = json.loads(run("spot.split", "--json").stdout)
    assert (one["shows"], one["step"], one["spec"]) == ("UNSOUND", None, "spec/window.md#spot-checks")
    assert "Spot checks: spec/window.md#spot-checks" in run("spot.split").output


def test_an_unknown_check_is_refused_with_the_nearest_names():
    result = run("record.entri")
    assert result.exit_code == 2
    assert "record.entry" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert run("zzz").stderr.endswith("explain lists all\n")


def test_names_that_share_a_word_are_near():
    assert nearest("witness.quorum")[0] == "checkpoint.quorum"
    assert set(nearest("log")) >= {"log.fork", "log.root"}


def test_what_opening_refuses_is_told_in_the_words_of_the_specification():
    (table,) = marked("checks")
    told = {check: [each.says, each.spec] for check, each in refusals().items()}
    wanted = {}
    for check, _, says, link in table.rows:
        if check.partition(".")[0] in {"disclosure", "evidence", "evidence_file"} and check not in CHECKS:
            wanted[check] = [says, "spec/" + link[link.index("(") + 1 : -1]]
    lines = [f'"{check}" = {json.dumps(each)}' for check, each in sorted(wanted.items()) if told.get(check) != each]
    assert not lines, "put into carnet_audit/explain/refusals.toml\n\n" + "\n".join(lines)
    assert sorted(told.keys() - wanted.keys()) == []


def test_a_refusal_is_explained_too():
    result = run("disclosure.root")
    assert result.exit_code == 0
    assert "the leaves do not lead to the payload's root" in result.output
    assert json.loads(run("disclosure.root", "--json").stdout)["spec"] == "spec/disclosure.md#verifying"
    assert "disclosure.root" in run("disclosure.rot").stderr
