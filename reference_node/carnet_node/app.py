"""The composition root: the only place that builds adapters, and the order in which a node starts and stops."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, func, select

from carnet.crypto.coins import Coins, system_coins
from carnet.crypto.group import TableSize, group
from carnet.errors import PeerError
from carnet.exchange import beneficiary, originator
from carnet.messages import TERMINAL, Phase, Role
from carnet.secret import Secret
from carnet_node.bundles import Bundles
from carnet_node.client import GrpcPeers
from carnet_node.config import Config
from carnet_node.disclosures import Disclosures
from carnet_node.errors import CommandError, ConfigError, NodeError
from carnet_node.http_server import HttpServer
from carnet_node.inbound import Inbound
from carnet_node.inclusions import Inclusions
from carnet_node.keys import Keys
from carnet_node.logbook import Logbook, witness_service
from carnet_node.membership import Membership, read_network
from carnet_node.network import Quotes
from carnet_node.observe import logger
from carnet_node.outbound import Outbound
from carnet_node.outbox import Outbox
from carnet_node.party import Party
from carnet_node.ports import Clock, Peers
from carnet_node.publish import Folder
from carnet_node.quote_feed import QuoteFeed
from carnet_node.reporter import Reporter
from carnet_node.sandbox.chain import FileChain
from carnet_node.sandbox.clock import FILE as CLOCK_FILE
from carnet_node.sandbox.clock import SandboxClock
from carnet_node.sandbox.decisions import ScriptedDecisions
from carnet_node.server import Server
from carnet_node.stages import Stages
from carnet_node.stores import tables as t
from carnet_node.stores.database import Database
from carnet_node.stores.unit import Effect, Store, Unit
from carnet_node.tiles_http import TilesHttp
from carnet_node.window_pages import window_page

LOG = logger("app")
TICK_S: Final = 1.0
REFRESH_S: Final = 600.0


class App:
    """One node, built from *config*; `start` and `stop` it once.

    Raises:
        NodeError: Something that it needs is missing or damaged; one line says what.
    """

    def __init__(
        self,
        config: Config,
        *,
        passphrase: Secret[bytes],
        clock: Clock | None = None,
        coins: Coins = system_coins,
        peers: Peers | None = None,
    ) -> None:
        self.config: Final = config
        if clock is None:
            clock = SandboxClock(config.home / CLOCK_FILE) if config.sandbox.clock else time.time
        self.clock: Final = clock
        self.stages: Final = Stages()
        if config.observe.stages:
            self.stages.install()
        paths = config.paths
        keys = Keys(paths.keystore, published=paths.published, passphrase=passphrase, coins=coins)
        self.database: Final = Database(paths.database)
        try:
            network = read_network(config, database=self.database, network=keys.keystore.network, now=int(clock()))
            self.party: Final = Party(
                keys=keys,
                network=network,
                quotes=Quotes(paths.quotes, fetched=paths.fetched),
                store=Store(self.database, clock=clock),
                clock=clock,
                coins=coins,
            )
            self._build(peers)
        except BaseException:
            self.database.close()
            raise

    def _build(self, peers: Peers | None) -> None:
        config, party = self.config, self.party
        self.folder = Folder(config.paths.published)
        self.membership = Membership(party, config=config, folder=self.folder)
        self.grpc = GrpcPeers(party, deadline_s=config.offers.deadline_s)
        reached = self.grpc if peers is None else peers
        self.bundles = Bundles(party, peers=reached)
        self._build_exchange(reached)
        self._build_reports(reached)
        self._build_servers()
        self._logbook: Logbook | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.failed: asyncio.Queue[BaseException] = asyncio.Queue()
        """What brought a part of the node down; the node stops."""

    def _build_exchange(self, peers: Peers) -> None:
        config, party = self.config, self.party
        chain = FileChain(config.chain.file)
        self.inbound = Inbound(party, decisions=ScriptedDecisions(config.decisions), chain=chain)
        self.outbound = Outbound(
            party,
            peers=peers,
            bundles=self.bundles,
            chain=chain,
            config=config.offers,
            broadcast=config.chain.auto_broadcast,
        )
        handlers = {
            "offer": self.outbound.offer,
            "poll": self.outbound.poll,
            "repair": self.outbound.repair_alone,
            "broadcast": self.outbound.pay,
            "close": self.outbound.close,
        }
        self.outbox = Outbox(party.store, handlers, config=config.offers, clock=self.clock)
        self._waiters: dict[bytes, asyncio.Event] = {}
        party.store.on_commit = self._committed

    def _build_reports(self, peers: Peers) -> None:
        config, party = self.config, self.party
        self.reporter = Reporter(
            party,
            folder=self.folder,
            peers=peers,
            bundles=self.bundles,
            config=config.reports,
            windows=partial(
                window_page,
                party,
                engine=group(tables=TableSize[config.proofs.tables.upper()], hardened=config.proofs.hardened),
            ),
        )
        self.disclosures = Disclosures(party, folder=self.folder)

    def _build_servers(self) -> None:
        config, party = self.config, self.party
        witness = None
        if config.witness.enabled:
            witness = witness_service(
                party, self.bundles, database=self.database, config=config.witness, clock=self.clock
            )
        self.http: HttpServer | None = None
        if config.http.enabled:
            tiles = TilesHttp(
                config.paths.published, auditors=config.http.auditors, witness=witness.answer if witness else None
            )
            self.http = HttpServer(tiles, config=config.http, drain_s=config.server.drain_s)
        inbound = self.inbound if self.is_member else None
        entries = Inclusions(self.database, self.folder) if self.is_member else None
        self.server = Server(party, inbound=inbound, checkpoints=witness, entries=entries, config=config.server)

    # --- start and stop ---

    @property
    def is_member(self) -> bool:
        """Whether the directory lists us: a witness need not be a member."""
        return self.membership.is_member

    async def start(self) -> None:
        """Serve, and go on with whatever the outbox and the log still hold."""
        if self.is_member:
            self.membership.refresh_keys()
            await self.membership.publish()
        elif not self.config.witness.enabled:
            raise ConfigError(f"{self.config.directory.file}: the directory does not list {self.party.vasp}")
        await self.server.start()
        if self.http is not None:
            await self.http.start()
        if self.is_member:
            self._logbook = Logbook(
                self.party, folder=self.folder, peers=self.grpc, config=self.config.log, proofs=self.config.proofs
            )
            self._spawn(self._logbook.run())
            self._spawn(self.outbox.run())
            self._spawn(self._tick_for_ever())
            self._spawn(self.reporter.run())
        self._spawn(self._refresh_for_ever())
        if self.config.quotes.url:
            self._spawn(self._feed_for_ever())
        LOG.info("node.ready", vasp=self.party.vasp, endpoint=self.endpoint)

    async def stop(self) -> None:
        """Finish what is under way, and let go of everything; what remains is in the database."""
        await self.server.stop()
        if self.http is not None:
            await self.http.stop()
        if self._logbook is not None:
            self._logbook.stop()
            await asyncio.wait({self._tasks[0]}, timeout=self.config.server.drain_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.close()
        LOG.info("node.stopped", vasp=self.party.vasp)

    async def close(self) -> None:
        """Let go of a node that was not started."""
        await self.grpc.close()
        await asyncio.to_thread(self.database.close)

    @property
    def endpoint(self) -> str:
        """Where the server listens."""
        host = self.config.server.listen.rpartition(":")[0]
        return f"{host}:{self.server.port}"

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        LOG.critical("part.failed", error=str(error) if isinstance(error, NodeError) else "", exc_info=error)
        self.failed.put_nowait(error)

    async def status(self) -> dict[str, Any]:
        """Return how the node does: numbers and names, nothing of any transfer."""
        party, directory = self.party, self.party.network.directory
        return {
            "vasp": party.vasp,
            "network": directory.network,
            "endpoint": self.endpoint,
            "http": None if self.http is None else self.http.url,
            "member": self.is_member,
            "directory_version": directory.version,
            "directory_expires": directory.expires,
            "bundle_serial": party.keys.keystore.serial,
            "sealing_keys": len(party.keys.keystore.sealing),
            "packs": sorted(one.pack.id for one in party.network.packs.values()),
            "outbox": self.outbox.depth,
            "log_origin": party.keys.keystore.log_origin,
            "reports": self.reporter.status() if self.is_member else None,
            "cpu_s": time.process_time(),
            "stages": self.stages.report(),
            **self.database.look(_counts),
        }

    # --- directory, packs, keys ---

    async def reload(self) -> None:
        """Read directory, packs and quotes anew; connections of members that are gone fall off.

        Raises:
            ConfigError: They are refused; the old ones stay in force.
        """
        self.membership.reload()
        self.bundles.forget()
        if self.is_member:
            self.membership.refresh_keys()
            await self.membership.publish()
        if self._logbook is not None:
            self._logbook.follow(self.party.network.directory)
        self.outbox.hurry()

    async def advance(self, days: int) -> None:
        """Move the clock on by *days*, as a sandbox may, and catch up with what that changes.

        Raises:
            CommandError: This is no sandbox.
            ConfigError: The directory is not in force at that time.
        """
        if not isinstance(self.clock, SandboxClock):
            raise CommandError("the clock cannot be moved: sandbox.clock is not true in this node's carnet.toml")
        await asyncio.to_thread(self.clock.advance, days)
        LOG.warning("sandbox.advanced", days=days)
        await self.reload()
        if self.is_member:
            await self.tick()
            await self.reporter.step()

    # --- time ---

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self.tick()

    async def tick(self) -> None:
        """Expire what is over, and note what has come into the log."""
        for role, transfer_id in self.party.store.due(self.party.now):
            half = self.outbound if role is Role.ORIGINATOR else self.inbound
            try:
                await half.tick(transfer_id)
            except Exception as error:
                LOG.critical("tick.failed", transfer=transfer_id.hex(), exc_info=error)
        await self._note_recorded()
        await self.disclosures.open_due()

    async def _note_recorded(self) -> None:
        query = (
            select(t.records.c.role, t.records.c.transfer_id)
            .join(
                t.transfers,
                (t.transfers.c.role == t.records.c.role) & (t.transfers.c.transfer_id == t.records.c.transfer_id),
            )
            .where(t.transfers.c.phase.in_([int(phase) for phase in TERMINAL]), t.records.c.log_index.is_not(None))
        )
        rows = self.database.look(lambda connection: connection.execute(query.limit(1000)).all())
        if rows:
            await self.party.store.write(lambda unit: _recorded(unit, [(Role(r.role), r.transfer_id) for r in rows]))

    async def _feed_for_ever(self) -> None:
        """Fetch quotes, in a thread, as the issuer may be slow."""
        feed = QuoteFeed(self.config.quotes, folder=self.config.paths.fetched)
        while True:
            try:
                await asyncio.to_thread(feed.refresh, trust=self.party.trust, now=self.party.now)
            except PeerError as error:  # the directory has expired: nobody's quotes are believed until a newer one
                LOG.warning("feed.failed", check=error.check)
            await asyncio.sleep(self.config.quotes.refresh_s)

    async def _refresh_for_ever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.reload()
            except NodeError as error:
                LOG.warning("reload.refused", error=str(error))
            except PeerError as error:
                LOG.warning("reload.refused", check=error.check)
            except OSError as error:  # a full disk, say: it is tried again
                LOG.critical("reload.failed", error=error.strerror)

    # --- waiting for a transfer ---

    def _committed(self, effects: list[Effect], changed: list[tuple[Role, bytes]]) -> None:
        self.outbox.put(effects)
        for _role, transfer_id in changed:
            if (waiter := self._waiters.get(transfer_id)) is not None:
                waiter.set()

    async def changed(self, transfer_id: bytes, *, timeout_s: float) -> None:
        """Return when a transfer's state changes, or after *timeout_s* seconds."""
        waiter = self._waiters.setdefault(transfer_id, asyncio.Event())
        waiter.clear()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(waiter.wait(), timeout_s)
        finally:
            self._waiters.pop(transfer_id, None)


def _counts(connection: Connection) -> dict[str, Any]:
    phases = connection.execute(select(t.transfers.c.phase, func.count()).group_by(t.transfers.c.phase)).all()
    states = connection.execute(select(t.records.c.state, func.count()).group_by(t.records.c.state)).all()
    records = {str(state): int(count) for state, count in states}
    return {
        "transfers": {Phase(phase).name: count for phase, count in phases},
        "records": {name: records.get(name, 0) for name in ("QUEUED", "LOGGED", "PROVED")},
        "log_size": connection.execute(select(func.coalesce(func.max(t.head.c.size), 0))).scalar_one(),
        "evidence": connection.execute(select(func.count()).select_from(t.evidence)).scalar_one(),
    }


def _recorded(unit: Unit, transfers: list[tuple[Role, bytes]]) -> None:
    for role, transfer_id in transfers:
        found = unit.state(role, transfer_id)
        if found is None or found[0].phase not in TERMINAL:
            continue
        state, version = found
        if role is Role.ORIGINATOR:
            step = originator.advance(state, originator.Recorded(), now=int(unit.now))
        else:
            step = beneficiary.advance(state, beneficiary.Recorded(), now=int(unit.now))
        unit.put_state(step.state, version=version)
