"""S6 and C6: settlements carry the transaction that their statement names, and all closings look alike."""

from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.errors import PeerError
from carnet.exchange.closing import (
    MAX_TXID,
    open_closing,
    open_statement,
    open_txid,
    salted_txid,
    seal_closing,
)
from carnet.messages import Closing, Phase, carry, uncarry
from carnet.params import CLOSING_SIZE
from carnet.secret import Secret
from carnet.testing.world import make_world
from exchange_samples import words

SEED = Secret(visible_coins("a transfer's seed")(32))
OTHER = Secret(visible_coins("another transfer's seed")(32))
TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
STATEMENT = words(Phase.SETTLED, txid=salted_txid(SEED, TXID))


@pytest.fixture(scope="module")
def world():
    return make_world()


def refusal(act, *given, **named):
    with pytest.raises(PeerError) as caught:
        act(*given, **named)
    return caught.value.check


def signed(world, statement=STATEMENT, by="alice"):
    return cose.sign(statement, seed=world.vasps[by].keystore.identity)


def opened(world, data, *, by="alice", network="net"):
    return open_closing(data, resolve=lambda _claim, kid: world.trust.identity_of(by, kid), network=network)


def test_a_settlement_opens_to_its_transaction(world):
    data = seal_closing(signed(world), seed=SEED, txid=TXID)
    statement, closing = opened(world, data)
    assert statement == STATEMENT
    assert open_txid(closing, statement, seed=SEED) == TXID


def test_a_settlement_sealed_twice_has_the_same_bytes(world):
    assert seal_closing(signed(world), seed=SEED, txid=TXID) == seal_closing(signed(world), seed=SEED, txid=TXID)


def test_c6_all_closings_have_one_size(world):
    cancelled = signed(world, words(Phase.CANCELLED))
    for data in (
        seal_closing(signed(world), seed=SEED, txid=TXID),
        seal_closing(signed(world), seed=SEED, txid="x" * MAX_TXID),
        seal_closing(signed(world), seed=SEED, txid=""),
        seal_closing(signed(world)),
        seal_closing(cancelled),
    ):
        assert len(data) == CLOSING_SIZE


def test_c1_neither_the_transaction_nor_its_plain_hash_is_on_the_wire(world):
    data = seal_closing(signed(world), seed=SEED, txid=TXID)
    assert TXID.encode() not in data
    assert bytes.fromhex(TXID) not in data
    assert salted_txid(SEED, TXID) in data
    assert salted_txid(SEED, TXID) != salted_txid(OTHER, TXID)


def test_a_closing_is_signed_by_whom_it_must_be(world):
    data = seal_closing(signed(world, by="charlie"), seed=SEED, txid=TXID)
    assert refusal(opened, world, data) == "signature.kid"
    assert refusal(opened, world, data, by="nobody") == "member.unknown"


@pytest.mark.parametrize(
    ("changes", "check"), [({"suite": 9}, "terminal.suite"), ({"network": "x"}, "terminal.network")]
)
def test_a_statement_of_another_suite_or_network_is_refused(world, changes, check):
    data = signed(world, replace(STATEMENT, **changes))
    resolve = cose.only(world.vasps["alice"].keystore.identity_public)
    assert refusal(open_statement, data, resolve=resolve, network="net") == check


def test_s6_a_settlement_without_its_transaction_is_refused(world):
    statement, closing = opened(world, seal_closing(signed(world)))
    assert refusal(open_txid, closing, statement, seed=SEED) == "settle.form"
    full = uncarry(Closing, seal_closing(signed(world), seed=SEED, txid=TXID))
    assert refusal(open_txid, full, replace(STATEMENT, salted_txid=None), seed=SEED) == "settle.form"
    assert refusal(open_txid, full, replace(STATEMENT, state=Phase.CANCELLED), seed=SEED) == "settle.form"


def test_s6_a_transaction_sealed_under_another_seed_or_for_another_statement_is_refused(world):
    closing = uncarry(Closing, seal_closing(signed(world), seed=SEED, txid=TXID))
    assert refusal(open_txid, closing, STATEMENT, seed=OTHER) == "box.open"
    other = replace(STATEMENT, salted_txid=salted_txid(SEED, "another"))
    assert refusal(open_txid, closing, other, seed=SEED) == "box.open"
    moved = uncarry(Closing, seal_closing(signed(world), seed=SEED, txid="another"))
    assert refusal(open_txid, moved, STATEMENT, seed=SEED) == "box.open"


def test_s6_every_changed_byte_of_the_sealed_transaction_is_refused(world):
    closing = uncarry(Closing, seal_closing(signed(world), seed=SEED, txid=TXID))
    for at in range(len(closing.sealed_txid)):
        spoilt = bytearray(closing.sealed_txid)
        spoilt[at] ^= 1
        changed = replace(closing, sealed_txid=bytes(spoilt))
        assert refusal(open_txid, changed, STATEMENT, seed=SEED) == "box.open"


def boxed(content, statement):
    """A sealed transaction id that is anything, under the right key."""
    from carnet.crypto.lockbox import seal_box
    from carnet.exchange.closing import _txid_key

    key = _txid_key(SEED, statement.salted_txid)
    return seal_box(key, content, context=b"carnet/txid/v1", coins=bytes)


def test_s6_the_sealed_transaction_is_the_one_that_the_statement_names(world):
    for content, check in ((b"another", "settle.txid"), (b"\xff", "settle.form")):
        closing = Closing(statement=signed(world), sealed_txid=boxed(content, STATEMENT))
        assert refusal(open_txid, closing, STATEMENT, seed=SEED) == check


def test_s6_a_transaction_id_has_a_bounded_length(world):
    txid = "x" * (MAX_TXID + 1)
    statement = replace(STATEMENT, salted_txid=salted_txid(SEED, txid))
    closing = Closing(statement=b"", sealed_txid=boxed(txid.encode(), statement))
    assert refusal(open_txid, closing, statement, seed=SEED) == "settle.txid"


def test_a_second_statement_does_not_parse(world):
    data = carry(Closing(statement=signed(world) * 2, sealed_txid=None))
    assert refusal(opened, world, data) == "wire.trailing"
