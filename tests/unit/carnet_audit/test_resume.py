"""``--state``: an audit that was stopped goes on, the next one begins where the last ended; a bad state is one line."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, long_ledger, sound
from carnet.audit import walk
from carnet_audit.cli import app
from carnet_audit.keep import state_folder

AUTHORITY = sound().authority.hex()
MANY, CHEAP = 24, (2, 5)


def written(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def command(*arguments):
    return ["verify", "--now", str(NOW), "--authority", AUTHORITY, "--json", "--workers", "1", *map(str, arguments)]


def run(*arguments):
    return CliRunner().invoke(app, command(*arguments))


def checks(result):
    return {each["check"] for source in json.loads(result.stdout)["sources"] for each in source["findings"]}


def resumed(result):
    """Return after how many entries the audit went on."""
    found = re.fullmatch(r"carnet-audit: .*: going on after (\d+) entries\n", result.stderr)
    return int(found[1]) if found else 0 if not result.stderr else result.stderr


def clear(result):
    """Return the one line that says why nothing could be told."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def often(monkeypatch):
    """Save the state after each bundle."""
    monkeypatch.setattr(walk, "EVERY", 1)


HEEDS_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from carnet.audit import walk
walk.EVERY = 1
from carnet_audit.cli import main
main()
"""
"""The command, even where whoever runs the tests ignores the signal; it saves its state after each bundle."""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_an_audit_that_was_stopped_goes_on_and_says_the_same(tmp_path, sent, often):
    folder = written(tmp_path / "alice", long_ledger(MANY, at=CHEAP).files())
    state = tmp_path / "state"
    words = [sys.executable, "-c", HEEDS_CTRL_C, *command(folder, "--state", state)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not list(state.glob("[0-9a-f]*.state")):
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.002)
            process.send_signal(sent)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (out, "Traceback" in err) == ("", False)
    assert process.returncode == (-signal.SIGKILL if sent == signal.SIGKILL else 130)
    again = run(folder, "--state", state)
    assert again.stderr.count("\n") == 1
    assert 0 < resumed(again) < MANY * 256
    assert again.stdout == run(folder).stdout


def test_a_state_is_good_also_after_an_audit_that_threw_rows_away_and_was_stopped(tmp_path, monkeypatch):
    folder, state = written(tmp_path / "alice", long_ledger(4, at=CHEAP).files()), tmp_path / "state"
    whole = run(folder, "--state", state).stdout
    written(folder, long_ledger(2, at=CHEAP).files())  # nothing that is kept fits: it begins anew

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(walk.LogAudit, "_walk", stop)
        assert run(folder, "--state", state).exit_code == 130
    written(folder, long_ledger(4, at=CHEAP).files())
    assert run(folder, "--state", state).stdout == whole


def test_a_log_that_has_grown_is_looked_at_where_it_is_new(tmp_path):
    folder, state = tmp_path / "alice", tmp_path / "state"
    assert resumed(run(written(folder, long_ledger(3, at=CHEAP).files()), "--state", state)) == 0
    written(folder, long_ledger(5, at=CHEAP).files())
    (folder / "records/000").write_bytes(b"nobody looks at this")
    (folder / "proofs/000").write_bytes(b"nor at that")
    again = run(folder, "--state", state)
    assert checks(again) == {"record.duplicate"}
    assert resumed(again) == 2 * 256


def test_proofs_that_come_later_are_found(tmp_path):
    folder, state = tmp_path / "alice", tmp_path / "state"
    book = sound().ledgers["alice"]
    written(folder, replace(book, proofs=[*book.proofs[:5], b"", *book.proofs[6:]]).files())
    before = run(folder, "--state", state)
    assert (before.exit_code, checks(before)) == (2, {"proof.missing"})
    written(folder, book.files())
    after = run(folder, "--state", state)
    assert (after.exit_code, checks(after)) == (0, set())


@pytest.mark.parametrize("other", [(2, 3), (0, 4)], ids=["rolled back", "forked"])
def test_a_log_that_is_another_is_refused_by_name_also_with_a_state(tmp_path, other):
    state, bundles = tmp_path / "state", other[1]
    run(written(tmp_path / "alice", long_ledger(4, at=(2,)).files()), "--state", state)
    written(tmp_path / "alice", long_ledger(bundles, at=other[:1]).files())
    name = "log.rollback" if bundles < 4 else "log.fork"
    for _ in range(2):  # and it is not forgotten
        again = run(tmp_path / "alice", "--state", state)
        assert (again.exit_code, name in checks(again)) == (1, True)


def test_a_second_audit_of_the_same_says_the_same(tmp_path):
    folder, state = written(tmp_path / "alice", long_ledger(2, at=CHEAP).files()), tmp_path / "state"
    bob = written(tmp_path / "bob", files("bob"))
    said = [run(folder, bob, *more) for more in ((), ("--state", state), ("--state", state))]
    assert {each.stdout for each in said} == {said[0].stdout}
    assert resumed(said[2]) == 256


def audited(tmp_path):
    """Return a folder, and the state of an audit of it."""
    folder, state = written(tmp_path / "alice", long_ledger(2, at=CHEAP).files()), tmp_path / "state"
    assert run(folder, "--state", state).exit_code == 1  # what comes twice
    return folder, state


def damage(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def shorten(file):
    file.write_bytes(file.read_bytes()[:-20])


@pytest.mark.parametrize("harm", [damage, shorten, lambda file: file.write_bytes(b"")], ids=["bit", "cut", "empty"])
def test_a_state_that_was_damaged_is_one_clear_line(tmp_path, harm):
    folder, state = audited(tmp_path)
    (file,) = state.glob("[0-9a-f]*.state")
    harm(file)
    assert "--state: " in clear(run(folder, "--state", state))


@pytest.mark.parametrize("content", [b"", b"short", bytes(16), bytes(64)], ids=len)
def test_a_state_whose_key_was_damaged_is_one_clear_line(tmp_path, content):
    folder, state = audited(tmp_path)
    (state / "key.state").write_bytes(content)
    assert "--state: " in clear(run(folder, "--state", state))


def test_a_state_whose_rows_were_damaged_is_one_clear_line(tmp_path):
    folder, state = audited(tmp_path)
    next(each for each in (state / "rows").rglob("*") if each.is_file() and each.stat().st_size).write_bytes(b"")
    assert "an empty folder begins anew" in clear(run(folder, "--state", state))


def test_the_state_of_another_authority_is_one_clear_line(tmp_path):
    folder, state = audited(tmp_path)
    words = ["verify", folder, "--now", NOW, "--json", "--workers", 1, "--state", state]
    assert "authority" in clear(CliRunner().invoke(app, list(map(str, words))))


def test_the_state_of_another_source_is_one_clear_line(tmp_path):
    folder, state = audited(tmp_path)
    written(folder, files("bob"))
    assert "vasp" in clear(run(folder, "--state", state))


def test_two_audits_with_one_state_are_one_clear_line(tmp_path):
    folder, state = audited(tmp_path)
    with state_folder(state):
        assert "another audit is at work" in clear(run(folder, "--state", state))


def test_a_state_that_is_no_folder_is_one_clear_line(tmp_path):
    folder, _ = audited(tmp_path)
    assert "--state: " in clear(run(folder, "--state", folder / "checkpoint"))


def test_a_state_that_cannot_be_written_is_one_clear_line(tmp_path):
    folder, state = audited(tmp_path)
    (file,) = state.glob("[0-9a-f]*.state")
    (state / f"{file.name}.new").mkdir()
    again = run(folder, "--state", state)
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr.endswith(f"{os.strerror(21)}; an empty folder begins anew\n")
    (state / f"{file.name}.new").rmdir()
    rows = next(each for each in (state / "rows").rglob("*") if each.is_file() and each.stat().st_size)
    rows.unlink()
    rows.mkdir()
    again = run(folder, "--state", state)
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr.endswith(f"{rows}: {os.strerror(21)}\n")


def test_nobody_else_can_read_a_state(tmp_path):
    _, state = audited(tmp_path)
    assert state.stat().st_mode & 0o077 == 0
