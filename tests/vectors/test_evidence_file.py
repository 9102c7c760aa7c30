"""Runner of spec/vectors/evidence_file.json."""

import vector_files
from evidence_files import folder_of, opened, packed


@vector_files.each("evidence_file")
def test_evidence_file(case):
    assert vector_files.outcome(lambda: opened(case["data"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert opened(case["data"]).header.scope.name == case["scope_text"]
        assert folder_of(case["data"]) == {each["path_text"]: each["data"] for each in case["files"]}


def test_the_whole_log_is_the_folder_of_the_audits_vector():
    (whole,) = [each for each in vector_files.load("evidence_file") if each["name"] == "whole_log"]
    (sound,) = [each for each in vector_files.load("audit") if each["name"] == "sound"]
    assert packed({each["path_text"]: each["data"] for each in sound["changed"]}) == whole["data"]
