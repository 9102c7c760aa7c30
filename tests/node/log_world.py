"""A log on a disk, its witness, and an auditor to look at it after every step."""

from functools import partial
from itertools import count
from types import MappingProxyType

from sqlalchemy import insert

from carnet.crypto.coins import system_coins, visible_coins
from carnet.log.record import derive_record
from carnet.log.witness import witness_key
from carnet.messages import BROADCAST_ENDINGS, Phase
from carnet.policy.pack import pack_hash
from carnet.secret import Secret
from carnet.testing import ledger
from carnet.workers import Workers
from carnet_audit.fetch import folder
from carnet_node.covers import Covers
from carnet_node.prover import Prover
from carnet_node.publish import Folder, Publisher
from carnet_node.recording import seal_source
from carnet_node.sequencer import Sequencer, WitnessLink
from carnet_node.stores.database import Database
from carnet_node.stores.tables import records
from carnet_node.witness import WitnessService

STORAGE = Secret(bytes(range(32)))
NOW = ledger.START + 60


class CrashError(Exception):
    """The machine stops."""


class Crashing:
    """Lets so many durable writes pass, of files and of the database, and none after."""

    def __init__(self, after=None):
        self.left = after
        self.done = 0

    def pass_one(self):
        if self.left is not None and self.done >= self.left:
            raise CrashError
        self.done += 1


class CrashingFolder(Folder):
    def __init__(self, root, crashing):
        super().__init__(root)
        self.crashing = crashing

    def write(self, path, data):
        self.crashing.pass_one()
        super().write(path, data)


class CrashingDatabase(Database):
    crashing = Crashing()

    async def write(self, work):
        self.crashing.pass_one()
        return await super().write(work)


class LogWorld:
    """Alice's log, in *path*."""

    def __init__(self, path, *, covered=False):
        self.path = path
        self.covered = covered
        self.network = ledger.Network()
        self.alice = self.network.ledgers["alice"]
        self.published = path / "published"
        self.numbers = count()
        self.witness_database = Database(path / "witness.db")
        self.witness = WitnessService(
            database=self.witness_database,
            name=ledger.WITNESS,
            seed=ledger.witness_seed(),
            log_keys=self.log_keys,
            clock=lambda: NOW,
        )
        self.ask = partial(self.witness.add_checkpoint, peer="alice")
        files = Folder(self.published)
        files.put_directory(self.alice.directory)
        for signed in self.alice.packs:
            files.put_pack(signed)
        for number, signed in enumerate(self.alice.bundles, start=1):
            files.write(f"bundles/{number}", signed)
        files.write("bundle", self.alice.bundles[-1])
        self.open()

    async def log_keys(self, _vasp, origin):
        return [ledger.log_key_of(self.alice)] if origin == self.alice.keys.log_origin else []

    def open(self, crash_after=None):
        """Start the node's log half, which may crash after so many durable writes."""
        crashing = Crashing(crash_after)
        self.database = CrashingDatabase(self.path / "node.db")
        self.database.crashing = crashing
        self.publisher = Publisher(CrashingFolder(self.published, crashing), self.database, keep=2)
        self.sequencer = Sequencer(
            database=self.database,
            publisher=self.publisher,
            origin=self.alice.keys.log_origin,
            seed=Secret(self.alice.keys.log_seed),
            witnesses=[WitnessLink(key=witness_key(ledger.WITNESS, ledger.witness_seed()), ask=self.asked)],
            quorum=1,
            clock=lambda: NOW,
            covers=self.covers() if self.covered else None,
        )
        self.prover = Prover(
            database=self.database,
            publisher=self.publisher,
            storage_key=STORAGE,
            packs=lambda: MappingProxyType({pack_hash(self.alice.pack): self.alice.pack}),
            workers=Workers(0),
        )
        return crashing

    def covers(self, *, floor=0):
        """Return what makes covers under alice's pack."""
        return Covers(pack=lambda: self.alice.pack, storage_key=STORAGE, coins=system_coins, floor=floor)

    async def asked(self, body):
        return await self.ask(body)

    def close(self):
        self.prover.close()
        self.database.close()

    async def queue(self, how_many, *, kind=Phase.REJECTED):
        """Let *how_many* transfers end; rejected ones, unless told otherwise, since their proofs are the cheap ones."""
        rows = []
        for _, number in zip(range(how_many), self.numbers, strict=False):
            coins = visible_coins(f"logged transfer {number}")
            source, openings = self.network.sources(coins, kind=kind, value=100)[0]
            opened = openings if kind in BROADCAST_ENDINGS else None
            rows.append(
                {
                    "role": int(source.role),
                    "transfer_id": source.header.transfer_id,
                    "record": derive_record(source).encode(),
                    "source": seal_source(source, opened, storage_key=STORAGE, coins=system_coins),
                    "state": "QUEUED",
                    "queued": NOW,
                }
            )
        await Database.write(self.database, lambda connection: connection.execute(insert(records), rows) and None)

    def audit(self):
        """Return what an auditor who trusts the authority says of the published folder."""
        from carnet.audit import audit_source, finish  # the log's half alone does without

        return finish(
            audit_source(
                folder(self.published),
                source="alice",
                authority=self.network.authority,
                now=NOW + 60,
                coins=system_coins,
            )
        )

    def check_log(self, size):
        """Assert that the folder holds a sound log of *size*, but for proofs that are not made yet."""
        report = self.audit()
        checks = {each.check for each in report.findings}
        if size == 0 and not (self.published / "checkpoint").exists():
            assert checks == {"file.missing"}
        else:
            assert (report.size, checks - {"proof.missing"}) == (size, set())
        return report
