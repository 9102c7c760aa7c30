"""Work spread over processes, its results in order, with no more of it under way than memory should hold.

`Workers` is for whoever runs the core, which knows nothing of processes: a job is a module's function and one picklable
value, and does the same wherever it is done. Results come one by one, in the order of the items, so that progress is
what their reader has counted. Whoever stops reading, or leaves the ``with``, cancels what has not begun.

Each worker is a fresh process (spawned: it inherits neither threads nor open files) that leaves Ctrl-C to its parent
and outlives it in no case. One that dies costs the job that it was at: another does that job again, once. So a job
must not mind being done twice.
"""

import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, final

from carnet.errors import UsageError

__all__ = ["Executor", "Job", "WorkerDiedError", "Workers", "cores"]

A = TypeVar("A")
T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)

AHEAD: Final = 2
"""How many jobs are under way for each process, unless told otherwise: one that is done, and the next one."""
TRIES: Final = 2
"""How often a job may cost a process its life."""
END_S: Final = 1.0
"""How long a process that has let go of its connection may take to end."""


class WorkerDiedError(RuntimeError):
    """A job ended the process that did it, and then another: killed, out of memory, or a crash in a library."""


class Job(Protocol[R_co]):
    """What has been submitted: a `concurrent.futures.Future`, or another engine's."""

    def result(self) -> R_co:
        """Wait for the result and return it, or raise what the job raised."""
        ...

    def cancel(self) -> object:
        """Do not begin, if it has not begun."""
        ...


class Executor(Protocol):
    """Whatever takes jobs: `concurrent.futures.Executor`, or the client of a cluster."""

    def submit(self, function: Callable[..., T], /, *args: Any) -> Job[T]:
        """Have *function* called with *args*, somewhere, some time."""
        ...


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@final
class Workers:
    """*processes* that do jobs, by default one for each processor; leave the ``with``, or `close`, to be rid of them.

    With 0 or 1, jobs are done right here, one by one, with the same results; *apart* has the one be a process of its
    own all the same, for work that must not hold up its caller. *executor* takes the jobs instead of processes of our
    own, and then *processes* says how many jobs it does at once. It is not closed, and its failures are its own.

    Processes are started when there is work for them. A job is sent to its process as pickled bytes, and so are its
    result or its exception, with the worker's traceback as a note.

    >>> with Workers(0) as workers:
    ...     list(workers.stream(abs, [-1, 2, -3]))
    [1, 2, 3]
    """

    def __init__(self, processes: int | None = None, *, apart: bool = False, executor: Executor | None = None) -> None:
        self.processes: Final = max(1, cores() if processes is None else processes)
        self._executor: Executor
        if executor is not None:
            self._executor = executor
        elif self.processes > 1 or apart:
            self._executor = _Pool(self.processes)
        else:
            self._executor = _Here()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel what has not begun, end all processes at once, and return when they have ended."""
        self._closed = True
        if isinstance(self._executor, _Pool):
            self._executor.close()

    def submit(self, function: Callable[..., T], /, *args: Any) -> Job[T]:
        """Begin one job.

        Its result raises `WorkerDiedError` if it has ended two processes.
        """
        if self._closed:
            raise UsageError("these workers are closed")
        return self._executor.submit(function, *args)

    def stream(
        self, function: Callable[[A], T], items: Iterable[A], *, ahead: int | None = None
    ) -> Generator[T, None, None]:
        """Yield what *function* makes of each of *items*, in order, as `map` does.

        At most *ahead* items, by default twice as many as there are processes, have been taken whose results have not
        been yielded: *items* may be endless. What a job raises is raised in its place, and ends the stream. An item
        that is the only one is not worth a process of ours, and is done here.
        """
        at_once = AHEAD * self.processes if ahead is None else ahead
        if at_once < 1:
            raise UsageError("at least one job must be under way for any to be done")
        if isinstance(self._executor, _Here):
            at_once = 1
        elif isinstance(self._executor, _Pool) and at_once > 1:
            return self._unless_alone(function, iter(items), at_once)
        return self._each(function, iter(items), at_once)

    def _unless_alone(self, function: Callable[[A], T], source: Iterator[A], ahead: int) -> Generator[T, None, None]:
        first = list(islice(source, 2))
        if len(first) == 1:
            yield _Here().submit(function, *first).result()
        else:
            yield from self._each(function, chain(first, source), ahead)

    def _each(self, function: Callable[[A], T], source: Iterator[A], ahead: int) -> Generator[T, None, None]:
        under_way: deque[Job[T]] = deque()
        try:
            while True:
                under_way.extend(self.submit(function, each) for each in islice(source, ahead - len(under_way)))
                if not under_way:
                    return
                yield under_way.popleft().result()
        finally:
            for job in under_way:
                job.cancel()


@final
class _Here:
    """Does a job when it is submitted."""

    def submit(self, function: Callable[..., T], /, *args: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(function(*args))
        except Exception as error:  # noqa: BLE001 - the job's own, for whoever asks for its result
            done.set_exception(error)
        return done


@final
class _Pool:
    """Threads, each with a process of its own that it sends one job at a time.

    The standard library's pool of processes fails as a whole when one of them dies, and cannot say at which job; it
    also has no way to end a job that runs.
    """

    def __init__(self, processes: int) -> None:
        self._threads: Final = ThreadPoolExecutor(
            processes, thread_name_prefix="carnet-worker", initializer=_shield_thread
        )
        self._mine: Final = threading.local()
        self._lock: Final = threading.Lock()
        self._living: Final[set[_Process]] = set()
        self._closed = False

    def submit(self, function: Callable[..., T], /, *args: Any) -> Future[T]:
        return self._threads.submit(self._do, function, args)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._living:
            process.kill()
        self._threads.shutdown(wait=True)
        for process in self._living:
            process.bury()
        self._living.clear()

    def _do(self, function: Callable[..., T], args: tuple[Any, ...]) -> T:
        """Have this thread's process do a job; if it dies of it, have the next one do it."""
        job = pickle.dumps((function, args))
        deaths: list[str] = []
        while len(deaths) < TRIES:
            process = self._process()
            try:
                answer = process.do(job)
            except (EOFError, OSError):
                deaths.append(process.bury())
                self._forget(process)
                continue
            fine, value = pickle.loads(answer)  # noqa: S301 - our own process's
            if not fine:
                raise value
            result: T = value
            return result
        raise WorkerDiedError(
            f"a job has ended two worker processes, one after the other ({', '.join(deaths)}):"
            " they were killed, ran out of memory, or a library crashed"
        )

    def _process(self) -> "_Process":
        """Return this thread's process, started if there is none."""
        process: _Process | None = getattr(self._mine, "process", None)
        if process is None:
            with self._lock:
                self._check_open()
                process = self._mine.process = _Process()
                self._living.add(process)
        return process

    def _forget(self, process: "_Process") -> None:
        self._mine.process = None
        with self._lock:
            self._check_open()
            self._living.discard(process)

    def _check_open(self) -> None:
        if self._closed:
            raise CancelledError("the workers were closed")


_CHILDREN: Final = threading.Lock()
"""Held where processes are started and waited for: `multiprocessing` keeps one list of them."""


@final
class _Process:
    """A worker as its parent sees it."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process: Final = context.Process(target=_serve, args=(theirs,), name="carnet-worker", daemon=True)
        with _CHILDREN:
            self._process.start()
        theirs.close()

    def do(self, job: bytes) -> bytes:
        """Send *job* and return the answer to it; raises EOFError or OSError if the process dies."""
        self._connection.send_bytes(job)
        return self._connection.recv_bytes()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()

    def bury(self) -> str:
        """Wait for the process, which has been told to end or is dying, and say how it ended."""
        with _CHILDREN:
            self._process.join(END_S)
            self._process.kill()  # if a job has closed the connection, and nothing has died
            self._process.join()
        self._connection.close()
        code = self._process.exitcode or 0
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f"exit status {code}"


def _shield_thread() -> None:
    """Keep Ctrl-C away from the processes that this thread starts, from their first moment on: masks are inherited."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # starting it would unblock the signal again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _serve(connection: Connection) -> None:
    """Do one job after the other, as a worker, until the parent is gone or needs no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="carnet-orphan", daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(_answer(connection.recv_bytes()))


def _answer(job: bytes) -> bytes:
    try:
        function, args = pickle.loads(job)  # noqa: S301 - our own parent's
        return pickle.dumps((True, function(*args)))
    except Exception as error:  # noqa: BLE001 - the job's own, for the parent
        error.add_note(f"in a worker process:\n{''.join(traceback.format_exception(error))}")
        return _refusal(error)


def _refusal(error: Exception) -> bytes:
    """Return *error* for the parent; one that cannot be pickled, and made again, as a RuntimeError that tells of it."""
    try:
        answer = pickle.dumps((False, error))
        pickle.loads(answer)  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its class makes of it
        told = RuntimeError(f"{type(error).__name__}: {error}")
        told.__notes__ = error.__notes__
        return pickle.dumps((False, told))
    return answer


def _leave_with_parent() -> None:
    """End this process when its parent has ended, be it by kill -9."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
