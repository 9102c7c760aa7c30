"""The vectors' maker: one small function per vector, its name the vector's name, its docstring the reason.

Every module of this directory holds such functions, but `kit`, `__main__`, what others share (`disclosed`, `proving`,
`small_log`, `transfer`), what made the frozen vectors (`disclosure_sealed`, `offers`, `sealed`) and `pages`::

    @vector("inclusion")
    def siblings_swapped():
        \"\"\"The right hashes in the wrong order.\"\"\"
        return {"index": 0, "path": [C, B], "expect": "inclusion.root"}

What a function returns becomes JSON by one rule, to which spec/vectors/schema/vectors.schema.json holds
every file:

- bytes become lower-case hex, and *every string is hex*, but for two kinds of key;
- a key that ends in ``_text`` holds text, and a key that ends in ``_json`` any JSON at all;
- an integer stays one, from -2^63 to 2^64 - 1; larger numbers are given as bytes;
- true, false, null, lists and objects stay themselves; there are no other values.

`expect` is ``ok``, or the name of the check that refuses the vector (spec/errors.md).
"""

import importlib.util
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VECTORS = HERE.parent / "vectors"
VERSION = 1
NAME = re.compile(r"[a-z][a-z0-9_]*")
CHECK = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
HEX = re.compile(r"([0-9a-f]{2})*")

Build = Callable[[], dict[str, Any]]
_SUITES: dict[str, dict[str, Build]] = {}


def vector(suite: str) -> Callable[[Build], Build]:
    """Add the function below to *suite*."""

    def add(build: Build) -> Build:
        name = build.__name__
        if not NAME.fullmatch(suite.replace("-", "_")) or not NAME.fullmatch(name):
            raise ValueError(f"{suite}/{name}: names are lower case, with underscores")
        if name in _SUITES.setdefault(suite, {}):
            raise ValueError(f"{suite}/{name}: twice")
        if not inspect.getdoc(build):
            raise ValueError(f"{suite}/{name}: without a docstring nobody knows why")
        _SUITES[suite][name] = build
        return build

    return add


def plain(value: Any, key: str) -> Any:
    """Return *value*, found under *key*, as JSON holds it."""
    match value:
        case _ if key.endswith("_json"):
            return value
        case None | bool():
            return value
        case int() if -(2**63) <= value < 2**64:
            return value
        case bytes() | bytearray():
            return bytes(value).hex()
        case str() if key.endswith("_text") or HEX.fullmatch(value):
            return value
        case str():
            raise TypeError(f"{key}: text goes under a key that ends in _text; other strings are hex")
        case list() | tuple():
            return [plain(each, key) for each in value]
        case dict():
            return {name: plain(each, name) for name, each in value.items()}
    raise TypeError(f"{key}: no {type(value).__name__} in a vector")


def made(suite: str, name: str, build: Build) -> dict[str, Any]:
    """Return one vector."""
    try:
        return entry(name, " ".join((inspect.getdoc(build) or "").split()), dict(build()))
    except Exception as error:
        error.add_note(f"in vector {suite}/{name}")
        raise


def entry(name: str, why: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return *given*, under its *name* and with its reason, as JSON holds it."""
    expect = given.pop("expect")
    if not CHECK.fullmatch(expect):
        raise ValueError(f"expect: {expect!r} is not a check name")
    if clash := {"name", "why"} & given.keys():
        raise ValueError(f"{clash} are taken")
    return {"name": name, "why": why, "expect": expect} | {key: plain(value, key) for key, value in given.items()}


def discover() -> None:
    """Import every module of suites, once."""
    for path in sorted(HERE.glob("*.py")):
        module = f"carnet_testkit_{path.stem}"
        if path.stem in {"kit", "__main__"} or module in sys.modules:
            continue
        spec = importlib.util.spec_from_file_location(module, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module])


def suites() -> list[str]:
    """Return the names of all suites."""
    discover()
    return sorted(_SUITES)


def render(suite: str) -> str:
    """Return the file of *suite*, to the byte."""
    vectors = [made(suite, name, build) for name, build in _SUITES[suite].items()]
    whole = {"suite": suite, "version": VERSION, "vectors": vectors}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def write(wanted: list[str]) -> Iterator[str]:
    """Write the files of the *wanted* suites, or of all; yield what changed."""
    for suite in wanted or suites():
        path, text = VECTORS / f"{suite}.json", render(suite)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path.name


def stale(wanted: list[str]) -> Iterator[str]:
    """Yield what is wrong with the committed files of the *wanted* suites, or of all."""
    for suite in wanted or suites():
        path = VECTORS / f"{suite}.json"
        if not path.exists():
            yield f"{path.name}: missing"
        elif path.read_text(encoding="utf-8") != render(suite):
            yield f"{path.name}: stale"
    if not wanted:
        yield from (f"{p.name}: nothing makes it" for p in sorted(VECTORS.glob("*.json")) if p.stem not in _SUITES)
