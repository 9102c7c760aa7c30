"""Runner of spec/vectors/normalisation.json."""

import vector_files
from carnet.ivms101.normalisation import normalise, tokens
from carnet.ivms101.transliteration import method_of


@vector_files.each("normalisation")
def test_name(case):
    assert normalise(case["name_text"]) == case["normalised_text"], case["why"]
    assert list(tokens(case["name_text"])) == case["tokens_json"]
    method = method_of(case["name_text"])
    assert ("" if method is None else method.name.lower()) == case["method_text"]
