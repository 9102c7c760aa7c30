"""A watch as a witness: it cosigns over HTTP what grew from all that it has seen (spec/log.md#watching).

The judgement is `carnet.log.witness.answer`; here its memory is kept, on the disk before a cosignature leaves, and
requests are taken from whoever sends them: bounded in size, number and time.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final, final

import h11

from carnet.errors import PeerError, UsageError
from carnet.log.checkpoint import VerifierKey, unverified_note
from carnet.log.witness import MAX_REQUEST, AddCheckpoint, Answer, answer, refusal
from carnet.secret import Secret
from carnet_audit.watch_state import State

PATH: Final = b"/add-checkpoint"
MAX_CONNECTIONS: Final = 64
REQUEST_S: Final = 10.0
CHUNK: Final = 16_384
DRAIN_S: Final = 2.0

LogKeys = Callable[[str], list[VerifierKey]]
"""Return the keys of the log with an origin: none, if it is not followed."""


@final
class LocalWitness:
    """Cosigns as *name* the logs that *log_keys* knows, from what *state* holds of them."""

    def __init__(
        self, state: State, *, name: str, seed: Secret[bytes], log_keys: LogKeys, clock: Callable[[], float]
    ) -> None:
        self._state: Final = state
        self._name: Final = name
        self._seed: Final = seed
        self._log_keys: Final = log_keys
        self._clock: Final = clock
        self._one: Final = threading.Lock()

    def answer(self, body: bytes) -> Answer:
        """Return what is answered to the add-checkpoint request *body*; what it cosigns has been stored."""
        try:
            request = AddCheckpoint.decode(body)
        except PeerError as error:
            return refusal(error)
        origin, note = request.unverified_origin, request.note.encode()
        with self._one:
            before = self._state.largest(origin)
            found = answer(
                request,
                known=None if before is None else unverified_note(before).checkpoint,
                log_keys=self._log_keys(origin),
                witness=self._name,
                now=int(self._clock()),
                seed=self._seed,
            )
            if found.seen is not None:
                self._state.keep_cosigned(note)
            elif before is not None and found.refused == "witness.fork":
                self._state.prove("log.fork", before=before, after=note)
        return found


@final
class WitnessServer:
    """Serves *answerer* over HTTP/1.1 at *listen*, in a thread of its own, from `start` to `stop`."""

    def __init__(self, answerer: Callable[[bytes], Answer], *, host: str, port: int) -> None:
        self._answer: Final = answerer
        self._place: Final = host, port
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = threading.Thread(target=self._loop.run_forever, name="witness", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: Final[set[asyncio.Task[Any]]] = set()
        self.port = 0

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is in use, or the address is none of ours.
        """
        self._thread.start()
        try:
            self._server = self._wait(asyncio.start_server(self._serve, *self._place, limit=CHUNK))
        except OSError:
            self._end()
            raise
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Take nothing new, give what is under way a moment, and go."""
        self._wait(self._drain())
        self._end()

    async def _drain(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._open:
            await asyncio.wait(self._open, timeout=DRAIN_S)
        for each in self._open:
            each.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            connection = h11.Connection(h11.SERVER, max_incomplete_event_size=CHUNK)
            again = True
            while again:
                async with asyncio.timeout(REQUEST_S):
                    again = await self._one(connection, reader, writer)
        except (OSError, TimeoutError, h11.ProtocolError, asyncio.CancelledError):
            pass  # whoever is slow or speaks no HTTP is left, and so is everybody when the server stops
        finally:
            self._open.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _one(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; tell whether another may follow on this connection."""
        request, body = None, bytearray()
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    writer.write(connection.send(go_on))
                connection.receive_data(await reader.read(CHUNK))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data) and len(body) <= MAX_REQUEST:
                body += event.data
            elif isinstance(event, h11.ConnectionClosed) or len(body) > MAX_REQUEST:
                break
        if request is None:
            return False
        found = await self._judge(request, bytes(body))
        headers = [
            ("Content-Type", found.content_type),
            ("Content-Length", str(len(found.body))),
            ("Cache-Control", "no-store"),
        ]
        if found.status == 405:
            headers.append(("Allow", "POST"))
        for event in (
            h11.Response(status_code=found.status, headers=headers),
            h11.Data(data=b"" if request.method == b"HEAD" else found.body),
            h11.EndOfMessage(),
        ):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return False
        connection.start_next_cycle()
        return True

    async def _judge(self, request: h11.Request, body: bytes) -> Answer:
        if request.target != PATH:
            return Answer(status=404, body=b"404\n")
        if request.method != b"POST":
            return Answer(status=405, body=b"405\n")
        if len(body) > MAX_REQUEST:
            return Answer(status=413, body=b"413\n")
        try:
            return await asyncio.to_thread(self._answer, body)
        except (OSError, UsageError):  # the state could not be written, or is gone: nothing is cosigned
            return Answer(status=500, body=b"500\n")
