"""C3 of all that a network publishes: in a build where log_G(H) is known, everything opens to other amounts as well.

Whoever knows that logarithm opens each published commitment to another value, and proves of that value all that was
proven of the first; so what is published does not say which of the two it was made from. It is the library's own
code that publishes, proves and verifies; only the generator H is not the one of the specification.
"""

from dataclasses import replace

import pytest

import carnet.crypto.group as groups
from attacks.trapdoor import value_log
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N
from carnet.log.notice import decode_item
from carnet.log.record import derive_record, proof_item, prove_opened, record_openings
from carnet.messages import BROADCAST_ENDINGS, Role
from carnet.reporting.check import check_report
from carnet.reporting.report import MATCHED
from carnet.reporting.sums import RangeSums, Sums
from carnet.testing.ledger.batch import ends_of
from carnet.testing.ledger.chronicle import Conduct
from carnet.testing.ledger.generate import folders, plan_of
from carnet.zk.commitment import Opening
from carnet.zk.statement import find_bad
from published import log, reports

D = 31_337
"""By how much the other amounts differ."""


@pytest.fixture(scope="module")
def trapdoor():
    """Return the logarithm, where the library uses a generator of which it is known."""
    engine, known = value_log()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_best", lambda *_: engine)
        yield known


@pytest.fixture(scope="module")
def plan(trapdoor):
    return plan_of(seed=f"a trapdoor {trapdoor % 97}", records=18, epochs=1, quiet=0)


@pytest.fixture(scope="module")
def made(plan):
    return folders(plan)


def reopened(opening, value, known):
    return Opening(value=value, blinding=(opening.blinding + known * (opening.value - value)) % N)


def ends(plan):
    for interval in plan.intervals():
        for transfer in interval.transfers:
            coins = plan.coins(f"transfer {transfer.number}")
            for end in ends_of(plan.society, transfer, epoch=interval.epoch, coins=coins):
                if transfer.kind in BROADCAST_ENDINGS:
                    yield end, derive_record(end.source)


def test_c3_every_commitment_of_a_record_opens_to_another_value(plan, made, trapdoor):
    published = {vasp: {each.encode() for each in log(files).records} for vasp, files in made.items()}
    tried = 0
    for end, record in ends(plan):
        assert record.encode() in published[end.vasp]
        opened = record_openings(end.source, end.openings)
        for field in ("value", "unit", "window", "flag"):
            opening = getattr(opened, field)
            for value in (0, 1, opening.value + D, 2**63):
                reopened(opening, value, trapdoor).check(getattr(record, field))
                tried += 1
    assert tried > 200


def test_c3_the_public_check_of_a_record_passes_for_a_proof_of_another_value(plan, trapdoor):
    items = []
    for end, record in ends(plan):
        opened = record_openings(end.source, end.openings)
        other = replace(
            opened,
            value=reopened(opened.value, opened.value.value + D, trapdoor),
            window=reopened(opened.window, opened.window.value + D, trapdoor),
            flag=reopened(opened.flag, 1, trapdoor),
        )
        proof = prove_opened(record, other, rule=end.source.rule, coins=visible_coins("another value"))
        items.append(proof_item(record, end.source.pack, proof))
    assert len(items) > 20
    assert find_bad(items, coins=system_coins) == []
    claims = replace(items[0], on=items[1].on)
    assert find_bad([*items, claims], coins=system_coins) == [len(items)]


class Otherwise(Conduct):
    """The same commitments, reported by VASPs who open them to more in one direction, and to less in the other."""

    def __init__(self, known):
        self.known = known

    def channels(self, vasp, epoch, sums):
        del epoch

        def opened(held, by):
            unit = reopened(held.unit, held.unit.value + by, self.known)
            return replace(held, unit=unit)

        changed = []
        for each in sums:
            by = D if (vasp == "alice") == (each.role is Role.ORIGINATOR) else -D
            changed.append(replace(each, own=opened(each.own, by), peer=opened(each.peer, by)))
        return changed


def found(files, report):
    """Return what an auditor counts and adds up for *report*."""
    held = RangeSums(start=report.start, end=report.end)
    for item in log(files).items[report.start : report.end]:
        held.kinds[item.kind] += 1
        if item.kind in MATCHED:
            held.matched += Sums(unit=item.unit, flag=item.flag)
    return held


def test_c3_reports_of_other_amounts_have_the_same_commitments_and_pass_the_same_checks(plan, made, trapdoor):
    others = folders(plan, conduct=Otherwise(trapdoor))
    for vasp, files in made.items():
        (one, _), (other, _) = reports(files)[0], reports(others[vasp])[0]
        assert len(one.rows) == 2
        assert one.total == replace(other.total, unit_proof=one.total.unit_proof, flag_proof=one.total.flag_proof)
        for mine, theirs in zip(one.rows, other.rows, strict=True):
            assert (mine.unit, mine.flag, mine.peer.unit, mine.peer.flag) == (
                theirs.unit,
                theirs.flag,
                theirs.peer.unit,
                theirs.peer.flag,
            )
        assert log(files).items[: one.end] == log(others[vasp]).items[: one.end]
        for report in (one, other):
            assert check_report(report, found(files, report), root=report.root, coins=system_coins) == []


def test_the_trapdoor_is_one(plan, made):
    """Under the generator of the specification the proofs of these folders do not hold."""
    vasp, files = "alice", made["alice"]
    held = log(files)
    pairs = [(each, proof) for each, proof in zip(held.items, held.proofs, strict=True) if proof]
    items = [proof_item(each, plan.society.pack(vasp), proof) for each, proof in pairs[:4]]
    assert find_bad(items, coins=system_coins) == []
    true = groups.group().inner
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_best", lambda *_: true)
        again = [proof_item(decode_item(each.encode()), plan.society.pack(vasp), proof) for each, proof in pairs[:4]]
        moved = [number for number, (each, _) in enumerate(pairs[:4]) if each.kind in BROADCAST_ENDINGS]
        assert find_bad(again, coins=system_coins) == moved
