"""A report held against the log that it is about (spec/audit.md#reports): step 10 of the audit's procedure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from carnet.crypto import cose
from carnet.crypto.coins import Coins
from carnet.days import day
from carnet.errors import DecodeError, PeerError, PolicyError, UsageError
from carnet.messages import Member
from carnet.reporting.report import (
    MATCHED,
    MAX_REPORT,
    MIN_TOTAL,
    CoverRow,
    EpochReport,
    report_transcript,
    row_transcript,
    sum_transcript,
)
from carnet.reporting.sums import RangeSums, Sum, Sums, subtract, total
from carnet.zk.linear import EqualityClaim, SumClaim
from carnet.zk.statement import Item, find_bad


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A check of a report that failed, and what there is to say of it."""

    check: str
    message: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReport:
    """A report that its VASP signed, and the hash by which its log's notice names it."""

    report: EpochReport
    hash: bytes


def open_report(data: bytes, *, member: Member, network: str) -> SignedReport:
    """Return the report *data* of *member* (spec/audit.md#reports).

    Raises:
        DecodeError: Not a signed report, or ``report.order``: its lists are not in order, a row is of no record, or its
            range is none.
        VerifyError: Not signed with the member's identity key.
        PolicyError: ``report.subject``: of another network, VASP or log.
    """
    report = cose.open_signed_by(EpochReport, data, public=member.identity_key, limit=MAX_REPORT)
    if (report.network, report.vasp, report.origin) != (network, member.vasp, member.log_origin):
        raise PolicyError("report.subject")
    kinds = [each.kind for each in report.outcomes]
    rows = [(each.channel, each.role, each.epoch) for each in report.rows]
    ordered = kinds == sorted(set(kinds)) and rows == sorted(set(rows)) and all(each.count for each in report.rows)
    if not ordered or report.start > report.end or not report.serial:
        raise DecodeError("report.order")
    return SignedReport(report=report, hash=cose.payload_hash(data, limit=MAX_REPORT))


def follow_report(newer: EpochReport, older: SignedReport | None) -> None:
    """Refuse *newer* unless it follows *older*, the report before it, or is the first (spec/audit.md#reports).

    Raises:
        PolicyError: ``report.chain``.
    """
    if older is None:
        good = (newer.serial, newer.start, newer.previous) == (1, 0, None)
    else:
        before = older.report
        good = (newer.serial, newer.start, newer.previous) == (
            before.serial + 1,
            before.end,
            older.hash,
        ) and newer.epoch > before.epoch
    if not good:
        raise PolicyError("report.chain", f"serial {newer.serial}")


def check_report(report: EpochReport, found: RangeSums, *, root: bytes, coins: Coins) -> list[Objection]:
    """Return all that is wrong with *report*, in whose range the log has been *found* to hold what it does.

    *root* is that of the log's first `end` entries, as they are; *coins* weigh the proofs.
    """
    if (report.start, report.end) != (found.start, found.end):
        raise UsageError("a report is held against its own range")
    objections = list(_counted(report, found, root=root))
    try:
        objections += _summed(report, found)
        objections += _proven(report, found, coins=coins)
    except PeerError as error:
        objections.append(Objection(check="report.sum", message=str(error)))
    return objections


def _counted(report: EpochReport, found: RangeSums, *, root: bytes) -> Iterator[Objection]:
    """What can be counted: entries, outcomes, disclosures, rows; the numbers are those of step 10."""
    if report.root != root:  # (1)
        yield Objection(check="report.root", message=f"at size {report.end}")
    said = {each.kind: each.count for each in report.outcomes}
    counted = {kind: count for kind, count in found.kinds.items() if count}
    if said != counted:  # (3)
        both = {kind: (said.get(kind, 0), counted.get(kind, 0)) for kind in sorted(said.keys() | counted.keys())}
        wrong = (f"{kind.name} {one}, counted {other}" for kind, (one, other) in both.items() if one != other)
        yield Objection(check="report.outcomes", message="; ".join(wrong))
    if report.disclosures != found.disclosures:
        message = f"{report.disclosures}, counted {found.disclosures}"
        yield Objection(check="report.disclosures", message=message)
    matched = sum(found.kinds[kind] for kind in MATCHED)
    rows, covers = sum(each.count for each in report.rows), report.covers.count if report.covers else 0
    if rows + covers != matched:  # (4)
        yield Objection(check="report.rows", message=f"{rows} in channels and {covers} covers, of {matched}")
    if report.covers and report.covers.full > covers:  # flags that no cover has would be taken from the total
        yield Objection(check="report.rows", message=f"{report.covers.full} FULL of {covers} covers")
    told = None if report.total is None else report.total.count
    if told != (rows if rows >= MIN_TOTAL else None):  # (5)
        said_of = "none" if told is None else f"one of {told}"
        yield Objection(check="report.total", message=f"{said_of}, of {rows} transfers")
    if report.total is not None and report.total.full > report.total.count:
        yield Objection(check="report.total", message=f"{report.total.full} FULL of {report.total.count}")
    for row in report.rows:  # (7)
        if row.peer is None:
            yield Objection(check="report.peer", message=f"channel {row.channel.hex()}, {day(row.epoch)}")
        if row.epoch > report.epoch + 1:
            yield Objection(check="report.epoch", message=f"a row of {day(row.epoch)}")


def _summed(report: EpochReport, found: RangeSums) -> Iterator[Objection]:
    """(4) What can be added up: channels and covers are all matched records there are."""
    rows: list[Sums] = [Sums(unit=each.unit, flag=each.flag) for each in report.rows]
    if report.covers:
        rows.append(Sums(unit=report.covers.unit, flag=report.covers.flag))
    if total(rows) != found.matched:
        yield Objection(check="report.sum", message="channels and covers are not all matched records")


def _proven(report: EpochReport, found: RangeSums, *, coins: Coins) -> Iterator[Objection]:
    """(6) What is proven: that both ends agree, that covers are empty, that the total is what it is."""
    named = list(_items(report, found))
    for number in find_bad([item for _, item in named], coins=coins):
        yield Objection(check="report.proof", message=named[number][0])


def _items(report: EpochReport, found: RangeSums) -> Iterator[tuple[str, Item]]:
    on = report_transcript(report)
    for row in report.rows:
        if row.peer is None:
            continue
        both = (
            ("unit", row.unit, row.peer.unit, row.peer.unit_proof),
            ("flag", row.flag, row.peer.flag, row.peer.flag_proof),
        )
        for field, one, other, proof in both:
            heard = row_transcript(on, row, field=field)
            claim = EqualityClaim(one=one, other=other)
            yield f"{field} of channel {row.channel.hex()}, {day(row.epoch)}", Item(claim=claim, proof=proof, on=heard)
    if (covers := report.covers) is not None:
        for field, holds, sums, proof in (
            ("unit", 0, covers.unit, covers.unit_proof),
            ("flag", covers.full, covers.flag, covers.flag_proof),
        ):
            heard = sum_transcript(on, "covers", count=covers.count, field=field)
            yield f"{field} of the covers", Item(claim=SumClaim(total=holds, sum=sums), proof=proof, on=heard)
    if (opened := report.total) is not None:
        hidden = total_sums(found, covers)
        for field, holds, known, proof in (
            ("unit", opened.unit, hidden.unit, opened.unit_proof),
            ("flag", opened.full, hidden.flag, opened.flag_proof),
        ):
            heard = sum_transcript(on, "total", count=opened.count, field=field)
            yield f"{field} of the total", Item(claim=SumClaim(total=holds, sum=_point(known)), proof=proof, on=heard)


def total_sums(found: RangeSums, covers: CoverRow | None) -> Sums:
    """Return the sums of all matched records in a range, without the *covers*."""
    whole = found.matched
    if covers is None:
        return whole
    return Sums(unit=subtract(whole.unit, covers.unit), flag=subtract(whole.flag, covers.flag))


def _point(known: Sum) -> bytes:
    """Return a sum of which something can be said.

    Raises:
        DecodeError: ``report.sum``: the commitments cancel out, as happens to nobody by chance.
    """
    if known is None:
        raise DecodeError("report.sum", "the commitments cancel out")
    return known
