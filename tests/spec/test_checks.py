"""Every refusal is a row of spec/errors.md and has a vector; every row is a refusal."""

import json

from spec_pages import SPEC, marked, refusals

SITES = [site for site in refusals() if not site.file.startswith("testing/")]

# Checks that no vector shows, each with its reason: nothing else may be without.
WITHOUT_VECTOR = {
    "report.sum": "happens to nobody by chance: all moved records of a range would have to cancel out",
    "carrier.size": "a file of more than 64 KiB of zeros would show nothing that the limit does not",
    "claim.false": "of the command-line tool, not of the protocol",
    "claim.form": "of the command-line tool, not of the protocol",
    "fields.missing": "of the command-line tool, not of the protocol",
    "fields.tier": "of the command-line tool, not of the protocol",
    "file.size": "of the command-line tool, not of the protocol",
    "object.bundle": "of the command-line tool, not of the protocol",
    "object.carrier": "of the command-line tool, not of the protocol",
    "object.json": "of the command-line tool, not of the protocol",
    "object.message": "of the command-line tool, not of the protocol",
    "object.tile": "of the command-line tool, not of the protocol",
    "object.unknown": "of the command-line tool, not of the protocol",
    "tier.false": "of the command-line tool, not of the protocol",
}


def table():
    (found,) = marked("checks")
    return found.rows


def raised():
    """Return the errors that carry each check."""
    checks = {}
    for site in SITES:
        checks.setdefault(site.check, set()).add(site.kind)
    return checks


def shown():
    """Return every check that a vector expects."""
    files = [*(SPEC / "vectors").glob("*.json"), *(SPEC / "vectors" / "frozen").glob("*.json")]
    wholes = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return {vector["expect"] for whole in wholes for vector in whole["vectors"]}


def test_the_name_of_a_check_stands_where_it_is_raised():
    assert [f"{site.file}:{site.line}" for site in SITES if site.check is None] == []


def test_every_check_that_is_raised_has_its_row():
    rows = {row[0]: row[1] for row in table()}
    missing = [
        f"| {check} | {', '.join(sorted(kinds))} | MEANING | [page](page.md) |"
        for check, kinds in sorted(raised().items())
        if check not in rows
    ]
    assert not missing, "add to the table of checks in spec/errors.md\n\n" + "\n".join(missing) + "\n"
    wrong = {check: sorted(kinds) for check, kinds in raised().items() if rows[check] != ", ".join(sorted(kinds))}
    assert not wrong, f"spec/errors.md: other errors than the library raises: {wrong}"


def test_every_row_is_a_check_that_is_raised_and_says_something():
    rows = table()
    assert [row[0] for row in rows if row[0] not in raised()] == [], "remove these rows from spec/errors.md"
    assert [row[0] for row in rows if not row[2] or row[2] == "MEANING"] == []
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})


def test_every_check_has_a_vector_or_a_reason():
    missing = sorted(raised().keys() - shown() - WITHOUT_VECTOR.keys())
    assert not missing, f"no vector shows {missing}; add one each, or a reason to WITHOUT_VECTOR"


def test_every_reason_is_needed():
    assert sorted(WITHOUT_VECTOR.keys() - raised().keys()) == []
    assert sorted(WITHOUT_VECTOR.keys() & shown()) == []


def test_every_vector_expects_a_check_that_exists():
    assert sorted(shown() - {"ok"} - raised().keys()) == []
