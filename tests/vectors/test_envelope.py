"""Suites payload, blindings and header, and the frozen offers."""

import hashlib
import json

import pytest

from carnet.crypto import cose, hpke
from carnet.crypto.sign import public_key
from carnet.envelope import tree
from carnet.envelope.offer import check_parties, check_validity, open_header, open_payload
from carnet.envelope.payload import Payload
from carnet.envelope.values import blinding
from carnet.errors import PeerError
from carnet.exchange.examination import Terms, examine
from carnet.identity.directory import Trust
from carnet.messages import Directory, Member, Offer, OfferHeader, Unit, carry
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.secret import Secret
from vector_files import VECTORS, each, outcome, unhex

FROZEN = (VECTORS / "frozen" / "offer.json").read_bytes()


def shown(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else value


@each("payload")
def test_payload(case):
    payload = Payload.decode(case["payload"])
    assert payload.encode() == case["payload"]
    seed = Secret(case["seed"])
    assert outcome(lambda: tree.root(payload, seed=seed)) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert tree.root(payload, seed=seed) == case["root"]
        found = [(leaf.path, shown(leaf.value), leaf.salt, leaf.hash()) for leaf in tree.leaves(payload, seed=seed)]
        given = [(one["path_text"], one["value_json"], one["salt"], one["hash"]) for one in case["leaves"]]
        assert found == given


@each("blindings")
def test_blindings(case):
    drawn = [blinding(Secret(case["seed"]), *names).to_bytes(32, "big") for names in case["names_json"]]
    assert drawn == case["blindings"]


def trust(case):
    """Return a directory in which the originator alone is a member."""
    alice = Member(
        vasp="alice",
        name="alice",
        jurisdiction="FATF",
        identity_key=case["identity_public"],
        log_origin="log.example",
        endpoint="127.0.0.1:0",
        tls_certificates=(b"",),
    )
    directory = Directory(
        network=case["network_text"],
        version=1,
        unit=Unit(currency="EUR", exponent=2),
        members=(alice,),
        quote_issuers=(),
        pack_issuers=(),
        witnesses=(),
        quorum=0,
        issued=0,
        expires=2**40,
    )
    return Trust(directory=directory)


def carried(case):
    return carry(Offer(header=case["signed_header"], enc=case["enc"], ciphertext=case["ciphertext"]))


@each("header")
def test_header(case):
    def act():
        header = open_header(carried(case), trust=trust(case)).header
        check_parties(header, peer=case["peer_text"], own=case["own_text"])
        check_validity(header, now=case["now"])

    assert outcome(act) == case["expect"], case["why"]
    if case["expect"] == "ok":
        header = OfferHeader.decode(case["header"])
        seed = Secret(case["identity_seed"])
        assert cose.sign(header, seed=seed) == case["signed_header"]
        assert public_key(seed) == case["identity_public"]
        assert open_header(carried(case), trust=trust(case)).header_hash == case["header_hash"]
        assert hashlib.sha256(b"carnet/offer/v1" + header.encode_without("ct_hash")).digest() == case["info"]


@pytest.mark.parametrize("case", [unhex(one) for one in json.loads(FROZEN)["vectors"]], ids=lambda case: case["name"])
def test_an_offer_that_was_sealed_once(case):
    known = Trust(directory=Directory.decode(case["directory"]))
    key = hpke.PrivateKey(Secret(case["sealing_seed"]))
    packs = {pack_hash(one): one for one in map(PolicyPack.decode, case["packs"])}
    terms = Terms(keys={cose.kid(key.public): key}, own_pack=case["own_pack"], packs=packs)
    try:
        opened = open_header(carried(case), trust=known)
        found = examine(opened, trust=known, terms=terms, now=case["now"])
        check = found.refusal.cause if found.refusal else "ok"
    except PeerError as error:
        found, check = None, error.check
    assert check == case["expect"], case["why"]
    if check == "ok":
        assert found.payload.encode() == case["payload"]
        assert open_payload(opened, keys=terms.keys) == found.payload


def test_the_frozen_offers_are_those_that_were_frozen():
    assert hashlib.sha256(FROZEN).hexdigest() == "467022f36f1593056853de6c7c116cdc4e16d68c93b65b33f7b19f8f54bf741f"
