"""The page of window sums that goes with the report of an epoch (spec/window.md#pages).

What it shows is noted under the report's serial: a page that is made again after a crash shows the same. Covers come
into the chains of customers who do not exist, as often into old ones and into new ones as the epoch's transfers do.
All is read and written in small pieces, so that no offer waits for the page of a day.
"""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row

from carnet.crypto.coins import system_coins
from carnet.crypto.group import Group
from carnet.log.record import LONGEST_S
from carnet.params import EPOCH_S
from carnet.policy import Leg, leg_rule
from carnet.reporting.customer import SlotOpenings, forgettable, groups_of
from carnet.reporting.window import OpenedGroup, WindowGroup, build_page
from carnet.secret import Secret
from carnet_node.covers import open_cover
from carnet_node.party import Party
from carnet_node.stores import window_store
from carnet_node.stores.log_store import COVER
from carnet_node.stores.report_store import Stored
from carnet_node.stores.window_store import StoredPlace
from carnet_node.windows import Windows

T = TypeVar("T")

AT_ONCE: Final = 200
"""How many chains, covers or groups are written in one transaction."""
_CUSTOMER: Final = 32


async def window_page(party: Party, report: Stored, *, engine: Group | None = None) -> bytes | None:
    """Return the encoding of the page that goes with *report*, or None if none of its records is linked."""
    database = party.store.database
    for some in _pieces(await database.read(window_store.all_chains)):
        await database.write(partial(_forget, names=some, serial=report.serial, now=party.now))
    for covers in _pieces(await database.read(partial(_ungrouped, report=report))):
        await database.write(partial(_group_covers, rows=covers, party=party, report=report))
    groups: list[OpenedGroup] = []
    for name in await database.read(partial(_chains, report=report)):
        groups += await database.read(partial(_groups, name=name, windows=party.windows, report=report))
        await asyncio.sleep(0)  # let the others have their turn
    if not groups:
        return None
    page = await asyncio.to_thread(
        build_page,
        groups,
        serial=report.serial,
        epoch=report.epoch,
        origin=party.keys.keystore.log_origin,
        coins=system_coins,
        engine=engine,
    )
    for shown in _pieces(page.groups):
        await database.write(partial(_note, groups=shown, serial=report.serial))
    return page.encode()


def _pieces(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]


def _chains(connection: Connection, *, report: Stored) -> list[bytes]:
    return window_store.chains_between(connection, start=report.start, end=report.end)


def _groups(connection: Connection, *, name: bytes, windows: Windows, report: Stored) -> list[OpenedGroup]:
    """Return what the page shows of the chain called *name*, which has records in the range of *report*."""
    chain = window_store.load_chain(connection, name, serial=report.serial)
    by_slot = {each.place.slot: each for each in chain}
    places = [each.place for each in chain]
    opened = partial(_opened, windows, by_slot)
    return list(groups_of(name, places, opened, start=report.start, end=report.end))


def _opened(windows: Windows, by_slot: dict[int, StoredPlace], slot: int) -> SlotOpenings:
    return windows.opened(by_slot[slot])


# --- covers ----------------------------------------------------------------------------------------------------------


def _ungrouped(connection: Connection, *, report: Stored) -> list[Row[Any]]:
    return window_store.ungrouped_covers(connection, start=report.start, end=report.end)


def _group_covers(connection: Connection, *, rows: Sequence[Row[Any]], party: Party, report: Stored) -> None:
    """Let the covers in *rows*, which stand in the range of *report*, be of customers who do not exist."""
    begins = window_store.first_slots(connection, start=report.start, end=report.end) or [True]
    customers = window_store.cover_customers(connection)
    storage = Secret(party.keys.keystore.storage_key)
    for row in rows:
        cover = open_cover(row.record, row.source, storage_key=storage)
        known = party.network.packs.get(cover.record.pack)
        if known is None or not leg_rule(known.pack, Leg.VASP).linked_window_s:
            continue
        if not customers or _one_of(party, begins):
            customers.append(party.coins(_CUSTOMER))
            customer = customers[-1]
        else:
            customer = _one_of(party, customers)
        party.windows.add_cover(
            connection,
            role=COVER,
            transfer_id=row.transfer_id,
            customer=customer,
            epoch=cover.record.epoch,
            rule=leg_rule(known.pack, Leg.VASP),
            openings=(cover.openings.value, cover.openings.window),
        )


def _one_of(party: Party, choices: Sequence[T]) -> T:
    return choices[int.from_bytes(party.coins(8), "big") % len(choices)]


# --- afterwards ------------------------------------------------------------------------------------------------------


def _note(connection: Connection, *, groups: Sequence[WindowGroup], serial: int) -> None:
    """Remember what the page of report *serial* shows: *groups*, and others."""
    for group in groups:
        for entry in group.entries:
            window_store.mark(
                connection,
                chain=group.chain,
                slot=entry.slot,
                serial=serial,
                record=entry.index is not None,
            )
            if entry.phantom is not None:
                window_store.keep_proof(connection, chain=group.chain, slot=entry.slot, proof=entry.phantom.proof)


def _forget(connection: Connection, *, names: Sequence[bytes], serial: int, now: int) -> None:
    """Forget what no window needs any more of the chains *names*, once the pages before that of *serial* showed it."""
    for name in names:
        chain = window_store.load_chain(connection, name, serial=serial)
        if not chain:  # given up meanwhile
            continue
        # a peer may date its statement back to an offer of days ago, whose window then reaches further back
        since = (now - LONGEST_S) // EPOCH_S - max(each.reach for each in chain)
        window_store.erase(connection, name, forgettable([each.place for each in chain], since=since))
