"""Signed objects: COSE_Sign1 (RFC 9052), one profile, one strict signature rule (spec/crypto.md#signed-objects).

A signed object is the untagged array [protected, {}, payload, signature]; protected is exactly
{1: -8 (EdDSA), 4: kid, 16: typ}. *typ* (RFC 9596) separates domains: an offer is never read as a receipt. Only
`open_signed` returns an object, and only a verified one.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from carnet import wire
from carnet.crypto import sign as ed25519
from carnet.errors import DecodeError, VerifyError
from carnet.params import KID_LABEL, KID_SIZE, MAX_OBJECT, SIGNATURE_SIZE, TYPE_PREFIX, TYPE_SUFFIX
from carnet.schema import Message
from carnet.secret import Secret

M = TypeVar("M", bound=Message)

_ALG, _KID, _TYP = 1, 4, 16
_EDDSA = -8


def kid(public: bytes) -> bytes:
    """Return the id of public key *public*: SHA-256("carnet/kid/v1" || public), its first 8 bytes."""
    return hashlib.sha256(KID_LABEL + public).digest()[:KID_SIZE]


def typ(kind: type[Message]) -> str:
    """Return the media type that separates signed objects of *kind* from all others."""
    return TYPE_PREFIX + kind.NAME + TYPE_SUFFIX


def sign(message: Message, *, seed: Secret[bytes]) -> bytes:
    """Return *message*, signed with the private key of *seed*."""
    signer = kid(ed25519.public_key(seed))
    protected = wire.write({_ALG: _EDDSA, _KID: signer, _TYP: typ(type(message))})
    payload = message.encode()
    signature = ed25519.sign(seed, _signed_bytes(protected, payload))
    return wire.write([protected, {}, payload, signature])


def open_signed(kind: type[M], data: bytes, *, resolve: Callable[[M, bytes], bytes], limit: int = MAX_OBJECT) -> M:
    """Return the object of *kind* that *data* holds, if the key that it must be signed with has signed it.

    *resolve* is told what the object claims and the kid, and returns the public key of the party that the object
    names, or raises; nothing else may be done with the claim.

    Raises:
        DecodeError: *data* is not a signed object, or not one of *kind*.
        VerifyError: The signature is not that key's, or the kid is not.
    """
    signer, payload, protected, signature = _parse(kind, data, limit)
    claim = kind.decode(payload, limit=limit)
    public = resolve(claim, signer)
    if kid(public) != signer:  # a signature is known by the one id of its key
        raise VerifyError("signature.kid")
    ed25519.verify(public, message=_signed_bytes(protected, payload), signature=signature)
    return claim


def open_signed_by(kind: type[M], data: bytes, *, public: bytes, limit: int = MAX_OBJECT) -> M:
    """Return the object of *kind* that *data* holds, if *public*'s holder signed it; nothing is decoded before that.

    Raises:
        DecodeError: *data* is not a signed object, or not one of *kind*.
        VerifyError: Somebody else signed it.
    """
    signer, payload, protected, signature = _parse(kind, data, limit)
    if kid(public) != signer:
        raise VerifyError("signature.kid")
    ed25519.verify(public, message=_signed_bytes(protected, payload), signature=signature)
    return kind.decode(payload, limit=limit)


def by_key(keys: Mapping[bytes, bytes]) -> Callable[[Message, bytes], bytes]:
    """Return a resolver that knows just these *keys*, public keys by kid.

    Raises (when called):
        VerifyError: Nobody expected signs with that key.
    """

    def resolve(_claim: Message, signer: bytes) -> bytes:
        if (public := keys.get(signer)) is None:
            raise VerifyError("signature.kid")
        return public

    return resolve


def only(*publics: bytes) -> Callable[[Message, bytes], bytes]:
    """Return a resolver for objects that one of *publics* must have signed."""
    return by_key({kid(public): public for public in publics})


def payload_of(data: bytes, *, limit: int = MAX_OBJECT) -> bytes:
    """Return the payload bytes of signed object *data*, unverified: for hashing, and for showing to people."""
    return _split(data, limit)[1]


def payload_hash(data: bytes, *, limit: int = MAX_OBJECT) -> bytes:
    """Return the SHA-256 by which other objects refer to signed object *data*; signatures do not count."""
    return hashlib.sha256(payload_of(data, limit=limit)).digest()


def unverified_type(data: bytes, *, limit: int = MAX_OBJECT) -> str:
    """Return the typ that *data* claims, for showing to people."""
    claimed = _unverified(data, limit).get(_TYP)
    if not isinstance(claimed, str):
        raise DecodeError("cose.header")
    return claimed


def unverified_signer(data: bytes, *, limit: int = MAX_OBJECT) -> bytes:
    """Return the kid that *data* claims, for showing to people."""
    claimed = _unverified(data, limit).get(_KID)
    if not isinstance(claimed, bytes):
        raise DecodeError("cose.header")
    return claimed


def _unverified(data: bytes, limit: int) -> Mapping[int, wire.Wire]:
    header = wire.decode(_split(data, limit)[0])
    return header if isinstance(header, dict) else {}


def _split(data: bytes, limit: int) -> tuple[bytes, bytes, bytes]:
    match wire.decode(data, limit=limit):
        case [bytes(protected), {**unprotected}, bytes(payload), bytes(signature)] if not unprotected:
            return protected, payload, signature
        case _:
            raise DecodeError("cose.form")


def _parse(kind: type[Message], data: bytes, limit: int) -> tuple[bytes, bytes, bytes, bytes]:
    protected, payload, signature = _split(data, limit)
    match wire.decode(protected):
        case {1: -8, 4: bytes(signer), 16: str(claimed), **rest} if not rest and len(signer) == KID_SIZE:
            pass
        case _:
            raise DecodeError("cose.header")
    if claimed != typ(kind):
        raise DecodeError("cose.type")
    if len(signature) != SIGNATURE_SIZE:
        raise DecodeError("cose.form")
    return signer, payload, protected, signature


def _signed_bytes(protected: bytes, payload: bytes) -> bytes:
    """Return Sig_structure (RFC 9052, 4.4) with no external data."""
    return wire.write(["Signature1", protected, b"", payload])
