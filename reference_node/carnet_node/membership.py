"""What makes us a member: directory, packs and our own keys; read, renewed, remembered, and put before all eyes."""

import asyncio
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from carnet.crypto import cose
from carnet.crypto.sign import PUBLIC_KEY_SIZE
from carnet.messages import KeyBundle, Member
from carnet.policy import PolicyPack
from carnet_node.config import FILE_NAME, Config
from carnet_node.errors import ConfigError
from carnet_node.network import Network, SignedPack, load_network
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.publish import Folder
from carnet_node.stores import tables as t
from carnet_node.stores.database import Database

LOG: Final = logger("membership")


class Membership:
    """Keeps *party* a member of its network; what is in force lies in *folder*."""

    def __init__(self, party: Party, *, config: Config, folder: Folder) -> None:
        self._party: Final = party
        self._config: Final = config
        self._folder: Final = folder

    @property
    def is_member(self) -> bool:
        """Whether the directory lists us: a witness need not be a member."""
        return self._is_listed(self._party.network)

    def reload(self) -> None:
        """Read directory and packs anew.

        Raises:
            ConfigError: They are refused; the old ones stay in force.
        """
        party = self._party
        network = read_network(
            self._config, database=party.store.database, network=party.keys.keystore.network, now=party.now
        )
        if self._is_listed(network):
            self._listed(network)
        party.network = network

    def refresh_keys(self) -> None:
        """Rotate what is due of our keys, and sign a new bundle if the last one does not say what is so.

        Raises:
            ConfigError: The directory lists another identity key than ours, or no pack of our law is in force.
        """
        party = self._party
        member, pack = self._listed(party.network), party.network.own_pack(party.vasp, now=party.now)
        if party.keys.refresh(packs=(pack.hash,), endpoint=member.endpoint, now=party.now):
            LOG.info("keys.bundle", serial=party.keys.keystore.serial)

    def _is_listed(self, network: Network) -> bool:
        return any(member.vasp == self._party.vasp for member in network.directory.members)

    def _listed(self, network: Network) -> Member:
        """Return what *network* says of us."""
        party = self._party
        member = network.trust.member(party.vasp)
        if member.identity_key != party.keys.keystore.identity_public:
            raise ConfigError(f"{self._config.directory.file}: lists another identity key for {party.vasp} than ours")
        return member

    async def publish(self) -> None:
        """Remember what is in force, and put it into the published folder."""
        party, network = self._party, self._party.network

        def work(connection: Connection) -> None:
            values = {"version": network.directory.version, "signed": network.signed}
            query = insert(t.directories).values(network=network.directory.network, **values)
            connection.execute(query.on_conflict_do_update(index_elements=["network"], set_=values))
            for key, one in network.packs.items():
                connection.execute(insert(t.packs).values(hash=key, signed=one.signed).on_conflict_do_nothing())
            bundle = KeyBundle.decode(cose.payload_of(party.keys.bundle))
            query = insert(t.bundles).values(
                vasp=bundle.vasp, serial=bundle.serial, signed=party.keys.bundle, expires=bundle.expires
            )
            connection.execute(query.on_conflict_do_nothing())

        await party.store.database.write(work)
        await asyncio.to_thread(self._publish_files, network)

    def _publish_files(self, network: Network) -> None:
        self._folder.put_directory(network.signed)
        for one in network.packs.values():
            self._folder.put_pack(one.signed)


def read_network(config: Config, *, database: Database, network: str, now: int) -> Network:
    """Return *network* as the operator's files say it is, with the packs of earlier days that *database* has.

    Raises:
        ConfigError: The directory is missing, refused, older than the last, or of another network.
    """
    paths, directory = config.paths, config.directory
    try:
        authority = bytes.fromhex(directory.authority)
    except ValueError:
        authority = b""
    if len(authority) != PUBLIC_KEY_SIZE:
        raise ConfigError(f"{config.home / FILE_NAME}: directory.authority must be a public key: 64 hex digits")
    row = database.look(lambda connection: connection.execute(select(t.directories)).first())
    found = load_network(
        directory.file,
        authority=authority,
        packs=paths.packs,
        now=now,
        newest=row.version if row is not None and row.network == network else 0,
        kept=database.look(_kept_packs),
        unverified=config.policy.unverified,
    )
    if found.directory.network != network:
        raise ConfigError(f"{directory.file}: a directory of {found.directory.network}, not of {network}")
    return found


def _kept_packs(connection: Connection) -> dict[bytes, SignedPack]:
    """Return the packs of earlier days, which were verified before they were kept."""
    found = {}
    for row in connection.execute(select(t.packs)):
        pack = PolicyPack.decode(cose.payload_of(row.signed))
        found[row.hash] = SignedPack(pack=pack, hash=row.hash, signed=row.signed)
    return found
