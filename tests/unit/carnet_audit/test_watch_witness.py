"""A watch as a witness: what it cosigns is on the disk before, and whoever asks badly costs it nothing."""

import socket
import stat
import subprocess
import sysconfig
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.errors import UsageError
from carnet.log.checkpoint import Checkpoint, log_key, parse_vkey, sign_checkpoint, unverified_note
from carnet.log.merkle import Frontier, consistency_path, leaf_hash
from carnet.log.witness import MAX_REQUEST, SIZE_TYPE, AddCheckpoint, WitnessPolicy, attach, witness_key
from carnet_audit import watch_witness
from carnet_audit.cli import app
from carnet_audit.watch_state import Seen, State
from carnet_audit.watch_witness import LocalWitness, WitnessServer

ORIGIN, NAME, NOW = "vasp.example/log", "auditor.example/w", 1_800_000_000
SEED, WITNESS_SEED = (generate_seed(visible_coins(each)) for each in ("a log", "an auditor who is a witness"))
KEY, WITNESS_KEY = log_key(ORIGIN, SEED), witness_key(NAME, WITNESS_SEED)


class Log:
    def __init__(self, face=b""):
        self.stored, tree = {}, Frontier()
        self.roots = [tree.root]
        for number in range(40):
            for level, node in enumerate(tree.append(leaf_hash(face + b"%d" % number))):
                self.stored[level, number >> level] = node
            self.roots.append(tree.root)

    def note(self, size):
        return sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=self.roots[size]), seed=SEED)

    def body(self, old, new):
        path = consistency_path(lambda *at: self.stored[at], old_size=old, new_size=new) if 0 < old <= new else []
        return AddCheckpoint(old_size=old, path=tuple(path), note=unverified_note(self.note(new))).encode()


LOG, FORK = Log(), Log(b"other")


def witness(state, keys=(KEY,)):
    def log_keys(origin):
        return [key for key in keys if key.name == origin]

    return LocalWitness(state, name=NAME, seed=WITNESS_SEED, log_keys=log_keys, clock=lambda: NOW)


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "state")
    yield state
    state.close()


@contextmanager
def serving(answerer):
    server = WitnessServer(answerer, host="127.0.0.1", port=0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def asking(state, **options):
    with (
        serving(witness(state, **options).answer) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield lambda body: client.post("/add-checkpoint", content=body)


def opened(body, line):
    note = attach(AddCheckpoint.decode(body).note.encode(), [line])
    policy = WitnessPolicy(witnesses=(WITNESS_KEY,), quorum=1)
    return policy.open(note, origin=ORIGIN, keys=[KEY])[0].size


def test_what_grows_is_cosigned_on_one_connection(state):
    with asking(state) as ask:
        for old, new in ((0, 3), (3, 3), (3, 8), (8, 40)):
            body = LOG.body(old, new)
            got = ask(body)
            assert (got.status_code, opened(body, got.content)) == (200, new)


def test_everything_else_is_refused_with_its_status(state):
    with asking(state) as ask:
        ask(LOG.body(0, 13))
        got = ask(LOG.body(3, 20))
        assert (got.status_code, got.text, got.headers["content-type"]) == (409, "13\n", SIZE_TYPE)
        assert (ask(FORK.body(13, 13)).status_code, ask(FORK.body(13, 20)).status_code) == (409, 422)
        assert (ask(LOG.body(13, 9)).status_code, ask(b"nonsense").status_code) == (400, 400)
        assert ask(LOG.body(13, 14)).status_code == 200, "and what grows is cosigned after all"
    with asking(state, keys=()) as ask:
        assert ask(LOG.body(14, 20)).status_code == 404
    (proof,) = (state._root / "evidence").iterdir()
    assert unverified_note((proof / "after").read_bytes()).checkpoint.root == FORK.roots[13]


def test_what_was_cosigned_is_there_after_a_restart(tmp_path):
    first = State(tmp_path)
    with asking(first) as ask:
        ask(LOG.body(0, 13))
    first.close()
    second = State(tmp_path)
    with asking(second) as ask:
        assert ask(FORK.body(0, 20)).text == "13\n"
        assert ask(FORK.body(13, 20)).status_code == 422
    second.close()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), UsageError("no such directory")])
def test_nothing_is_cosigned_that_is_not_stored(state, monkeypatch, error):
    def full(note):
        raise error

    monkeypatch.setattr(state, "keep_cosigned", full)
    with asking(state) as ask:
        got = ask(LOG.body(0, 13))
        assert (got.status_code, got.content) == (500, b"500\n")


def test_what_a_source_showed_binds_the_witness_too(state):
    state.keep("source", Seen(key=KEY, note=LOG.note(13)))
    with asking(state) as ask:
        assert ask(FORK.body(0, 20)).text == "13\n"
        assert ask(FORK.body(13, 13)).status_code == 409
        assert ask(LOG.body(13, 20)).status_code == 200


def test_of_racing_requests_one_history_wins(state):
    answers, local = [], witness(state)

    def ask(log):
        answers.append(local.answer(log.body(0, 20)).status)

    threads = [threading.Thread(target=ask, args=(log,)) for log in (LOG, FORK) * 8]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers.count(200) == 1


def test_what_is_not_asked_for_is_refused(state):
    with serving(witness(state).answer) as server, httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as http:
        assert http.get("/add-checkpoint").status_code == 405
        assert http.head("/add-checkpoint").content == b""
        assert http.post("/").status_code == 404
        assert http.post("/add-checkpoint?x").status_code == 404
        assert http.post("/add-checkpoint", content=b"x" * (MAX_REQUEST + 1)).status_code == 413


def raw(server, sent, *, within=5):
    with socket.create_connection(("127.0.0.1", server.port), within) as opened:
        opened.sendall(sent)
        got = b""
        while chunk := opened.recv(4096):
            got += chunk
        return got


def test_who_waits_to_be_told_to_go_on_is_told(state):
    body = LOG.body(0, 13)
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with serving(witness(state).answer) as server, socket.create_connection(("127.0.0.1", server.port), 5) as opened:
        opened.sendall(head % len(body))
        assert opened.recv(100).startswith(b"HTTP/1.1 100")
        opened.sendall(body)
        assert opened.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "sent", [b"", b"POST /add", b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow"]
)
def test_who_is_slow_is_cut_off(state, monkeypatch, sent):
    monkeypatch.setattr(watch_witness, "REQUEST_S", 0.3)
    with serving(witness(state).answer) as server:
        began = time.monotonic()
        assert raw(server, sent) == b""
        assert 0.2 < time.monotonic() - began < 3


def test_nonsense_and_long_heads_are_cut_off(state):
    with serving(witness(state).answer) as server:
        for sent in (b"\x16\x03\x01nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nX: " + b"x" * 100_000):
            try:
                assert b" 200 " not in raw(server, sent)
            except ConnectionError:
                continue


def test_too_many_connections_are_cut_off(state, monkeypatch):
    monkeypatch.setattr(watch_witness, "MAX_CONNECTIONS", 2)
    with serving(witness(state).answer) as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2)]
        time.sleep(0.1)
        with suppress(ConnectionError):
            assert raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        held[0].sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert held[0].recv(100).startswith(b"HTTP/1.1 400")
        for each in held:
            each.close()


def test_who_keeps_a_connection_open_is_let_go_without_a_word(state, monkeypatch, caplog):
    monkeypatch.setattr(watch_witness, "DRAIN_S", 0.05)
    with serving(witness(state).answer) as server:
        held = socket.create_connection(("127.0.0.1", server.port))
        time.sleep(0.1)
    assert held.recv(1) == b""
    held.close()
    assert caplog.records == []


def test_a_port_that_is_taken_is_told(state):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        WitnessServer(witness(state).answer, host="127.0.0.1", port=taken.getsockname()[1]).start()


COMMAND = Path(sysconfig.get_path("scripts")) / "carnet-audit"


def test_the_command_is_a_witness_until_it_is_told_to_stop(tmp_path):
    log, key = tmp_path / "log", tmp_path / "key"
    log.mkdir()
    (log / "checkpoint").write_bytes(LOG.note(0))
    options = ["--log-key", str(KEY), "--state", str(tmp_path / "state"), "--interval", "0.2"]
    options += ["--cosign", str(key), "--name", NAME, "--listen", "127.0.0.1:0"]
    running = subprocess.Popen([COMMAND, "watch", str(log), *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        said = running.stderr.readline().decode().split()
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert parse_vkey(said[1]).name == NAME
        assert running.stdout.readline()
        got = httpx.post(f"{said[3]}/add-checkpoint", content=LOG.body(0, 20))
        assert got.status_code == 200
        note = attach(LOG.note(20), [got.content])
        policy = WitnessPolicy(witnesses=(parse_vkey(said[1]),), quorum=1)
        assert policy.open(note, origin=ORIGIN, keys=[KEY])[0].size == 20
    finally:
        running.terminate()
        running.communicate(timeout=20)
    assert running.returncode == 0


def test_a_witness_that_is_killed_has_not_forgotten_what_it_answered(tmp_path):
    log, key = tmp_path / "log", tmp_path / "key"
    log.mkdir()
    (log / "checkpoint").write_bytes(LOG.note(0))
    options = ["--log-key", str(KEY), "--state", str(tmp_path / "state"), "--interval", "0.2"]
    options += ["--cosign", str(key), "--name", NAME, "--listen", "127.0.0.1:0"]
    for asked, status in ((LOG, 200), (FORK, 409)):
        running = subprocess.Popen(
            [COMMAND, "watch", str(log), *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            url = running.stderr.readline().decode().split()[3]
            running.stdout.readline()
            got = httpx.post(f"{url}/add-checkpoint", content=asked.body(0, 20))
            assert (got.status_code, status == 200 or got.text == "20\n") == (status, True)
        finally:
            running.kill()
            running.communicate(timeout=20)


@pytest.mark.parametrize(("content", "mode"), [("00", 0o600), ("zz" * 32, 0o600), ("00" * 32, 0o644)])
def test_a_key_that_cannot_be_used_is_told(tmp_path, content, mode):
    key = tmp_path / "key"
    key.write_text(content)
    key.chmod(mode)
    options = ["--log-key", str(KEY), "--state", str(tmp_path / "state"), "--cosign", str(key), "--name", NAME]
    ended = CliRunner().invoke(app, ["watch", str(tmp_path), *options])
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert "--cosign" in ended.stderr
