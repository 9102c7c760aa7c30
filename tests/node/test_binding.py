"""The gRPC binding: what is committed is what proto/ says, and a server tells which services it has."""

import subprocess
import sys
from pathlib import Path

import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from node.test_adversaries import as_member
from node.world import running

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_committed_stubs_are_those_of_the_proto_files(tmp_path):
    pytest.importorskip("grpc_tools")
    subprocess.run(
        [ROOT / "proto" / "generate.sh", tmp_path],
        check=True,
        capture_output=True,
        env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"},
    )
    folder = ROOT / "protocol" / "carnet" / "rpc" / "v1"
    made = {file.name: file.read_text() for file in (tmp_path / "carnet" / "rpc" / "v1").iterdir()}
    kept = {file.name: file.read_text() for file in folder.iterdir() if "_pb2" in file.name}
    assert made == kept


async def test_a_server_lists_its_services(world):
    async with running(world, "bob"), as_member(world, "alice") as line:
        stub = reflection_pb2_grpc.ServerReflectionStub(line)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = [answer async for answer in stub.ServerReflectionInfo(iter([request]))]
        names = {service.name for service in answers[0].list_services_response.service}
        assert names == {
            "carnet.rpc.v1.BundleService",
            "carnet.rpc.v1.LogService",
            "carnet.rpc.v1.TransferService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1alpha.ServerReflection",
        }
