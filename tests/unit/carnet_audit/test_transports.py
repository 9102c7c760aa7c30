"""The same log, however it comes: a folder, a server with its token, a file of evidence."""

import asyncio
import json
import threading
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from typer.testing import CliRunner

from audit_folders import NOW, files, long_folder, sound
from carnet_audit.cli import app
from carnet_node.config import HttpConfig
from carnet_node.http_server import HttpServer
from carnet_node.observe import configure
from carnet_node.tiles_http import TilesHttp
from evidence_files import packed

AUTHORITY = sound().authority.hex()
TOKEN = "a-token-of-an-entitled-auditor"


def without_a_proof():
    return files() | {"proofs/000.p/8": b""}


FOLDERS = {"sound": files, "unsound": long_folder, "late": without_a_proof}


@pytest.fixture(params=sorted(FOLDERS))
def folder(request, tmp_path):
    root = tmp_path / "alice"
    for path, data in FOLDERS[request.param]().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(*arguments):
    """Return the exit status, and the report but for the name of its source."""
    command = ["verify", "--now", NOW, "--authority", AUTHORITY, "--json", "--workers", 1, *arguments]
    result = CliRunner().invoke(app, list(map(str, command)))
    assert result.stderr == ""
    report = json.loads(result.stdout)
    (source,) = report["sources"]
    del source["source"]
    return result.exit_code, report


@contextmanager
def node(root):
    """Serve the folder *root* as a node does; yield its URL."""
    loop = asyncio.new_event_loop()
    served = TilesHttp(root, auditors=[sha256(TOKEN.encode()).hexdigest()])
    server = HttpServer(served, config=HttpConfig(enabled=True, listen="127.0.0.1:0"), drain_s=1)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(20)
        try:
            yield server.url
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def plain(root):
    """Serve the folder *root* as any server of files does; yield its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _quiet():
    """Leave standard output to the command: the node is in the same process here."""
    configure("critical")
    yield
    structlog.reset_defaults()


@pytest.fixture
def token(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    return tmp_path / "token"


def test_a_node_that_serves_a_folder_shows_what_the_folder_shows(folder, token):
    with node(folder) as url:
        code, report = run(url, "--token-file", token)
    expected = run(folder)
    assert code == expected[0]
    assert whys(report) == whys(expected[1])


def test_any_server_of_files_shows_what_the_folder_shows(folder):
    with plain(folder) as url:
        code, report = run(url)
    expected = run(folder)
    assert code == expected[0]
    assert whys(report) == whys(expected[1])


def whys(report):
    """Return *report*, without why files are missing: each system has its words for it."""
    for each in report["sources"][0]["findings"]:
        if each["check"] == "file.missing":
            del each["message"]
    return report


def test_without_a_token_neither_records_nor_reports_are_had_and_it_is_said_what_would_help(tmp_path, token):
    for path, data in files().items():
        (tmp_path / "alice" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "alice" / path).write_bytes(data)
    token.write_text("another")
    with node(tmp_path / "alice") as url:
        for more, said in ((), "--token-file gives"), (("--token-file", token), "this token is none of theirs"):
            code, report = run(url, *more)
            assert code == 2
            (source,) = report["sources"]
            assert (source["size"], source["counts"]["records"]) == (8, 0)
            assert {each["check"] for each in source["findings"]} == {"file.missing"}
            assert {each["where"] for each in source["findings"]} == {"proofs/000.p/8", "records/000.p/8", "report"}
            assert all(said in each["message"] for each in source["findings"])


@pytest.mark.parametrize("content", ["", "no token\nbut two lines", "ü"])
def test_a_token_that_is_none_is_one_clear_line_that_does_not_show_it(token, content):
    token.write_text(content)
    command = ["verify", "http://127.0.0.1:9", "--authority", AUTHORITY, "--token-file", str(token)]
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert not content or content not in result.stderr


def test_a_token_does_not_travel_in_the_clear(token):
    result = CliRunner().invoke(app, ["verify", "http://log.example/", "--token-file", str(token)])
    assert (result.exit_code, "https is needed" in result.stderr, TOKEN in result.stderr) == (2, True, False)


def test_a_file_of_evidence_shows_what_the_folder_shows(folder, tmp_path):
    (tmp_path / "alice.evidence").write_bytes(packed({each: (folder / each).read_bytes() for each in paths(folder)}))
    code, report = run(tmp_path / "alice.evidence")
    expected = run(folder)
    assert code == expected[0]
    assert whys(report) == whys(expected[1])


def paths(folder):
    return [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]
