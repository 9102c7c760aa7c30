"""The published folder over HTTP, and the witness that any log may ask (spec/log.md#over-http).

A path is served only if it is one of the folder's grammar, and by its grammar alone it is known who may read the file
and how long it stays as it is; nothing else of the disk can be asked for. What entitled auditors alone may read needs
a bearer token, of which the configuration holds the hash.
"""

import asyncio
import hmac
import os
import re
import stat
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from carnet.errors import DecodeError, PeerError
from carnet.log.checkpoint import unverified_note
from carnet.log.tiles import CHECKPOINT, ENTRIES, HEIGHT, WIDTH, Bundle, Tile, parse_path
from carnet.log.witness import MAX_REQUEST, Answer
from carnet_node.observe import logger

LOG: Final = logger("http")
ADD_CHECKPOINT: Final = "add-checkpoint"
MAX_PATH: Final = 200
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
REPLACED: Final = "no-cache"
LASTING: Final = "public, max-age=31536000, immutable"
ENTITLED: Final = "private, no-cache"
FINGERPRINT: Final = 8

AddCheckpoint = Callable[[bytes], Awaitable[Answer]]
"""Return what a witness answers to the body of an add-checkpoint request."""

_OPEN: Final = re.compile(r"checkpoint|directory|bundle|bundles/[1-9][0-9]{0,15}|packs/[0-9a-f]{64}", re.ASCII)
_ENTITLED: Final = re.compile(r"report|(?:reports|windows)/[1-9][0-9]{0,15}|disclosures/[0-9a-f]{64}", re.ASCII)
_BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9._~+/-]{1,512}={0,2})", re.ASCII)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A path of the folder's grammar: who may read it, for how long it may be kept, and *end*, which leaf it needs."""

    path: str
    entitled: bool = False
    cache: str = REPLACED
    end: int = 0


def entry_at(path: str) -> Entry | None:
    """Return what *path* is in the folder's grammar, or None (spec/log.md#over-http)."""
    if len(path) > MAX_PATH:
        return None
    if _OPEN.fullmatch(path):
        return Entry(path=path, cache=LASTING if path.startswith("packs/") else REPLACED)
    if _ENTITLED.fullmatch(path):
        return Entry(path=path, entitled=True, cache=ENTITLED)
    try:
        place = parse_path(path)
    except DecodeError:
        return None
    return _of_log(place)


def _of_log(place: Tile | Bundle) -> Entry:
    items = place.index * WIDTH + place.width
    if isinstance(place, Tile):
        return Entry(path=place.path, cache=LASTING, end=items << place.level * HEIGHT)
    if place.tree == ENTRIES:
        return Entry(path=place.path, cache=LASTING, end=items)
    return Entry(path=place.path, entitled=True, cache=ENTITLED, end=items)


class TilesHttp:
    """An ASGI application that serves the folder *root*, and *witness* where the node is one."""

    def __init__(self, root: Path, *, auditors: Collection[str], witness: AddCheckpoint | None = None) -> None:
        self._root: Final = root
        self._auditors: Final = tuple(auditors)
        self._witness: Final = witness
        self._size: tuple[bytes, int] = (b"", 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began, request = time.monotonic(), Request(scope, receive)
        path = "" if scope["query_string"] else bytes(scope["raw_path"]).decode("latin-1").removeprefix("/")
        entry, auditor = entry_at(path), self._auditor(request)
        try:
            if path == ADD_CHECKPOINT and self._witness is not None:
                response = await self._add_checkpoint(request, self._witness)
            else:
                response = await self._file(request, entry, auditor)
        except Exception as error:
            LOG.critical("http.failed", exc_info=error)
            response = _plain(500)
        response.headers["X-Content-Type-Options"] = "nosniff"
        LOG.info(
            "http.request",
            method=request.method if request.method in {"GET", "HEAD", "POST"} else "other",
            file=entry.path if entry else ADD_CHECKPOINT if path == ADD_CHECKPOINT else "none of ours",
            code=response.status_code,
            peer=auditor[:FINGERPRINT] if auditor else "",
            duration_ms=round((time.monotonic() - began) * 1000, 1),
        )
        await response(scope, receive, send)

    # --- files ---

    async def _file(self, request: Request, entry: Entry | None, auditor: str | None) -> Response:
        if entry is None:
            return _plain(404)
        if request.method not in {"GET", "HEAD"}:
            return _plain(405, Allow="GET, HEAD")
        if entry.entitled and auditor is None:
            return _plain(401, **{"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
        data = await asyncio.to_thread(self._content, entry)
        if data is None:
            return _plain(404, **{"Cache-Control": "no-cache"})
        headers = {"Cache-Control": entry.cache, "ETag": f'"{sha256(data).hexdigest()[:32]}"'}
        if entry.entitled:
            headers["Vary"] = "Authorization"
        if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Length": str(len(data)), "Content-Type": TEXT if entry.path == CHECKPOINT else BYTES}
        return Response(b"" if request.method == "HEAD" else data, headers=headers)

    def _content(self, entry: Entry) -> bytes | None:
        """Return the file of *entry*, or None if there is none, or none that a checkpoint speaks of."""
        if entry.end > (self._published_size() if entry.end else 0):
            return None
        return _read(self._root, entry.path)

    def _published_size(self) -> int:
        """Return the size of the published checkpoint; what lies beyond may still be written anew."""
        note = _read(self._root, CHECKPOINT)
        if note is None:
            return 0
        known, size = self._size
        if note != known:
            try:
                size = unverified_note(note).checkpoint.size
            except PeerError:
                return 0
            self._size = note, size
        return size

    def _auditor(self, request: Request) -> str | None:
        """Return the hash of the entitled auditor's token that *request* bears, if it bears one."""
        found = _BEARER.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return None
        told = sha256(found[1].encode()).hexdigest()
        known = [each for each in self._auditors if hmac.compare_digest(each, told)]
        return known[0] if known else None

    # --- the witness ---

    async def _add_checkpoint(self, request: Request, witness: AddCheckpoint) -> Response:
        if request.method != "POST":
            return _plain(405, Allow="POST")
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_REQUEST:
                    return _plain(413, Connection="close")
        except ClientDisconnect:
            return _plain(400)
        answer = await witness(bytes(body))
        headers = {"Content-Type": answer.content_type, "Cache-Control": "no-store"}
        return Response(answer.body, status_code=answer.status, headers=headers)


def _plain(status: int, **headers: str) -> Response:
    """Return an answer without a file."""
    return Response(b"%d\n" % status, status_code=status, headers={"Content-Type": TEXT, **headers})


def _matches(wanted: str, tag: str) -> bool:
    """Tell whether the header If-None-Match, *wanted*, names *tag*."""
    return wanted.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in wanted.split(",")}


def _read(root: Path, path: str) -> bytes | None:
    """Return the regular file at *path* below *root*, or None; no link is followed below *root*."""
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        *parents, name = path.split("/")
        for parent in parents:
            inner = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(file, "rb") as opened:
            return opened.read() if stat.S_ISREG(os.fstat(opened.fileno()).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(folder)
