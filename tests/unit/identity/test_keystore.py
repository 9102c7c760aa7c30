import pytest

from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import Cost, Lock
from carnet.crypto.sign import public_key
from carnet.crypto.tls import pin
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.identity import keystore as ks
from carnet.identity.directory import open_bundle
from carnet.messages import Member
from carnet.params import SEALING_LIFETIME_S, SEALING_ROTATION_S
from carnet.secret import Secret

NOW = 1_700_000_000
DAY = 86400
PHRASE = Secret(b"passphrase")


def fresh(coins=None):
    return ks.new_keystore(
        network="net",
        vasp="alice",
        log_origin="log.alice.example",
        tls=(Secret(b"tls key"), b"certificate"),
        now=NOW,
        coins=coins or visible_coins("alice"),
    )


def member(keystore):
    return Member(
        vasp="alice",
        name="Alice",
        jurisdiction="EU",
        identity_key=keystore.identity_public,
        log_origin=keystore.log_origin,
        endpoint="alice.example:443",
        tls_certificates=(b"certificate",),
    )


def lock():
    return Lock.new(PHRASE, coins=visible_coins("salt"), cost=Cost(1, 8192))


def test_a_new_keystore_has_separate_keys_and_one_sealing_key():
    keystore = fresh()
    secrets = [
        getattr(keystore, name)
        for name in ("identity_seed", "log_seed", "witness_seed", "window_secret", "storage_key")
    ] + [keystore.sealing[0].seed]
    assert len(set(secrets)) == 6
    publics = [keystore.identity_public, keystore.log_public, keystore.witness_public]
    assert publics == [public_key(Secret(seed)) for seed in secrets[:3]]
    assert len(keystore.sealing) == 1
    assert keystore.identity.reveal() == keystore.identity_seed


def test_a_sealing_key_is_new_every_day_and_gone_after_three():
    keystore, seen = fresh(), []
    for day in range(6):
        keystore = ks.rotate(keystore, now=NOW + day * DAY, coins=visible_coins(f"day {day}"))
        seen.append([(secret.not_before - NOW) // DAY for secret in keystore.sealing])
    assert seen == [[0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert all(s.not_after == s.not_before + SEALING_LIFETIME_S for s in keystore.sealing)


def test_nothing_changes_while_the_newest_key_is_young():
    keystore = fresh()
    for now in (NOW, NOW + SEALING_ROTATION_S - 1, NOW - DAY):
        assert ks.rotate(keystore, now=now, coins=visible_coins("x")) is keystore
    assert len(ks.rotate(keystore, now=NOW + SEALING_ROTATION_S, coins=visible_coins("x")).sealing) == 2


def test_a_node_that_slept_a_month_starts_anew():
    woken = ks.rotate(fresh(), now=NOW + 30 * DAY, coins=visible_coins("x"))
    assert [secret.not_before for secret in woken.sealing] == [NOW + 30 * DAY]


def test_c4_after_destruction_recorded_offers_do_not_decrypt():
    """What was sealed to a key whose time is over stays closed, even to whoever then takes the whole keystore."""
    keystore = fresh()
    (old,) = keystore.sealing
    (kid, private), *_ = ks.private_keys(keystore, now=NOW).items()
    enc, ciphertext = hpke.seal(public=private.public, plaintext=b"payload", info=b"i")
    assert ks.private_keys(keystore, now=NOW)[kid].open(enc=enc, ciphertext=ciphertext, info=b"i") == b"payload"
    assert old.seed in keystore.encode()

    later = ks.rotate(keystore, now=old.not_after, coins=visible_coins("later"))

    assert old.seed not in later.encode()
    stored = ks.lock_keystore(later, lock=lock(), coins=visible_coins("nonce"))
    taken, _ = ks.unlock_keystore(stored, passphrase=PHRASE)
    assert old.seed not in taken.encode()
    assert kid not in ks.private_keys(taken, now=NOW)
    for secret in taken.sealing:
        with pytest.raises(VerifyError, match=r"^hpke\.open$"):
            hpke.PrivateKey(Secret(secret.seed)).open(enc=enc, ciphertext=ciphertext, info=b"i")
    for seed in (taken.identity_seed, taken.log_seed, taken.witness_seed, taken.window_secret, taken.storage_key):
        with pytest.raises(VerifyError, match=r"^hpke\.open$"):
            hpke.PrivateKey(Secret(seed)).open(enc=enc, ciphertext=ciphertext, info=b"i")


def test_c4_a_key_past_its_time_opens_nothing_even_before_it_is_destroyed():
    keystore = fresh()
    (old,) = keystore.sealing
    assert len(ks.private_keys(keystore, now=old.not_after - 1)) == 1
    assert ks.private_keys(keystore, now=old.not_after) == {}


def test_a_bundle_says_what_the_keystore_holds():
    keystore = ks.rotate(fresh(), now=NOW + DAY, coins=visible_coins("second"))
    remembered, signed = ks.sign_bundle(keystore, packs=(bytes(32),), endpoint="alice.example:443", now=NOW + DAY)
    bundle = open_bundle(signed, member=member(keystore), network="net", now=NOW + DAY)
    assert bundle.serial == remembered.serial == 1
    assert bundle.previous is None
    assert remembered.previous == cose.payload_hash(signed)
    assert [key.kid for key in bundle.sealing_keys] == list(ks.private_keys(keystore, now=NOW + DAY))
    assert bundle.tls_pins == (pin(b"certificate"),)
    assert bundle.log_key == keystore.log_public
    assert bundle.expires == max(secret.not_after for secret in keystore.sealing)
    for secret in (keystore.identity_seed, keystore.storage_key, *(secret.seed for secret in keystore.sealing)):
        assert secret not in signed


def test_bundles_form_a_chain():
    one, first = ks.sign_bundle(fresh(), packs=(), endpoint="a", now=NOW)
    two, second = ks.sign_bundle(one, packs=(), endpoint="a", now=NOW)
    bundle = open_bundle(second, member=member(two), network="net", now=NOW, newest=1)
    assert (bundle.serial, bundle.previous) == (2, cose.payload_hash(first))


def test_a_bundle_without_a_sealing_key_is_our_own_mistake():
    with pytest.raises(UsageError, match="rotate first"):
        ks.sign_bundle(fresh()._with(sealing=()), packs=(), endpoint="a", now=NOW)


def test_a_keystore_at_rest_shows_nothing_and_comes_back():
    keystore = fresh()
    stored = ks.lock_keystore(keystore, lock=lock(), coins=visible_coins("nonce"))
    for canary in (b"alice", keystore.identity_seed, keystore.tls_key, keystore.sealing[0].seed):
        assert canary not in stored
    taken, again = ks.unlock_keystore(stored, passphrase=PHRASE)
    assert taken == keystore
    assert ks.unlock_keystore(ks.lock_keystore(taken, lock=again, coins=visible_coins("n")), passphrase=PHRASE)


def test_a_wrong_passphrase_or_another_file_is_refused():
    stored = ks.lock_keystore(fresh(), lock=lock(), coins=visible_coins("nonce"))
    with pytest.raises(VerifyError, match=r"^box\.open"):
        ks.unlock_keystore(stored, passphrase=Secret(b"another"))
    with pytest.raises(DecodeError, match=r"^keyfile\.purpose"):
        ks.unlock_keystore(lock().close(b"", purpose=b"another", coins=visible_coins("n")), passphrase=PHRASE)
    with pytest.raises(DecodeError, match=r"^keyfile\.content"):
        ks.unlock_keystore(lock().close(b"\xa0", purpose=ks.PURPOSE, coins=visible_coins("n")), passphrase=PHRASE)
