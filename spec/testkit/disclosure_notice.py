"""Suite `disclosure_notice`: what the log tells of a disclosure."""

from dataclasses import replace

from disclosed import ALICE, BOB, NOW, answered, stage, warrant
from kit import vector

from carnet.crypto import cose
from carnet.disclosure.messages import (
    DisclosureResponse,
    OpenedNotice,
)
from carnet.disclosure.notice import note_of, notice_of
from carnet.testing import ledger


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
def opened_by_a_clock_that_goes_fast():
    """The gag lasts another 300 seconds, which the reader's clock may be behind."""
    return noticed("ok", gag_until=NOW + 300)


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
