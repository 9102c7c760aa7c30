"""Runner of spec/vectors/zero.json: verify, verify in a batch, and prove again with the same coins."""

import vector_files
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.transcript import Transcript
from carnet.zk.tier import verify_tiers
from carnet.zk.zero import ZeroItem, prove_zero, verify_zero


def context(case):
    on = Transcript(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    return on


@vector_files.each("zero")
def test_zero(case):
    alone = vector_files.outcome(lambda: verify_zero(case["points"], case["proof"], on=context(case)))
    assert alone == case["expect"], case["why"]
    item = ZeroItem(points=tuple(case["points"]), proof=case["proof"], on=context(case))
    assert vector_files.outcome(lambda: verify_tiers([item], coins=system_coins)) == case["expect"]
    if "blindings" in case:
        blindings = [int.from_bytes(blinding, "big") for blinding in case["blindings"]]
        coins = visible_coins(case["coins_text"])
        assert prove_zero(case["points"], blindings, on=context(case), coins=coins) == case["proof"]
