"""The benchmark runs, counts right, and charges every stage that it knows."""

import json

import pytest

from carnet_node.bench import bench, measure
from carnet_node.stages import STAGES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_all_stages_are_entered_and_the_figures_agree():
    result = measure(transfers=24, concurrency=4, stages=True)
    nodes = result["nodes"]
    entered = {name for node in nodes.values() for name in node["stages"]}
    assert entered == {*STAGES, "gRPC, TLS and the rest"}
    assert result["accepted"] == 24
    assert result["accepted_per_s"] == pytest.approx(24 / result["seconds"], rel=0.01)
    busier = nodes[result["busier"]]["cpu_ms"]
    assert busier == max(node["cpu_ms"] for node in nodes.values())
    assert result["accepted_per_core_s"] == pytest.approx(1000 / busier, rel=0.02)
    assert 0 < result["p50_ms"] <= result["p99_ms"]
    assert nodes["alice"]["stages"]["HPKE seal"]["calls"] == nodes["bob"]["stages"]["HPKE open"]["calls"] == 1
    for node in nodes.values():
        spent = sum(stage["cpu_ms"] for stage in node["stages"].values())
        assert spent == pytest.approx(node["cpu_ms"], rel=0.01)


def test_json_has_the_keys_that_the_readme_names(capsys):
    assert bench(transfers=12, concurrency=2, stages=False, as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {
        "accepted", "seconds", "accepted_per_s", "accepted_per_core_s", "busier", "p50_ms", "p99_ms", "concurrency",
        "nodes", "machine",
    }  # fmt: skip
    assert all(node["stages"] == {} for node in result["nodes"].values())
