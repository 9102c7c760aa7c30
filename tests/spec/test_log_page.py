"""spec/log.md is held to the code and to the vectors."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from carnet.crypto import sign
from carnet.errors import VerifyError
from carnet.log import checkpoint, inclusion, merkle, tiles, tlog_proof, witness
from vector_files import load

PAGE = (Path(__file__).parents[2] / "spec" / "log.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"(?:(?:    .*|)\n)+", PAGE)]
REFUSALS = {"DecodeError", "VerifyError", "OrderError", "PolicyError"}


def named_in(module):
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=check), *_])):
                if name in REFUSALS:
                    yield check


def vector(suite, name):
    (found,) = [each for each in load(suite) if each["name"] == name]
    return found


def test_every_check_of_the_code_is_told_by_the_page_and_no_other():
    areas = "merkle|inclusion|consistency|tiles|note|vkey|cosignature|witness|tlog_proof"
    told = set(re.findall(rf"`((?:{areas})\.\w+|signature)`", PAGE))
    modules = (sign, checkpoint, inclusion, merkle, tiles, witness, tlog_proof)
    named = {check for module in modules for check in named_in(module)}
    assert told == named - {"evidence.name"}  # of keys that come from elsewhere: see spec/errors.md


@pytest.mark.parametrize(
    "shown",
    [
        vector("cosignature", "two_of_two")["note"],
        vector("add_checkpoint", "grown_log")["body"],
        vector("add_checkpoint", "grown_log")["line"],
        vector("tlog_proof", "entry_in_the_log")["proof"],
        "\n".join([*(vector("cosignature", "two_of_two")[key][0] for key in ("keys_text", "witnesses_text"))]).encode(),
    ],
    ids=["checkpoint", "request", "answer", "proof", "keys"],
)
def test_the_bytes_that_the_page_shows_are_those_of_a_vector(shown):
    assert any(shown.decode() in block for block in BLOCKS)


@pytest.mark.parametrize("part", ["request", "answer"])
def test_the_question_and_its_answer_begin_as_the_page_shows(part):
    data = vector("inclusion_answer", "two_entries")[part].hex()
    section = PAGE.partition("## Asking")[2].partition("<!-- table")[0]
    lines = [line for line in section.splitlines() if line.startswith("    ")]
    head, lines_shown = {"request": ("a map of one", 3), "answer": ("a map of two", 5)}[part]
    start = next(number for number, line in enumerate(lines) if head in line)
    at = 0
    for line in lines[start : start + lines_shown]:
        shown = re.sub(r"\s{2,}[a-z].*$", "", line.strip()).replace(" ", "").rstrip("…")
        at = data.index(shown, at) + len(shown)  # what is cut stands between
    assert at == len(data) or part == "answer"


def test_the_page_shows_what_a_cosignature_signs():
    case = vector("cosignature", "one_of_two")
    note = checkpoint.unverified_note(case["note"])
    key = checkpoint.parse_vkey(case["witnesses_text"][0])
    (message,) = [block.strip("\n") + "\n" for block in BLOCKS if block.lstrip().startswith("cosignature/v1")]
    sign.verify(key.key, message=message.encode(), signature=note.signatures[key.name, key.id][8:])


def test_the_page_tells_the_status_of_every_refusal():
    rows = re.findall(r"^\| (4\d\d) \| (.*) \|$", PAGE, re.MULTILINE)
    told = {check: int(status) for status, checks in rows for check in re.findall(r"`(\w+\.\w+|signature)`", checks)}
    assert {check: witness.refusal(VerifyError(check)).status for check in told} == told
    assert set(witness._STATUS) <= set(told)
