"""A report of our log, made from what was kept of each transfer: sums by channel, covers, and what can be counted.

What is made is checked as an auditor will check it before it is signed: nothing is published that would be refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, final

from carnet.crypto.kdf import Deriver
from carnet.crypto.lockbox import open_box, seal_box
from carnet.errors import PeerError
from carnet.log.notice import NoticeKind, decode_item
from carnet.log.record import Record
from carnet.messages import Role
from carnet.reporting.build import ChannelSums, OpenedSums, OtherSums, Scope, build_report
from carnet.reporting.check import check_report
from carnet.reporting.report import CHANNEL_SIZE, MATCHED, MAX_REPORT, MAX_ROWS, EpochReport, channel_id
from carnet.reporting.sums import RangeSums, Sums, add
from carnet.schema import U32, Many, Message, VaspId, message
from carnet.secret import Secret
from carnet_node.covers import open_cover
from carnet_node.errors import NodeError
from carnet_node.party import Party
from carnet_node.reportable import open_reportable
from carnet_node.scalars import StoredOpening, store_opening
from carnet_node.stores.log_store import CoverRow
from carnet_node.stores.report_store import Matched, Stored

_SUMS: Final = b"carnet/report-sums/v1"

Place = tuple[str, int, int]
"""A counterparty, our role, and the epoch of the records: what a row is about."""


@message("stored-row", private=True)
class StoredRow(Message):
    """What opens the sums of a row, and those of the other end's records, if it has shown them."""

    counterparty: VaspId
    role: Role
    epoch: U32
    count: U32
    unit: StoredOpening
    flag: StoredOpening
    peer_unit: StoredOpening | None
    peer_flag: StoredOpening | None


@message("stored-rows", private=True)
class StoredRows(Message):
    """All that is kept of a report's openings once it is issued: sums, in the order of its rows, and no more."""

    rows: Annotated[tuple[StoredRow, ...], Many(MAX_ROWS)]


@final
@dataclass(slots=True)
class _Sum:
    """Transfers added up; *peer* is None as soon as one of them was not shown by the other end."""

    count: int = 0
    own: OpenedSums | None = None
    peer: OpenedSums | None = None
    shown: bool = True

    def add(self, own: OpenedSums, peer: OpenedSums | None) -> None:
        self.count += 1
        self.own = own if self.own is None else self.own + own
        self.shown = self.shown and peer is not None
        if peer is not None:
            self.peer = peer if self.peer is None else self.peer + peer


@final
@dataclass(slots=True, kw_only=True)
class Tally:
    """What a report is made from: *channels* by place, *covers*, and the range *found*."""

    found: RangeSums
    channels: dict[Place, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    covers: _Sum = field(default_factory=_Sum)

    def count(self, items: Iterable[bytes]) -> None:
        """Count more records and notices of the range, in their order."""
        matched: list[Record] = []
        for data in items:
            item = decode_item(data)
            if isinstance(item, Record):
                self.found.kinds[item.kind] += 1
                if item.kind in MATCHED:
                    matched.append(item)
            else:
                self.found.disclosures += item.kind is NoticeKind.DISCLOSURE
        self.found.matched += _sums(matched)

    def add(self, matched: Iterable[Matched], *, storage_key: Secret[bytes]) -> None:
        """Add transfers of ours."""
        for one in matched:
            opened = open_reportable(one.box, role=one.role, transfer_id=one.transfer_id, storage_key=storage_key)
            peer = opened.peer if one.shown else None
            self.channels[one.counterparty, one.role, one.epoch].add(opened.own, peer)

    def cover(self, covers: Iterable[CoverRow], *, storage_key: Secret[bytes]) -> None:
        """Add covers of ours."""
        for one in covers:
            opened = open_cover(one.record, one.source, storage_key=storage_key).openings
            self.covers.add(OpenedSums(unit=opened.unit, flag=opened.flag), None)


def _sums(records: Sequence[Record]) -> Sums:
    return Sums(unit=add(*(each.unit for each in records)), flag=add(*(each.flag for each in records)))


def make_report(
    party: Party, stored: Stored, tally: Tally, *, previous: bytes | None, windows: bytes | None, now: int
) -> tuple[EpochReport, bytes]:
    """Return report *stored* of *party*, and what opens its sums, sealed.

    Raises:
        NodeError: An auditor would refuse it: the database lacks something, or is damaged.
    """
    keystore = party.keys.keystore
    scope = Scope(
        network=keystore.network,
        vasp=party.vasp,
        serial=stored.serial,
        epoch=stored.epoch,
        previous=previous,
        origin=keystore.log_origin,
        start=stored.start,
        end=stored.end,
        root=stored.root,
        issued=now,
    )
    summed = ((_channel(party, place, sums), place) for place, sums in tally.channels.items())
    channels = sorted(summed, key=lambda each: (each[0].channel, each[0].role, each[0].epoch))
    report = build_report(
        scope,
        kinds=tally.found.kinds,
        channels=[each for each, _ in channels],
        covers=_other(tally.covers),
        disclosures=tally.found.disclosures,
        windows=windows,
        coins=party.coins,
    )
    objections = check_report(report, tally.found, root=stored.root, coins=party.coins)
    wrong = [each for each in objections if each.check != "report.peer"]  # what others do not show is no fault of ours
    if wrong:
        told = "; ".join(f"{each.check} {each.message}" for each in wrong)
        raise NodeError(f"report {stored.serial} would be refused ({told}): it is not issued")
    rows = StoredRows(rows=tuple(_stored_row(place, tally.channels[place]) for _, place in channels))
    key = Secret(keystore.storage_key)
    return report, seal_box(key, rows.encode(), context=_context(stored.serial), coins=party.coins)


def open_rows(box: bytes, *, serial: int, storage_key: Secret[bytes]) -> StoredRows:
    """Return what opens the rows of report *serial*, as the column `reports.sums` holds it.

    Raises:
        VerifyError: ``box.open``: another key, or a changed database.
    """
    return StoredRows.decode(open_box(storage_key, box, context=_context(serial)), limit=MAX_REPORT)


def _context(serial: int) -> bytes:
    return _SUMS + serial.to_bytes(4, "big")


def _channel(party: Party, place: Place, sums: _Sum) -> ChannelSums:
    name, role, epoch = place
    return ChannelSums(
        channel=_channel_id(party, name, role=role, epoch=epoch),
        role=Role(role),
        epoch=epoch,
        count=sums.count,
        own=_known(sums.own),
        peer=sums.peer if sums.shown else None,
    )


def _channel_id(party: Party, name: str, *, role: int, epoch: int) -> bytes:
    """Return the name of our channel with *name*; one of our own, if that is a member no more and has no key."""
    keystore = party.keys.keystore
    ends = (party.vasp, name) if role == Role.ORIGINATOR else (name, party.vasp)
    try:
        key = party.trust.member(name).identity_key
        return channel_id(
            keystore.identity,
            peer_key=key,
            network=keystore.network,
            epoch=epoch,
            originator=ends[0],
            beneficiary=ends[1],
        )
    except PeerError:
        return Deriver(Secret(keystore.storage_key)).derive("lost-channel", epoch, *ends, length=CHANNEL_SIZE)


def _other(sums: _Sum) -> OtherSums | None:
    return None if sums.own is None else OtherSums(count=sums.count, own=sums.own)


def _known(sums: OpenedSums | None) -> OpenedSums:
    if sums is None:
        raise LookupError("a sum of no transfers")
    return sums


def _stored_row(place: Place, sums: _Sum) -> StoredRow:
    own, peer = _known(sums.own).masked, sums.peer.masked if sums.peer and sums.shown else None
    return StoredRow(
        counterparty=place[0],
        role=Role(place[1]),
        epoch=place[2],
        count=sums.count,
        unit=store_opening(own.unit),
        flag=store_opening(own.flag),
        peer_unit=None if peer is None else store_opening(peer.unit),
        peer_flag=None if peer is None else store_opening(peer.flag),
    )
