"""spec/audit.md is held to the code and to the vectors."""

import json
import re

import pytest

from carnet.audit import CHECKS
from carnet.audit.rules import Verdict
from spec_pages import SPEC, marked

PAGE = (SPEC / "audit.md").read_text(encoding="utf-8")
WORDS = {Verdict.UNSOUND: "unsound", Verdict.UNKNOWN: "could not tell"}


def test_the_table_of_checks_is_the_codes():
    (table,) = marked("audit")
    rows = [(f"`{rule.check}`", str(rule.step), WORDS[rule.shows], rule.says) for rule in CHECKS.values()]
    assert table.rows == rows


@pytest.mark.parametrize("rule", CHECKS.values(), ids=CHECKS)
def test_a_check_is_named_by_the_step_that_makes_it(rule):
    if rule.step:
        (step,) = re.findall(rf"^### Step {rule.step}$(.*?)^##", PAGE, re.DOTALL | re.MULTILINE)
        assert f"`{rule.check}`" in step
        assert rule.spec == f"spec/audit.md#step-{rule.step}"


def test_the_page_lists_the_files_of_the_vector():
    vectors = json.loads((SPEC / "vectors/audit.json").read_text(encoding="utf-8"))["vectors"]
    (sound,) = [each for each in vectors if each["name"] == "sound"]
    for each in sound["changed"]:
        path = each["path_text"]
        assert (path if not path.startswith("packs/") else path[: len("packs/2a90")] + "…") in PAGE


def test_the_record_that_the_log_page_shows_is_that_of_a_vector():
    page = (SPEC / "log.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"a map of twelve\n(.*?) …", page, re.DOTALL)
    shown = "ac" + "".join(re.findall(r"^ {4}((?:[0-9a-f]+ {1,2})*[0-9a-f]+)(?=  |$)", block, re.MULTILINE))
    vectors = json.loads((SPEC / "vectors/record.json").read_text(encoding="utf-8"))["vectors"]
    (vector,) = [each for each in vectors if each["name"] == "settled_by_the_originator"]
    assert vector["record"].startswith(re.sub(r"\s", "", shown))
    assert len(shown) > 150
