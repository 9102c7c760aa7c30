"""Reports as their makers make them: from openings added up, never from single amounts (spec/audit.md#reports)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group, N
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError
from carnet.log.record import RecordOpenings, Source, record_blinding
from carnet.messages import Phase, Role
from carnet.params import SUITE
from carnet.reporting.report import (
    MIN_TOTAL,
    ChannelRow,
    CoverRow,
    EpochReport,
    EpochTotal,
    Outcome,
    RowPeer,
    report_transcript,
    row_transcript,
    sum_transcript,
)
from carnet.zk.commitment import Opening
from carnet.zk.linear import EqualityClaim, SumClaim, prove_equality, prove_sum

ROW_UNIT: Final = "row-unit"
ROW_FLAG: Final = "row-flag"


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenedSums:
    """What opens the sums of some records: their values in the unit of account, and their flags.

    The *masks* are what a row's sums are shifted by, so that nobody can try which records add up to them.
    """

    unit: Opening
    flag: Opening
    unit_mask: int = 0
    flag_mask: int = 0

    def __add__(self, other: "OpenedSums") -> "OpenedSums":
        """Return what opens the sums of both."""
        return OpenedSums(
            unit=self.unit + other.unit,
            flag=self.flag + other.flag,
            unit_mask=(self.unit_mask + other.unit_mask) % N,
            flag_mask=(self.flag_mask + other.flag_mask) % N,
        )

    def shifted(self, *, by: "OpenedSums", times: int = 1) -> "OpenedSums":
        """Return these sums shifted by *times* the masks of another, or of the same."""
        return OpenedSums(
            unit=self.unit + times * Opening(value=0, blinding=by.unit_mask),
            flag=self.flag + times * Opening(value=0, blinding=by.flag_mask),
        )

    @property
    def masked(self) -> "OpenedSums":
        """What opens the sums as a row shows them."""
        return self.shifted(by=self)


NOTHING: Final = OpenedSums(unit=Opening(value=0, blinding=0), flag=Opening(value=0, blinding=0))
"""What opens the sums of no records."""


def open_sums(source: Source, opened: RecordOpenings) -> OpenedSums:
    """Return what opens the sums of the one record of *source*, and its masks: both ends can open those of both."""
    unit, flag = (
        record_blinding(source.seed, role=source.role, field=field, header_hash=source.header_hash)
        for field in (ROW_UNIT, ROW_FLAG)
    )
    return OpenedSums(unit=opened.unit, flag=opened.flag, unit_mask=unit, flag_mask=flag)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChannelSums:
    """One end's matched records of one channel and one day: how many, and what opens their sums.

    *peer* opens the sums of the other end's records of the same transfers, all of which that end has shown to be in
    its log; None if it has not.
    """

    channel: bytes
    role: Role
    epoch: int
    count: int
    own: OpenedSums
    peer: OpenedSums | None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OtherSums:
    """Records of no channel: how many, and what opens their sums."""

    count: int
    own: OpenedSums


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Of whom, and of what, a report is; as in `EpochReport`."""

    network: str
    vasp: str
    serial: int
    epoch: int
    previous: bytes | None
    origin: str
    start: int
    end: int
    root: bytes
    issued: int


def build_report(
    scope: Scope,
    *,
    kinds: Mapping[Phase, int],
    channels: Sequence[ChannelSums],
    covers: OtherSums | None,
    disclosures: int = 0,
    windows: bytes | None = None,
    coins: Coins,
    engine: Group | None = None,
) -> EpochReport:
    """Return the report of *scope* (spec/audit.md#reports), whose proofs use fresh *coins*.

    *kinds* counts all records of the range, covers among them. The total of the channels is opened if there are
    `MIN_TOTAL` transfers in them.
    """
    report = EpochReport(
        suite=SUITE,
        network=scope.network,
        vasp=scope.vasp,
        serial=scope.serial,
        epoch=scope.epoch,
        previous=scope.previous,
        origin=scope.origin,
        start=scope.start,
        end=scope.end,
        root=scope.root,
        outcomes=tuple(Outcome(kind=kind, count=count) for kind, count in sorted(kinds.items()) if count),
        rows=(),
        covers=None,
        total=None,
        disclosures=disclosures,
        windows=windows,
        issued=scope.issued,
    )
    on = report_transcript(report)
    ordered = sorted(channels, key=lambda each: (each.channel, each.role, each.epoch))
    names = [(each.channel, each.role, each.epoch) for each in ordered]
    if len(set(names)) != len(names):
        raise UsageError("a channel has one row for each end and day")
    return replace(
        report,
        rows=tuple(_row(each, on=on, coins=coins, engine=engine) for each in ordered),
        covers=_covers(_rest(covers, ordered), on=on, coins=coins, engine=engine) if covers or ordered else None,
        total=_total(ordered, on=on, coins=coins, engine=engine),
    )


def _row(sums: ChannelSums, *, on: Transcript, coins: Coins, engine: Group | None) -> ChannelRow:
    """Return the row of one channel, with the proofs that its two ends agree."""
    own = sums.own.masked
    unit, flag = own.unit.commit(), own.flag.commit()
    row = ChannelRow(
        channel=sums.channel, role=sums.role, epoch=sums.epoch, count=sums.count, unit=unit, flag=flag, peer=None
    )
    if sums.peer is None:
        return row

    def equal(field: str, one: Opening, other: Opening) -> bytes:
        claim = EqualityClaim(one=one.commit(), other=other.commit())
        heard = row_transcript(on, row, field=field)
        return prove_equality(claim, one=one, other=other, on=heard, coins=coins, engine=engine)

    others = sums.peer.masked
    peer = RowPeer(
        unit=others.unit.commit(),
        flag=others.flag.commit(),
        unit_proof=equal("unit", own.unit, others.unit),
        flag_proof=equal("flag", own.flag, others.flag),
    )
    return replace(row, peer=peer)


def _rest(covers: OtherSums | None, channels: Sequence[ChannelSums]) -> OtherSums:
    """Return the sums of the covers less all masks of the rows, so that together they are what the log holds."""
    held = covers or OtherSums(count=0, own=NOTHING)
    rest = held.own
    for each in channels:
        rest = rest.shifted(by=each.own, times=-1)
    return OtherSums(count=held.count, own=rest)


def _covers(covers: OtherSums, *, on: Transcript, coins: Coins, engine: Group | None) -> CoverRow:
    """Return the row of the covers, with the proofs that they hold nothing but their flags."""
    own = covers.own
    unit, flag = (
        _opened(each, part="covers", field=field, count=covers.count, on=on, coins=coins, engine=engine)
        for field, each in (("unit", own.unit), ("flag", own.flag))
    )
    return CoverRow(
        count=covers.count,
        full=own.flag.value,
        unit=own.unit.commit(),
        flag=own.flag.commit(),
        unit_proof=unit,
        flag_proof=flag,
    )


def _total(channels: Sequence[ChannelSums], *, on: Transcript, coins: Coins, engine: Group | None) -> EpochTotal | None:
    """Return the opened total of all *channels*, or None if it would say too much of too few."""
    count = sum(each.count for each in channels)
    if count < MIN_TOTAL:
        return None
    whole = sum((each.own.masked for each in channels), NOTHING)
    unit, flag = (
        _opened(each, part="total", field=field, count=count, on=on, coins=coins, engine=engine)
        for field, each in (("unit", whole.unit), ("flag", whole.flag))
    )
    return EpochTotal(count=count, unit=whole.unit.value, full=whole.flag.value, unit_proof=unit, flag_proof=flag)


def _opened(
    sums: Opening, *, part: str, field: str, count: int, on: Transcript, coins: Coins, engine: Group | None
) -> bytes:
    """Return the proof that a sum is what it is said to be."""
    claim = SumClaim(total=sums.value, sum=sums.commit())
    heard = sum_transcript(on, part, count=count, field=field)
    return prove_sum(claim, sums.blinding, on=heard, coins=coins, engine=engine)
