"""Drills between two VASPs: what one leaves out or changes and the other does not, and what both agree upon."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, final

from carnet.messages import Role
from carnet.reporting.build import NOTHING, ChannelSums, OpenedSums
from carnet.testing.ledger.batch import Part, make_parts
from carnet.testing.ledger.chronicle import Conduct
from carnet.testing.ledger.plan import Interval, Plan, Transfer
from carnet.zk.commitment import Opening
from carnet_audit.drill.records import settled
from carnet_audit.drill.reports import HidesAsCover
from carnet_audit.drill.stage import ALICE, BOB, Sight, Stage

BOTH: Final = frozenset({ALICE, BOB})
FRACTION: Final = 10
_FULL: Final = OpenedSums(unit=NOTHING.unit, flag=Opening(value=1, blinding=0))
"""What opens the sums of a transfer of nothing with FULL data."""


@final
class Pretends(Conduct):
    """Some VASPs record other transfers than there were: *pretend* says for each what, or None for nothing."""

    def __init__(self, plan: Plan, pretend: Callable[[Transfer], Transfer | None], *, vasps: frozenset[str]) -> None:
        self._plan = plan
        self._pretend = pretend
        self._vasps = vasps

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        """Return what *vasp* would have logged, had there been what it pretends."""
        if vasp not in self._vasps:
            return part
        told = tuple(other for each in interval.transfers if (other := self._pretend(each)) is not None)
        return part if told == interval.transfers else _part(self._plan, replace(interval, transfers=told), vasp)


def _part(plan: Plan, interval: Interval, vasp: str) -> Part:
    return make_parts(plan, interval, vasps=(vasp,))[vasp]


def without(numbers: Sequence[int]) -> Callable[[Transfer], Transfer | None]:
    """Return the pretence that the transfers *numbers* never were."""
    return lambda each: None if each.number in numbers else each


def withheld_channel(stage: Stage) -> Sight:
    """Bob has neither recorded nor reported anything that Alice sent him."""

    def pretend(each: Transfer) -> Transfer | None:
        return None if each.beneficiary == BOB else each

    return stage.audit(stage.folders(Pretends(stage.plan, pretend, vasps=frozenset({BOB}))))


def omitted_transfer(stage: Stage) -> Sight:
    """Bob has neither recorded nor reported one transfer."""
    chosen = settled(stage.plan, to=BOB)[0]
    return stage.audit(stage.folders(Pretends(stage.plan, without([chosen.number]), vasps=frozenset({BOB}))))


def understated_value(stage: Stage) -> Sight:
    """Bob records a tenth of what was paid, with a proof, and says that Alice's record holds the same."""
    chosen = settled(stage.plan, to=BOB)[0]

    def pretend(each: Transfer) -> Transfer:
        if each.number != chosen.number:
            return each
        ones, others = each.windows
        return replace(each, value=each.value // FRACTION, windows=(ones // FRACTION, others // FRACTION))

    return stage.audit(stage.folders(Pretends(stage.plan, pretend, vasps=frozenset({BOB}))))


@final
class _Miscounts(Conduct):
    """Some VASPs count one transfer as a cover, with its flag, and leave its value where it is."""

    def __init__(self, *, vasps: frozenset[str]) -> None:
        self._vasps = vasps

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        if vasp in self._vasps and interval.number == 0:
            part.covers.add(_FULL)
        return part

    def channels(self, vasp: str, epoch: int, sums: list[ChannelSums]) -> list[ChannelSums]:
        del epoch
        role = Role.ORIGINATOR if vasp == ALICE else Role.BENEFICIARY
        if vasp not in self._vasps:
            return sums
        return [_fewer(each) if each.role is role else each for each in sums]


def _fewer(sums: ChannelSums) -> ChannelSums:
    less = OpenedSums(unit=NOTHING.unit, flag=-1 * _FULL.flag)
    peer = None if sums.peer is None else sums.peer + less
    return replace(sums, count=sums.count - 1, own=sums.own + less, peer=peer)


def lying_count(stage: Stage) -> Sight:
    """Bob says that there was one transfer less than there was."""
    return stage.audit(stage.folders(_Miscounts(vasps=frozenset({BOB}))))


def colluding_covers(stage: Stage) -> Sight:
    """Both ends count a transfer as a cover, with all that it was worth."""
    chosen = settled(stage.plan, to=BOB)[0]
    return stage.audit(stage.folders(HidesAsCover(stage.plan, chosen, vasps=BOTH)))


def colluding_counts(stage: Stage) -> Sight:
    """Both ends say that there was one transfer less, and leave its value among the others'."""
    return stage.audit(stage.folders(_Miscounts(vasps=BOTH)))


def colluding_omission(stage: Stage) -> Sight:
    """Both ends leave a transfer out of everything."""
    chosen = settled(stage.plan, to=BOB)[0]
    return stage.audit(stage.folders(Pretends(stage.plan, without([chosen.number]), vasps=BOTH)))


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "withheld-channel": withheld_channel,
    "omitted-transfer": omitted_transfer,
    "lying-count": lying_count,
    "understated-value": understated_value,
    "colluding-covers": colluding_covers,
    "colluding-counts": colluding_counts,
    "colluding-omission": colluding_omission,
}
