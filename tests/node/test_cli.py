"""The command line, with real processes."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from carnet_node.control import ask
from node.world import SATOSHI, World, json_order, order

ENVIRONMENT = {**os.environ, "CARNET_PASSPHRASE": "correct horse", "PYTHONUNBUFFERED": "1"}


def node(*arguments, **options):
    command = [sys.executable, "-m", "carnet_node", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT, check=False, **options)


class Running:
    """A node in a process of its own."""

    def __init__(self, home):
        command = [sys.executable, "-m", "carnet_node", "run", str(home), "--json"]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.ready = json.loads(line)

    def stop(self, how=signal.SIGTERM, *, everybody=False):
        """Signal the node, or all of its processes as a terminal does; return when the last has let go of the pipes."""
        (os.killpg if everybody else os.kill)(self.process.pid, how)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def two(tmp_path):
    world = World(tmp_path, members=("alice", "bob"))
    nodes = {name: Running(world.home(name)) for name in ("alice", "bob")}
    yield world, nodes
    for each in nodes.values():
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.mark.slow
def test_commands_carry_a_transfer_from_offer_to_record(two, tmp_path):
    world, nodes = two
    assert nodes["alice"].ready["ready"] is True
    payload = tmp_path / "payload.json"
    payload.write_text(json_order(order(amount=SATOSHI)))
    sent = node("send", "--to", "bob", "--payload", payload, "--node", world.home("alice"), "--json")
    assert sent.returncode == 0, sent.stderr
    transfer = json.loads(sent.stdout)
    assert (transfer["phase"], transfer["counterparty"]) == ("ACCEPTED", "bob")
    paid = node("broadcast", transfer["transfer_id"], "-n", world.home("alice"), "--json")
    assert json.loads(paid.stdout)["outcome"] == "SETTLED", paid.stderr

    shown = node("show", transfer["transfer_id"], "-n", world.home("bob"), "--json", "--payload", "--wire")
    detail = json.loads(shown.stdout)
    assert detail["payload"]["amount"] == str(SATOSHI)
    assert detail["offers"][0]["replies"][0]["decision"] == "ACCEPTED"
    listed = json.loads(node("list", "-n", world.home("bob"), "--json", "--role", "beneficiary").stdout)
    assert [each["transfer_id"] for each in listed["transfers"]] == [transfer["transfer_id"]]
    status = json.loads(node("status", "-n", world.home("bob"), "--json").stdout)
    assert sum(status["transfers"].values()) == 1

    late = node("cancel", transfer["transfer_id"], "-n", world.home("alice"))
    assert late.returncode == 1
    assert late.stderr.count("\n") == 1
    for running in nodes.values():
        code, _out, err = running.stop()
        assert code == 0, err
        assert "Traceback" not in err
        assert "Robert" not in err
        assert "Howard" not in err
    gone = node("status", "-n", world.home("bob"))
    assert gone.returncode == 1
    assert "carnet-node run" in gone.stderr


@pytest.mark.slow
@pytest.mark.parametrize("everybody", [False, True], ids=["SIGTERM", "Ctrl-C"])
def test_a_node_with_workers_stops_without_a_word_and_leaves_none_behind(tmp_path, everybody):
    world = World(tmp_path, members=("alice", "bob"))
    world.settings("alice", "prove = false", "prove = true\n[proofs]\nworkers = 2")
    nodes = {name: Running(world.home(name)) for name in ("alice", "bob")}
    try:
        payload = tmp_path / "payload.json"
        payload.write_text(json_order(order(amount=SATOSHI)))
        sent = node("send", "--to", "bob", "--payload", payload, "--node", world.home("alice"), "--json")
        node("broadcast", json.loads(sent.stdout)["transfer_id"], "-n", world.home("alice"))
        end = time.monotonic() + 60
        while not ask(world.home("alice") / "control.sock", {"command": "status"}, timeout_s=10)["records"]["PROVED"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        code, _out, err = nodes["alice"].stop(signal.SIGINT if everybody else signal.SIGTERM, everybody=everybody)
        assert (code, "Traceback" in err, "leaked" in err) == (0, False, False)
    finally:
        for each in nodes.values():
            each.process.kill()
            each.process.communicate()


@pytest.mark.slow
def test_init_makes_a_folder_once(tmp_path):
    home = tmp_path / "node"
    made = node("init", home, "--vasp", "dave", "--fast-kdf", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["member_card"] == str(home / "member.cbor")
    assert (home / "keystore").stat().st_mode & 0o777 == 0o600
    again = node("init", home, "--vasp", "dave", "--fast-kdf")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["init", "--vasp", "dave", "--fast-kdf"], ["quickstart"]], ids=lambda command: command[0]
)
def test_a_folder_that_cannot_be_made_is_one_line(tmp_path, command):
    (tmp_path / "file").write_bytes(b"")
    refused = node(*command, tmp_path / "file" / "node")
    assert (refused.returncode, refused.stderr) == (2, f"carnet-node: {tmp_path / 'file' / 'node'}: Not a directory\n")


@pytest.mark.slow
def test_a_published_folder_that_cannot_be_written_is_one_line(tmp_path):
    world = World(tmp_path, members=("alice", "bob"))
    published = world.home("alice") / "published"
    published.rmdir()
    published.write_bytes(b"")
    refused = node("run", world.home("alice"))
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert refused.stderr.splitlines()[-1].startswith(f"carnet-node: {published}")


@pytest.mark.slow
def test_init_takes_the_authority_from_its_file(tmp_path):
    (tmp_path / "authority.hex").write_text("ab" * 32 + "\n")
    made = node("init", tmp_path / "node", "--vasp", "dave", "--fast-kdf", "--authority", tmp_path / "authority.hex")
    assert made.returncode == 0, made.stderr
    assert f"{tmp_path / 'node'}/member.cbor" in made.stdout
    assert f'authority = "{"ab" * 32}"' in (tmp_path / "node" / "carnet.toml").read_text()
    refused = node("init", tmp_path / "other", "--vasp", "dave", "--fast-kdf", "--authority", "nobody")
    assert (refused.returncode, (tmp_path / "other").exists()) == (2, False)


@pytest.mark.slow
def test_a_node_that_cannot_start_says_why_in_one_line(tmp_path):
    world = World(tmp_path, members=("alice", "bob"))
    world.directory(expires_in=1 - 86400)
    refused = node("run", world.home("alice"))
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"carnet-node: {world.home('alice')}/directory: the directory (directory.file) is refused")


@pytest.mark.slow
def test_kill_9_on_either_side_loses_and_doubles_nothing(two):
    world, nodes = two

    def control(name, **request):
        return ask(world.home(name) / "control.sock", request, timeout_s=20)

    def phases(name):
        return [each["phase"] for each in control(name, command="list", limit=100)["transfers"]]

    sent = []
    for number, victim in enumerate(("bob", "alice", "bob", "alice")):
        for each in range(5):
            payload = json.loads(json_order(order(amount=1000 + 10 * number + each)))
            sent.append(control("alice", command="send", to="bob", payload=payload)["transfer_id"])
        nodes[victim].stop(signal.SIGKILL)
        nodes[victim] = Running(world.home(victim))
    deadline = time.monotonic() + 30
    while set(phases("alice")) != {"ACCEPTED"}:
        assert time.monotonic() < deadline, phases("alice")
        time.sleep(0.1)
    for transfer in sent:
        shown = {name: control(name, command="show", transfer=transfer) for name in ("alice", "bob")}
        replies = [[reply["sha256"] for reply in each["offers"][0]["replies"]] for each in shown.values()]
        assert replies[0] == replies[1]
        assert len(replies[0]) == 1
    assert len(phases("bob")) == len(phases("alice")) == len(sent)
    assert control("alice", command="status")["outbox"] == 0
    assert control("bob", command="status")["evidence"] == 0
