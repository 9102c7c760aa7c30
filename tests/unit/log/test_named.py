"""The pack that a record names, at a glance."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import sound
from carnet.errors import PeerError
from carnet.log.notice import decode_item
from carnet.log.record import Record, named_pack, read_record
from carnet.messages import Phase, Role


@pytest.fixture(scope="module")
def record():
    return Record.decode(sound().ledgers["alice"].records[0])


@given(st.sampled_from(Phase), st.sampled_from(Role), st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32))
def test_it_is_the_one_that_the_record_decodes_to(record, kind, role, epoch, pack):
    changed = replace(record, kind=kind, role=role, epoch=epoch, pack=pack)
    assert named_pack(changed.encode()) == pack


@pytest.mark.parametrize("data", [b"", b"\xac", bytes(700), b"\xff" * 700])
def test_what_is_no_record_names_none(data):
    assert named_pack(data) is None


def outcome(act, data):
    try:
        return act(data)
    except PeerError as error:
        return type(error), error.check


@given(st.data(), st.sampled_from([0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1]))
def test_reading_fast_is_reading(record, data, epoch):
    encoded = replace(record, epoch=epoch).encode()
    assert read_record(encoded) == replace(record, epoch=epoch)
    at = data.draw(st.integers(0, 55) | st.integers(0, len(encoded) - 1))
    changed = encoded[:at] + data.draw(st.binary(max_size=3)) + encoded[at + data.draw(st.integers(0, 3)) :]
    assert outcome(read_record, changed) == outcome(Record.decode, changed)


@given(st.integers(0, 60), st.integers(0, 255))
def test_no_byte_makes_a_difference(record, at, byte):
    encoded = bytearray(record.encode())
    encoded[at] = byte
    changed = bytes(encoded)
    assert outcome(read_record, changed) == outcome(Record.decode, changed)
    assert outcome(decode_item, changed) == outcome(Record.decode, changed)
