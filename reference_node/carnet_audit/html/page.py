"""The page itself: one HTML file that loads nothing and runs nothing, made from the JSON of an audit."""

import shlex
import tomllib
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from carnet.audit.rules import Verdict
from carnet_audit.html import words
from carnet_audit.html.charts import charts
from carnet_audit.html.model import ReportData
from carnet_audit.html.tables import Group, days, groups, matrix

TEMPLATE: Final = "report.html.j2"


def render_page(report: ReportData) -> str:
    """Return the page about *report*; the same report makes the same page."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("carnet_audit.html", "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    environment.filters["anchor"] = _anchor
    environment.globals["words"] = words
    style = " ".join(_file("report.css").split())
    content = tomllib.loads(_file("content.toml"))
    found = groups(report)
    pictures = [
        {"name": each.name, "title": each.title, "says": each.says, "svg": each.svg and Markup(each.svg)}  # noqa: S704
        for each in charts(report.sources, time=report.time)
    ]
    between = matrix(report)
    return environment.get_template(TEMPLATE).render(
        report=report,
        network=report.network or next((each.network for each in report.sources if each.network), ""),
        style=Markup(style),  # noqa: S704 -- our own
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        figures=_figures(report),
        groups=found,
        intro=_intro(found),
        annex=[each for each in found if each.rest],
        charts=pictures,
        matrix=between,
        by_vasp=[days(each, number) for number, each in enumerate(report.sources)],
        limits=content["limits"],
        glossary=content["glossary"],
        command=_command(report),
        version=version("carnet"),
        parts_of=_contents(failed=bool(found), charts=bool(pictures), channels=between is not None),
    )


def _plain(value: Any) -> Any:
    """Return what is written for *value*: nothing of a source may hide or turn around what stands beside it."""
    return value if isinstance(value, Markup) else words.plain(" ".join(str(value).split("\n")))


def _anchor(check: str) -> str:
    """Return *check* as the name of a place in the page."""
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in check)


def _file(name: str) -> str:
    """Return one of the files that lie beside the templates."""
    return files("carnet_audit.html").joinpath("templates", name).read_text(encoding="utf-8")


def _contents(*, failed: bool, charts: bool, channels: bool) -> list[tuple[str, str]]:
    """Return the parts of the page, by their places."""
    every = (
        (True, "vasps", "The VASPs"),
        (failed, "failed", "What failed"),
        (charts, "pictures", "In pictures"),
        (channels, "channels", "Do both ends agree?"),
        (True, "days", "Day by day"),
        (True, "limits", "What this audit does not show"),
        (True, "again", "How to repeat it"),
        (True, "words", "Words"),
    )
    return [(name, title) for there, name, title in every if there]


def _figures(report: ReportData) -> list[tuple[str, str]]:
    """Return the numbers that a hurried reader wants."""
    sources = report.sources
    records, missing = sum(each.records for each in sources), sum(each.missing for each in sources)
    covered = {epoch for each in sources for epoch in each.days}
    reports = sum(len(each.reports) for each in sources)
    failed = len(report.all_findings) + report.left_out
    found = [
        (len(sources), "VASP audited", "VASPs audited"),
        (records, "record checked", "records checked"),
        (missing, "record without a proof that holds", "records without a proof that holds"),
        (len(covered), "day", "days"),
    ]
    if reports:
        found.append((reports, "day report", "day reports"))
    if report.channels:
        equal = sum(each.state == "equal" for each in report.channels)
        agree = f"of {words.count(len(report.channels), 'channel', 'channels')} agree at both ends"
        found.append((equal, agree, agree))
    found.append((failed, "finding", "findings"))
    return [(words.grouped(number), one if number == 1 else many) for number, one, many in found]


def _intro(found: Sequence[Group]) -> str:
    """Say how to read what failed."""
    wrong = sum(each.shows is Verdict.UNSOUND for each in found)
    open_ = len(found) - wrong
    parts = []
    if wrong:
        parts.append(f"{words.count(wrong, 'check', 'checks')} found what honest VASPs' folders cannot hold")
    if open_:
        parts.append(f"{words.count(open_, 'check', 'checks')} could not be completed")
    text = "; ".join(parts)
    each = "It" if len(found) == 1 else "Each"
    return f"{text}. {each} is explained, with what to do next, and the evidence below names file and record."


def _command(report: ReportData) -> list[str]:
    """Return the command that makes this audit again, an argument or an option with its value in each line."""
    arguments = report.command or ("carnet-audit", "verify", *(each.source for each in report.sources))
    lines = [shlex.join(arguments[:2])]
    for word in arguments[2:]:
        quoted = shlex.quote(word)
        if lines[-1].startswith("--") and " " not in lines[-1] and not word.startswith("--"):
            lines[-1] += f" {quoted}"
        else:
            lines.append(quoted)
    return lines
