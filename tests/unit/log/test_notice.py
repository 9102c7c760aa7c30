"""Notices stand among records, and neither is taken for the other."""

from hashlib import sha256

import pytest

from carnet import wire
from carnet.errors import DecodeError
from carnet.log.notice import Notice, NoticeKind, decode_item
from carnet.log.record import Record
from carnet.testing.ledger import network

NOTICE = Notice(kind=NoticeKind.REPORT, epoch=20_700, hash=bytes(range(32)))


def test_a_notice_and_a_record_are_told_apart_by_their_kind():
    record = network(1).ledgers["alice"].records[0]
    assert decode_item(NOTICE.encode()) == NOTICE
    assert decode_item(record) == Record.decode(record)


def test_an_entry_is_the_hash_of_the_encoding():
    assert NOTICE.entry() == sha256(NOTICE.encode()).digest()


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (b"", "wire.truncated"),
        (wire.write([]), "schema.type"),
        (wire.write({}), "schema.missing"),
        (wire.write({1: 34, 2: 0, 3: bytes(32)}), "schema.type"),
        (wire.write({1: 32, 2: 0}), "schema.missing"),
        (wire.write({1: 32, 2: 0, 3: bytes(31)}), "schema.type"),
        (wire.write({1: 32, 2: 0, 3: bytes(32), 4: 0}), "schema.unknown"),
        (NOTICE.encode() + b"\0", "wire.trailing"),
    ],
)
def test_what_is_neither_is_refused(data, check):
    with pytest.raises(DecodeError) as refused:
        decode_item(data)
    assert refused.value.check == check
