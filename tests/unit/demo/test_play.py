import json
from contextlib import contextmanager

import pytest

from carnet_node.demo import play
from carnet_node.demo.stage import Surprise, expect, until


@pytest.fixture
def stage(monkeypatch):
    """Put a stage without nodes under the demo, and note whether it was cleared."""
    cleared = []

    @contextmanager
    def opened(folder):
        try:
            yield folder
        finally:
            cleared.append(folder)

    monkeypatch.setattr(play, "opened", opened)
    return cleared


def acts(monkeypatch, raised):
    def surprise(*_args, **_more):
        raise raised

    monkeypatch.setattr(play, "_acts", surprise)


def test_a_surprise_ends_the_demo_with_one_clear_line(stage, monkeypatch, capsys):
    acts(monkeypatch, Surprise("bob did what nobody promised"))
    assert play.demo() == 1
    assert capsys.readouterr().err == "carnet-node demo: a surprise: bob did what nobody promised\n"
    assert not stage[0].exists()


def test_a_surprise_is_in_the_json(stage, monkeypatch, capsys):
    acts(monkeypatch, Surprise("so"))
    assert play.demo(as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["surprise"], told["audit"]) == (False, "a surprise: so", None)
    assert len(stage) == 1


def test_what_nobody_foresaw_still_clears_the_stage(stage, monkeypatch):
    acts(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        play.demo(as_json=True)
    assert not stage[0].exists()


def test_an_interruption_is_told_from_a_surprise(stage, monkeypatch, capsys):
    acts(monkeypatch, KeyboardInterrupt())
    assert play.demo(as_json=True) == 130
    assert json.loads(capsys.readouterr().out)["surprise"] == "interrupted; every process is stopped"
    assert len(stage) == 1


def test_a_path_too_long_for_sockets_is_refused_before_anything_is_made(stage, tmp_path, capsys):
    keep = tmp_path / ("x" * 80)
    assert play.demo(as_json=True, keep=keep) == 1
    assert "too long" in capsys.readouterr().err
    assert not keep.exists()
    assert stage == []


def test_waiting_ends_with_a_surprise():
    with pytest.raises(Surprise, match="nothing comes"):
        until(lambda: None, surprise="nothing comes", seconds=0.05)
    assert until(lambda: 0, surprise="") == 0


def test_what_holds_is_no_surprise():
    expect(holds=True, surprise="")
    with pytest.raises(Surprise, match="so it is not"):
        expect(holds=False, surprise="so it is not")
