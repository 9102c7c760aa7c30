import pytest

from carnet.crypto import sign
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import Cost, Lock
from carnet.errors import DecodeError, VerifyError
from carnet.identity.signing_key import AUTHORITY, ISSUER, SigningKey, lock_signing_key, unlock_signing_key
from carnet.secret import Secret

PASSPHRASE = Secret(b"correct horse")
KEY = SigningKey(name="issuer.example", seed=bytes(range(32)))


@pytest.fixture(scope="module")
def lock():
    return Lock.new(PASSPHRASE, coins=visible_coins("a lock"), cost=Cost(1, 8192))


def test_a_key_survives_its_file(lock):
    data = lock_signing_key(KEY, purpose=ISSUER, lock=lock, coins=visible_coins("a file"))
    assert KEY.seed not in data
    opened = unlock_signing_key(data, purpose=ISSUER, passphrase=PASSPHRASE)
    assert opened == KEY
    assert opened.public == sign.public_key(Secret(KEY.seed))


def test_an_issuer_is_no_authority(lock):
    data = lock_signing_key(KEY, purpose=ISSUER, lock=lock, coins=visible_coins("a file"))
    with pytest.raises(DecodeError, match=r"keyfile\.purpose"):
        unlock_signing_key(data, purpose=AUTHORITY, passphrase=PASSPHRASE)


def test_a_wrong_passphrase_opens_nothing(lock):
    data = lock_signing_key(KEY, purpose=ISSUER, lock=lock, coins=visible_coins("a file"))
    with pytest.raises(VerifyError, match=r"box\.open"):
        unlock_signing_key(data, purpose=ISSUER, passphrase=Secret(b"wrong"))


def test_what_is_inside_must_be_a_key(lock):
    data = lock.close(b"\xa0", purpose=ISSUER, coins=visible_coins("a file"))
    with pytest.raises(DecodeError, match=r"keyfile\.content"):
        unlock_signing_key(data, purpose=ISSUER, passphrase=PASSPHRASE)


def test_a_key_shows_nothing_of_itself():
    assert repr(KEY) == "SigningKey(...)"
