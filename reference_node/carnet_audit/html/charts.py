"""The plots of the page, as SVG that stands in it: the same bytes each time, with no style, link or font of its own.

Matplotlib draws them, and `carnet_audit.html.svg` makes elements of the page of what it writes.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carnet.params import EPOCH_S
from carnet_audit.html.model import SourceData
from carnet_audit.html.svg import svg
from carnet_audit.html.words import count, grouped, iso_day, listed, plain, span

WIDTH: Final = 4.0
ROW: Final = 0.86
HEAD: Final = 0.02
FOOT: Final = 0.26
DAYS: Final = 62
"""How many days a plot shows at most, the newest; the tables have all."""
ROWS: Final = 12
"""How many VASPs a plot shows at most."""
NAME: Final = 40
WITNESS: Final = 20
"""How many letters of a VASP's and of a witness's name there is room for."""
LAG: Final = "lag"
SOON: Final = 240
FARTHEST: Final = 24 * 3660
"""How many hours after a record an audit is drawn to scale, and how many a plot can show at all."""
INK, PALE, LINE, WARN, GREY, BAND, TEXT = "#1f4e79", "#ffffff", "#c9cdd3", "#a8480c", "#5b6470", "#e3e5e8", "#1d2329"
"""The colours, for which the style sheet has others where the reader's screen is dark."""
SETTINGS: Final[Any] = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "text.parse_math": False,
    "hatch.linewidth": 0.5,
    "axes.edgecolor": LINE,
    "axes.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "text.color": TEXT,
}
BESIDE: Final[Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One plot: its *name* in the page, what it *says* in words, and the picture, if there is anything to draw."""

    name: str
    title: str
    says: str
    svg: str | None


def charts(sources: Sequence[SourceData], *, time: int | None) -> list[Chart]:
    """Return the plots about *sources*, audited at *time*."""
    there = [each for each in sources if each.days or each.backlog or each.reports]
    if not there:
        return []
    shown = there[:ROWS]
    with warnings.catch_warnings(), mpl.rc_context(SETTINGS):
        warnings.simplefilter("ignore")  # of letters that matplotlib has no picture of: it only measures them
        days = _days(shown)
        drawn = [_volume(shown, days), _tiers(shown, days), _backlog(shown, days), _lag(shown, time)]
    told = [replace(each, says=each.says + _cut(there, () if each.name == LAG else days)) for each in drawn if each.svg]
    return [*told, *(each for each in drawn if not each.svg)]


def _days(sources: Sequence[SourceData]) -> list[int]:
    """Return the days that the plots show: all between the first and the last, if they are not too many."""
    found = sorted(
        {epoch for each in sources for epoch in (*each.days, *each.backlog, *(r.epoch for r in each.reports))}
    )
    if found[-1] - found[0] < DAYS:
        return list(range(found[0], found[-1] + 1))
    return found[-DAYS:]


def _rows(sources: Sequence[SourceData], *, height: float = ROW) -> tuple[Figure, list[Axes]]:
    """Return a figure of one row for each source."""
    size = HEAD + height * len(sources) + FOOT
    figure = Figure(figsize=(WIDTH, size), facecolor="none")
    axes: list[Axes] = []
    for number, source in enumerate(sources):
        bottom = (FOOT + height * (len(sources) - 1 - number) + 0.05) / size
        each = figure.add_axes((0.115, bottom, 0.875, (height - 0.33) / size))
        each.set_title(_short(source.name), loc="left", fontsize=9, pad=4)
        for side in ("top", "right", "left"):
            each.spines[side].set_visible(False)
        each.patch.set_visible(False)
        each.tick_params(length=0, pad=3)
        axes.append(each)
    return figure, axes


def _short(name: str, size: int = NAME) -> str:
    text = plain(name)
    return text if len(text) <= size else text[: size - 1] + "…"


def _calendar(axes: Sequence[Axes], days: Sequence[int]) -> None:
    """Write the days below the last row."""
    for each in axes:
        each.set_xlim(-0.7, max(len(days), 7) - 0.3)
        each.set_xticks([])
    room = 0.32 * max(len(days), 7)  # that the label of a day takes
    wanted = min(3, 1 + int((len(days) - 1) / room))
    places = sorted({round(n * (len(days) - 1) / max(1, wanted - 1)) for n in range(wanted)})
    axes[-1].set_xticks(places, [iso_day(days[n]) for n in places])
    labels = axes[-1].get_xticklabels()
    labels[0].set_horizontalalignment("left")
    if len(labels) > 1:
        labels[-1].set_horizontalalignment("right")


def _bars(axes: Axes, values: Mapping[int, int], days: Sequence[int], *, solid: set[int], colour: str) -> None:
    """Draw one bar a day: full for *solid* days, hatched for the others."""
    height = max([values.get(each, 0) for each in days] or [0])
    for full in (True, False):
        chosen = [n for n, each in enumerate(days) if values.get(each, 0) and (each in solid) is full]
        if chosen:
            axes.bar(
                chosen,
                [values[days[n]] for n in chosen],
                width=0.72,
                color=colour if full else PALE,
                edgecolor=colour,
                linewidth=0.7,
                hatch=None if full else "/////",
            )
    axes.set_ylim(0, max(height, 1) * 1.04)
    axes.set_yticks([max(height, 1)], [grouped(height)])


def _volume(sources: Sequence[SourceData], days: Sequence[int]) -> Chart:
    figure, axes = _rows(sources)
    for each, source in zip(axes, sources, strict=True):
        _bars(each, source.days, days, solid={report.epoch for report in source.reports}, colour=INK)
    _calendar(axes, days)
    says = "Records on each VASP's log by the day of the transfer. Full bars: the VASP's report of that day is there."
    says += " Hatched bars: no report of that day. The number is the highest day's; each VASP has a scale of its own."
    return Chart(
        name="volume",
        title="Records a day",
        says=says,
        svg=svg(figure, "volume", "Records a day"),
    )


def _tiers(sources: Sequence[SourceData], days: Sequence[int]) -> Chart:
    title, says = (
        "Share of FULL data, where opened",
        "Of the transfers in a report's total, for how many the FULL data set",
    )
    says += (
        " went along (full); for the others (hatched) the BASIC one, their value being below the limit. Days without a"
    )
    says += " bar were not opened: a total is opened only over ten transfers or more."
    opened = {
        each.source: {r.epoch: r.total for r in each.reports if r.total and r.total.count > 0} for each in sources
    }
    if not any(opened.values()):
        says = "No report opens a total: a total is opened only over ten transfers or more, and by reports alone."
        return Chart(name="tiers", title=title, says=says, svg=None)
    figure, axes = _rows(sources)
    for each, source in zip(axes, sources, strict=True):
        totals = opened[source.source]
        there = [n for n, epoch in enumerate(days) if epoch in totals]
        full = [min(1.0, max(0.0, totals[days[n]].full / totals[days[n]].count)) for n in there]
        each.bar(there, full, width=0.72, color=INK, edgecolor=INK, linewidth=0.7)
        rest = [1 - value for value in full]
        each.bar(there, rest, bottom=full, width=0.72, color=PALE, edgecolor=INK, linewidth=0.7, hatch="-----")
        each.set_ylim(0, 1.04)
        each.set_yticks([0.5, 1], ["50 %", "100 %"])
    _calendar(axes, days)
    return Chart(name="tiers", title=title, says=says, svg=svg(figure, "tiers", title))


def _backlog(sources: Sequence[SourceData], days: Sequence[int]) -> Chart:
    title = "Records that wait for their proof"
    if not any(sum(each.backlog.values()) for each in sources):
        return Chart(name="backlog", title=title, says=_no_backlog(sources), svg=None)
    behind = [each for each in sources if sum(each.backlog.values())]
    figure, axes = _rows(behind)
    for each, source in zip(axes, behind, strict=True):
        _bars(each, source.backlog, days, solid=set(days), colour=WARN)
    _calendar(axes, days)
    says = "Records without a proof, by the day of the transfer. A backlog of the newest days is usual; one of old days"
    says += " that does not shrink is not."
    if len(behind) < len(sources):
        says += " VASPs without a backlog are left out."
    return Chart(name="backlog", title=title, says=says, svg=svg(figure, "backlog", title))


def _no_backlog(sources: Sequence[SourceData]) -> str:
    """Return what there is to say where no day of a backlog is told."""
    late, missing = sum(each.late for each in sources), sum(each.missing for each in sources)
    if late:
        return f"{count(late, 'record waits', 'records wait')} for a proof. The audit did not tell of which days."
    if missing:
        what = count(missing, "record has none that holds", "records have none that holds")
        return f"None: every proof is there. But {what}, or none that could be judged."
    return "None: beside every record there is a proof."


def _lag(sources: Sequence[SourceData], time: int | None) -> Chart:
    title = "How far behind the witnesses are"
    there = [each for each in sources if each.newest_day is not None and each.cosigned]
    if not there:
        return Chart(name=LAG, title=title, says="No checkpoint bears a cosignature.", svg=None)
    says = (
        "Each dot is one witness's cosignature under the newest checkpoint, counted from the beginning of the day of"
        " the log's newest record; the grey band is that day. All dots far to the right of it: nothing was recorded"
        " since. One dot far to the left of the others: that witness has stopped."
    )
    if time is not None:
        says += " The open diamond is the moment of this audit; at the edge, it lies beyond it."
    lags = [
        [(sign.witness, sign.time - (each.newest_day or 0) * EPOCH_S) for sign in each.cosigned[:ROWS]]
        for each in there
    ]
    audits = [None if time is None else _hours(time - (each.newest_day or 0) * EPOCH_S) for each in there]
    hours = [_hours(lag) for found in lags for _, lag in found]
    hours += [each for each in audits if each is not None and each <= SOON]
    left, right = min(0.0, *hours), max(24.0, *hours)
    figure, axes = _lag_rows(there, lags)
    for each, found, audit in zip(axes, lags, audits, strict=True):
        each.axvspan(0, 24, color=BAND, linewidth=0)
        _dots(each, [(_hours(lag), span(lag)) for _, lag in found])
        if audit is not None:
            place, top = max(left, min(right * 1.05, audit)), len(found) + 0.75
            each.plot([place], [top], "D", markerfacecolor=PALE, markeredgecolor=INK, markersize=4)
            aside = {"xytext": (-6, 0), "ha": "right"} if place > 0.8 * right > 0 else {"xytext": (6, 0)}
            each.annotate(span(int(audit * 3600)), (place, top), **aside, **BESIDE)
        each.set_yticks(range(len(found), 0, -1), [_short(witness, WITNESS) for witness, _ in found])
        each.set_xlim(left - 0.04 * (right - left), right + 0.16 * (right - left))
        each.set_xticks([])
    ticks = {0, round(left / 24) * 24, round(right / 24) * 24} | ({24} if right - left < SOON else set())
    axes[-1].set_xticks(sorted(ticks), [f"{grouped(tick)} h" for tick in sorted(ticks)])
    return Chart(name=LAG, title=title, says=says, svg=svg(figure, LAG, title))


def _dots(axes: Axes, lags: Sequence[tuple[float, str]]) -> None:
    """Draw one dot below the other, each *lags* hours from the beginning, with what is written beside it."""
    places = list(range(len(lags), 0, -1))
    axes.hlines(places, 0, [hours for hours, _ in lags], color=GREY, linewidth=0.6)
    axes.plot([hours for hours, _ in lags], places, "o", color=INK, markersize=4)
    for (hours, told), place in zip(lags, places, strict=True):
        axes.annotate(told, (hours, place), (6, 6 if hours < 0 else 0), **BESIDE)
    axes.set_ylim(0.3, len(lags) + 1.3)


def _hours(lag: int) -> float:
    """Return *lag* in hours, within what can be drawn."""
    return max(-FARTHEST, min(FARTHEST, lag / 3600))


def _lag_rows(sources: Sequence[SourceData], lags: Sequence[Sequence[object]]) -> tuple[Figure, list[Axes]]:
    """Return a figure of one row for each source, as high as it has witnesses."""
    heights = [0.46 + 0.17 * len(found) for found in lags]
    size = HEAD + sum(heights) + FOOT
    figure = Figure(figsize=(WIDTH, size), facecolor="none")
    axes, top = [], size - HEAD
    for source, height in zip(sources, heights, strict=True):
        each = figure.add_axes((0.37, (top - height + 0.04) / size, 0.62, (height - 0.28) / size))
        figure.text(0.01, (top - 0.17) / size, _short(source.name), fontsize=9)
        for side in ("top", "right", "left"):
            each.spines[side].set_visible(False)
        each.patch.set_visible(False)
        each.tick_params(length=0, pad=3)
        axes.append(each)
        top -= height
    return figure, axes


def _cut(sources: Sequence[SourceData], days: Sequence[int]) -> str:
    """Return what to say of what is not drawn of all *sources*, where *days* are."""
    parts = [f"the first {ROWS} VASPs"] if len(sources) > ROWS else []
    if days and any(epoch < days[0] for each in sources for epoch in each.days):
        parts.append(f"the newest {count(len(days), 'day', 'days')}")
    return f" Drawn are {listed(parts)}; the tables have all." if parts else ""
