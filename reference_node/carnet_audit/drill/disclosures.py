"""Drills about disclosures: what a supervisor was shown, and both ends have not signed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from carnet import wire
from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.disclosure.messages import DisclosureRequest, RecordAnswer, ShownLeaf, ShownRecord
from carnet.disclosure.respond import show, show_cover
from carnet.log.cover import make_cover
from carnet.log.record import Record
from carnet.messages import Check, Receipt, Role
from carnet.testing import disclosures
from carnet.testing.disclosures import make_stage
from carnet_audit.drill.stage import ALICE, Sight, Stage, attempts

ASKED: Final = 0
"""The record that the supervisor asks about."""
AMOUNT: Final = "/transfer/amount"

Change = Callable[[disclosures.Stage, DisclosureRequest, RecordAnswer], RecordAnswer]


def _answered(change: Change) -> Sight:
    """Return what a supervisor sees whom Alice answers with a *change*; without it, the answer would do."""
    scene = make_stage()
    request = scene.request(ASKED)
    opened = scene.open(request)
    (honest,) = scene.answers(request)

    def look(answer: RecordAnswer) -> Callable[[], object]:
        return lambda: scene.verify(scene.respond(opened, [answer]).sealed, opened)

    return attempts(("an honest answer", look(honest)), ("alice's answer", look(change(scene, request, honest))))


def _shown(answer: RecordAnswer) -> ShownRecord:
    if answer.shown is None:
        raise LookupError("the record that is asked about is no cover")
    return answer.shown


def forged_receipt(stage: Stage) -> Sight:
    """Alice shows a receipt by which Bob has screened nobody, which she has signed herself."""
    del stage

    def forge(scene: disclosures.Stage, request: DisclosureRequest, answer: RecordAnswer) -> RecordAnswer:
        del request
        shown = _shown(answer)
        if shown.receipt is None:
            raise LookupError("the transfer that is asked about was answered")
        receipt = Receipt.decode(cose.payload_of(shown.receipt))
        softer = replace(receipt, checks=receipt.checks & ~Check.SCREENED)
        signed = cose.sign(softer, seed=scene.network.ledgers[ALICE].keys.identity)
        return replace(answer, shown=replace(shown, receipt=signed))

    return _answered(forge)


def tampered_disclosure(stage: Stage) -> Sight:
    """Alice shows a smaller amount than she sent."""
    del stage

    def smaller(leaf: ShownLeaf) -> ShownLeaf:
        match wire.decode(leaf.content):
            case [str(path), bytes(value)] if path == AMOUNT:
                tenth = (int.from_bytes(value, "big") // 10).to_bytes(len(value), "big").lstrip(b"\0")
                return replace(leaf, content=wire.encode([path, tenth]))
            case _:
                return leaf

    def tamper(scene: disclosures.Stage, request: DisclosureRequest, answer: RecordAnswer) -> RecordAnswer:
        del scene, request
        shown = _shown(answer)
        return replace(answer, shown=replace(shown, leaves=tuple(map(smaller, shown.leaves))))

    return _answered(tamper)


def other_opening(stage: Stage) -> Sight:
    """Alice opens the commitment to a tenth of what it holds."""
    del stage

    def reopen(scene: disclosures.Stage, request: DisclosureRequest, answer: RecordAnswer) -> RecordAnswer:
        del scene, request
        shown = _shown(answer)
        openings = tuple(replace(each, value=each.value // 10) for each in shown.openings)
        return replace(answer, shown=replace(shown, openings=openings))

    return _answered(reopen)


def withheld_answer(stage: Stage) -> Sight:
    """Alice answers half of what was asked for."""
    del stage

    def withhold(scene: disclosures.Stage, request: DisclosureRequest, answer: RecordAnswer) -> RecordAnswer:
        (asked,) = request.records
        return show(scene.held[ALICE][answer.index], asked, replace(request, paths=(AMOUNT,)))

    return _answered(withhold)


def claimed_cover(stage: Stage) -> Sight:
    """Alice says that the record is a cover."""
    del stage

    def claim(scene: disclosures.Stage, request: DisclosureRequest, answer: RecordAnswer) -> RecordAnswer:
        (asked,) = request.records
        book = scene.network.ledgers[ALICE]
        record = Record.decode(book.records[answer.index])
        coins = visible_coins("a cover that is none")
        cover = make_cover(book.pack, role=Role.ORIGINATOR, epoch=record.epoch, coins=coins)
        return show_cover(record, cover.openings, asked, path=answer.path)

    return _answered(claim)


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "forged-receipt": forged_receipt,
    "tampered-disclosure": tampered_disclosure,
    "other-opening": other_opening,
    "withheld-answer": withheld_answer,
    "claimed-cover": claimed_cover,
}
