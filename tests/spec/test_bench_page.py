"""protocol/bench.md names the engines, statements, peers and options that there are; its keys are tested elsewhere."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from carnet.cli.app import app
from carnet.cli.bench.engines import ENGINES
from carnet.cli.bench.peers import PEERS
from carnet.cli.bench.works import MAIN, STATEMENTS

PAGE = (Path(__file__).parents[2] / "protocol" / "bench.md").read_text(encoding="utf-8")


def section(heading):
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return found


def first_cells(text):
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_engines_and_peers_are_those_that_there_are():
    assert first_cells(section("Engines")) == list(ENGINES)
    assert first_cells(section("Peers")) == list(PEERS)


def test_statements_are_those_that_there_are():
    main, more = section("Statements").split("with `--all`")
    assert set(re.findall(r"\b[A-Z]{2,}\d*\b", main)) == set(MAIN)
    assert set(re.findall(r"\b[A-Z]{3,}\d*\b", more)) | set(MAIN) == set(STATEMENTS)


@pytest.mark.parametrize("name", ["proofs", "log"])
def test_options_are_those_of_the_command(name):
    command = get_command(app).commands["bench"].commands[name]
    there = {name for parameter in command.params for name in parameter.opts} - {"--help"}
    of_log = section("The log")
    told = of_log if name == "log" else PAGE.replace(of_log, "")
    assert set(re.findall(r"--[a-z][a-z-]+", told.replace("carnet-node bench --log", ""))) == there
