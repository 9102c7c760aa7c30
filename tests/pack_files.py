"""The packs that the library carries, compiled."""

from importlib.resources import files

from carnet.policy import Leg, LegRule, PolicyPack, compile_pack, leg_rule

SOURCES = files("carnet.policy") / "packs"
NAMES = ("eu-tfr-2023", "fatf-2019")


def source(name: str) -> str:
    return (SOURCES / f"{name}.toml").read_text(encoding="utf-8")


def pack(name: str) -> PolicyPack:
    return compile_pack(source(name))


def rule(name: str, leg: Leg = Leg.VASP) -> LegRule:
    return leg_rule(pack(name), leg)
