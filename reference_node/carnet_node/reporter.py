"""The node's epoch reports: one for each epoch, in their order, on a grid that nobody chooses (spec/audit.md#reports).

The order of the steps is what makes it safe to stop anywhere: (1) when an epoch is over, fix which entries its report
is about; (2) collect what the counterparties have to show, for a while; (3) make and sign the report, and keep it: from
then on there is no other; (4) queue its notice for the log, and erase what it was made from; (5) publish it, as soon as
a published checkpoint covers the notice: nobody finds a report that its log does not know. Each step is in the database
before the next one begins, so that a restart goes on where it stopped.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from carnet.crypto import cose
from carnet.errors import PeerError
from carnet.evidence import REPORT, page_path, report_path
from carnet.log.checkpoint import unverified_note
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import CHECKPOINT
from carnet.params import EPOCH_S
from carnet.reporting.report import MAX_REPORT, sign_report
from carnet.reporting.sums import RangeSums
from carnet.reporting.window import page_hash
from carnet.secret import Secret
from carnet_node.bundles import Bundles
from carnet_node.config import ReportsConfig
from carnet_node.confirming import Confirming
from carnet_node.errors import NodeError, StoreConflict, StoreFatal
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.ports import Peers
from carnet_node.publish import Folder
from carnet_node.report_making import Tally, make_report
from carnet_node.report_views import day
from carnet_node.stores import log_store, report_store
from carnet_node.stores.report_store import FIXED, SIGNED, Stored

LOG = logger("reporter")
POLL_S: Final = 1.0
PAGE: Final = 1000
"""How many rows are read at once: nobody waits for the others meanwhile."""
Windows = Callable[[Stored], Awaitable[bytes | None]]
"""Return the page of window proofs that goes with a report, if there is one."""


class Reporter:
    """Issues the reports of *party*, whose log is published in *folder*."""

    def __init__(
        self,
        party: Party,
        *,
        folder: Folder,
        peers: Peers,
        bundles: Bundles,
        config: ReportsConfig,
        windows: Windows | None = None,
    ) -> None:
        self._party: Final = party
        self._database: Final = party.store.database
        self._folder: Final = folder
        self._config: Final = config
        self._windows: Final = windows
        self._confirming: Final = Confirming(party, peers=peers, bundles=bundles, config=config)
        self._problem = ""
        self._lock: Final = asyncio.Lock()

    async def run(self) -> None:
        """Issue reports whenever they are due; raises `StoreFatal` if the database cannot be used."""
        while True:
            try:
                await self.step()
            except StoreFatal:
                raise
            except Exception as error:  # what is wrong with a report must not stop transfers
                self._problem = f"internal error ({type(error).__name__}); see the node's log"
                LOG.critical("report.failed", exc_info=error)
            await asyncio.sleep(POLL_S)

    async def step(self) -> None:
        """Do what can be done now, for all reports in their order."""
        problem = ""
        try:
            async with self._lock:
                await self._advance()
        except StoreFatal:
            raise
        except StoreConflict:
            return  # somebody else was quicker: the next step sees what is so
        except NodeError as error:
            problem = str(error)
        except PeerError as error:
            problem = f"refused: {error.check}"
        if problem and problem != self._problem:
            LOG.critical("report.stuck", error=problem)
        self._problem = problem

    async def _advance(self) -> None:
        await self._fix()
        reports = await self._database.read(report_store.under_way)
        for report in reports:
            if report.state == FIXED:
                await self._confirming.collect(report)  # (2)
        for report in reports:
            if not await self._issue(report):
                break

    # --- (1) ---

    async def _fix(self) -> None:
        """Fix the ranges of the epochs that are over, up to what is published now."""
        epoch = self._party.now // EPOCH_S
        report = await self._database.write(partial(report_store.begin, epoch=epoch))
        if report.epoch >= epoch:
            return
        size, root = await asyncio.to_thread(self._published)
        while report.epoch < epoch:
            end, at = (size, root) if size > report.start else (report.start, report.root)
            LOG.info("report.fixed", serial=report.serial, epoch=report.epoch, start=report.start, end=end)
            work = partial(report_store.fix, report=report, end=end, root=at, now=self._party.now)
            report = await self._database.write(work)

    def _published(self) -> tuple[int, bytes]:
        try:
            checkpoint = unverified_note(self._folder.read(CHECKPOINT)).checkpoint
        except FileNotFoundError:
            return 0, b""
        return checkpoint.size, checkpoint.root

    # --- (3) to (5) ---

    async def _issue(self, report: Stored) -> bool:
        """Go on with *report*, and return whether it is signed at least, so that the next one can be."""
        if report.state == FIXED:
            shown = await self._database.read(partial(report_store.is_shown, report=report))
            if not shown and self._party.now < report.fixed + self._config.wait_s:
                return False
            await self._sign(report)
        done = await self._database.read(partial(report_store.numbered, serial=report.serial))
        if done is None or done.signed is None:
            return False
        hashed = cose.payload_hash(done.signed, limit=MAX_REPORT)
        notice = Notice(kind=NoticeKind.REPORT, epoch=done.epoch, hash=hashed)
        if done.state == SIGNED:
            await self._database.write(partial(_note, report=done, notice=notice, now=self._party.now))  # (4)
        index = await self._database.read(partial(report_store.noticed, entry=notice.entry()))
        size, _ = await asyncio.to_thread(self._published)
        if index is None or index >= size:
            return True  # the next report needs only what is signed
        await asyncio.to_thread(self._publish, done, done.signed)  # (5)
        await self._database.write(partial(report_store.issue, serial=done.serial, now=self._party.now))
        LOG.info("report.issued", serial=done.serial, epoch=done.epoch, hash=hashed.hex())
        return True

    async def _sign(self, report: Stored) -> None:
        """Step (3)."""
        previous = None
        if report.serial > 1:
            before = await self._database.read(partial(report_store.numbered, serial=report.serial - 1))
            if before is None or before.signed is None:
                raise StoreFatal(f"report {report.serial - 1} is gone from the database")
            previous = cose.payload_hash(before.signed, limit=MAX_REPORT)
        page = None if self._windows is None else await self._windows(report)
        tally = await self._tally(report)
        made, sums = await asyncio.to_thread(
            make_report,
            self._party,
            report,
            tally,
            previous=previous,
            windows=None if page is None else page_hash(page),
            now=self._party.now,
        )
        signed = sign_report(made, seed=self._party.keys.keystore.identity)
        await self._database.write(
            partial(report_store.store_signed, serial=report.serial, signed=signed, windows=page, sums=sums)
        )

    async def _tally(self, report: Stored) -> Tally:
        """Return what *report* is made from, read page by page."""
        tally = Tally(found=RangeSums(start=report.start, end=report.end))
        key = Secret(self._party.keys.keystore.storage_key)
        for start in range(report.start, report.end, PAGE):
            end = min(start + PAGE, report.end)
            items = await self._database.read(partial(report_store.items, start=start, end=end))
            matched = await self._database.read(partial(report_store.matched, start=start, end=end))
            covers = await self._database.read(partial(log_store.covers_between, start=start, end=end))
            if len(items) != end - start:
                raise StoreFatal(f"records of the log's entries {start} to {end} are gone from the database")
            await asyncio.to_thread(tally.count, items)
            await asyncio.to_thread(tally.add, matched, storage_key=key)
            await asyncio.to_thread(tally.cover, covers, storage_key=key)
        return tally

    def _publish(self, report: Stored, signed: bytes) -> None:
        if report.windows is not None:
            self._folder.write(page_path(report.serial), report.windows)
        self._folder.write(report_path(report.serial), signed)
        self._folder.write(REPORT, signed)

    # --- for people ---

    def status(self) -> dict[str, Any]:
        """Return how the reports stand: which is next, when, and whom it waits for."""
        return self._database.look(self._status)

    def _status(self, connection: Connection) -> dict[str, Any]:
        newest = [each for each in report_store.listing(connection, most=64) if each.issued is not None]
        waiting = [self._waits(connection, each) for each in report_store.under_way(connection)]
        opened = report_store.current(connection)
        told: dict[str, Any] = {"newest": newest[0].serial if newest else 0, "waiting": waiting}
        if opened is not None:
            told["next"] = {"serial": opened.serial, "day": day(opened.epoch), "due": (opened.epoch + 1) * EPOCH_S}
        if self._problem:
            told["problem"] = self._problem
        return told

    def _waits(self, connection: Connection, report: Stored) -> dict[str, Any]:
        return {
            "serial": report.serial,
            "day": day(report.epoch),
            "unshown": report_store.unshown(connection, report),
            "latest": int(report.fixed + self._config.wait_s),
        }


def _note(connection: Connection, report: Stored, *, notice: Notice, now: int) -> None:
    if report_store.note(connection, report):
        log_store.queue_notice(connection, notice, time=now)
