"""Runners of spec/vectors/{tier,range}.json: verify, verify among others, and prove again with the same coins."""

import vector_files
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.transcript import Transcript
from carnet.zk.bulletproof import verify_range
from carnet.zk.statement import Item, find_bad, verify, verify_all
from carnet.zk.tier import TierClaim, TierWitness, prove_tier


def context(case):
    on = Transcript(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    return on


def claim(case):
    return TierClaim(limit=case["limit"], value=case["value"], window=case["window"], flag=case["flag"])


def item(case):
    return Item(claim=claim(case), proof=case["proof"], on=context(case))


@vector_files.each("tier")
def test_tier(case):
    alone = vector_files.outcome(lambda: verify(claim(case), case["proof"], on=context(case)))
    assert alone == case["expect"], case["why"]
    batched = vector_files.outcome(lambda: verify_all([item(case)], coins=system_coins))
    assert batched == case["expect"], case["why"]
    if "witness" in case:
        secret = {k: int.from_bytes(v, "big") if isinstance(v, bytes) else v for k, v in case["witness"].items()}
        coins = visible_coins(case["coins_text"])
        assert prove_tier(claim(case), TierWitness(**secret), on=context(case), coins=coins) == case["proof"]


def test_all_tier_vectors_in_one_batch():
    cases = vector_files.load("tier")
    bad = [at for at, case in enumerate(cases) if case["expect"] != "ok"]
    assert find_bad([item(case) for case in cases], coins=system_coins) == bad


@vector_files.each("range")
def test_range(case):
    def verify_alone():
        verify_range(case["commitments"], case["proof"], bits=case["bits"], on=context(case))

    assert vector_files.outcome(verify_alone) == case["expect"], case["why"]
