"""What the sequencer adds to the records of transfers: covers, notices, and a wait."""

import pytest
from sqlalchemy import select

from carnet.crypto.coins import system_coins
from carnet.errors import VerifyError
from carnet.log.notice import Notice, NoticeKind
from carnet.log.record import Record
from carnet.messages import Phase, Role
from carnet.params import EPOCH_S
from carnet.zk.pedersen import commit
from carnet_node.covers import Covers, open_cover
from carnet_node.sequencer import Sequencer
from carnet_node.stores import log_store
from carnet_node.stores.tables import records
from node.log_world import NOW, STORAGE, LogWorld


@pytest.fixture
async def world(tmp_path):
    world = LogWorld(tmp_path, covered=True)
    await world.sequencer.recover()
    yield world
    world.close()
    world.witness_database.close()


def notice(number):
    return Notice(kind=NoticeKind.REPORT, epoch=NOW // EPOCH_S, hash=bytes([number]) * 32)


async def tell(world, number):
    await world.database.write(lambda c: log_store.queue_notice(c, notice(number), time=NOW))


async def rows(world):
    return await world.database.read(lambda c: c.execute(select(records).order_by(records.c.log_index)).all())


async def covers(world):
    return [row for row in await rows(world) if row.role == log_store.COVER]


@pytest.mark.parametrize(("ended", "size"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8)])
async def test_a_batch_is_filled_up_to_a_power_of_two(world, ended, size):
    await world.queue(ended)
    await world.sequencer.step()
    world.check_log(size)
    assert len(await covers(world)) == size - ended


async def test_nothing_is_added_to_nothing(world):
    await world.sequencer.step()
    world.check_log(0)


@pytest.mark.parametrize(
    ("ended", "floor", "missing"), [(0, 0, 0), (0, 1, 1), (0, 5, 8), (3, 5, 5), (9, 5, 7), (8, 8, 0)]
)
def test_a_floor_is_kept_whatever_has_ended(ended, floor, missing):
    made = Covers(pack=lambda: None, storage_key=STORAGE, coins=system_coins, floor=floor)
    assert made.missing(ended) == missing


async def test_an_empty_interval_grows_by_the_floor(world):
    world.sequencer._covers = world.covers(floor=3)
    await world.sequencer.step()
    world.check_log(4)
    assert {Record.decode(row.record).epoch for row in await covers(world)} == {NOW // EPOCH_S}


async def test_without_a_pack_in_force_the_log_grows_by_its_records_alone(world):
    world.sequencer._covers = Covers(pack=lambda: None, storage_key=STORAGE, coins=system_coins)
    await world.queue(3)
    await world.sequencer.step()
    world.check_log(3)


async def test_a_cover_is_proven_and_looks_like_a_settled_transfer(world):
    await world.queue(3, kind=Phase.SETTLED)
    await world.sequencer.step()
    while await world.prover.step():
        continue
    report = world.check_log(4)
    assert (report.verdict.name, report.counts.proofs) == ("SOUND", 4)
    (cover,) = await covers(world)
    ours = [Record.decode(row.record) for row in await rows(world)]
    assert {each.kind for each in ours} == {Phase.SETTLED}
    assert {(each.epoch, each.pack, each.leg) for each in ours} == {
        (ours[0].epoch, ours[0].pack, ours[0].leg),
    }
    assert len({len(row.record) for row in await rows(world)}) == 1
    assert len({len(row.proof) for row in await rows(world)}) == 1
    assert cover.state == log_store.PROVED


async def test_covers_seem_to_be_of_either_end(world):
    world.sequencer._covers = world.covers(floor=64)
    await world.sequencer.step()
    assert {Record.decode(row.record).role for row in await covers(world)} == set(Role)


async def test_covers_stand_anywhere_in_their_batch(world):
    await world.queue(33)
    await world.sequencer.step()
    indices = {row.log_index for row in await covers(world)}
    assert len(indices) == 31
    assert indices != set(range(33, 64))


async def test_what_opens_a_cover_is_kept(world):
    await world.queue(3)
    await world.sequencer.step()

    async def kept():
        return await world.database.read(lambda c: log_store.covers_between(c, start=0, end=4))

    assert len(await kept()) == 1  # its proof is not made yet
    while await world.prover.step():
        continue
    (row,) = await kept()
    cover = open_cover(row.record, row.source, storage_key=STORAGE)
    record, openings = cover.record, cover.openings
    for point, opening in ((record.value, openings.value), (record.unit, openings.unit), (record.flag, openings.flag)):
        assert commit(value=opening.value, blinding=opening.blinding) == point
    assert (openings.value.value, openings.unit.value) == (0, 0)


async def test_the_openings_of_a_cover_belong_to_its_record(world):
    world.sequencer._covers = world.covers(floor=2)
    await world.sequencer.step()
    one, other = await covers(world)
    with pytest.raises(VerifyError, match=r"box\.open"):
        open_cover(one.record, other.source, storage_key=STORAGE)


async def test_a_notice_is_logged_once_and_has_no_proof(world):
    for _ in range(2):
        await tell(world, 1)
    await world.queue(3)
    await world.sequencer.step()
    await tell(world, 1)
    await world.sequencer.step()
    found = await rows(world)
    assert len(found) == 4
    (told,) = [row for row in found if row.role == log_store.NOTICE]
    assert (told.record, told.state, told.proof) == (notice(1).encode(), log_store.PROVED, None)
    while await world.prover.step():
        continue
    assert [row.state for row in await rows(world)] == ["PROVED"] * 4


@pytest.mark.parametrize(("ended", "notices", "floor"), [(0, 1, 0), (2, 1, 0), (3, 2, 0), (0, 1, 8), (7, 1, 8)])
async def test_the_growth_of_a_log_does_not_tell_of_notices(world, ended, notices, floor):
    world.sequencer._covers = world.covers(floor=floor)
    if ended:
        await world.queue(ended)
    for number in range(notices):
        await tell(world, number)
    await world.sequencer.step()
    size = len(await rows(world))
    assert size == max(floor, 1 << (ended + notices - 1).bit_length())
    assert len(await covers(world)) == size - ended - notices


async def test_a_record_waits_for_an_interval_at_least(world):
    world.sequencer = Sequencer(
        database=world.database,
        publisher=world.publisher,
        origin=world.alice.keys.log_origin,
        seed=world.sequencer._seed,
        witnesses=world.sequencer._witnesses,
        quorum=1,
        clock=lambda: NOW,
        delayed=True,
    )
    await world.queue(1)
    await world.sequencer.step()
    world.check_log(0)
    await world.queue(4)
    await world.sequencer.step()
    world.check_log(1)
    await world.sequencer.step()
    world.check_log(5)
