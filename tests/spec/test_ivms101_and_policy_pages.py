"""spec/ivms101.md and spec/policy.md are held to the code and to the vectors."""

import ast
import inspect
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pack_files
from carnet.ivms101 import Dialect, dialect, rules, spelling, tree
from carnet.ivms101 import model as m
from carnet.ivms101.problem import HINTS
from carnet.policy import decision, pack, path, quote, tier
from carnet.schema import Message, describe
from vector_files import load

SPEC = Path(__file__).parents[2] / "spec"
IVMS101 = (SPEC / "ivms101.md").read_text(encoding="utf-8")
POLICY = (SPEC / "policy.md").read_text(encoding="utf-8")
PAGES = {"ivms101": IVMS101, "policy": POLICY}


def declared(module, kind):
    return {
        each.__name__: each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, kind) and each.__module__ == module.__name__
    }


MESSAGES = [
    *(("ivms101", each) for each in declared(m, Message).values()),
    *(("policy", each) for module in (pack, quote) for each in declared(module, Message).values()),
]
CODES = [
    *(("ivms101", each) for each in declared(m, m.IntEnum).values()),
    *(("policy", each) for module in (pack, path, tier) for each in declared(module, m.IntEnum).values()),
]


def rows(text):
    """Return the cells of the first table of *text*, without its head."""
    table = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)[0]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in table.splitlines()[2:]]


def section(page, title):
    return re.split(rf"^#+ {re.escape(title)}$", PAGES[page], maxsplit=1, flags=re.MULTILINE)[1]


@pytest.mark.parametrize(("page", "kind"), MESSAGES, ids=lambda each: getattr(each, "__name__", ""))
def test_the_table_of_a_message_is_its_declaration(page, kind):
    told = [tuple(cell.strip("| ") for cell in row) for row in rows(section(page, kind.__name__))]
    assert told == [tuple(cell.replace("|", "&#124;") for cell in row) for row in describe(kind)]


@pytest.mark.parametrize(("page", "kind"), CODES, ids=lambda each: getattr(each, "__name__", ""))
def test_the_codes_of_a_type_are_its_declaration(page, kind):
    told = {name.strip("| "): codes.strip("| ") for name, codes in rows(section(page, "Codes"))}
    assert told[kind.__name__] == ", ".join(f"{code.name} {code.value}" for code in kind)


def literals(module, *calls):
    """Return the first argument, or the rule, of every call of *calls* in *module* that is a literal."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in calls:
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "rule")]
            yield from (each.value for each in given if isinstance(each, ast.Constant))


def test_every_refusal_of_the_code_is_told_by_the_page_and_no_other():
    policy = {check for module in (pack, path, quote, decision) for check in literals(module, "PolicyError")}
    assert {check.strip("|` ") for check, _ in rows(section("policy", "Refusals"))} == policy
    assert {check.strip("|` ") for check, _ in rows(section("ivms101", "Checks"))} == set(
        literals(dialect, "DecodeError")
    )


def test_every_rule_of_the_code_is_told_by_the_page_and_no_other():
    judged = set(literals(rules, "wrong", "problem")) | {"C5", "C6"}
    assert {row[0].strip("| ") for row in rows(section("ivms101", "Rules"))} == judged
    codes = r"\b(?:[A-Z]{4,7}|C\d+)\b"
    reading = section("ivms101", "Reading").split("### ")[0]
    told = set(literals(tree, "wrong", "problem"))
    assert set(re.findall(codes, reading)) - {"C2"} == told | {"TEXT", "DATE", "C3", "C10"}
    assert set(HINTS) == judged | told | {"NAME", "LOST"}


def test_the_table_of_dialects_is_that_of_the_code():
    told = [[cell.strip("| `") for cell in row] for row in rows(section("ivms101", "Dialects"))]
    assert [row[0] for row in told] == [str(each) for each in Dialect]
    for each, row in zip(Dialect, told, strict=True):
        assert row[1] == ("2023" if each.bit & spelling.ISSUE_2023 else "2020")
        assert row[2] == spelling.LABELS[each][m.Originator]["originator_person"]
        assert row[4] == ("flat" if each.bit & spelling.FLAT else "nested twice")
        assert row[5] == ("bare list" if each.bit & spelling.LISTED_NAMES else "object")
        assert row[6] == ("with a prefix" if each.bit & spelling.PROTOBUF else "LEGL")


def test_every_refusal_has_a_vector():
    suites = (
        "policy_pack",
        "policy_choice",
        "policy_quote",
        "policy_tier",
        "policy_fields",
        "policy_decision",
        "ivms101",
    )
    expected = {case["expect"] for suite in suites for case in load(suite)}
    named = {
        check for page in PAGES.values() for check in re.findall(r"^\| `([a-z0-9]+\.[a-z]+)` \|", page, re.MULTILINE)
    }
    assert named <= expected


def test_the_bytes_that_the_pages_show_are_those_of_vectors():
    shown = {page: "".join(re.findall(r"^    ([0-9a-f]+)$", text, re.MULTILINE)) for page, text in PAGES.items()}
    (smallest,) = (case for case in load("policy_pack") if case["name"] == "smallest")
    assert shown["policy"] == smallest["pack"].hex() + smallest["hash"].hex()
    (issue,) = (case for case in load("ivms101") if case["name"] == "issue_2023")
    assert shown["ivms101"] == issue["identity"].hex()
    assert json.loads(re.search(r"```json\n(.*?)```", IVMS101, re.DOTALL)[1]) == issue["data_json"]


def day(seconds):
    return "-" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def test_the_table_of_packs_is_that_of_the_packs_the_library_carries():
    told = [tuple(cell.strip("| `") for cell in row) for row in rows(section("policy", "Packs of this version"))]
    assert told == [
        (
            each.id,
            rule.leg.name,
            rule.currency,
            str(rule.full_from),
            "-" if rule.ownership_proof_from is None else str(rule.ownership_proof_from),
            str(rule.linked_window_s),
            day(each.effective_from),
            day(each.effective_until),
            str(each.retention_days),
            each.status.name,
            pack.pack_hash(each).hex()[:16],
        )
        for each in pack_files.ALL
        for rule in each.legs
    ]


def test_the_reader_has_the_bound_that_the_page_names():
    assert f"more than\n{dialect.MAX_VALUES} values" in section("ivms101", "Dialects")
