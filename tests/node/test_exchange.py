"""Two nodes over real mutual TLS: what becomes of a transfer."""

from carnet_node.ports import Deposit
from carnet_node.stores import tables as t
from node.world import order, running


async def pay(world, name, transfer_id, request):
    app = world.apps[name]
    moved = request.transfer
    chain = app.outbound._chain
    txid = await chain.send(
        Deposit(asset=moved.asset, address=moved.destination_address, amount=moved.amount), reference=transfer_id.hex()
    )
    await app.outbound.broadcast(transfer_id, txid)
    return txid


async def test_a_transfer_is_accepted_settled_and_recorded_on_both_sides(world):
    async with running(world, "alice", "bob"):
        request = order()
        sent = await world.apps["alice"].outbound.send("bob", request)
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        assert world.reply("alice", sent.transfer_id) == world.reply("bob", sent.transfer_id)
        await pay(world, "alice", sent.transfer_id, request)
        for name in ("alice", "bob"):
            await world.until(name, sent.transfer_id, "SETTLED")
        for name in ("alice", "bob"):
            await world.until(name, sent.transfer_id, "RECORDED")
            (record,) = world.rows(name, t.records)
            assert record.log_index == 0
        assert world.rows("alice", t.outbox) == []
