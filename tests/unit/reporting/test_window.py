"""Pages of window sums: what an honest VASP shows is accepted, and what it may not show is refused by name."""

from dataclasses import replace

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.reporting.window import (
    OpenedGroup,
    OpenedPhantom,
    OpenedRecord,
    Phantom,
    WindowEntry,
    WindowPage,
    build_page,
    open_page,
    page_hash,
    prove_phantom,
)
from carnet.testing.customers import ORIGIN
from carnet.zk import pedersen
from carnet.zk.commitment import Opening
from window_pages import Vasp, checks

DAY = 20_700


@pytest.fixture
def vasp():
    return Vasp()


def regrouped(page, number, **changes):
    groups = list(page.groups)
    groups[number] = replace(groups[number], **changes)
    return replace(page, groups=tuple(groups))


# --- honest pages ----------------------------------------------------------------------------------------------------


def test_customers_with_one_and_with_several_transfers_are_accepted(vasp):
    for value in (10_000, 20_000, 30_000):
        vasp.send("ada", value, epoch=DAY)
    vasp.send("bo", 5, epoch=DAY)
    assert vasp.report(epoch=DAY) == []


def test_a_window_goes_on_over_reports_and_the_sum_with_it(vasp):
    vasp.send("ada", 10, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    slot = vasp.offer("ada", 20, epoch=DAY + 1)
    assert vasp.last("ada").window.value == 30
    vasp.move("ada", slot, epoch=DAY + 1)
    assert vasp.report(epoch=DAY + 1) == []
    vasp.send("ada", 40, epoch=DAY + 2)
    assert vasp.last("ada").window.value == 60
    assert vasp.report(epoch=DAY + 2) == []


def test_after_a_quiet_window_a_customer_has_a_new_chain(vasp):
    vasp.send("ada", 10, epoch=DAY)
    first = vasp.chains["ada"]
    assert vasp.report(epoch=DAY) == []
    vasp.send("ada", 20, epoch=DAY + 2)
    assert vasp.chains["ada"] != first
    assert vasp.last("ada").window.value == 20
    assert vasp.report(epoch=DAY + 2) == []


def test_what_was_counted_and_dropped_stays_as_a_phantom(vasp):
    vasp.send("ada", 2, epoch=DAY)
    dropped = vasp.offer("ada", 70, epoch=DAY)
    vasp.send("ada", 30, epoch=DAY)
    vasp.drop("ada", dropped)
    page = vasp.page(epoch=DAY)
    assert [entry.phantom is not None for entry in page.groups[0].entries] == [False, True, False]
    assert vasp.audit(page, epoch=DAY) == []
    vasp.done(page)
    vasp.send("ada", 1, epoch=DAY + 1)
    assert vasp.last("ada").window.value == 103  # counted once more: too much, and never too little
    vasp.send("ada", 4, epoch=DAY + 2)
    assert vasp.last("ada").window.value == 5
    assert vasp.report(epoch=DAY + 2) == []


def test_what_was_dropped_before_anybody_counted_it_leaves_no_trace(vasp):
    first = vasp.offer("ada", 70, epoch=DAY)
    vasp.drop("ada", first)
    vasp.send("ada", 30, epoch=DAY)
    page = vasp.page(epoch=DAY)
    assert len(page.groups[0].entries) == 1
    assert vasp.audit(page, epoch=DAY) == []


def test_an_open_transfer_is_a_phantom_until_its_record_takes_its_slot(vasp):
    slow = vasp.offer("ada", 70, epoch=DAY)
    vasp.send("ada", 30, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.send("ada", 5, epoch=DAY + 1)
    vasp.move("ada", slow, epoch=DAY + 1)
    page = vasp.page(epoch=DAY + 1)
    assert [entry.slot for entry in page.groups[0].entries] == [0, 2]
    assert vasp.audit(page, epoch=DAY + 1) == []


def test_covers_stand_in_groups_like_any_other(vasp):
    vasp.send("ada", 10, epoch=DAY)
    vasp.cover(epoch=DAY)
    together = [vasp.send("nobody", 0, epoch=DAY) for _ in range(3)]
    assert vasp.report(epoch=DAY) == []
    assert len({vasp.auditor.chain_of[index] for index in together}) == 1


def test_a_report_without_linked_records_has_no_page(vasp):
    assert vasp.audit(None, epoch=DAY) == []
    vasp.send("ada", 10, epoch=DAY)
    assert checks(vasp.audit(None, epoch=DAY)) == ["window.missing"]


def test_a_prover_cannot_make_a_page_of_a_sum_that_is_wrong(vasp):
    vasp.send("ada", 10, epoch=DAY)
    vasp.send("ada", 20, epoch=DAY)
    (group,) = vasp.groups()
    second = group.entries[1]
    short = replace(second, start=1, earlier=None)
    with pytest.raises(UsageError, match="window sum"):
        vasp.page([OpenedGroup(chain=group.chain, entries=[group.entries[0], short])], epoch=DAY)


def test_openings_are_in_no_representation(vasp):
    vasp.send("ada", 123_456, epoch=DAY)
    assert "123456" not in repr(vasp.groups()) + repr(vasp.opened)


def test_the_page_that_a_report_names_is_opened(vasp):
    vasp.send("ada", 10, epoch=DAY)
    page = vasp.page(epoch=DAY)
    data = page.encode()
    assert open_page(data, serial=1, epoch=DAY, named=page_hash(data)) == page
    for wrong in ({"serial": 2}, {"epoch": DAY + 1}, {"named": bytes(32)}):
        with pytest.raises(VerifyError, match=r"window\.page"):
            open_page(data, **{"serial": 1, "epoch": DAY, "named": page_hash(data)} | wrong)


# --- attacks ---------------------------------------------------------------------------------------------------------


def test_a_customer_in_two_groups_is_accepted_as_no_proof_can_tell(vasp):
    """What a spot check is for (`carnet.audit.spot`)."""
    vasp.send("ada", 60_000, epoch=DAY)
    vasp.send("ada, once more", 60_000, epoch=DAY)
    assert vasp.report(epoch=DAY) == []


def test_a_record_that_is_left_out_is_missed(vasp):
    vasp.send("ada", 10, epoch=DAY)
    index = vasp.send("bo", 20, epoch=DAY)
    groups = [group for group in vasp.groups() if group.chain != vasp.chains["bo"]]
    found = vasp.audit(vasp.page(groups, epoch=DAY), epoch=DAY)
    assert [(each.check, each.index) for each in found] == [("window.missing", index)]


def test_a_record_in_two_groups_is_named(vasp):
    index = vasp.send("ada", 10, epoch=DAY)
    (group,) = vasp.groups()
    again = OpenedGroup(chain=bytes(16), entries=group.entries)
    found = vasp.audit(vasp.page([group, again], epoch=DAY), epoch=DAY)
    assert [(each.check, each.index) for each in found] == [("window.twice", index)]


def test_a_record_on_two_pages_is_none_of_the_second_range(vasp):
    vasp.send("ada", 10, epoch=DAY)
    groups = vasp.groups()
    vasp.done(vasp.page(epoch=DAY))
    vasp.send("bo", 10, epoch=DAY + 1)
    found = vasp.audit(vasp.page(groups + vasp.groups(), epoch=DAY + 1), epoch=DAY + 1)
    assert checks(found) == ["window.record"]


def test_records_in_another_order_need_other_sums(vasp):
    vasp.send("ada", 10, epoch=DAY)
    vasp.send("ada", 20, epoch=DAY)
    page = vasp.page(epoch=DAY)
    one, two = page.groups[0].entries
    turned = (replace(one, index=two.index), replace(two, index=one.index))
    assert checks(vasp.audit(regrouped(page, 0, entries=turned), epoch=DAY)) == ["window.proof"]


def split(vasp, group, *, at=1):
    """Return *group* with the window of its last record beginning with slot *at*, and a sum to fit."""
    *before, last = group.entries
    rest = [each.value for each in before if each.slot >= at]
    shorter = vasp.opening(last.value.value + sum(each.value for each in rest))
    vasp.records[last.index] = replace(vasp.records[last.index], window=shorter.commit())
    earlier = None if not rest else rest[0]
    late = replace(last, start=at, window=shorter, earlier=earlier)
    return OpenedGroup(chain=group.chain, entries=[*before, late])


def test_a_window_that_begins_too_late_is_refused(vasp):
    vasp.send("ada", 60_000, epoch=DAY)
    vasp.send("ada", 60_000, epoch=DAY + 1)
    (group,) = vasp.groups()
    page = vasp.page([split(vasp, group)], epoch=DAY + 1)
    assert checks(vasp.audit(page, epoch=DAY + 1)) == ["window.start"]


def test_a_window_that_begins_too_late_is_refused_over_reports(vasp):
    vasp.send("ada", 60_000, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.send("ada", 60_000, epoch=DAY + 1)
    (group,) = vasp.groups()
    last = group.entries[0]
    alone = vasp.opening(60_000)
    vasp.records[last.index] = replace(vasp.records[last.index], window=alone.commit())
    late = replace(last, start=1, window=alone, earlier=None)
    page = vasp.page([OpenedGroup(chain=group.chain, entries=[late])], epoch=DAY + 1)
    assert checks(vasp.audit(page, epoch=DAY + 1)) == ["window.start"]


def test_a_record_that_a_later_window_left_out_as_a_phantom_comes_to_light(vasp):
    """A phantom may be left out while nobody knows that it moves: whoever did so is found when it has moved."""
    slow = vasp.offer("ada", 60_000, epoch=DAY)
    vasp.send("ada", 1, epoch=DAY)
    vasp.send("ada", 60_000, epoch=DAY)
    (group,) = vasp.groups()
    page = vasp.page([split(vasp, group)], epoch=DAY)
    assert vasp.audit(page, epoch=DAY) == []
    vasp.done(page)
    vasp.move("ada", slow, epoch=DAY + 1)
    assert checks(vasp.report(epoch=DAY + 1)) == ["window.start"]


def late(vasp, *, days):
    """Let a customer's second record come so many days after it, with a report the day before; return its checks."""
    vasp.send("bo", 1, epoch=DAY + days)
    assert vasp.report(epoch=DAY + days) == []
    vasp.send("ada", 60_000, epoch=DAY + 1)
    return checks(vasp.report(epoch=DAY + 1 + days))


def test_a_record_may_be_late_while_what_it_counts_is_remembered(vasp):
    vasp.send("ada", 60_000, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    assert late(vasp, days=41) == []
    assert vasp.last("ada").window.value == 120_000


def test_a_record_cannot_wait_until_what_it_must_count_is_forgotten(vasp):
    """It would begin the customer's chain again, even under the same name, as if it were the first."""
    vasp.send("ada", 60_000, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.places["ada"].clear()
    assert late(vasp, days=42) == ["window.start"]


def test_a_record_cannot_come_before_those_that_were_shown(vasp):
    """Or each transfer would claim to have been the first."""
    vasp.send("ada", 60_000, epoch=DAY)
    chain = vasp.chains["ada"]
    assert vasp.report(epoch=DAY) == []
    index = vasp.send("ada, the first", 60_000, epoch=DAY)
    record = vasp.groups()[0].entries[0]
    assert record.index == index
    before = OpenedGroup(chain=chain, entries=[record])
    assert checks(vasp.audit(vasp.page([before], epoch=DAY), epoch=DAY)) == ["window.slot"]


def test_a_record_does_not_take_the_slot_of_another_groups_phantom(vasp):
    vasp.offer("ada", 70, epoch=DAY)
    vasp.send("ada", 30, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.send("bo", 70, epoch=DAY + 1)
    (group,) = vasp.groups()
    stolen = OpenedGroup(chain=vasp.chains["ada"], entries=group.entries)
    assert checks(vasp.audit(vasp.page([stolen], epoch=DAY + 1), epoch=DAY + 1)) == ["window.slot"]


def test_slots_are_filled_without_a_gap(vasp):
    vasp.send("ada", 10, epoch=DAY)
    (group,) = vasp.groups()
    (record,) = group.entries
    late = OpenedGroup(chain=group.chain, entries=[replace(record, slot=1, start=1)])
    assert checks(vasp.audit(vasp.page([late], epoch=DAY), epoch=DAY)) == ["window.slot"]


def phantomed(vasp, value, *, proof=None):
    """Return a page on which a phantom of *value* takes off a record's window sum."""
    minus = Opening(value=value, blinding=pedersen.scalar(b"\1" * 64))
    index = vasp.send("ada", 100, epoch=DAY)
    (group,) = vasp.groups()
    record = group.entries[0]
    lower = vasp.opening(100 + value)
    vasp.records[index] = replace(vasp.records[index], window=lower.commit())
    made = replace(record, slot=1, start=0, window=lower, earlier=minus)
    return OpenedGroup(chain=group.chain, entries=[OpenedPhantom(slot=0, value=minus, proof=proof), made])


def test_a_negative_phantom_cannot_be_proven(vasp, monkeypatch):
    monkeypatch.setattr(pedersen, "_in_range", lambda **_: True)
    monkeypatch.setattr(pedersen, "commit", signed_commit)
    group = phantomed(vasp, -90)
    with pytest.raises(UsageError):
        vasp.page([group], epoch=DAY)
    other = Opening(value=5, blinding=5)
    page = vasp.page([replace_proof(group, proof_of(other))], epoch=DAY)
    assert checks(vasp.audit(page, epoch=DAY)) == ["window.phantom"]


def signed_commit(*, value, blinding):
    """Commit to a value that may be negative."""
    engine = group()
    return engine.encode(engine.add(engine.mul(value % N, bases(engine).value), engine.mul(blinding, engine.generator)))


def proof_of(opening):
    return prove_phantom(opening, origin=ORIGIN, coins=visible_coins("another phantom"))


def replace_proof(group, proof):
    phantom, record = group.entries
    return OpenedGroup(chain=group.chain, entries=[replace(phantom, proof=proof), record])


def test_a_phantom_without_its_proof_is_refused(vasp):
    page = vasp.page([phantomed(vasp, 50, proof=bytes(748))], epoch=DAY)
    assert checks(vasp.audit(page, epoch=DAY)) == ["window.phantom"]


def test_a_phantoms_proof_serves_its_own_log_only(vasp):
    group = phantomed(vasp, 50)
    (phantom, _) = group.entries
    proof = prove_phantom(phantom.value, origin="beta.example/carnet", coins=visible_coins("elsewhere"))
    page = vasp.page([replace_proof(group, proof)], epoch=DAY)
    assert checks(vasp.audit(page, epoch=DAY)) == ["window.phantom"]


def test_a_cover_that_holds_value_makes_its_group_false(vasp):
    """A cover is a record like any: whatever it holds is counted, or the proof does not verify."""
    cover = vasp.cover(epoch=DAY)
    page = vasp.page(epoch=DAY)
    vasp.records[cover] = replace(vasp.records[cover], value=vasp.opening(10).commit())
    assert checks(vasp.audit(page, epoch=DAY)) == ["window.proof"]


def test_a_proof_serves_its_own_page_only(vasp):
    vasp.send("ada", 10, epoch=DAY)
    page = vasp.page(epoch=DAY)
    assert checks(vasp.audit(replace(page, epoch=DAY + 1), epoch=DAY + 1)) == ["window.proof"]


def test_a_group_with_a_fault_leaves_the_chain_as_it_was(vasp):
    vasp.send("ada", 10, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.send("ada", 20, epoch=DAY)
    page = vasp.page(epoch=DAY)
    entry = page.groups[0].entries[0]
    wrong = regrouped(page, 0, entries=(replace(entry, slot=7, start=0),))
    assert checks(vasp.audit(wrong, epoch=DAY)) == ["window.slot"]
    assert vasp.audit(page, epoch=DAY) == []


def test_a_group_with_a_fault_gives_a_phantoms_slot_back(vasp):
    slow = vasp.offer("ada", 70, epoch=DAY)
    vasp.send("ada", 30, epoch=DAY)
    assert vasp.report(epoch=DAY) == []
    vasp.move("ada", slow, epoch=DAY + 1)
    vasp.send("ada", 5, epoch=DAY + 1)
    page = vasp.page(epoch=DAY + 1)
    taken, last = page.groups[0].entries
    wrong = regrouped(page, 0, entries=(taken, replace(last, start=last.slot)))
    assert checks(vasp.audit(wrong, epoch=DAY + 1)) == ["window.start"]
    (chain,) = vasp.auditor._chains.values()
    assert [(slot.epoch, slot.newest) for slot in chain.slots] == [(None, -1), (DAY, DAY)]
    assert vasp.audit(page, epoch=DAY + 1) == []


def test_what_is_forgotten_is_not_missed_and_no_window_begins_there():
    vasp = Vasp(reach=30)
    for epoch in range(DAY, DAY + 121, 30):
        vasp.send("ada", 1_000, epoch=epoch)
        assert vasp.report(epoch=epoch) == []
    (chain,) = vasp.auditor._chains.values()
    assert (chain.base, chain.end) == (2, 5)
    vasp.send("ada", 1_000, epoch=DAY + 150)
    page = vasp.page(epoch=DAY + 150)
    (entry,) = page.groups[0].entries
    for start in (0, chain.base - 1, entry.slot):
        wrong = regrouped(page, 0, entries=(replace(entry, start=start),))
        assert checks(vasp.audit(wrong, epoch=DAY + 120)) == ["window.start"]
    old = regrouped(page, 0, entries=(replace(entry, slot=1, start=1),))
    assert checks(vasp.audit(old, epoch=DAY + 120)) == ["window.slot"]
    assert chain.end == entry.slot
    assert vasp.audit(page, epoch=DAY + 150) == []
    assert [slot.newest for slot in chain.slots] == [DAY + 90, DAY + 120, DAY + 150]


# --- form ------------------------------------------------------------------------------------------------------------


def forms(page):
    group = page.groups[0]
    phantom = Phantom(value=bytes(33), proof=bytes(748))
    one, two = group.entries
    for name, entries in {
        "slots out of order": (two, one),
        "a slot twice": (one, one),
        "a phantom with an index": (replace(one, phantom=phantom), two),
        "neither of the two": (WindowEntry(slot=0), two),
        "a record without a start": (replace(one, start=None), two),
        "a window that begins after its record": (replace(one, start=1), two),
        "a phantom alone": (WindowEntry(slot=0, phantom=phantom),),
    }.items():
        yield pytest.param(entries, id=name)


@pytest.mark.parametrize("number", range(7))
def test_a_page_out_of_form_is_refused(vasp, number):
    vasp.send("ada", 10, epoch=DAY)
    vasp.send("ada", 20, epoch=DAY)
    page = vasp.page(epoch=DAY)
    (entries,) = list(forms(page))[number].values
    data = regrouped(page, 0, entries=entries).encode()
    with pytest.raises(DecodeError, match=r"window\.form"):
        open_page(data, serial=1, epoch=DAY, named=page_hash(data))


def test_groups_stand_in_order_each_once(vasp):
    vasp.send("ada", 10, epoch=DAY)
    vasp.send("bo", 20, epoch=DAY)
    page = vasp.page(epoch=DAY)
    for groups in (page.groups[::-1], page.groups[:1] * 2):
        data = replace(page, groups=groups).encode()
        with pytest.raises(DecodeError, match=r"window\.form"):
            open_page(data, serial=1, epoch=DAY, named=page_hash(data))


def test_a_customer_with_more_records_than_a_proof_speaks_about_has_several_groups(vasp, monkeypatch):
    monkeypatch.setattr("carnet.reporting.customer.MOST_RECORDS", 2)
    monkeypatch.setattr("carnet.reporting.window.MAX_RECORDS", 2)
    for _ in range(5):
        vasp.send("ada", 10, epoch=DAY)
    page = vasp.page(epoch=DAY)
    assert [len(group.entries) for group in page.groups] == [2, 2, 1]
    assert vasp.audit(page, epoch=DAY) == []


def test_a_chain_has_another_group_only_when_one_is_full(vasp):
    """Or a page of many small groups would have the auditor go through one long chain for each."""
    vasp.send("ada", 10, epoch=DAY)
    vasp.send("ada", 20, epoch=DAY)
    (group,) = vasp.groups()
    apart = [OpenedGroup(chain=group.chain, entries=[each]) for each in group.entries]
    with pytest.raises(UsageError, match="not full"):
        vasp.page(apart, epoch=DAY)


def test_a_page_needs_a_record(vasp):
    phantom = OpenedPhantom(slot=0, value=vasp.opening(1))
    record = OpenedRecord(slot=0, index=0, start=0, value=vasp.opening(1), window=vasp.opening(1), earlier=None)
    assert isinstance(vasp.page([OpenedGroup(chain=bytes(16), entries=[record])], epoch=DAY), WindowPage)
    with pytest.raises(UsageError):
        build_page(
            [OpenedGroup(chain=bytes(16), entries=[phantom])], serial=1, epoch=DAY, origin=ORIGIN, coins=vasp.coins
        )
