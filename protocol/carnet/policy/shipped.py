"""The packs that come with this library, as their sources say them (spec/policy.md#packs-of-this-version)."""

from functools import cache
from importlib.resources import files
from typing import Final

from carnet.errors import UsageError
from carnet.policy.pack import PolicyPack
from carnet.policy.source import compile_pack

SUFFIX: Final = ".toml"


@cache
def shipped_names() -> tuple[str, ...]:
    """Return the names of the packs of this library, in order."""
    found = (files("carnet.policy") / "packs").iterdir()
    return tuple(sorted(each.name.removesuffix(SUFFIX) for each in found if each.name.endswith(SUFFIX)))


def shipped_source(name: str) -> str:
    """Return the source of the pack called *name*, such as ``fatf-2019``.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in shipped_names():
        raise UsageError(f"no pack is called {name}: there are {', '.join(shipped_names())}")
    return (files("carnet.policy") / "packs" / f"{name}{SUFFIX}").read_text(encoding="utf-8")


@cache
def shipped_pack(name: str) -> PolicyPack:
    """Return the pack called *name*, compiled; see `shipped_source`."""
    return compile_pack(shipped_source(name))


def shipped_packs() -> tuple[PolicyPack, ...]:
    """Return all packs of this library, in order of their names."""
    return tuple(map(shipped_pack, shipped_names()))
