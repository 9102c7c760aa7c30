"""Suite `disclosure`, continued: from what is shown of a transfer back to the record."""

from dataclasses import replace
from hashlib import sha256

from disclosed import ALICE, BOB, answered, header_of, part, receipt_of, shown, stage, statement_of, warrant
from kit import vector

from carnet.crypto import cose
from carnet.disclosure import branches
from carnet.disclosure.messages import Commitment, ShownLeaf
from carnet.envelope import tree
from carnet.messages import Phase
from carnet.secret import Secret
from carnet.testing import disclosures, ledger
from carnet.wire import decode, write


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
def statement_of_another_transfer():
    """What both ends signed of the third transfer."""
    return shown("disclosure.statement", statements=stage().held[ALICE][3].statements)


@vector("disclosure")
def two_statements_that_differ():
    """Each end signs a time of its own."""
    other = replace(statement_of(stage().held[ALICE][0]), time=ledger.START - 1)
    signed = cose.sign(other, seed=stage().network.ledgers[BOB].keys.identity)
    return shown("disclosure.statement", statements=(signed, part().statements[0]))


@vector("disclosure")
def statement_of_a_stranger():
    """A third signs the very statement, beside one of the two."""
    signed = cose.sign(statement_of(stage().held[ALICE][0]), seed=disclosures.supervisor_seed(disclosures.EU))
    return shown("disclosure.statement", statements=(part().statements[0], signed))


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
def no_leaf_at_all():
    """Leaves were asked for, and none is shown."""
    return shown("disclosure.withheld", leaves=(), tree_size=None, hashes=())


@vector("disclosure")
def leaves_where_none_were_asked_for():
    """Nothing but commitments was asked for, and leaves are shown as well."""
    honest = part()
    more = {"leaves": honest.leaves, "tree_size": honest.tree_size, "hashes": honest.hashes}
    return shown("disclosure.unasked", request=warrant(paths=()), **more)


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
