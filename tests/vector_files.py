"""Read the vectors of spec/vectors for their runners; nothing here knows how they were made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carnet.errors import PeerError

VECTORS = Path(__file__).parent.parent / "spec" / "vectors"


def unhex(value: Any, key: str = "") -> Any:
    """Turn every string into bytes, but what stands under ``*_text`` and ``*_json``."""
    match value:
        case _ if key.endswith("_json") or key in {"name", "why", "expect"}:
            return value
        case str():
            return value if key.endswith("_text") else bytes.fromhex(value)
        case list():
            return [unhex(each, key) for each in value]
        case dict():
            return {name: unhex(each, name) for name, each in value.items()}
    return value


def load(suite: str) -> list[dict[str, Any]]:
    """Return the vectors of *suite*, hex turned to bytes."""
    return [unhex(each) for each in json.loads((VECTORS / f"{suite}.json").read_text(encoding="utf-8"))["vectors"]]


def each(suite: str) -> pytest.MarkDecorator:
    """Parametrise a test over the vectors of *suite*, as ``case``."""
    return pytest.mark.parametrize("case", load(suite), ids=lambda case: case["name"])


def arguments(case: dict[str, Any]) -> dict[str, Any]:
    """Return what the vector gives, without its name, reason and expectation."""
    return {key: value for key, value in case.items() if key not in {"name", "why", "expect"}}


def outcome(act: Callable[[], object]) -> str:
    """Return ``ok``, or the name of the check that refused."""
    try:
        act()
    except PeerError as error:
        return error.check
    return "ok"
