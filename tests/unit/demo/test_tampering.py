import shutil

import pytest

from carnet.audit import Source, Verdict, audit_sources
from carnet.crypto.coins import visible_coins
from carnet.messages import Phase
from carnet.testing.ledger import START, network
from carnet_audit.fetch import folder as reader
from carnet_node.demo.acts.audit import FAULTS


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a published folder of four transfers that were settled, and what goes with it."""
    made = network(0)
    for number in range(4):
        made.transfer(number, kind=Phase.SETTLED)
    root = tmp_path_factory.mktemp("published")
    for path, data in made.ledgers["alice"].files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root, made.authority


def audited(root, authority):
    steps = audit_sources(
        [Source(name="alice", read=reader(root))],
        authority=authority,
        now=START + 120,
        coins=visible_coins("an auditor"),
        seen=[],
    )
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def test_what_was_published_is_sound(published):
    assert audited(*published).verdict is Verdict.SOUND


@pytest.mark.parametrize(("tamper", "check"), FAULTS, ids=lambda part: getattr(part, "__name__", part))
def test_every_fault_is_found_by_its_check(published, tmp_path, tamper, check):
    root, authority = published
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    assert tamper(copy, 4)
    report = audited(copy, authority)
    assert report.verdict is Verdict.UNSOUND
    assert check in {finding.check for finding in report.sources[0].findings}
