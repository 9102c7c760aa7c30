import pytest

from carnet import wire
from carnet.crypto.kdf import Deriver, expand, extract
from carnet.errors import UsageError
from carnet.secret import Secret

DERIVER = Deriver(Secret(b"secret"))


def test_a_derivation_is_hkdf_with_a_labelled_info():
    key = extract(salt=b"", material=b"secret")
    assert key == extract(salt=bytes(32), material=b"secret")
    assert DERIVER.derive("salt", "a/b", 1) == expand(key, wire.encode(["carnet/v1/salt", "a/b", 1]), 32)
    assert DERIVER.derive("salt", length=64)[:32] == DERIVER.derive("salt")


def test_no_two_uses_share_their_input():
    uses = [("ab",), ("a", "b"), ("a", b"b"), ("a", "b", ""), ("a", ["b"]), ("a", None), ("a",), ("a", 0), ("a", False)]
    assert len({DERIVER.derive(*use) for use in uses}) == len(uses)


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_a_length_that_hkdf_has_not_is_our_own_mistake(length):
    with pytest.raises(UsageError):
        expand(bytes(32), b"", length)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 255 * 32])
def test_lengths(length):
    assert len(expand(bytes(32), b"", length)) == length
