"""The two ends of each channel, held against each other (spec/audit.md#reconciliation).

Each end says what its own records hold, and what the other end's do; what one says of the other must be what the other
says of itself. Rows are added up by channel and day, so that memory grows with the channels, not with the records.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Any, Final, TypeVar, final

from carnet.days import day
from carnet.messages import Role
from carnet.params import EPOCH_S
from carnet.reporting.report import LATE_EPOCHS, ChannelRow, EpochReport
from carnet.reporting.sums import Sums

T = TypeVar("T")


@unique
class State(Enum):
    """What is known of a channel."""

    EQUAL = "equal"
    DIFFERS = "differs"
    OPEN = "open"
    UNSEEN = "unseen"


@final
@dataclass(slots=True, kw_only=True)
class _End:
    """What one VASP says of a channel on one day."""

    count: int = 0
    own: Sums = field(default_factory=Sums)
    peer: Sums = field(default_factory=Sums)
    proven: bool = True

    @classmethod
    def of(cls, row: ChannelRow) -> "_End":
        """Return what *row* says; raises DecodeError if one of its sums is no point."""
        own = Sums() + Sums(unit=row.unit, flag=row.flag)
        if row.peer is None:
            return cls(count=row.count, own=own, proven=False)
        return cls(count=row.count, own=own, peer=Sums() + Sums(unit=row.peer.unit, flag=row.peer.flag))

    def put(self, other: "_End") -> None:
        """Add what another row of the same end says."""
        self.count += other.count
        self.own += other.own
        self.peer += other.peer
        self.proven = self.proven and other.proven


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel on one day: *one* is the VASP that sends, *other* the one that receives, None who is not known."""

    channel: bytes
    epoch: int
    one: str | None
    other: str | None
    count_one: int | None
    count_other: int | None
    state: State

    def to_json(self) -> dict[str, Any]:
        """Return this channel as the JSON report holds it."""
        return {
            "channel": self.channel.hex(),
            "epoch": self.epoch,
            "one": self.one,
            "other": self.other,
            "count_one": self.count_one,
            "count_other": self.count_other,
            "state": self.state.value,
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A check between the ends of a channel that failed."""

    check: str
    vasps: tuple[str, ...]
    message: str


@final
class Reconciler:
    """Gathers the rows of several VASPs' reports, and holds the ends of each channel against each other."""

    def __init__(self) -> None:
        self._ends: Final[dict[tuple[bytes, int], dict[Role, dict[str, _End]]]] = {}
        self._newest: Final[dict[str, int]] = {}
        self._left_out: Final[set[str]] = set()

    def put(self, report: EpochReport) -> None:
        """Take in the rows of *report*, which has been held against its log; each report once, in order.

        Raises:
            DecodeError: ``point.encoding``: a sum is no point; nothing of the report is then taken in.
        """
        rows = [(row, _End.of(row)) for row in report.rows]
        self._newest[report.vasp] = report.epoch
        for row, said in rows:
            roles = self._ends.setdefault((row.channel, row.epoch), {})
            if (known := roles.setdefault(row.role, {}).setdefault(report.vasp, said)) is not said:
                known.put(said)

    def cosigned(self, vasp: str, *, time: int) -> None:
        """Note that the log of *vasp* was cosigned at *time*: what was due then is there, or it never comes.

        Whoever reports no more would else never be found to have left something out.
        """
        if vasp in self._newest:
            self._newest[vasp] = max(self._newest[vasp], time // EPOCH_S - 1 - LATE_EPOCHS)

    def leave_out(self, vasp: str) -> None:
        """Take no account of *vasp*, of whose reports not all could be had: nobody else is to blame for that."""
        self._left_out.add(vasp)

    def reconcile(
        self, *, sources: Collection[str], members: Collection[str]
    ) -> tuple[list[Channel], list[Difference]]:
        """Return all channels, and what is wrong with some (spec/audit.md#reconciliation).

        *sources* are the VASPs whose logs were audited, *members* all that the directory lists.
        """
        channels: list[Channel] = []
        differences: list[Difference] = []
        complete, newest = set(members) <= set(sources) - self._left_out, self._taken(self._newest)
        for (name, epoch), roles in sorted(self._ends.items()):
            ones, others = (self._taken(roles.get(role, {})) for role in (Role.ORIGINATOR, Role.BENEFICIARY))
            if not ones and not others:
                continue
            found = _Pair(name=name, epoch=epoch, ones=ones, others=others, newest=newest, complete=complete)
            differences += found.differences()
            channels.append(found.channel())
        return channels, differences

    def _taken(self, said: Mapping[str, T]) -> dict[str, T]:
        return {vasp: each for vasp, each in said.items() if vasp not in self._left_out}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The ends of one channel on one day, by who claims to be one."""

    name: bytes
    epoch: int
    ones: Mapping[str, _End]
    others: Mapping[str, _End]
    newest: Mapping[str, int]
    complete: bool

    @property
    def _closed(self) -> bool:
        """Whether no record of that day can come any more."""
        seen = [self.newest[vasp] for vasp in (*self.ones, *self.others)]
        everybody = seen if self.ones and self.others else [*seen, min(self.newest.values())]
        return min(everybody) >= self.epoch + LATE_EPOCHS

    @property
    def _claimed(self) -> bool:
        """Whether more VASPs than one claim to be an end, or one to be both."""
        return len(self.ones) > 1 or len(self.others) > 1 or bool(self.ones.keys() & self.others.keys())

    @property
    def state(self) -> State:
        """What is known of the channel."""
        if self._claimed:
            return State.DIFFERS
        if not self.ones or not self.others:
            return State.DIFFERS if self.complete and self._closed else State.UNSEEN
        one, other = self._ends()
        if one.count != other.count:
            return State.DIFFERS if self._closed else State.OPEN
        if not (one.proven or other.proven):
            return State.OPEN
        return State.EQUAL if self._agree(one, other) else State.DIFFERS

    def channel(self) -> Channel:
        """Return what the report tells of the channel."""
        one, other = (next(iter(each.items()), (None, None)) for each in (self.ones, self.others))
        return Channel(
            channel=self.name,
            epoch=self.epoch,
            one=one[0],
            other=other[0],
            count_one=one[1].count if one[1] else None,
            count_other=other[1].count if other[1] else None,
            state=self.state,
        )

    def differences(self) -> Iterator[Difference]:
        """Return what is wrong."""
        vasps = tuple(sorted({*self.ones, *self.others}))
        where = f"channel {self.name.hex()}, {day(self.epoch)}"
        if self._claimed:
            yield Difference(check="channel.claim", vasps=vasps, message=where)
        elif not self.ones or not self.others:
            if self.complete:
                check = "channel.withheld" if self._closed else "channel.open"
                yield Difference(check=check, vasps=vasps, message=f"{where}: the other end reports nothing")
        else:
            one, other = self._ends()
            if one.count != other.count:
                check = "channel.count" if self._closed else "channel.open"
                yield Difference(check=check, vasps=vasps, message=f"{where}: {one.count} and {other.count}")
            elif not self._agree(one, other):
                yield Difference(check="channel.sum", vasps=vasps, message=where)

    def _ends(self) -> tuple[_End, _End]:
        return next(iter(self.ones.values())), next(iter(self.others.values()))

    @staticmethod
    def _agree(one: _End, other: _End) -> bool:
        """Tell whether what each end says of the other is what the other says of itself."""
        return (not one.proven or one.peer == other.own) and (not other.proven or other.peer == one.own)
