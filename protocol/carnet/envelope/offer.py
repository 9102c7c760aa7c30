"""Seal an offer to its one recipient, and open it again (spec/envelope.md#offer).

The signed header binds the ciphertext (`ct_hash`), the plaintext (`payload_root`) and the context; the encryption is
bound to the header by its `info`. AEADs do not commit to keys, so it is the root, recomputed by the recipient, that
makes one offer mean one payload.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from carnet.crypto import cose, hpke
from carnet.envelope import tree
from carnet.envelope.payload import Payload
from carnet.envelope.values import Openings
from carnet.errors import DecodeError, PolicyError, VerifyError
from carnet.identity.directory import Trust
from carnet.messages import Offer, OfferHeader, SealingKey, ValueCommitment, carry, uncarry
from carnet.params import CLOCK_SKEW_S, HASH_SIZE, MAX_REVISIONS, MAX_VALIDITY_S, OFFER_INFO, SUITE
from carnet.secret import Secret
from carnet.zk import pedersen


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SealedOffer:
    """An offer ready to send: the *message* as it travels, its signed *header*, and the header's hash."""

    message: bytes
    header: OfferHeader
    header_hash: bytes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedHeader:
    """A header whose signature holds, and the sealed payload beside it."""

    header: OfferHeader
    header_hash: bytes
    offer: Offer


def seal_offer(
    payload: Payload,
    opened: Openings,
    *,
    sealing_key: SealingKey,
    packs: tuple[bytes, bytes],
    window: bytes,
    counter: int,
    issued: int,
    expires: int,
    identity: Secret[bytes],
) -> SealedOffer:
    """Return *payload* sealed to *sealing_key*, under a header signed with *identity*.

    *packs* are the hashes of the originator's and the beneficiary's policy pack; *window* is C_w, which equals C_v
    where the originator's pack keeps no window.
    """
    draft = OfferHeader(
        suite=SUITE,
        network=payload.network,
        transfer_id=payload.transfer_id,
        revision=payload.revision,
        originator=payload.originator,
        beneficiary=payload.beneficiary,
        sealing_kid=sealing_key.kid,
        counter=counter,
        issued=issued,
        expires=expires,
        originator_pack=packs[0],
        beneficiary_pack=packs[1],
        flag=opened.flag.commit(),
        values=tuple(ValueCommitment(currency=name, point=one.commit()) for name, one in opened.values.items()),
        unit=opened.unit.commit(),
        window=window,
        payload_root=tree.root(payload, seed=Secret(payload.seed)),
        ct_hash=bytes(HASH_SIZE),
    )
    enc, ciphertext = hpke.seal(public=sealing_key.public, plaintext=payload.to_plaintext(), info=_info(draft))
    header = _with_ct_hash(draft, hashlib.sha256(enc + ciphertext).digest())
    signed = cose.sign(header, seed=identity)
    return SealedOffer(
        message=carry(Offer(header=signed, enc=enc, ciphertext=ciphertext)),
        header=header,
        header_hash=cose.payload_hash(signed),
    )


def open_header(data: bytes, *, trust: Trust) -> OpenedHeader:
    """Return the header of offer *data*, if the originator it names has signed it (spec/envelope.md#verification).

    Raises:
        DecodeError: Not an offer, or ``point.encoding``: a commitment in it is no point.
        VerifyError: ``signature``, ``signature.kid``, or ``header.ct_hash``: another ciphertext than the signed one.
        PolicyError: ``member.unknown``, ``header.suite`` or ``header.network``.
    """
    offer = uncarry(Offer, data)  # (1)
    header = cose.open_signed(  # (2)
        OfferHeader, offer.header, resolve=lambda claim, kid: trust.identity_of(claim.originator, kid)
    )
    if header.suite != SUITE:  # (3)
        raise PolicyError("header.suite", f"{header.suite}")
    if header.network != trust.directory.network:
        raise PolicyError("header.network")
    if hashlib.sha256(offer.enc + offer.ciphertext).digest() != header.ct_hash:  # (4)
        raise VerifyError("header.ct_hash")
    for point in (header.flag, header.unit, header.window, *(value.point for value in header.values)):  # (5)
        pedersen.check_point(point)
    return OpenedHeader(header=header, header_hash=cose.payload_hash(offer.header), offer=offer)


def check_parties(header: OfferHeader, *, peer: str, own: str) -> None:
    """Refuse *header* unless *peer*, who delivers it, makes the offer, and *own* is whom it is made to.

    Raises:
        PolicyError: ``offer.peer`` or ``offer.recipient``.
    """
    if header.originator != peer:
        raise PolicyError("offer.peer")
    if header.beneficiary != own or header.originator == own:
        raise PolicyError("offer.recipient")


def check_validity(header: OfferHeader, *, now: int) -> None:
    """Refuse *header* outside its validity.

    Raises:
        DecodeError: ``header.revision``.
        PolicyError: ``header.expired``, ``header.early`` or ``header.validity``.
    """
    if not 1 <= header.revision <= MAX_REVISIONS:
        raise DecodeError("header.revision", f"{header.revision}")
    if now >= header.expires:
        raise PolicyError("header.expired", f"at {header.expires}")
    if header.issued > now + CLOCK_SKEW_S:
        raise PolicyError("header.early", f"issued {header.issued}")
    if not 0 < header.expires - header.issued <= MAX_VALIDITY_S:
        raise PolicyError("header.validity", f"{header.expires - header.issued} s")


def open_payload(opened: OpenedHeader, *, keys: Mapping[bytes, hpke.PrivateKey]) -> Payload:
    """Return the payload that was sealed to one of *keys*, if it is the one that the header commits to.

    Raises:
        PolicyError: ``sealing.kid``: sealed to a key that is unknown or destroyed.
        DecodeError: What was sealed is not a payload.
        VerifyError: ``hpke.open``, ``payload.context`` or ``payload.root``.
    """
    header, offer = opened.header, opened.offer
    if (key := keys.get(header.sealing_kid)) is None:  # (1)
        raise PolicyError("sealing.kid")
    plaintext = key.open(enc=offer.enc, ciphertext=offer.ciphertext, info=_info(header))  # (2)
    payload = Payload.from_plaintext(plaintext)  # (3)
    repeated = (payload.network, payload.originator, payload.beneficiary, payload.transfer_id, payload.revision)
    signed = (header.network, header.originator, header.beneficiary, header.transfer_id, header.revision)
    if repeated != signed:  # (4)
        raise VerifyError("payload.context")
    if tree.root(payload, seed=Secret(payload.seed)) != header.payload_root:  # (5)
        raise VerifyError("payload.root")
    return payload


def _info(header: OfferHeader) -> bytes:
    """Return what binds the encryption to its header: all of it but the hash of the ciphertext, which is not yet."""
    return hashlib.sha256(OFFER_INFO + header.encode_without("ct_hash")).digest()


def _with_ct_hash(header: OfferHeader, ct_hash: bytes) -> OfferHeader:
    values = {field.name: getattr(header, field.name) for field in header.FIELDS}
    return OfferHeader(**{**values, "ct_hash": ct_hash})
