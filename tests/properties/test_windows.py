"""Whatever customers do, an honest VASP's pages hold, and no window sum is below what its customer has moved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from window_pages import Vasp

DAY = 20_700
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offer", "offer", "send", "move", "drop", "report"]),
        st.sampled_from(["ada", "bo"]),
        st.integers(0, 2**40),
        st.integers(0, 5),
    ),
    max_size=14,
)


@given(steps=STEPS, reach=st.integers(1, 3))
@settings(max_examples=40)
def test_every_story_of_an_honest_vasp_is_accepted_and_counts_enough(steps, reach):
    vasp, epoch, pending, moved = Vasp(reach=reach), DAY, [], []
    for what, customer, value, pick in [*steps, ("report", "ada", 0, 0)]:
        if what == "report":
            assert (vasp.report(epoch=epoch) if vasp.groups() else vasp.audit(None, epoch=epoch)) == []
            vasp.reported = len(vasp.records)
            epoch += 1
        elif what in {"offer", "send"}:
            slot = vasp.offer(customer, value, epoch=epoch)
            entry = [customer, slot, value, vasp.last(customer).window.value, None]
            pending.append(entry)
        if what in {"send", "move", "drop"} and pending:
            entry = pending.pop(-1 if what == "send" else pick % len(pending))
            if what == "drop":
                vasp.drop(entry[0], entry[1])
            else:
                vasp.move(entry[0], entry[1], epoch=epoch)
                moved.append((*entry[:4], epoch, len(moved)))
    # the oracle: of two transfers of a customer within one window, one of the two counts the other
    for one in moved:
        for other in moved:
            if one is not other and one[0] == other[0] and abs(one[4] - other[4]) <= reach:
                assert max(one[3], other[3]) >= one[2] + other[2]
