"""The command: a page and its JSON from an audit, or from an audit's JSON; one clear line for all else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, sound
from carnet_audit.cli import app

AUTHORITY = sound().authority.hex()
SAMPLE = Path(__file__).parents[2] / "data/audit-report/sample.json"


@pytest.fixture
def folders(tmp_path):
    return [written(tmp_path / name, files(name)) for name in ("alice", "bob")]


def written(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def refused(*arguments):
    """Return the one line that the command says, having written nothing."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("carnet-audit: ")


def test_an_audit_makes_a_page_and_its_json(folders, tmp_path):
    page = tmp_path / "out.html"
    result = run(*folders, "--authority", AUTHORITY, "--now", NOW, "--workers", 1, "-o", page)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"verdict: sound\nwritten: {page} and {tmp_path / 'out.json'}\n"
    html = page.read_text(encoding="utf-8")
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["verdict"] == "SOUND"
    assert found["audited"] == {
        "time": NOW,
        "authority": AUTHORITY,
        "command": ["carnet-audit", "verify", "--authority", AUTHORITY, "--now", str(NOW), *map(str, folders)],
    }
    for source in found["sources"]:
        assert source["root"] in html
        assert source["origin"] in html
    assert "Everything that was published holds" in html
    assert sorted(each.name for each in tmp_path.iterdir()) == ["alice", "bob", "out.html", "out.json"]


def test_the_command_on_the_page_makes_the_same_report_again(folders, tmp_path):
    page = tmp_path / "out.html"
    run(*folders, "--authority", AUTHORITY, "--now", NOW, "--workers", 1, "-o", page)
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    command = found.pop("audited")["command"]
    again = CliRunner().invoke(app, [*command[1:], "--json"])
    assert json.loads(again.stdout) == found


def test_an_unsound_folder_shows_on_the_page_with_its_evidence(folders, tmp_path):
    path = folders[0] / "records/000.p/8"
    data = bytearray(path.read_bytes())
    data[700] ^= 1
    path.write_bytes(data)
    result = run(
        *folders, "--authority", AUTHORITY, "--now", NOW, "--workers", 1, "-o", tmp_path / "out.html", "--json"
    )
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdict"] == "UNSOUND"
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    for words in ("record.entry", "records/000.p/8", "spec/audit.md#step-6", "A record is not the one that was logged"):
        assert words in html


def test_a_page_from_json_is_the_page_of_the_audit_itself(folders, tmp_path):
    run(*folders, "--authority", AUTHORITY, "--now", NOW, "--workers", 1, "-o", tmp_path / "out.html")
    result = run("--from", tmp_path / "out.json", "-o", tmp_path / "again.html")
    assert result.exit_code == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "out.html").read_bytes()
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "out.json").read_bytes()


def test_the_output_of_verify_is_enough(folders, tmp_path):
    said = CliRunner().invoke(app, ["verify", "--json", "--now", str(NOW), "--workers", "1", str(folders[0])]).stdout
    (tmp_path / "said.json").write_text(said, encoding="utf-8")
    assert run("--from", tmp_path / "said.json", "-o", tmp_path / "said.html").exit_code == 0
    html = (tmp_path / "said.html").read_text(encoding="utf-8")
    assert "does not say when the audit was made" in html
    assert "No authority&#39;s key was given" in html


def test_the_exit_status_is_the_verdict_of_what_was_read(tmp_path):
    assert run("--from", SAMPLE, "-o", tmp_path / "sample.html").exit_code == 1


def test_what_is_asked_for_wrongly_is_one_line(folders, tmp_path):
    page = tmp_path / "out.html"
    assert "give SOURCEs" in refused("-o", page)
    assert "give SOURCEs" in refused(folders[0], "--from", SAMPLE, "-o", page)
    assert "must not end in .json" in refused(folders[0], "-o", tmp_path / "out.json")
    assert "no such folder" in refused(folders[0], "-o", tmp_path / "nowhere/out.html")
    assert "neither 64 hex digits" in refused(folders[0], "--authority", folders[0] / "checkpoint", "-o", page)
    assert "more than 65536 bytes" in refused(folders[0], "--authority", SAMPLE, "-o", page)
    assert "No such file" in refused("--from", tmp_path / "nothing.json", "-o", page)
    assert not page.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"1" * 5000, "no JSON"),
        (b"[]", "it is no object"),
        (b"{}", "verdict is no text"),
        (b'{"verdict": "SOUND", "sources": [7]}', "sources[0] is no object"),
    ],
)
def test_a_file_that_is_no_report_is_one_line(content, words, tmp_path):
    (tmp_path / "made.json").write_bytes(content)
    assert words in refused("--from", tmp_path / "made.json", "-o", tmp_path / "out.html")
    assert not (tmp_path / "out.html").exists()


def test_text_that_no_file_can_hold_does_no_harm(tmp_path):
    report = json.loads(SAMPLE.read_text(encoding="utf-8"))
    report["sources"][0]["notes"] = ["\ud800"]
    (tmp_path / "made.json").write_text(json.dumps(report), encoding="utf-8")
    assert run("--from", tmp_path / "made.json", "-o", tmp_path / "out.html").exit_code == 1
    assert "\N{REPLACEMENT CHARACTER}" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_without_the_extra_one_line_says_what_is_missing_and_verify_still_works(folders, tmp_path):
    code = "import sys; sys.modules['matplotlib'] = None; from carnet_audit.cli import app; app(sys.argv[1:])"

    def without(*arguments):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
        )

    said = without("report", folders[0], "-o", tmp_path / "out.html")
    assert said.returncode == 2
    (line,) = said.stderr.splitlines()
    assert line.startswith("carnet-audit: report: no matplotlib; it needs jinja2 and matplotlib")
    assert line.endswith("pip install 'carnet[audit]'")
    assert without("explain", "log.fork").returncode == 0
    assert not (tmp_path / "out.html").exists()
