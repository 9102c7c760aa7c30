"""The library's encoding and the one written out from the specification are the same."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet import wire
from carnet.errors import DecodeError, UsageError
from oracle import cbor
from strategies import mutated, wires


def library(data):
    try:
        return True, wire.decode(data)
    except DecodeError:
        return False, None


def oracle(data):
    try:
        return True, cbor.read(data)
    except ValueError:
        return False, None


@given(wires)
def test_both_write_the_same_and_read_it_back(value):
    data = cbor.write(value)
    assert wire.encode(value) == data
    assert wire.decode(data) == value
    assert repr(cbor.read(data)) == repr(value) or cbor.read(data) == value


@settings(max_examples=400)
@given(mutated(wires.map(cbor.write)))
def test_both_accept_and_refuse_the_same_neighbours(data):
    accepted, value = library(data)
    assert (accepted, value) == oracle(data)
    if accepted:
        assert wire.encode(value) == data


@settings(max_examples=400)
@given(st.binary(max_size=40))
def test_both_accept_and_refuse_the_same_noise(data):
    assert library(data) == oracle(data)


def test_both_agree_on_every_string_of_two_bytes():
    for number in range(1 << 16):
        data = number.to_bytes(2, "big")
        assert library(data) == oracle(data), data.hex()


ANYTHING = st.recursive(
    st.none()
    | st.floats()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters())
    | st.dates()
    | st.frozensets(st.integers()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers() | st.text(max_size=2), inner, max_size=4),
    max_leaves=10,
)


@given(ANYTHING)
def test_what_is_written_can_be_read_and_all_else_is_our_own_mistake(value):
    try:
        data = wire.encode(value)
    except UsageError:
        with pytest.raises(ValueError, match=r"."):
            cbor.write(value)
        return
    assert wire.decode(data) == value
    assert cbor.write(value) == data


HOSTILE = {
    "nested arrays": b"\x81" * 65535 + b"\x00",
    "nested maps": b"\xa1\x00" * 32767 + b"\x00\x00",
    "wide and shallow": b"\x99\xff\xfc" + b"\x80" * 65532,
    "arrays of the largest length": b"\x9b" + b"\xff" * 8 + bytes(65527),
    "a map of the largest length": b"\xbb" + b"\xff" * 8 + bytes(65527),
    "a string of the largest length": b"\x5b" + b"\xff" * 8 + bytes(65527),
    "text that is not": b"\x79\xff\xfc" + b"\xff" * 65532,
    "a map of one key": b"\xb9\x7f\xff" + b"\x00" * 65532,
    "lengths that multiply": b"\x99\xff\x00" * 16 + bytes(65000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_s15_hostile_input_costs_little_memory_and_one_look_at_each_byte(data, monkeypatch):
    assert len(data) <= 65536
    tracemalloc.start()
    library(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024
    looks = []
    head = wire.item_head
    monkeypatch.setattr(wire, "item_head", lambda data, at: looks.append(at) or head(data, at))
    library(data)
    assert len(looks) == len(set(looks)) <= len(data)
