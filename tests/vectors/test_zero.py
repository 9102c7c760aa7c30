"""Runner of spec/vectors/zero.json: verify, verify in a batch, and prove again with the same coins."""

import vector_files
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.transcript import Transcript
from carnet.zk.statement import Item, verify, verify_all
from carnet.zk.zero import ZeroClaim, prove_zero


def context(case):
    on = Transcript(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    return on


@vector_files.each("zero")
def test_zero(case):
    claim = ZeroClaim(points=tuple(case["points"]))
    alone = vector_files.outcome(lambda: verify(claim, case["proof"], on=context(case)))
    assert alone == case["expect"], case["why"]
    item = Item(claim=claim, proof=case["proof"], on=context(case))
    assert vector_files.outcome(lambda: verify_all([item], coins=system_coins)) == case["expect"]
    if "blindings" in case:
        blindings = [int.from_bytes(blinding, "big") for blinding in case["blindings"]]
        coins = visible_coins(case["coins_text"])
        assert prove_zero(claim, blindings, on=context(case), coins=coins) == case["proof"]
