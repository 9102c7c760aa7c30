"""What totals do not hide, and what they do not show: declared limits (spec/security.md, spec/audit.md#limits)."""

from dataclasses import replace

from carnet.crypto.coins import visible_coins
from carnet.messages import Phase
from carnet.reporting.check import check_report
from carnet.reporting.sums import subtract
from carnet.testing.reported import found, report, root, world
from carnet.zk.commitment import Opening

TRANSFERS = 12
LONE = 100 * 13 + 7
"""What the last transfer of the world moved, which is unmatched."""


def test_two_totals_that_differ_by_one_transfer_tell_its_amount():
    """Declared, not hidden: only who holds the reports of both ends can take one from the other."""
    made = world()
    other = replace(made, bob=replace(made.bob, records=made.bob.records[:TRANSFERS], unmatched=[], covers=[]))
    more, fewer = report(made, "alice").total, report(other, "bob").total
    assert (more.count, fewer.count) == (TRANSFERS + 1, TRANSFERS)
    assert more.unit - fewer.unit == LONE


def test_an_unmatched_record_makes_a_total_what_its_vasp_likes():
    """Declared, not found: nobody else has signed it, and no proof speaks of its value in the unit of account."""
    made = world()
    mine, (lone,) = made.alice, made.alice.unmatched
    taken = Opening(value=report(made, "alice").total.unit - 1, blinding=5)
    records = [
        replace(each, unit=subtract(each.unit, taken.commit())) if each.kind is Phase.UNCONFIRMED else each
        for each in mine.records
    ]
    lying = replace(mine, records=records, unmatched=[replace(lone, unit=lone.unit + -1 * taken)])
    one = report(replace(made, alice=lying), "alice")
    coins = visible_coins("weights of a test")
    assert one.total.unit == 1
    assert check_report(one, found(lying), root=root(records), coins=coins) == []
    assert one.rows[0].unit == report(made, "alice").rows[0].unit
