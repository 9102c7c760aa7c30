"""Suite `disclosure`: what is answered, and how it is held together.

A response is given as it was signed, without its seal: HPKE draws randomness that nobody can draw again. What is shown
of a transfer is led back to the record in `disclosure_shown`.
"""

from dataclasses import replace

from disclosed import ALICE, BOB, NOW, answered, spot_check, stage, told, warrant
from kit import vector

from carnet.disclosure.messages import AskedRecord, Commitment, Refusal, ShownCover
from carnet.disclosure.respond import refuse


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
def response_as_early_as_may_be():
    """Given 300 seconds before the request was issued: clocks differ."""
    return answered(warrant(), "ok", change=lambda whole: replace(whole, time=NOW - 60 - 300))


@vector("disclosure")
def response_before_the_request():
    """Given 301 seconds before the request was issued."""
    return answered(warrant(), "disclosure.time", change=lambda whole: replace(whole, time=NOW - 60 - 301))


@vector("disclosure")
def response_of_a_clock_that_goes_fast():
    """Given 300 seconds from now."""
    return answered(warrant(), "ok", change=lambda whole: replace(whole, time=NOW + 300))


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
def cover_in_which_nothing_moved():
    """A rejected transfer is passed off as a cover: its record holds nothing, and its shifts open it."""
    request = stage().request(2)
    (answer,) = stage().answers(request)
    links = answer.shown.links
    cover = ShownCover(value_blinding=links.value_shift, unit_blinding=links.unit_shift)
    return answered(request, "disclosure.cover", answers=[replace(answer, shown=None, cover=cover)])
