"""What the log holds between the marks that reports set: sums, as the verdicts on its bundles come in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, final

from carnet.audit.job import Part
from carnet.messages import Phase
from carnet.reporting.sums import RangeSums, Sums


@final
class Ranges:
    """Sums of the entries between *cuts*, ascending.

    >>> ranges = Ranges([10])
    >>> ranges.add([Part(sums=RangeSums(start=0, end=10)), Part(sums=RangeSums(start=10, end=12))])
    >>> ranges.between(0, 10).sums.end
    10
    """

    def __init__(self, cuts: Sequence[int], *, told: Any = None) -> None:
        """Begin at 0, or where `to_json` has *told* of; the cuts before that must then be the same."""
        self._ends: Final = frozenset(cuts)
        self._closed: Final[dict[int, Part]] = {}
        self._open = _nothing(0)
        if told is not None:
            for each in map(_from_json, told["closed"]):
                self._closed[each.sums.start] = each
            self._open = _from_json(told["open"])

    def add(self, parts: Iterable[Part]) -> None:
        """Add what the *parts* of the next bundle hold."""
        for part in parts:
            self._open += part
            if part.sums.end in self._ends:
                self._closed[self._open.sums.start] = self._open
                self._open = _nothing(part.sums.end)

    def between(self, start: int, end: int) -> Part | None:
        """Return what the entries *start* to *end*, both cuts or 0, hold; None if the walk has not come so far."""
        found = _nothing(start)
        while found.sums.end < end:
            part = self._closed.get(found.sums.end)
            if part is None:
                return None
            found += part
        return found

    @property
    def rest(self) -> Part:
        """What lies after the last cut, as far as the walk has come."""
        return self._open

    def to_json(self) -> dict[str, Any]:
        """Return all sums as JSON can hold them."""
        return {"closed": [_to_json(each) for each in self._closed.values()], "open": _to_json(self._open)}


def _nothing(start: int) -> Part:
    return Part(sums=RangeSums(start=start, end=start))


def _to_json(part: Part) -> dict[str, Any]:
    sums = part.sums
    points = (sums.matched.unit, sums.matched.flag)
    return {
        "start": sums.start,
        "end": sums.end,
        "kinds": {kind.name: count for kind, count in sums.kinds.items()},
        "points": [None if each is None else each.hex() for each in points],
        "disclosures": sums.disclosures,
        "lost": part.lost,
        "linked": part.linked,
        "oldest": part.oldest,
    }


def _from_json(told: dict[str, Any]) -> Part:
    unit, flag = (None if each is None else bytes.fromhex(each) for each in told["points"])
    sums = RangeSums(
        start=told["start"],
        end=told["end"],
        kinds=Counter({Phase[name]: count for name, count in told["kinds"].items()}),
        matched=Sums(unit=unit, flag=flag),
        disclosures=told["disclosures"],
    )
    return Part(sums=sums, lost=told["lost"], linked=told["linked"], oldest=told["oldest"])
