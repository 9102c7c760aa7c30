import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carnet.cli.app import app
from carnet.cli.bench.log import run

PAGE = (Path(__file__).parents[3] / "protocol" / "bench.md").read_text(encoding="utf-8")


def paths(told, before=""):
    for name, value in told.items():
        if isinstance(value, dict):
            yield from paths(value, f"{before}{name}.")
        else:
            yield before + name


def test_all_that_is_printed_is_explained():
    told = json.loads(CliRunner().invoke(app, ["bench", "log", "--entries", "300", "--batch", "128", "--json"]).stdout)
    machine = told.pop("machine")
    assert machine["cpus"]
    (section,) = re.findall(r"^## The log\n(.*)", PAGE, re.DOTALL | re.MULTILINE)
    explained = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }
    assert set(paths(told)) == {name for name in explained if not name.startswith("--")} - {"machine"}


@pytest.mark.parametrize("entries", [30, 256, 257, 1000])
def test_a_log_of_any_size_is_measured(entries):
    told = run(entries=entries, batch=100, tick=lambda _what: None)
    assert told["durable"]["entries_per_s"] > 0
    assert told["totals"]["epochs"] == 30


def test_people_read_it_too():
    found = CliRunner().invoke(app, ["bench", "log", "--entries", "300"])
    assert found.exit_code == 0
    assert "times the mark" in found.stdout
