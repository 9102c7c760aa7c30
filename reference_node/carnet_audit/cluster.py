"""Bundles judged by a cluster: the jobs of an audit on the workers of a Dask scheduler.

Its workers need this very package and nothing of the sources: a job holds all that is to be judged. Coins are drawn
where the proofs are weighed.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, Generic, TypeVar, final

from carnet.workers import Executor, Job

T = TypeVar("T")
TIMEOUT_S: Final = 10
PATIENCE_S: Final = 20.0
"""After how long it is looked whether a cluster still has workers."""
NEEDED: Final = "a scheduler needs Dask: pip install 'carnet[cluster]'"


@final
class ClusterError(Exception):
    """The scheduler cannot be used, or has gone; the text says why."""


@final
class _Client:
    """A Dask client as `carnet.workers.Workers` wants its executors."""

    def __init__(self, client: Any) -> None:
        self._client: Final = client

    def submit(self, function: Callable[..., T], /, *args: Any) -> Job[T]:
        """Have *function* called with *args* by some worker; each call is a job of its own."""
        return _Job(self._client, self._client.submit(function, *args, pure=False))


@final
class _Job(Generic[T]):
    """A job of a cluster, on which Dask waits for ever if no worker comes back: what is late has us count them."""

    def __init__(self, client: Any, future: Any) -> None:
        self._client: Final = client
        self._future: Final = future

    def result(self) -> T:
        """Wait for the result and return it, or raise what the job raised."""
        while True:
            try:
                result: T = self._future.result(timeout=PATIENCE_S)
            except TimeoutError:
                if self._future.done():
                    raise
                if not self._client.nthreads():
                    raise ClusterError("the scheduler has no workers any more") from None
            else:
                return result

    def cancel(self) -> object:
        """Do not begin, if it has not begun."""
        return self._future.cancel()


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Open what takes jobs for the workers of the scheduler at *address*, and say how many they do at once.

    Raises:
        ClusterError: There is no Dask here, no scheduler there, or no worker that it knows.
    """
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise ClusterError(NEEDED) from error
    client = _connected(distributed, address)
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise ClusterError(f"the scheduler {address} has no workers")
        try:
            yield _Client(client), threads
        except _failures(distributed) as error:
            raise ClusterError(f"the scheduler {address} or its workers have gone: {type(error).__name__}") from error


def _connected(distributed: Any, address: str) -> Any:
    """Return a client of the scheduler at *address*.

    It is asked who it is first: Dask's client waits for ever for the first word of whoever accepts a connection, and
    longer still when it is thrown away because that word was another than it expects.
    """
    _hush()
    try:
        asyncio.run(_identity(distributed, address))
        return distributed.Client(address, timeout=TIMEOUT_S, set_as_default=False)
    except Exception as error:  # whatever Dask makes of what is no scheduler
        raise ClusterError(f"the scheduler {address} cannot be reached") from error


async def _identity(distributed: Any, address: str) -> Any:
    secure = distributed.Security().get_connection_args("client")
    async with asyncio.timeout(TIMEOUT_S), distributed.rpc(address, timeout=TIMEOUT_S, connection_args=secure) as asked:
        return await asked.identity()


def _hush() -> None:
    """Leave standard error to the one line that says what is wrong."""
    for handler in logging.getLogger("distributed").handlers:
        handler.setLevel(logging.CRITICAL)


def _failures(distributed: Any) -> tuple[type[BaseException], ...]:
    """Return what becomes of jobs when a scheduler or its workers go away."""
    client: Any = import_module("distributed.client")
    found = [getattr(distributed, name, None) for name in ("CommClosedError", "KilledWorker")]
    found += [getattr(client, name, None) for name in ("FutureCancelledError", "FuturesCancelledError")]
    return tuple(each for each in found if isinstance(each, type))
