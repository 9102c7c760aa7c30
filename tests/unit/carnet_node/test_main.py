"""The node's command line where a part of it is not installed."""

import pytest

import carnet_node.__main__ as command


@pytest.mark.parametrize(("missing", "told"), [("grpc", True), ("carnet_node.gone", False)])
def test_a_library_that_is_not_installed_is_one_line_and_a_part_of_ours_is_a_bug(monkeypatch, capsys, missing, told):
    def app():
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(command, "app", app)
    with pytest.raises(SystemExit if told else ModuleNotFoundError):
        command.main()
    assert ("pip install 'carnet[node]'" in capsys.readouterr().err) is told
