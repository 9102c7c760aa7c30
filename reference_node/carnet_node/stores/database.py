"""One SQLite file, one thread that writes, group commit.

Rule 1: every write is a function of a connection, run on the writer's thread; when its `write` returns, it is on disk.
Rule 2: functions that wait together share one commit, each under a savepoint of its own, so that one that fails spoils
nobody else's work. Rule 3: since all writes stand in one line, a function may read, decide and write without a lock.
"""

import asyncio
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar, final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from carnet_node.errors import StoreFatal
from carnet_node.stores.tables import METADATA, SCHEMA_VERSION

T = TypeVar("T")
Work = Callable[[Connection], T]

_MOST_PER_COMMIT: Final = 256


@final
@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]
    then: Callable[[Any], None] | None
    loop: asyncio.AbstractEventLoop


def _engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool if read_only else StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class Database:
    """The node's database at *path*, made if it is not there.

    Raises:
        StoreFatal: There is a file, and it is not a whole database of this node.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        _check_file(path)
        self._writer = _engine(path, read_only=False)
        self._reader = _engine(path, read_only=True)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        try:
            self._connection = self._writer.connect()
            self._prepare()
            self._reading = self._reader.connect()
        except DBAPIError as error:
            raise StoreFatal(f"{path}: cannot be used as a database ({error.orig})") from error
        self._read_lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="carnet-writer", daemon=True)
        self._thread.start()

    def _prepare(self) -> None:
        with self._connection.begin():
            METADATA.create_all(self._connection)
            self._connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")

    async def write(self, work: Work[T], *, then: Callable[[T], None] | None = None) -> T:
        """Return what *work* returns, once all that it wrote is on disk; if it raises, nothing of it was written.

        *then* is called with the result as soon as it is on disk, even if whoever waits for it has gone.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, done, then, loop))
        return await done

    async def read(self, work: Work[T]) -> T:
        """Return what *work* finds in the newest committed state."""
        return self.look(work)

    def look(self, work: Work[T]) -> T:
        """As `read`, from code that does not wait: reads are short and find their pages in memory."""
        with self._read_lock, self._reading.begin():
            return work(self._reading)

    def close(self) -> None:
        """Finish what was asked for, and close the file."""
        self._jobs.put(None)
        self._thread.join()
        self._reading.close()
        self._connection.close()
        self._reader.dispose()
        self._writer.dispose()

    def _serve(self) -> None:
        stopping = False
        while not stopping:
            batch = [self._jobs.get()]
            while len(batch) < _MOST_PER_COMMIT and not self._jobs.empty():
                batch.append(self._jobs.get())
            jobs = [job for job in batch if job is not None]
            stopping = len(jobs) < len(batch)
            if jobs:
                self._commit(jobs)

    def _commit(self, jobs: list[_Job]) -> None:
        results: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            with self._connection.begin():
                for job in jobs:
                    self._connection.exec_driver_sql("SAVEPOINT job")
                    try:
                        results.append((job, job.work(self._connection), None))
                    except Exception as error:  # noqa: BLE001 - whatever it is, it is its caller's
                        self._connection.exec_driver_sql("ROLLBACK TO job")
                        results.append((job, None, error))
                    self._connection.exec_driver_sql("RELEASE job")
        except DBAPIError as error:
            failure = StoreFatal(f"{self.path}: cannot be written ({error.orig})")
            results = [(job, None, failure) for job in jobs]
        for job, result, problem in results:
            job.loop.call_soon_threadsafe(_settle, job, result, problem)


def _settle(job: _Job, result: Any, error: BaseException | None) -> None:
    done = job.done
    if error is None and job.then is not None:
        job.then(result)
    if done.done():  # its waiter has gone; what was written stays written
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


def _check_file(path: Path) -> None:
    """Refuse what is no whole database of ours, and touch nothing."""
    if not path.exists():
        return
    if path.stat().st_size == 0:
        raise StoreFatal(f"{path}: is empty, so it was truncated; restore it, or move it away to start a new one")
    try:
        with _readable(path) as address, closing(sqlite3.connect(address, uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise StoreFatal(f"{path}: is damaged or no database ({error}); nothing was changed") from error
    if sound != "ok":
        raise StoreFatal(f"{path}: is damaged; nothing was changed")
    if version != SCHEMA_VERSION and (version or tables):  # without either, it was stopped while it was made
        raise StoreFatal(f"{path}: is of schema {version}, and this node needs {SCHEMA_VERSION}: {_advice(version)}")


def _advice(version: int) -> str:
    """Return what to do with a database of schema *version*."""
    if version > SCHEMA_VERSION:
        return "a newer release made it; install that one (nothing was changed)"
    return (
        "an older release made it and alone goes on with it; go back to that one, or make a new node, with a log of its"
        " own, by `carnet-node init` in another folder (nothing was changed)"
    )


@contextmanager
def _readable(path: Path) -> Iterator[str]:
    """Yield the address under which the database can be read and is not changed.

    A log without its index, as a copy may have it, is read by making the index anew, and folded into the file by
    whoever closes it last: so it is a copy that is looked at.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or path.with_name(f"{path.name}-shm").exists():
        yield f"file:{path}?mode=ro"
        return
    with TemporaryDirectory(dir=path.parent, prefix=".check-") as folder:
        for file in (path, log):
            shutil.copyfile(file, Path(folder) / file.name)
        yield f"file:{Path(folder) / path.name}?mode=rw"
