"""A tap on the line: forwards TCP between two nodes, keeps what passes, and can swallow one side's answers.

It stands where a network operator, or whoever listens on the network, stands.
"""

import socket
import threading
from contextlib import suppress
from typing import Final, Self

HOST: Final = "127.0.0.1"
CHUNK: Final = 65536


class Tap:
    """Listens on *port*, and forwards to *target*."""

    def __init__(self, *, port: int, target: int) -> None:
        self._target: Final = target
        self._listener: Final = socket.create_server((HOST, port))
        self._lock: Final = threading.Lock()
        self._open: Final[set[socket.socket]] = set()
        self._sent, self._answered = bytearray(), bytearray()
        self.swallows_answers = False
        threading.Thread(target=self._accept, name="carnet-tap", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def seen(self) -> tuple[bytes, bytes]:
        """What has passed so far: towards the target, and back."""
        with self._lock:
            return bytes(self._sent), bytes(self._answered)

    def close(self) -> None:
        """Cut the line."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            lines = list(self._open)
        for line in lines:
            _cut(line)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(caller,), daemon=True).start()

    def _join(self, caller: socket.socket) -> None:
        try:
            target = socket.create_connection((HOST, self._target), timeout=5)
        except OSError:
            caller.close()  # nobody is there: so it looks to the caller, too
            return
        target.settimeout(None)
        with self._lock:
            self._open.update((caller, target))
        back = threading.Thread(target=self._pump, args=(target, caller, self._answered), daemon=True)
        back.start()
        self._pump(caller, target, self._sent)
        back.join()
        with self._lock:
            self._open.difference_update((caller, target))
        caller.close()
        target.close()

    def _pump(self, source: socket.socket, sink: socket.socket, seen: bytearray) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                with self._lock:
                    seen += data
                if not (self.swallows_answers and seen is self._answered):
                    sink.sendall(data)
        for each in (source, sink):
            _cut(each)


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
