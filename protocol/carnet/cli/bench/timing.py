"""Whether the prover's time tells the size of an amount: Welch's t of two classes of amounts, one small and one large.

After dudect (Reparaz, Balasch and Verbauwhede 2017): calls with either class alternate at random, the slowest tenth
of all is left out as other programs' doing, and a t far from 0 says that the means differ. This is reported and never
asserted: on a busy machine nothing follows from one run. The variable-time product is there to be caught.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from math import sqrt
from statistics import fmean, variance
from typing import Any, Final

from carnet.cli.bench.clock import no_garbage_collection
from carnet.crypto.coins import system_coins
from carnet.crypto.group import Group, N
from carnet.crypto.group.generators import SECRET_OFFSET, bases
from carnet.zk.bulletproof import _commit_bits
from carnet.zk.fields import random_scalars

__all__ = ["THRESHOLD", "timing", "welch"]

SMALL: Final = 5
LARGE: Final = 2**63 - 1
BITS: Final = 64
THRESHOLD: Final = 4.5
"""From where on dudect holds a difference to be one."""
KEPT: Final = 0.9
SAMPLES: Final = 6000

Call = Callable[[], object]


def welch(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Welch's t for the means of *one* and *other*."""
    error = variance(one) / len(one) + variance(other) / len(other)
    return (fmean(one) - fmean(other)) / sqrt(error) if error else 0.0


def timing(engine: Group, *, samples: int = SAMPLES, tick: Callable[[str], None]) -> dict[str, Any]:
    """Return what the times of *engine*'s calls with secrets tell of the amount; *samples* of each call."""
    told = {}
    for name, prepare in _calls(engine).items():
        tick(f"timing of {name}")
        told[name] = _compare(prepare, samples)
    return {
        "clock": "wall, one call at a time, the slowest tenth left out",
        "classes": [str(SMALL), str(LARGE)],
        "threshold": THRESHOLD,
        "calls": told,
    }


def _calls(engine: Group) -> dict[str, Callable[[int], Call]]:
    """Return, by name, what makes a call of an amount; all that is not the call is done before it is timed."""
    basis = bases(engine)

    def commit(amount: int) -> Call:
        return partial(basis.commit, value=amount, blinding=random_scalars(system_coins, 1)[0])

    def commit_bits(amount: int) -> Call:
        bits = [amount >> at & 1 for at in range(BITS)]
        return partial(_commit_bits, basis, bits, random_scalars(system_coins, 1)[0])

    return {
        "mul_secret": lambda amount: partial(engine.mul_secret, (amount + SECRET_OFFSET) % N, basis.value),
        "commit": commit,
        "commit_bits": commit_bits,
        "mul": lambda amount: partial(engine.mul, amount, basis.value),
    }


def _compare(prepare: Callable[[int], Call], samples: int) -> dict[str, Any]:
    """Return the test of one call: t, both means and their difference, in nanoseconds."""
    times = _sample(prepare, samples)
    limit = sorted(taken for _, taken in times)[int(KEPT * (len(times) - 1))]
    small, large = (
        [float(taken) for is_large, taken in times if is_large is which and taken <= limit] for which in (False, True)
    )
    if min(len(small), len(large)) < 2:
        return {"t": None, "stands_out": None}
    t = welch(large, small)
    return {
        "t": round(t, 2),
        "stands_out": abs(t) > THRESHOLD,
        "small_ns": round(fmean(small), 1),
        "large_ns": round(fmean(large), 1),
        "samples": [len(small), len(large)],
    }


def _sample(prepare: Callable[[int], Call], samples: int) -> list[tuple[bool, int]]:
    classes = [bool(byte & 1) for byte in system_coins(samples)]
    calls = [(is_large, prepare(LARGE if is_large else SMALL)) for is_large in classes]
    times = []
    with no_garbage_collection():
        for is_large, call in calls:
            start = time.perf_counter_ns()
            call()
            times.append((is_large, time.perf_counter_ns() - start))
    return times
