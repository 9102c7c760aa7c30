"""What commands show of the epochs' reports, as JSON: which there are, what one says, and of whom its rows are."""

from datetime import UTC, datetime
from enum import IntEnum
from functools import partial
from typing import Any, Final

from carnet.crypto import cose
from carnet.params import EPOCH_S
from carnet.reporting.report import MAX_REPORT, EpochReport
from carnet.schema import Message
from carnet.secret import Secret
from carnet_node.party import Party
from carnet_node.report_making import open_rows
from carnet_node.stores import report_store
from carnet_node.stores.report_store import Stored

Json = dict[str, Any]
MOST: Final = 1000


def listing(party: Party, *, limit: int) -> list[Json]:
    """Return the newest reports, the newest first."""
    found = party.store.database.look(partial(report_store.listing, most=min(limit, MOST)))
    return [_summary(one) for one in found]


def detail(party: Party, serial: int) -> Json | None:
    """Return all that report *serial* says, and whom its rows are about, which it does not say."""
    one = party.store.database.look(partial(report_store.numbered, serial=serial))
    if one is None:
        return None
    shown = _summary(one)
    if one.signed is not None and one.sums is not None:
        report = EpochReport.decode(cose.payload_of(one.signed, limit=MAX_REPORT), limit=MAX_REPORT)
        kept = open_rows(one.sums, serial=serial, storage_key=Secret(party.keys.keystore.storage_key))
        shown["report"] = _plain(report)
        shown["channels"] = [
            {
                "channel": said.channel.hex(),
                "counterparty": row.counterparty,
                "role": row.role.name.lower(),
                "day": day(row.epoch),
                "transfers": row.count,
                "shown": row.peer_unit is not None,
            }
            for said, row in zip(report.rows, kept.rows, strict=True)
        ]
    return shown


def day(epoch: int) -> str:
    """Return the date that *epoch* is."""
    return datetime.fromtimestamp(epoch * EPOCH_S, UTC).date().isoformat()


def _summary(one: Stored) -> Json:
    return {
        "serial": one.serial,
        "day": day(one.epoch),
        "epoch": one.epoch,
        "state": one.state,
        "start": one.start,
        "end": one.end,
        "issued": one.issued,
        "hash": None if one.signed is None else cose.payload_hash(one.signed, limit=MAX_REPORT).hex(),
    }


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case IntEnum():
            return value.name
        case Message():
            return {each.label: _plain(getattr(value, each.name)) for each in value.FIELDS}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value
