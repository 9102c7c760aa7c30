"""What the suites of disclosures share: a stage, and requests to it with their responses."""

from dataclasses import replace
from functools import cache

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.disclosure.messages import DisclosureKind, DisclosureResponse, SpotCheck
from carnet.disclosure.respond import SALT_SIZE
from carnet.disclosure.spot import checkpoint_hash, select
from carnet.disclosure.verify import verify_signed
from carnet.messages import OfferHeader, Receipt, TerminalStatement
from carnet.params import SUITE
from carnet.testing import disclosures, ledger
from carnet.wire import write

NOW = disclosures.NOW
ALICE, BOB = "alice", "bob"
NONCE = visible_coins("the nonce of a spot check")(32)
PAGE = visible_coins("the hash of the page of a spot check")(32)


@cache
def stage():
    return disclosures.make_stage()


def warrant(**changes):
    return stage().request(0, **changes)


def spot_check(**changes):
    book = stage().network.ledgers[ALICE]
    checkpoint = checkpoint_hash(book.checkpoint())
    indices = select(range(4), checkpoint=checkpoint, nonce=NONCE, count=2)
    usual = {
        "kind": DisclosureKind.SPOT_CHECK,
        "paths": (),
        "openings": (),
        "spot": SpotCheck(report=1, checkpoint=checkpoint, nonce=NONCE, page=PAGE),
    }
    return stage().request(*indices, **(usual | changes))


def answered(request, expect, *, answers=None, signer=ALICE, change=None, signed_request=None, on=None, **more):
    """Return a vector of the response to *request*; *change* changes the whole of it."""
    on = on or stage()
    opened, book = on.open(request), on.network.ledgers[ALICE]
    response = DisclosureResponse(
        suite=SUITE,
        network=ledger.NETWORK,
        vasp=ALICE,
        request_hash=opened.hash,
        time=NOW,
        salt=visible_coins("the salt of a disclosure")(SALT_SIZE),
        bundle=book.bundles[-1],
        checkpoint=book.note(),
        answers=tuple(on.answers(request) if answers is None else answers),
    )
    response = change(response) if change else response
    signed = cose.sign(response, seed=stage().network.ledgers[signer].keys.identity)
    return {
        "directory": book.directory,
        "authority": stage().network.authority,
        "packs": book.packs,
        "request": signed_request or on.sign(request),
        "response": signed,
        "now": NOW,
        "expect": expect,
    } | more


def header_of(held):
    return OfferHeader.decode(cose.payload_of(held.header))


def statement_of(held):
    return TerminalStatement.decode(cose.payload_of(held.statements[0]))


def receipt_of(held):
    return Receipt.decode(cose.payload_of(held.receipt))


def shown(expect, *, request=None, **changes):
    """Return a vector in which the one record is shown with *changes*."""
    request = request or warrant()
    (answer,) = stage().answers(request)
    return answered(request, expect, answers=[replace(answer, shown=replace(answer.shown, **changes))])


def part(request=None):
    """Return what is honestly shown of the one record."""
    return stage().answers(request or warrant())[0].shown


def told(request, **more):
    """Return what a response to *request* discloses, as vectors say it."""
    signed = answered(request, "ok")["response"]
    found = verify_signed(signed, stage().open(request), trust=stage().trust, packs=stage().pack, now=NOW)
    records = [
        {
            "index": each.index,
            "cover": each.is_cover,
            "leaves": []
            if each.transfer is None
            else [{"path_text": path, "value": write(value)} for path, value in sorted(each.transfer.leaves.items())],
            "opened": []
            if each.transfer is None
            else [{"name_text": name, "value": value} for name, value in each.transfer.values.items()],
        }
        for each in found.records
    ]
    return {"records": records, "notice": found.notice.encode()} | more
