"""Records that no report covers: a VASP reports of a day before most of its records are in the log, and never again."""

from dataclasses import replace

import pytest

from audit_folders import audit, checks, sound
from carnet.crypto import cose
from carnet.log.merkle import EMPTY_ROOT
from carnet.log.notice import Notice, NoticeKind
from carnet.params import EPOCH_S
from carnet.reporting.report import LATE_EPOCHS, sign_report
from carnet.secret import Secret
from carnet.testing.reported import EPOCH, report, world

LAST = (EPOCH + 1 + 2 * LATE_EPOCHS) * EPOCH_S


def reported_nothing(*, cosigned):
    """Return the folder of alice, whose report of the day is of no records, and whose records are all of that day."""
    mine = sound().ledgers["alice"]
    nothing = {"start": 0, "end": 0, "root": EMPTY_ROOT, "outcomes": (), "rows": (), "covers": None, "total": None}
    signed = sign_report(replace(report(world(), "alice"), **nothing), seed=Secret(mine.keys.identity_seed))
    notice = Notice(kind=NoticeKind.REPORT, epoch=EPOCH, hash=cose.payload_hash(signed))
    records, proofs = [*mine.records, notice.encode()], [*mine.proofs, b""]
    files = replace(mine, records=records, proofs=proofs, time=cosigned).files()
    return files | {"report": signed, "reports/1": signed}


@pytest.mark.parametrize(("cosigned", "told"), [(LAST, set()), (LAST + 1, {"report.missing"})])
def test_records_of_a_day_whose_report_says_nothing_of_them_are_missed(cosigned, told):
    found = checks(audit(reported_nothing(cosigned=cosigned), now=cosigned))
    assert set(found) - {"bundle.expired", "directory.expired"} == told
