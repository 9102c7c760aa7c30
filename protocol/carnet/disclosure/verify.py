"""The authority's side: a response is opened, and each thing it shows is led back to what both ends signed.

The procedure is that of spec/disclosure.md#opening-a-response and #verifying-a-record; its steps bear the numbers
that they have there. One fault in one record refuses the whole response, and says the record's number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto import cose, hpke
from carnet.crypto.padding import unpad
from carnet.days import moment
from carnet.disclosure.messages import (
    MAX_RESPONSE,
    RESPONSE_FLOOR,
    DisclosureNote,
    DisclosureResponse,
    RecordAnswer,
    Refusal,
    SealedResponse,
)
from carnet.disclosure.notice import notice_of, opened_notice
from carnet.disclosure.request import OpenedRequest
from carnet.disclosure.respond import seal_info
from carnet.disclosure.shown import ShownTransfer, verify_shown
from carnet.errors import DecodeError, PeerError, VerifyError
from carnet.identity.directory import Trust, open_bundle
from carnet.log.checkpoint import LOG_KEY, WITNESS_KEY, Checkpoint, named_key
from carnet.log.merkle import leaf_hash, verify_inclusion
from carnet.log.notice import Notice
from carnet.log.record import Record
from carnet.log.witness import open_cosigned
from carnet.messages import BROADCAST_ENDINGS
from carnet.params import CLOCK_SKEW_S, SUITE
from carnet.policy.pack import PolicyPack
from carnet.schema import Message
from carnet.zk import pedersen

MAX_SEALED: Final = MAX_RESPONSE + 4096
Packs = Callable[[bytes], PolicyPack]
"""Return the policy pack with a hash, verified, or raise."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Disclosed:
    """What was answered about one record: *transfer*, that it *is_cover*, or a *refusal*."""

    index: int
    entry: bytes
    record: Record | None = None
    transfer: ShownTransfer | None = None
    is_cover: bool = False
    refusal: Refusal | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Disclosure:
    """A verified response: *records* in the order of the request, and the *notice* that the VASP's log must hold."""

    time: int
    checkpoint: Checkpoint
    records: tuple[Disclosed, ...]
    note: DisclosureNote
    notice: Notice


def verify_response(
    data: bytes, request: OpenedRequest, *, key: hpke.PrivateKey, trust: Trust, packs: Packs, now: int
) -> Disclosure:
    """Return what *data* discloses in answer to *request*, verified down to what both ends signed.

    Raises:
        DecodeError: Not a sealed response, or a piece of it is not what it should be.
        VerifyError: A check of spec/disclosure.md, named ``disclosure.…``; a note says which record.
    """
    return verify_signed(open_sealed(data, request, key=key), request, trust=trust, packs=packs, now=now)


def open_sealed(data: bytes, request: OpenedRequest, *, key: hpke.PrivateKey) -> bytes:
    """Return the signed response to *request* that is sealed to *key* in *data*, unverified.

    Raises:
        DecodeError: Not a sealed response.
        VerifyError: ``disclosure.request`` or ``disclosure.seal``.
    """
    sealed = SealedResponse.decode(data, limit=MAX_SEALED)
    if sealed.request_hash != request.hash:  # (1)
        raise VerifyError("disclosure.request")
    try:  # (2)
        plaintext = key.open(enc=sealed.enc, ciphertext=sealed.ciphertext, info=seal_info(request.hash))
    except VerifyError as error:
        raise VerifyError("disclosure.seal") from error
    return unpad(plaintext, floor=RESPONSE_FLOOR)


def verify_signed(signed: bytes, request: OpenedRequest, *, trust: Trust, packs: Packs, now: int) -> Disclosure:
    """Return what the response *signed* discloses; raises as `verify_response` does."""
    member = trust.member(request.request.vasp)
    try:  # (3)
        response = cose.open_signed_by(DisclosureResponse, signed, public=member.identity_key, limit=MAX_RESPONSE)
    except VerifyError as error:
        raise VerifyError("disclosure.signature") from error
    _check_context(response, request, now=now)  # (4)
    asked = request.request.records
    if [(each.index, each.entry) for each in response.answers] != [(each.index, each.entry) for each in asked]:
        raise VerifyError("disclosure.records")  # (5)
    checkpoint = _checkpoint(response, trust)  # (6)
    records = []
    for answer in response.answers:  # (7)
        try:
            records.append(_disclosed(answer, request, checkpoint, trust=trust, packs=packs))
        except PeerError as error:
            error.add_note(f"record {answer.index}")
            raise
    opened = opened_notice(request, response, signed)
    return Disclosure(
        time=response.time,
        checkpoint=checkpoint,
        records=tuple(records),
        note=opened.note,
        notice=notice_of(opened),
    )


def _check_context(response: DisclosureResponse, request: OpenedRequest, *, now: int) -> None:
    """Refuse an answer to something else, or from another time than the request's (4)."""
    asked = request.request
    named = (response.suite, response.network, response.vasp, response.request_hash)
    if named != (SUITE, asked.network, asked.vasp, request.hash):
        raise VerifyError("disclosure.context")
    if not asked.issued - CLOCK_SKEW_S <= response.time < min(asked.expires, now + CLOCK_SKEW_S + 1):
        raise VerifyError("disclosure.time", f"at {moment(response.time)}")


def _checkpoint(response: DisclosureResponse, trust: Trust) -> Checkpoint:
    """Return the checkpoint of *response*, of the log that the VASP's key bundle names, cosigned (6)."""
    directory = trust.directory
    member = trust.member(response.vasp)
    try:
        bundle = open_bundle(response.bundle, member=member, network=directory.network, now=response.time)
        witnesses = {each.key: each.name for each in directory.witnesses}
        checkpoint, _ = open_cosigned(
            response.checkpoint,
            origin=bundle.log_origin,
            keys=[named_key(bundle.log_origin, bundle.log_key, kind=LOG_KEY)],
            witnesses=[named_key(name, key, kind=WITNESS_KEY) for key, name in witnesses.items()],
            quorum=directory.quorum,
        )
    except PeerError as error:
        raise VerifyError("disclosure.checkpoint", error.check) from error
    return checkpoint


def _disclosed(
    answer: RecordAnswer, request: OpenedRequest, checkpoint: Checkpoint, *, trust: Trust, packs: Packs
) -> Disclosed:
    """Return what *answer* tells of one record (7)."""
    kinds: list[Message | Refusal | None] = [answer.shown, answer.cover, answer.refusal]
    if sum(each is not None for each in kinds) != 1 or (answer.record is None) != (answer.refusal is not None):
        raise DecodeError("disclosure.answer")
    if answer.record is None:
        return Disclosed(index=answer.index, entry=answer.entry, refusal=answer.refusal)
    record = Record.decode(answer.record)
    if record.entry() != answer.entry:
        raise VerifyError("disclosure.entry")
    try:
        verify_inclusion(
            index=answer.index,
            size=checkpoint.size,
            leaf=leaf_hash(answer.entry),
            path=answer.path,
            root=checkpoint.root,
        )
    except PeerError as error:
        raise VerifyError("disclosure.inclusion", error.check) from error
    if answer.shown is None:
        _check_cover(answer, record)
        return Disclosed(index=answer.index, entry=answer.entry, record=record, is_cover=True)
    transfer = verify_shown(answer.shown, record, request.request, trust=trust, packs=packs)
    return Disclosed(index=answer.index, entry=answer.entry, record=record, transfer=transfer)


def _check_cover(answer: RecordAnswer, record: Record) -> None:
    """Refuse a record that is said to stand for no transfer, and holds something."""
    cover = answer.cover
    if cover is None or record.kind not in BROADCAST_ENDINGS:
        raise VerifyError("disclosure.cover")
    for point, blinding in ((record.value, cover.value_blinding), (record.unit, cover.unit_blinding)):
        try:
            pedersen.verify_opening(point, value=0, blinding=int.from_bytes(blinding, "big"))
        except VerifyError as error:
            raise VerifyError("disclosure.cover") from error
