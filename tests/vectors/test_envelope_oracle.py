"""The vectors of the envelope, judged by a second implementation that knows the pages alone."""

from hashlib import sha256

import pytest

from oracle import envelope as oracle
from vector_files import each, load


@each("payload")
def test_payload_roots(case):
    assert oracle.payload_root(case["payload"]) == case.get("root")


@pytest.mark.parametrize(
    "case", [one for one in load("header") if one["expect"] == "ok"], ids=lambda case: case["name"]
)
def test_headers(case):
    fields, header_hash = oracle.open_header(case["signed_header"], case["identity_public"])
    assert header_hash == case["header_hash"]
    assert oracle.info(fields) == case["info"]
    assert fields[18] == sha256(case["enc"] + case["ciphertext"]).digest()


@each("worked_exchange")
def test_one_whole_exchange(case):
    payload, statement = oracle.read(case["payload"]), oracle.read(case["statement"])
    fields = oracle.read(case["header"])
    assert oracle.payload_root(case["payload"]) == fields[17]
    assert oracle.salted_txid(payload[6], case["txid_text"]) == statement[10]
    assert oracle.read(case["receipt"])[7] == statement[7] == sha256(case["header"]).digest()
