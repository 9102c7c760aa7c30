import cbor2
import pytest

from carnet import wire
from carnet.errors import DecodeError, UsageError

GOOD = {
    "00": 0,
    "17": 23,
    "1818": 24,
    "18ff": 255,
    "190100": 256,
    "1a00010000": 65536,
    "1b0000000100000000": 2**32,
    "1bffffffffffffffff": 2**64 - 1,
    "20": -1,
    "3bffffffffffffffff": -(2**64),
    "40": b"",
    "4101": b"\x01",
    "60": "",
    "62c3a9": "é",
    "80": [],
    "8201f6": [1, None],
    "a0": {},
    "a2010218ff03": {1: 2, 255: 3},
    "f4": False,
    "f5": True,
    "f6": None,
}

BAD = {
    "": "wire.truncated",
    "18": "wire.truncated",
    "1900": "wire.truncated",
    "41": "wire.truncated",
    "5bffffffffffffffff": "wire.truncated",
    "81": "wire.truncated",
    "9bffffffffffffffff": "wire.truncated",
    "bb8000000000000000": "wire.truncated",
    "a101": "wire.truncated",
    "0000": "wire.trailing",
    "1817": "wire.canonical",
    "190017": "wire.canonical",
    "1900ff": "wire.canonical",
    "1a0000ffff": "wire.canonical",
    "1b00000000ffffffff": "wire.canonical",
    "580101": "wire.canonical",
    "a202000100": "wire.canonical",
    "a201000100": "wire.form",
    "61ff": "wire.form",
    "62c080": "wire.form",
    "63eda080": "wire.form",
    "1c": "wire.indefinite",
    "1f": "wire.indefinite",
    "5f4101ff": "wire.indefinite",
    "9fff": "wire.indefinite",
    "bfff": "wire.indefinite",
    "c000": "wire.tag",
    "c24101": "wire.tag",
    "d8184100": "wire.tag",
    "f7": "wire.simple",
    "e0": "wire.simple",
    "f820": "wire.simple",
    "f90000": "wire.simple",
    "fa00000000": "wire.simple",
    "fb0000000000000000": "wire.simple",
    "ff": "wire.simple",
    "a12000": "wire.key",
    "a1410000": "wire.key",
    "a1610000": "wire.key",
    "a1f500": "wire.key",
    "a18000": "wire.key",
    "a1c00000": "wire.key",
}


@pytest.mark.parametrize(("data", "value"), GOOD.items())
def test_the_profile_is_written_and_read(data, value):
    assert wire.encode(value).hex() == wire.write(value).hex() == data
    read = wire.decode(bytes.fromhex(data))
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(("data", "check"), BAD.items())
def test_all_else_is_refused_by_name(data, check):
    with pytest.raises(DecodeError) as refusal:
        wire.decode(bytes.fromhex(data))
    assert refusal.value.check == check


@pytest.mark.parametrize("leaf", ["00", "80", "a0"])
def test_depth_is_bounded_to_sixteen_containers(leaf):
    deep = 16 if leaf == "00" else 15
    wire.decode(b"\x81" * deep + bytes.fromhex(leaf))
    with pytest.raises(DecodeError, match=r"^wire\.depth"):
        wire.decode(b"\x81" * (deep + 1) + bytes.fromhex(leaf))


def test_maps_may_be_as_deep_as_arrays():
    wire.decode(b"\xa1\x00" * 16 + b"\x00")
    with pytest.raises(DecodeError, match=r"^wire\.depth"):
        wire.decode(b"\xa1\x00" * 17 + b"\x00")


def test_the_limit_is_the_callers():
    data = wire.encode(bytes(100))
    assert wire.decode(data, limit=102) == bytes(100)
    with pytest.raises(DecodeError, match=r"^wire\.size: 102 bytes, at most 101$"):
        wire.decode(data, limit=101)
    with pytest.raises(DecodeError, match=r"^wire\.size"):
        wire.decode(bytes(65537))


LOOP: list = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        2**64,
        -(2**64) - 1,
        {"a": 1},
        {True: 1},
        {-1: 1},
        {1},
        "\ud800",
        object(),
        cbor2.undefined,
        cbor2.CBORTag(1, 2),
        cbor2.CBORSimpleValue(0),
        LOOP,
        [[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_read_is_not_written(value):
    with pytest.raises(UsageError, match="cannot be encoded"):
        wire.encode(value)


def test_the_error_of_a_bad_value_does_not_show_it():
    with pytest.raises(UsageError) as error:
        wire.encode({"Moriarty": "Moriarty"})
    assert "Moriarty" not in str(error.value)
