"""Every reference to a page of the specification leads to a heading of it."""

import re

import pytest

from spec_pages import CORE, ROOT, SPEC

PAGES = {page.name: page.read_text(encoding="utf-8") for page in sorted(SPEC.glob("*.md"))}
IN_CODE = re.compile(r"\bspec/([\w-]+\.md)(?:#([\w-]+))?")
IN_PAGE = re.compile(r"\]\((?:([\w-]+\.md))?(?:#([\w-]+))?\)")
SOURCES = [
    path
    for folder in (CORE, ROOT / "reference_node", ROOT / "tests", SPEC / "testkit")
    for path in sorted(folder.rglob("*.py"))
    if "rpc" not in path.parts
]


def anchors(text):
    """Return the anchors of the headings of a page, as the usual renderers make them."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#{1,6} (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead(references):
    """Return the references that lead nowhere."""
    for page, anchor in references:
        if page not in PAGES or (anchor and anchor not in anchors(PAGES[page])):
            yield f"{page}#{anchor}"


def references(path):
    """Return the references in a file of code; an anchor that is completed as it runs counts as none."""
    return set(IN_CODE.findall(re.sub(r"#[\w-]*{", "", path.read_text(encoding="utf-8"))))


def test_the_references_of_the_code_lead_somewhere():
    found = {path: references(path) for path in SOURCES}
    assert sum(map(len, found.values())) > 100
    assert [f"{path.name}: {lost}" for path, each in found.items() for lost in dead(sorted(each))] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page):
    links = [(to or page, anchor) for to, anchor in IN_PAGE.findall(PAGES[page]) if to or anchor]
    assert list(dead(links)) == []


@pytest.mark.parametrize("page", [name for name in PAGES if name != "README.md"])
def test_every_page_is_on_the_map(page):
    assert f"[{page}]({page})" in PAGES["README.md"]
