"""`carnet-node bench`: two nodes on this machine, with mutual TLS, SQLite and fsync, and how many transfers they do.

The driver plays the originator's back office: it sends over alice's control socket and waits for bob's answer. An
offer counts when alice has stored bob's ACCEPTED receipt. Settlement, log and proofs come later and are not measured.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, final

from rich import box
from rich.console import Console
from rich.table import Table

from carnet_node.demo.acts.transfers import order
from carnet_node.demo.network import (
    HOST,
    NETWORK,
    Founder,
    free_ports,
    make_node,
    read_member,
    sign_directory,
    write_law,
)
from carnet_node.demo.script import SCENES
from carnet_node.demo.stage import Node, Nodes, Surprise
from carnet_node.errors import NodeError
from carnet_node.init import NewNode

LAWS: Final = {"alice": "FATF", "bob": "EU"}
WARM_UP: Final = 32
WAIT_S: Final = 30
WIDTH: Final = 100

Json = dict[str, Any]

SETTINGS: Final = """
[paths]
packs = "../packs"
quotes = "../quotes"

[observe]
stages = {stages}
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run has measured: *latencies* in seconds, and each node's status before and after."""

    latencies: list[float]
    seconds: float
    before: dict[str, Json]
    after: dict[str, Json]


def bench(*, transfers: int, concurrency: int, stages: bool, as_json: bool) -> int:
    """Measure *transfers* with *concurrency* of them under way at once, print the result, return the exit status."""
    try:
        result = measure(transfers=transfers, concurrency=concurrency, stages=stages)
    except KeyboardInterrupt:
        return 130
    except (Surprise, NodeError, OSError) as error:
        sys.stderr.write(f"carnet-node bench: {error}\n")
        return 1
    if as_json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
    else:
        _show(result)
    return 0


def measure(*, transfers: int, concurrency: int, stages: bool) -> Json:
    """Return what `carnet-node bench --json` prints; reference_node/json.md says what its keys mean."""
    with tempfile.TemporaryDirectory(prefix="carnet-") as folder, _pair(Path(folder), stages=stages) as nodes:
        _send(nodes["alice"], WARM_UP, concurrency=concurrency)
        before = {name: nodes[name].ask("status") for name in LAWS}
        started = time.monotonic()
        latencies = _send(nodes["alice"], transfers, concurrency=concurrency)
        seconds = time.monotonic() - started
        after = {name: nodes[name].ask("status") for name in LAWS}
    return _result(Run(latencies=latencies, seconds=seconds, before=before, after=after), concurrency=concurrency)


@contextmanager
def _pair(folder: Path, *, stages: bool) -> Iterator[Nodes]:
    now, founder = int(time.time()), Founder.new()
    settings = SETTINGS.format(stages=str(stages).lower())
    for (name, law), port in zip(LAWS.items(), free_ports(len(LAWS)), strict=True):
        new = NewNode(
            network=NETWORK,
            vasp=name,
            name=name,
            jurisdiction=law,
            endpoint=f"{HOST}:{port}",
            listen=f"{HOST}:{port}",
            log_origin=f"{name}.example/carnet",
            authority=founder.authority_hex,
            settings=settings,
        )
        make_node(folder / name, new, now=now)
    members = tuple(read_member(folder / name) for name in LAWS)
    signed = sign_directory(founder, members=members, witnesses=(), now=now)
    for name in LAWS:
        (folder / name / "directory").write_bytes(signed)
    write_law(folder, founder, now=now)
    with Nodes(Node(name, folder / name) for name in LAWS) as nodes:
        yield nodes


def _send(alice: Node, count: int, *, concurrency: int) -> list[float]:
    """Send *count* transfers, and return how long each took until it was accepted."""
    scenes = [scene for scene in SCENES if scene.beneficiary.vasp == "bob" and scene.name != "repaired"]
    orders = [order(scene) for scene in scenes]

    def one(payload: Json) -> float:
        started = time.monotonic()
        state = alice.ask("send", to="bob", payload=payload, wait=WAIT_S)
        if state["phase"] != "ACCEPTED":
            raise Surprise(f"a transfer came to {state['phase']} instead of ACCEPTED")
        return time.monotonic() - started

    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(one, islice(cycle(orders), count)))


def _result(run: Run, *, concurrency: int) -> Json:
    count = len(run.latencies)
    cpu = {name: run.after[name]["cpu_s"] - run.before[name]["cpu_s"] for name in LAWS}
    busier = max(cpu, key=lambda name: cpu[name])
    cuts = statistics.quantiles(run.latencies, n=100, method="inclusive")
    return {
        "accepted": count,
        "seconds": round(run.seconds, 3),
        "accepted_per_s": round(count / run.seconds, 1),
        "accepted_per_core_s": round(count / cpu[busier], 1),
        "busier": busier,
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "concurrency": concurrency,
        "nodes": {
            name: {
                "cpu_ms": round(cpu[name] * 1000 / count, 3),
                "stages": _stages(run.before[name], run.after[name], count, cpu_s=cpu[name]),
            }
            for name in LAWS
        },
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }


def _stages(before: Json, after: Json, count: int, *, cpu_s: float) -> dict[str, Json]:
    """Return what each stage took per transfer; all that no stage is charged for is gRPC, TLS, asyncio and the rest."""
    found = {}
    none = {"calls": 0, "cpu_s": 0.0, "wall_s": 0.0}
    left = cpu_s
    for name, watch in after["stages"].items():
        old = before["stages"].get(name, none)
        spent = {key: (watch[key] - old[key]) / count for key in none}
        left -= spent["cpu_s"] * count
        found[name] = {
            "calls": round(spent["calls"], 2),
            "cpu_ms": round(spent["cpu_s"] * 1000, 3),
            "wall_ms": round(spent["wall_s"] * 1000, 3),
        }
    if found:
        found["gRPC, TLS and the rest"] = {"calls": 1.0, "cpu_ms": round(left * 1000 / count, 3), "wall_ms": None}
    return found


def _show(result: Json) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(
        f"{result['accepted']} transfers, {result['concurrency']} at once, in {result['seconds']} s: "
        f"{result['accepted_per_s']} accepted per second"
    )
    console.print(f"{result['accepted_per_core_s']} per core-second of the busier node ({result['busier']})")
    console.print(f"latency until the receipt is stored: p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms")
    for name, node in result["nodes"].items():
        table = Table(
            "stage",
            box=box.SIMPLE_HEAD,
            title=f"{name}: {node['cpu_ms']} ms of CPU a transfer",
            title_justify="left",
        )
        for heading in ("calls", "CPU ms", "wall ms"):
            table.add_column(heading, justify="right")
        stages = sorted(node["stages"].items(), key=lambda item: -item[1]["cpu_ms"])
        for stage, spent in stages:
            wall = "" if spent["wall_ms"] is None else f"{spent['wall_ms']:.3f}"
            table.add_row(stage, f"{spent['calls']:g}", f"{spent['cpu_ms']:.3f}", wall)
        if stages:
            console.print(table)
