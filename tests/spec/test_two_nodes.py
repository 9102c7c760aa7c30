"""reference_node/two-nodes.md: its commands, in their order, make a network, a settled transfer and a sound audit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carnet_node.demo.network import free_ports

PAGE = (Path(__file__).parents[2] / "reference_node" / "two-nodes.md").read_text(encoding="utf-8")
PROGRAMS = Path(sys.executable).parent


@pytest.mark.slow
def test_its_commands_make_a_network_a_transfer_and_a_sound_audit(tmp_path):
    (script,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for named, free in zip(("7401", "7402"), free_ports(2), strict=True):
        script = script.replace(named, str(free))
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^outcome: +SETTLED$", done.stdout, re.MULTILINE)
    assert done.stdout.rstrip().endswith("verdict: sound")
    for log in ("anna.log", "bert.log"):
        written = (tmp_path / log).read_text(encoding="utf-8")
        assert "Traceback" not in written
        assert "Quill" not in written
