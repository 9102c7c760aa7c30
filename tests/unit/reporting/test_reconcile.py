"""The ends of a channel agree, or the difference is named with those who differ."""

from dataclasses import replace

import pytest

from carnet.crypto.coins import visible_coins
from carnet.params import EPOCH_S
from carnet.reporting.build import ChannelSums, build_report
from carnet.reporting.reconcile import Reconciler, State
from carnet.reporting.report import LATE_EPOCHS, EpochReport
from carnet.testing.reported import EPOCH, ROLES, name_of_channel, opened, report, scope, world

MEMBERS = ("alice", "bob")


def reports(*, late: bool = True, **replaced: EpochReport | None) -> Reconciler:
    """Return what has heard both reports of the world, or those that are put in their place."""
    found = Reconciler()
    for vasp in MEMBERS:
        one = replaced.get(vasp, report(world(), vasp))
        if one is not None:
            found.put(one)
        if late:
            empty = replace(report(world(), vasp), serial=2, rows=(), epoch=EPOCH + LATE_EPOCHS)
            found.put(empty)
    return found


def reconciled(found: Reconciler, sources=MEMBERS, members=MEMBERS):
    channels, differences = found.reconcile(sources=sources, members=members)
    assert len(channels) == 1
    return channels[0].state, {each.check for each in differences}


def test_two_ends_that_say_the_same_are_equal():
    assert reconciled(reports()) == (State.EQUAL, set())
    channels, _ = reports().reconcile(sources=MEMBERS, members=MEMBERS)
    assert (channels[0].one, channels[0].other) == MEMBERS
    assert (channels[0].count_one, channels[0].count_other) == (12, 12)


def test_one_end_that_is_proven_is_enough():
    half = report(world(), "bob", confirmed=False)
    assert reconciled(reports(bob=half)) == (State.EQUAL, set())


def test_two_ends_that_have_not_seen_each_other_stay_open():
    halves = {vasp: report(world(), vasp, confirmed=False) for vasp in MEMBERS}
    assert reconciled(reports(**halves)) == (State.OPEN, set())


def test_a_count_that_differs_is_open_until_no_record_can_come_any_more():
    one = report(world(), "alice")
    fewer = replace(one, rows=(replace(one.rows[0], count=11),))
    assert reconciled(reports(alice=fewer, late=False)) == (State.OPEN, {"channel.open"})
    assert reconciled(reports(alice=fewer)) == (State.DIFFERS, {"channel.count"})


def test_whoever_reports_no_more_does_not_keep_it_open_for_ever():
    silent = replace(report(world(), "bob"), rows=())
    due = (EPOCH + 1 + 2 * LATE_EPOCHS) * EPOCH_S
    for time, said in ((due - 1, (State.UNSEEN, {"channel.open"})), (due, (State.DIFFERS, {"channel.withheld"}))):
        found = reports(bob=silent, late=False)
        for vasp in MEMBERS:
            found.cosigned(vasp, time=time)
        assert reconciled(found) == said


@pytest.mark.parametrize("field", ["unit", "flag"])
def test_a_sum_that_differs_is_named(field):
    one = report(world(), "alice")
    other = getattr(one.covers, field)
    lying = replace(one, rows=(replace(one.rows[0], **{field: other}),))
    assert reconciled(reports(alice=lying)) == (State.DIFFERS, {"channel.sum"})
    peer = replace(one.rows[0].peer, **{field: other})
    lying = replace(one, rows=(replace(one.rows[0], peer=peer),))
    assert reconciled(reports(alice=lying)) == (State.DIFFERS, {"channel.sum"})


def test_an_end_that_reports_nothing_is_named_if_all_members_are_there():
    silent = replace(report(world(), "bob"), rows=())
    assert reconciled(reports(bob=silent)) == (State.DIFFERS, {"channel.withheld"})
    assert reconciled(reports(bob=silent, late=False)) == (State.UNSEEN, {"channel.open"})
    assert reconciled(reports(bob=silent), members=(*MEMBERS, "charlie")) == (State.UNSEEN, set())


def test_a_channel_with_oneself_is_named():
    """Else its two ends agree on whatever the one VASP likes."""
    found = Reconciler()
    one = report(world(), "alice")
    other = replace(report(world(), "bob"), vasp="alice")
    for each in (one, other):
        found.put(each)
    assert reconciled(found) == (State.DIFFERS, {"channel.claim"})


@pytest.mark.parametrize("end", MEMBERS)
def test_a_channel_that_a_third_claims_is_named(end):
    found = reports()
    third = replace(report(world(), end), vasp="mallory")
    found.put(third)
    assert reconciled(found, sources=(*MEMBERS, "mallory"), members=(*MEMBERS, "mallory")) == (
        State.DIFFERS,
        {"channel.claim"},
    )


def test_nothing_is_withheld_while_anybody_may_still_report_it():
    found = reports(bob=replace(report(world(), "bob"), rows=()), late=False)
    found.put(replace(report(world(), "alice"), serial=2, rows=(), epoch=EPOCH + LATE_EPOCHS))
    assert reconciled(found) == (State.UNSEEN, {"channel.open"})


def part(serial, chosen, *, confirmed=True):
    """Return a report of alice with the row of some of her records."""
    side = world().alice
    row = ChannelSums(
        channel=name_of_channel(world().network, "alice"),
        role=ROLES["alice"],
        epoch=EPOCH,
        count=len(side.own[chosen]),
        own=opened(side.own[chosen]),
        peer=opened(side.peer[chosen]) if confirmed else None,
    )
    given = {"kinds": {}, "channels": [row], "covers": None}
    return build_report(scope(side, serial=serial), **given, coins=visible_coins("some of alice's records"))


@pytest.mark.parametrize("confirmed", [True, False])
def test_records_that_come_late_are_added_up(confirmed):
    found = Reconciler()
    found.put(part(1, slice(5)))
    found.put(report(world(), "bob"))
    assert reconciled(found) == (State.OPEN, {"channel.open"})
    found.put(part(2, slice(5, None), confirmed=confirmed))
    assert reconciled(found) == (State.EQUAL, set())
