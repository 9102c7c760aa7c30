"""spec/evidence.md is held to the code and to the vectors."""

import json
import re

from typer.testing import CliRunner

from carnet.cli.app import app
from carnet.evidence_file import MAX_FILE, MAX_HEADER, STRIDE, Scope, Selected
from spec_pages import SPEC, marked, refusals
from vector_files import load

PAGE = (SPEC / "evidence.md").read_text(encoding="utf-8")


def vector(name):
    (found,) = [each for each in load("evidence_file") if each["name"] == name]
    return found


def test_the_bytes_that_the_page_begins_with_are_those_of_its_vector():
    block = re.search(r"(?:^    \S.*\n|^       .*\n)+", PAGE, re.MULTILINE)[0]
    shown = [re.match(r" +((?:[0-9a-f]{2,} ?)+)", line)[1] for line in block.splitlines() if "…" not in line]
    data = bytes.fromhex("".join(shown).replace(" ", ""))
    header, first = data[: data.index(b"\xa2\x01")], data[data.index(b"\xa2\x01") :]
    assert vector("whole_log")["data"].startswith(header + first[: first.index(b"bundle") + len(b"bundle")])
    assert b"\xa2\x01ibundles/1" in vector("whole_log")["data"]
    assert data.endswith(b"\xa2\x01ibundles/1")


def test_the_table_of_scopes_is_the_codes():
    (table,) = marked("enum Scope")
    assert table.rows == [(str(member.value), member.name) for member in Scope]


def test_the_checks_that_a_reader_makes_are_all_there():
    ours = {site.check for site in refusals() if site.file.endswith("evidence_file.py")} - {"evidence.size"}
    assert ours == set(re.findall(r"`(evidence_file\.\w+)`", PAGE))


def test_the_limits_are_the_codes():
    assert f"at most {MAX_HEADER:,} bytes" in PAGE
    assert f"more than {MAX_FILE >> 20} MiB" in PAGE
    assert f"one path in {STRIDE}" in PAGE
    assert all(f"`selected/<index>/{each.path(0).rpartition('/')[2]}`" in PAGE for each in Selected)


def test_the_keys_of_the_view_are_those_of_the_command(tmp_path):
    (tmp_path / "evidence").write_bytes(vector("whole_log")["data"])
    told = json.loads(CliRunner().invoke(app, ["inspect", str(tmp_path / "evidence"), "--json"]).stdout)
    (view,) = re.findall(r"^## JSON\n(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    rows = "".join(line for line in view.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", rows)) - {"evidence"} == set(told)
    assert set(re.findall(r"`(\w+)`", view.rpartition("Of each file:")[2])) == set(told["files"][0])
