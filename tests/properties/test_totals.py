"""What totals do not hide, and what is not in them: declared limits (spec/security.md, spec/audit.md#limits)."""

from dataclasses import replace

from carnet.crypto.coins import visible_coins
from carnet.messages import Phase
from carnet.reporting.check import check_report
from carnet.reporting.sums import subtract
from carnet.testing.reported import found, report, root, world
from carnet.zk.commitment import Opening

TRANSFERS = 12
LAST = 100 * (TRANSFERS - 1) + 7
"""What the last of the transfers that both ends have signed moved."""


def test_two_totals_that_differ_by_one_transfer_tell_its_amount():
    """Declared, not hidden: only who holds the reports of both ends can take one from the other."""
    made = world()
    fewer = replace(made.bob, own=made.bob.own[:-1], peer=made.bob.peer[:-1])
    more, less = report(made, "alice").total, report(replace(made, bob=fewer), "bob").total
    assert (more.count, less.count) == (TRANSFERS, TRANSFERS - 1)
    assert more.unit - less.unit == LAST


def test_a_record_that_nobody_else_has_signed_is_in_no_total():
    """No proof speaks of its value in the unit of account: in a total, it would make it what its VASP likes."""
    made = world()
    true = report(made, "alice").total
    lie = Opening(value=true.unit - 1, blinding=5).commit()
    records = [
        replace(each, unit=subtract(each.unit, lie)) if each.kind is Phase.UNCONFIRMED else each
        for each in made.alice.records
    ]
    assert records != made.alice.records
    lying = replace(made.alice, records=records)
    one = report(replace(made, alice=lying), "alice")
    assert check_report(one, found(lying), root=root(records), coins=visible_coins("weights of a test")) == []
    assert (one.total.unit, one.total.full, one.total.count) == (true.unit, true.full, TRANSFERS)
