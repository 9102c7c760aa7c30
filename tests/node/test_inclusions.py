"""LogService.Prove: one member asks another's log, over mutual TLS."""

from hashlib import sha256

import pytest

from carnet.errors import Code
from carnet.log.checkpoint import VerifierKey
from carnet.log.inclusion import MAX_ENTRIES, InclusionAnswer, InclusionRequest, open_answer
from carnet.log.witness import WitnessPolicy
from carnet_node.errors import Refused, Unreachable
from carnet_node.stores import tables as t
from node.report_world import ReportWorld
from node.world import running


@pytest.fixture
def world(tmp_path):
    return ReportWorld(tmp_path)


def request(*entries):
    return InclusionRequest(entries=entries).encode()


async def test_a_member_is_shown_the_entries_that_it_knows(world):
    async with running(world, "alice", "bob"):
        await world.settle(3)
        rows = [row for row in world.rows("bob", t.records) if row.role in {1, 2}]
        entries = [sha256(row.record).digest() for row in rows]
        unknown = bytes(32)
        answer = await world.apps["alice"].grpc.prove("bob", request(*entries, unknown))
        bundle = await world.apps["alice"].bundles.current("bob")
    keys = [VerifierKey(name=bundle.log_origin, key=bundle.log_key)]
    proofs = open_answer(answer, [*entries, unknown], origin=bundle.log_origin, keys=keys, policy=WitnessPolicy())
    assert [proof is not None for proof in proofs] == [True] * len(entries) + [False]


async def test_an_entry_that_is_not_in_the_log_yet_is_nowhere(world):
    async with running(world, "alice", "bob"):
        sequencer = world.apps["bob"]._logbook._sequencer

        async def nothing():
            pass

        sequencer.step = nothing
        await world.settle(1, wait=False)
        (row,) = world.rows("bob", t.records)
        answer = await world.apps["alice"].grpc.prove("bob", request(sha256(row.record).digest()))
    assert InclusionAnswer.decode(answer).places[0].index is None


@pytest.mark.parametrize(
    "body", [b"", b"\xa0", b"junk", bytes.fromhex("a10180"), b"\xa1\x01\x98\x21" + b"\x58\x20" * 33]
)
async def test_what_is_no_question_is_refused_and_nothing_else(world, body):
    async with running(world, "alice", "bob"):
        with pytest.raises(Refused) as refused:
            await world.apps["alice"].grpc.prove("bob", body)
        assert refused.value.code == Code.MALFORMED
        assert await world.apps["alice"].grpc.prove("bob", request(*[bytes(32)] * MAX_ENTRIES))


async def test_nobody_else_may_ask(world):
    async with running(world, "alice", "bob"):
        evil = world.build("evil")
        try:
            with pytest.raises(Unreachable):
                await evil.grpc.prove("bob", request(bytes(32)))
        finally:
            await evil.grpc.close()
            evil.database.close()
