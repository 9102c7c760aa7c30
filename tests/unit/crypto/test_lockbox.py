import pytest

from carnet.crypto import lockbox
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import Cost, Lock, LockedFile, open_box, seal_box, unlock
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.secret import Secret

KEY = Secret(bytes(range(32)))
CHEAP = Cost(1, 8192)
PHRASE = Secret(b"correct horse")


def locked(purpose=b"purpose"):
    return Lock.new(PHRASE, coins=visible_coins("salt"), cost=CHEAP).close(
        b"content", purpose=purpose, coins=visible_coins("nonce")
    )


def test_a_box_opens_with_its_key_and_context():
    box = seal_box(KEY, b"content", context=b"context", coins=visible_coins("x"))
    assert len(box) == 24 + 7 + 16
    assert open_box(KEY, box, context=b"context") == b"content"
    assert open_box(KEY, seal_box(KEY, b"", context=b"", coins=visible_coins("x")), context=b"") == b""


def test_no_byte_of_a_box_its_key_or_its_context_can_change():
    box = seal_box(KEY, b"content", context=b"context", coins=visible_coins("x"))
    for at in range(len(box)):
        changed = bytearray(box)
        changed[at] ^= 1
        with pytest.raises(VerifyError, match=r"^box\.open"):
            open_box(KEY, bytes(changed), context=b"context")
    with pytest.raises(VerifyError, match=r"^box\.open"):
        open_box(Secret(bytes(32)), box, context=b"context")
    with pytest.raises(VerifyError, match=r"^box\.open"):
        open_box(KEY, box, context=b"")


@pytest.mark.parametrize("size", [0, 1, 23, 24, 39, 40])
def test_a_cut_box_does_not_open(size):
    box = seal_box(KEY, b"content", context=b"", coins=visible_coins("x"))
    with pytest.raises(VerifyError, match=r"^box\.open"):
        open_box(KEY, box[:size], context=b"")


def test_a_key_of_another_size_is_our_own_mistake():
    with pytest.raises(UsageError, match="32 bytes"):
        open_box(Secret(bytes(31)), bytes(60), context=b"")
    with pytest.raises(UsageError, match="32 bytes"):
        seal_box(Secret(bytes(33)), b"", context=b"", coins=visible_coins("x"))


def test_a_locked_file_opens_with_its_passphrase_and_its_lock_closes_again():
    content, lock = unlock(locked(), passphrase=PHRASE, purpose=b"purpose")
    assert content.reveal() == b"content"
    again = lock.close(b"changed", purpose=b"purpose", coins=visible_coins("another nonce"))
    assert unlock(again, passphrase=PHRASE, purpose=b"purpose")[0].reveal() == b"changed"
    assert b"content" not in locked()


def test_another_passphrase_does_not_open():
    with pytest.raises(VerifyError, match=r"^box\.open"):
        unlock(locked(), passphrase=Secret(b"correct house"), purpose=b"purpose")


def test_a_file_for_one_purpose_is_not_read_as_another():
    with pytest.raises(DecodeError, match=r"^keyfile\.purpose"):
        unlock(locked(), passphrase=PHRASE, purpose=b"another")
    forged = LockedFile(**{**fields(LockedFile.decode(locked())), "purpose": b"another"})
    with pytest.raises(VerifyError, match=r"^box\.open"):
        unlock(forged.encode(), passphrase=PHRASE, purpose=b"another")


def fields(message):
    return {field.name: getattr(message, field.name) for field in message.FIELDS}


@pytest.mark.parametrize(
    "cost", [(0, 8192), (17, 8192), (2**32 - 1, 8192), (1, 0), (1, 8191), (1, 2**30 + 1), (1, 2**64 - 1)]
)
def test_s15_an_absurd_cost_is_refused_before_it_is_paid(cost, monkeypatch):
    monkeypatch.setattr(lockbox, "Lock", None)  # calling it would fail the test
    hostile = LockedFile(purpose=b"purpose", salt=bytes(16), passes=cost[0], memory=cost[1], box=bytes(60))
    with pytest.raises(DecodeError, match=r"^keyfile\.cost"):
        unlock(hostile.encode(), passphrase=PHRASE, purpose=b"purpose")


def test_an_empty_passphrase_is_our_own_mistake():
    with pytest.raises(UsageError, match="protects nothing"):
        Lock.new(Secret(b""), coins=visible_coins("x"), cost=CHEAP)


def test_the_default_costs_are_those_of_the_library_and_within_the_limits():
    assert lockbox.INTERACTIVE < lockbox.MODERATE
    assert lockbox.MODERATE.memory == 256 * 1024 * 1024
