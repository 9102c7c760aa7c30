"""What the times mean: how much each engine gains, and what the dearer statements cost beside the plain ones."""

from collections.abc import Mapping
from typing import Any, Final

from carnet.cli.bench.engines import ENGINES

__all__ = ["ratios"]

DEFAULT: Final = "libsecp256k1"
MEASURES: Final = ("prove", "verify", "batch64", "batch256")


def ratios(engines: Mapping[str, Any], peers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the quotients of *engines*' times, each of medians, and of the least times as ``_min``.

    ``to_plain`` is how many times as fast as without tables; the others are how many times as dear, per record;
    ``peers`` are set against RANGE64 by the default engine.
    """
    ours = engines.get(DEFAULT, {}).get("statements", {}).get("RANGE64", {})
    return {
        "to_plain": _to_plain(engines),
        "tier_to_range64": _of_statements(engines, "TIER", "RANGE64"),
        "tiers4_to_tier": _of_statements(engines, "TIERS4", "TIER"),
        "small_to_big": {
            name: _quotients(times, theirs)
            for name, (times, theirs) in _paired(engines, DEFAULT, f"{DEFAULT}/big").items()
        },
        "peers": {name: told for name, peer in peers.items() if (told := _quotients(peer, ours))},
    }


def _to_plain(engines: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in engines:
        pairs = _paired(engines, ENGINES[name].plain, name)
        if pairs and name != ENGINES[name].plain:
            told[name] = {statement: _quotients(plain, mine) for statement, (plain, mine) in pairs.items()}
    return told


def _paired(engines: Mapping[str, Any], one: str, other: str) -> dict[str, tuple[Any, Any]]:
    """Return both engines' times of each statement that both were measured at."""
    if one not in engines or other not in engines:
        return {}
    ones, others = engines[one]["statements"], engines[other]["statements"]
    return {name: (ones[name], others[name]) for name in ones if name in others}


def _of_statements(engines: Mapping[str, Any], dearer: str, cheaper: str) -> dict[str, Any]:
    told = {}
    for name, engine in engines.items():
        statements = engine["statements"]
        if dearer in statements and cheaper in statements:
            told[name] = _quotients(statements[dearer], statements[cheaper])
    return told


def _quotients(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, float]:
    told = {}
    for measure in MEASURES:
        for key, name in ((f"{measure}_ms", measure), (f"{measure}_min_ms", f"{measure}_min")):
            if one.get(key) and other.get(key):
                told[name] = round(one[key] / other[key], 3)
    return told
