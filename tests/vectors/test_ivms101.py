"""Runner of spec/vectors/ivms101.json: read, examine, write, and read again."""

import vector_files
from carnet.ivms101 import IdentityPayload, examine, read, to_json


@vector_files.each("ivms101")
def test_reading(case):
    found = examine(case["data_json"])
    assert vector_files.outcome(lambda: read(case["data_json"])) == case["expect"], case["why"]
    assert [f"{problem.rule} {problem.path}" for problem in found.problems] == case["problems_text"]
    assert found.dialect == case["dialect_text"]
    if case["expect"] == "ok":
        identity = IdentityPayload.decode(case["identity"])
        assert found.identity == identity
        assert read(to_json(identity)).identity == identity
