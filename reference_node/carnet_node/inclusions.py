"""Our log, for other members who ask whether entries that they know are in it (spec/log.md#asking)."""

import asyncio
from functools import partial
from typing import Final

from carnet.log.checkpoint import unverified_note
from carnet.log.inclusion import InclusionRequest, answer_request
from carnet.log.tiles import hash_reader
from carnet_node.publish import Folder
from carnet_node.stores import log_store, report_store
from carnet_node.stores.database import Database


class Inclusions:
    """Shows where entries are in the log that *database* heads, with hashes from *folder*."""

    def __init__(self, database: Database, folder: Folder) -> None:
        self._database: Final = database
        self._folder: Final = folder

    async def prove(self, body: bytes) -> bytes:
        """Return the answer to the request *body*: under the newest checkpoint that its witnesses have signed."""
        request = InclusionRequest.decode(body)
        head = await self._database.read(log_store.load_head)
        note = None if head is None else head.published
        places = await self._database.read(partial(report_store.places, asked=request.entries))
        size = 0 if note is None else unverified_note(note).checkpoint.size
        read = hash_reader(self._folder.read, size=size)
        answer = await asyncio.to_thread(answer_request, request, note=note, size=size, places=places, read=read)
        return answer.encode()
