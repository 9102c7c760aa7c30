"""Step 13 of the procedure: the pages of window sums, held against the records of each report (spec/window.md).

The walk says how many records of a report belong into groups; if any do, its range is read once more. What is held at
a time are those records of one report, and the chains of the customers of one window.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from hashlib import sha256
from typing import Final, final

from carnet.audit.reminders import both_marks, linked_mark
from carnet.audit.report import Findings
from carnet.crypto.coins import Coins
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError, page_path, read_items, read_page
from carnet.log.record import Record
from carnet.log.tiles import ENTRIES, RECORDS, WIDTH, Bundle
from carnet.params import HASH_SIZE
from carnet.policy.pack import PolicyPack
from carnet.reporting.chains import Chains, LinkedRecord, linked_record
from carnet.reporting.report import EpochReport


@final
class WindowAudit:
    """Judges the pages of the log *origin*, report after report from the first; what is wrong goes to *findings*."""

    def __init__(self, read: Read, *, origin: str, findings: Findings) -> None:
        self._read: Final = read
        self._findings: Final = findings
        self.chains: Final = Chains(origin=origin)
        self.records = 0
        """How many records stood in groups."""
        self._judged = 0

    def judge(self, report: EpochReport, records: Mapping[int, LinkedRecord], *, coins: Coins | None) -> None:
        """Hold the page of *report* against the linked *records* of its range.

        Without *coins* its proofs are not verified again. After a report, or a page, that could not be had no other is
        judged: what its chains go on from is not known, and what is missing has been told.
        """
        if report.serial != self._judged + 1:
            return
        where = page_path(report.serial)
        page = self._findings.attempt(lambda: read_page(self._read, report), check=_named, where=where)
        if page is None and report.windows is not None:
            return
        for objection in self.chains.check_page(page, records, epoch=report.epoch, coins=coins):
            self._findings.add(objection.check, where, objection.message, index=objection.index)
        self.records += len(records)
        self._judged = report.serial


def known_again(linked: Mapping[int, LinkedRecord], *, mark: int, key: bytes) -> bool:
    """Tell whether *linked* are the records that the walk has seen, which left their *mark*."""
    return reduce(both_marks, (linked_mark(index, each, key=key) for index, each in linked.items()), 0) == mark


def reread(
    read: Read, pack_of: Callable[[bytes], PolicyPack | None], *, start: int, end: int, size: int
) -> Iterator[tuple[int, LinkedRecord]]:
    """Yield the linked records among the entries *start* to *end* of a log of *size*, read once more.

    One bundle is held at a time. What cannot be read, or is no record, is passed over: `known_again` says whether
    anything is wanting, or another than it was.
    """
    for index in range(start // WIDTH, -(-end // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        try:
            records = read_items(read, Bundle(tree=RECORDS, index=index, width=width))
            entries = read_items(read, Bundle(tree=ENTRIES, index=index, width=width), most=HASH_SIZE)
        except (UnreadableError, PeerError):
            continue
        for number, (data, entry) in enumerate(zip(records, entries, strict=True), start=index * WIDTH):
            if start <= number < end and sha256(data).digest() == entry:
                yield from _linked(data, number, pack_of)


def _linked(
    data: bytes, index: int, pack_of: Callable[[bytes], PolicyPack | None]
) -> Iterator[tuple[int, LinkedRecord]]:
    try:
        record = Record.decode(data)
    except PeerError:  # a notice, or nothing that could be read
        return
    pack = pack_of(record.pack)
    linked = None if pack is None else linked_record(record, pack)
    if linked is not None:
        yield index, linked


def _named(error: PeerError) -> str:
    """Return the check under which the audit reports *error* of a page."""
    return "window.page" if error.check == "window.page" else "window.form"
