"""protocol/claims.md: its commands run, its claim verifies, its tables are what the command line reads and takes."""

import json
import re
import shlex
from collections.abc import Mapping

from typer.main import get_command
from typer.testing import CliRunner

from carnet.cli.app import app
from carnet.cli.claims import FORMS, Many, parse_claim
from carnet.cli.openings import SECRETS, TIER_SECRETS
from carnet.cli.prove import OPTIONS, Provable
from spec_pages import ROOT, cells

PAGE = (ROOT / "protocol" / "claims.md").read_text(encoding="utf-8")


def table(head):
    block = re.search(rf"^\| {re.escape(head)} .*\n\|.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)[1]
    return [cells(line) for line in block.splitlines()]


def test_the_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "carnet"
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.stderr


def test_the_claim_verifies():
    (claim,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    read = parse_claim(json.loads(claim))
    read.item().verify()
    assert read.encode().decode() == claim


def told():
    """Return the rows of the table of claims as the code would have them."""
    for statement, form in FORMS.items():
        for name, field in form.fields.items():
            yield statement, f"`{name}`", field.needed
            if isinstance(field, Many) and isinstance(field.of, Mapping):
                yield from (("", f"`{name}[].{inner}`", each.needed) for inner, each in field.of.items())


def test_the_table_of_claims_is_what_is_read():
    assert table("statement") == list(told())


def test_the_table_of_options_is_what_is_taken():
    rows = table("option of `prove`")
    named = {name: row[1] for row in rows for name in re.findall(r"`--([a-z]+)`", row[0])}
    taken = {name for each in get_command(app).commands["prove"].params for name in [*each.opts, *each.secondary_opts]}
    assert {f"--{name}" for name in named} == taken - {"--out", "--opening", "--json"}
    for statement, allowed in OPTIONS.items():
        for option in ("limit", "bits", "window", "using"):
            who = named[option]
            takes = statement in who.split(", ") or (who == "all but tier" and statement is not Provable.TIER)
            assert takes == (f"--{option}" in allowed), (statement, option)


def test_the_names_of_openings_are_told():
    section = PAGE.split("## Openings")[1]
    named = [name for name in re.findall(r"`([a-z_]+)`", section) if name != "type"]
    assert named == [*TIER_SECRETS, *SECRETS, "value", "blinding"]
