"""Runners of spec/vectors/{commitments,generators,transcript}.json."""

import vector_files
from carnet.crypto.group.generators import value_generator, vector_generator
from carnet.crypto.transcript import Transcript
from carnet.zk.pedersen import commit, scalar, shift, verify_opening


@vector_files.each("commitments")
def test_commitments(case):
    value, blinding = case["value"], int.from_bytes(case["blinding"], "big")

    def verify():
        verify_opening(case["commitment"], value=value, blinding=blinding)

    assert vector_files.outcome(verify) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert commit(value=value, blinding=blinding) == case["commitment"]
    if "wide" in case:
        assert scalar(case["wide"]) == blinding
    if "by" in case:
        by = int.from_bytes(case["by"], "big")
        assert shift(case["shifted_from"], by=by) == case["commitment"]


@vector_files.each("generators")
def test_generators(case):
    family = case["family_text"]
    point = value_generator() if family == "value" else vector_generator(family.encode(), case["index"])
    assert point == case["point"]


@vector_files.each("transcript")
def test_transcript(case):
    on = Transcript(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    assert on.ask(case["ask"], case["length"]) == case["answer"]
    assert on.challenge(case["challenge_label"]).to_bytes(32, "big") == case["challenge"]
