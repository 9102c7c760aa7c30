"""Every table of the specification is what the library declares; a message or a constant without a row fails."""

import ast
import re

import pytest

from carnet import messages, params
from carnet.errors import Code
from carnet.schema import describe
from spec_pages import CORE, Table, cells, marked, tables
from strategies import declare_all

KINDS = declare_all()
TABLES = list(tables())


def lines(rows):
    """Return *rows* as they are written in a page."""
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def told(kind):
    """Return the tables of *kind*: by marker, or under a heading with its class's name."""
    return [table for table in TABLES if table.name in {f"message {kind.NAME}", kind.__name__}]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_messages_table_is_its_declaration(kind):
    rows = describe(kind)
    head = f"<!-- table: message {kind.NAME} -->\n\n| key | field | type | presence |\n|---|---|---|---|\n"
    found = told(kind)
    assert found, f"no page of the specification has the table of {kind.NAME}; add\n\n{head}{lines(rows)}\n"
    for table in found:
        assert [row[:4] for row in table.rows] == rows, f"{table.page}: {kind.NAME} is\n\n{head}{lines(rows)}\n"


def test_no_table_is_of_a_message_that_is_not():
    marked_names = {table.name.removeprefix("message ") for table in TABLES if table.name.startswith("message ")}
    assert marked_names <= set(KINDS)


@pytest.mark.parametrize("kind", [messages.Role, messages.Phase, messages.Decision, messages.Check])
def test_an_enumerations_table_is_its_declaration(kind):
    (table,) = marked(f"enum {kind.__name__}")
    assert table.rows == [(str(member.value), member.name) for member in kind]


def shown(value):
    match value:
        case bytes():
            return f'"{value.decode()}"'
        case str():
            return f'"{value}"'
        case tuple():
            return ", ".join(map(str, value))
    return str(value)


def test_the_parameters():
    (table,) = marked("params")
    declared = [(name, shown(value)) for name, value in vars(params).items() if name.isupper()]
    rows = [row[:2] for row in table.rows]
    missing, wrong = [row for row in declared if row not in rows], [row for row in rows if row not in declared]
    assert not missing, f"{table.page}: add to the table of parameters\n\n{lines(missing)}\n"
    assert not wrong, f"{table.page}: no such parameters\n\n{lines(wrong)}\n"
    assert len(set(rows)) == len(rows)
    assert all(row[2] for row in table.rows if not row[0].endswith("_ID_SIZE")), "a parameter without a meaning"


def test_the_codes():
    (table,) = marked("codes")
    assert [row[:2] for row in table.rows] == [(str(code.value), code.name) for code in Code]
    assert all(row[2] for row in table.rows)


def trees():
    for path in sorted(CORE.rglob("*.py")):
        if "rpc" not in path.relative_to(CORE).parts:
            yield ast.parse(path.read_text(encoding="utf-8"))


def derivation_labels():
    """The first argument of every `derive(...)` in the library."""
    for tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="derive") | ast.Name(id="binding"),
                    args=[ast.Constant(value=str(label)), *_],
                ):
                    yield label


def domains():
    """Every constant that separates a domain."""
    for tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=bytes(label)) if re.fullmatch(rb"carnet/[!-~]+/v\d\b[!-~]*", label):
                    yield label.decode()


@pytest.mark.parametrize(("name", "used"), [("labels", derivation_labels), ("domains", domains)])
def test_the_labels_that_the_library_uses_are_those_of_the_page(name, used):
    (table,) = marked(name)
    rows, found = [row[0] for row in table.rows], set(used())
    assert len(rows) == len(set(rows))
    missing, unused = sorted(found - set(rows)), sorted(set(rows) - found)
    assert not missing, f"{table.page}: add to the table of {name}\n\n{lines((label, '') for label in missing)}\n"
    assert not unused, f"{table.page}: nothing uses {unused}"


def test_bars_within_cells_are_read():
    assert cells(r"| 1 | text `a\|b` | x&#124;y |") == ("1", "text `a|b`", "x|y")


def test_tables_are_found_by_their_marker_or_their_heading(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "\n\n".join(
            f"{head}\n\n| a |\n|---|\n| {number} |"
            for number, head in enumerate(["<!-- table: message x -->", "### Word", "## Two words"], start=1)
        )
        + "\n"
    )
    assert list(tables(iter([page]))) == [Table("page.md", "message x", [("1",)]), Table("page.md", "Word", [("2",)])]
