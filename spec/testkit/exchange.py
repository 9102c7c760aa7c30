"""Suite `exchange`: what either side does at each event, and what it refuses."""

from dataclasses import replace

from kit import vector
from transfer import (
    ACCEPTED,
    AGREED,
    ARRIVED,
    BROADCAST,
    CANCELLED,
    DEPOSIT,
    DIFFERS,
    DRAFT,
    EXPIRES,
    HEADER,
    HERE,
    NOW,
    OFFER,
    OFFERED,
    OTHER,
    PENDING,
    REPAIR,
    SENT,
    SETTLED,
    TAKEN,
    TXID,
    arrived,
    closed,
    moved,
    receipt,
    words,
)

from carnet.errors import Code
from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import Move
from carnet.messages import Decision, Phase, Role
from carnet.params import CLOCK_SKEW_S, SETTLE_GRACE_S

# --- the originator ---


@vector("exchange")
def offered():
    """A draft is offered."""
    return moved(DRAFT, OFFER)


@vector("exchange")
def accepted():
    """A receipt accepts the offer."""
    return moved(OFFERED, TAKEN)


@vector("exchange")
def asked_to_repair():
    """A receipt names what is missing."""
    answer = receipt(Decision.REPAIR, code=int(Code.MISSING_FIELDS), paths=("/originator",))
    return moved(OFFERED, originator.Answered(receipt=answer))


@vector("exchange")
def rejected():
    """A receipt rejects, and the beneficiary's statement ends it."""
    answer = originator.Answered(receipt=receipt(Decision.REJECTED), terminal=words(Phase.REJECTED, time=NOW))
    return moved(OFFERED, answer)


@vector("exchange")
def rejected_without_a_statement():
    """A rejection ends the transfer only with the beneficiary's own words."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.REJECTED)))


@vector("exchange")
def receipt_for_another_offer():
    """A receipt is about one header."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.ACCEPTED, header_hash=OTHER)))


@vector("exchange")
def receipt_from_a_time_to_come():
    """The record of a rejection is dated by it: one from the future would be after every checkpoint."""
    late = NOW + 301
    answer = receipt(Decision.REJECTED, time=late)
    return moved(OFFERED, originator.Answered(receipt=answer, terminal=words(Phase.REJECTED, time=late)))


@vector("exchange")
def receipt_of_another_member():
    """Only the member to whom the offer was made answers it."""
    return moved(OFFERED, originator.Answered(receipt=receipt(Decision.ACCEPTED, beneficiary="charlie")))


@vector("exchange")
def receipt_seen_already():
    """A repeated receipt changes nothing."""
    return moved(AGREED, originator.Answered(receipt=receipt(Decision.PENDING)))


@vector("exchange")
def broadcast():
    """What is accepted is paid, and its settlement goes out."""
    return moved(AGREED, BROADCAST, now=NOW + 5)


@vector("exchange")
def broadcast_without_acceptance():
    """Nothing is paid that nobody accepted."""
    return moved(OFFERED, BROADCAST)


@vector("exchange")
def broadcast_too_late():
    """At its expiry an accepted offer is over."""
    return moved(AGREED, BROADCAST, now=EXPIRES)


@vector("exchange")
def broadcast_again():
    """The same transaction after a reorganisation keeps its statement, to the byte."""
    away = originator.advance(SENT, originator.Ended(move=Move.REORGANISE, **HERE), now=NOW + 50).state
    return moved(away, BROADCAST, now=NOW + 60)


@vector("exchange")
def settled():
    """The countersigned settlement ends it."""
    return moved(SENT, originator.Countersigned(statement=SETTLED), now=NOW + 9)


@vector("exchange")
def settled_as_another_transaction():
    """What comes back signed must be what went out."""
    other = replace(SETTLED, salted_txid=OTHER)
    return moved(SENT, originator.Countersigned(statement=other), now=NOW + 9)


def contradicted(**changes):
    """Return the beneficiary's answer to a settlement that the chain does not bear out."""
    return originator.Countersigned(statement=words(Phase.MISMATCH, txid=TXID, **{"time": NOW + 8} | changes))


@vector("exchange")
def mismatch_signed_by_the_beneficiary():
    """The originator takes the beneficiary's word over, with its time."""
    return moved(SENT, contradicted(), now=NOW + 9)


@vector("exchange")
def mismatch_of_another_transaction():
    """It must be about the transaction that was broadcast."""
    return moved(SENT, contradicted(salted_txid=OTHER), now=NOW + 9)


@vector("exchange")
def mismatch_from_before_the_broadcast():
    """Its time decides the epoch of the record."""
    return moved(SENT, contradicted(time=NOW + 4 - CLOCK_SKEW_S), now=NOW + 9)


@vector("exchange")
def mismatch_from_a_time_to_come():
    """The same, in the other direction."""
    return moved(SENT, contradicted(time=NOW + 10 + CLOCK_SKEW_S), now=NOW + 9)


@vector("exchange")
def mismatch_of_what_was_cancelled():
    """Nothing was broadcast that could differ."""
    over = originator.advance(AGREED, originator.Ended(move=Move.CANCEL, **HERE), now=NOW + 5).state
    return moved(over, contradicted(salted_txid=None), now=NOW + 9)


@vector("exchange")
def unconfirmed():
    """A broadcast is given up when the grace ends, and has that time, whenever it is noticed."""
    return moved(SENT, originator.Tick(**HERE), now=EXPIRES + SETTLE_GRACE_S + 77)


@vector("exchange")
def not_yet_unconfirmed():
    """A second before the grace ends."""
    return moved(SENT, originator.Tick(**HERE), now=EXPIRES + SETTLE_GRACE_S - 1)


@vector("exchange")
def cancelled():
    """The originator withdraws, tells it, and records it at once."""
    return moved(AGREED, originator.Ended(move=Move.CANCEL, **HERE), now=NOW + 5)


@vector("exchange")
def draft_dropped():
    """What was never offered leaves no record."""
    return moved(DRAFT, originator.Ended(move=Move.CANCEL, **HERE))


@vector("exchange")
def expired():
    """Expiry has the time that the header says, whenever it is noticed."""
    return moved(AGREED, originator.Tick(**HERE), now=EXPIRES + 77)


@vector("exchange")
def gone_on_alone():
    """The policy lets a transfer go on without a counterparty."""
    return moved(OFFERED, originator.Alone(reason="no node answers"))


# --- the beneficiary ---


@vector("exchange")
def offer_accepted():
    """An offer that nothing is wrong with."""
    return moved(None, ARRIVED, role=Role.BENEFICIARY)


@vector("exchange")
def offer_rejected():
    """A rejection is an answer and an ending in one."""
    return moved(None, arrived(Decision.REJECTED, code=Code.UNOPENED), role=Role.BENEFICIARY)


@vector("exchange")
def offer_replayed():
    """The same offer again brings the stored answer."""
    return moved(ACCEPTED, ARRIVED, now=NOW + 99)


@vector("exchange")
def offer_with_two_contents():
    """Two contents under one transfer and revision are kept as evidence, and neither is answered again."""
    return moved(ACCEPTED, arrived(Decision.ACCEPTED, header_hash=OTHER))


@vector("exchange")
def offer_of_another_member():
    """A transfer belongs to one member for ever."""
    return moved(REPAIR, arrived(Decision.ACCEPTED, header=replace(HEADER, originator="charlie", revision=2)))


@vector("exchange")
def second_revision_first():
    """A transfer that nobody knows begins with revision 1."""
    return moved(None, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2)), role=Role.BENEFICIARY)


@vector("exchange")
def second_revision_after_acceptance():
    """What is accepted is not offered again."""
    return moved(ACCEPTED, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2), header_hash=OTHER))


@vector("exchange")
def repaired():
    """A second revision answers a repair."""
    return moved(REPAIR, arrived(Decision.ACCEPTED, header=replace(HEADER, revision=2), header_hash=OTHER))


@vector("exchange")
def pending_decided():
    """A pending offer is decided, under the next serial."""
    verdict = Verdict(decision=Decision.ACCEPTED, checks=31)
    return moved(PENDING, beneficiary.Decided(header=HEADER, verdict=verdict, counter=2), now=NOW + 60)


@vector("exchange")
def pending_decided_too_late():
    """An expired offer is not accepted."""
    verdict = Verdict(decision=Decision.ACCEPTED)
    return moved(PENDING, beneficiary.Decided(header=HEADER, verdict=verdict, counter=2), now=EXPIRES)


@vector("exchange")
def settlement_countersigned():
    """The settlement is signed as it came."""
    return moved(ACCEPTED, closed(SETTLED), now=NOW + 10)


@vector("exchange")
def settlement_replayed():
    """The same settlement again brings the stored answer."""
    return moved(beneficiary.advance(ACCEPTED, closed(SETTLED), now=NOW + 10).state, closed(SETTLED), now=NOW + 99)


@vector("exchange")
def settlement_of_what_nobody_knows():
    """A transfer that was never offered here."""
    return moved(None, closed(SETTLED), role=Role.BENEFICIARY)


@vector("exchange")
def settlement_that_names_another_beneficiary():
    """What is countersigned must be what the beneficiary would have said."""
    return moved(ACCEPTED, closed(replace(SETTLED, beneficiary="charlie")), now=NOW + 10)


@vector("exchange")
def settlement_from_the_future():
    """A statement's time decides the epoch of the record."""
    return moved(ACCEPTED, closed(replace(SETTLED, time=NOW + 11 + CLOCK_SKEW_S)), now=NOW + 10)


@vector("exchange")
def cancellation_countersigned():
    """A cancellation is acknowledged."""
    return moved(ACCEPTED, closed(CANCELLED), now=NOW + 10)


@vector("exchange")
def cancellation_with_a_transaction():
    """A cancellation names no transaction."""
    return moved(ACCEPTED, closed(replace(CANCELLED, salted_txid=TXID)), now=NOW + 10)


@vector("exchange")
def deposit_seen():
    """The chain may speak before the originator does."""
    return moved(ACCEPTED, DEPOSIT, now=NOW + 3)


@vector("exchange")
def deposit_differs():
    """Another amount than was agreed."""
    return moved(ACCEPTED, DIFFERS, now=NOW + 3)


@vector("exchange")
def settlement_of_a_mismatch():
    """Whatever transaction it names, the signed word that the chain shows another is the answer."""
    state = beneficiary.advance(ACCEPTED, DIFFERS, now=NOW + 3).state
    return moved(state, closed(replace(SETTLED, salted_txid=OTHER)), now=NOW + 10)


@vector("exchange")
def settlement_of_a_mismatch_of_another_offer():
    """It must be a settlement of this transfer."""
    state = beneficiary.advance(ACCEPTED, DIFFERS, now=NOW + 3).state
    return moved(state, closed(replace(SETTLED, header_hash=OTHER)), now=NOW + 10)


@vector("exchange")
def deposit_given_up():
    """A deposit that the chain showed, and nobody settled."""
    state = beneficiary.advance(ACCEPTED, DEPOSIT, now=NOW + 3).state
    return moved(state, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S + 77)


@vector("exchange")
def grace_not_over():
    """The originator may have broadcast in the last second."""
    return moved(ACCEPTED, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S - 1)


@vector("exchange")
def grace_over():
    """After the grace it expires, as of the header's time."""
    return moved(ACCEPTED, beneficiary.Tick(header=HEADER), now=EXPIRES + SETTLE_GRACE_S)


@vector("exchange")
def recorded():
    """The record of an ending is in the log."""
    ended = beneficiary.advance(ACCEPTED, closed(SETTLED), now=NOW + 10).state
    return moved(ended, beneficiary.Recorded())
