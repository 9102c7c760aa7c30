"""Two nodes whose laws add up what a customer moves: the sums decide the tier, and the reports' pages prove them."""

import asyncio
import json
from dataclasses import replace
from functools import partial

import pytest

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.group import TableSize
from carnet.errors import Code
from carnet.exchange.beneficiary import Verdict
from carnet.log.notice import decode_item
from carnet.log.record import Record
from carnet.messages import Decision, Phase, Receipt, Reply, Role, uncarry
from carnet.params import EPOCH_S
from carnet.policy import Tier
from carnet.reporting.chains import Chains
from carnet.reporting.window import WindowPage, open_page, page_hash
from carnet_node.commands import parse_order
from carnet_node.errors import CommandError
from carnet_node.prover import prove
from carnet_node.stores import log_store, window_store
from carnet_node.stores import tables as t
from carnet_node.stores.report_store import Stored
from carnet_node.window_pages import window_page
from node.report_world import ReportWorld
from node.world import SATOSHI, World, json_order, order, running
from window_pages import linked_among

LIMIT = 100_000  # a thousand dollars, or euros: a hundredth of a bitcoin
HALF = SATOSHI // 200
DAY = EPOCH_S
PENDING = '[decisions]\ndefault = "pending"\n'


class LinkingLaws:
    """Both laws link the transfers of a day, and ask for FULL data from a thousand on."""

    def create(self, name, **options):
        self.packs = {
            where: replace(
                pack,
                legs=tuple(replace(rule, linked_window_s=DAY, full_from=LIMIT) for rule in pack.legs),
            )
            for where, pack in self.packs.items()
        }
        super().create(name, **options)


class Linking(LinkingLaws, World):
    """A world of such laws."""


class LinkingReports(LinkingLaws, ReportWorld):
    """One whose epochs end when a test says so."""

    async def send(self, originator="alice", beneficiary="bob"):
        return (await self.apps[originator].outbound.send(beneficiary, of("c-1"))).transfer_id


@pytest.fixture
def linking(tmp_path):
    return Linking(tmp_path)


def of(customer, amount=HALF, **more):
    """Return an order of *customer*, as their own VASP calls them."""
    made = order(amount=amount, **more)
    return replace(made, transfer=replace(made.transfer, originator_customer=customer))


async def settled(world, request, *, ending=("SETTLED",)):
    alice = world.apps["alice"]
    sent = await alice.outbound.send("bob", request)
    await world.until("alice", sent.transfer_id, "ACCEPTED", "REPAIR")
    if world.state("alice", sent.transfer_id).phase is Phase.ACCEPTED:
        txid = await alice.outbound.pay_now(sent.transfer_id)
        await alice.outbound.broadcast(sent.transfer_id, txid)
        await world.until("alice", sent.transfer_id, *ending)
    return sent.transfer_id


def tier(world, name, transfer_id):
    party = world.apps[name].party
    role = world.state(name, transfer_id).role
    revision = world.state(name, transfer_id).revision
    return party.store.read(lambda unit: party.contents(unit, role, transfer_id, revision)).payload.tier


def receipt(world, transfer_id):
    return Receipt.decode(cose.payload_of(uncarry(Reply, world.reply("bob", transfer_id)).receipt))


async def logged(world, name, count):
    """Return all records of a log that has grown to *count*."""
    for _ in range(500):
        rows = [row for row in world.rows(name, t.records) if row.log_index is not None]
        if len(rows) >= count:
            return sorted(rows, key=lambda row: row.log_index)
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(rows)} of {count}")


def report(serial, rows, *, start=0, epoch=None):
    epoch = Record.decode(rows[-1].record).epoch if epoch is None else epoch
    return Stored(serial=serial, epoch=epoch, state="FIXED", start=start, end=len(rows), root=bytes(32), fixed=0)


def audit(world, name, made, stored, rows, *, chains):
    """Return what the auditor objects to in page *made*."""
    packs = {key: one.pack for key, one in world.apps[name].party.network.packs.items()}

    items = [decode_item(row.record) for row in rows]
    linked = linked_among(items, packs.__getitem__, start=stored.start, end=stored.end)
    page = open_page(made, serial=stored.serial, epoch=stored.epoch, named=page_hash(made))
    return chains.check_page(page, linked, epoch=stored.epoch, coins=system_coins)


def open_page_of(data):
    return WindowPage.decode(data, limit=len(data))


def chains_of(world, name):
    return Chains(origin=world.apps[name].party.keys.keystore.log_origin)


async def test_the_sum_of_a_customers_transfers_decides_the_tier_on_both_sides(linking):
    async with running(linking, "alice", "bob"):
        first = await settled(linking, of("c-1"))
        second = await settled(linking, of("c-1"))
        other = await settled(linking, of("c-2", address="bc1q-of-somebody-else"))
        assert [tier(linking, "alice", each) for each in (first, second, other)] == [Tier.BASIC, Tier.FULL, Tier.BASIC]
        assert receipt(linking, second).window is not None


async def test_records_under_a_linked_window_are_proven(linking):
    async with running(linking, "alice", "bob"):
        for _ in range(2):
            await settled(linking, of("c-1"))
        for name in ("alice", "bob"):
            rows = [row for row in await logged(linking, name, 2) if row.role in set(Role)]
            party = linking.apps[name].party
            for row in rows:
                record = Record.decode(row.record)
                assert record.window != record.value
                made = prove(
                    row.source,
                    role=row.role,
                    transfer_id=row.transfer_id,
                    record=row.record,
                    pack=party.network.packs[record.pack].pack.encode(),
                    storage_key=party.keys.keystore.storage_key,
                    tables=TableSize.SMALL,
                    hardened=False,
                )
                assert len(made) == 976


async def test_pages_of_both_ends_prove_their_sums_and_group_covers_too(linking):
    for name in ("alice", "bob"):
        linking.settings(name, "interval_s = 0.1", "interval_s = 0.1\ncover_floor = 2")
    async with running(linking, "alice", "bob"):
        for customer in ("c-1", "c-1", "c-2"):
            await settled(linking, of(customer, address=f"bc1q-to-a-friend-of-{customer}"))
        for name in ("alice", "bob"):
            rows = await logged(linking, name, 6)
            assert sum(row.role == log_store.COVER for row in rows) >= 3
            party, stored = linking.apps[name].party, report(1, rows)
            made = await window_page(party, stored)
            chains = chains_of(linking, name)
            assert audit(linking, name, made, stored, rows, chains=chains) == []
            sizes = sorted(len(group.entries) for group in WindowPage.decode(made, limit=len(made)).groups)
            assert sum(sizes) == len(rows)
            again = await window_page(party, stored)  # after a crash: the same, but for the proofs' coins
            assert audit(linking, name, again, stored, rows, chains=chains_of(linking, name)) == []


async def test_a_window_goes_on_in_the_next_report(linking):
    async with running(linking, "alice", "bob"):
        await settled(linking, of("c-1"))
        alice, chains = linking.apps["alice"].party, chains_of(linking, "alice")
        rows = await logged(linking, "alice", 1)
        first = report(1, rows)
        assert audit(linking, "alice", await window_page(alice, first), first, rows, chains=chains) == []
        await settled(linking, of("c-1"))
        rows = await logged(linking, "alice", first.end + 1)
        second = report(2, rows, start=first.end, epoch=first.epoch + 1)
        made = await window_page(alice, second)
        slots = [entry.slot for group in WindowPage.decode(made, limit=len(made)).groups for entry in group.entries]
        assert 1 in slots
        assert audit(linking, "alice", made, second, rows, chains=chains) == []


async def test_a_cancelled_transfer_that_was_counted_is_a_phantom(linking):
    async with running(linking, "alice", "bob"):
        alice = linking.apps["alice"]
        await settled(linking, of("c-1"))
        cancelled = await alice.outbound.send("bob", of("c-1"))
        await settled(linking, of("c-1"))
        await alice.outbound.cancel(cancelled.transfer_id)
        rows = await logged(linking, "alice", 3)
        stored = report(1, rows)
        made = await window_page(alice.party, stored)
        assert audit(linking, "alice", made, stored, rows, chains=chains_of(linking, "alice")) == []
        groups = WindowPage.decode(made, limit=len(made)).groups
        assert sum(entry.phantom is not None for group in groups for entry in group.entries) == 1


async def test_a_cancelled_transfer_that_nobody_counted_leaves_no_trace(linking):
    async with running(linking, "alice", "bob"):
        alice = linking.apps["alice"]
        sent = await alice.outbound.send("bob", of("c-1"))
        assert len(linking.rows("alice", t.windows)) == 1
        await alice.outbound.cancel(sent.transfer_id)
        assert linking.rows("alice", t.windows) == []
        later = await settled(linking, of("c-1"))
        assert tier(linking, "alice", later) is Tier.BASIC


async def test_an_order_must_say_whose_it_is(linking):
    async with running(linking, "alice", "bob"):
        with pytest.raises(CommandError, match="originatorCustomer"):
            await linking.apps["alice"].outbound.send("bob", order(amount=HALF))


async def test_the_beneficiary_asks_for_more_when_its_customers_sum_needs_it(linking):
    """Two senders, one receiver: neither sender's own sum asks for FULL data, the receiver's does."""
    async with running(linking, "alice", "bob"):
        await settled(linking, of("c-1"))
        alice = linking.apps["alice"]
        sent = await alice.outbound.send("bob", of("c-2"))
        state = await linking.until("alice", sent.transfer_id, "REPAIR")
        assert state.code == Code.INCOMPLETE_IDENTITY
        assert receipt(linking, sent.transfer_id).window is None
        await alice.outbound.repair(sent.transfer_id, of("c-2"))
        await linking.until("alice", sent.transfer_id, "ACCEPTED")
        assert tier(linking, "bob", sent.transfer_id) is Tier.FULL


async def test_a_pending_offer_is_counted_under_one_commitment_until_it_is_decided(tmp_path):
    linking = Linking(tmp_path, settings=PENDING)
    async with running(linking, "alice", "bob"):
        sent = await linking.apps["alice"].outbound.send("bob", of("c-1"))
        await linking.until("alice", sent.transfer_id, "PENDING")
        first = receipt(linking, sent.transfer_id)
        await linking.apps["bob"].inbound.decide(sent.transfer_id, Verdict(decision=Decision.ACCEPTED))
        await linking.until("alice", sent.transfer_id, "ACCEPTED")
        assert receipt(linking, sent.transfer_id).window == first.window
        assert len(linking.rows("bob", t.windows)) == 1


@pytest.mark.parametrize("decision", [Decision.REPAIR, Decision.REJECTED])
async def test_a_pending_offer_that_comes_to_nothing_counts_no_more(tmp_path, decision):
    linking = Linking(tmp_path, settings=PENDING)
    async with running(linking, "alice", "bob"):
        sent = await linking.apps["alice"].outbound.send("bob", of("c-1"))
        await linking.until("alice", sent.transfer_id, "PENDING")
        verdict = Verdict(
            decision=decision, code=Code.REJECTED if decision is Decision.REJECTED else Code.MISSING_FIELDS
        )
        await linking.apps["bob"].inbound.decide(sent.transfer_id, verdict)
        assert linking.rows("bob", t.windows) == []


async def test_offers_that_are_made_at_once_are_counted_one_after_the_other(linking):
    """The lock: of ten transfers at once, each counts all before it."""
    async with running(linking, "alice", "bob"):
        alice = linking.apps["alice"]
        await asyncio.gather(*(alice.outbound.send("bob", of("c-1", amount=SATOSHI // 1000)) for _ in range(10)))
        windows = alice.party.windows
        chains = {row.chain for row in linking.rows("alice", t.windows)}
        assert len(chains) == 1

        places = alice.database.look(partial(window_store.load_chain, chain=next(iter(chains))))
        opened = [windows.opened(each).window.value for each in places]
        assert opened == [10_000 * number for number in range(1, 11)]


async def test_nothing_of_a_customer_is_in_the_database_in_clear(linking):
    async with running(linking, "alice", "bob"):
        await settled(linking, of("customer-in-clear"))
    for name in ("alice", "bob"):
        for file in linking.home(name).glob("node.db*"):
            assert b"customer-in-clear" not in file.read_bytes()


async def test_what_no_window_needs_any_more_is_erased(linking):
    async with running(linking, "alice", "bob"):
        await settled(linking, of("c-1"))
        alice = linking.apps["alice"].party
        rows = await logged(linking, "alice", 1)
        await window_page(alice, report(1, rows))
        assert linking.rows("alice", t.windows)
        linking.clock.ahead = 20 * DAY
        nothing = Stored(serial=2, epoch=0, state="FIXED", start=len(rows), end=len(rows), root=bytes(32), fixed=0)
        assert await window_page(alice, nothing) is None
        assert linking.rows("alice", t.windows) == []


def test_an_order_may_name_the_customers_of_both_sides():
    data = json.loads(json_order(order())) | {"originatorCustomer": "c-1", "beneficiaryCustomer": "b-2"}
    transfer = parse_order(data).transfer
    assert (transfer.originator_customer, transfer.beneficiary_customer) == ("c-1", "b-2")


async def test_whose_an_address_is_the_beneficiarys_books_say(tmp_path):
    """Two addresses of one customer are counted together; another name than the books have is refused."""
    (tmp_path / "wallets.txt").write_text("bc1q-one c-9\nbc1q-two c-9\n")
    linking = Linking(tmp_path, settings='[decisions]\nwallets = "../wallets.txt"\n')
    async with running(linking, "alice", "bob"):
        first = await settled(linking, of("c-1", address="bc1q-one"))
        assert tier(linking, "bob", first) is Tier.BASIC
        alice = linking.apps["alice"]
        sent = await alice.outbound.send("bob", of("c-2", address="bc1q-two"))
        assert (await linking.until("alice", sent.transfer_id, "REPAIR")).code == Code.INCOMPLETE_IDENTITY
        claimed = of("c-3", address="bc1q-two", amount=SATOSHI // 1000)
        claimed = replace(claimed, transfer=replace(claimed.transfer, beneficiary_customer="c-8"))
        sent = await alice.outbound.send("bob", claimed)
        state = await linking.until("alice", sent.transfer_id, "REJECTED")
        assert state.code == Code.UNKNOWN_BENEFICIARY
        assert len({row.chain for row in linking.rows("bob", t.windows)}) == 1


async def test_the_nodes_reports_name_pages_that_hold_day_after_day(tmp_path):
    world = LinkingReports(tmp_path)
    for name in ("alice", "bob"):
        world.settings(name, "interval_s = 0.1", "interval_s = 0.1\ncover_floor = 2")
    async with running(world, "alice", "bob"):
        for serial in (1, 2):
            await world.settle(2)
            world.clock.ahead += DAY
            for name in ("alice", "bob"):
                await world.issued(name, serial)
        for name in ("alice", "bob"):
            rows, chains = await logged(world, name, 1), chains_of(world, name)
            for serial in (1, 2):
                report_ = world.report(name, serial)
                page = (world.published(name) / "windows" / str(serial)).read_bytes()
                assert report_.windows == page_hash(page)
                stored = Stored(
                    serial=serial,
                    epoch=report_.epoch,
                    state="ISSUED",
                    start=report_.start,
                    end=report_.end,
                    root=report_.root,
                    fixed=0,
                )
                assert audit(world, name, page, stored, rows, chains=chains) == []
            slots = [entry.slot for group in open_page_of(page).groups for entry in group.entries]
            assert max(slots) >= 2
