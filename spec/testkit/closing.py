"""Suites `closing` and `reply`: endings and receipts as they travel."""

from dataclasses import replace

from kit import vector
from transfer import CANCELLED, CHAIN_ID, HEADER, NOW, OTHER, SETTLED, receipt, words

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import seal_box
from carnet.crypto.sign import public_key
from carnet.exchange.closing import _txid_key, salted_txid, seal_closing
from carnet.exchange.reply import seal_reply
from carnet.messages import Closing, Decision, Phase, carry, uncarry
from carnet.secret import Secret
from carnet.testing.placeholders import HASH

COINS = visible_coins("closings and replies")
ALICE, BOB, STRANGER = Secret(COINS(32)), Secret(COINS(32)), Secret(COINS(32))
SEED = Secret(COINS(32))
PAID = replace(SETTLED, salted_txid=salted_txid(SEED, CHAIN_ID))


def ending(data, expect, **more):
    """Return a closing as it travels, and who reads it."""
    return {
        "closing": data,
        "signer_public": public_key(ALICE),
        "network_text": "vectors",
        "seed": SEED.reveal(),
        "expect": expect,
    } | more


def sealed(statement=PAID, *, by=ALICE, txid=CHAIN_ID):
    return seal_closing(cose.sign(statement, seed=by), seed=SEED, txid=txid)


@vector("closing")
def settlement():
    """A settlement, with the transaction that it names; a retry is the same to the byte."""
    more = {"signer_seed": ALICE.reveal(), "statement": PAID.encode(), "txid_text": CHAIN_ID}
    return ending(sealed(), "ok", **more)


@vector("closing")
def cancellation():
    """A cancellation has the same size and no transaction."""
    more = {"signer_seed": ALICE.reveal(), "statement": CANCELLED.encode(), "txid_text": None}
    return ending(seal_closing(cose.sign(CANCELLED, seed=ALICE)), "ok", **more)


@vector("closing")
def closing_of_another_signer():
    """Signed by a stranger."""
    return ending(sealed(by=STRANGER), "signature.kid")


@vector("closing")
def closing_of_another_suite():
    """There is one suite."""
    return ending(sealed(replace(PAID, suite=2)), "terminal.suite")


@vector("closing")
def closing_of_another_network():
    """A statement belongs to one network."""
    return ending(sealed(replace(PAID, network="elsewhere")), "terminal.network")


@vector("closing")
def settlement_without_transaction():
    """A settlement carries the transaction's id."""
    return ending(seal_closing(cose.sign(PAID, seed=ALICE)), "settle.form")


@vector("closing")
def settlement_of_another_transaction():
    """The id that was sealed is not the one that the statement names, though sealed under its key."""
    key = _txid_key(SEED, PAID.salted_txid)
    box = seal_box(key, b"another", context=b"carnet/txid/v1", coins=bytes)
    return ending(carry(Closing(statement=cose.sign(PAID, seed=ALICE), sealed_txid=box)), "settle.txid")


@vector("closing")
def settlement_with_a_changed_box():
    """A bit of the sealed id is another."""
    closing = uncarry(Closing, sealed())
    box = bytearray(closing.sealed_txid)
    box[-1] ^= 1
    return ending(carry(replace(closing, sealed_txid=bytes(box))), "box.open")


def replied(answer, expect, *, terminal=None, by=BOB):
    """Return a reply as it travels, and the offer that it must be about."""
    signed_terminal = None if terminal is None else cose.sign(terminal, seed=BOB)
    return {
        "reply": seal_reply(cose.sign(answer, seed=by), terminal=signed_terminal),
        "header": HEADER.encode(),
        "header_hash": HASH,
        "beneficiary_public": public_key(BOB),
        "expect": expect,
    } | ({"beneficiary_seed": BOB.reveal(), "receipt": answer.encode()} if expect == "ok" else {})


@vector("reply")
def acceptance():
    """A receipt that accepts."""
    return replied(receipt(Decision.ACCEPTED), "ok")


@vector("reply")
def rejection():
    """A receipt that rejects, with its statement: the same size."""
    return replied(receipt(Decision.REJECTED), "ok", terminal=words(Phase.REJECTED, time=NOW))


@vector("reply")
def reply_of_another_member():
    """Signed by a stranger."""
    return replied(receipt(Decision.ACCEPTED), "signature.kid", by=STRANGER)


@vector("reply")
def receipt_of_another_suite():
    """There is one suite."""
    return replied(receipt(Decision.ACCEPTED, suite=2), "receipt.suite")


@vector("reply")
def receipt_about_another_offer():
    """It is about one header."""
    return replied(receipt(Decision.ACCEPTED, header_hash=OTHER), "receipt.offer")


@vector("reply")
def receipt_from_before_its_offer():
    """More than 300 seconds before the offer was issued."""
    return replied(receipt(Decision.ACCEPTED, time=HEADER.issued - 301), "receipt.time")


@vector("reply")
def rejection_without_statement():
    """A rejection ends the transfer, and says so."""
    return replied(receipt(Decision.REJECTED), "receipt.form")
