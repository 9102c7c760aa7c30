"""Drills about histories: logs that fork, shrink, or lose what they held, and those who should have watched."""

from collections.abc import Callable, Mapping
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.evidence import DIRECTORY
from carnet.log.checkpoint import Checkpoint
from carnet.log.cover import make_cover, prove_cover
from carnet.log.tiles import CHECKPOINT
from carnet.messages import Directory, Role
from carnet.params import EPOCH_S
from carnet.reporting.report import EpochReport
from carnet.testing.ledger.batch import Part
from carnet.testing.ledger.chronicle import Conduct, cosigned
from carnet.testing.ledger.plan import Interval
from carnet.testing.ledger.society import FIRST_EPOCH, Society
from carnet_audit.drill.stage import ALICE, Sight, Stage, items, with_items

LOST: Final = 5
"""The number of a record that gets lost."""


def honest(stage: Stage) -> Sight:
    """Nobody cheats."""
    return stage.audit(stage.folders())


@final
class _Reorders(Conduct):
    """Alice's log holds the same records in another order."""

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        del interval
        if vasp == ALICE:
            part.items.append(part.items.pop(0))
        return part


def forked_log(stage: Stage) -> Sight:
    """Alice shows today another history than the auditor has seen."""
    kept = stage.folders()[ALICE][CHECKPOINT]
    return stage.audit(stage.folders(_Reorders()), seen=[kept])


def split_view(stage: Stage) -> Sight:
    """Alice shows two histories to two readers, who compare."""
    mine, others = stage.folders(), stage.folders(_Reorders())
    return stage.audit(mine | {"alice-as-others-see-it": others[ALICE]})


@final
class _Forgets(Conduct):
    """Alice's folder is that of the day before yesterday."""

    def report(self, vasp: str, report: EpochReport) -> EpochReport | None:
        return None if vasp == ALICE and report.epoch > FIRST_EPOCH + 7 else report


def rolled_back_log(stage: Stage) -> Sight:
    """Alice goes back to a smaller log than the auditor has seen."""
    kept = stage.folders()[ALICE][CHECKPOINT]
    return stage.audit(stage.folders(_Forgets()), seen=[kept])


def dropped_record(stage: Stage) -> Sight:
    """Alice puts a cover into the place of a record that her log has promised."""
    shown = stage.folders()
    coins, pack = visible_coins("a cover in the place of a record"), stage.plan.society.pack(ALICE)
    cover = make_cover(pack, role=Role.ORIGINATOR, epoch=FIRST_EPOCH, coins=coins)
    held = items(shown[ALICE])
    held[LOST] = (cover.record.encode(), prove_cover(cover, pack, coins=coins))
    return stage.audit(shown | {ALICE: with_items(shown[ALICE], held)})


@final
class _FewWitnesses(Conduct):
    """One witness has stopped following Alice's log; she may put its old line under the new checkpoint."""

    def __init__(self, *, borrows: bool) -> None:
        self._borrows = borrows

    def note(self, vasp: str, society: Society, checkpoint: Checkpoint) -> bytes:
        if vasp != ALICE:
            return super().note(vasp, society, checkpoint)
        note = cosigned(society, vasp, checkpoint, witnesses=society.witnesses - 1)
        old = Checkpoint(origin=checkpoint.origin, size=checkpoint.size - 1, root=bytes(32))
        line = society.cosignatures(old, now=society.end - EPOCH_S)[-1]
        return note + line if self._borrows else note


def stale_witness(stage: Stage) -> Sight:
    """A witness has not cosigned since yesterday, and there are too few without it."""
    return stage.audit(stage.folders(_FewWitnesses(borrows=False)))


def borrowed_cosignature(stage: Stage) -> Sight:
    """Alice puts yesterday's cosignature under today's checkpoint."""
    return stage.audit(stage.folders(_FewWitnesses(borrows=True)))


def foreign_directory(stage: Stage) -> Sight:
    """Alice signs a directory of her own, which asks for no witness."""
    shown = stage.folders()
    society = stage.plan.society
    true = Directory.decode(cose.payload_of(society.directory()))
    values = {field.name: getattr(true, field.name) for field in Directory.FIELDS}
    own = cose.sign(Directory(**values | {"quorum": 0, "witnesses": ()}), seed=society.keys(ALICE).identity)
    return stage.audit(shown | {ALICE: shown[ALICE] | {DIRECTORY: own}})


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "forked-log": forked_log,
    "split-view": split_view,
    "rolled-back-log": rolled_back_log,
    "dropped-record": dropped_record,
    "stale-witness": stale_witness,
    "borrowed-cosignature": borrowed_cosignature,
    "foreign-directory": foreign_directory,
}
