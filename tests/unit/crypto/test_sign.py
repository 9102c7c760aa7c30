import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key, sign, verify
from carnet.errors import UsageError, VerifyError
from carnet.secret import Secret

SEED = generate_seed(visible_coins("tests of signatures"))


def test_a_signature_verifies_and_is_the_same_each_time():
    signature = sign(SEED, b"message")
    assert signature == sign(SEED, b"message")
    assert len(signature) == 64
    verify(public_key(SEED), message=b"message", signature=signature)


def test_a_change_of_one_bit_anywhere_is_refused():
    key, message, signature = public_key(SEED), b"message", sign(SEED, b"message")
    whole = key + signature + message
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerifyError) as refusal:
            verify(bytes(changed[:32]), signature=bytes(changed[32:96]), message=bytes(changed[96:]))
        assert refusal.value.check == "signature"


@pytest.mark.parametrize(("key_size", "signature_size"), [(31, 64), (33, 64), (0, 64), (32, 63), (32, 65), (32, 0)])
def test_other_sizes_are_refused_as_any_bad_signature_is(key_size, signature_size):
    key, signature = public_key(SEED) + bytes(1), sign(SEED, b"") + bytes(1)
    with pytest.raises(VerifyError, match=r"^signature$"):
        verify(key[:key_size], message=b"", signature=signature[:signature_size])


def test_a_short_seed_is_our_own_mistake():
    with pytest.raises(UsageError):
        sign(Secret(bytes(31)), b"")
