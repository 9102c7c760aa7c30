"""The page: well formed, alone in the world, whatever a source says; every finding on it; the same bytes each time."""

import copy
import doctest
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet_audit import explain
from carnet_audit.html import words
from carnet_audit.html.fields import MAX_TEXT, FormError
from carnet_audit.html.model import read_report
from carnet_audit.html.page import render_page
from carnet_audit.html.tables import NONE, runs

SAMPLE = Path(__file__).parents[2] / "data/audit-report/sample.json"
HOSTILE = "<script>alert(1)</script>\"'&\u202eevil\x00\x1b[31m$\\frac{1}{0}$ {{ 7*7 }} ]]>"


def sample():
    return json.loads(SAMPLE.read_text(encoding="utf-8"))


def page(report=None):
    return render_page(read_report(sample() if report is None else report))


def tree(html):
    """Return the page as the elements that it consists of; a page of this kind is XML but for its first line."""
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>"))  # noqa: S314 -- our own


def text(element):
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(scope="module")
def drawn():
    return page()


@pytest.fixture(scope="module")
def root(drawn):
    return tree(drawn)


class Strict(HTMLParser):
    """Demands that each element that begins also ends, in its place."""

    void = frozenset({"meta", "br", "hr", "img", "input", "link"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take what begins and ends at once."""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed(drawn):
    parser = Strict()
    parser.feed(drawn)
    parser.close()
    assert parser.open == []
    assert drawn.startswith("<!DOCTYPE html>")


def test_nothing_on_the_page_comes_from_elsewhere_or_acts(root, drawn):
    """Links lead to places of the page; there is no script, form, frame, picture from a file, nor an event."""
    for element in root.iter():
        assert element.tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "img",
            "image",
            "a:href",
        }
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name != "style", "the policy forbids it"
            if name in {"href", "src"} or name.endswith("}href"):
                assert value.startswith("#"), value
            for target in re.findall(r"url\(([^)]*)", value):
                assert target.startswith("#")
    style = text(root.find("head/style"))
    assert "url(" not in style
    assert "@import" not in style


def test_every_link_leads_somewhere_and_no_name_is_given_twice(root):
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    targets = {value[1:] for e in root.iter() for value in [e.get("href", "")] if value.startswith("#")}
    targets |= set(re.findall(r"url\(#([^)]+)\)", ET.tostring(root, encoding="unicode")))
    for attribute in ("aria-labelledby", "aria-describedby"):
        targets |= {e.get(attribute) for e in root.iter() if e.get(attribute)}
    assert sorted(targets - set(names)) == []


def test_the_style_sheet_is_the_one_that_the_policy_allows(root):
    policy = next(e.get("content") for e in root.iter("meta") if e.get("http-equiv") == "Content-Security-Policy")
    style = root.find("head/style").text
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "<" not in style


def test_the_plots_have_other_colours_in_the_dark(root, drawn):
    style = "".join(root.find("head/style").itertext())
    used = {
        (key, value)
        for svg in root.iter("svg")
        for each in svg.iter()
        for key, value in each.attrib.items()
        if key in {"fill", "stroke"} and value.startswith("#")
    }
    assert len(used) > 6
    for key, value in used:
        (name,) = re.findall(rf"\[{key}=\"{value}\"\] {{ {key}: var\((--[a-z]+)\); }}", style)
        assert len(re.findall(rf"{name}: #[0-9a-f]+;", style)) >= 2, name
    assert "prefers-color-scheme: dark" in style
    assert 'content="light dark"' in drawn


def test_headings_leave_no_level_out(root):
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_say_what_their_columns_and_rows_are(root):
    for table in root.iter("table"):
        heads = table.findall("thead/tr/th")
        assert heads
        assert all(head.get("scope") == "col" for head in heads)
        assert all(head.get("scope") == "row" for head in table.findall("tbody/tr/th"))
        for row in table.findall("tbody/tr"):
            assert len(list(row)) == len(heads), text(row)


def test_a_reader_who_listens_finds_landmarks_and_names(root):
    assert root.get("lang") == "en"
    assert [len(root.findall(f"body/{tag}")) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert root.find("body/a").get("href") == "#main"
    for plot in root.iter("svg"):
        assert plot.get("role") == "img"
        assert plot.findtext("title")
        assert plot.findtext("desc")
    for region in (e for e in root.iter() if e.get("class", "").startswith("scroll")):
        assert region.get("tabindex") == "0"
        assert region.get("role") == "region"


def test_the_verdict_comes_first_and_in_words(root):
    (heading,) = root.iter("h1")
    assert text(heading) == "✗ Unsound What Carol Custody (sample) published cannot be what an honest VASP publishes."
    plain = text(next(root.iter("dl")))
    for part in ("4 VASPs of the network sample-net", "authority's public key", "16 September 2026, 08:20:00 UTC"):
        assert part in plain


def test_every_finding_is_on_the_page(root):
    """Those that differ by their number alone may stand in one line."""
    report = read_report(sample())
    wanted = {(f.where, f.index) for f in report.all_findings}
    shown = set()
    for row in (e for e in root.iter("tr") if e.get("class") == "found"):
        where, record = text(row[0]), text(row.find("td[@data-label='Record']"))
        first, last = re.fullmatch(r"(\S+)(?: to (\S+) \(.*\))?", record).groups()
        if first == NONE:
            shown.add((where, None))
        else:
            shown |= {(where, n) for n in range(int(first), int(last or first) + 1)}
    assert shown == wanted
    for finding in report.all_findings:
        assert explain.explanation(finding.check).means in text(root)


def test_more_evidence_than_there_is_room_for_stands_at_the_end():
    report = sample()
    source = report["sources"][2]
    finding = source["findings"][0]
    source["findings"] = [finding | {"index": 2 * n} for n in range(40)]
    source["findings_left_out"] = 7
    root = tree(page(report))
    rows = [text(e.find("td[@data-label='Record']")) for e in root.iter("tr") if e.get("class") == "found"]
    assert [row for row in rows if row in {str(2 * n) for n in range(40)}] == [str(2 * n) for n in range(40)]
    assert "28 more lines stand in Further evidence" in text(root)
    assert "7 findings more than the thousand" in text(root)


def test_a_hostile_source_is_only_text():
    report = sample()
    report["directory"]["members"][0]["name"] = HOSTILE
    source = report["sources"][0]
    source |= {"source": HOSTILE, "origin": HOSTILE, "root": HOSTILE, "network": HOSTILE, "notes": [HOSTILE]}
    source["cosigned"][0]["witness"] = HOSTILE
    source["packs"] = dict.fromkeys(source["packs"], HOSTILE)
    source["unit"]["currency"] = HOSTILE
    source["findings"] = [
        {"check": HOSTILE, "shows": "UNSOUND", "where": HOSTILE, "index": 1, "message": HOSTILE, "spec": HOSTILE}
    ]
    report["channels"][0] |= {"one": HOSTILE, "other": HOSTILE}
    report["audited"] |= {"command": ["carnet-audit", "verify", HOSTILE], "authority": HOSTILE}
    html = page(report)
    root = tree(html)
    assert not list(root.iter("script"))
    assert "<script" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", html)
    assert "alert(1)" in text(root)
    assert "49" not in text(root.find("body/header"))


def test_lengths_and_numbers_that_nobody_means_do_no_harm():
    report = sample()
    source = report["sources"][0]
    source["vasp"] = source["source"] = "x" * 100_000
    source["counts"]["epoch"] = {"0": 1, "20700": 10**18, str(2**62): 1}
    source["backlog"] = {str(2**62): 10**18}
    source["cosigned"] = [{"witness": "w" * 10_000, "time": 2**62}, {"witness": "v", "time": -(2**62)}]
    source["reports"][0] |= {"total": {"count": 0, "unit": "x" * 50_000, "full": 10**18}, "epoch": 2**32}
    source["reports"][1] |= {"total": {"count": 1, "unit": "9" * 5000, "full": 10**18}, "epoch": 2**32}
    report["channels"] = [
        report["channels"][0] | {"one": f"v{n}", "other": f"v{n + 1}", "epoch": 2**40, "state": "differs"}
        for n in range(1000)
    ]
    html = page(report)
    tree(html)
    assert len(html) < 3_000_000


def test_the_same_report_makes_the_same_page(drawn):
    assert page() == drawn


def test_a_page_of_a_sound_audit_lists_no_failure():
    report = sample()
    report |= {"verdict": "SOUND", "findings": [], "channels": []}
    report["sources"] = [report["sources"][0]]
    html = page(report)
    assert "What failed" not in html
    assert "Everything that was published holds" in html
    assert "Do both ends agree?" not in html


def test_an_audit_that_could_read_nothing_still_makes_a_page():
    report = {"verdict": "UNKNOWN", "exit": 2, "sources": [], "findings": []}
    assert "Could not tell" in page(report)
    empty = {"source": "nowhere", "vasp": None, "verdict": "UNKNOWN", "counts": {}, "findings": [], "size": None}
    html = page(report | {"sources": [empty]})
    tree(html)
    assert "No record of this VASP could be read" in html
    assert "None" not in text(tree(html).find("body/main/section"))


def test_vasps_that_contradict_each_other_are_not_blamed_one_by_one():
    report = sample()
    for source in report["sources"]:
        source["verdict"], source["findings"] = "SOUND", []
    told = text(tree(page(report)))
    assert "What some VASPs published contradicts what others did." in told
    assert "nothing is proven wrong by itself" in told
    assert "cannot be what an honest VASP publishes" not in told


def test_a_verdict_that_rests_on_the_source_itself_says_so():
    report = sample()
    for source in report["sources"]:
        source["trust"] = "source"
    assert "is what the sources say of themselves" in page(report)


def test_a_log_without_witnesses_is_named():
    report = sample()
    report["sources"][3]["cosigned"] = []
    assert "No witness vouches for the log of Dave Pay (sample)" in page(report)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda r: r.update(verdict="FINE"), "verdict"),
        (lambda r: r.update(sources={}), "sources"),
        (lambda r: r["sources"][0].update(size="8"), "sources[0].size"),
        (lambda r: r["sources"][0].update(size=True), "sources[0].size"),
        (lambda r: r["sources"][0].update(size=2**70), "sources[0].size"),
        (lambda r: r["sources"][1]["findings"][3].update(check=None), "sources[1].findings[3].check"),
        (lambda r: r["sources"][0]["counts"].update(epoch={"monday": 1}), "sources[0].counts.epoch"),
        (lambda r: r["sources"][0]["counts"].update(epoch=[1]), "sources[0].counts.epoch"),
        (lambda r: r["sources"][0].update(notes=[1]), "sources[0].notes.0"),
        (lambda r: r["channels"][0].update(state="maybe"), "channels[0].state"),
        (lambda r: r["directory"].update(members=[5]), "directory.members[0]"),
        (lambda r: r["sources"][0]["reports"][0].update(total=[]), "sources[0].reports[0].total"),
    ],
)
def test_what_is_no_report_is_refused_where_it_is_wrong(change, where):
    report = sample()
    change(report)
    with pytest.raises(FormError, match=re.escape(where)):
        read_report(report)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_report_with_anything_anywhere_is_read_or_refused(data):
    report = copy.deepcopy(sample())
    place = report
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.integers(0, 4)) == 0:
            break
        place = place[key]
    place[key] = data.draw(LEAVES | st.dictionaries(st.text(max_size=4), LEAVES, max_size=2))
    try:
        read = read_report(report)
    except FormError:
        return
    assert all(len(each.source) <= MAX_TEXT for each in read.sources)


def test_findings_that_follow_each_other_are_one_line_and_others_are_not():
    finding = read_report(sample()).sources[1].findings[0]

    def at(index, **more):
        return replace(finding, index=index, **more)

    told = runs([at(4), at(5), at(6), at(8), at(9, where="elsewhere"), at(None), at(None)])
    assert [each.records for each in told] == ["4 to 6 (3 records)", "8", "9", NONE, NONE]


@pytest.mark.parametrize("module", [words, explain])
def test_examples_in_the_documentation_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def cells(root, number):
    """Return the rows of the day table of one VASP."""
    (section,) = (e for e in root.iter("section") if e.get("aria-labelledby") == f"vasp-{number}")
    return [[text(cell) for cell in row] for row in section.iter("tr")]


def test_a_day_without_report_is_missing_if_a_later_one_has_one(root):
    rows = {row[0]: row for row in cells(root, 2)}
    assert rows["Day"][:4] == ["Day", "Records", "Without proof", "Report"]
    assert rows["2026-09-08"][3:] == ["missing", *[NONE] * 6, "not opened", NONE]
    assert rows["2026-09-15"][3] == "none yet"
    assert rows["2026-09-11"][3] == "no. 7 !"
    assert rows["All days"][3] == "10 reports"


def test_a_day_says_what_its_report_opens(root):
    report = sample()["sources"][0]["reports"][0]
    row = cells(root, 0)[1]
    outcomes = report["outcomes"]
    still = sum(outcomes[kind] for kind in ("REJECTED", "CANCELLED", "EXPIRED"))
    assert row[4:8] == [
        str(outcomes["SETTLED"]),
        str(outcomes["MISMATCH"]),
        str(outcomes["UNCONFIRMED"] + outcomes["UNANNOUNCED"]),
        str(still),
    ]
    total = report["total"]
    assert re.sub(r"\s", "", row[10]) == f"{int(total['unit']) / 100:.2f}"
    assert row[11] == f"{100 * total['full'] / total['count']:.0f} %"


def test_the_matrix_shows_both_ends_the_same(root):
    (grid,) = (e for e in root.iter("div") if "matrix" in e.get("class", ""))
    rows = [[text(cell) for cell in row] for row in grid.iter("tr")]
    names = rows[0][1:]
    assert names[-1] == "not seen"
    for n, row in enumerate(rows[1:]):
        assert row[0] == names[n]
        assert row[n + 1] == ""
        assert row[1:-1] == [other[n + 1] for other in rows[1:]]
    alice, carol = rows[1], names.index("Carol Custody (sample)") + 1
    channels = [
        c for c in sample()["channels"] if {c["one"], c["other"]} == {"LEI5299000SAMPLEALICE", "LEI5299000SAMPLECAROL"}
    ]
    assert len([c for c in channels if c["state"] == "differs"]) == 1
    assert "✗ 1" in alice[carol]


def test_of_many_vasps_no_matrix_is_drawn_but_what_differs_is_listed():
    report = sample()
    channel = report["channels"][0]
    report["channels"] = [channel | {"one": f"v{n}", "other": f"v{n + 1}"} for n in range(20)]
    report["channels"][7]["state"] = "differs"
    root = tree(page(report))
    assert not [e for e in root.iter("div") if "matrix" in e.get("class", "")]
    assert "v7" in text(next(e for e in root.iter("table") if "caption-pairs" in ET.tostring(e, encoding="unicode")))


def plot(root, name):
    (found,) = (e for e in root.iter("svg") if e.get("aria-labelledby") == f"{name}-title")
    return found


def test_the_plots_draw_what_the_report_says(root):
    sources = read_report(sample()).sources
    volume, tiers = plot(root, "volume"), plot(root, "tiers")
    hatched = [e for e in volume.iter("path") if e.get("fill", "").startswith("url(#volume-")]
    solid = [e for e in volume.iter("path") if e.get("fill") == "#1f4e79" and e.get("clip-path")]
    reported = [{report.epoch for report in source.reports} for source in sources]
    assert len(hatched) == sum(len(s.days.keys() - r) for s, r in zip(sources, reported, strict=True))
    assert len(solid) == sum(len(s.days.keys() & r) for s, r in zip(sources, reported, strict=True))
    opened = sum(report.total is not None for source in sources for report in source.reports)
    assert len([e for e in tiers.iter("path") if e.get("fill", "").startswith("url(#tiers-")]) == opened
    for each in sources:
        assert each.name in text(volume)
    assert "Bob Markets (sample)" in text(plot(root, "backlog"))
    assert "Alice" not in text(plot(root, "backlog"))
    assert text(plot(root, "lag")).count("two.example/witness") == 4


@pytest.mark.parametrize(("vasps", "said"), [(12, False), (13, True)])
def test_plots_say_whom_they_leave_out(vasps, said):
    report = sample()
    source = next(each for each in report["sources"] if each["counts"]["epoch"])
    report["sources"] = [source | {"vasp": f"v{n}", "source": f"v{n}"} for n in range(vasps)]
    assert ("Drawn are the first 12 VASPs" in text(tree(page(report)))) is said


def test_a_backlog_of_which_no_day_is_told_is_not_denied():
    report = sample()
    for source in report["sources"]:
        source["backlog"] = {}
    report["sources"][1]["counts"]["missing"] = 88
    assert "88 records wait for a proof. The audit did not tell of which days." in page(report)
    report["sources"][1]["counts"]["missing"] = 0
    assert "But 90 records have none that holds" in page(report)
