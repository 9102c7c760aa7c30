"""The VASP's side: what was asked for, and nothing else, signed and sealed (spec/disclosure.md#responses)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet import wire
from carnet.crypto import cose, hpke
from carnet.crypto.coins import Coins
from carnet.crypto.padding import pad
from carnet.disclosure import branches
from carnet.disclosure.messages import (
    MAX_RESPONSE,
    RESPONSE_FLOOR,
    AskedRecord,
    Commitment,
    DisclosureRequest,
    DisclosureResponse,
    OpenedNotice,
    RecordAnswer,
    Refusal,
    SealedResponse,
    ShownCover,
    ShownLeaf,
    ShownLinks,
    ShownOpening,
    ShownRecord,
)
from carnet.disclosure.notice import notice_of, opened_notice
from carnet.disclosure.paths import answers
from carnet.disclosure.request import OpenedRequest, asked_paths
from carnet.envelope import tree
from carnet.envelope.payload import Payload
from carnet.envelope.values import Openings
from carnet.errors import UsageError
from carnet.log.notice import Notice
from carnet.log.record import Record, RecordLinks, RecordOpenings
from carnet.params import AEAD_TAG_SIZE, SUITE
from carnet.secret import Secret
from carnet.zk.commitment import Opening

INFO: Final = b"carnet/disclosure/v1"
SALT_SIZE: Final = 32
_SCALAR: Final = 32


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Held:
    """What a VASP holds of one record: what leads to it, what was signed, and what the payload says.

    *path* leads from the record's entry to the root of the log. *statements* are those that either end signed, over
    the same bytes.
    """

    record: Record
    path: tuple[bytes, ...]
    links: RecordLinks
    header: bytes
    receipt: bytes | None
    statements: tuple[bytes, ...]
    payload: Payload | None
    openings: Openings | None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Responded:
    """A response as it travels, and what the log must tell of it: *notice* now, *opened* when the gag is over."""

    sealed: bytes
    opened: OpenedNotice
    notice: Notice


def show(held: Held, asked: AskedRecord, request: DisclosureRequest) -> RecordAnswer:
    """Return the answer to *asked* that shows what *request* asks for of *held*.

    A record whose payload was never opened here is refused as UNOPENED, if any of its payload is asked for.
    """
    paths = asked_paths(request, role=held.record.role)
    if (paths and held.payload is None) or (request.openings and held.openings is None):
        return refuse(asked, Refusal.UNOPENED)
    leaves, size, hashes = _leaves(held, paths)
    shown = ShownRecord(
        links=_links(held.links),
        header=held.header,
        receipt=held.receipt,
        statements=held.statements,
        leaves=leaves,
        tree_size=size,
        hashes=hashes,
        openings=_openings(held, request.openings),
    )
    return _answer(asked, held.record, held.path, shown=shown)


def show_cover(
    record: Record, openings: RecordOpenings, asked: AskedRecord, *, path: tuple[bytes, ...]
) -> RecordAnswer:
    """Return the answer that *record* is a cover: that it stands for no transfer, which its *openings* show."""
    cover = ShownCover(
        value_blinding=_bytes(openings.value.blinding),
        unit_blinding=_bytes(openings.unit.blinding),
    )
    return _answer(asked, record, path, cover=cover)


def refuse(asked: AskedRecord, refusal: Refusal) -> RecordAnswer:
    """Return the answer that shows nothing of *asked*, and says why."""
    return RecordAnswer(
        index=asked.index, entry=asked.entry, record=None, path=(), shown=None, cover=None, refusal=refusal
    )


def respond(
    opened: OpenedRequest,
    given: Sequence[RecordAnswer],
    *,
    identity: Secret[bytes],
    bundle: bytes,
    checkpoint: bytes,
    now: int,
    coins: Coins,
) -> Responded:
    """Return the response with the answers *given*, one to each record that was asked for, in that order.

    It is signed with *identity*, and sealed to the key that the request names; *bundle* and *checkpoint* are the VASP's
    newest key bundle and cosigned checkpoint, as they are published.
    """
    request = opened.request
    if [(each.index, each.entry) for each in given] != [(each.index, each.entry) for each in request.records]:
        raise UsageError("each record that was asked for has one answer")
    response = DisclosureResponse(
        suite=SUITE,
        network=request.network,
        vasp=request.vasp,
        request_hash=opened.hash,
        time=now,
        salt=coins(SALT_SIZE),
        bundle=bundle,
        checkpoint=checkpoint,
        answers=tuple(given),
    )
    signed = cose.sign(response, seed=identity)
    padded = pad(signed, floor=RESPONSE_FLOOR)
    if len(padded) > MAX_RESPONSE - AEAD_TAG_SIZE:
        raise UsageError(f"{len(signed)} bytes are too many for one response")
    enc, ciphertext = hpke.seal(public=request.recipient, plaintext=padded, info=seal_info(opened.hash))
    note = opened_notice(opened, response, signed)
    sealed = SealedResponse(request_hash=opened.hash, enc=enc, ciphertext=ciphertext)
    return Responded(sealed=sealed.encode(), opened=note, notice=notice_of(note))


def seal_info(request_hash: bytes) -> bytes:
    """Return what binds the encryption of a response to its request."""
    return hashlib.sha256(INFO + request_hash).digest()


def _answer(
    asked: AskedRecord,
    record: Record,
    path: tuple[bytes, ...],
    *,
    shown: ShownRecord | None = None,
    cover: ShownCover | None = None,
) -> RecordAnswer:
    if record.entry() != asked.entry:
        raise UsageError("another record was asked for")
    return RecordAnswer(
        index=asked.index,
        entry=asked.entry,
        record=record.encode(),
        path=path,
        shown=shown,
        cover=cover,
        refusal=None,
    )


def _links(links: RecordLinks) -> ShownLinks:
    return ShownLinks(
        header_salt=links.header_salt,
        receipt_salt=links.receipt_salt,
        terminal_salt=links.terminal_salt,
        value_shift=_bytes(links.value_shift),
        unit_shift=_bytes(links.unit_shift),
        window_shift=_bytes(links.window_shift),
        flag_shift=_bytes(links.flag_shift),
    )


def _leaves(held: Held, paths: Sequence[str]) -> tuple[tuple[ShownLeaf, ...], int | None, tuple[bytes, ...]]:
    """Return the leaves that answer *paths*, the size of the tree, and what leads from them to its root."""
    if held.payload is None or not paths:
        return (), None, ()
    all_leaves = tree.leaves(held.payload, seed=Secret(held.payload.seed))
    there = {leaf.path: leaf.value for leaf in all_leaves if leaf.path is not None}
    wanted = set(answers(there, paths))
    shown = tuple(
        ShownLeaf(place=place, content=wire.write([leaf.path, leaf.value]), salt=leaf.salt)
        for place, leaf in enumerate(all_leaves)
        if leaf.path in wanted
    )
    hashes = branches.prove([leaf.hash() for leaf in all_leaves], shown={leaf.place for leaf in shown})
    return shown, len(all_leaves), tuple(hashes)


def _openings(held: Held, asked: Sequence[Commitment]) -> tuple[ShownOpening, ...]:
    if held.openings is None:
        return ()
    found = []
    for commitment in asked:
        match commitment:
            case Commitment.VALUES:
                found += [_opening(commitment, one, name) for name, one in held.openings.values.items()]
            case Commitment.UNIT:
                found.append(_opening(commitment, held.openings.unit))
            case Commitment.FLAG:
                found.append(_opening(commitment, held.openings.flag))
    return tuple(found)


def _opening(commitment: Commitment, opening: Opening, currency: str | None = None) -> ShownOpening:
    return ShownOpening(
        commitment=commitment, currency=currency, value=opening.value, blinding=_bytes(opening.blinding)
    )


def _bytes(scalar: int) -> bytes:
    return scalar.to_bytes(_SCALAR, "big")
