"""The counterparties' key bundles: verified, kept, and asked for again when they are old."""

from typing import Final

from sqlalchemy import Connection, delete, desc, select
from sqlalchemy.dialects.sqlite import insert

from carnet.crypto import cose
from carnet.errors import PeerError
from carnet.identity.directory import open_bundle, sealing_key
from carnet.messages import KeyBundle
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.ports import Peers
from carnet_node.stores.tables import MAX_INTEGER, bundles

LOG = logger("bundles")


class Bundles:
    """What *party* knows of the keys of others."""

    def __init__(self, party: Party, *, peers: Peers) -> None:
        self._party: Final = party
        self._peers: Final = peers
        self._known: dict[str, KeyBundle] = {}

    async def current(self, vasp: str) -> KeyBundle:
        """Return a bundle of *vasp* that holds now; ask for it only if we have none.

        Raises:
            PolicyError: ``member.unknown``, or as `open_bundle` and `sealing_key` do.
            Unreachable: We have none, and *vasp* cannot be asked.
        """
        self._party.trust.member(vasp)
        known = self._known.get(vasp) or self._stored(vasp)
        if known is not None:
            try:
                sealing_key(known, now=self._party.now)
            except PeerError:
                pass  # too old: the newest will do, or nothing
            else:
                self._known[vasp] = known
                return known
        return await self.newest(vasp)

    async def known(self, vasp: str) -> KeyBundle | None:
        """Return the bundle of *vasp* that we have, if it holds now."""
        found = self._known.get(vasp)
        return found if found is not None and self._party.now < found.expires else self._stored(vasp)

    async def newest(self, vasp: str) -> KeyBundle:
        """Return the bundle that *vasp* serves now, as `current` does."""
        party = self._party
        member = party.trust.member(vasp)
        signed = await self._peers.bundle(vasp)
        stored = self._stored(vasp, even_expired=True)
        bundle = open_bundle(
            signed,
            member=member,
            network=party.network.directory.network,
            now=party.now,
            newest=0 if stored is None else stored.serial,
        )
        if stored is None or bundle.serial > stored.serial:
            await party.store.database.write(lambda connection: _keep(connection, bundle, signed))
        self._known[vasp] = bundle
        return bundle

    def forget(self) -> None:
        """Read everything again: the directory has changed."""
        self._known.clear()

    def _stored(self, vasp: str, *, even_expired: bool = False) -> KeyBundle | None:
        query = select(bundles.c.signed).where(bundles.c.vasp == vasp).order_by(desc(bundles.c.serial)).limit(1)
        row = self._party.store.database.look(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        if even_expired:
            return KeyBundle.decode(cose.payload_of(row.signed))
        party = self._party
        try:
            return open_bundle(
                row.signed,
                member=party.trust.member(vasp),
                network=party.network.directory.network,
                now=party.now,
            )
        except PeerError as error:
            LOG.info("bundle.dropped", vasp=vasp, check=error.check)
            return None


def _keep(connection: Connection, bundle: KeyBundle, signed: bytes) -> None:
    connection.execute(delete(bundles).where(bundles.c.vasp == bundle.vasp, bundles.c.serial < bundle.serial - 8))
    values = {
        "vasp": bundle.vasp,
        "serial": bundle.serial,
        "signed": signed,
        "expires": min(bundle.expires, MAX_INTEGER),
    }
    connection.execute(insert(bundles).values(**values).on_conflict_do_nothing())
