"""The command: exit status, table, JSON, and clear lines for what the auditor got wrong."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from typer.testing import CliRunner

import worker_jobs
from audit_folders import NOW, files, long_folder, long_ledger, sound
from carnet.audit import walk
from carnet_audit.cli import app

AUTHORITY = sound().authority.hex()


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "alice", files())


def written(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(*arguments, columns=200):
    return CliRunner().invoke(app, ["verify", "--now", str(NOW), *map(str, arguments)], env={"COLUMNS": str(columns)})


def test_a_sound_folder_is_sound(folder):
    result = run(folder, "--authority", AUTHORITY)
    assert result.exit_code == 0
    assert "verdict: sound" in result.output
    assert "8, 8 with a proof that holds" in result.output
    assert re.search(r"log +│ [\w./-]+, 8 entries", result.output)
    assert re.search(r"days +│ \d{4}-\d\d-\d\d: \d+", result.output)


def test_an_unsound_folder_names_the_check_the_record_and_the_rule(folder):
    path = folder / "records/000.p/8"
    data = bytearray(path.read_bytes())
    data[700] ^= 1
    path.write_bytes(data)
    result = run(folder, "--authority", AUTHORITY)
    assert result.exit_code == 1
    for word in ("UNSOUND", "record.entry", "records/000.p/8", "spec/audit.md#step-6"):
        assert word in result.output


def test_a_folder_of_another_authority_is_told_whole_in_a_narrow_window(folder):
    result = run(folder, "--authority", "00" * 32, columns=60)
    assert result.exit_code == 1
    assert "directory.signature  directory\n" in result.output
    assert "cosigned" not in result.output


def test_a_source_that_is_not_there_is_said_to_be_none(folder, tmp_path):
    assert "nowhere: there is no such folder or file\n" in run(tmp_path / "nowhere").stderr
    folder.rename(tmp_path / "published")
    assert f"is in {tmp_path / 'published'}\n" in run(tmp_path).stderr


def test_an_empty_folder_tells_nothing(tmp_path):
    result = run(tmp_path, "--authority", AUTHORITY)
    assert result.exit_code == 2
    assert "file.missing" in result.output
    assert "None" not in result.output


def test_the_keys_of_the_json_report_are_stable(folder, tmp_path):
    bob = written(tmp_path / "bob", files("bob"))
    result = run(folder, bob, "--authority", AUTHORITY, "--json")
    report = json.loads(result.stdout)
    assert list(report) == ["verdict", "exit", "sources", "findings", "channels", "directory"]
    assert (report["verdict"], report["exit"]) == ("SOUND", 0)
    assert list(report["sources"][0]) == [
        "source",
        "vasp",
        "network",
        "origin",
        "size",
        "root",
        "verdict",
        "trust",
        "cosigned",
        "counts",
        "packs",
        "unit",
        "backlog",
        "reports",
        "findings",
        "findings_left_out",
        "notes",
    ]
    assert list(report["sources"][0]["counts"]) == [
        "records",
        "proofs",
        "missing",
        "kind",
        "role",
        "epoch",
        "pack",
        "notices",
    ]


def test_the_keys_of_a_finding_are_stable(folder):
    (folder / "proofs/000.p/8").unlink()
    report = json.loads(run(folder, "--json").stdout)
    assert list(report["sources"][0]["findings"][0]) == ["check", "shows", "where", "index", "message", "spec"]
    assert report["sources"][0]["trust"] == "source"


def test_the_authority_may_be_a_file(folder, tmp_path):
    key = tmp_path / "authority"
    key.write_text(AUTHORITY + "\n")
    assert run(folder, "--authority", key).exit_code == 0


@pytest.mark.parametrize("content", [None, "", "no key", "00" * 31])
def test_an_authority_that_is_no_key_is_one_clear_line(folder, tmp_path, content):
    key = tmp_path / "authority"
    if content is not None:
        key.write_text(content)
    result = run(folder, "--authority", key)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_what_was_seen_before_is_compared(folder, tmp_path):
    seen = tmp_path / "seen"
    seen.write_bytes((folder / "checkpoint").read_bytes())
    assert run(folder, "--authority", AUTHORITY, "--seen", seen).exit_code == 0
    seen.write_bytes(sound().ledgers["alice"].note(sound().ledgers["bob"].checkpoint()))
    result = run(folder, "--authority", AUTHORITY, "--seen", seen)
    assert (result.exit_code, "log.seen" in result.output or "log.fork" in result.output) == (0, False)


@pytest.mark.parametrize("kind", ["directory", "link", "pipe"])
def test_what_is_no_file_is_not_read(folder, kind):
    path = folder / "bundle"
    path.unlink()
    match kind:
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(path)
    result = run(folder, "--authority", AUTHORITY)
    assert (result.exit_code, "file.missing" in result.output) == (2, True)


def test_a_file_of_any_size_is_read_no_further_than_it_may_be(folder):
    with (folder / "checkpoint").open("wb") as file:
        file.truncate(1 << 40)
    result = run(folder, "--authority", AUTHORITY)
    assert (result.exit_code, "checkpoint.form" in result.output) == (1, True)


def test_the_report_is_the_same_to_the_byte_whatever_the_number_of_workers(tmp_path):
    folder = written(tmp_path / "alice", long_folder())
    said = [run(folder, "--authority", AUTHORITY, "--json", "--workers", number) for number in (1, 2)]
    assert {(each.exit_code, each.output) for each in said} == {(1, said[0].output)}
    assert json.loads(said[0].output)["sources"][0]["counts"]["proofs"] > 250


def test_no_workers_at_all_is_wrong_use(folder):
    assert run(folder, "--workers", 0).exit_code == 2


def test_workers_that_die_are_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "judge_bundle", worker_jobs.die)
    result = run(written(tmp_path / "alice", long_folder()), "--workers", 2)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "SIGKILL, SIGKILL" in result.stderr


def heard(terminal, *, seconds):
    """Return what comes next from *terminal*: nothing once nobody holds its other end."""
    assert select.select([terminal], [], [], seconds)[0], "silence"
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""


HEEDS_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from carnet_audit.cli import main
main()
"""
"""The command, even where whoever runs the tests ignores the signal, as a shell's background jobs do."""


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_at_once_and_everything_it_started(tmp_path, workers):
    """On a terminal, to see that it is under way; the signal goes to all processes, as that of a terminal does."""
    folder = written(tmp_path / "alice", long_ledger(20, at=(0,)).files())
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", HEEDS_CTRL_C, "verify", folder, "--now", str(NOW), "--workers", str(workers)]
    looks = os.environ | {"TERM": "xterm", "COLUMNS": "300"}  # room for a long path beside the count
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=looks, start_new_session=True) as process:
        os.close(theirs)
        try:
            said = b""
            while b"/4964" not in said:  # so many of all records are done
                said += (more := heard(ours, seconds=30))
                assert more, said
            os.killpg(process.pid, signal.SIGINT)
            while more := heard(ours, seconds=5):  # until the last of them has let go of the terminal
                said += more
            assert process.wait(timeout=5) == 130
        finally:
            process.kill()
            os.close(ours)
    assert b"Traceback" not in said
    assert b"verdict" not in said


def test_a_password_in_a_url_is_refused_and_not_repeated():
    done = CliRunner().invoke(app, ["verify", "https://user:s3cret@log.example"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "a folder's URL has neither a user" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_process_that_judges_records_imports_none_of_the_commands():
    """Each of them runs the program's own module again, under another name: what it imports is paid for each time."""
    code = "import runpy, sys; runpy.run_module('carnet_audit', run_name='__mp_main__'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"typer", "rich", "carnet_audit.cli", "carnet.audit"} & set(done.stdout.split())


BLOCKED = """
import sys
BLOCKED = {"grpc", "google", "sqlalchemy", "structlog", "carnet_node"}
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
from carnet_audit.cli import main
main()
"""


def test_no_network_database_or_logging_package_is_needed(folder):
    command = [sys.executable, "-c", BLOCKED, "verify", str(folder), "--authority", AUTHORITY, "--now", str(NOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_environment_without_those_packages_is_enough(folder, tmp_path):
    """Runs outside the environment, among links to all packages of it but those that only a node needs."""
    lean = tmp_path / "lean"
    lean.mkdir()
    for each in Path(sysconfig.get_path("platlib")).iterdir():
        if not each.name.lower().startswith(
            ("grpc", "google", "protobuf", "sqlalchemy", "structlog", "__editable__", "_carnet")
        ):
            (lean / each.name).symlink_to(each)
    root = Path(__file__).parents[3]
    command = [sys.executable, "-S", "-m", "carnet_audit", "verify", str(folder), "--json", "--now", str(NOW)]
    paths = [lean, root / "protocol", root / "reference_node"]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "SOUND"


def test_a_checkpoint_of_another_log_is_said_to_guard_against_nothing(folder, tmp_path):
    other = written(tmp_path / "bob", files("bob")) / "checkpoint"
    told = run(folder, "--authority", AUTHORITY, "--seen", folder / "checkpoint", "--seen", other)
    assert told.exit_code == 0
    assert told.stderr == f"carnet-audit: --seen {other}: of none of these logs, and so held against nothing\n"
