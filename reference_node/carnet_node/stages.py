"""Where the time goes: a profiler that knows the stages of a transfer, for `carnet-node bench` alone.

With ``observe.stages = true`` the functions named here are wrapped in stopwatches; without it, nothing is touched.
Each stage is charged for itself alone: what an inner stage took is not counted again in the outer one.
"""

import functools
import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

STAGES: Final = {
    "read IVMS101": ("carnet_node.commands:read",),
    "HPKE seal": ("carnet.crypto.hpke:seal",),
    "HPKE open": ("carnet.crypto.hpke:PrivateKey.open",),
    "payload root": ("carnet.envelope.tree:root",),
    "commitments": (
        "carnet.zk.pedersen:commit",
        "carnet.zk.pedersen:verify_opening",
        "carnet.zk.pedersen:check_point",
    ),
    "sign": ("carnet.crypto.sign:sign",),
    "verify signatures": ("carnet.crypto.sign:verify",),
    "decode": ("carnet.wire:decode",),
    "required fields": ("carnet.exchange.examination:_fields",),
    "examine": ("carnet_node.inbound:examine",),
    "open header": ("carnet_node.inbound:open_header",),
    "seal offer": ("carnet_node.outbound:seal_next",),
    "open reply": ("carnet_node.outbound:open_reply",),
    "look up": ("carnet_node.stores.database:Database.look",),
    "transaction": ("carnet_node.stores.database:Database._commit",),
}
"""By stage: the functions, as module and name, that it consists of."""


@final
@dataclass(slots=True)
class Stopwatch:
    """What one stage has taken so far: *cpu_s* of its thread, *wall_s* by the clock."""

    calls: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


class Stages:
    """The stopwatches of this process."""

    def __init__(self) -> None:
        self.watches: Final = {name: Stopwatch() for name in STAGES}
        self._inner: Final = threading.local()
        self._lock: Final = threading.Lock()

    def install(self) -> None:
        """Wrap all functions that `STAGES` names."""
        for name, places in STAGES.items():
            for place in places:
                module, _, path = place.partition(":")
                *outer, attribute = path.split(".")
                owner = functools.reduce(getattr, outer, importlib.import_module(module))
                setattr(owner, attribute, self._timed(getattr(owner, attribute), self.watches[name]))

    def report(self) -> dict[str, dict[str, float]]:
        """Return all stages that were entered."""
        return {
            name: {"calls": watch.calls, "cpu_s": watch.cpu_s, "wall_s": watch.wall_s}
            for name, watch in self.watches.items()
            if watch.calls
        }

    def _timed(self, function: Callable[..., Any], watch: Stopwatch) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(self._inner, "spent", (0.0, 0.0))
            self._inner.spent = (0.0, 0.0)
            cpu, wall = time.thread_time(), time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
                inner_cpu, inner_wall = self._inner.spent
                with self._lock:
                    watch.calls += 1
                    watch.cpu_s += cpu - inner_cpu
                    watch.wall_s += wall - inner_wall
                self._inner.spent = (outer[0] + cpu, outer[1] + wall)

        return timed
