"""Read the specification's pages for the tests that hold them to the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "spec"
CORE = ROOT / "protocol" / "carnet"
REFUSALS = {"DecodeError", "VerifyError", "OrderError", "PolicyError", "EquivocationError"}

_MARKED = re.compile(
    r"(?:<!-- table: (?P<mark>[^\n]+?) -->|^#{2,4} (?P<title>\w+)[ \t]*$)\s*(?P<table>(?:^\|.*\|[ \t]*\n)+)",
    re.MULTILINE,
)

Row = tuple[str, ...]


class Table(NamedTuple):
    """A table of the specification: on which *page*, called what, and its cells without the head."""

    page: str
    name: str
    rows: list[Row]


def cells(line: str) -> Row:
    """Return the cells of one line of a table; a bar inside a cell is written ``\\|`` or ``&#124;``."""
    split = re.split(r"(?<!\\)\|", line.strip()[1:-1])
    return tuple(cell.strip().replace("\\|", "|").replace("&#124;", "|") for cell in split)


def tables(pages: Iterator[Path] | None = None) -> Iterator[Table]:
    """Yield every table that a marker names, or whose heading is one word."""
    for page in sorted(pages or SPEC.glob("*.md")):
        for found in _MARKED.finditer(page.read_text(encoding="utf-8")):
            _head, _line, *body = found["table"].splitlines()
            yield Table(page.name, found["mark"] or found["title"], [cells(line) for line in body])


def marked(name: str) -> list[Table]:
    """Return the tables called *name*."""
    return [table for table in tables() if table.name == name]


class Site(NamedTuple):
    """A place in the library that refuses."""

    file: str
    line: int
    kind: str
    check: str | None


def refusals() -> Iterator[Site]:
    """Yield every ``raise`` of a refusal in the library; *check* is None where it is no literal."""
    for path in sorted(CORE.rglob("*.py")):
        if "rpc" in path.relative_to(CORE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=kind), args=[first, *_]) if kind in REFUSALS:
                    literal = first.value if isinstance(first, ast.Constant) else None
                    yield Site(str(path.relative_to(CORE)), node.lineno, kind, literal)
