import asyncio
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select, update

from carnet.audit import audit_source, finish
from carnet.crypto.coins import system_coins
from carnet.errors import Code
from carnet.evidence_writer import log_evidence
from carnet.log.checkpoint import unverified_note
from carnet.log.tiles import decode_bundle
from carnet.log.witness import AddCheckpoint, cosignature_line, witness_key
from carnet.messages import Phase
from carnet.secret import Secret
from carnet_audit.evidence_source import evidence_file
from carnet_audit.fetch import folder
from carnet_node.errors import Refused, StoreFatal, Unreachable
from carnet_node.sequencer import WitnessLink
from carnet_node.stores import log_store
from carnet_node.stores.database import Database
from carnet_node.stores.tables import evidence, head, records
from node.log_world import NOW, CrashError, LogWorld


@pytest.fixture
def world(tmp_path):
    world = LogWorld(tmp_path)
    yield world
    world.close()
    world.witness_database.close()


async def grow(world, *batches):
    return await grow_from(world, 0, *batches)


async def grow_from(world, size, *batches):
    for batch in batches:
        await world.queue(batch)
        await world.sequencer.step()
        size += batch
        world.check_log(size)
    return size


async def test_a_log_grows_by_batches_and_is_sound_after_each(world):
    await world.sequencer.recover()
    assert await grow(world, 1, 2, 5, 248, 1, 300) == 557
    await world.sequencer.step()
    world.check_log(557)


async def test_partial_files_are_forgotten_when_nobody_needs_them(world):
    await world.sequencer.recover()
    await grow(world, 1, 2, 5)
    for tree in ("tile/0", "tile/entries", "records", "proofs"):
        assert {int(each.name) for each in world.published.glob(f"{tree}/000.p/*")} == {1, 3, 8}
    await grow_from(world, 8, 248, 1, 1)
    for tree in ("tile/0", "tile/entries", "records", "proofs"):
        assert list(world.published.glob(f"{tree}/000.p/*")) == []
        assert {int(each.name) for each in world.published.glob(f"{tree}/001.p/*")} == {1, 2}


async def test_records_come_into_the_log_in_an_order_of_their_own(world):
    await world.sequencer.recover()
    await grow(world, 64)
    rows = await world.database.read(lambda c: c.execute(select(records.c.log_index).order_by(records.c.id)).all())
    indices = [row.log_index for row in rows]
    assert sorted(indices) == list(range(64))
    assert indices != sorted(indices)


async def test_a_restart_after_every_durable_write_loses_and_repeats_nothing(world):
    await world.sequencer.recover()
    size = await grow(world, 3)
    for after in range(40):
        await world.queue(2)
        world.close()
        world.open(crash_after=after)
        try:
            await world.sequencer.recover()
            await world.sequencer.step()
            crashed = False
        except CrashError:
            crashed = True
        published = size if crashed else size + 2
        assert unverified_note((world.published / "checkpoint").read_bytes()).checkpoint.size in {size, published}
        world.check_log(unverified_note((world.published / "checkpoint").read_bytes()).checkpoint.size)
        world.close()
        world.open()
        await world.sequencer.recover()
        await world.sequencer.step()
        size += 2
        world.check_log(size)
        if not crashed:
            break
    assert not crashed
    assert after > 5


async def test_a_witness_that_is_away_delays_the_checkpoint_and_nothing_else(world):
    await world.sequencer.recover()
    await grow(world, 2)
    there = world.ask

    async def away(_body):
        raise Unreachable("nobody there")

    world.ask = away
    for _ in range(3):
        await world.queue(2)
        await world.sequencer.step()
        world.check_log(2)
    world.ask = there
    await world.sequencer.step()
    world.check_log(8)


async def test_a_witness_that_knows_more_than_a_restarted_node_tells_it_from_where(world):
    await world.sequencer.recover()
    await grow(world, 5)
    world.close()
    world.open()
    await world.sequencer.recover()
    await world.queue(4)
    await world.sequencer.step()
    world.check_log(9)


async def test_a_lost_answer_is_asked_for_again(world):
    await world.sequencer.recover()
    there, lost = world.ask, []

    async def lossy(body):
        line = await there(body)
        if not lost:
            lost.append(line)
            raise Unreachable("the answer is lost")
        return line

    world.ask = lossy
    await world.queue(3)
    await world.sequencer.step()
    world.check_log(0)
    await world.sequencer.step()
    world.check_log(3)


async def test_a_cosignature_that_is_none_is_not_published(world):
    await world.sequencer.recover()

    async def wrong(_body):
        return "\N{EM DASH} witness.example/carnet AAAA\n".encode()

    world.ask = wrong
    await world.queue(3)
    await world.sequencer.step()
    world.check_log(0)


async def test_a_database_older_than_the_folder_is_refused(world):
    await world.sequencer.recover()
    await grow(world, 5)
    backup = Database(world.path / "other.db")
    world.sequencer._database, mine = backup, world.sequencer._database
    with pytest.raises(StoreFatal, match="5 entries are published, the database knows 0"):
        await world.sequencer.recover()
    world.sequencer._database = mine
    backup.close()


async def test_a_database_older_than_its_witness_is_refused(world):
    await world.sequencer.recover()
    await grow(world, 5)

    async def ahead(_body):
        return b"9\n"

    world.ask = ahead
    await world.queue(1)
    with pytest.raises(StoreFatal, match="has cosigned 9 entries"):
        await world.sequencer.step()


@pytest.mark.parametrize("damage", ["remove", "change", "truncate", "garbage"])
async def test_damaged_tiles_are_refused(world, damage):
    await world.sequencer.recover()
    await grow(world, 5)
    tile = world.published / "tile/0/000.p/5"
    data = tile.read_bytes()
    match damage:
        case "remove":
            tile.unlink()
        case "change":
            tile.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "truncate":
            tile.write_bytes(data[:-1])
        case "garbage":
            (world.published / "checkpoint").write_bytes(b"garbage")
    with pytest.raises(StoreFatal):
        await world.sequencer.recover()


async def test_a_damaged_head_is_refused(world):
    await world.sequencer.recover()
    await grow(world, 5)
    await world.database.write(lambda c: c.execute(update(head).values(root=bytes(32))) and None)
    with pytest.raises(StoreFatal):
        await world.sequencer.recover()


async def test_two_writers_are_one_too_many(world):
    await world.sequencer.recover()
    await grow(world, 3)
    await world.queue(1)
    other = await world.database.read(log_store.load_head)
    await world.sequencer.step()
    with pytest.raises(StoreFatal, match="another process"):
        await world.database.write(lambda c: log_store.replace_head(c, other, expected=3, placed=[], now=NOW))


def cosigner(number, *, ahead=0):
    """Return a witness that cosigns whatever it is asked to."""
    name, seed = f"{number}.example/witness", Secret(bytes([number]) * 32)

    async def ask(body):
        note = AddCheckpoint.decode(body).note
        return cosignature_line(note.checkpoint, witness=name, now=NOW + ahead, seed=seed)

    return WitnessLink(key=witness_key(name, seed), ask=ask)


@pytest.mark.parametrize("ahead", [-(10**9), -301, 301, 10**9])
async def test_a_cosignature_of_another_time_is_not_published(world, ahead):
    """An auditor dates records by it: one from long ago would make every record of the log one of the future."""
    links = [cosigner(1, ahead=ahead), cosigner(2), cosigner(3, ahead=-299)]
    await world.sequencer.recover()
    world.sequencer.follow(links, quorum=2)
    await world.queue(1)
    await world.sequencer.step()
    note = unverified_note((world.published / "checkpoint").read_bytes())
    assert {name for name, _ in note.signatures} & {link.key.name for link in links} == {
        "2.example/witness",
        "3.example/witness",
    }


async def test_a_log_that_rests_is_cosigned_anew_when_the_directory_asks_for_other_witnesses(world):
    await world.sequencer.recover()
    await grow(world, 3)
    asked, away = [], True

    async def counted(body, link):
        asked.append(link.key.name)
        if away:
            raise Unreachable("nobody there")
        return await link.ask(body)

    links = [replace(link, ask=partial(counted, link=link)) for link in (cosigner(1), cosigner(2))]
    world.sequencer.follow(links, quorum=2)
    await world.sequencer.step()
    assert len(asked) == 2
    away = False
    for _ in range(3):
        await world.sequencer.step()
    note = unverified_note((world.published / "checkpoint").read_bytes())
    assert note.checkpoint.size == 3
    assert {name for name, _ in note.signatures} >= {"1.example/witness", "2.example/witness"}
    assert len(asked) == 4, "and once only"


@pytest.mark.parametrize("lie", ["ahead", "fork"])
@pytest.mark.parametrize("liars", [1, 2])
async def test_one_lying_witness_stops_no_log_that_a_quorum_cosigns(world, lie, liars):
    """What a witness objects is not signed, so it counts only where it could be of all who made a checkpoint."""

    async def answer(_body):
        if lie == "fork":
            raise Refused(int(Code.UNVERIFIED))
        return b"9999999999\n"

    links = [cosigner(number) for number in (1, 2, 3, 4)]
    links[:liars] = [replace(link, ask=answer) for link in links[:liars]]
    await world.sequencer.recover()
    world.sequencer.follow(links, quorum=2)
    await world.queue(1)
    if liars == 1:
        await world.sequencer.step()
        assert unverified_note((world.published / "checkpoint").read_bytes()).checkpoint.size == 1
    else:
        with pytest.raises(StoreFatal):
            await world.sequencer.step()
        assert not (world.published / "checkpoint").exists()


async def test_a_fork_is_refused_by_the_witness_and_kept_as_evidence(world):
    await world.sequencer.recover()
    await grow(world, 3)

    async def refuse(_body):
        raise Refused(int(Code.UNVERIFIED))

    world.ask = refuse
    await world.queue(1)
    with pytest.raises(StoreFatal, match="as a fork"):
        await world.sequencer.step()
    kept = await world.database.read(lambda c: c.execute(select(evidence)).one())
    assert (kept.kind, kept.peer) == ("log.fork", "witness.example/carnet")
    assert kept.second.startswith(b"old 3\n")
    world.check_log(3)
    assert await world.database.read(log_store.backlog) == 0


async def test_a_witness_that_refuses_for_ever_does_not_fill_the_disk(world):
    def refusals(connection, witness, many):
        for number in range(many):
            log_store.keep_fork(
                connection, witness=witness, ours=b"", request=b"%s %d" % (witness.encode(), number), time=1
            )

    for witness in ("liar", "another"):
        await world.database.write(partial(refusals, witness=witness, many=20))
    kept = await world.database.read(lambda c: c.execute(select(evidence.c.peer)).scalars().all())
    assert (kept.count("liar"), kept.count("another")) == (16, 16)


async def test_proofs_are_made_published_and_their_sources_erased(world):
    await world.sequencer.recover()
    await world.queue(3)
    await world.queue(2, kind=Phase.SETTLED)
    await world.sequencer.step()
    assert {each.check for each in world.audit().findings} == {"proof.missing"}
    assert await world.prover.step() == 5
    assert await world.prover.step() == 0
    report = world.audit()
    assert (report.verdict.name, report.counts.proofs) == ("SOUND", 5)
    rows = await world.database.read(lambda c: c.execute(select(records)).all())
    assert {(row.state, row.source) for row in rows} == {("PROVED", None)}


async def test_a_proof_made_while_the_checkpoint_waits_is_published_with_it(world):
    await world.sequencer.recover()
    await grow(world, 2)
    there = world.ask

    async def away(_body):
        raise Unreachable("nobody there")

    world.ask = away
    await world.queue(2)
    await world.sequencer.step()
    assert await world.prover.step() == 4
    assert world.audit().counts.proofs == 2
    world.ask = there
    await world.sequencer.step()
    assert world.audit().counts.proofs == 4


async def test_a_proof_comes_into_the_bundles_of_earlier_checkpoints_too(world):
    """Whoever audits a log that grows has the checkpoint of a moment ago."""
    await world.sequencer.recover()
    await grow(world, 2, 3)
    before = (world.published / "proofs/000.p/2").read_bytes()
    await world.prover.step()
    after, newest = ((world.published / f"proofs/000.p/{width}").read_bytes() for width in (2, 5))
    assert before == bytes(4)
    assert all(decode_bundle(after, width=2))
    assert newest.startswith(after)


@pytest.mark.parametrize("more", [(4, 5, 6), (100, 160, 1, 1, 1)], ids=["within a bundle", "beyond it"])
async def test_an_audit_that_is_slower_than_the_log_grows_is_as_good_as_another(world, more):
    await world.sequencer.recover()
    await grow(world, 1, 2)
    note = (world.published / "checkpoint").read_bytes()
    await grow_from(world, 3, *more)
    while await world.prover.step():
        continue
    assert (world.published / "records/000.p/3").exists() == (sum(more) < 253)
    current = folder(world.published)

    def read(path, limit):
        return note if path == "checkpoint" else current(path, limit)

    audit = audit_source(read, source="a", authority=world.network.authority, now=NOW + 60, coins=system_coins)
    report = finish(audit)
    assert (report.verdict.name, report.size, report.counts.proofs) == ("SOUND", 3, 3)
    (world.path / "evidence").write_bytes(b"".join(log_evidence(read)))
    with evidence_file(world.path / "evidence") as packed:
        audit = audit_source(packed, source="a", authority=world.network.authority, now=NOW + 60, coins=system_coins)
        assert finish(audit).verdict.name == "SOUND"


async def test_a_record_that_cannot_be_proven_holds_up_no_other(world):
    await world.sequencer.recover()
    await world.queue(3)
    await world.sequencer.step()
    await world.database.write(
        lambda c: c.execute(update(records).where(records.c.log_index == 0).values(source=b"x" * 64)) and None
    )
    await world.prover.step()
    report = world.audit()
    assert report.counts.proofs == 2
    assert [(each.check, each.index) for each in report.findings] == [("proof.missing", 0)]


async def test_a_thousand_records_come_into_the_log_at_once(world):
    await world.sequencer.recover()
    await grow(world, 1000)


async def test_a_witness_that_refuses_for_reasons_of_its_own_only_delays(world):
    await world.sequencer.recover()

    async def refuse(_body):
        raise Refused(int(Code.REFUSED))

    world.ask = refuse
    await world.queue(2)
    await world.sequencer.step()
    world.check_log(0)


async def test_a_witness_that_keeps_asking_for_another_size_is_left_alone(world):
    await world.sequencer.recover()
    asked = []

    async def restless(_body):
        asked.append(1)
        return b"1\n"

    world.ask = restless
    await world.queue(2)
    await world.sequencer.step()
    assert len(asked) == 2
    world.check_log(0)


async def test_a_folder_of_another_log_is_refused(world):
    await world.sequencer.recover()
    await grow(world, 2)
    bob = world.network.ledgers["bob"]
    (world.published / "checkpoint").write_bytes(bob.note(bob.checkpoint()))
    with pytest.raises(StoreFatal, match=r"holds the log bob\.example/log"):
        await world.sequencer.recover()


async def test_a_log_runs_at_its_interval_until_it_is_stopped(world):
    await world.sequencer.recover()
    stopped = asyncio.Event()
    await world.queue(3)
    running = asyncio.create_task(world.sequencer.run(interval_s=0.01, stopped=stopped))
    await asyncio.wait_for(world.sequencer.grown.wait(), 10)
    stopped.set()
    await asyncio.wait_for(running, 10)
    world.check_log(3)
