"""What a spot check shows: whether the customers behind drawn records are grouped as a page says (spec/window.md).

That a group is one customer, and a customer one group, no proof can show. A spot check opens of each drawn record the
customer's pseudonym and nothing else; here they are held against the chains in which the records stand.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, comb, log
from typing import Final, final

from carnet.audit.rules import Verdict
from carnet.disclosure.paths import CUSTOMER
from carnet.disclosure.verify import Disclosed
from carnet.errors import UsageError
from carnet.log.record import Record
from carnet.messages import Role
from carnet.policy.pack import PolicyPack, leg_rule
from carnet.reporting.window import reach


@final
@dataclass(frozen=True, slots=True)
class SpotRule:
    """One contradiction: what it shows, and in which words."""

    shows: Verdict
    says: str


SPOT_RULES: Final = {
    "spot.split": SpotRule(Verdict.UNSOUND, "one customer's records stand in two chains, though one window holds both"),
    "spot.joined": SpotRule(Verdict.UNSOUND, "records of two customers, or covers among them, stand in one chain"),
    "spot.ungrouped": SpotRule(Verdict.UNSOUND, "a drawn record stands in no group of the page"),
    "spot.unnamed": SpotRule(Verdict.UNKNOWN, "a record's payload names no customer"),
    "spot.refused": SpotRule(Verdict.UNKNOWN, "a record was not opened"),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SpotFinding:
    """A contradiction between the records *indices*, or what could not be told of one; it names no customer."""

    check: str
    indices: tuple[int, ...]

    @property
    def shows(self) -> Verdict:
        """What it shows."""
        return SPOT_RULES[self.check].shows


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SpotRecord:
    """A record that was opened: in which *chain* it stands, and whose it is; a cover is nobody's, and has no *name*."""

    index: int
    chain: bytes
    role: Role
    currency: str
    epoch: int
    reach: int
    name: str | None

    def shares_window(self, other: "SpotRecord") -> bool:
        """Tell whether one customer's window that holds the later of both records must hold the earlier one too."""
        return abs(self.epoch - other.epoch) <= max(self.reach, other.reach)


def spot_records(
    answers: Iterable[Disclosed], chains: Mapping[int, bytes], pack_of: Callable[[bytes], PolicyPack]
) -> tuple[list[SpotRecord], list[SpotFinding]]:
    """Return the records that the verified *answers* open, and what is wrong with the others."""
    opened: list[SpotRecord] = []
    findings: list[SpotFinding] = []
    for answer in answers:
        record, chain = answer.record, chains.get(answer.index)
        if chain is None:
            findings.append(SpotFinding(check="spot.ungrouped", indices=(answer.index,)))
        elif record is None or (answer.transfer is None and not answer.is_cover):
            findings.append(SpotFinding(check="spot.refused", indices=(answer.index,)))
        elif (name := _name(answer, record)) is None and not answer.is_cover:
            findings.append(SpotFinding(check="spot.unnamed", indices=(answer.index,)))
        else:
            rule = leg_rule(pack_of(record.pack), record.leg)
            opened.append(
                SpotRecord(
                    index=answer.index,
                    chain=chain,
                    role=record.role,
                    currency=rule.currency,
                    epoch=record.epoch,
                    reach=reach(rule.linked_window_s),
                    name=name,
                )
            )
    return opened, findings


def _name(answer: Disclosed, record: Record) -> str | None:
    """Return the pseudonym of the customer of the VASP whose record it is."""
    if answer.transfer is None:
        return None
    name = answer.transfer.leaves.get(CUSTOMER[record.role])
    return name if isinstance(name, str) else None


def judge_spot(opened: Sequence[SpotRecord]) -> list[SpotFinding]:
    """Return the contradictions among the records *opened*, of one check or of several (spec/window.md#spot-checks).

    One is told for each two chains of a customer, and one for each chain of two.
    """
    return [*_split(opened), *_joined(opened)]


def _split(opened: Sequence[SpotRecord]) -> Iterator[SpotFinding]:
    """(1) One customer's records, within one window, are in one chain."""
    customers: dict[tuple[Role, str, str], list[SpotRecord]] = defaultdict(list)
    for each in opened:
        if each.name is not None:
            customers[each.role, each.currency, each.name].append(each)
    for records in customers.values():
        told: set[frozenset[bytes]] = set()
        for one, other in combinations(records, 2):
            chains = frozenset((one.chain, other.chain))
            if len(chains) == 2 and chains not in told and one.shares_window(other):
                told.add(chains)
                yield SpotFinding(check="spot.split", indices=(one.index, other.index))


def _joined(opened: Sequence[SpotRecord]) -> Iterator[SpotFinding]:
    """(2) The records of one chain are of one customer, or all of them covers."""
    first: dict[bytes, SpotRecord] = {}
    told: set[bytes] = set()
    for each in opened:
        one = first.setdefault(each.chain, each)
        if one.name != each.name and each.chain not in told:
            told.add(each.chain)
            yield SpotFinding(check="spot.joined", indices=(one.index, each.index))


# --- what a number of openings is worth ------------------------------------------------------------------------------


def drawn_chance(share: float, openings: int) -> float:
    """Return with which probability at least one of a *share* of all records is among so many that are drawn.

    It is the chance to catch what each single opening shows by itself.

    >>> round(drawn_chance(0.01, 300), 3)
    0.951
    """
    if not 0 <= share <= 1 or openings < 0:
        raise UsageError("a share lies in [0, 1], and a number is not negative")
    return 1 - (1 - share) ** openings


def openings_needed(share: float, confidence: float) -> int:
    """Return how many openings draw at least one of a *share* of all records with probability *confidence*.

    >>> openings_needed(0.01, 0.95)
    299
    """
    if not 0 < share < 1 or not 0 < confidence < 1:
        raise UsageError("share and confidence lie in (0, 1)")
    return ceil(log(1 - confidence) / log(1 - share))


def split_chance(total: int, openings: int, parts: Sequence[int]) -> float:
    """Return with which probability so many *openings* of *total* records catch a customer split into chains.

    *parts* are how many records each of its chains has: it is caught if records of two of them are drawn.

    >>> round(split_chance(1000, 300, [1] * 10), 3)
    0.852
    >>> round(split_chance(1000, 300, [1, 1]), 3)
    0.09
    """
    whole = sum(parts)
    if min(parts, default=0) < 0 or not 0 <= openings <= total or whole > total:
        raise UsageError("so many records cannot be drawn or split")
    ways = comb(total, openings)
    none = comb(total - whole, openings)
    only = sum(comb(total - whole + part, openings) - none for part in parts)
    return (ways - none - only) / ways
