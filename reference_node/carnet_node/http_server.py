"""The node's HTTP server: an ASGI application on a socket of its own, within the node's event loop.

What uvicorn leaves open is closed here: it has no limit to how long a request may take to arrive or an answer to leave,
and it would take the process's signals for itself.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from carnet_node.config import HttpConfig
from carnet_node.errors import ConfigError
from carnet_node.observe import logger

LOG: Final = logger("http")
MAX_HEAD: Final = 16_384
IDLE_S: Final = 10
BACKLOG: Final = 128


class HttpServer:
    """Serves *app* as *config* says; *port* is known once it has started."""

    def __init__(self, app: Any, *, config: HttpConfig, drain_s: float) -> None:
        self._config: Final = config
        self.port = 0
        self._app: Final = app
        self._drain: Final = drain_s
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: The port is in use, the address is none of ours, or the certificate cannot be used.
        """
        config = uvicorn.Config(
            self._app,
            http=_protocol(self._config),
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=max(1, round(self._drain)),
            h11_max_incomplete_event_size=MAX_HEAD,
            backlog=BACKLOG,
        )
        config.load()
        config.ssl = self._context()
        own = logging.getLogger("uvicorn")  # what is worth a line, the application says itself
        own.propagate = False
        own.addHandler(logging.NullHandler())
        listener = self._listen()
        self.port = listener.getsockname()[1]
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({ready, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            ready.cancel()
            self._serving.result()
        self._serving.add_done_callback(_tell_failure)
        LOG.info("http.ready", endpoint=self.url)

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, and go."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        _, late = await asyncio.wait({self._serving}, timeout=self._drain + IDLE_S)
        for each in late:
            each.cancel()
        self._server = None

    @property
    def url(self) -> str:
        """Where the server is reached on this machine."""
        scheme = "http" if self._config.certificate is None else "https"
        return f"{scheme}://{self._config.listen.rpartition(':')[0]}:{self.port}"

    def _listen(self) -> socket.socket:
        host, _, port = self._config.listen.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = socket.socket(family, kind, protocol)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
            except BaseException:
                listener.close()
                raise
        except OSError as error:
            raise ConfigError(f"http.listen: {self._config.listen} is in use or not ours") from error
        listener.setblocking(False)
        return listener

    def _context(self) -> ssl.SSLContext | None:
        if self._config.certificate is None or self._config.key is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._config.certificate, self._config.key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"http.certificate, http.key: {self._config.certificate} and {self._config.key} cannot be used"
            ) from error
        return context


def _tell_failure(serving: asyncio.Task[None]) -> None:
    if not serving.cancelled() and (error := serving.exception()) is not None:
        LOG.critical("http.failed", exc_info=error)


class _Server(uvicorn.Server):
    """A server that leaves signals to the node, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready: Final = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol(config: HttpConfig) -> type[asyncio.Protocol]:
    """Return a protocol that cuts connections which are too many, or too slow as *config* has it.

    From a connection's start, and from the end of each answer, the next answer must have left within one time: however
    slowly a request drips in, or an answer is taken.
    """

    class Protocol(H11Protocol):
        _watch: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs
            if len(self.connections) >= config.max_connections:
                LOG.warning("http.full", size=len(self.connections))
                transport.abort()
            super().connection_made(transport)
            self._begin()

        def on_response_complete(self) -> None:
            self._begin()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._watch is not None:
                self._watch.cancel()
            super().connection_lost(exc)

        def _begin(self) -> None:
            if self._watch is not None:
                self._watch.cancel()
            self._watch = self.loop.call_later(config.request_s, self.transport.abort)

    return Protocol
