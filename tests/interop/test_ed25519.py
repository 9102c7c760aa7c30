"""S9: one strict rule for signatures, held against the published edge cases and an independent implementation."""

import json
from pathlib import Path

import pytest

from carnet.crypto.sign import verify
from carnet.errors import VerifyError
from oracle import ed25519

DATA = Path(__file__).parents[1] / "data" / "ed25519"


def read(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def accepts(public, message, signature):
    try:
        verify(public, message=message, signature=signature)
    except VerifyError:
        return False
    return True


CCTV = [(bytes.fromhex(c["key"]), c["msg"].encode(), bytes.fromhex(c["sig"])) for c in read("cctv.json")]
SPECCHECK = [
    (bytes.fromhex(c["pub_key"]), bytes.fromhex(c["message"]), bytes.fromhex(c["signature"]))
    for c in read("speccheck.json")
]


def test_s9_of_914_edge_cases_exactly_the_43_of_libsodium_are_accepted():
    assert len(CCTV) == 914
    assert sum(accepts(*case) for case in CCTV) == 43


def test_s9_the_rule_written_out_agrees_on_every_edge_case():
    assert [accepts(*case) for case in CCTV] == [ed25519.accepts(*case) for case in CCTV]


def test_s9_no_accepted_edge_case_is_of_small_order_or_leaves_a_residue():
    forbidden = {"low_order_A", "low_order_R", "low_order_residue", "non_canonical_A", "non_canonical_R", "reencoded_k"}
    for case, told in zip(CCTV, read("cctv.json"), strict=True):
        if accepts(*case):
            assert not forbidden & set(told["flags"] or ())


def test_s9_of_the_speccheck_cases_only_the_one_that_both_equations_accept_is_accepted():
    verdicts = [accepts(*case) for case in SPECCHECK]
    assert verdicts == [number == 3 for number in range(12)]
    assert verdicts == [ed25519.accepts(*case) for case in SPECCHECK]


@pytest.mark.parametrize("group", read("wycheproof.json")["testGroups"], ids=lambda g: g["publicKey"]["pk"][:8])
def test_s9_wycheproof_signatures(group):
    public = bytes.fromhex(group["publicKey"]["pk"])
    for case in group["tests"]:
        given = public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        assert accepts(*given) == (case["result"] == "valid"), case["comment"]
        assert ed25519.accepts(*given) == (case["result"] == "valid"), case["comment"]
