"""The node as a witness of other logs (spec/log.md#witnesses).

`carnet.log.witness.cosign` decides; here its memory is kept, by compare-and-swap, before a cosignature leaves.
"""

import re
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from carnet.errors import OrderError, PeerError, PolicyError
from carnet.log.checkpoint import VerifierKey
from carnet.log.witness import AddCheckpoint, Answer, cosign, refusal
from carnet.secret import Secret
from carnet_node.errors import StoreConflict
from carnet_node.observe import logger
from carnet_node.stores import log_store
from carnet_node.stores.database import Database

LOG: Final = logger("witness")
LogKeys = Callable[[str, str], Awaitable[Collection[VerifierKey]]]
"""Return the keys by which a member, named first, signs the log with an origin: none, if it has no such log.

A cosignature names a log by its origin alone: no origin may be two members' (`carnet.identity.directory`).
"""
Owner = Callable[[str], str | None]
"""Return the member whose log has an origin, or None; the directory has each origin once."""

_ATTEMPTS: Final = 3
_STALE: Final = re.compile(rb"(0|[1-9][0-9]{0,15})\n")


class WitnessService:
    """Cosigns, under *name*, the logs of the members whose keys *log_keys* knows."""

    def __init__(
        self,
        *,
        database: Database,
        name: str,
        seed: Secret[bytes],
        log_keys: LogKeys,
        clock: Callable[[], float],
        owner: Owner = lambda _origin: None,
    ) -> None:
        self._database: Final = database
        self._name: Final = name
        self._seed: Final = seed
        self._log_keys: Final = log_keys
        self._clock: Final = clock
        self._owner: Final = owner

    async def add_checkpoint(self, body: bytes, *, peer: str) -> bytes:
        """Return our cosignature line for *peer*'s checkpoint in *body*, or the size that we know, as C2SP's 409 does.

        Raises:
            PeerError: Not a request, not the log's, or not what the log was when we saw it last.
        """
        request = AddCheckpoint.decode(body)
        try:
            return await self._follow(request, peer=peer)
        except OrderError as error:
            return stale_answer(int(error.detail))

    async def answer(self, body: bytes) -> Answer:
        """Return what we answer over HTTP to whoever asks: only a log itself can have signed what is followed."""
        try:
            request = AddCheckpoint.decode(body)
            return Answer(status=200, body=await self._follow(request, peer=self._owner(request.unverified_origin)))
        except PeerError as error:
            LOG.info("witness.refused", check=error.check, detail=error.detail)
            return refusal(error)

    async def _follow(self, request: AddCheckpoint, *, peer: str | None) -> bytes:
        """Return our cosignature line; what it signs has been stored."""
        origin = request.unverified_origin
        keys = [] if peer is None else await self._log_keys(peer, origin)
        if not keys:
            raise PolicyError("witness.log")
        for _ in range(_ATTEMPTS):
            known = await self._database.read(partial(log_store.load_witness_head, origin=origin))
            now = int(self._clock())
            new, line = cosign(request, known=known, log_keys=keys, witness=self._name, now=now, seed=self._seed)
            store = partial(log_store.replace_witness_head, known=known, new=new, time=now)
            try:
                await self._database.write(store)
            except StoreConflict:
                continue
            LOG.info("witness.cosigned", origin=origin, size=new.size)
            return line
        raise StoreConflict(f"the head of {origin} keeps changing")


def stale_answer(size: int) -> bytes:
    """Return the answer to a request that starts elsewhere than at *size*, the last that was cosigned."""
    return b"%d\n" % size


def stale_size(answer: bytes) -> int | None:
    """Return the size that *answer* asks to start from, or None if it is no such answer."""
    found = _STALE.fullmatch(answer)
    return None if found is None else int(found[1])
