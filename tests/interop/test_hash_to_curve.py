"""RFC 9380's own vectors for hashing to secp256k1."""

import json
from pathlib import Path

import pytest

from carnet.crypto.group.hash_to_curve import expand_message_xmd, hash_to_curve, hash_to_field, map_to_curve

DATA = Path(__file__).parents[1] / "data" / "hash-to-curve"
SUITE = json.loads((DATA / "secp256k1_XMD_SHA-256_SSWU_RO_.json").read_text(encoding="utf-8"))
EXPAND = json.loads((DATA / "expand_message_xmd_SHA256_38.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", SUITE["vectors"], ids=lambda vector: f"{len(vector['msg'])} bytes")
def test_hash_to_curve(vector):
    dst, message = SUITE["dst"].encode(), vector["msg"].encode()
    field = hash_to_field(message, dst=dst, count=2)
    assert field == [int(u, 16) for u in vector["u"]]
    for name, u in zip(("Q0", "Q1"), field, strict=True):
        assert map_to_curve(u) == (int(vector[name]["x"], 16), int(vector[name]["y"], 16))
    x, y = int(vector["P"]["x"], 16), int(vector["P"]["y"], 16)
    assert hash_to_curve(message, dst=dst) == bytes([2 + y % 2]) + x.to_bytes(32, "big")


@pytest.mark.parametrize("vector", EXPAND["tests"], ids=lambda vector: f"{vector['msg'][:8]}-{vector['len_in_bytes']}")
def test_expand_message(vector):
    length = int(vector["len_in_bytes"], 16)
    expanded = expand_message_xmd(vector["msg"].encode(), dst=EXPAND["DST"].encode(), length=length)
    assert expanded.hex() == vector["uniform_bytes"]
