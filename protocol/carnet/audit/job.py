"""Steps 6 to 8 of the procedure for one bundle of a log, wherever they are done (spec/audit.md#procedure).

A job is plain data, and so is its verdict: everything about 256 entries, and nothing about any other. So bundles are
judged in any order, at the same time, by other processes or on other machines; who merges the verdicts in the order of
the log has the same report each time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final, final

from carnet.audit.reminders import both_marks, linked_mark, reminder, row
from carnet.audit.report import Counts, Finding
from carnet.crypto.coins import Coins
from carnet.crypto.group import Point, group
from carnet.days import day, moment
from carnet.errors import PeerError, PolicyError
from carnet.log.notice import Notice, NoticeKind, decode_item
from carnet.log.record import Record, may_judge, proof_item
from carnet.messages import TERMINAL, Phase
from carnet.params import CLOCK_SKEW_S, EPOCH_S
from carnet.policy.pack import Leg, PolicyPack, leg_rule
from carnet.reporting.chains import linked_record
from carnet.reporting.report import MATCHED
from carnet.reporting.sums import RangeSums, Sums, encode
from carnet.zk.statement import Item, find_bad
from carnet.zk.tier import TierClaim

Refusal = tuple[str, str, str]
"""Why a pack is refused: the check, the path, and what there is to say."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all records of a source are judged by: whose pack, up to which *time*, with which coins for the weights.

    *key* makes reminders; of records' *strings* only if sources are compared.
    """

    jurisdiction: str
    time: int
    key: bytes
    strings: bool
    coins: Coins


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One bundle to be judged: its *entries*, from number *first*, and the records and proofs if they could be read.

    *where* are the files of both. *packs* are those that its records name, or why they are refused. Sums are taken of
    the parts into which *cuts*, numbers of entries within the bundle, divide it.
    """

    first: int
    entries: Sequence[bytes]
    records: Sequence[bytes] | None
    proofs: Sequence[bytes] | None
    where: tuple[str, str]
    packs: Mapping[bytes, PolicyPack | Refusal]
    cuts: Sequence[int]
    terms: Terms


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What lies between two cuts: its *sums*, how many entries are *lost* to them, and which records are *linked*.

    Linked are those that stand in groups of window sums; their `linked_mark`s are added up, and tell them again.
    *oldest* is the first epoch of which there is a record, if there is any.
    """

    sums: RangeSums
    lost: int = 0
    linked: int = 0
    oldest: int | None = None

    def __add__(self, other: "Part") -> "Part":
        """Return both, which lie side by side, as one."""
        return Part(
            sums=self.sums + other.sums,
            lost=self.lost + other.lost,
            linked=both_marks(self.linked, other.linked),
            oldest=min((each.oldest for each in (self, other) if each.oldest is not None), default=None),
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerdict:
    """What was found in entries *first* to *end*: findings in order, counts, sums, notices, and reminders in rows."""

    first: int
    end: int
    findings: Sequence[Finding]
    counts: Counts
    parts: Sequence[Part]
    notices: Sequence[tuple[int, Notice]]
    headers: bytes
    strings: bytes


Stream = Callable[[Callable[[Job], BundleVerdict], Iterable[Job]], Iterator[BundleVerdict]]
"""Does each job and yields the verdicts in order, as `map` does; it takes no more jobs than it must.

Function and jobs can be pickled, if the coins can: `carnet.workers.Workers.stream` is such a stream.
"""


def judge_bundle(job: Job) -> BundleVerdict:
    """Judge the records of one bundle, and the proofs beside them."""
    return _Judge(job).verdict()


@final
class _Sum:
    """What the entries of one part hold together, as it grows."""

    def __init__(self, start: int, end: int) -> None:
        self.start: Final = start
        self.end: Final = end
        self.kinds: Final[Counter[Phase]] = Counter()
        self.points: Final[tuple[list[Point], list[Point]]] = ([], [])
        self.disclosures = 0
        self.found = 0
        self.linked = 0
        self.oldest: int | None = None

    def put(self, record: Record, unit: Point, flag: Point) -> None:
        """Add *record*; *unit* and *flag* are the points that it names."""
        self.kinds[record.kind] += 1
        self.oldest = record.epoch if self.oldest is None else min(self.oldest, record.epoch)
        if record.kind in MATCHED:
            self.points[0].append(unit)
            self.points[1].append(flag)

    def part(self) -> Part:
        """Return what has been added up."""
        engine = group()
        unit, flag = (encode(engine.add(*points), engine) if points else None for points in self.points)
        return Part(
            sums=RangeSums(
                start=self.start,
                end=self.end,
                kinds=self.kinds,
                matched=Sums(unit=unit, flag=flag),
                disclosures=self.disclosures,
            ),
            lost=self.end - self.start - self.found,
            linked=self.linked,
            oldest=self.oldest,
        )


@final
class _Judge:
    """Goes through one bundle."""

    def __init__(self, job: Job) -> None:
        self._job: Final = job
        self._findings: Final[list[Finding]] = []
        self._counts: Final = Counts()
        self._notices: Final[list[tuple[int, Notice]]] = []
        self._headers: Final[list[bytes]] = []
        self._strings: Final[list[bytes]] = []
        self._waiting: Final[list[tuple[int, Item]]] = []
        self._refused: Final[set[bytes]] = set()

    def verdict(self) -> BundleVerdict:
        """Judge all of it."""
        job = self._job
        end = job.first + len(job.entries)
        marks = [job.first, *job.cuts, end]
        parts = [_Sum(start, stop) for start, stop in pairwise(marks)]
        for part in parts if job.records is not None else []:
            for index in range(part.start, part.end):
                self._entry(index, part)
        self._verify()
        return BundleVerdict(
            first=job.first,
            end=end,
            findings=self._findings,
            counts=self._counts,
            parts=[part.part() for part in parts],
            notices=self._notices,
            headers=b"".join(self._headers),
            strings=b"".join(self._strings),
        )

    def _find(self, check: str, where: str, message: str = "", *, index: int) -> None:
        self._findings.append(Finding(check=check, where=where, message=message, index=index))

    # (6) the records that the entries are hashes of
    def _entry(self, index: int, part: _Sum) -> None:
        job, number = self._job, index - self._job.first
        data = job.records[number] if job.records is not None else b""
        if sha256(data).digest() != job.entries[number]:
            self._find("record.entry", job.where[0], f"item {number}", index=index)
            return
        proof = None if job.proofs is None else job.proofs[number]
        try:
            item = decode_item(data)
            if isinstance(item, Notice):
                self._notice(item, proof, index=index, part=part)
                return
            engine = group()  # the proof shows as much of the other points
            part.put(item, engine.decode(item.unit), engine.decode(item.flag))
        except PeerError as error:
            self._find("record.form", job.where[0], str(error), index=index)
            return
        part.found += 1
        self._record(item, data, proof, index=index, part=part)

    def _notice(self, notice: Notice, proof: bytes | None, *, index: int, part: _Sum) -> None:
        part.found += 1
        part.disclosures += notice.kind is NoticeKind.DISCLOSURE
        self._counts.notices[notice.kind.name] += 1
        self._notices.append((index, notice))
        self._day(notice.epoch, index=index)
        if proof:
            self._find("notice.proof", self._job.where[1], index=index)

    def _record(self, record: Record, data: bytes, proof: bytes | None, *, index: int, part: _Sum) -> None:
        counts = self._counts
        counts.records += 1
        counts.kind[record.kind.name] += 1
        counts.role[record.role.name] += 1
        if self._has_begun(record.epoch):  # of days to come there are too many to count by
            counts.epoch[str(record.epoch)] += 1
        self._remember(record, self._job.entries[index - self._job.first], index=index)
        pack = self._rules(record, index=index)
        if pack is None:
            return
        if (linked := linked_record(record, pack)) is not None:
            part.linked = both_marks(part.linked, linked_mark(index, linked, key=self._job.terms.key))
        if proof is None:
            return
        if not proof:
            if self._has_begun(record.epoch):
                counts.backlog[str(record.epoch)] += 1
            self._find("proof.missing", self._job.where[1], index=index)
            return
        self._waiting.append((index, proof_item(record, pack, proof, encoded=data)))

    def _remember(self, record: Record, entry: bytes, *, index: int) -> None:
        key = self._job.terms.key
        header = reminder(record.header_ref, key=key)
        if record.kind in TERMINAL:
            self._headers.append(row(header, index))
        if self._job.terms.strings:
            points = {record.value, record.unit, record.window, record.flag}
            others = (*points, record.receipt_ref, record.terminal_ref, entry)
            self._strings.extend((header, *(reminder(each, key=key) for each in others)))

    def _day(self, epoch: int, *, index: int) -> None:
        """(7.3) What is on record has happened."""
        if not self._has_begun(epoch):
            told = f"of {day(epoch)}, cosigned at {moment(self._job.terms.time)}"
            self._find("record.epoch", self._job.where[0], told, index=index)

    def _has_begun(self, epoch: int) -> bool:
        return epoch * EPOCH_S <= self._job.terms.time + CLOCK_SKEW_S

    # (7) the rules of a record
    def _rules(self, record: Record, *, index: int) -> PolicyPack | None:
        """Return the pack by which the proof is to be verified, if the record is one that a proof can speak about."""
        where, terms = self._job.where[0], self._job.terms
        if record.kind not in TERMINAL:
            self._find("record.kind", where, record.kind.name, index=index)
            return None
        self._day(record.epoch, index=index)
        pack = self._pack(record.pack, index=index)
        if pack is None:
            return None
        self._counts.pack[record.pack.hex()] += 1
        if pack.jurisdiction != terms.jurisdiction:
            self._find("pack.jurisdiction", where, f"{pack.jurisdiction}, not {terms.jurisdiction}", index=index)
        if not may_judge(pack, epoch=record.epoch):
            self._find("record.pack", where, f"{pack.id} on {day(record.epoch)}", index=index)
        try:
            rule = leg_rule(pack, record.leg)
        except PolicyError as error:
            self._find("record.leg", where, str(error), index=index)
            return None
        if record.leg is not Leg.VASP:  # its limit may be another, and the two ends would not have the same
            self._find("record.leg", where, f"{record.leg.name}, between VASPs", index=index)
        if not rule.linked_window_s and record.window != record.value:
            self._find("record.window", where, index=index)
        return pack

    def _pack(self, named: bytes, *, index: int) -> PolicyPack | None:
        """Return the pack called *named*, or None if it is refused, which is told once."""
        pack = self._job.packs[named]
        if isinstance(pack, PolicyPack):
            return pack
        if named not in self._refused:
            self._refused.add(named)
            check, where, message = pack
            self._find(check, where, message, index=index)
        return None

    # (8) the proofs, all at once
    def _verify(self) -> None:
        items = [item for _, item in self._waiting]
        bad = find_bad(items, coins=self._job.terms.coins) if items else []
        self._counts.proofs += len(items) - len(bad)
        for number in bad:
            index, item = self._waiting[number]
            check = "proof.tier" if isinstance(item.claim, TierClaim) else "proof.zero"
            self._find(check, self._job.where[1], _refusal(item), index=index)


def _refusal(item: Item) -> str:
    """Return for which reason a bad proof is refused when it is verified by itself."""
    try:
        item.verify()
    except PeerError as error:
        return str(error)
    return "refused among others"
