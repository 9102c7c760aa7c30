"""`carnet-node report` and `carnet-node sandbox`, with real processes."""

import json
import signal
import time

import pytest

from node.test_cli import Running, node
from node.world import World

SANDBOX = """
[sandbox]
clock = true
"""


@pytest.fixture
def alone(tmp_path):
    world = World(tmp_path, members=("alice",), settings=SANDBOX)
    world.expires_in = 30 * 86400
    world.directory()
    running = Running(world.home("alice"))
    yield world, running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def asked(world, *arguments):
    done = node(*arguments, "--node", world.home("alice"), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def issued(world, serial):
    """Return the reports, once the one with this *serial* is out."""
    deadline = time.monotonic() + 60
    while True:
        listed = asked(world, "report", "list")["reports"]
        done = {each["serial"]: each["state"] for each in listed}.get(serial) == "ISSUED"
        if done or time.monotonic() > deadline:
            return listed
        time.sleep(0.2)


def test_days_pass_in_a_sandbox_and_are_reported(alone):
    world, running = alone
    before = asked(world, "status")["reports"]
    assert (before["newest"], before["next"]["serial"], before["waiting"]) == (0, 1, [])
    moved = asked(world, "sandbox", "advance", "--days", "2")
    assert moved["epoch"] == moved["now"] // 86400

    listed = issued(world, 2)
    assert [(each["serial"], each["state"]) for each in listed] == [(3, "OPEN"), (2, "ISSUED"), (1, "ISSUED")]
    shown = asked(world, "report", "show", "1")
    assert (shown["report"]["serial"], shown["report"]["rows"], shown["channels"]) == (1, [], [])
    plain = node("report", "list", "--node", world.home("alice"))
    assert plain.stdout.count("no entries") == 2
    assert "entries from 0 on" in plain.stdout
    missing = node("report", "show", "9", "--node", world.home("alice"))
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "there is no report 9" in missing.stderr

    assert running.stop(signal.SIGTERM)[0] == 0
    again = Running(world.home("alice"))
    try:
        assert asked(world, "status")["reports"]["next"]["serial"] == 3
    finally:
        again.stop()
