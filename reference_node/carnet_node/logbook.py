"""The node's log, put together: who sequences, proves, publishes and cosigns, from what the party knows."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from carnet.crypto.group import TableSize
from carnet.errors import CarnetError, PeerError
from carnet.evidence import log_key_of, witnesses_of
from carnet.log.checkpoint import VerifierKey
from carnet.messages import Directory, KeyBundle, Witness
from carnet.policy import PolicyPack
from carnet.secret import Secret
from carnet.workers import Workers
from carnet_node.bundles import Bundles
from carnet_node.client import GrpcPeers
from carnet_node.config import LogConfig, ProofsConfig, WitnessConfig
from carnet_node.covers import Covers
from carnet_node.errors import NodeError
from carnet_node.http_witness import HttpWitness, is_url
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.prover import Prover
from carnet_node.publish import Folder, Publisher
from carnet_node.sequencer import Sequencer, WitnessLink
from carnet_node.stores.database import Database
from carnet_node.witness import WitnessService

LOG = logger("logbook")


class Logbook:
    """Our own log, as long as the node runs; `follow` tells it of a newer directory."""

    def __init__(
        self, party: Party, *, folder: Folder, peers: GrpcPeers, config: LogConfig, proofs: ProofsConfig
    ) -> None:
        directory, keystore, database = party.network.directory, party.keys.keystore, party.store.database
        self._config: Final = config
        self._stopped: Final = asyncio.Event()
        self._http: Final[list[HttpWitness]] = []
        self._peers: Final = peers
        self._version = directory.version
        publisher = Publisher(folder, database)
        self._sequencer: Final = Sequencer(
            database=database,
            publisher=publisher,
            origin=keystore.log_origin,
            seed=Secret(keystore.log_seed),
            witnesses=self._links(directory),
            quorum=directory.quorum,
            clock=party.clock,
            batch=config.batch,
            covers=_covers(party, floor=config.cover_floor) if config.covers else None,
            delayed=True,
        )

        def packs() -> dict[bytes, PolicyPack]:
            return {key: one.pack for key, one in party.network.packs.items()}

        self._prover: Final = Prover(
            database=database,
            publisher=publisher,
            storage_key=Secret(keystore.storage_key),
            packs=packs,
            workers=Workers(proofs.workers, apart=True),
            tables=TableSize[proofs.tables.upper()],
            hardened=proofs.hardened,
        )

    def follow(self, directory: Directory) -> None:
        """Have the witnesses of *directory* asked from now on, if it is another one than before."""
        if directory.version != self._version:
            self._version = directory.version
            self._sequencer.follow(self._links(directory), quorum=directory.quorum)

    async def run(self) -> None:
        """Let the log grow, and prove it, until `stop`; raises `StoreFatal` if it cannot go on."""
        await self._sequencer.recover()
        growing = self._sequencer.run(interval_s=self._config.interval_s, stopped=self._stopped)
        try:
            if self._config.prove:
                proving = self._prover.run(grown=self._sequencer.grown, stopped=self._stopped)
                await asyncio.gather(growing, proving)
            else:
                await growing
        finally:
            self._prover.close()
            for witness in self._http:
                await witness.close()

    def _links(self, directory: Directory) -> list[WitnessLink]:
        return [
            WitnessLink(key=key, ask=self._asked(witness))
            for key, witness in zip(witnesses_of(directory), directory.witnesses, strict=True)
        ]

    def _asked(self, witness: Witness) -> Callable[[bytes], Awaitable[bytes]]:
        """Return how *witness* is asked: over HTTP where the directory has a URL of it, else over gRPC."""
        if is_url(witness.endpoint):
            self._http.append(HttpWitness(witness.endpoint, certificates=witness.tls_certificates))
            return self._http[-1].ask
        return partial(
            self._peers.add_checkpoint, witness.name, endpoint=witness.endpoint, certificates=witness.tls_certificates
        )

    def stop(self) -> None:
        """Finish the step that is under way, and end."""
        self._stopped.set()


def _covers(party: Party, *, floor: int) -> Covers:
    """Return what makes covers that look like the records of *party*."""

    def pack() -> PolicyPack | None:
        try:
            return party.network.own_pack(party.vasp, now=party.now).pack
        except NodeError as error:
            LOG.warning("log.uncovered", reason=str(error))
            return None

    return Covers(pack=pack, storage_key=Secret(party.keys.keystore.storage_key), coins=party.coins, floor=floor)


def witness_service(
    party: Party, bundles: Bundles, *, database: Database, config: WitnessConfig, clock: Callable[[], float]
) -> WitnessService:
    """Return what cosigns the logs of the directory's members."""

    async def log_keys(vasp: str, origin: str) -> Collection[VerifierKey]:
        if origin not in {each.log_origin for each in party.network.directory.members if each.vasp == vasp}:
            return []
        found = await _quietly(bundles.known(vasp)) or await _quietly(bundles.newest(vasp))
        return [] if found is None else [log_key_of(found)]

    def owner(origin: str) -> str | None:
        found = [each.vasp for each in party.network.directory.members if each.log_origin == origin]
        try:
            party.trust  # noqa: B018 - refuses everybody under an expired directory
        except PeerError:
            return None
        return found[0] if found else None

    seed = Secret(party.keys.keystore.witness_seed)
    return WitnessService(database=database, name=config.name, seed=seed, log_keys=log_keys, clock=clock, owner=owner)


async def _quietly(asked: Awaitable[KeyBundle | None]) -> KeyBundle | None:
    try:
        return await asked
    except (CarnetError, NodeError) as error:
        LOG.info("bundle.unknown", reason=type(error).__name__)
        return None
