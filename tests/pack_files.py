"""The packs that the library carries."""

from carnet.policy import Leg, LegRule, leg_rule, shipped_names, shipped_pack, shipped_packs, shipped_source

NAMES, ALL = shipped_names(), shipped_packs()
source, pack = shipped_source, shipped_pack


def rule(name: str, leg: Leg = Leg.VASP) -> LegRule:
    return leg_rule(pack(name), leg)
