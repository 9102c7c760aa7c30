"""Bundles judged by a Dask cluster: two worker processes, the same report to the byte."""

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from typer.testing import CliRunner

from audit_folders import NOW, files, long_folder, sound
from carnet_audit import cluster
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
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
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


def refused(address, *more):
    """Return the one line that says why nothing could be told."""
    result = run("nowhere", "--scheduler", address, *more)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    return result.stderr


def test_without_dask_it_is_said_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", missing)
    assert "pip install 'carnet[cluster]'" in refused("tcp://127.0.0.1:9")


def test_nobody_at_the_address_is_said():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "tcp://{}:{}".format(*listener.getsockname())
    began = time.monotonic()
    command = [sys.executable, "-m", "carnet_audit", "verify", "nowhere", "--scheduler", address]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"carnet-audit: the scheduler {address} cannot be reached\n"
    assert time.monotonic() - began < 30  # ten, and some for a busy machine


@contextmanager
def answering(answer):
    """Yield the address of somebody who accepts connections, and says *answer*."""
    kept = []

    def serve():
        with suppress(OSError):
            while True:
                opened, _ = listener.accept()
                kept.append(opened)
                opened.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield "tcp://{}:{}".format(*listener.getsockname())
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for each in kept:
                each.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 99], ids=["silent", "of the web"])
def test_somebody_else_at_the_address_is_not_waited_for(monkeypatch, answer):
    monkeypatch.setattr(cluster, "TIMEOUT_S", 1)
    began = time.monotonic()
    with answering(answer) as address:
        assert "cannot be reached" in refused(address)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://127.0.0.1", "http://127.0.0.1:9", "inproc://x"])
def test_what_is_no_address_is_said(address):
    assert "cannot be reached" in refused(address)


def test_a_cluster_without_workers_is_said():
    with distributed.LocalCluster(
        n_workers=0, processes=False, dashboard_address=":0", host="127.0.0.1", protocol="tcp"
    ) as empty:
        assert "has no workers" in refused(empty.scheduler_address)


def test_workers_that_all_go_away_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.2)
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=":0", host="127.0.0.1", protocol="tcp"
        ) as failing,
        cluster.cluster(failing.scheduler_address) as (executor, _),
    ):
        assert executor.submit(abs, -2).result() == 2
        failing.scale(0)
        failing.sync(failing._correct_state)
        with pytest.raises(cluster.ClusterError, match="no workers any more"):
            executor.submit(abs, -3).result()
