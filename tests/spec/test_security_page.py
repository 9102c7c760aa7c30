"""Every property of spec/security.md has tests that exist, or says that it comes later."""

import ast
from pathlib import Path

import pytest

from carnet.params import CLOSING_SIZE, OFFER_FLOOR, REPLY_SIZE
from spec_pages import SPEC, marked

TESTS = Path(__file__).parents[1]
LATER = set()
(TABLE,) = marked("properties")


def defined(path):
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row[0])
def test_a_property_has_its_tests(row):
    number, says, named = row
    assert says
    assert (named == "later") == (number in LATER)
    for each in [] if named == "later" else named.split(", "):
        path, name = each.split("::")
        assert name in defined(path), each


def test_properties_are_told_once_and_in_order():
    numbers = [row[0] for row in TABLE.rows]
    assert numbers == sorted(set(numbers), key=lambda number: (number[0], int(number[1:])))


def test_the_sizes_that_the_page_shows_are_those_of_the_wire():
    page = (SPEC / "security.md").read_text(encoding="utf-8")
    sizes = "".join(f"    {size}\n" for size in (OFFER_FLOOR, REPLY_SIZE, CLOSING_SIZE, CLOSING_SIZE))
    assert sizes in page
