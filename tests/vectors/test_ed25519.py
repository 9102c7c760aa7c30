"""S9: the vectors of the one rule for signatures, run by the library and by the independent implementation."""

from carnet.crypto.sign import public_key, sign, verify
from carnet.secret import Secret
from oracle import ed25519
from vector_files import each, outcome


@each("ed25519")
def test_s9_a_signature(case):
    given = {"message": case["message"], "signature": case["signature"]}
    assert outcome(lambda: verify(case["public"], **given)) == case["expect"], case["why"]
    assert ed25519.accepts(case["public"], **given) == (case["expect"] == "ok"), case["why"]
    if "seed" in case:
        assert public_key(Secret(case["seed"])) == case["public"]
        assert sign(Secret(case["seed"]), case["message"]) == case["signature"]
