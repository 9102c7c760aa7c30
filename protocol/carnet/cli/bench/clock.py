"""Measuring: many tasks in turn, round after round, so that whatever else the machine does hits all alike.

Single threads are measured by their own CPU time, since other programs are none of the library's doing; the garbage
collector runs between tasks and never within one.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from statistics import median
from typing import Final, final

__all__ = ["CLOCK", "Key", "Samples", "Task", "Tick", "cpu_ms", "measure", "no_garbage_collection", "summary"]

CLOCK: Final = "CPU time of the thread"

Key = tuple[str, str, str]
"""Whose task it is, what it is about, and what it does: an engine, a statement, `prove`."""
Samples = dict[Key, list[float]]
Tick = Callable[[str], None]
"""Told what is about to be measured, for whoever waits."""

PLACES: Final = 4


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is sampled *times* times a round, in milliseconds for *units* proofs or records.

    It is done *once* only, if it takes long, and otherwise to *warm* up too, before anything counts.
    """

    key: Key
    sample: Callable[[], float]
    times: int = 1
    units: int = 1
    once: bool = False
    warm: bool = True


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collect what there is, and then nothing until the end."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _frozen() -> Iterator[None]:
    """Have collections pass over all that there is already, which is much and stays: each takes no time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def cpu_ms(run: Callable[[], object]) -> float:
    """Return the CPU time that *run* takes in this thread, in milliseconds."""
    start = time.thread_time_ns()
    run()
    return (time.thread_time_ns() - start) / 1e6


def measure(tasks: Sequence[Task], *, rounds: int, tick: Tick) -> Samples:
    """Return the times of all *tasks*, in milliseconds per unit.

    In a round, all that prove come first, shuffled, then all that verify, and so on: what will be compared is measured
    close together, and nothing always comes after the same. What is slow is done in the first round alone.
    """
    samples: Samples = {task.key: [] for task in tasks}
    for task in tasks:
        if task.warm and not task.once:
            tick(f"warming up: {' '.join(task.key)}")
            task.sample()
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.key[-1], []).append(task)
    with _frozen():
        for number, alike in product(range(rounds), groups.values()):
            for task in _shuffled([task for task in alike if not (task.once and number)], number):
                tick(f"round {number + 1} of {rounds}: {' '.join(task.key)}")
                with no_garbage_collection():
                    taken = [task.sample() for _ in range(task.times)]
                samples[task.key] += [each / task.units for each in taken]
    return samples


def _shuffled(tasks: Sequence[Task], number: int) -> list[Task]:
    """Return *tasks* in the order of round *number*: another each time, and the same in every run."""
    return sorted(tasks, key=lambda task: sha256(f"{number} {task.key}".encode()).digest())


def summary(times: Sequence[float] | None, name: str) -> dict[str, float | None]:
    """Return the median of *times* as ``NAME_ms`` and the least as ``NAME_min_ms``; None where nothing was measured."""
    if not times:
        return {f"{name}_ms": None, f"{name}_min_ms": None}
    return {f"{name}_ms": round(median(times), PLACES), f"{name}_min_ms": round(min(times), PLACES)}
