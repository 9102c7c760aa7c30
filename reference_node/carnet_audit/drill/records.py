"""Drills about records and proofs: doubled, changed, unproven, judged by the wrong law, or in the wrong tier."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.log.record import Record, derive_record
from carnet.messages import Phase, Role
from carnet.reporting.build import OpenedSums
from carnet.testing.ledger.batch import Part, ends_of
from carnet.testing.ledger.chronicle import Conduct
from carnet.testing.ledger.plan import Interval, Plan, Transfer
from carnet.testing.ledger.society import FIRST_EPOCH
from carnet.zk.commitment import Opening
from carnet_audit.drill.stage import ALICE, BOB, Item, Sight, Stage, items, with_items


def record_of(plan: Plan, transfer: Transfer, vasp: str, *, epoch: int = FIRST_EPOCH) -> bytes:
    """Return the record of *transfer* at *vasp*."""
    ends = ends_of(plan.society, transfer, epoch=epoch, coins=plan.coins(f"transfer {transfer.number}"))
    return next(derive_record(each.source).encode() for each in ends if each.vasp == vasp)


def settled(plan: Plan, *, to: str, from_value: int = 0) -> list[Transfer]:
    """Return the transfers that have settled at *to*, of at least *from_value*."""
    transfers = (each for interval in plan.intervals() for each in interval.transfers)
    return [
        each for each in transfers if each.kind is Phase.SETTLED and each.beneficiary == to and each.value >= from_value
    ]


@final
class _Doubles(Conduct):
    """Alice logs a record twice."""

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        del interval
        if vasp == ALICE and part.items:
            part.items.append(part.items[_moved(part.items)[0]])
            part.kinds[Phase.SETTLED] += 1
        return part


def duplicated_record(stage: Stage) -> Sight:
    """Alice logs the same record twice."""
    return stage.audit(stage.folders(_Doubles()))


def _shown_with(stage: Stage, change: Callable[[list[Item]], None]) -> Sight:
    """Alice publishes other records or proofs than she has logged."""
    shown = stage.folders()
    held = items(shown[ALICE])
    change(held)
    changed = with_items(shown[ALICE], held)
    kept = {path: data for path, data in shown[ALICE].items() if path.startswith("tile")}
    return stage.audit(shown | {ALICE: changed | kept})


def _moved(held: list[Item]) -> list[int]:
    return [at for at, (data, proof) in enumerate(held) if proof and Record.decode(data).kind is Phase.SETTLED]


def swapped_proof(stage: Stage) -> Sight:
    """Two proofs of Alice's have changed their places."""

    def swap(held: list[Item]) -> None:
        one, other = _moved(held)[:2]
        held[one], held[other] = (held[one][0], held[other][1]), (held[other][0], held[one][1])

    return _shown_with(stage, swap)


def missing_proof(stage: Stage) -> Sight:
    """Alice has not made a proof."""

    def remove(held: list[Item]) -> None:
        at = _moved(held)[0]
        held[at] = (held[at][0], b"")

    return _shown_with(stage, remove)


def altered_record(stage: Stage) -> Sight:
    """Alice shows a transfer that settled as one that was rejected."""

    def alter(held: list[Item]) -> None:
        at = _moved(held)[0]
        record = Record.decode(held[at][0])
        held[at] = (replace(record, kind=Phase.REJECTED).encode(), held[at][1])

    return _shown_with(stage, alter)


def wrong_pack(stage: Stage) -> Sight:
    """Bob judges by a law of another country, with a higher limit."""
    society = stage.plan.society
    lenient = replace(society, used=(society.laws[0], "ae-vara-2023"))
    return stage.audit(stage.folders(plan=replace(stage.plan, society=lenient)))


def homemade_pack(stage: Stage) -> Sight:
    """Bob signs the law himself."""
    shown, society = stage.folders(), stage.plan.society
    path = next(path for path in shown[BOB] if path.startswith("packs/"))
    own = cose.sign(society.pack(BOB), seed=society.keys(BOB).identity)
    return stage.audit(shown | {BOB: shown[BOB] | {path: own}})


@final
class _Understates(Conduct):
    """Bob clears the flag of a transfer above the limit."""

    def __init__(self, plan: Plan, transfer: Transfer) -> None:
        self._record = record_of(plan, transfer, BOB)

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        del interval
        for at, (data, proof) in enumerate(part.items if vasp == BOB else []):
            if data == self._record:
                part.items[at] = (_without_flag(data), proof)
                row = part.channels[ALICE, Role.BENEFICIARY]
                less = OpenedSums(unit=Opening(value=0, blinding=0), flag=Opening(value=-1, blinding=0))
                row.own, row.peer = row.own + less, row.peer + less
        return part


def _without_flag(data: bytes) -> bytes:
    """Return a record whose flag says BASIC where it said FULL, under the same blinding."""
    record, engine = Record.decode(data), group()
    less = engine.negate(bases(engine).value)
    return replace(record, flag=engine.encode(engine.add(engine.decode(record.flag), less))).encode()


def wrong_tier(stage: Stage) -> Sight:
    """Bob records a transfer above the limit as one without FULL data."""
    largest = max(settled(stage.plan, to=BOB), key=lambda each: each.value)
    return stage.audit(stage.folders(_Understates(stage.plan, largest)))


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "duplicated-record": duplicated_record,
    "altered-record": altered_record,
    "swapped-proof": swapped_proof,
    "missing-proof": missing_proof,
    "wrong-pack": wrong_pack,
    "home-made-pack": homemade_pack,
    "wrong-tier": wrong_tier,
}
