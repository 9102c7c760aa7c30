"""``carnet-audit verify`` of files of evidence."""

import json

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, sound
from carnet_audit.cli import app
from evidence_files import packed, selected


def verify(path, *options):
    arguments = ["verify", str(path), "--authority", sound().authority.hex(), "--now", str(NOW), "--workers", "1"]
    return CliRunner().invoke(app, [*arguments, "--json", *options])


@pytest.mark.parametrize("data", [lambda: packed(files()), lambda: selected([1, 4, 6], files())])
def test_a_file_of_evidence_is_audited_like_a_folder(tmp_path, data):
    (tmp_path / "alice.evidence").write_bytes(data())
    done = verify(tmp_path / "alice.evidence")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["verdict"]) == (0, "SOUND")
    assert told["sources"][0]["vasp"] == "alice"


def test_a_whole_log_and_a_folder_are_told_alike(tmp_path):
    (tmp_path / "alice.evidence").write_bytes(packed(files()))
    for path, data in files().items():
        (tmp_path / "alice" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "alice" / path).write_bytes(data)
    one, other = (
        json.loads(verify(tmp_path / name).stdout)["sources"][0] | {"source": ""}
        for name in ("alice", "alice.evidence")
    )
    assert one == other


def test_a_damaged_file_shows_nothing_and_says_why(tmp_path):
    (tmp_path / "alice.evidence").write_bytes(packed(files())[:-1])
    done = verify(tmp_path / "alice.evidence")
    (finding,) = json.loads(done.stdout)["sources"][0]["findings"]
    assert (done.exit_code, finding["check"]) == (2, "file.missing")
    assert "evidence_file.truncated" in finding["message"]


def test_a_changed_record_is_found(tmp_path):
    data = bytearray(packed(files()))
    at = data.index(files()["records/000.p/8"])
    data[at + 100] ^= 1
    (tmp_path / "alice.evidence").write_bytes(data)
    done = verify(tmp_path / "alice.evidence")
    assert done.exit_code == 1
    assert {each["check"] for each in json.loads(done.stdout)["sources"][0]["findings"]} == {"record.entry"}
