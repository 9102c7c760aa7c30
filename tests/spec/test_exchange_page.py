"""spec/exchange.md and spec/envelope.md are held to the code: states by driving it, bytes by the vectors."""

import re

import pytest

from carnet.errors import OrderError, PeerError, UsageError
from carnet.exchange import beneficiary, originator
from carnet.exchange.states import Move, move
from carnet.messages import Phase, Role
from exchange_samples import EXPIRES, NOW, beneficiaries, beneficiary_event, originator_event, originators
from spec_pages import SPEC, marked
from vector_files import load

PAGES = {name: (SPEC / f"{name}.md").read_text(encoding="utf-8") for name in ("exchange", "envelope", "overview")}
LATE = EXPIRES + 10 * 86400


def table(side):
    (found,) = marked(f"states {side}")
    return [row[:3] for row in found.rows]


def observed(role):
    """Return every move that `advance` makes, over all states, moves and times."""
    for phase in (None, *Phase) if role is Role.BENEFICIARY else Phase:
        for what in Move:
            state = originators(phase) if role is Role.ORIGINATOR else beneficiaries(phase)
            event = (originator_event if role is Role.ORIGINATOR else beneficiary_event)(what, state)
            if event is None:
                continue
            advance = originator.advance if role is Role.ORIGINATOR else beneficiary.advance
            now = LATE if what in {Move.EXPIRE, Move.GIVE_UP} else NOW + 10
            try:
                step = advance(state, event, now=now)
            except (PeerError, UsageError):
                continue
            if step.state != state:
                yield (phase.name if phase else "-", what.value, step.state.phase.name)


@pytest.mark.parametrize("role", Role)
def test_the_moves_that_the_code_makes_are_those_of_the_page(role):
    rows = table(role.name.lower())
    later = {row for row in rows if row[1] == Move.UNANNOUNCED.value}  # its trigger is the chain's, and comes later
    assert len(rows) == len(set(rows))
    assert set(observed(role)) == set(rows) - later


@pytest.mark.parametrize("role", Role)
def test_a_move_that_the_page_does_not_name_is_refused(role):
    rows = {(state, what): target for state, what, target in table(role.name.lower())}
    for phase in (None, *Phase):
        for what in Move:
            target = rows.get((phase.name if phase else "-", what.value))
            if target is not None:
                assert move(role, phase, what) is Phase[target]
            else:
                with pytest.raises(OrderError, match=r"exchange\.order"):
                    move(role, phase, what)


def shown(page):
    """Return the indented blocks of hex that a page shows."""
    blocks = re.findall(r"(?:^    [0-9a-f]+\n)+", PAGES[page], re.MULTILINE)
    return {re.sub(r"\s", "", block) for block in blocks}


def test_the_bytes_that_the_pages_show_are_those_of_the_vectors():
    (worked,) = load("worked_exchange")
    payload = load("payload")[0]
    of_vectors = {value.hex() for value in worked.values() if isinstance(value, bytes)}
    of_vectors |= {payload["root"].hex(), *(leaf["hash"].hex() for leaf in payload["leaves"])}
    for page in PAGES:
        assert shown(page), page
        strange = {block for block in shown(page) if not any(value.startswith(block) for value in of_vectors)}
        assert strange == set(), page


def test_the_leaf_that_the_page_shows_is_one_of_the_vectors():
    path, value, salt = re.search(
        r"path    (\S+)\n    value   \"(\S+)\"\n    salt    (\S+)", PAGES["envelope"]
    ).groups()
    (leaf,) = [one for one in load("payload")[0]["leaves"] if one["path_text"] == path]
    assert (leaf["value_json"], leaf["salt"].hex()) == (value, salt)
