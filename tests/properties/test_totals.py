"""What several totals tell together, as the table of leakage declares (spec/security.md#declared-leakage)."""

from dataclasses import replace

from carnet.testing.reported import report, world

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
