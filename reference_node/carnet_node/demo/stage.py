"""The stage of the demo and of the benchmark: nodes as processes of their own, started, killed and always stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from carnet_node.control import ask
from carnet_node.demo.network import PASSPHRASE

T = TypeVar("T")

START_S: Final = 30.0
STOP_S: Final = 10.0
ANSWER_S: Final = 30.0
POLL_S: Final = 0.02
TAIL: Final = 3


class Surprise(Exception):  # noqa: N818 - not an error of the program, but of what it shows
    """Something did not happen as the demo promises."""


def expect(holds: bool, surprise: str) -> None:
    """Raise `Surprise` unless something *holds*."""
    if not holds:
        raise Surprise(surprise)


def until(what: Callable[[], T | None], *, surprise: str, seconds: float = 20.0) -> T:
    """Return what *what* returns as soon as it is not None.

    Raises:
        Surprise: It took too long.
    """
    deadline = time.monotonic() + seconds
    while (found := what()) is None:
        if time.monotonic() > deadline:
            raise Surprise(f"{surprise} (waited {seconds:.0f} s)")
        time.sleep(POLL_S)
    return found


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off SIGINT and SIGTERM: one that comes while a process is being started would leave it to nobody."""
    if threading.current_thread() is not threading.main_thread():  # to which signals do not come
        yield
        return
    came: list[int] = []
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for each in came:
            signal.raise_signal(each)


class Node:
    """One `carnet-node run` in folder *home*, a process of its own."""

    def __init__(self, name: str, home: Path) -> None:
        self.name: Final = name
        self.home: Final = home
        self._process: subprocess.Popen[bytes] | None = None
        self._since = 0
        self._asked = False

    @property
    def pid(self) -> int:
        """The process's number."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process; `wait` says when it serves."""
        self._asked = False
        with (self.home / "node.log").open("ab") as log, _undisturbed():
            self._since = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "carnet_node", "run", "--json", str(self.home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "CARNET_PASSPHRASE": PASSPHRASE},
                start_new_session=True,  # Ctrl-C is the demo's business; and its workers can be found
            )

    def wait(self) -> None:
        """Wait until the node serves."""
        until(self._serves, surprise=f"{self.name} does not start", seconds=START_S)

    def _serves(self) -> bool | None:
        if self._process is not None and self._process.poll() is not None:
            raise Surprise(f"{self.name} did not start: {' / '.join(self.last_words())}")
        return True if any(line.get("ready") for line in self.log(since=self._since)) else None

    def kill(self) -> None:
        """Kill the process as `kill -9` does: nothing of it gets a chance to tidy up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._bury()

    def terminate(self) -> None:
        """Ask the process to stop, once: a second signal would cut short what it does then."""
        if self._process is not None and not self._asked:
            self._asked = True
            self._process.terminate()

    def stop(self) -> None:
        """Ask the process to stop, and kill it if it does not."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._bury()

    def _bury(self) -> None:
        """Take what the process left behind, such as its prover, along."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process = None

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Return what the node answers to *command* on its control socket.

        Raises:
            CommandError: It refuses, or is not there.
        """
        request = {"command": command, **arguments}
        answer: dict[str, Any] = ask(self.home / "control.sock", request, timeout_s=ANSWER_S)
        return answer

    def log(self, *, since: int = 0) -> list[dict[str, Any]]:
        """Return what the node has logged, from byte *since* on."""
        found = []
        for line in (self.home / "node.log").read_bytes()[since:].splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return [each for each in found if isinstance(each, dict)]

    def log_size(self) -> int:
        """Return how much the node has logged."""
        return (self.home / "node.log").stat().st_size

    def last_words(self) -> list[str]:
        """Return the last lines of the node's log."""
        with suppress(OSError):
            return (self.home / "node.log").read_text(errors="replace").splitlines()[-TAIL:]
        return []


class Nodes:
    """Several nodes, all of which are stopped at the end, whatever happens."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.by_name: Final = {node.name: node for node in nodes}

    def __getitem__(self, name: str) -> Node:
        return self.by_name[name]

    def __enter__(self) -> Self:
        try:
            for node in self.by_name.values():
                node.start()
            for node in self.by_name.values():
                node.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all nodes: all are asked before the first is waited for."""
        with ExitStack() as stack:
            for node in self.by_name.values():
                node.terminate()
            for node in self.by_name.values():
                stack.callback(node.stop)
