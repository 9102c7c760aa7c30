"""S9: the published RFC 6962 proofs, good and bad."""

import hashlib
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


def root(text):
    """Return a root; "don't care" ones, too short to be hashes, are hashed so that equal ones stay equal."""
    data = b64decode(text or "")
    return hashlib.sha256(data).digest() if data.startswith(b"don't care") else data


@pytest.mark.parametrize("case", read("inclusion.json"), ids=lambda case: case["name"])
def test_s9_published_inclusion_proof(case):
    accepted = accepts(
        verify_inclusion,
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf=b64decode(case["leafHash"] or ""),
        path=[b64decode(each) for each in case["proof"] or []],
        root=root(case["root"]),
    )
    assert accepted != case["wantErr"], case["desc"]


@pytest.mark.parametrize("case", read("consistency.json"), ids=lambda case: case["name"])
def test_s9_published_consistency_proof(case):
    accepted = accepts(
        verify_consistency,
        old_size=case["size1"],
        new_size=case["size2"],
        old_root=root(case["root1"]),
        new_root=root(case["root2"]),
        path=[b64decode(each) for each in case["proof"] or []],
    )
    assert accepted != case["wantErr"], case["desc"]


def test_s9_of_nothing_nothing_is_proven():
    empty = [case for case in read("inclusion.json") if case["treeSize"] == 0]
    from_nothing = [case for case in read("consistency.json") if 0 in {case["size1"], case["size2"]}]
    assert (len(empty), len(from_nothing)) == (7, 10)
    assert all(case["wantErr"] for case in empty + from_nothing), "each of them is refused above"
    leaf, nothing = hashlib.sha256(b"\0").digest(), hashlib.sha256(b"").digest()
    assert not accepts(verify_inclusion, index=0, size=0, leaf=leaf, path=[], root=nothing)
    assert not accepts(verify_consistency, old_size=0, new_size=0, old_root=nothing, new_root=nothing, path=[])
    assert not accepts(verify_consistency, old_size=0, new_size=1, old_root=nothing, new_root=leaf, path=[])
