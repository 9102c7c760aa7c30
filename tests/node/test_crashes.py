"""A node that dies at any moment, on either side, loses nothing and does nothing twice.

There is no network here: the nodes call each other's inbound half. A node dies just before or just after any one of
its transactions; what is left of it is its folder, from which it is built anew.
"""

import pytest
from sqlalchemy import select

from carnet.errors import Code, PeerError
from carnet.exchange.beneficiary import Verdict
from carnet.messages import Decision, Role
from carnet_node.errors import Refused, Unreachable
from carnet_node.stores import tables as t
from node.world import World, order

REPAIRABLE = "lacune"


class Died(BaseException):
    """The process is gone."""


class Stage:
    """Two nodes without servers, one of which dies at its write number *at*."""

    def __init__(self, root, *, victim=None, at=0, before=False, settings=""):
        self.world = World(root, members=("alice", "bob"), settings=settings)
        self.victim, self.at, self.before = victim, at, before
        self.writes = 0
        self.apps = {}
        self.died = False

    async def open(self):
        for name in ("alice", "bob"):
            await self.build(name)

    async def build(self, name):
        app = self.apps[name] = self.world.apps[name] = self.world.build(name, peers=self)
        app.membership.refresh_keys()
        await app.membership.publish()
        if name != self.victim or self.died:
            return
        write = app.database.write

        async def deadly(work, **options):
            self.writes += 1
            if self.writes != self.at:
                return await write(work, **options)
            self.died = True
            if not self.before:
                await write(work, **options)
            raise Died

        app.database.write = deadly

    async def rebuild(self, name):
        self.apps[name].database.close()
        await self.build(name)

    async def command(self, name, do, *, done):
        """Run a command until it is carried out, as somebody who got no answer would."""
        while True:
            try:
                return await do(self.apps[name])
            except Died:
                await self.rebuild(name)
                if done():
                    return None

    async def drain(self):
        """Run all effects, and then those that come of them."""
        for _ in range(40):
            effects = [(name, effect) for name in self.apps for effect in self.apps[name].party.store.effects()]
            if not effects:
                return
            for name, effect in effects:
                try:
                    await self.apps[name].outbox.attempt(effect)
                except Died:
                    await self.rebuild(name)
        raise AssertionError("the outbox does not drain")

    async def _ask(self, caller, name, method, *arguments, **named):
        try:
            return await getattr(self.apps[name].inbound, method)(caller, *arguments, **named)
        except PeerError as error:
            raise Refused(int(error.code)) from error
        except Died:
            await self.rebuild(name)
            raise Unreachable(name) from None

    async def offer(self, vasp, message):
        return await self._ask("alice", vasp, "offer", message)

    async def resume(self, vasp, *, transfer_id, revision):
        return await self._ask("alice", vasp, "resume", transfer_id=transfer_id, revision=revision)

    async def settle(self, vasp, message):
        return await self._ask("alice", vasp, "settle", message)

    async def cancel(self, vasp, message):
        return await self._ask("alice", vasp, "cancel", message)

    async def bundle(self, vasp):
        return self.apps[vasp].party.keys.bundle

    def close(self):
        for app in self.apps.values():
            app.database.close()

    # --- what the stories need ---

    def sent(self):
        return [row.transfer_id for row in self.world.rows("alice", select(t.transfers).subquery())]

    def state(self, name):
        (transfer_id,) = self.sent()
        return self.world.state(name, transfer_id)

    async def send(self, request):
        await self.command("alice", lambda app: app.outbound.send("bob", request), done=self.sent)
        await self.drain()

    def check(self, outcome, *, offers, receipts):
        """Both sides ended alike, with one record each, no gap in the counters, and the same receipts."""
        (transfer_id,) = self.sent()
        kept = {}
        for name, role in (("alice", Role.ORIGINATOR), ("bob", Role.BENEFICIARY)):
            state = self.world.state(name, transfer_id, role)
            assert state.outcome.name == outcome
            assert len(self.world.rows(name, t.records)) == 1
            assert self.world.rows(name, t.evidence) == []
            assert self.world.rows(name, t.outbox) == []
            (channel,) = self.world.rows(name, t.channels)
            assert channel.sent == (offers if name == "alice" else receipts)
            kept[name] = {(row.revision, row.serial, row.message) for row in self.world.rows(name, t.receipts)}
            statements = self.world.rows(name, t.statements)
            assert len(statements) == 1
        assert kept["alice"] <= kept["bob"]  # a receipt that a later one has overtaken need not be fetched
        assert len(kept["bob"]) == receipts


async def settled(stage):
    await stage.send(order())
    stage.check("SETTLED", offers=1, receipts=1)


async def pending_then_rejected(stage):
    await stage.send_pending()
    verdict = Verdict(decision=Decision.REJECTED, code=Code.REJECTED)
    (transfer_id,) = stage.sent()

    def decided():
        return stage.state("bob").phase.name == "REJECTED"

    await stage.command("bob", lambda app: app.inbound.decide(transfer_id, verdict), done=decided)
    await stage.drain()
    stage.check("REJECTED", offers=1, receipts=2)


async def repaired_then_cancelled(stage):
    await stage.send(order(sender=REPAIRABLE, repaired=False))
    (transfer_id,) = stage.sent()
    assert stage.state("alice").phase.name == "REPAIR"

    await stage.command(
        "alice",
        lambda app: app.outbound.repair(transfer_id, order(sender=REPAIRABLE)),
        done=lambda: stage.state("alice").revision == 2,
    )
    await stage.drain()
    assert stage.state("alice").phase.name == "ACCEPTED"
    await stage.command(
        "alice", lambda app: app.outbound.cancel(transfer_id), done=lambda: stage.state("alice").outcome is not None
    )
    await stage.drain()
    stage.check("CANCELLED", offers=2, receipts=2)


async def _send_pending(self):
    """Send, and go on until the offer is pending on both sides; polling would not end by itself."""
    await self.command("alice", lambda app: app.outbound.send("bob", order()), done=self.sent)
    for _ in range(10):
        for effect in self.apps["alice"].party.store.effects():
            try:
                await self.apps["alice"].outbox.attempt(effect)
            except Died:
                await self.rebuild("alice")
        if self.state("alice").phase.name == "PENDING":
            break
    assert self.state("alice").phase.name == "PENDING"


Stage.send_pending = _send_pending

STORIES = {
    settled: "auto_broadcast = true",
    pending_then_rejected: '[decisions]\ndefault = "pending"',
    repaired_then_cancelled: "",
}


@pytest.mark.parametrize("victim", ["alice", "bob"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_dying_at_any_transaction_loses_and_repeats_nothing(tmp_path, story, victim):
    at = 0
    while True:
        at += 1
        died = []
        for before in (True, False):
            stage = Stage(tmp_path / f"{at}-{before}", victim=victim, at=at, before=before, settings=STORIES[story])
            await stage.open()
            try:
                await story(stage)
            finally:
                stage.close()
            died.append(stage.died)
        if not any(died):
            break
    assert at > 2  # there were transactions to die at
