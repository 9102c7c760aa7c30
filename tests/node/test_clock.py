"""A sandbox's clock: moved by a command, and nowhere else."""

import pytest

from carnet_node.commands import Commands
from carnet_node.errors import CommandError, ConfigError
from carnet_node.sandbox.clock import DAY_S, MOST_DAYS, SandboxClock
from node.world import World


def test_a_clock_that_was_moved_stays_so_after_a_restart(tmp_path):
    clock = SandboxClock(tmp_path / "clock", real=lambda: 1000.5)
    assert clock() == 1000.5
    clock.advance(1)
    clock.advance(2)
    assert clock() == 1000.5 + 3 * DAY_S
    assert SandboxClock(tmp_path / "clock", real=lambda: 7.0)() == 7.0 + 3 * DAY_S


def test_a_clock_is_not_moved_beyond_all_bounds(tmp_path):
    clock = SandboxClock(tmp_path / "clock", real=lambda: 0.0)
    clock.advance(MOST_DAYS)
    with pytest.raises(CommandError, match="at most"):
        clock.advance(1)
    assert clock() == MOST_DAYS * DAY_S


@pytest.mark.parametrize("data", [b"soon", b"nan", b"inf", b"1e300", b"", b"\xff"])
def test_a_damaged_clock_is_named(tmp_path, data):
    (tmp_path / "clock").write_bytes(data)
    with pytest.raises(ConfigError, match="clock"):
        SandboxClock(tmp_path / "clock")


async def test_only_a_sandbox_lets_its_clock_be_moved(tmp_path):
    world = World(tmp_path, members=("alice",))
    (app,) = await world.start("alice")
    try:
        answer = await Commands(app).handle({"command": "advance", "days": 1})
    finally:
        await world.stop()
    assert (answer["ok"], answer["status"]) == (False, 1)
    assert "sandbox.clock" in answer["error"]


@pytest.mark.parametrize("days", [0, -1, True, 1.5, "1", None, MOST_DAYS + 1])
async def test_days_are_a_whole_number_of_them(days):
    answer = await Commands(None).handle({"command": "advance", "days": days})
    assert (answer["ok"], answer["status"]) == (False, 2)
