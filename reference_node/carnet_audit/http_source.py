"""Read published folders over HTTP, without trusting whoever serves them.

A source may answer slowly, for ever, with too much, with something else, or send the reader elsewhere. Each request has
one time-out for all of it, from the name's resolution to the last byte; what is more than the limit is never taken in;
nobody is redirected, and nothing is remembered between requests but the connection.
"""

import asyncio
import atexit
import os
import re
import threading
import zlib
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, TypeVar, final

import httpx

from carnet.errors import DecodeError
from carnet.evidence import Read, UnreadableError
from carnet.log.tiles import CHECKPOINT

TIMEOUT_S: Final = 30.0
"""How long one file may take, with all attempts at it."""
ATTEMPTS: Final = 3
PAUSE_S: Final = 0.25
CONNECTIONS: Final = 16
GRACE_S: Final = 5.0
SAID: Final = 160
MAX_PORT: Final = 65535
GZIP: Final = 31
"""What tells zlib that a gzip header comes first."""

R = TypeVar("R")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,512}={0,2}", re.ASCII)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@final
class UrlError(ValueError):
    """Not a URL from which a folder can be read; the text says why, without a secret."""


@final
class _AgainError(Exception):
    """An answer that another attempt may better."""


def http(base_url: str, token: str | None = None, *, timeout_s: float = TIMEOUT_S) -> Read:
    """Return a reader of the folder that is published at *base_url*; *token* lets an entitled auditor in.

    Connections are kept, and shared by all readers of this process; a reader may be used by several threads.

    Raises:
        UrlError: *base_url* is no place to read from, or *token* would travel in the clear.
    """
    base = _base(base_url, secret=token is not None)
    headers = {"Accept-Encoding": "gzip, identity"}
    if token is not None:
        if _TOKEN.fullmatch(token) is None:
            raise UrlError("what was given for a token (--token-file) is none")
        headers["Authorization"] = f"Bearer {token}"

    def read(path: str, limit: int) -> bytes:
        url = httpx.URL(f"{base}/{path}")
        sent = {**headers, "Cache-Control": "no-cache"} if path == CHECKPOINT else headers  # no cache's old one
        return _web(os.getpid()).run(_Fetch(url, path, limit=limit, headers=sent).answer, timeout_s, path)

    return read


def _base(text: str, *, secret: bool) -> str:
    """Return *text* as the URL of a folder, without a slash at its end: a scheme, a host, a path, nothing else."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UrlError("not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host or not 0 < (url.port or 443) <= MAX_PORT:
        raise UrlError("a URL of http or https, with a host, is needed")
    if url.userinfo or url.query or url.fragment:
        raise UrlError("a folder's URL has neither a user, nor a query, nor a fragment")
    if secret and url.scheme == "http" and url.host not in _LOOPBACK:
        raise UrlError("a token is not sent in the clear: https is needed")
    return str(url).rstrip("/")


@final
class _Fetch:
    """One file, fetched with a few attempts."""

    def __init__(self, url: httpx.URL, path: str, *, limit: int, headers: dict[str, str]) -> None:
        self._url: Final = url
        self._path: Final = path
        self._limit: Final = limit
        self._headers: Final = headers

    async def answer(self, client: httpx.AsyncClient) -> bytes:
        """Return the file."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._attempt(client)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError, _AgainError) as error:
                if attempt == ATTEMPTS:
                    reason = str(error) if isinstance(error, _AgainError) else _said(error)
                    raise UnreadableError(self._path, reason) from error
                await asyncio.sleep(PAUSE_S * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    async def _attempt(self, client: httpx.AsyncClient) -> bytes:
        async with client.stream("GET", self._url, headers=self._headers) as response:
            self._check_status(response.status_code)
            coding = response.headers.get("content-encoding", "identity").strip().lower()
            if coding not in {"identity", "gzip"}:
                raise UnreadableError(self._path, "in an encoding that was not asked for")
            told = response.headers.get("content-length", "")
            if coding == "identity" and told.isascii() and told.isdigit() and len(told) < 20:
                self._within(int(told))
            return await (self._unzipped(response) if coding == "gzip" else self._plain(response))

    def _check_status(self, status: int) -> None:
        if status == httpx.codes.OK:
            return
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _AgainError(f"status {status}")
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            known = "Authorization" in self._headers
            why = "this token is none of theirs" if known else "--token-file gives their token"
            raise UnreadableError(self._path, f"for entitled auditors alone: {why}", withheld=True)
        if status == httpx.codes.NOT_FOUND:
            raise UnreadableError(self._path, "no such file")
        sent = f"status {status}" + (": nobody is followed elsewhere" if 300 <= status < 400 else "")
        raise UnreadableError(self._path, sent)

    async def _plain(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for chunk in response.aiter_raw():
            data += chunk
            self._within(len(data))
        return bytes(data)

    async def _unzipped(self, response: httpx.Response) -> bytes:
        """Return what *response* zips: never more of it than one byte too many."""
        data, unzip = bytearray(), zlib.decompressobj(GZIP)
        try:
            async for chunk in response.aiter_raw():
                data += unzip.decompress(chunk, self._limit + 1 - len(data))
                self._within(len(data))
                if unzip.unconsumed_tail or unzip.unused_data:
                    raise UnreadableError(self._path, "badly zipped")
        except zlib.error as error:
            raise UnreadableError(self._path, "badly zipped") from error
        if not unzip.eof:
            raise UnreadableError(self._path, "badly zipped")
        return bytes(data)

    def _within(self, size: int) -> None:
        if size > self._limit:
            raise DecodeError("evidence.size", f"more than {self._limit} bytes")


def _said(error: Exception) -> str:
    """Return what went wrong, of a connection in its own words; those of other errors may repeat what was sent."""
    if not isinstance(error, httpx.ConnectError):
        return type(error).__name__
    return "no connection: " + "".join(each if each.isprintable() else " " for each in str(error))[:SAID]


@final
class _Web:
    """The connections of this process, in an event loop of their own: only there can a whole request time out."""

    def __init__(self) -> None:
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = threading.Thread(target=self._loop.run_forever, name="carnet-http", daemon=True)
        self._thread.start()
        self._client: Final = httpx.AsyncClient(
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            headers={"User-Agent": "carnet-audit"},
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            timeout=TIMEOUT_S,  # of each step; the whole has one of its own
        )

    def run(self, work: Any, timeout_s: float, path: str) -> bytes:
        """Return what *work* does with the client, in at most *timeout_s* seconds."""

        async def bounded() -> bytes:
            try:
                async with asyncio.timeout(timeout_s):
                    data: bytes = await work(self._client)
                    return data
            except TimeoutError as error:
                raise UnreadableError(path, f"not answered within {timeout_s:g} s") from error

        try:
            return self._run(bounded(), timeout_s + GRACE_S)
        except LateError as error:
            raise UnreadableError(path, "the network is stuck") from error

    def close(self) -> None:
        """Close all connections."""
        with suppress(LateError):
            self._run(self._client.aclose(), GRACE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GRACE_S)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, R], timeout_s: float) -> R:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        finally:
            future.cancel()


@cache
def _web(_process: int) -> _Web:
    """Return the connections of process *_process*: a fork has none of its parent's threads."""
    web = _Web()
    atexit.register(web.close)
    return web
