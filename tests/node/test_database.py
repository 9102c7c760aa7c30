import asyncio
import sqlite3

import pytest
from sqlalchemy import insert, select

from carnet_node.errors import StoreFatal
from carnet_node.stores.database import Database
from carnet_node.stores.tables import packs


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "node.db")
    yield database
    database.close()


def put(name):
    return lambda connection: connection.execute(insert(packs).values(hash=name, signed=b"x")) and None


def names(connection):
    return sorted(row.hash for row in connection.execute(select(packs)))


async def test_what_was_written_is_read_and_survives(database, tmp_path):
    await database.write(put(b"a"))
    assert await database.read(names) == [b"a"]
    database.close()
    again = Database(tmp_path / "node.db")
    assert again.look(names) == [b"a"]
    again.close()


async def test_one_failure_in_a_group_spoils_nobody_elses_work(database):
    def fails(connection):
        put(b"lost")(connection)
        raise ValueError("mine")

    outcomes = await asyncio.gather(
        *(database.write(put(b"%d" % n)) for n in range(5)), database.write(fails), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 5 + [ValueError]
    assert await database.read(names) == [b"0", b"1", b"2", b"3", b"4"]


async def test_writes_that_wait_together_share_a_commit(database):
    commits = []
    original = database._commit
    database._commit = lambda jobs: (commits.append(len(jobs)), original(jobs))
    await asyncio.gather(*(database.write(put(b"%d" % n)) for n in range(50)))
    assert sum(commits) == 50
    assert len(commits) < 25


async def test_a_waiter_that_left_does_not_undo_the_write(database):
    task = asyncio.ensure_future(database.write(put(b"a")))
    await asyncio.sleep(0)
    task.cancel()
    await database.write(put(b"b"))
    assert await database.read(names) == [b"a", b"b"]


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "other"])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, damage):
    path = tmp_path / "node.db"
    database = Database(path)
    database.close()
    whole = path.read_bytes()
    broken = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "garbage": b"not a database" * 400,
        "other": whole[:60] + (99).to_bytes(4, "big") + whole[64:],
    }[damage]
    path.write_bytes(broken)
    with pytest.raises(StoreFatal, match=r"node\.db"):
        Database(path)
    assert path.read_bytes() == broken


@pytest.mark.parametrize(("schema", "advice"), [(1, "carnet-node init"), (99, "a newer release made it; install that")])
def test_a_database_of_another_release_says_what_to_do(tmp_path, schema, advice):
    path = tmp_path / "node.db"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={schema}")
    connection.close()
    with pytest.raises(StoreFatal, match=f"is of schema {schema}, and this node needs 2: .*{advice}") as told:
        Database(path)
    assert "\n" not in str(told.value)


async def test_a_damaged_copy_keeps_its_log(tmp_path):
    Database(tmp_path / "node.db").close()
    database = Database(tmp_path / "node.db")
    await database.write(put(b"a"))
    copy = tmp_path / "copy"
    copy.mkdir()
    whole, log = ((tmp_path / name).read_bytes() for name in ("node.db", "node.db-wal"))
    database.close()
    (copy / "node.db").write_bytes(whole[: len(whole) // 2])
    (copy / "node.db-wal").write_bytes(log)
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    assert len(before) == 2
    with pytest.raises(StoreFatal, match="nothing was changed"):
        Database(copy / "node.db")
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


async def test_a_database_without_its_logs_index_and_one_that_was_just_begun_are_opened(tmp_path):
    database = Database(tmp_path / "node.db")
    await database.write(put(b"a"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("node.db", "node.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    database.close()
    again = Database(copy / "node.db")
    assert again.look(names) == [b"a"]
    again.close()

    begun = sqlite3.connect(tmp_path / "begun.db")
    begun.execute("PRAGMA journal_mode=WAL")
    begun.close()
    Database(tmp_path / "begun.db").close()
