"""Runner of spec/vectors/ivms101_verdict.json and ivms101_conversion.json."""

import vector_files
from carnet.ivms101 import Dialect, Issue, Profile, convert, validate


def told(problems):
    return [f"{each.rule} {each.path}" for each in problems]


@vector_files.each("ivms101_verdict")
def test_verdict(case):
    asked = None if case["asked_text"] == "auto" else Issue(case["asked_text"])
    found = validate(case["data_json"], now=case["now"], issue=asked, profile=Profile(case["profile_text"]))
    assert told(found.problems) == case["problems_text"], case["why"]
    assert told(found.warnings) == case["warnings_text"]
    assert (found.issue, found.dialect) == (case["issue_text"], case["dialect_text"])


@vector_files.each("ivms101_conversion")
def test_conversion(case):
    found = convert(case["data_json"], Dialect(case["to_text"]))
    assert found.data == case["written_json"], case["why"]
    assert (told(found.lost), told(found.problems)) == (case["lost_text"], case["problems_text"])
    assert found.dialect == case["dialect_text"]
    if found.data is not None and not found.lost:
        assert convert(found.data, found.dialect).data == case["data_json"]
