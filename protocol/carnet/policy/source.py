"""Packs as people write them: TOML, compiled to the one encoding (spec/policy.md#source).

A source names each set of alternatives once, under ``[sets.NAME]``, and its legs refer to the sets. An author's mistake
is a `UsageError` that names the key.
"""

import tomllib
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, NoReturn, TypeVar

from carnet.errors import PolicyError, UsageError
from carnet.policy.pack import (
    Confidence,
    Fact,
    FieldRule,
    Leg,
    LegRule,
    PackSource,
    PolicyPack,
    Status,
    check_pack,
)
from carnet.policy.path import PersonKind, Subject

E = TypeVar("E", bound=IntEnum)

EPOCH_DAY: Final = 719163  # 1970-01-01 as a proleptic ordinal
DAY_S: Final = 86400
PACK_KEYS: Final = frozenset(
    {
        "id",
        "jurisdiction",
        "version",
        "status",
        "effective_from",
        "effective_until",
        "retention_days",
        "sources",
        "sets",
        "legs",
    }
)
LEG_KEYS: Final = frozenset(
    {
        "leg",
        "currency",
        "exponent",
        "full_from",
        "linked_window_s",
        "full",
        "basic",
        "basic_excess",
        "ownership_proof_from",
    }
)
SET_KEYS: Final = frozenset({"subject", "kind", "any_of"})
SOURCE_KEYS: Final = frozenset({"facts", "confidence", "text"})


def compile_pack(toml_text: str) -> PolicyPack:
    """Return the pack that *toml_text* describes (spec/policy.md#source).

    Raises:
        UsageError: The text is no TOML, or a key is unknown, missing or of the wrong kind; the key is named.
    """
    try:
        source = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"pack: {error}") from error
    _keys(source, PACK_KEYS, "pack")
    sets = {name: _rule(table, f"sets.{name}") for name, table in _table(source, "sets", "pack").items()}
    try:
        return check_pack(
            PolicyPack(
                id=_get(source, "id", str, "pack"),
                jurisdiction=_get(source, "jurisdiction", str, "pack"),
                version=_get(source, "version", int, "pack"),
                status=_member(Status, source, "status", "pack"),
                effective_from=_day(source, "effective_from"),
                effective_until=_day(source, "effective_until") if "effective_until" in source else None,
                retention_days=_get(source, "retention_days", int, "pack"),
                legs=tuple(_leg(table, sets, f"legs[{at}]") for at, table in enumerate(_list(source, "legs", "pack"))),
                sources=tuple(
                    _source(table, f"sources[{at}]") for at, table in enumerate(_list(source, "sources", "pack"))
                ),
            )
        )
    except PolicyError as error:
        raise UsageError(f"pack: {error}") from error


def _leg(table: Any, sets: Mapping[str, FieldRule], where: str) -> LegRule:
    _keys(table, LEG_KEYS, where)
    return LegRule(
        leg=_member(Leg, table, "leg", where),
        currency=_get(table, "currency", str, where),
        exponent=_get(table, "exponent", int, where),
        full_from=_get(table, "full_from", int, where),
        linked_window_s=_get(table, "linked_window_s", int, where),
        full=_chosen(table, "full", sets, where),
        basic=_chosen(table, "basic", sets, where),
        basic_excess=tuple(_list(table, "basic_excess", where)),
        ownership_proof_from=_get(table, "ownership_proof_from", int, where)
        if "ownership_proof_from" in table
        else None,
    )


def _source(table: Any, where: str) -> PackSource:
    _keys(table, SOURCE_KEYS, where)
    return PackSource(
        facts=tuple(_named(Fact, name, f"{where}.facts") for name in _list(table, "facts", where)),
        confidence=_member(Confidence, table, "confidence", where),
        text=_get(table, "text", str, where),
    )


def _chosen(table: Mapping[str, Any], key: str, sets: Mapping[str, FieldRule], where: str) -> tuple[FieldRule, ...]:
    names = _list(table, key, where)
    for name in names:
        if type(name) is not str or name not in sets:
            _wrong(f"{where}.{key}", f"no set is called {name!r}")
    return tuple(sets[name] for name in names)


def _rule(table: Any, where: str) -> FieldRule:
    _keys(table, SET_KEYS, where)
    alternatives = _list(table, "any_of", where)
    if not all(isinstance(paths, list) for paths in alternatives):
        _wrong(f"{where}.any_of", "a list of lists of paths is needed")
    return FieldRule(
        subject=_member(Subject, table, "subject", where),
        kind=_member(PersonKind, table, "kind", where),
        any_of=tuple(tuple(paths) for paths in alternatives),
    )


def _keys(table: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(table, dict):
        _wrong(where, "a table is needed")
    for key in table:
        if key not in known:
            _wrong(f"{where}.{key}", "unknown")


def _get(table: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    if key not in table:
        _wrong(f"{where}.{key}", "missing")
    if type(table[key]) is not kind:
        _wrong(f"{where}.{key}", f"{kind.__name__} is needed")
    return table[key]


def _list(table: Mapping[str, Any], key: str, where: str) -> list[Any]:
    found: list[Any] = _get(table, key, list, where)
    return found


def _table(table: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    found: dict[str, Any] = _get(table, key, dict, where)
    return found


def _member(kind: type[E], table: Mapping[str, Any], key: str, where: str) -> E:
    return _named(kind, _get(table, key, str, where), f"{where}.{key}")


def _named(kind: type[E], name: Any, where: str) -> E:
    if name not in list(kind.__members__):
        _wrong(where, f"one of {', '.join(kind.__members__)} is needed")
    return kind[name]


def _day(table: Mapping[str, Any], key: str) -> int:
    """Return the first second, UTC, of the TOML date under *key*."""
    if key not in table:
        _wrong(f"pack.{key}", "missing")
    value = table[key]
    # A TOML date; a date with a time is refused, as its zone would have to be guessed.
    if not hasattr(value, "toordinal") or hasattr(value, "hour"):
        _wrong(f"pack.{key}", "a date such as 2024-12-30 is needed")
    return int(value.toordinal() - EPOCH_DAY) * DAY_S


def _wrong(key: str, what: str) -> NoReturn:
    raise UsageError(f"{key}: {what}")
