"""Numbers, days and verdicts as a reader who is no engineer wants them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from carnet.audit.rules import Verdict
from carnet.params import EPOCH_S
from carnet_audit.html.model import ReportData

LAST_MOMENT: Final = 253402300799  # 9999-12-31, the last that a calendar shows
THIN_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
SPACES: Final = frozenset({THIN_SPACE, NO_BREAK})
FEW: Final = 3
VERDICTS: Final = {Verdict.SOUND: "Sound", Verdict.UNSOUND: "Unsound", Verdict.UNKNOWN: "Could not tell"}
MARKS: Final = {Verdict.SOUND: "\N{CHECK MARK}", Verdict.UNSOUND: "\N{BALLOT X}", Verdict.UNKNOWN: "?"}
CLASSES: Final = {Verdict.SOUND: "sound", Verdict.UNSOUND: "unsound", Verdict.UNKNOWN: "unknown"}
"""How verdicts are called, marked, and known to the style sheet; the templates ask for all three."""


def plain(text: str) -> str:
    r"""Return *text* without characters that could hide or turn around what stands beside them.

    >>> ascii(plain("a\u202eb\ud800"))
    "'a\\ufffdb\\ufffd'"
    """
    return "".join(each if each.isprintable() or each in SPACES else "\N{REPLACEMENT CHARACTER}" for each in text)


def grouped(number: int) -> str:
    """Return *number* with its digits in groups of three, from ten thousand on.

    >>> grouped(9999), grouped(1234567).replace(THIN_SPACE, "_")
    ('9999', '1_234_567')
    """
    return str(number) if abs(number) < 10_000 else f"{number:,}".replace(",", THIN_SPACE)


def count(number: int, one: str, many: str) -> str:
    """Return *number* and what is counted.

    >>> count(1, "record", "records"), count(2, "record", "records")
    ('1 record', '2 records')
    """
    return f"{grouped(number)} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """Return *names* as a sentence has them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def day(epoch: int) -> str:
    """Return the day that *epoch* counts to from 1970-01-01.

    >>> day(20700), day(2**32)
    ('4 September 2026', 'day 4\u202f294\u202f967\u202f296')
    """
    moment = epoch * EPOCH_S
    if not 0 <= moment <= LAST_MOMENT:
        return f"day {grouped(epoch)}"
    date = datetime.fromtimestamp(moment, UTC)
    return f"{date.day} {date:%B} {date.year}"


def iso_day(epoch: int) -> str:
    """Return the same day as computers write it, for tables."""
    moment = epoch * EPOCH_S
    return datetime.fromtimestamp(moment, UTC).date().isoformat() if 0 <= moment <= LAST_MOMENT else day(epoch)


def moment(time: int) -> str:
    """Return *time* written out.

    >>> moment(1788480000)
    '4 September 2026, 00:00:00 UTC'
    """
    if not 0 <= time <= LAST_MOMENT:
        return f"second {grouped(time)}"
    date = datetime.fromtimestamp(time, UTC)
    return f"{date.day} {date:%B} {date.year}, {date:%H:%M:%S} UTC"


def short_moment(time: int) -> str:
    """Return *time* as a narrow column has room for it.

    >>> short_moment(1788480000).replace(NO_BREAK, " ")
    '4 Sep 2026, 00:00 UTC'
    """
    if not 0 <= time <= LAST_MOMENT:
        return f"second {grouped(time)}"
    date = datetime.fromtimestamp(time, UTC)
    return f"{date.day} {date:%b} {date.year}, {date:%H:%M} UTC".replace(" ", NO_BREAK)


def span(seconds: int) -> str:
    """Return how long *seconds* are, roughly.

    >>> span(90), span(7500), span(-200_000)
    ('2 min', '2 h', '-2 d')
    """
    sign, size = ("-" if seconds < 0 else ""), abs(seconds)
    for unit, length in (("d", EPOCH_S), ("h", 3600)):
        if size >= 2 * length:
            return f"{sign}{grouped(round(size / length))} {unit}"
    return f"{sign}{round(size / 60)} min"


def money(unit: str, exponent: int) -> str:
    """Return a sum of minor units in major ones.

    >>> money("123456789", 2).replace(THIN_SPACE, "_"), money("5", 2), money("n/a", 2)
    ('1_234_567.89', '0.05', 'n/a')
    """
    digits = unit.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or not 0 <= exponent <= 30:
        return unit
    digits = digits.rjust(exponent + 1, "0")
    whole, rest = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    sign = "-" if unit.startswith("-") else ""
    return f"{sign}{grouped(int(whole))}{'.' if rest else ''}{rest}"


def share(part: int, whole: int) -> str:
    """Return *part* of *whole* in percent.

    >>> share(1, 3).replace(NO_BREAK, " ")
    '33 %'
    """
    return f"{100 * part / whole:.0f}{NO_BREAK}%" if whole > 0 else "\N{EN DASH}"


def headline(report: ReportData) -> str:
    """Return the verdict as one sentence."""
    if report.verdict is Verdict.SOUND:
        return "Everything that was published holds, and nothing is missing."
    worst = [each.name for each in report.sources if each.verdict is report.verdict]
    if report.verdict is Verdict.UNKNOWN:
        return "Nothing is proven wrong, but something is missing or out of its time."
    if not worst:
        return "What some VASPs published contradicts what others did."
    who = listed(worst) if len(worst) <= FEW else count(len(worst), "VASP", "VASPs")
    return f"What {who} published cannot be what an honest VASP publishes."


def checked(report: ReportData) -> str:
    """Say what was checked."""
    sources, records = report.sources, sum(each.records for each in report.sources)
    days = sorted({epoch for each in sources for epoch in each.days})
    network = report.network or next((each.network for each in sources if each.network), "")
    who = count(len(sources), "VASP", "VASPs") + (f" of the network {network}" if network else "")
    when = "" if not days else f" of {day(days[0])}" if len(days) == 1 else f" from {day(days[0])} to {day(days[-1])}"
    proofs = sum(each.proofs for each in sources)
    covers = sum(r.covers or 0 for each in sources for r in each.reports)
    among = f", {count(covers, 'cover', 'covers')} among them, which stand for no transfer" if covers else ""
    text = (
        f"What {who} published: {count(records, 'record', 'records')}{when}{among}, and the proof beside each record."
        f" {count(proofs, 'proof holds', 'proofs hold')}. Each public log was added up entry by entry and compared with"
        " what its witnesses have cosigned."
    )
    if reports := sum(len(each.reports) for each in sources):
        text += (
            f" {count(reports, 'day report was', 'day reports were')} held against the logs, and the two ends of each"
        )
        text += " channel against each other."
    return text


def meaning(report: ReportData) -> str:
    """Say what the verdict means."""
    if report.verdict is Verdict.UNKNOWN:
        return (
            "No VASP is shown to have done wrong. But the audit could not be finished for all of them: until what is"
            " missing is there, nobody can say that all is well either. What is missing, and what to do about it,"
            " stands below."
        )
    if report.verdict is Verdict.UNSOUND and all(each.verdict is not Verdict.UNSOUND for each in report.sources):
        return (
            "Of what each VASP published, nothing is proven wrong by itself. But honest members of one network do not"
            " contradict each other: one of them left something out or changed it, or they do not belong together. In"
            " what they differ, with the evidence and what to do next, stands below."
        )
    if report.verdict is Verdict.UNSOUND:
        return (
            "At least one check failed that the folder of an honest VASP, as the VASP published it, cannot fail. A"
            " damaged copy is the usual harmless cause: fetch it again before you conclude. What failed, with the"
            " evidence and what to do next, stands below. What was found sound stays sound." + _contradiction(report)
        )
    return (
        "No record was changed, taken out or slipped in since the logs were signed, and for each transfer whose value"
        " may have moved it is proven that its value is below the limit of the law, or that the full data went along."
        " No name, no amount and no counterparty had to be shown for that. " + _complete(report)
    )


def _contradiction(report: ReportData) -> str:
    """Say that sources contradict each other besides."""
    between = any(each.shows is Verdict.UNSOUND for each in report.findings)
    return " Besides, what some VASPs published contradicts what others did." if between else ""


def _complete(report: ReportData) -> str:
    """Say whether a transfer could have been left out."""
    if report.channels and all(each.state == "equal" for each in report.channels):
        return (
            "The two ends of every channel report the same number of transfers, with sums that are proven equal: no"
            " VASP has left one out alone."
        )
    if not any(each.reports for each in report.sources):
        return (
            "Whether a transfer was left out altogether was not seen: that takes day reports, and there are none yet."
        )
    return "Whether a transfer was left out was seen only where the reports of both ends of its channel were seen."


def trust(report: ReportData) -> str:
    """Say on whose trust the verdict rests."""
    alone = [each.name for each in report.sources if each.origin and not each.cosigned]
    witnesses = (
        f" No witness vouches for the log of {listed(alone)}: others may have been shown another history."
        if alone
        else ""
    )
    if all(each.trust == "authority" for each in report.sources) and report.sources:
        key = f" ({report.authority})" if report.authority else ""
        return (
            "The directory of members, keys and witnesses was verified under the authority's public key that the"
            f" auditor gave{key}. All else follows from it, by signatures and proofs that anybody can check again."
            + witnesses
        )
    return (
        "No authority's key was given: who is a member, with which keys and witnesses, is what the sources say of"
        " themselves. Repeat the audit with --authority before you rely on it." + witnesses
    )


def when(report: ReportData) -> str:
    """Say as of when the verdict was reached, and how new what it is about is."""
    parts = [
        "The file that this page was made from does not say when the audit was made."
        if report.time is None
        else f"Judged as of {moment(report.time)}."
    ]
    newest = max((max(each.days) for each in report.sources if each.days), default=None)
    if newest is not None:
        parts.append(f"The newest record is of {day(newest)}.")
    times = [sign.time for each in report.sources for sign in each.cosigned]
    if times:
        parts.append(f"Witnesses cosigned last at {moment(max(times))}.")
    return " ".join([*parts, "Days are those of UTC, from midnight to midnight."])
