import functools
import importlib
import time

import pytest

from carnet_node.stages import STAGES, Stages


def find(place):
    module, _, path = place.partition(":")
    return functools.reduce(getattr, path.split("."), importlib.import_module(module))


@pytest.mark.parametrize("place", [place for places in STAGES.values() for place in places])
def test_every_stage_is_a_function_that_is_there(place):
    assert callable(find(place))


def test_an_inner_stage_is_not_charged_to_the_outer_one():
    stages = Stages()
    inner, outer = stages.watches["HPKE open"], stages.watches["examine"]
    sleep = stages._timed(lambda: time.sleep(0.02), inner)
    stages._timed(lambda: [sleep(), sleep()], outer)()
    report = stages.report()
    assert set(report) == {"HPKE open", "examine"}
    assert (inner.calls, outer.calls) == (2, 1)
    assert inner.wall_s >= 0.04 > outer.wall_s
    assert inner.cpu_s < 0.01


def test_a_stage_that_fails_is_charged_too():
    stages = Stages()
    with pytest.raises(ZeroDivisionError):
        stages._timed(lambda: 1 / 0, stages.watches["sign"])()
    assert stages.watches["sign"].calls == 1
