"""What the VASP's own log tells of a disclosure: that there was one at once, and when its time has come, which one.

The log has a salted hash; the note that it stands for is published with its salt when the gag is over
(spec/disclosure.md#notices).
"""

import hashlib
from typing import Final

from carnet.crypto import cose
from carnet.disclosure.messages import DisclosureKind, DisclosureNote, DisclosureResponse, OpenedNotice
from carnet.disclosure.request import MAX_GAG_S, OpenedRequest
from carnet.errors import PolicyError, VerifyError
from carnet.log.notice import Notice, NoticeKind
from carnet.params import CLOCK_SKEW_S, EPOCH_S

MAX_OPENED: Final = 1024
"""The most bytes of an opened notice."""


def notice_path(named: bytes) -> str:
    """Return where the notice with hash *named* is published once it is opened (spec/audit.md#folder)."""
    return f"disclosures/{named.hex()}"


def note_of(opened: OpenedRequest, response: DisclosureResponse, *, response_hash: bytes) -> DisclosureNote:
    """Return the note of *response*, signed as *response_hash*, to the request *opened*."""
    request = opened.request
    refused = sum(answer.refusal is not None for answer in response.answers)
    return DisclosureNote(
        network=request.network,
        vasp=request.vasp,
        request_id=request.request_id,
        request_hash=opened.hash,
        kind=request.kind,
        requester=request.requester,
        legal_basis=request.legal_basis,
        records=len(response.answers) - refused,
        refused=refused,
        paths=1 if request.kind is DisclosureKind.SPOT_CHECK else len(request.paths),
        time=response.time,
        gag_until=request.gag_until,
        response_hash=response_hash,
    )


def notice_of(opened: OpenedNotice) -> Notice:
    """Return the log's notice of the disclosure that *opened* tells of (spec/disclosure.md#notices)."""
    named = hashlib.sha256(opened.salt + opened.note.encode()).digest()
    return Notice(kind=NoticeKind.DISCLOSURE, epoch=opened.note.time // EPOCH_S, hash=named)


def opened_notice(request: OpenedRequest, response: DisclosureResponse, signed: bytes) -> OpenedNotice:
    """Return what opens the notice of *response*, which is *signed* so."""
    note = note_of(request, response, response_hash=cose.payload_hash(signed))
    return OpenedNotice(salt=response.salt, note=note)


def is_overdue(notice: Notice, *, now: int) -> bool:
    """Tell whether *notice* must have been opened by now, whatever its gag: no gag lasts longer than five years."""
    return now > (notice.epoch + 1) * EPOCH_S + MAX_GAG_S + CLOCK_SKEW_S


def open_notice(data: bytes, notice: Notice, *, network: str, vasp: str, now: int) -> DisclosureNote:
    """Return the note in *data*, if *notice* of *vasp*'s log stands for it (spec/disclosure.md#opening-a-notice).

    Raises:
        DecodeError: *data* is no opened notice.
        VerifyError: ``disclosure.notice``: the log has another hash; ``disclosure.note``: it is dated to another day
            than the notice, or speaks of another VASP.
        PolicyError: ``disclosure.gag``: it is shown before its time.
    """
    opened = OpenedNotice.decode(data, limit=MAX_OPENED)  # (1)
    note = opened.note
    if hashlib.sha256(opened.salt + note.encode()).digest() != notice.hash:  # (2)
        raise VerifyError("disclosure.notice")
    if (note.network, note.vasp, note.time // EPOCH_S) != (network, vasp, notice.epoch):  # (3)
        raise VerifyError("disclosure.note")
    if note.gag_until is not None and now + CLOCK_SKEW_S < note.gag_until:  # (4)
        raise PolicyError("disclosure.gag", f"until {note.gag_until}")
    return note
