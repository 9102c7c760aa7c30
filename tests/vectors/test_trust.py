"""Suites cose, directory, membership and key_bundle."""

import hashlib
import warnings

import cbor2
import pytest

from carnet.crypto import cose
from carnet.errors import PeerError
from carnet.identity.directory import Trust, open_bundle, open_directory, sealing_key
from carnet.messages import Directory, Member
from carnet.secret import Secret
from oracle import ed25519
from strategies import declare_all
from vector_files import each, load, outcome

KINDS = declare_all()

with warnings.catch_warnings():  # its dependencies are older than our interpreter
    warnings.simplefilter("ignore", DeprecationWarning)
    from pycose.keys import OKPKey
    from pycose.keys.curves import Ed25519
    from pycose.messages import Sign1Message


@each("cose")
def test_cose(case):
    kind, publics = KINDS[case["message_text"]], case["publics"]

    def by_resolver():
        return cose.open_signed(kind, case["signed"], resolve=cose.only(*publics))

    def by_key():
        return cose.open_signed_by(kind, case["signed"], public=publics[0])

    assert outcome(by_resolver) == outcome(by_key) == case["expect"], case["why"]
    if case["expect"] == "ok":
        message = by_resolver()
        assert message.encode() == cose.payload_of(case["signed"]) == case["payload"]
        assert cose.payload_hash(case["signed"]) == case["hash"] == hashlib.sha256(case["payload"]).digest()
        assert cose.sign(message, seed=Secret(case["seed"])) == case["signed"]


WELL_FORMED = [case for case in load("cose") if case["expect"] in {"ok", "signature"}]


@pytest.mark.parametrize("case", WELL_FORMED, ids=lambda case: case["name"])
def test_cose_by_other_libraries(case):
    """Where the form is right, an independent COSE library and the written-out rule give the same verdict."""
    data = cbor2.loads(case["signed"])
    signed = cbor2.dumps(["Signature1", data[0], b"", data[2]])
    (public,) = case["publics"]
    assert ed25519.accepts(public, signed, data[3]) == (case["expect"] == "ok")
    if case["name"] in {"signed", "payload_changed", "kid_borrowed"}:
        message = Sign1Message.from_cose_obj(data, True)
        message.key = OKPKey(crv=Ed25519, x=public)
        assert message.verify_signature() == (case["expect"] == "ok")


@each("directory")
def test_directory(case):
    def act():
        return open_directory(case["directory"], authority=case["authority"], now=case["now"], newest=case["newest"])

    assert outcome(act) == case["expect"], case["why"]
    assert case["expect"] != "ok" or act().encode() == cose.payload_of(case["directory"])


@each("membership")
def test_membership(case):
    trust = Trust(directory=Directory.decode(case["directory"]))

    def act():
        if "pin" in case:
            return trust.member_by_pin(case["pin"]).vasp
        if "quote_issuer_text" in case:
            return trust.quote_issuer(case["quote_issuer_text"])
        if "kid" in case:
            assert trust.identity_of(case["vasp_text"], case["kid"])
        return trust.member(case["vasp_text"]).vasp

    assert outcome(act) == case["expect"], case["why"]
    assert "found_text" not in case or act() == case["found_text"]


@each("key_bundle")
def test_key_bundle(case):
    """A bundle is opened, and then a key is chosen to seal to: either may refuse."""

    def act():
        member = Member.decode(case["member"])
        network, now, newest = case["network_text"], case["now"], case["newest"]
        bundle = open_bundle(case["bundle"], member=member, network=network, now=now, newest=newest)
        return sealing_key(bundle, now=now)

    assert outcome(act) == case["expect"], case["why"]
    assert case["expect"] != "ok" or act().not_before == case["sealing_since"]
    if case["expect"] != "ok":
        with pytest.raises(PeerError):
            act()
