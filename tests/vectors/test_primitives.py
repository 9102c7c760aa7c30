"""Suites coins, derive, padding, carriers, box, locked_file, hpke and certificate, and the frozen sealed vectors."""

import hashlib
import hmac
import json

import pytest

from carnet import messages, wire
from carnet.crypto import hpke, kdf, lockbox, padding, tls
from carnet.crypto.coins import hedged, visible_coins
from carnet.errors import DecodeError
from carnet.identity.keystore import unlock_keystore
from carnet.params import CLOSING_SIZE
from carnet.secret import Secret
from oracle import cbor
from vector_files import VECTORS, each, outcome, unhex


@each("coins")
def test_coins(case):
    coins = visible_coins(case["sentence_text"])
    if "witness" in case:
        coins = hedged(coins, witness=Secret(case["witness"]), context=case["context"])
    assert [coins(len(draw)) for draw in case["draws"]] == case["draws"]


@each("derive")
def test_derive(case):
    deriver = kdf.Deriver(Secret(case["secret"]))
    context = wire.decode(case["context"])
    assert deriver.derive(case["label_text"], *context, length=case["length"]) == case["derived"]


@each("derive")
def test_derive_written_out(case):
    """RFC 5869 and the info of spec/crypto.md, without the library."""
    key = hmac.digest(bytes(32), case["secret"], "sha256")
    info = cbor.write(["carnet/v1/" + case["label_text"], *cbor.read(case["context"])])
    blocks = [b""]
    for index in (1, 2):
        blocks.append(hmac.digest(key, blocks[-1] + info + bytes([index]), "sha256"))
    assert b"".join(blocks)[: case["length"]] == case["derived"]


@each("padding")
def test_padding(case):
    assert outcome(lambda: padding.unpad(case["padded"], floor=case["floor"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert padding.unpad(case["padded"], floor=case["floor"]) == case["data"]
        assert padding.pad(case["data"], floor=case["floor"]) == case["padded"]


@each("carriers")
def test_carriers(case):
    assert outcome(lambda: messages.uncarry(messages.Closing, case["carrier"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert messages.uncarry(messages.Closing, case["carrier"]).encode() == case["data"]
        assert len(case["carrier"]) == CLOSING_SIZE


@each("box")
def test_box(case):
    def act():
        return lockbox.open_box(Secret(case["key"]), case["box"], context=case["context"])

    assert outcome(act) == case["expect"], case["why"]
    assert case["expect"] != "ok" or act() == case["content"]


@each("locked_file")
def test_locked_file(case):
    def act():
        passphrase = Secret(case["passphrase"])
        if case.get("message_text") == "keystore":
            return unlock_keystore(case["file"], passphrase=passphrase)
        return lockbox.unlock(case["file"], passphrase=passphrase, purpose=case["purpose"])

    assert outcome(act) == case["expect"], case["why"]
    assert case["expect"] != "ok" or act()[0].reveal() == case["content"]


def opens(case):
    key = hpke.PrivateKey(Secret(case["seed"]))
    return key.open(enc=case["enc"], ciphertext=case["ciphertext"], info=case["info"])


@each("hpke")
def test_hpke(case):
    if case["expect"] == "ok":
        assert hpke.PrivateKey(Secret(case["seed"])).public == case["public"]
        return
    if "enc" in case:
        assert outcome(lambda: opens(case)) == case["expect"], case["why"]
    else:
        seal = outcome(lambda: hpke.seal(public=case["public"], plaintext=b"", info=b""))
        assert seal == case["expect"], case["why"]


FROZEN = json.loads((VECTORS / "frozen" / "sealed.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [unhex(case) for case in FROZEN["vectors"]], ids=lambda case: case["name"])
def test_what_was_sealed_once_still_opens(case):
    assert outcome(lambda: opens(case)) == case["expect"], case["why"]
    assert case["expect"] != "ok" or opens(case) == case["plaintext"]


def test_the_frozen_vectors_are_those_that_were_frozen():
    """Nobody can make them again: a changed file is a mistake, and a new version is a new file."""
    text = (VECTORS / "frozen" / "sealed.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "841d7464aecd782b966b890b7320410ba854b4055f564bf29ca2f5a8f9cbae8b"


@each("certificate")
def test_certificate(case):
    assert outcome(lambda: tls.to_pem(case["certificate"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert tls.to_der(tls.to_pem(case["certificate"])) == case["certificate"]
    else:
        with pytest.raises(DecodeError):
            tls.to_der(b"-----BEGIN CERTIFICATE-----\n")
