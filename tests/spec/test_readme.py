"""README.md is short, its example runs, and what it says about commands and JSON keys is so."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from carnet.cli.app import app as carnet
from carnet_audit.cli import app as carnet_audit
from carnet_node.command_line import app as carnet_node

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = {"carnet": carnet, "carnet-node": carnet_node, "carnet-audit": carnet_audit}
FOLDERS = ("spec", "protocol", "proto", "reference_node", "tests")


def test_it_is_no_longer_than_people_read():
    assert len(README.splitlines()) <= 200


def test_the_example_runs():
    (example,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own
    lines = [line for line in example.splitlines() if line.strip() and not line.startswith(("#", "import", "from"))]
    assert len(lines) <= 28


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_listed_and_there(program):
    (row,) = re.findall(rf"^\| `{program}` \| (.*) \|$", README, re.MULTILINE)
    assert set(re.findall(r"`([a-z0-9-]+)`", row)) == set(get_command(PROGRAMS[program]).commands)


def test_every_make_target_named_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", sorted(set(re.findall(r"`((?:spec|tests)/[\w/.]+\.\w+)`", README))))
def test_every_file_named_is_there(page):
    assert (ROOT / page).is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_starts_with_a_readme_of_at_most_thirty_lines(folder):
    assert len((ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()) <= 30
