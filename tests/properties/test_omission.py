"""S10: a transfer that one VASP leaves out of its log and its report is missed at the other end; two can agree."""

import pytest

from carnet.audit import Verdict
from carnet.messages import Phase
from carnet.reporting.report import MATCHED
from carnet_audit.drill.channels import Pretends, without
from carnet_audit.drill.stage import ALICE, BOB, Stage, network

PLAN = network()
TRANSFERS = [each for interval in PLAN.intervals() for each in interval.transfers]


def first(originator, kind=Phase.SETTLED):
    return next(each.number for each in TRANSFERS if each.kind is kind and each.originator == originator)


def audited(root, numbers, vasps):
    stage = Stage(root=root, plan=PLAN)
    return stage.audit(stage.folders(Pretends(PLAN, without(numbers), vasps=frozenset(vasps))))


@pytest.mark.parametrize("originator", [ALICE, BOB])
@pytest.mark.parametrize("vasp", [ALICE, BOB])
def test_s10_an_omission_by_one_vasp_is_found(originator, vasp, tmp_path):
    found = audited(tmp_path, [first(originator)], {vasp})
    assert found.verdict is Verdict.UNSOUND
    assert found.checks == {"channel.count"}


def test_s10_whoever_leaves_out_all_of_a_channel_is_found(tmp_path):
    numbers = [each.number for each in TRANSFERS if each.originator == ALICE and each.kind in MATCHED]
    found = audited(tmp_path, numbers, {BOB})
    assert found.verdict is Verdict.UNSOUND
    assert found.checks == {"channel.withheld"}


def test_s10_an_omission_by_both_is_not_and_that_is_declared(tmp_path):
    found = audited(tmp_path, [first(ALICE)], {ALICE, BOB})
    assert (found.verdict, found.checks) == (Verdict.SOUND, set())
