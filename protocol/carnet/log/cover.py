"""Covers: records of no transfer, so that the growth of a log does not mirror the traffic (spec/log.md#covers).

A cover commits to nothing, has a real proof, and looks like the record of a transfer that settled: nobody who has not
made it can tell. The report of its epoch counts the covers, and proves that together they hold nothing.
"""

from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.log.record import Record, RecordOpenings, prove_opened
from carnet.messages import Phase, Role
from carnet.params import HASH_SIZE
from carnet.policy.pack import Leg, PolicyPack, leg_rule, pack_hash
from carnet.zk import pedersen
from carnet.zk.commitment import Opening

WIDE: Final = 64


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cover:
    """A record of no transfer, and what opens it."""

    record: Record
    openings: RecordOpenings


def make_cover(pack: PolicyPack, *, role: Role, epoch: int, coins: Coins) -> Cover:
    """Return a cover that seems to have settled in *epoch* under *pack* (spec/log.md#covers).

    Its flag is set only where the pack asks for FULL data from the smallest value on.
    """
    rule = leg_rule(pack, Leg.VASP)
    value, unit, window, flag = (pedersen.scalar(coins(WIDE)) for _ in range(4))
    openings = RecordOpenings(
        value=Opening(value=0, blinding=value),
        unit=Opening(value=0, blinding=unit),
        window=Opening(value=0, blinding=window if rule.linked_window_s else value),
        flag=Opening(value=int(rule.full_from == 0), blinding=flag),
    )
    record = Record(
        kind=Phase.SETTLED,
        role=role,
        epoch=epoch,
        pack=pack_hash(pack),
        leg=Leg.VASP,
        value=openings.value.commit(),
        unit=openings.unit.commit(),
        window=openings.window.commit(),
        flag=openings.flag.commit(),
        header_ref=coins(HASH_SIZE),
        receipt_ref=coins(HASH_SIZE),
        terminal_ref=coins(HASH_SIZE),
    )
    return Cover(record=record, openings=openings)


def prove_cover(cover: Cover, pack: PolicyPack, *, coins: Coins, engine: Group | None = None) -> bytes:
    """Return the proof that goes beside *cover*, made under *pack*: TIER, as beside any record that settled."""
    return prove_opened(cover.record, cover.openings, rule=leg_rule(pack, Leg.VASP), coins=coins, engine=engine)
