"""Bundles judged by a Dask cluster: two worker processes, the same report to the byte."""

import json

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, long_folder, sound
from carnet_audit.cli import app

distributed = pytest.importorskip("distributed")

AUTHORITY = sound().authority.hex()
SILENT = {
    "distributed.admin.log-format": "%(message)s",
    "distributed.comm.timeouts.connect": "60s",
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.terminate": False,
}
"""A machine that is short of memory, or busy, is to change nothing."""


def written(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("published")
    return [written(root / "alice", long_folder()), written(root / "bob", files("bob"))]


@pytest.fixture(scope="module")
def scheduler():
    """Start a cluster of two worker processes; yield its address."""
    import dask

    with (
        dask.config.set(SILENT),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as started,
    ):
        yield started.scheduler_address


def run(*arguments):
    command = ["verify", "--now", str(NOW), "--authority", AUTHORITY, "--json", *map(str, arguments)]
    return CliRunner().invoke(app, command)


def told(result):
    return result.exit_code, result.stdout, result.stderr


def test_a_cluster_finds_what_one_process_finds_to_the_byte(folders, scheduler):
    alone = run(*folders, "--workers", 1)
    assert (alone.exit_code, alone.stderr) == (1, "")
    assert len(json.loads(alone.stdout)["sources"][0]["findings"]) > 10
    assert told(run(*folders, "--workers", 2)) == told(alone)
    assert told(run(*folders, "--scheduler", scheduler)) == told(alone)
