"""S9 as a node keeps it: what was cosigned once is never contradicted, not by a race and not after a restart."""

import asyncio
from hashlib import sha256

import pytest

from carnet.errors import PeerError
from carnet.log.checkpoint import Checkpoint, sign_checkpoint, unverified_note
from carnet.log.merkle import Frontier, consistency_path, leaf_hash
from carnet.log.witness import AddCheckpoint, attach, open_cosigned, witness_key
from carnet.secret import Secret
from carnet.testing import ledger
from carnet_node.errors import StoreConflict
from carnet_node.stores.database import Database
from carnet_node.witness import WitnessService, stale_size

ALICE = ledger.Network().ledgers["alice"]
KEY = ledger.log_key_of(ALICE)
NOW = ledger.START


class Log:
    """A log of twenty entries; *face* tells two histories apart from entry 3 on."""

    def __init__(self, face=b"", *, seed=Secret(ALICE.keys.log_seed)):  # noqa: B008 - a constant
        self.seed = seed
        self.stored, tree = {}, Frontier()
        self.trees = [tree.root]
        for number in range(20):
            entry = sha256(b"%d" % number + (face if number >= 3 else b"")).digest()
            for level, node in enumerate(tree.append(leaf_hash(entry))):
                self.stored[level, number >> level] = node
            self.trees.append(tree.root)

    def request(self, old, new):
        checkpoint = Checkpoint(origin=KEY.name, size=new, root=self.trees[new])
        path = consistency_path(lambda *place: self.stored[place], old_size=old, new_size=new) if 0 < old <= new else []
        note = unverified_note(sign_checkpoint(checkpoint, seed=self.seed))
        return AddCheckpoint(old_size=old, path=tuple(path), note=note)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "witness.db")
    yield database
    database.close()


def service(database, keys=(KEY,)):
    async def log_keys(_vasp, origin):
        return [key for key in keys if key.name == origin]

    return WitnessService(
        database=database, name=ledger.WITNESS, seed=ledger.witness_seed(), log_keys=log_keys, clock=lambda: NOW
    )


async def ask(witness, log, old, new):
    """Return the size that was cosigned, or ``stale`` and the size that the witness knows, or the check."""
    request = log.request(old, new)
    try:
        answer = await witness.add_checkpoint(request.encode(), peer="alice")
    except PeerError as error:
        return error.check
    if (size := stale_size(answer)) is not None:
        return "stale", size
    key = witness_key(ledger.WITNESS, ledger.witness_seed())
    note = attach(request.note.encode(), [answer])
    checkpoint, _ = open_cosigned(note, origin=KEY.name, keys=[KEY], witnesses=[key], quorum=1)
    return checkpoint.size


async def test_a_log_that_grows_is_followed(database):
    witness = service(database)
    assert [await ask(witness, Log(), *sizes) for sizes in ((0, 2), (2, 5), (5, 5), (5, 20))] == [2, 5, 5, 20]


async def test_a_log_is_told_from_where_to_ask(database):
    witness = service(database)
    assert await ask(witness, Log(), 0, 5) == 5
    assert await ask(witness, Log(), 0, 6) == ("stale", 5)
    assert await ask(witness, Log(), 3, 6) == ("stale", 5)


async def test_a_fork_and_a_rollback_are_refused_also_after_a_restart(database, tmp_path):
    assert await ask(service(database), Log(), 0, 5) == 5
    database.close()
    again = Database(tmp_path / "witness.db")
    witness = service(again)
    assert await ask(witness, Log(b"other"), 5, 5) == "witness.fork"
    assert await ask(witness, Log(b"other"), 5, 8) == "consistency.old_root"
    assert await ask(witness, Log(), 5, 3) == "witness.rollback"
    assert await ask(witness, Log(), 5, 8) == 8
    again.close()


async def test_of_two_faces_shown_at_once_one_is_cosigned(database):
    witness = service(database)
    answers = await asyncio.gather(*(ask(witness, Log(face), 0, 8) for face in (b"", b"other") * 8))
    assert answers.count(8) in {1, 8}
    assert {each for each in answers if each != 8} == {("stale", 8)}
    faces = [await ask(witness, Log(face), 8, 8) for face in (b"", b"other")]
    assert sorted(map(str, faces)) == ["8", "witness.fork"]


async def test_a_head_that_changed_meanwhile_is_looked_at_again(database, monkeypatch):
    witness, writes = service(database), []
    write = database.write

    async def first_fails(work):
        writes.append(work)
        if len(writes) == 1:
            raise StoreConflict("somebody was faster")
        return await write(work)

    monkeypatch.setattr(database, "write", first_fails)
    assert await ask(witness, Log(), 0, 5) == 5
    assert len(writes) == 2


async def test_a_log_of_no_member_is_refused(database):
    assert await ask(service(database, keys=()), Log(), 0, 5) == "witness.log"


@pytest.mark.parametrize("body", [b"", b"old 0\n", b"old 0\n\ngarbage", b"\xff" * 1000])
async def test_what_is_no_request_is_refused(database, body):
    with pytest.raises(PeerError):
        await service(database).add_checkpoint(body, peer="alice")
