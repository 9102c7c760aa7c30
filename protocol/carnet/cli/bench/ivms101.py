"""`carnet bench ivms101`: how fast payloads are judged and converted, on one core."""

import json
import platform
import time
from collections.abc import Callable
from statistics import median
from typing import Annotated, Any, Final

import typer

from carnet.cli.terminal import AsJson, show
from carnet.ivms101 import Dialect, convert, read, to_json, validate
from carnet.ivms101.template import template

BATCH: Final = 20


def ivms101(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How many batches of 20 to take.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Measure validation and conversion of a payload of two persons and a provider, after its JSON is parsed."""
    older = template(legal=False, full=True, dialect=Dialect.SPEC_2020)
    newer = template(legal=False, full=True, dialect=Dialect.SPEC_2023)
    identity = read(newer).identity
    moment = int(time.time())
    tasks: dict[str, Callable[[], Any]] = {
        "validate": lambda: validate(newer, now=moment),
        "convert_2020_to_2023": lambda: convert(older, Dialect.SPEC_2023),
        "convert_2023_to_2020": lambda: convert(newer, Dialect.SPEC_2020),
        "convert_to_trisa": lambda: convert(newer, Dialect.TRISA),
        "read": lambda: read(newer),
        "write": lambda: to_json(identity),
    }
    result = {
        "payload_bytes": len(json.dumps(newer, separators=(",", ":"))),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "milliseconds": {name: _milliseconds(task, rounds) for name, task in tasks.items()},
    }
    show(result, as_json=as_json)


def _milliseconds(task: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Return the time of one call: of CPU, since other programs are none of the library's doing."""
    taken = []
    for _ in range(rounds):
        start = time.process_time_ns()
        for _ in range(BATCH):
            task()
        taken.append((time.process_time_ns() - start) / BATCH / 1e6)
    return {"median": round(median(taken), 4), "best": round(min(taken), 4)}
