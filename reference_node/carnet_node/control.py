"""Local control: one JSON object per line over a Unix socket that its owner alone may use.

A request names a *command* and its arguments; the answer is ``{"ok": true, "result": ...}`` or ``{"ok": false,
"error": ..., "status": ...}``, where *status* is the exit status that the command line makes of it.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from carnet.nesting import parse_json
from carnet_node.errors import CommandError, ConfigError

MAX_LINE: Final = 1 << 20
MAX_PATH: Final = 100  # the operating system's limit for the name of a socket is a little above

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Any]]


class Control:
    """Serves *handle* on socket *path*."""

    def __init__(self, path: Path, handle: Handler) -> None:
        self._path: Final = path
        self._handle: Final = handle
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: The path is too long for a socket, or another node listens there.
        """
        if len(str(self._path).encode()) > MAX_PATH:
            raise ConfigError(f"paths.control: {self._path} is too long for a socket; choose a shorter one")
        if self._path.exists():
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(str(self._path))
                except OSError:
                    self._path.unlink(missing_ok=True)  # left by a node that was killed
                else:
                    raise ConfigError(f"paths.control: a node runs already in {self._path.parent}")
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=MAX_LINE)
            self._path.chmod(0o600)
        except OSError as error:
            raise ConfigError(f"paths.control: {self._path}: no socket can be made ({error.strerror})") from error

    async def stop(self) -> None:
        """Listen no more; what is under way is ended."""
        if self._server is None:
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            with suppress(ConnectionError, ValueError):  # a line that is too long is no line
                while line := await reader.readline():
                    writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                    await writer.drain()
        finally:
            writer.close()
            if task is not None:
                self._open.discard(task)

    async def _answer(self, line: bytes) -> Json:
        try:
            request = parse_json(line)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            return {"ok": False, "error": "a request is a JSON object", "status": 2}
        answer: Json = await self._handle(request)
        return answer


def ask(path: Path, request: Json, *, timeout_s: float) -> Any:
    """Return what the node that listens at *path* answers to *request*.

    Raises:
        CommandError: No node runs there.
        Failed: It answers with an error.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: no node answers here; start it with `carnet-node run`") from error
    if not answer["ok"]:
        raise Failed(answer["error"], answer["status"])
    return answer["result"]


class Failed(CommandError):  # noqa: N818 - what became of the command
    """The node answered with an error; *status* is the exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
