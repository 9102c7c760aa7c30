"""Packs as the commands take and show them: by name, from their source, compiled or signed."""

from pathlib import Path
from typing import Any, Final

from carnet.cli import files
from carnet.crypto import cose
from carnet.errors import UsageError
from carnet.policy.pack import FieldRule, LegRule, PackSource, PolicyPack, check_pack, pack_hash
from carnet.policy.shipped import shipped_names, shipped_pack
from carnet.policy.source import compile_pack

CBOR_MAP: Final = 5


def load_pack(source: str) -> PolicyPack:
    """Return the pack that *source* names: one of this library, or a file: TOML, compiled, or signed, unverified."""
    if "/" not in source and "." not in source:
        if source not in shipped_names():
            raise UsageError(f"no pack is called {source}: see `carnet policy list`, or name a file with its ending")
        return shipped_pack(source)
    path = Path(source)
    if path.suffix == ".toml":
        text = files.read_text(path)
        try:
            return compile_pack(text)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
    data = files.read(path)
    with files.about(path):
        compiled = data[:1] != b"" and data[0] >> 5 == CBOR_MAP  # what is signed is an array
        return check_pack(PolicyPack.decode(data if compiled else cose.payload_of(data)))


def summary(pack: PolicyPack) -> dict[str, Any]:
    """Return what tells *pack* from others."""
    return {
        "id": pack.id,
        "jurisdiction": pack.jurisdiction,
        "version": pack.version,
        "status": pack.status.name,
        "effective_from": pack.effective_from,
        "effective_until": pack.effective_until,
        "hash": pack_hash(pack).hex(),
    }


def leg_json(rule: LegRule) -> dict[str, Any]:
    """Return *rule* with all that it asks for and bars."""
    return {
        "leg": rule.leg.name,
        "currency": rule.currency,
        "exponent": rule.exponent,
        "full_from": rule.full_from,
        "linked_window_s": rule.linked_window_s,
        "ownership_proof_from": rule.ownership_proof_from,
        "full": [field_json(field) for field in rule.full],
        "basic": [field_json(field) for field in rule.basic],
        "basic_excess": list(rule.basic_excess),
    }


def field_json(field: FieldRule) -> dict[str, Any]:
    """Return what *field* asks for, and of whom."""
    return {
        "subject": field.subject.name,
        "kind": field.kind.name,
        "any_of": [list(paths) for paths in field.any_of],
    }


def source_json(source: PackSource) -> dict[str, Any]:
    """Return where facts are from."""
    return {
        "facts": [fact.name for fact in source.facts],
        "confidence": source.confidence.name,
        "text": source.text,
    }


def asked(field: FieldRule) -> str:
    """Return what *field* asks for in one line."""
    who = field.subject.name if field.kind.name == "ANY" else f"{field.subject.name} ({field.kind.name})"
    return f"{who}: {' or '.join(' and '.join(paths) for paths in field.any_of)}"
