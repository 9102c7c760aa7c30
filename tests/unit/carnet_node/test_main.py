"""The node's command line where a part of it is not installed."""

import subprocess
import sys

import pytest

from carnet_node import __main__ as command
from carnet_node import command_line


@pytest.mark.parametrize(("missing", "told"), [("grpc", True), ("carnet_node.gone", False)])
def test_a_library_that_is_not_installed_is_one_line_and_a_part_of_ours_is_a_bug(monkeypatch, capsys, missing, told):
    def app():
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(command_line, "app", app)
    with pytest.raises(SystemExit if told else ModuleNotFoundError):
        command.main()
    assert ("pip install 'carnet[node]'" in capsys.readouterr().err) is told


def test_a_process_that_makes_proofs_starts_without_the_commands():
    asked = (
        "import sys, carnet_node.__main__; assert not {'typer', 'grpc', 'carnet_node.command_line'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)
