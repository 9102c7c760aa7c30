"""README.md names every file of attacks, and sections that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
SPEC = HERE.parent.parent / "spec"
TEXT = (HERE / "README.md").read_text()


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", (SPEC / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_file_of_attacks_is_listed():
    files = {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    assert set(re.findall(r"`(test_\w+\.py)`", TEXT)) == files


def test_every_section_exists():
    rows = [row.split("|")[-2] for row in TEXT.splitlines() if row.startswith("| ") and row.count("|") == 4]
    named = [each for row in rows for each in re.findall(r"([\w-]*\.?m?d?)#([\w-]+)", row)]
    assert len(named) > 40
    for page, anchor in named:
        assert anchor in anchors(page or "threshold-proofs.md"), f"{page}#{anchor}"


def test_sections_in_the_files_exist():
    for path in HERE.glob("*.py"):
        for page, anchor in re.findall(r"spec/([\w-]+\.md)#([\w-]+)", path.read_text()):
            assert anchor in anchors(page), f"{path.name}: {page}#{anchor}"
