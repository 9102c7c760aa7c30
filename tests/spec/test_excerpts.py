"""A piece of code that a page shows is the library's own, but for docstrings, comments and formatting."""

import ast
import importlib
import inspect
import re
import textwrap

import pytest

from spec_pages import SPEC
from vector_files import load

EXCERPT = re.compile(r"<!-- code: ([\w.]+):([\w.]+) -->\s*```python\n(.*?)```", re.DOTALL)
MARKER = re.compile(r"<!-- code: ")
EXCERPTS = [
    pytest.param(*found.groups(), id=f"{page.name}:{found[2]}")
    for page in sorted(SPEC.rglob("*.md"))
    for found in EXCERPT.finditer(page.read_text(encoding="utf-8"))
]


def bare(source):
    """Normalise source: no docstring, no comments, no formatting."""
    tree = ast.parse(textwrap.dedent(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


@pytest.mark.parametrize(("module", "name", "code"), EXCERPTS)
def test_an_excerpt_is_the_librarys_own(module, name, code):
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    assert bare(code) == bare(inspect.getsource(found))


def test_every_marker_has_its_excerpt():
    pages = [page.read_text(encoding="utf-8") for page in SPEC.rglob("*.md")]
    assert sum(len(MARKER.findall(page)) for page in pages) == len(EXCERPTS)


def test_only_code_counts():
    documented = 'def f(x):\n    """Say.\n\n    More."""\n    return x  # why\n'
    assert bare(documented) == bare("def f(x):\n    return (x)\n")
    assert bare(documented) != bare("def f(x):\n    return -x\n")


@pytest.mark.parametrize(
    ("page", "suite", "vector", "key"),
    [("wire.md", "messages", "named_key", "data"), ("crypto.md", "cose", "signed", "signed")],
)
def test_the_bytes_that_a_page_begins_with_are_those_of_its_vector(page, suite, vector, key):
    block = re.search(r"(?:^    [0-9a-f]+\n)+", (SPEC / page).read_text(encoding="utf-8"), re.MULTILINE)[0]
    (case,) = (each for each in load(suite) if each["name"] == vector)
    assert bytes.fromhex(block) == case[key]
    assert f"`{suite}/{vector}`" in (SPEC / page).read_text(encoding="utf-8")
