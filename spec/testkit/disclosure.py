"""Suites `disclosure_request`, `disclosure` and `disclosure_notice`: who may ask, what is answered, what the log tells.

A response is given as it was signed, without its seal: HPKE draws randomness that nobody can draw again. One sealed
response is frozen in spec/vectors/frozen/disclosure.json; ``python spec/testkit/disclosure.py`` made it.
"""

import json
import sys
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from kit import entry, vector

from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.disclosure import branches
from carnet.disclosure.messages import (
    AskedRecord,
    Commitment,
    DisclosureKind,
    DisclosureResponse,
    OpenedNotice,
    Refusal,
    SealedResponse,
    ShownLeaf,
    SpotCheck,
)
from carnet.disclosure.notice import note_of, notice_of
from carnet.disclosure.respond import SALT_SIZE, refuse
from carnet.disclosure.spot import checkpoint_hash, select
from carnet.disclosure.verify import verify_signed
from carnet.envelope import tree
from carnet.messages import OfferHeader, Phase, Receipt, TerminalStatement
from carnet.params import SUITE
from carnet.secret import Secret
from carnet.testing import disclosures, ledger
from carnet.wire import decode, write

FROZEN = Path(__file__).parent.parent / "vectors" / "frozen" / "disclosure.json"
NOW = disclosures.NOW
ALICE, BOB = "alice", "bob"
NONCE = visible_coins("the nonce of a spot check")(32)
PAGE = visible_coins("the hash of the page of a spot check")(32)


@cache
def stage():
    return disclosures.make_stage()


# --- requests ---


def asked(request, expect, *, signed=None, **more):
    """Return a vector of *request*, opened by the VASP alice at some time."""
    data = signed or cose.sign(request, seed=disclosures.supervisor_seed(request.requester))
    book = stage().network.ledgers[ALICE]
    whole = {"directory": book.directory, "authority": stage().network.authority, "vasp_text": ALICE, "now": NOW}
    return whole | {"request": data, "expect": expect} | more


def warrant(**changes):
    return stage().request(0, **changes)


@vector("disclosure_request")
def a_warrant():
    """A supervisor of the VASP's jurisdiction asks for two paths of one record."""
    return asked(warrant(), "ok")


@vector("disclosure_request")
def a_voluntary_disclosure():
    """The VASP itself asks, for whoever holds the sealing key."""
    request = warrant(kind=DisclosureKind.VOLUNTARY, requester="auditor.example")
    return asked(request, "ok", signed=stage().sign(request))


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


@vector("disclosure_request")
def a_spot_check():
    """Two of four records, drawn from a checkpoint and a nonce."""
    return asked(spot_check(), "ok", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def a_spot_check_of_no_page():
    """As the one before, but it does not say of which page its records are."""
    spot = spot_check().spot
    without = SpotCheck(report=spot.report, checkpoint=spot.checkpoint, nonce=spot.nonce)
    return asked(spot_check(spot=without), "ok", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def a_spot_check_of_another_page():
    """The report that is shown now groups the same records on another page."""
    return asked(spot_check(), "disclosure.selection", eligible=[0, 1, 2, 3], page=bytes(32))


@vector("disclosure_request")
def a_spot_check_of_chosen_records():
    """The records are not those that checkpoint and nonce draw."""
    drawn = {each.index for each in spot_check().records}
    other = [index for index in range(4) if index not in drawn]
    return asked(spot_check(records=stage().asked(*other)), "disclosure.selection", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def the_whole_payload():
    """The empty path asks for all of a payload but its seed."""
    return asked(warrant(paths=("",)), "ok")


@vector("disclosure_request")
def by_a_stranger():
    """The directory names no such supervisor."""
    request = warrant(requester="stranger.example")
    return asked(request, "disclosure.supervisor")


@vector("disclosure_request")
def by_the_supervisor_of_another_jurisdiction():
    """A supervisor asks a VASP of another jurisdiction."""
    return asked(warrant(requester=disclosures.ELSEWHERE), "disclosure.jurisdiction")


@vector("disclosure_request")
def in_the_name_of_a_supervisor():
    """Somebody else signs in the name of the supervisor."""
    request = warrant()
    return asked(request, "signature.kid", signed=cose.sign(request, seed=ledger.authority_seed()))


@vector("disclosure_request")
def voluntary_by_a_supervisor():
    """Only the VASP itself discloses voluntarily."""
    return asked(warrant(kind=DisclosureKind.VOLUNTARY), "signature.kid")


@vector("disclosure_request")
def changed_after_it_was_signed():
    """One more path than the supervisor signed."""
    protected, unprotected, _, signature = decode(stage().sign(warrant()))
    return asked(None, "signature", signed=write([protected, unprotected, warrant(paths=("",)).encode(), signature]))


@vector("disclosure_request")
def of_another_suite():
    """A suite that does not exist."""
    return asked(warrant(suite=2), "disclosure.suite")


@vector("disclosure_request")
def of_another_network():
    """A network that is not the directory's."""
    return asked(warrant(network="another"), "disclosure.network")


@vector("disclosure_request")
def to_nobody():
    """A VASP that the directory does not list."""
    return asked(replace(warrant(), vasp="nobody"), "member.unknown")


@vector("disclosure_request")
def to_another_vasp():
    """Bob is asked, and alice is given the request."""
    request = stage().request(0, vasp=BOB)
    return asked(request, "disclosure.vasp")


@vector("disclosure_request")
def too_early():
    """Issued 301 seconds from now."""
    return asked(warrant(), "disclosure.early", now=NOW - 60 - 301)


@vector("disclosure_request")
def expired():
    """Its last second is over."""
    return asked(warrant(), "disclosure.expired", now=warrant().expires)


@vector("disclosure_request")
def valid_for_too_long():
    """More than 366 days."""
    return asked(warrant(expires=NOW - 60 + 366 * 86_400 + 1), "disclosure.validity")


@vector("disclosure_request")
def never_valid():
    """It expires when it is issued."""
    return asked(warrant(expires=NOW - 60), "disclosure.validity")


@vector("disclosure_request")
def gagged_for_too_long():
    """More than 1,830 days."""
    return asked(warrant(gag_until=NOW - 60 + 1830 * 86_400 + 1), "disclosure.gag")


@vector("disclosure_request")
def the_seed():
    """The seed would open everything."""
    return asked(warrant(paths=("/seed",)), "disclosure.path")


@vector("disclosure_request")
def a_path_that_no_field_has():
    """A payload has no such field."""
    return asked(warrant(paths=("/identity/originator/shoeSize",)), "disclosure.path")


@vector("disclosure_request")
def a_path_below_a_value():
    """An amount has no parts."""
    return asked(warrant(paths=("/transfer/amount/0",)), "disclosure.path")


@vector("disclosure_request")
def each_of_what_is_no_array():
    """The star stands for items of arrays alone."""
    return asked(warrant(paths=("/transfer/*",)), "disclosure.path")


@vector("disclosure_request")
def a_path_twice():
    """The same path two times."""
    return asked(warrant(paths=("/transfer/amount", "/transfer/amount")), "disclosure.form")


@vector("disclosure_request")
def a_record_twice():
    """The same record two times."""
    return asked(warrant(records=stage().asked(0, 0)), "disclosure.form")


@vector("disclosure_request")
def a_spot_check_with_paths():
    """A spot check opens the customer's pseudonym and nothing else."""
    return asked(spot_check(paths=("/transfer/amount",)), "disclosure.form")


@vector("disclosure_request")
def a_warrant_that_was_drawn():
    """Only a spot check names a checkpoint and a nonce."""
    return asked(warrant(spot=spot_check().spot), "disclosure.form")


# --- responses ---


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


@vector("disclosure")
def a_name_and_an_amount():
    """One record: the originator's name, the amount, and the values."""
    return answered(warrant(), "ok", **told(warrant()))


@vector("disclosure")
def nothing_but_the_signed_objects():
    """No path and no opening: header, receipt and statement are shown all the same."""
    request = warrant(paths=(), openings=())
    return answered(request, "ok", **told(request))


@vector("disclosure")
def an_absent_field():
    """A field that the payload does not have is a leaf without a value."""
    request = warrant(paths=("/transfer/purpose", "/identity/originatingVASP/originatingVASP"))
    return answered(request, "ok", **told(request))


@vector("disclosure")
def an_item_that_is_not_there():
    """The second originator of one: the number of originators answers."""
    request = warrant(paths=("/identity/originator/originatorPerson/1/naturalPerson/name",))
    return answered(request, "ok", **told(request))


@vector("disclosure")
def all_of_it():
    """The whole payload but its seed."""
    request = warrant(paths=("",), openings=tuple(Commitment))
    return answered(request, "ok", **told(request))


@vector("disclosure")
def all_records():
    """Two settlements, a rejection and a cover."""
    request = stage().request(0, 1, 2, 3)
    return answered(request, "ok", **told(request))


@vector("disclosure")
def of_a_spot_check():
    """The pseudonyms of the customers, and a cover."""
    return answered(spot_check(), "ok", **told(spot_check()))


@vector("disclosure")
def all_refused():
    """One record is not known, the other was declined."""
    request = stage().request(0, 2)
    reasons = (Refusal.UNKNOWN, Refusal.DECLINED)
    answers = [refuse(each, reason) for each, reason in zip(request.records, reasons, strict=True)]
    return answered(request, "ok", answers=answers)


@vector("disclosure")
def response_to_another_request():
    """An answer to a request for the same record, a minute earlier."""
    earlier = warrant(issued=NOW - 120)
    return answered(earlier, "disclosure.context", signed_request=stage().sign(warrant()))


@vector("disclosure")
def response_of_another_vasp():
    """Bob signs for alice."""
    return answered(warrant(), "disclosure.signature", signer=BOB)


@vector("disclosure")
def response_in_the_name_of_another_vasp():
    """It says that it is bob's."""
    return answered(warrant(), "disclosure.context", change=lambda whole: replace(whole, vasp=BOB))


@vector("disclosure")
def response_after_the_request_expired():
    """Given in the second in which the request expires."""
    late = warrant().expires
    return answered(warrant(), "disclosure.time", change=lambda whole: replace(whole, time=late), now=late)


@vector("disclosure")
def response_before_the_request():
    """Given 301 seconds before the request was issued."""
    return answered(warrant(), "disclosure.time", change=lambda whole: replace(whole, time=NOW - 60 - 301))


@vector("disclosure")
def response_from_a_time_to_come():
    """Given 301 seconds from now."""
    return answered(warrant(), "disclosure.time", change=lambda whole: replace(whole, time=NOW + 301))


@vector("disclosure")
def fewer_records_than_asked():
    """Two records were asked for, one is answered."""
    request = stage().request(0, 2)
    return answered(request, "disclosure.records", answers=stage().answers(request)[:1])


@vector("disclosure")
def checkpoint_without_its_witness():
    """The log's own signature alone."""
    note = b"".join(stage().network.ledgers[ALICE].note().splitlines(keepends=True)[:-1])
    return answered(warrant(), "disclosure.checkpoint", change=lambda whole: replace(whole, checkpoint=note))


@vector("disclosure")
def bundle_of_another_vasp():
    """The key bundle is bob's."""
    bundle = stage().network.ledgers[BOB].bundles[-1]
    return answered(warrant(), "disclosure.checkpoint", change=lambda whole: replace(whole, bundle=bundle))


@vector("disclosure")
def record_and_refusal():
    """A record is shown, and refused."""
    (answer,) = stage().answers(warrant())
    return answered(warrant(), "disclosure.answer", answers=[replace(answer, refusal=Refusal.DECLINED)])


@vector("disclosure")
def nothing_at_all():
    """Neither shown nor refused."""
    (answer,) = stage().answers(warrant())
    return answered(warrant(), "disclosure.answer", answers=[replace(answer, shown=None)])


@vector("disclosure")
def another_record():
    """Another record than the entry is the hash of."""
    (answer,) = stage().answers(warrant())
    other = stage().held[ALICE][2].record.encode()
    return answered(warrant(), "disclosure.entry", answers=[replace(answer, record=other)])


@vector("disclosure")
def record_that_is_not_in_the_log():
    """A record in whose place the log has another one."""
    held = stage().held[ALICE][0]
    record = replace(held.record, epoch=held.record.epoch - 1)
    request = warrant(records=(AskedRecord(index=0, entry=record.entry()),))
    (answer,) = stage().answers(warrant())
    forged = replace(answer, entry=record.entry(), record=record.encode())
    return answered(request, "disclosure.inclusion", answers=[forged])


@vector("disclosure")
def cover_that_is_a_transfer():
    """A settlement is passed off as a cover."""
    (answer,) = stage().answers(warrant())
    (cover,) = stage().answers(stage().request(1))
    return answered(warrant(), "disclosure.cover", answers=[replace(answer, shown=None, cover=cover.cover)])


@vector("disclosure")
def header_of_another_transfer():
    """The header of the third transfer, which alice signed too."""
    return shown("disclosure.header_ref", header=stage().held[ALICE][3].header)


@vector("disclosure")
def header_that_the_originator_did_not_sign():
    """Bob signs alice's header."""
    held = stage().held[ALICE][0]
    forged = cose.sign(header_of(held), seed=stage().network.ledgers[BOB].keys.identity)
    return shown("disclosure.header", header=forged)


@vector("disclosure")
def header_of_somebody_elses_transfer():
    """The header is of a transfer from bob to alice, and the record is an originator's."""
    held = stage().held[ALICE][0]
    header = replace(header_of(held), originator=BOB, beneficiary=ALICE)
    return shown("disclosure.party", header=cose.sign(header, seed=stage().network.ledgers[BOB].keys.identity))


@vector("disclosure")
def receipt_that_the_beneficiary_did_not_sign():
    """Alice writes herself a receipt."""
    held = stage().held[ALICE][0]
    claim = receipt_of(held)
    return shown("disclosure.receipt", receipt=cose.sign(claim, seed=stage().network.ledgers[ALICE].keys.identity))


@vector("disclosure")
def receipt_for_another_offer():
    """The receipt that bob signed for the third transfer."""
    return shown("disclosure.receipt", receipt=stage().held[ALICE][3].receipt)


@vector("disclosure")
def another_receipt_for_the_offer():
    """A receipt for this offer that bob signed too, but not the one that the record refers to."""
    claim = replace(receipt_of(stage().held[ALICE][0]), serial=2)
    return shown("disclosure.receipt_ref", receipt=cose.sign(claim, seed=stage().network.ledgers[BOB].keys.identity))


@vector("disclosure")
def receipt_withheld():
    """There is a receipt, and it is not shown."""
    return shown("disclosure.receipt_ref", receipt=None)


@vector("disclosure")
def settlement_that_one_end_signed():
    """A settlement is signed by both."""
    return shown("disclosure.statement", statements=part().statements[:1])


@vector("disclosure")
def statement_of_another_ending():
    """Both ends sign another time."""
    statement = replace(statement_of(stage().held[ALICE][0]), time=ledger.START - 1)
    signed = tuple(cose.sign(statement, seed=stage().network.ledgers[name].keys.identity) for name in (ALICE, BOB))
    return shown("disclosure.terminal_ref", statements=signed)


@vector("disclosure")
def statement_of_another_kind():
    """Bob signs that he rejected what was settled."""
    statement = replace(statement_of(stage().held[ALICE][0]), state=Phase.REJECTED)
    signed = (cose.sign(statement, seed=stage().network.ledgers[BOB].keys.identity),)
    return shown("disclosure.ending", statements=signed)


@vector("disclosure")
def commitments_that_do_not_lead_to_the_record():
    """One shift is another."""
    links = part().links
    return shown("disclosure.commitment", links=replace(links, unit_shift=links.value_shift))


def leaf(number=0):
    return part().leaves[number]


def with_leaf(changed, number=0):
    leaves = list(part().leaves)
    leaves[number] = changed
    return tuple(leaves)


@vector("disclosure")
def leaf_with_another_value():
    """The amount is another."""
    at = next(at for at, each in enumerate(part().leaves) if decode(each.content)[0] == "/transfer/amount")
    content = write(["/transfer/amount", b"\1"])
    return shown("disclosure.root", leaves=with_leaf(replace(leaf(at), content=content), at))


@vector("disclosure")
def leaf_with_another_salt():
    """The salts of two leaves are exchanged."""
    return shown("disclosure.root", leaves=with_leaf(replace(leaf(), salt=leaf(1).salt)))


@vector("disclosure")
def leaves_in_each_others_places():
    """Two leaves change places."""
    first, second = leaf(0), leaf(1)
    swapped = with_leaf(replace(first, place=second.place))
    return shown("disclosure.root", leaves=(swapped[0], replace(second, place=first.place), *swapped[2:]))


@vector("disclosure")
def siblings_swapped():
    """Two hashes change places."""
    first, second, *others = part().hashes
    return shown("disclosure.root", hashes=(second, first, *others))


@vector("disclosure")
def one_hash_too_few():
    """The last hash is missing."""
    return shown("disclosure.root", hashes=part().hashes[:-1])


@vector("disclosure")
def one_hash_too_many():
    """A hash that leads nowhere."""
    return shown("disclosure.root", hashes=(*part().hashes, bytes(32)))


@vector("disclosure")
def leaf_twice():
    """The same leaf in two places."""
    return shown("disclosure.leaf", leaves=(*part().leaves, replace(leaf(), place=127)))


@vector("disclosure")
def leaf_of_padding():
    """A padding leaf has no path, and answers none."""
    return shown("disclosure.leaf", leaves=with_leaf(replace(leaf(), content=write([None, None]))))


@vector("disclosure")
def leaf_withheld():
    """The payload's tree has the amount, and it is hidden behind a hash."""
    fewer = part(warrant(paths=("/identity/originator/originatorPerson/*/naturalPerson/name",)))
    return shown("disclosure.withheld", leaves=fewer.leaves, hashes=fewer.hashes)


@vector("disclosure")
def leaf_that_was_not_asked_for():
    """The destination address is shown as well."""
    paths = (*warrant().paths, "/transfer/destinationAddress")
    more = part(warrant(paths=paths))
    return shown("disclosure.unasked", leaves=more.leaves, hashes=more.hashes)


@vector("disclosure")
def opening_to_another_value():
    """A cent less."""
    first, *others = part().openings
    return shown("disclosure.opening", openings=(replace(first, value=first.value - 1), *others))


@vector("disclosure")
def opening_withheld():
    """The value in the unit of account is not opened."""
    return shown("disclosure.withheld", openings=part().openings[:-1])


@vector("disclosure")
def opening_that_was_not_asked_for():
    """The flag is opened as well."""
    more = part(warrant(openings=tuple(Commitment)))
    return shown("disclosure.unasked", openings=more.openings)


@vector("disclosure")
def value_that_its_field_cannot_have():
    """Both ends signed the root of a payload whose amount is a text."""
    payload, salt = stage().held[ALICE][0].payload, bytes(32)
    hashes = [each.hash() for each in tree.leaves(payload, seed=Secret(payload.seed))]
    content = write(["/transfer/amount", "much"])
    hashes[0] = sha256(b"\0" + salt + content).digest()
    (root,) = branches.prove(hashes, shown=())
    crafted = disclosures.make_stage(root=root)
    request = crafted.request(0, paths=("/transfer/amount",), openings=())
    (answer,) = crafted.answers(request)
    leaves = (ShownLeaf(place=0, content=content, salt=salt),)
    changed = replace(answer.shown, leaves=leaves, hashes=tuple(branches.prove(hashes, shown={0})))
    return answered(request, "disclosure.value", answers=[replace(answer, shown=changed)], on=crafted)


# --- what the log tells ---


def noticed(expect, *, change=None, opened_change=None, now=None, notice=None, **changes):
    request = warrant(**changes)
    opened = stage().open(request)
    responded = stage().respond(opened)
    response = DisclosureResponse.decode(
        cose.payload_of(answered(request, "ok")["response"], limit=1 << 20), limit=1 << 20
    )
    note = note_of(opened, response, response_hash=bytes(range(32)))
    note = change(note) if change else note
    shown_note = OpenedNotice(salt=responded.opened.salt, note=note)
    named = notice_of(shown_note)
    shown_note = opened_change(shown_note) if opened_change else shown_note
    return {
        "network_text": ledger.NETWORK,
        "vasp_text": ALICE,
        "notice": (notice(named) if notice else named).encode(),
        "opened": shown_note.encode(),
        "now": NOW if now is None else now,
        "expect": expect,
    }


@vector("disclosure_notice")
def opened_at_once():
    """There is no gag."""
    return noticed("ok")


@vector("disclosure_notice")
def opened_when_the_gag_is_over():
    """The second in which the gag is over."""
    return noticed("ok", gag_until=NOW + 86_400, now=NOW + 86_400)


@vector("disclosure_notice")
def opened_too_early():
    """The gag lasts another 301 seconds."""
    return noticed("disclosure.gag", gag_until=NOW + 301)


@vector("disclosure_notice")
def another_salt():
    """The note without its salt says nothing."""
    return noticed("disclosure.notice", opened_change=lambda whole: replace(whole, salt=bytes(32)))


@vector("disclosure_notice")
def another_note():
    """One record less than was disclosed."""
    return noticed(
        "disclosure.notice",
        opened_change=lambda whole: replace(whole, note=replace(whole.note, records=0)),
    )


@vector("disclosure_notice")
def note_of_another_vasp():
    """Bob's disclosure in alice's log."""
    return noticed("disclosure.note", change=lambda note: replace(note, vasp=BOB))


@vector("disclosure_notice")
def notice_of_another_day():
    """The notice is dated to the day before."""
    return noticed("disclosure.note", notice=lambda named: replace(named, epoch=named.epoch - 1))


# --- the frozen one ---


def frozen_vectors():
    """Return the sealed vectors: one that opens, and one fault each in those that do not."""
    opened = stage().open(warrant())
    sealed = stage().respond(opened).sealed
    seed = visible_coins("the sealing key of the testing network's supervisor")(32)
    other = stage().open(warrant(issued=NOW - 120))
    assert hpke.PrivateKey(Secret(seed)).public == warrant().recipient
    message = SealedResponse.decode(sealed, limit=1 << 20)
    whole = {"request": stage().sign(warrant()), "sealed": sealed, "seed": seed}
    flipped = message.ciphertext[:-1] + bytes([message.ciphertext[-1] ^ 1])
    renamed = replace(message, request_hash=other.hash).encode()
    return [
        entry("opens", "A response as it travels.", whole | {"expect": "ok"}),
        entry(
            "another_request",
            "The same response in answer to another request.",
            whole | {"request": stage().sign(other.request), "expect": "disclosure.request"},
        ),
        entry(
            "another_request_named",
            "It says that it answers another request, to which it was not sealed.",
            whole | {"request": stage().sign(other.request), "sealed": renamed, "expect": "disclosure.seal"},
        ),
        entry("another_key", "Another key does not open it.", whole | {"seed": bytes(32), "expect": "disclosure.seal"}),
        entry(
            "changed",
            "A bit of the ciphertext is another.",
            whole | {"sealed": replace(message, ciphertext=flipped).encode(), "expect": "disclosure.seal"},
        ),
    ]


if __name__ == "__main__":
    if FROZEN.exists():
        sys.exit(f"{FROZEN.name} is frozen")
    whole_file = {"suite": "disclosure_sealed", "version": 1, "vectors": frozen_vectors()}
    FROZEN.write_text(json.dumps(whole_file, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
