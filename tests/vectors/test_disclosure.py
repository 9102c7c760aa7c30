"""Runners of the suites of disclosures: who may ask, what is answered, what the log tells, and the frozen response."""

import hashlib
import json

import pytest

import vector_files
from carnet import wire
from carnet.crypto import cose, hpke
from carnet.disclosure.notice import open_notice
from carnet.disclosure.request import check_recipient, check_selection, open_request
from carnet.disclosure.verify import open_sealed, verify_signed
from carnet.identity.directory import Trust, open_directory
from carnet.log.notice import Notice
from carnet.messages import Directory
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.secret import Secret

FROZEN = (vector_files.VECTORS / "frozen" / "disclosure.json").read_bytes()
FROZEN_HASH = "61e584ec90d84a9e9c15c8cd8e0e17aaa2f99cfe1be8bacffb9de4a8c3b11095"


def forever(case):
    """The directory of a case; whether it is in force is not what these suites are about."""
    claimed = Directory.decode(cose.payload_of(case["directory"]))
    return Trust(directory=open_directory(case["directory"], authority=case["authority"], now=claimed.issued))


def read_request(case):
    opened = open_request(case["request"], trust=forever(case))
    check_recipient(opened.request, vasp=case["vasp_text"], now=case["now"])
    if "eligible" in case:
        check_selection(opened.request, eligible=case["eligible"], page=case.get("page", b""))


@vector_files.each("disclosure_request")
def test_request(case):
    assert vector_files.outcome(lambda: read_request(case)) == case["expect"], case["why"]


def read_response(case):
    trust = forever(case)
    packs = {}
    for signed in case["packs"]:
        pack = cose.open_signed(
            PolicyPack, signed, resolve=cose.only(*(each.key for each in trust.directory.pack_issuers))
        )
        packs[pack_hash(pack)] = pack
    opened = open_request(case["request"], trust=trust)
    return verify_signed(case["response"], opened, trust=trust, packs=packs.__getitem__, now=case["now"])


@vector_files.each("disclosure")
def test_response(case):
    assert vector_files.outcome(lambda: read_response(case)) == case["expect"], case["why"]
    if "records" not in case:
        return
    found = read_response(case)
    assert found.notice.encode() == case["notice"]
    assert [(each.index, each.is_cover) for each in found.records] == [
        (each["index"], each["cover"]) for each in case["records"]
    ]
    for each, told in zip(found.records, case["records"], strict=True):
        shown = each.transfer
        leaves = {} if shown is None else {path: wire.write(value) for path, value in shown.leaves.items()}
        assert leaves == {one["path_text"]: one["value"] for one in told["leaves"]}
        assert ({} if shown is None else shown.values) == {one["name_text"]: one["value"] for one in told["opened"]}


@vector_files.each("disclosure_notice")
def test_notice(case):
    notice = Notice.decode(case["notice"])
    shown = {"network": case["network_text"], "vasp": case["vasp_text"], "now": case["now"]}
    assert vector_files.outcome(lambda: open_notice(case["opened"], notice, **shown)) == case["expect"], case["why"]


def frozen():
    return [vector_files.unhex(each) for each in json.loads(FROZEN)["vectors"]]


def test_the_frozen_response_is_the_one_that_was_frozen():
    assert hashlib.sha256(FROZEN).hexdigest() == FROZEN_HASH


@pytest.mark.parametrize("case", frozen(), ids=lambda case: case["name"])
def test_sealed(case):
    about = next(each for each in vector_files.load("disclosure_request") if each["name"] == "a_warrant")
    opened = open_request(case["request"], trust=forever(about))
    key = hpke.PrivateKey(Secret(case["seed"]))
    assert vector_files.outcome(lambda: open_sealed(case["sealed"], opened, key=key)) == case["expect"], case["why"]
