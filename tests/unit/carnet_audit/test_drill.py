"""Drills: each fault is caught by the check that must catch it, and the command says so."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carnet.audit import CHECKS, Verdict
from carnet.audit.spot import SPOT_RULES
from carnet_audit import drill
from carnet_audit.cli import app
from carnet_audit.drill import Drill, drills, perform
from carnet_audit.drill.stage import Stage, network

ERRORS = Path(__file__).parents[3] / "spec" / "errors.md"
WANTED = {
    "forked-log",
    "rolled-back-log",
    "dropped-record",
    "duplicated-record",
    "swapped-proof",
    "forged-receipt",
    "wrong-pack",
    "missing-proof",
    "withheld-channel",
    "colluding-counts",
    "stale-witness",
    "tampered-disclosure",
    "split-customer",
    "joined-customers",
}


@pytest.fixture(scope="module")
def plan():
    return network()


@pytest.mark.parametrize("name", drills())
def test_a_drill_is_caught_by_the_checks_that_must_catch_it(name, plan, tmp_path):
    result = perform(drills()[name], Stage(root=tmp_path, plan=plan))
    assert set(result.drill.checks) <= result.saw.checks
    assert result.saw.verdict is result.drill.verdict
    assert result.as_expected
    assert bool(result.drill.checks) == (result.drill.verdict is not Verdict.SOUND)
    if not result.drill.checks:
        assert result.saw.findings == ()
    if SPOT_RULES.keys() >= set(result.drill.checks):  # what only a spot check finds
        assert result.saw.checks == set(result.drill.checks)


def test_each_drill_that_was_asked_for_is_there():
    assert drills().keys() >= WANTED


@pytest.mark.parametrize("name", drills())
def test_a_drill_has_a_story_and_names_checks_that_there_are(name):
    told = drills()[name]
    errors = ERRORS.read_text(encoding="utf-8")
    for check in told.checks:
        assert check in CHECKS or check in SPOT_RULES or f"| {check} |" in errors, check
        if check in CHECKS:
            assert CHECKS[check].shows in {told.verdict, Verdict.UNKNOWN}
    for text in (told.title, told.done, told.shown, told.caught, told.next):
        assert len(text) > 10
        assert text == text.strip()


def run(*arguments):
    return CliRunner().invoke(app, ["drill", *map(str, arguments)])


def test_the_command_tells_the_story_and_the_table():
    done = run("forked-log", "colluding-omission")
    assert done.exit_code == 0, done.output
    for each in ("What somebody did", "What the auditor saw", "log.fork", "verdict: UNSOUND", "verdict: sound"):
        assert each in done.output
    assert "2 of 2 drills as expected" in done.output
    assert "a declared limit" in re.sub(r"\s+", " ", done.output)


def test_the_command_exits_with_1_if_a_fault_is_not_caught(monkeypatch):
    told = drills()["forked-log"]
    missed = Drill(**{each: getattr(told, each) for each in told.__slots__} | {"act": drill.ACTS["honest"]})
    monkeypatch.setattr("carnet_audit.commands.drill.drills", lambda: {"forked-log": missed})
    done = run("forked-log")
    assert done.exit_code == 1
    assert "NOT AS EXPECTED: expected UNSOUND by log.fork" in done.output


def test_json_holds_what_was_expected_and_what_was_found():
    done = run("lying-count", "--json")
    assert done.exit_code == 0
    (told,) = json.loads(done.stdout)
    assert told["drill"] == "lying-count"
    assert told["as_expected"] is True
    assert told["expected"] == {"verdict": "UNSOUND", "checks": ["channel.count"]}
    assert [each["check"] for each in told["findings"]] == ["channel.count"]


def test_the_list_names_every_drill_and_does_none():
    assert all(name in run("--list").output for name in drills())
    listed = json.loads(run("--list", "--json").stdout)
    assert [each["drill"] for each in listed] == list(drills())


def again(*names, keep):
    """Do drills, and then what they say is to be typed to see for oneself; return what came of that."""
    done = run(*names, "--keep", keep)
    assert done.exit_code == 0, done.output
    typed = [shlex.split(line)[1:] for line in done.output.splitlines() if line.startswith("carnet-audit ")]
    return [CliRunner().invoke(app, each) for each in typed]


def test_what_was_published_can_be_kept_and_audited_again(tmp_path):
    keep = tmp_path / "kept"
    (verified,) = again("rolled-back-log", keep=keep)
    assert verified.exit_code == 1
    assert "log.rollback" in verified.output
    assert run("honest", "--keep", keep).exit_code == 2


def test_an_audit_does_not_find_a_split_customer_and_a_spot_check_does(tmp_path):
    verified, checked = again("split-customer", keep=tmp_path / "what is kept")
    assert verified.exit_code == 0, verified.output
    assert checked.exit_code == 1, checked.output
    assert "spot.split" in checked.output


def test_what_cannot_be_kept_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("mine")
    for keep in (tmp_path, tmp_path / "file", tmp_path / "file" / "below"):
        done = run("honest", "--keep", keep)
        assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_unknown_drill_is_named():
    done = run("forked-dog")
    assert done.exit_code == 2
    assert "forked-dog" in done.output


def test_what_is_refused_is_told_in_words():
    done = run("claimed-cover")
    assert "disclosure.cover  what is passed off as a cover holds something" in re.sub(r"\s*\n\s*", " ", done.output)
