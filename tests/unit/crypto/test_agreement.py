"""Two members share a secret without a word, and no key makes it one that others know."""

import pytest

from carnet.crypto.agreement import agree
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.errors import VerifyError
from oracle import agreement

ALICE, BOB, EVE = (generate_seed(visible_coins(f"the identity of {name}")) for name in ("alice", "bob", "eve"))


def test_two_share_what_a_third_does_not():
    shared = agree(ALICE, public=public_key(BOB)).reveal()
    assert shared == agree(BOB, public=public_key(ALICE)).reveal()
    assert shared == agreement.agree(ALICE.reveal(), public_key(BOB))
    assert len({shared, *(agree(EVE, public=public_key(each)).reveal() for each in (ALICE, BOB))}) == 3


@pytest.mark.parametrize(
    "key",
    [bytes(32), (1).to_bytes(32, "little"), b"\xff" * 32, (2).to_bytes(32, "little"), b"short"],
    ids=["order 4", "identity", "not canonical", "off the curve", "short"],
)
def test_a_key_that_would_agree_with_everybody_is_refused(key):
    with pytest.raises(VerifyError) as refused:
        agree(ALICE, public=key)
    assert refused.value.check == "agreement.key"
