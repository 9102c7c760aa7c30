"""All that the parties say to each other (spec/exchange.md#messages, spec/wire.md#messages).

Each signed object says what it is by its type (`carnet.crypto.cose`); the *carriers* at the end are what travels, and
are filled up with zeros so that the wire shows one size.
"""

from enum import IntEnum, unique
from typing import Annotated, Final, TypeVar

from carnet.crypto.padding import pad, unpad
from carnet.errors import DecodeError, UsageError
from carnet.params import CLOSING_SIZE, ENC_SIZE, MAX_OFFER, MAX_PATHS, OFFER_FLOOR, REPLY_SIZE, SEALING_PUBLIC_SIZE
from carnet.schema import (
    U8,
    U16,
    U32,
    U64,
    Blob,
    Currency,
    Fixed,
    Hash,
    Kid,
    Many,
    Message,
    PointBytes,
    PublicKey,
    Text,
    TransferId,
    VaspId,
    message,
)

Name = Annotated[str, Text(128)]
Endpoint = Annotated[str, Text(256)]
KeyName = Annotated[str, Text(128, 1, r"[^\s+]+")]  # the names of C2SP notes: no white space, no plus sign
Certificate = Annotated[bytes, Blob(4096)]  # X.509, DER
Path = Annotated[str, Text(128, 0)]


@unique
class Role(IntEnum):
    """Which end of a transfer a party is."""

    ORIGINATOR = 1
    BENEFICIARY = 2


@unique
class Phase(IntEnum):
    """Where a transfer stands (spec/exchange.md#states)."""

    DRAFT = 1
    OFFERED = 2
    PENDING = 3
    REPAIR = 4
    ACCEPTED = 5
    BROADCAST = 6
    SUNRISE = 7
    REORGED = 8
    SETTLED = 9
    REJECTED = 10
    CANCELLED = 11
    EXPIRED = 12
    MISMATCH = 13
    UNCONFIRMED = 14
    UNANNOUNCED = 15
    RECORDED = 16


TERMINAL: Final = frozenset(
    {
        Phase.SETTLED,
        Phase.REJECTED,
        Phase.CANCELLED,
        Phase.EXPIRED,
        Phase.MISMATCH,
        Phase.UNCONFIRMED,
        Phase.UNANNOUNCED,
    }
)
"""The endings, of which each transfer reaches exactly one before it is RECORDED."""

BROADCAST_ENDINGS: Final = frozenset({Phase.SETTLED, Phase.MISMATCH, Phase.UNCONFIRMED, Phase.UNANNOUNCED})
"""The endings in which value may have moved: their records carry the value, all others carry zero."""


@unique
class Decision(IntEnum):
    """What the beneficiary answers to an offer."""

    ACCEPTED = 1
    PENDING = 2
    REPAIR = 3
    REJECTED = 4


@unique
class Check(IntEnum):
    """The bits of a receipt's *checks*: what the beneficiary did before it answered."""

    OPENED = 1
    QUOTE = 2
    TIER = 4
    FIELDS = 8
    SCREENED = 16


# --- who is who: keys and membership ---------------------------------------------------------------------------------


@message("sealing-key")
class SealingKey(Message):
    """A key that payloads may be sealed to, for a while."""

    kid: Kid
    public: Annotated[bytes, Fixed(SEALING_PUBLIC_SIZE)]
    not_before: U64
    not_after: U64


@message("key-bundle")
class KeyBundle(Message):
    """A VASP's keys of the day, signed with its identity key."""

    network: Name
    vasp: VaspId
    serial: U32
    identity_keys: Annotated[tuple[PublicKey, ...], Many(2, 1)]
    sealing_keys: Annotated[tuple[SealingKey, ...], Many(8, 1)]
    tls_pins: Annotated[tuple[Hash, ...], Many(4, 1)]
    log_origin: KeyName
    log_key: PublicKey
    packs: Annotated[tuple[Hash, ...], Many(64)]
    endpoint: Endpoint
    previous: Hash | None
    issued: U64
    expires: U64


@message("member")
class Member(Message):
    """One VASP in a directory: how to know it and how to reach it."""

    vasp: VaspId
    name: Name
    jurisdiction: Annotated[str, Text(16)]
    identity_key: PublicKey
    log_origin: KeyName
    endpoint: Endpoint
    tls_certificates: Annotated[tuple[Certificate, ...], Many(2, 1)]


@message("named-key")
class NamedKey(Message):
    """An Ed25519 key and the name it signs under."""

    name: KeyName
    key: PublicKey


@message("unit")
class Unit(Message):
    """A currency and how many decimal digits its minor unit has."""

    currency: Currency
    exponent: U8


@message("witness")
class Witness(Message):
    """Who cosigns checkpoints: under which name and key, and where.

    The endpoint is host and port, for gRPC, or a URL, for which certificates may be left out (spec/log.md#follow).
    """

    name: KeyName
    key: PublicKey
    endpoint: Endpoint
    tls_certificates: Annotated[tuple[Certificate, ...], Many(2)]


@message("supervisor")
class Supervisor(Message):
    """Who may ask the members of a jurisdiction for disclosures, and under which key (spec/disclosure.md)."""

    name: KeyName
    jurisdiction: Annotated[str, Text(16)]
    key: PublicKey


@message("directory")
class Directory(Message):
    """Who belongs to a network, for a while; signed by its authority."""

    network: Name
    version: U64
    unit: Unit
    members: Annotated[tuple[Member, ...], Many(10000)]
    quote_issuers: Annotated[tuple[NamedKey, ...], Many(64)]
    pack_issuers: Annotated[tuple[NamedKey, ...], Many(64)]
    witnesses: Annotated[tuple[Witness, ...], Many(64)]
    quorum: U8
    issued: U64
    expires: U64
    supervisors: Annotated[tuple[Supervisor, ...], Many(64)] = ()


# --- a transfer ------------------------------------------------------------------------------------------------------


@message("value-commitment")
class ValueCommitment(Message):
    """The transfer's value in one currency, hidden."""

    currency: Currency
    point: PointBytes


@message("offer")
class OfferHeader(Message):
    """What the originator signs: everything about an offer but the data itself (spec/envelope.md#header)."""

    suite: U8
    network: Name
    transfer_id: TransferId
    revision: U8
    originator: VaspId
    beneficiary: VaspId
    sealing_kid: Kid
    counter: U64
    issued: U64
    expires: U64
    originator_pack: Hash
    beneficiary_pack: Hash
    flag: PointBytes
    values: Annotated[tuple[ValueCommitment, ...], Many(2, 1)]
    unit: PointBytes
    window: PointBytes
    payload_root: Hash
    ct_hash: Hash


@message("receipt")
class Receipt(Message):
    """What the beneficiary signs: its decision on one offer (spec/exchange.md#receipts)."""

    suite: U8
    network: Name
    transfer_id: TransferId
    revision: U8
    originator: VaspId
    beneficiary: VaspId
    header_hash: Hash
    serial: U8
    decision: Decision
    code: U16 | None
    checks: U8
    screening_lists: Annotated[tuple[Hash, ...], Many(8)]
    screened_at: U64 | None
    until: U64 | None
    paths: Annotated[tuple[Path, ...], Many(MAX_PATHS)]
    counter: U64
    window: PointBytes | None
    time: U64


@message("terminal-statement")
class TerminalStatement(Message):
    """How a transfer ended; the two ends sign the same bytes (spec/exchange.md#endings)."""

    suite: U8
    network: Name
    transfer_id: TransferId
    revision: U8
    originator: VaspId
    beneficiary: VaspId
    header_hash: Hash
    state: Phase
    time: U64
    salted_txid: Hash | None


# --- carriers: what travels ------------------------------------------------------------------------------------------

Signed = Annotated[bytes, Blob(8192)]


@message("offer-carrier")
class Offer(Message):
    """A signed header, and the payload sealed to exactly one recipient."""

    header: Signed
    enc: Annotated[bytes, Fixed(ENC_SIZE)]
    ciphertext: Annotated[bytes, Blob(MAX_OFFER)]


@message("reply-carrier")
class Reply(Message):
    """A signed receipt, and the beneficiary's statement if its answer ends the transfer."""

    receipt: Signed
    terminal: Signed | None


@message("closing-carrier")
class Closing(Message):
    """A signed terminal statement, and for a settlement the sealed transaction id."""

    statement: Signed
    sealed_txid: Annotated[bytes, Blob(512)] | None


Carrier = Offer | Reply | Closing
C = TypeVar("C", Offer, Reply, Closing)

FLOORS: Final[dict[type[Message], int]] = {Offer: OFFER_FLOOR, Reply: REPLY_SIZE, Closing: CLOSING_SIZE}


def carry(carrier: Carrier) -> bytes:
    """Return *carrier* as it travels: padded, so that the wire shows one size (spec/envelope.md#padding)."""
    carried = pad(carrier.encode(), floor=FLOORS[type(carrier)])
    if len(carried) > MAX_OFFER:
        raise UsageError(f"{len(carried)} bytes are more than a message may have")
    return carried


def uncarry(kind: type[C], data: bytes) -> C:
    """Return the carrier that *data* is.

    Raises:
        DecodeError: Too large, badly padded, or not such a carrier.
    """
    if len(data) > MAX_OFFER:
        raise DecodeError("carrier.size", f"{len(data)} bytes")
    return kind.decode(unpad(data, floor=FLOORS[kind]))
