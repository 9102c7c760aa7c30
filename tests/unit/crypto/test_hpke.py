import pytest

from carnet.crypto import hpke
from carnet.crypto.coins import visible_coins
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.params import ENC_SIZE, SEALING_PUBLIC_SIZE
from carnet.secret import Secret

KEY = hpke.PrivateKey(hpke.generate(visible_coins("a sealing key")))
OTHER = hpke.PrivateKey(hpke.generate(visible_coins("another sealing key")))
INFO = b"info"
ENC, CIPHERTEXT = hpke.seal(public=KEY.public, plaintext=b"payload", info=INFO)


def test_what_was_sealed_opens():
    assert len(KEY.public) == SEALING_PUBLIC_SIZE
    assert len(ENC) == ENC_SIZE
    assert len(CIPHERTEXT) == len(b"payload") + 16
    assert KEY.open(enc=ENC, ciphertext=CIPHERTEXT, info=INFO) == b"payload"


def test_sealing_twice_gives_two_ciphertexts():
    assert hpke.seal(public=KEY.public, plaintext=b"payload", info=INFO) != (ENC, CIPHERTEXT)


def test_the_same_seed_is_the_same_key():
    seed = hpke.generate(visible_coins("x"))
    assert hpke.PrivateKey(seed).public == hpke.PrivateKey(seed).public
    assert KEY.public != OTHER.public


def test_c1_another_key_does_not_open():
    with pytest.raises(VerifyError, match=r"^hpke\.open$"):
        OTHER.open(enc=ENC, ciphertext=CIPHERTEXT, info=INFO)


@pytest.mark.parametrize("info", [b"", b"inf", b"info\0", b"Info", b"infp"])
def test_s4_a_ciphertext_opens_under_exactly_one_info(info):
    with pytest.raises(VerifyError, match=r"^hpke\.open$"):
        KEY.open(enc=ENC, ciphertext=CIPHERTEXT, info=info)


def test_s4_no_byte_of_a_ciphertext_can_change():
    whole = ENC + CIPHERTEXT
    for at in [*range(0, ENC_SIZE, 97), *range(1088, len(whole), 5), len(whole) - 1]:
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(VerifyError, match=r"^hpke\.open$"):
            KEY.open(enc=bytes(changed[:ENC_SIZE]), ciphertext=bytes(changed[ENC_SIZE:]), info=INFO)


@pytest.mark.parametrize("size", [0, 1, 15, 16, len(CIPHERTEXT) - 1])
def test_a_cut_ciphertext_does_not_open(size):
    with pytest.raises(VerifyError, match=r"^hpke\.open$"):
        KEY.open(enc=ENC, ciphertext=CIPHERTEXT[:size], info=INFO)


def test_bytes_do_not_wander_between_enc_and_ciphertext():
    for enc, ciphertext in ((ENC[:-1], ENC[-1:] + CIPHERTEXT), (ENC + CIPHERTEXT[:1], CIPHERTEXT[1:])):
        with pytest.raises(DecodeError, match=r"^hpke\.enc"):
            KEY.open(enc=enc, ciphertext=ciphertext, info=INFO)


@pytest.mark.parametrize(
    "point", [bytes(32), b"\1" + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f")], ids=["0", "1", "p-1"]
)
def test_an_x25519_part_of_small_order_is_refused_on_both_sides(point):
    with pytest.raises(DecodeError, match=r"^hpke\.public$"):
        hpke.seal(public=KEY.public[:1184] + point, plaintext=b"", info=b"")
    with pytest.raises(VerifyError, match=r"^hpke\.open$"):
        KEY.open(enc=ENC[:1088] + point, ciphertext=CIPHERTEXT, info=INFO)


@pytest.mark.parametrize(
    "public",
    [b"", KEY.public[:-1], KEY.public + b"\0", b"\xff" * 1184 + KEY.public[1184:]],
    ids=["none", "short", "long", "coefficients above q"],
)
def test_what_is_no_sealing_key_is_refused(public):
    with pytest.raises(DecodeError, match=r"^hpke\.public"):
        hpke.seal(public=public, plaintext=b"", info=b"")


def test_a_short_seed_is_our_own_mistake():
    with pytest.raises(UsageError):
        hpke.PrivateKey(Secret(bytes(31)))
