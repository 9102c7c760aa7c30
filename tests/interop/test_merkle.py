"""S9: the published RFC 6962 proofs, good and bad."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from carnet.errors import PeerError
from carnet.log.merkle import verify_consistency, verify_inclusion

DATA = Path(__file__).parents[1] / "data" / "merkle"


def read(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))["vectors"]


def accepts(verify, **given):
    try:
        verify(**given)
    except PeerError:
        return False
    return True


@pytest.mark.parametrize("case", read("inclusion.json"), ids=lambda case: case["name"])
def test_s9_published_inclusion_proof(case):
    accepted = accepts(
        verify_inclusion,
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf=b64decode(case["leafHash"] or ""),
        path=[b64decode(each) for each in case["proof"] or []],
        root=b64decode(case["root"] or ""),
    )
    assert accepted != case["wantErr"], case["desc"]


@pytest.mark.parametrize("case", read("consistency.json"), ids=lambda case: case["name"])
def test_s9_published_consistency_proof(case):
    accepted = accepts(
        verify_consistency,
        old_size=case["size1"],
        new_size=case["size2"],
        old_root=b64decode(case["root1"] or ""),
        new_root=b64decode(case["root2"] or ""),
        path=[b64decode(each) for each in case["proof"] or []],
    )
    assert accepted != case["wantErr"], case["desc"]
