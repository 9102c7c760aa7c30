"""spec/threshold-proofs.md and spec/proof-security.md are held to the vectors, to the library, and to SHA-512."""

import hashlib
import re

import pytest

from carnet.crypto.group.generators import value_generator, vector_generator
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.compare import GE_PROOF_LENGTH, LT_PROOF_LENGTH
from carnet.zk.conversion import CONVERSION_PROOF_LENGTH
from carnet.zk.linear import LINEAR_PROOF_LENGTH
from carnet.zk.sigma import BIT_PROOF_LENGTH, MULTIPLES_PROOF_LENGTH
from carnet.zk.tier import TIER_PROOF_LENGTH
from carnet.zk.tiers import COUNTS, tiers_proof_length
from carnet.zk.zero import ZERO_PROOF_LENGTH
from spec_pages import SPEC, refusals
from vector_files import load

PAGE = (SPEC / "threshold-proofs.md").read_text(encoding="utf-8")
SECURITY = (SPEC / "proof-security.md").read_text(encoding="utf-8")
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def vector(suite, name):
    (found,) = (each for each in load(suite) if each["name"] == name)
    return found


def test_the_page_begins_with_a_vector():
    case = vector("tier", "window_apart_from_the_value")
    shown = PAGE.split("(vector `window_apart_from_the_value`")[0]
    assert int(re.search(r"^    T    (\d+)$", shown, re.MULTILINE)[1]) == case["limit"]
    points = dict(re.findall(r"^    (C_\w)  ([0-9a-f]{66})$", shown, re.MULTILINE))
    assert points == {"C_v": case["value"].hex(), "C_w": case["window"].hex(), "C_b": case["flag"].hex()}
    fields = re.findall(r"^    (\d+) +\w+ +([0-9a-f]+)$", shown, re.MULTILINE)
    assert len(fields) == 15
    assert [case["proof"][int(at) :][: len(data) // 2].hex() for at, data in fields] == [data for _, data in fields]


@pytest.mark.parametrize(
    ("page", "suite", "name"),
    [
        (PAGE, "tier", "window_apart_from_the_value"),
        (SECURITY, "tier", "negative_value_offsets_a_window"),
    ],
)
def test_the_challenges_that_a_page_shows_are_those_of_its_vector(page, suite, name):
    told = vector(suite, name)["challenges"]
    every = {label: told[label] for label in "yzxq"} | {"c": told["c"][0]}
    every |= {f"u_{1 + at}": each for at, each in enumerate(told["u"])}
    near = page.split(f"`{name}`")[page is SECURITY].split("\n## ")[0]
    shown = re.findall(r"^    (\w+) +([0-9a-f]{64})$", near, re.MULTILINE)
    challenges = {label: bytes.fromhex(data) for label, data in shown if label in every}
    assert len(challenges) >= 4
    assert challenges == {label: every[label] for label in challenges}


def framed(data):
    return len(data).to_bytes(4, "big") + data


def test_the_transcript_that_the_page_spells_out_is_one_of_sha512():
    rows = re.findall(r"^    (0[0-2])    (\S+) +([0-9a-f]+) +([0-9a-f]{16})$", PAGE, re.MULTILINE)
    assert [label for _, label, _, _ in rows] == [
        *("carnet/transcript/v1", "record", "statement", "count", "point", "A", "c", "response"),
    ]
    case, state = vector("zero", "one_commitment"), bytes(64)
    for kind, label, message, shown in rows:
        frames = framed(label.encode()) + framed(bytes.fromhex(message))
        state = hashlib.sha512(state + bytes.fromhex(kind) + frames).digest()
        assert state[:8].hex() == shown
        if kind == "01":
            asked = hashlib.sha512(state + b"\3" + bytes(4)).digest()
    scalar = (1 + int.from_bytes(asked, "big") % (N - 1)).to_bytes(32, "big")
    assert scalar.hex() == re.search(r"^    c  ([0-9a-f]{64})$", PAGE, re.MULTILINE)[1]
    assert [scalar] == case["challenges"]["c"]
    said = {label: bytes.fromhex(message) for _, label, message, _ in rows}
    assert (said["point"], said["A"] + said["response"]) == (case["points"][0], case["proof"])


def test_the_generators_that_the_page_shows_are_derived():
    shown = re.findall(r"^    ([GH])s_(\d)  ([0-9a-f]{66})$", PAGE, re.MULTILINE)
    assert len(shown) == 4
    assert all(vector_generator(family.encode(), int(at)).hex() == data for family, at, data in shown)
    assert value_generator().hex() in PAGE


SIZES = {
    "GE": [GE_PROOF_LENGTH],
    "LT": [LT_PROOF_LENGTH],
    "TIER": [TIER_PROOF_LENGTH],
    "TIERS": [tiers_proof_length(count) for count in COUNTS],
    "ZERO": [ZERO_PROOF_LENGTH],
    "WINDOW": [LINEAR_PROOF_LENGTH],
    "SUM": [LINEAR_PROOF_LENGTH],
    "EQUALITY": [LINEAR_PROOF_LENGTH],
    "CONVERSION": [CONVERSION_PROOF_LENGTH],
}


@pytest.mark.parametrize("statement", SIZES)
def test_the_size_of_a_statement_is_that_of_the_page(statement):
    (row,) = re.findall(rf"^    {statement} .* {{2,}}([\d, ]+)$", PAGE, re.MULTILINE)
    assert [int(size) for size in row.split(",")] == SIZES[statement]


def test_the_sizes_of_the_parts_are_those_of_the_page():
    assert f"C - H is a\nmultiple of G. {BIT_PROOF_LENGTH} bytes:" in PAGE
    assert f"{MULTIPLES_PROOF_LENGTH} bytes:" in PAGE
    shown = re.search(r"484 \+ 66\*h bytes: (.*?)\.\n", PAGE, re.DOTALL)[1].replace(",", "")
    pairs = re.findall(r"(\d+) for (?:N = )?(\d+)", shown)
    assert {int(n): int(size) for size, n in pairs} == {
        n: range_proof_length(bits=n if n < 512 else 64, count=1 if n < 512 else n // 64)
        for n in (64, 128, 256, 512, 1024)
    }


STATEMENTS = ("range", "ge", "lt", "tier", "tiers", "zero", "window", "sum", "equality", "conversion")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_has_its_relation_its_words_and_its_checks(statement):
    section = re.split(r"^## ", re.split(rf"(?im)^## {statement}$", PAGE)[1], maxsplit=1, flags=re.MULTILINE)[0]
    assert f"R_{statement} = " in section
    assert f'("statement", "{statement}")' in section
    sites = [site for site in refusals() if site.file.startswith("zk/")]
    checks = {site.check for site in sites if site.check.split(".")[0] == statement}
    assert checks
    for check in checks:
        assert f"`{check}`" in section
        assert f"`{check}`" in PAGE.split("\n## Checks\n")[1]


def test_the_knowledge_errors_of_the_page_are_those_of_its_levels():
    rows = re.findall(r"^\| ([A-Z]+)[^|]* \| ([\d, *times]+) \| ([\d,]+) \| 2\^([\d.]+) \|$", SECURITY, re.MULTILINE)
    assert [name for name, *_ in rows] == ["GE", "LT", "TIER", "TIERS", "CONVERSION"]
    for _, told, total, transcripts in rows:
        levels = []
        for each in told.split(", "):
            level, _, times = each.partition(" * ")
            levels += [int(level)] * int(times.removesuffix(" times") or 1)
        product = 1
        for level in levels:
            product *= level
        assert sum(level - 1 for level in levels) == int(total.replace(",", ""))
        assert abs(product.bit_length() - 1 - float(transcripts)) < 1


PROOFS = ("range", "compare", "tier", "tiers", "zero", "window", "sum", "equality", "conversion")


def fields_of(suite):
    """Return the fields of the vectors of *suite* that the page of conforming names."""
    page = (SPEC / "conforming.md").read_text(encoding="utf-8").split("\n## Vectors of proofs\n")[1]
    for names, suites in re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", page, re.MULTILINE):
        every = "all of proofs" in suites and suite in PROOFS and f"but `{suite}`" not in suites
        if every or suites == "all" or f"`{suite}`" in suites or (suites == "the others" and suite in PROOFS):
            yield from re.findall(r"`(\w+)`", names)


@pytest.mark.parametrize("suite", [*PROOFS, "batch", "commitments", "generators", "transcript"])
def test_every_field_of_a_vector_of_proofs_is_explained(suite):
    assert {key for case in load(suite) for key in case} <= {"name", "why", *fields_of(suite)}
