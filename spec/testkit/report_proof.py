"""Suite `report_proof`: what the transcripts of a report's proofs, and of a page's, have heard."""

from functools import cache

from kit import vector

from carnet import wire
from carnet.crypto.transcript import Transcript
from carnet.reporting.check import total_sums
from carnet.reporting.window import PHANTOM_BITS
from carnet.testing.customers import DAY, ORIGIN, Books
from carnet.testing.reported import found, report, world


@cache
def honest():
    made = world(transfers=11, covers=2)
    return report(made, "alice"), total_sums(found(made.alice), report(made, "alice").covers)


def heard(protocol, *said):
    """Return what a transcript has heard, and the challenge that it then gives."""
    on = Transcript(protocol)
    for label, message in said:
        on.say(label, message)
    listed = [{"label": label, "message": message} for label, message in said]
    return {"protocol": protocol, "said": listed, "challenge": on.ask(b"vector", 32)}


def of_report(*said):
    """Return what a proof of the report has heard, beside the report."""
    one, _ = honest()
    named = [one.network, one.vasp, one.serial, one.epoch, one.origin, one.start, one.end, one.root]
    return {"report": one.encode()} | heard(b"carnet/epoch-report/v1", (b"report", wire.write(named)), *said)


def of_row(field):
    (row,) = honest()[0].rows
    named = wire.write([row.channel, int(row.role), row.epoch, row.count])
    one, other, proof = {
        "unit": (row.unit, row.peer.unit, row.peer.unit_proof),
        "flag": (row.flag, row.peer.flag, row.peer.flag_proof),
    }[field]
    shown = {"one": one, "other": other, "proof": proof, "expect": "ok"}
    return of_report((b"row", named), (b"field", field.encode())) | shown


def of_sum(part, field, *, count, total, point, proof):
    said = (part, count.to_bytes(4, "big")), (b"field", field)
    return of_report(*said) | {"total": total.to_bytes(16, "big"), "sum": point, "proof": proof, "expect": "ok"}


@vector("report_proof")
def of_a_rows_units():
    """That the units of a channel are equal at both ends."""
    return of_row("unit")


@vector("report_proof")
def of_a_rows_flags():
    """The same of the flags."""
    return of_row("flag")


@vector("report_proof")
def of_the_covers_units():
    """That the covers, less the masks of the rows, hold nothing."""
    covers = honest()[0].covers
    return of_sum(b"covers", b"unit", count=covers.count, total=0, point=covers.unit, proof=covers.unit_proof)


@vector("report_proof")
def of_the_covers_flags():
    """That as many of them are FULL as is said."""
    covers = honest()[0].covers
    return of_sum(b"covers", b"flag", count=covers.count, total=covers.full, point=covers.flag, proof=covers.flag_proof)


@vector("report_proof")
def of_the_totals_unit():
    """That all moved records, less the row of the covers, hold the total: the auditor has added up the sum."""
    one, hidden = honest()
    opened = one.total
    return of_sum(b"total", b"unit", count=opened.count, total=opened.unit, point=hidden.unit, proof=opened.unit_proof)


@vector("report_proof")
def of_the_totals_flags():
    """That as many of them were FULL."""
    one, hidden = honest()
    opened = one.total
    return of_sum(b"total", b"flag", count=opened.count, total=opened.full, point=hidden.flag, proof=opened.flag_proof)


@cache
def page():
    """Return what opens the group of a customer with an open transfer and two that moved, and its page."""
    books = Books(sentence="the transcripts of a page")
    books.offer("ada", 70_000)
    for value in (20_000, 5_000):
        books.send("ada", value)
    (opened,) = books.groups()
    return opened, books.page_of([opened], serial=1, epoch=DAY)


@vector("report_proof")
def of_a_group():
    """That the window sums of a group are right: of each record its value, the rest of its sum, and its own number."""
    opened, shown = page()
    (group,) = shown.groups
    fields = wire.decode(group.encode())
    del fields[3]
    said = (b"origin", ORIGIN.encode()), (b"page", wire.write([1, DAY])), (b"group", wire.write(fields))
    rests = [(each.value, each.window - each.earlier) for each in opened.entries[1:]]
    records = [
        {"value": value.commit(), "window": rest.commit(), "start": number}
        for number, (value, rest) in enumerate(rests)
    ]
    shown = {"group": group.encode(), "records": records, "proof": group.proof, "expect": "ok"}
    return heard(b"carnet/windows/v1", *said) | shown


@vector("report_proof")
def of_a_phantom():
    """That a phantom is not negative."""
    phantom = page()[1].groups[0].entries[0].phantom
    shown = {"bits": PHANTOM_BITS, "commitments": [phantom.value], "proof": phantom.proof, "expect": "ok"}
    return heard(b"carnet/phantom/v1", (b"origin", ORIGIN.encode())) | shown
