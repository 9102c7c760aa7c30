import pytest

from carnet.crypto.padding import pad, padded_size, padme, unpad
from carnet.errors import DecodeError


def test_lengths_are_rounded_up_by_at_most_an_eighth():
    assert [padme(length) for length in (0, 1, 2, 9, 129, 4097)] == [0, 1, 2, 10, 144, 4352]
    for length in range(1, 5000):
        assert length <= padme(length) <= length * 1.12
        assert padme(padme(length)) == padme(length)
        assert padme(length) <= padme(length + 1)


def test_c6_everything_below_the_floor_has_one_length():
    assert {len(pad(bytes(length), floor=4096)) for length in range(0, 4093, 31)} == {4096}
    assert padded_size(4096, floor=4096) == 4096
    assert len(pad(bytes(4093), floor=4096)) == 4352


def test_the_frame_says_the_length():
    assert pad(b"ab", floor=8) == bytes.fromhex("0000000261620000")
    assert unpad(bytes.fromhex("0000000261620000"), floor=8) == b"ab"


@pytest.mark.parametrize(
    "padded",
    [
        "",
        "00",
        "000000",
        "00000002616200",
        "000000026162000000",
        "0000000261620001",
        "0000000561620000",
        "ffffffff61620000",
    ],
)
def test_there_is_one_padded_form_of_each(padded):
    with pytest.raises(DecodeError, match=r"^padding\.form"):
        unpad(bytes.fromhex(padded), floor=8)


def test_the_form_for_another_floor_is_refused():
    with pytest.raises(DecodeError, match=r"^padding\.form"):
        unpad(pad(b"ab", floor=16), floor=8)
