"""Sums of commitments: what records of a range of the log hold together, not what each does (spec/audit.md#reports).

A sum that cancels out is the identity, which has no encoding: it is written None here.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, final

from carnet.crypto.group import Group, Point, group
from carnet.errors import UsageError
from carnet.messages import Phase

Sum = bytes | None
"""The encoding of a sum of commitments, or None for the identity."""


def add(*sums: Sum, engine: Group | None = None) -> Sum:
    """Return the sum of *sums*.

    Raises:
        DecodeError: ``point.encoding``.
    """
    engine = engine or group()
    return encode(engine.add(*(engine.decode(each) for each in sums if each is not None)), engine)


def subtract(whole: Sum, part: Sum, *, engine: Group | None = None) -> Sum:
    """Return *whole* without *part*.

    Raises:
        DecodeError: ``point.encoding``.
    """
    engine = engine or group()
    if part is None:
        return whole
    negative = engine.encode(engine.negate(engine.decode(part)))
    return add(whole, negative, engine=engine)


def encode(point: Point, engine: Group) -> Sum:
    """Return *point* as a sum is written."""
    return None if engine.is_identity(point) else engine.encode(point)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What some records hold together in the unit of account, and how many of them were FULL; both hidden."""

    unit: Sum = None
    flag: Sum = None

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums of the records of both."""
        return Sums(unit=add(self.unit, other.unit), flag=add(self.flag, other.flag))


@final
@dataclass(slots=True, kw_only=True)
class RangeSums:
    """What the auditor has counted in entries *start* to *end* of a log: kinds, sums, notices.

    *matched* are sums over records that both ends have signed and whose value may have moved, covers among them.
    *kinds* counts those of records, *disclosures* the notices of such.
    """

    start: int
    end: int
    kinds: Counter[Phase] = field(default_factory=Counter)
    matched: Sums = field(default_factory=Sums)
    disclosures: int = 0

    def __add__(self, other: "RangeSums") -> "RangeSums":
        """Return the sums of both, which lie side by side."""
        if other.start != self.end:
            raise UsageError(f"from {other.start}, after {self.end}")
        return RangeSums(
            start=self.start,
            end=other.end,
            kinds=self.kinds + other.kinds,
            matched=self.matched + other.matched,
            disclosures=self.disclosures + other.disclosures,
        )


@final
class PrefixSums:
    """Sums from the log's beginning up to marks, so that those between two marks are one difference each.

    >>> sums = PrefixSums()
    >>> sums.extend(10, unit=None, flag=None)
    >>> sums.between(0, 10)
    Sums(unit=None, flag=None)
    """

    __slots__ = ("_engine", "_marks", "_sums")

    def __init__(self, *, engine: Group | None = None) -> None:
        """Begin at 0."""
        self._engine: Final = engine or group()
        self._marks: Final = [0]
        self._sums: Final[list[tuple[Point, Point]]] = [(self._engine.identity, self._engine.identity)]

    @property
    def size(self) -> int:
        """The last mark."""
        return self._marks[-1]

    def extend(self, end: int, *, unit: Sum, flag: Sum) -> None:
        """Add what the entries from the last mark up to *end*, a new mark, hold together."""
        if end <= self.size:
            raise UsageError(f"mark {end} after {self.size}")
        engine = self._engine
        before = self._sums[-1]
        added = [engine.identity if each is None else engine.decode(each) for each in (unit, flag)]
        self._sums.append((engine.add(before[0], added[0]), engine.add(before[1], added[1])))
        self._marks.append(end)

    def between(self, start: int, end: int) -> Sums:
        """Return what the entries *start* to *end*, both marks, hold together: two point operations."""
        (unit, flag), (unit_before, flag_before) = self._at(end), self._at(start)
        engine = self._engine
        return Sums(
            unit=encode(engine.add(unit, engine.negate(unit_before)), engine),
            flag=encode(engine.add(flag, engine.negate(flag_before)), engine),
        )

    def _at(self, mark: int) -> tuple[Point, Point]:
        at = bisect_left(self._marks, mark)
        if at == len(self._marks) or self._marks[at] != mark:
            raise UsageError(f"{mark} is no mark: an auditor chooses none")
        return self._sums[at]


def total(sums: Iterable[Sums]) -> Sums:
    """Return the sum of *sums*, by one addition for each of the two."""
    listed = list(sums)
    return Sums(unit=add(*(each.unit for each in listed)), flag=add(*(each.flag for each in listed)))
