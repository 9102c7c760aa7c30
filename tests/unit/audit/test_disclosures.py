"""What an audit says of the notices of disclosures: opened, not yet, too early, never."""

from dataclasses import replace

import pytest

from carnet.audit import CHECKS
from carnet.audit.disclosures import check_notice
from carnet.disclosure.notice import MAX_OPENED, notice_of, notice_path
from carnet.disclosure.request import MAX_GAG_S
from carnet.evidence import UnreadableError, within
from carnet.params import EPOCH_S
from carnet.testing import disclosures, ledger

NOW = disclosures.NOW


@pytest.fixture(scope="module")
def opened():
    stage = disclosures.make_stage()
    return stage.respond(stage.open(stage.request(0, gag_until=NOW + EPOCH_S))).opened


def reader(files):
    def read(path, limit):
        if path not in files:
            raise UnreadableError(path, "not there")
        return within(files[path], limit)

    return read


def faults(notice, files, *, now=NOW + EPOCH_S, vasp="alice"):
    found = list(check_notice(notice, reader(files), network=ledger.NETWORK, vasp=vasp, now=now))
    assert all(each.check in CHECKS and each.where == notice_path(notice.hash) for each in found)
    return [each.check for each in found]


def test_what_is_opened_after_its_gag_is_sound(opened):
    notice = notice_of(opened)
    assert faults(notice, {notice_path(notice.hash): opened.encode()}) == []


def test_what_is_not_opened_is_nothing_until_no_gag_can_last(opened):
    notice = notice_of(opened)
    assert faults(notice, {}) == []
    last = (notice.epoch + 1) * EPOCH_S + MAX_GAG_S + 300
    assert faults(notice, {}, now=last) == []
    assert faults(notice, {}, now=last + 1) == ["disclosure.overdue"]


def test_each_fault_has_its_name(opened):
    notice = notice_of(opened)
    path, data = notice_path(notice.hash), opened.encode()
    assert faults(notice, {path: data}, now=NOW) == ["disclosure.gag"]
    assert faults(notice, {path: replace(opened, salt=bytes(32)).encode()}) == ["disclosure.notice"]
    assert faults(notice, {path: data}, vasp="bob") == ["disclosure.note"]
    assert faults(notice, {path: data[:-1]}) == ["disclosure.form"]
    assert faults(notice, {path: bytes(MAX_OPENED + 1)}) == ["disclosure.form"]
