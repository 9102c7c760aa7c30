"""What the report of an epoch needs of a transfer, kept sealed from its end until the report is issued.

Of either end's record: what opens its sums in the unit of account, and its flag. The other end's entry tells what to
ask its log for.
"""

from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import open_box, seal_box
from carnet.envelope.values import Openings
from carnet.log.record import Source, derive_record, record_openings
from carnet.messages import Role
from carnet.reporting.build import OpenedSums, open_sums
from carnet.schema import U64, Hash, Message, message
from carnet.secret import Secret
from carnet_node.scalars import Scalar, from_scalar, restore_opening, to_scalar

_CONTEXT: Final = b"carnet/reportable/v1"


@message("stored-blindings", private=True)
class StoredBlindings(Message):
    """Under which blindings a record commits to its unit value and its flag, and by what a row shifts them."""

    unit: Scalar
    flag: Scalar
    unit_mask: Scalar
    flag_mask: Scalar


@message("stored-reportable", private=True)
class StoredReportable(Message):
    """A transfer's value in the unit of account, its flag, and both ends' blindings; *entry* is the other end's."""

    unit: U64
    full: bool
    own: StoredBlindings
    peer: StoredBlindings | None
    entry: Hash | None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reportable:
    """What opens a transfer's record, and if both ends have one the other's, which is *entry* of the other's log."""

    own: OpenedSums
    peer: OpenedSums | None
    entry: bytes | None


def make_reportable(source: Source, openings: Openings, *, peer: Source | None) -> Reportable:
    """Return what a report needs of the transfer of *source*; *peer* is the other end's source, if there is one."""
    return Reportable(
        own=_opened(source, openings),
        peer=None if peer is None else _opened(peer, openings),
        entry=None if peer is None else derive_record(peer).entry(),
    )


def _opened(source: Source, openings: Openings) -> OpenedSums:
    return open_sums(source, record_openings(source, openings))


def seal_reportable(
    reportable: Reportable, *, role: Role, transfer_id: bytes, storage_key: Secret[bytes], coins: Coins
) -> bytes:
    """Return *reportable* as the column `reportables.box` holds it."""
    own, peer = reportable.own, reportable.peer
    stored = StoredReportable(
        unit=own.unit.value,
        full=bool(own.flag.value),
        own=_blindings(own),
        peer=None if peer is None else _blindings(peer),
        entry=reportable.entry,
    )
    return seal_box(storage_key, stored.encode(), context=_context(role, transfer_id), coins=coins)


def open_reportable(box: bytes, *, role: int, transfer_id: bytes, storage_key: Secret[bytes]) -> Reportable:
    """Return what `seal_reportable` sealed.

    Raises:
        VerifyError: ``box.open``: another key, or a changed database.
    """
    stored = StoredReportable.decode(open_box(storage_key, box, context=_context(role, transfer_id)))

    def opened(blindings: StoredBlindings) -> OpenedSums:
        return OpenedSums(
            unit=restore_opening(stored.unit, blindings.unit),
            flag=restore_opening(int(stored.full), blindings.flag),
            unit_mask=from_scalar(blindings.unit_mask),
            flag_mask=from_scalar(blindings.flag_mask),
        )

    peer = None if stored.peer is None else opened(stored.peer)
    return Reportable(own=opened(stored.own), peer=peer, entry=stored.entry)


def _blindings(sums: OpenedSums) -> StoredBlindings:
    return StoredBlindings(
        unit=to_scalar(sums.unit.blinding),
        flag=to_scalar(sums.flag.blinding),
        unit_mask=to_scalar(sums.unit_mask),
        flag_mask=to_scalar(sums.flag_mask),
    )


def _context(role: int, transfer_id: bytes) -> bytes:
    return _CONTEXT + bytes([role]) + transfer_id
