import subprocess
import sys

import pytest

from .conftest import carnet


def test_nothing_asked_shows_the_commands():
    outcome = carnet("--help")
    assert outcome.status == 0
    for command in ("keys", "directory", "policy", "issuer", "quote", "seal", "open", "prove", "verify", "inspect"):
        assert f"\n  {command} " in outcome.out


def test_versions_are_told():
    assert carnet("--version").out.startswith("carnet 0.")


@pytest.mark.parametrize("arguments", [["unknown"], ["keys"], ["keys", "new"], ["verify"], ["seal", "x"]])
def test_a_wrong_use_has_its_own_exit_code(arguments):
    assert carnet(*arguments).status == 2


def test_the_command_is_installed(tmp_path):
    command = "import sys; from carnet.cli import main; sys.argv = ['carnet', 'verify', sys.argv[1]]; main()"
    run = subprocess.run([sys.executable, "-c", command, tmp_path / "none"], capture_output=True, check=False)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode() == f"carnet: {tmp_path / 'none'}: No such file or directory\n"


def test_a_directory_is_no_file(tmp_path):
    outcome = carnet("inspect", tmp_path)
    assert (outcome.status, outcome.err) == (2, f"carnet: {tmp_path}: Is a directory\n")


def test_writing_where_one_cannot_is_told(tmp_path):
    outcome = carnet("prove", "--limit", 1, "--value", 0, "--basic", "--out", tmp_path / "none" / "claim.json")
    assert (outcome.status, outcome.err) == (2, f"carnet: {tmp_path / 'none'}: no such directory\n")
