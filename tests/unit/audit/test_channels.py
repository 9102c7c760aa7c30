"""What several sources report of channels, put together."""

from dataclasses import replace

import pytest

from carnet.audit.channels import Channels
from carnet.audit.report import Findings
from carnet.crypto import cose
from carnet.messages import Directory
from carnet.params import MAX_DIRECTORY
from carnet.reporting.report import LATE_EPOCHS
from carnet.testing.reported import EPOCH, report, world


def directory(version, *, more=()):
    """Return the network's directory, as if it had *more* members."""
    whole = Directory.decode(cose.payload_of(world().network.ledgers["alice"].directory, limit=MAX_DIRECTORY))
    both = tuple(each for each in whole.members if each.vasp in {"alice", "bob"})
    others = tuple(replace(both[0], vasp=vasp) for vasp in more)
    return replace(whole, version=version, members=both + others)


@pytest.mark.parametrize("first", ["alice", "bob"])
def test_a_source_with_an_old_directory_does_not_choose_whose_reports_are_missed(first):
    """Alice reports nothing of what she sent to bob, and shows a directory in which there was one member more."""
    shown = {"alice": directory(1, more=["charlie"]), "bob": directory(2)}
    channels, findings = Channels(), Findings()
    for vasp in sorted(shown, reverse=first == "bob"):
        reconciler = channels.gather(shown[vasp], vasp)
        one = report(world(), vasp)
        reconciler.put(one if vasp == "bob" else replace(one, rows=()))
        reconciler.put(replace(one, serial=2, rows=(), epoch=EPOCH + LATE_EPOCHS))
    channels.reconcile(findings)
    assert [each.check for each in findings.told] == ["channel.withheld"]


def test_of_two_copies_of_a_log_one_is_enough():
    channels = Channels()
    assert channels.gather(directory(1), "alice") is not None
    assert channels.gather(directory(2), "alice") is None
