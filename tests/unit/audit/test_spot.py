"""Spot checks: what drawn records show of the groups, and what a number of them is worth."""

from dataclasses import replace
from itertools import combinations

import pytest

from carnet.audit.rules import Verdict
from carnet.audit.spot import (
    SPOT_RULES,
    SpotRecord,
    drawn_chance,
    judge_spot,
    openings_needed,
    split_chance,
    spot_records,
)
from carnet.disclosure.messages import Refusal
from carnet.disclosure.verify import Disclosed
from carnet.errors import UsageError
from carnet.messages import Role
from carnet.reporting.window import WindowEntry, WindowGroup, WindowPage, chains_of

DAY = 20_700


def record(index, chain, whose, **changes):
    made = SpotRecord(
        index=index,
        chain=bytes([chain]) * 16,
        role=Role.ORIGINATOR,
        currency="USD",
        epoch=DAY,
        reach=1,
        name=whose,
    )
    return replace(made, **changes)


def told(*records):
    return [(each.check, each.indices) for each in judge_spot(records)]


def test_one_chain_for_each_customer_contradicts_nothing():
    assert told(record(0, 1, "ada"), record(1, 1, "ada"), record(2, 2, "bo"), record(3, 3, None)) == []


def test_a_customer_in_two_chains_is_caught():
    assert told(record(0, 1, "ada"), record(1, 2, "ada")) == [("spot.split", (0, 1))]


def test_each_pair_of_chains_is_told_once():
    assert told(record(0, 1, "ada"), record(1, 2, "ada"), record(2, 2, "ada"), record(3, 3, "ada")) == [
        ("spot.split", (0, 1)),
        ("spot.split", (0, 3)),
        ("spot.split", (1, 3)),
    ]


@pytest.mark.parametrize(
    ("changes", "caught"),
    [
        ({"epoch": DAY + 1}, True),
        ({"epoch": DAY + 2}, False),  # a new window, a new chain
        ({"epoch": DAY - 1}, True),
        ({"epoch": DAY + 2, "reach": 2}, True),
        ({"role": Role.BENEFICIARY}, False),
        ({"currency": "EUR"}, False),
        ({"name": "bo"}, False),
    ],
)
def test_only_what_one_window_holds_must_be_in_one_chain(changes, caught):
    assert bool(told(record(0, 1, "ada"), record(1, 2, "ada", **changes))) is caught


def test_two_customers_in_one_chain_are_caught_and_so_are_covers_among_them():
    assert told(record(0, 1, "ada"), record(1, 1, "bo"), record(2, 1, "cy")) == [("spot.joined", (0, 1))]
    assert told(record(0, 1, None), record(1, 1, "bo")) == [("spot.joined", (0, 1))]


def test_covers_are_nobodys_and_split_nothing():
    assert told(record(0, 1, None), record(1, 2, None)) == []


def test_what_was_not_opened_is_told_and_shows_nothing():
    page = WindowPage(
        serial=1,
        epoch=DAY,
        groups=(WindowGroup(chain=bytes(16), entries=(WindowEntry(slot=0, index=7, start=0),), proof=bytes(65)),),
    )
    chains = chains_of(page)
    assert chains == {7: bytes(16)}
    answers = [Disclosed(index=index, entry=bytes(32), refusal=Refusal.SHREDDED) for index in (7, 8)]
    opened, findings = spot_records(answers, chains, lambda _named: pytest.fail("no pack is needed"))
    assert opened == []
    assert [(each.check, each.indices, each.shows) for each in findings] == [
        ("spot.refused", (7,), Verdict.UNKNOWN),
        ("spot.ungrouped", (8,), Verdict.UNSOUND),
    ]


def test_no_finding_names_a_customer():
    (found,) = judge_spot([record(0, 1, "ada"), record(1, 2, "ada")])
    assert "ada" not in repr(found) + repr(record(0, 1, "ada"))
    assert found.check in SPOT_RULES


def test_300_openings_draw_one_of_a_hundredth_with_95_percent():
    assert drawn_chance(0.01, 300) == pytest.approx(0.951, abs=0.001)
    assert drawn_chance(0.01, openings_needed(0.01, 0.95)) >= 0.95 > drawn_chance(0.01, 298)
    assert (drawn_chance(0, 300), drawn_chance(1, 1), drawn_chance(0.5, 0)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("total", "openings", "parts"), [(8, 3, [1, 1]), (8, 4, [2, 1, 1]), (6, 6, [1, 1]), (7, 2, [3])]
)
def test_the_chance_to_catch_a_split_customer_is_that_of_all_draws(total, openings, parts):
    """The oracle: every draw there is."""
    chain_of = [number for number, part in enumerate(parts) for _ in range(part)] + [None] * (total - sum(parts))
    draws = list(combinations(range(total), openings))
    caught = sum(len({chain_of[each] for each in draw} - {None}) > 1 for draw in draws)
    assert split_chance(total, openings, parts) == pytest.approx(caught / len(draws))


def test_a_single_pair_is_seldom_caught_by_one_check():
    """A customer's two halves must both be drawn: what one draw finds of a share does not find this."""
    assert split_chance(10_000, 300, [1, 1]) < 0.001
    assert split_chance(1000, 300, [1] * 10) > 0.85


@pytest.mark.parametrize("call", [(10, 11, [1]), (10, 1, [11]), (10, -1, [1]), (10, 1, [-1])])
def test_numbers_that_cannot_be_are_refused(call):
    with pytest.raises(UsageError):
        split_chance(*call)
    for share in (0.0, 1.0):
        with pytest.raises(UsageError):
            openings_needed(share, 0.95)
    with pytest.raises(UsageError):
        drawn_chance(2, 1)
