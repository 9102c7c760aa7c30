"""The pack that a record names, at a glance."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import sound
from carnet.log.record import Record, named_pack
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
