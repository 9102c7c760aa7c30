"""What a VASP writes into its log beside records: notices, of which nobody signs any but itself."""

from dataclasses import replace

import pytest

from audit_folders import audit, checks, sound
from carnet.audit import Verdict
from carnet.log.notice import Notice, NoticeKind
from carnet.testing.reported import EPOCH

TO_COME = 2**32 - 1


def noted(*notices):
    """Return the folder of a log with *notices* at its end."""
    mine = sound().ledgers["alice"]
    records = [*mine.records, *(each.encode() for each in notices)]
    return replace(mine, records=records, proofs=[*mine.proofs, *(b"" for _ in notices)]).files()


def notice(kind, *, epoch, hashed=bytes(32)):
    return Notice(kind=kind, epoch=epoch, hash=hashed)


def test_a_disclosure_of_the_day_is_fine():
    assert audit(noted(notice(NoticeKind.DISCLOSURE, epoch=EPOCH))).verdict is Verdict.SOUND


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("epoch", [EPOCH + 1, TO_COME])
def test_no_notice_is_of_a_day_to_come(kind, epoch):
    """A disclosure that is dated so would never be missed."""
    report = audit(noted(notice(kind, epoch=epoch)))
    assert "record.epoch" in checks(report)
    assert report.findings[0].index == 8


def test_notices_beyond_those_that_are_looked_at_are_missing(monkeypatch):
    """Else a VASP would write many, and nobody looked at the last."""
    monkeypatch.setattr("carnet.audit.merge.MAX_NOTICES", 2)
    days = [notice(NoticeKind.DISCLOSURE, epoch=EPOCH - number) for number in range(3)]
    assert audit(noted(*days[:2])).verdict is Verdict.SOUND
    report = audit(noted(*days))
    assert [(each.check, each.where) for each in report.findings] == [("file.missing", "records")]
