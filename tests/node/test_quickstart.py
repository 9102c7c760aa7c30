"""One node from nothing: it starts, says what to try, and goes on the next day."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carnet_node.config import load_config
from carnet_node.control import ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def started(folder):
    return subprocess.Popen(
        [sys.executable, "-m", "carnet_node", "quickstart", folder.name],
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "CARNET_PASSPHRASE"},
    )


@contextlib.contextmanager
def node(folder):
    """Yield what the node says once it is ready, and stop it with Ctrl-C."""
    with started(folder) as process:
        told = []
        for line in process.stdout:
            told.append(line)
            if "Ctrl-C" in line:
                break
        try:
            yield "".join(told)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0


def status(folder):
    return ask(load_config(folder).paths.control, {"command": "status"}, timeout_s=10)


def test_it_starts_says_what_to_try_and_goes_on_with_the_same_keys(tmp_path):
    home = tmp_path / "node"
    with node(home) as told:
        assert "carnet-node status --node node" in told
        first = status(home)
        assert first["member"] is True
        assert set(first["packs"]) == {"fatf-2019", "eu-tfr-2023"}
        programs = os.path.relpath(Path(sys.executable).parent, tmp_path)
        done = subprocess.run(
            [f"{programs}/carnet-node", "status", "--node", "node"], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0
    member = (home / "member.cbor").read_bytes()
    with node(home):
        second = status(home)
    assert (home / "member.cbor").read_bytes() == member
    assert (second["bundle_serial"], second["directory_version"]) == (1, 1)


def test_its_secrets_are_its_owners_alone(tmp_path):
    home = tmp_path / "node"
    with node(home):
        for name in ("keystore", "sandbox/authority", "sandbox/packs", "sandbox/quotes", "sandbox/passphrase"):
            assert (home / name).stat().st_mode & 0o077 == 0, name


def test_a_node_that_it_did_not_make_is_left_alone(tmp_path):
    home = tmp_path / "node"
    home.mkdir()
    (home / "carnet.toml").write_text("# somebody's\n")
    with started(home) as process:
        _, told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert (
        told == "carnet-node: node: holds a node that quickstart has not made; start it with `carnet-node run node`\n"
    )
    assert [path.name for path in home.iterdir()] == ["carnet.toml"]
