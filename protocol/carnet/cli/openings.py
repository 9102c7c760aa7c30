"""Opening files: the secrets that open a claim's commitments, beside the claim, for their owner's eyes only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from carnet.cli import files
from carnet.cli.claims import FORMS, as_json, kind_of
from carnet.crypto.group import N
from carnet.errors import UsageError
from carnet.zk.commitment import Opening
from carnet.zk.pedersen import MAX_VALUE
from carnet.zk.tier import TierWitness

TIER_SECRETS: Final = ("value", "value_blinding", "window", "window_blinding", "full", "flag_blinding")
SECRETS: Final = ("openings",)


def secrets_of(kind: object) -> tuple[str, ...] | None:
    """Return the names in an opening file of type *kind*, or None if it is none."""
    if kind == kind_of("tier", "opening"):
        return TIER_SECRETS
    return SECRETS if any(kind == kind_of(statement, "opening") for statement in FORMS) else None


def encode_tier(witness: TierWitness) -> bytes:
    """Return the file of what opens a claim of TIER."""
    return as_json(
        {
            "type": kind_of("tier", "opening"),
            "value": str(witness.value),
            "value_blinding": f"{witness.value_blinding:064x}",
            "window": str(witness.window),
            "window_blinding": f"{witness.window_blinding:064x}",
            "full": witness.full,
            "flag_blinding": f"{witness.flag_blinding:064x}",
        }
    )


def encode(statement: str, openings: Sequence[Opening]) -> bytes:
    """Return the file of the *openings* of a claim's commitments, in their order."""
    listed = [{"value": str(each.value), "blinding": f"{each.blinding:064x}"} for each in openings]
    return as_json({"type": kind_of(statement, "opening"), "openings": listed})


def read(path: Path) -> list[Opening]:
    """Return the openings in *path*; of TIER, that of the value. What is wrong is told by name, never by content."""
    data = files.read_json(path)
    if not isinstance(data, dict) or (names := secrets_of(data.get("type"))) is None:
        raise UsageError(f"{path}: no opening: the file that `carnet prove` wrote beside a claim is needed")
    if data.keys() != {"type", *names}:
        raise UsageError(f"{path}: an opening holds type, {', '.join(names)}")
    if names == TIER_SECRETS:
        return [_opening(path, data["value"], data["value_blinding"])]
    listed = data["openings"]
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise UsageError(f"{path}: openings: a list of objects of value and blinding is needed")
    return [_opening(path, each.get("value"), each.get("blinding")) for each in listed]


def _opening(path: Path, value: Any, blinding: Any) -> Opening:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > len(str(MAX_VALUE)):
        raise UsageError(f"{path}: value: a number below 2^128 is needed, in a string")
    if not isinstance(blinding, str) or len(blinding) != len(f"{N:x}"):
        raise UsageError(f"{path}: blinding: 32 bytes in hex are needed")
    try:
        opening = Opening(value=int(value), blinding=int.from_bytes(bytes.fromhex(blinding), "big"))
    except ValueError:
        raise UsageError(f"{path}: blinding: 32 bytes in hex are needed") from None
    if opening.value >= MAX_VALUE or not 0 < opening.blinding < N:
        raise UsageError(f"{path}: value below 2^128 and blinding from 1 to n - 1 are needed")
    return opening
