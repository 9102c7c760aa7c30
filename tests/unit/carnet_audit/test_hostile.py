"""Sources made to harm whoever audits them: never a traceback, a wait, a full disk, or much memory."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from random import Random

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, long_ledger, sound
from carnet.log.checkpoint import Checkpoint
from carnet_audit import auditing, http_source
from carnet_audit.cli import app

AUTHORITY = sound().authority.hex()
MANY = sorted(files())


def noise(size):
    """Return bytes that mean nothing, the same each time."""
    return Random(size).randbytes(size)  # noqa: S311 - a test's dice


def written(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(*arguments):
    command = ["verify", "--now", str(NOW), "--authority", AUTHORITY, "--json", *map(str, arguments)]
    began = time.monotonic()
    result = CliRunner().invoke(app, command)
    assert time.monotonic() - began < 30
    return result


def checks(result):
    """Return the checks that failed; whatever a source holds, a report comes of it."""
    assert (result.exit_code in {1, 2}, result.stderr) == (True, "")
    return {each["check"] for source in json.loads(result.stdout)["sources"] for each in source["findings"]}


def measured(*arguments):
    """Return the exit status, what was said, and how many MiB a process of its own took."""
    code = "import resource, sys\nfrom carnet_audit.cli import app\ntry:\n    app()\nfinally:\n"
    code += "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n    print(peak, file=sys.stderr)\n"
    command = [sys.executable, "-c", code, "verify", "--now", NOW, "--authority", AUTHORITY, "--json", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), int(done.stderr.splitlines()[-1]) // 1024


@pytest.mark.parametrize("path", MANY, ids=str)
@pytest.mark.parametrize("garbage", [b"", b"\xff" * 100, noise(5000), b"0\n" * 3000], ids=range(4))
def test_garbage_in_the_place_of_any_file_is_a_finding(tmp_path, path, garbage):
    assert checks(run(written(tmp_path, files() | {path: garbage}), "--workers", 1))


def test_a_folder_of_garbage_is_a_finding(tmp_path):
    folder = written(tmp_path, {path: noise(40 * len(path)) for path in files()})
    assert checks(run(folder)) == {"directory.form"}


def fifo(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def loop(path):
    path.symlink_to(path)


def closed(path):
    path.mkdir()


@pytest.mark.parametrize("made", [fifo, device, loop, closed])
@pytest.mark.parametrize("path", MANY, ids=str)
def test_what_is_no_file_is_missing(tmp_path, made, path):
    folder = written(tmp_path, files())
    (folder / path).unlink()
    made(folder / path)
    assert "file.missing" in checks(run(folder, "--workers", 1))


def test_files_without_end_are_read_no_further_than_they_may_be(tmp_path):
    folder = written(tmp_path, files())
    *_, usual = measured(folder, "--workers", 1)  # what this process holds is counted too: both begin as it
    for path in MANY:
        if not path.startswith(("directory", "bundle", "checkpoint")):
            os.truncate(folder / path, 1 << 42)
    code, report, peak = measured(folder, "--workers", 1)
    assert (code, report["verdict"]) == (1, "UNSOUND")
    assert peak < usual + 300


def claiming(size):
    """Return what a VASP publishes that says that its log has so many entries."""
    ledger = sound().ledgers["alice"]
    before = ledger.checkpoint()
    note = ledger.note(Checkpoint(origin=before.origin, size=size, root=before.root))
    return files() | {"checkpoint": note}


@pytest.mark.parametrize("size", [9, 10**15])
def test_a_log_that_is_said_to_be_huge_is_not_waited_for(tmp_path, size):
    assert checks(run(written(tmp_path, claiming(size)))) & {"file.missing", "checkpoint.form"}


def test_the_disk_is_not_filled(tmp_path, monkeypatch):
    monkeypatch.setattr(auditing, "MIB", 2**10)  # for a small log
    folder = written(tmp_path / "alice", long_ledger(3, at=(2,)).files())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    result = run(folder, "--workers", 1, "--scratch", scratch, "--scratch-limit", 1)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "--scratch-limit" in result.stderr
    assert not list(scratch.iterdir())


def test_scratch_that_is_no_folder_is_one_clear_line(tmp_path):
    result = run(written(tmp_path / "alice", files()), "--scratch", tmp_path / "none")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


# --- over HTTP -----------------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"


def slow(opened, _path):
    """Answer one byte at a time, for ever."""
    opened.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    while True:
        time.sleep(0.05)
        opened.sendall(b"x")


def endless(opened, _path):
    opened.sendall(HEAD + b"\r\n")
    while True:
        opened.sendall(bytes(65536))


def silent(opened, _path):
    opened.recv(1)


def redirecting(opened, path):
    answer = f"HTTP/1.1 302 Found\r\nLocation: /again{path}\r\nContent-Length: 0\r\n\r\n"
    opened.sendall(answer.encode())


def babbling(opened, _path):
    opened.sendall(noise(3000))


def headers_without_end(opened, _path):
    opened.sendall(HEAD)
    while True:
        opened.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")


def unwilling(opened, _path):
    opened.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")


def garbage(opened, _path):
    data = noise(500)
    opened.sendall(HEAD + b"Content-Length: 500\r\n\r\n" + data)


def zipped_bomb(opened, _path):
    data = gzip.compress(bytes(50 * 2**20))
    opened.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


@contextmanager
def served(answer):
    """Answer each connection by *answer(socket, path)*; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    def one(opened):
        opened.settimeout(20)
        with opened, suppress(OSError, IndexError):
            answer(opened, opened.recv(65536).split()[1].decode())

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(http_source.http, "__kwdefaults__", {"timeout_s": 1.0})
    monkeypatch.setattr(http_source, "PAUSE_S", 0.01)


BAD = [slow, endless, silent, redirecting, babbling, headers_without_end, unwilling, garbage, zipped_bomb]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("answer", BAD)
def test_a_server_of_any_kind_ends_in_a_report(answer):
    with served(answer) as url:
        assert checks(run(url)) <= {"file.missing", "directory.form"}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("answer", BAD)
@pytest.mark.parametrize("turn", ["tile/", "records/", "bundle"])
def test_a_server_that_turns_bad_ends_in_a_report(answer, turn):
    folder = files()

    def turning(opened, path):
        if path.startswith(f"/{turn}"):
            answer(opened, path)
        elif path[1:] in folder:
            data = folder[path[1:]]
            opened.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
        else:
            opened.sendall(b"HTTP/1.1 404 None\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    with served(turning) as url:
        assert checks(run(url, "--workers", 1))


def test_nobody_at_a_url_is_a_finding():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert checks(run(f"http://127.0.0.1:{port}")) == {"file.missing"}


@pytest.mark.parametrize("url", ["http://", "https://user:s3cret@log.example/", "http://x:99999999/"])
def test_a_url_that_is_none_is_one_clear_line(url):
    result = run(url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "Traceback" not in result.stderr
