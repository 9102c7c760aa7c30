"""What authorities ask for and VASPs answer, besides transfers (spec/disclosure.md)."""

from enum import IntEnum, unique
from typing import Annotated, Final

from carnet.messages import KeyName, Name
from carnet.params import ENC_SIZE, SEALING_PUBLIC_SIZE, TREE_SIZES
from carnet.schema import U8, U16, U32, U64, Blob, Currency, Fixed, Hash, Many, Message, Text, VaspId, message

MAX_RECORDS: Final = 512
MAX_REQUEST_PATHS: Final = 64
MAX_RESPONSE: Final = 16 * 1024 * 1024
MAX_LEAF: Final = 4096
RESPONSE_FLOOR: Final = 4096

RequestId = Annotated[bytes, Fixed(16)]
Pointer = Annotated[str, Text(256, 0, r"(/([A-Za-z0-9]+|\*))*")]
SealingPublic = Annotated[bytes, Fixed(SEALING_PUBLIC_SIZE)]
Scalar = Annotated[bytes, Fixed(32)]
Salt = Annotated[bytes, Fixed(32)]
SignedPiece = Annotated[bytes, Blob(8192)]


@unique
class DisclosureKind(IntEnum):
    """On what ground a disclosure is made."""

    WARRANT = 1
    VOLUNTARY = 2
    SPOT_CHECK = 3


@unique
class Commitment(IntEnum):
    """What of a header may be opened: the values by currency, the value in the unit of account, the flag."""

    VALUES = 1
    UNIT = 2
    FLAG = 3


@unique
class Refusal(IntEnum):
    """Why a record was not shown."""

    UNKNOWN = 1
    SHREDDED = 2
    UNOPENED = 3
    DECLINED = 4


# --- the request -----------------------------------------------------------------------------------------------------


@message("asked-record")
class AskedRecord(Message):
    """One record of the VASP's log, by its number and its entry."""

    index: U64
    entry: Hash


@message("spot-check")
class SpotCheck(Message):
    """Of which report the records were drawn, and by what: see `carnet.disclosure.spot`.

    *page* is the hash of the page that groups them: no other can be shown once it is known which records were drawn.
    """

    report: U32
    checkpoint: Hash
    nonce: Hash
    page: Hash | None = None


@message("disclosure-request")
class DisclosureRequest(Message):
    """What is asked of whom, on what ground, and to whose key the answer is sealed."""

    suite: U8
    network: Name
    vasp: VaspId
    request_id: RequestId
    kind: DisclosureKind
    requester: KeyName
    records: Annotated[tuple[AskedRecord, ...], Many(MAX_RECORDS, 1)]
    paths: Annotated[tuple[Pointer, ...], Many(MAX_REQUEST_PATHS)]
    openings: Annotated[tuple[Commitment, ...], Many(len(Commitment))]
    legal_basis: Hash
    issued: U64
    expires: U64
    gag_until: U64 | None
    recipient: SealingPublic
    spot: SpotCheck | None


# --- the response ----------------------------------------------------------------------------------------------------


@message("shown-leaf", private=True)
class ShownLeaf(Message):
    """One leaf of the payload's tree: its place among the leaves, the encoding of [path, value], and its salt."""

    place: U16
    content: Annotated[bytes, Blob(MAX_LEAF)]
    salt: Salt


@message("shown-opening", private=True)
class ShownOpening(Message):
    """What opens one commitment of the header; *currency* names one of the values."""

    commitment: Commitment
    currency: Currency | None
    value: U64
    blinding: Scalar


@message("record-links", private=True)
class ShownLinks(Message):
    """What leads from the signed objects to the record: the salts of its references, the shifts of its commitments."""

    header_salt: Salt
    receipt_salt: Salt
    terminal_salt: Salt
    value_shift: Scalar
    unit_shift: Scalar
    window_shift: Scalar
    flag_shift: Scalar


@message("shown-record", private=True)
class ShownRecord(Message):
    """One record, what both ends have signed about it, and the parts of its payload that were asked for."""

    links: ShownLinks
    header: SignedPiece
    receipt: SignedPiece | None
    statements: Annotated[tuple[SignedPiece, ...], Many(2, 1)]
    leaves: Annotated[tuple[ShownLeaf, ...], Many(TREE_SIZES[-1])]
    tree_size: U16 | None
    hashes: Annotated[tuple[Hash, ...], Many(TREE_SIZES[-1])]
    openings: Annotated[tuple[ShownOpening, ...], Many(4)]


@message("shown-cover", private=True)
class ShownCover(Message):
    """What shows that a record is a cover: its value and its unit are nothing."""

    value_blinding: Scalar
    unit_blinding: Scalar


@message("record-answer", private=True)
class RecordAnswer(Message):
    """The answer about one record that was asked for: exactly one of *shown*, *cover* and *refusal*.

    *record* is its encoding, which anybody entitled can read, and *path* leads from its entry to the checkpoint's root;
    a VASP that knows no such record has neither.
    """

    index: U64
    entry: Hash
    record: Annotated[bytes, Blob(1024)] | None
    path: Annotated[tuple[Hash, ...], Many(63)]
    shown: ShownRecord | None
    cover: ShownCover | None
    refusal: Refusal | None


@message("disclosure-response", private=True)
class DisclosureResponse(Message):
    """All answers, signed by the VASP.

    *bundle* and *checkpoint* are its newest key bundle and cosigned checkpoint; *salt* opens the notice in its log.
    """

    suite: U8
    network: Name
    vasp: VaspId
    request_hash: Hash
    time: U64
    salt: Salt
    bundle: Annotated[bytes, Blob(65_536)]
    checkpoint: Annotated[bytes, Blob(65_536)]
    answers: Annotated[tuple[RecordAnswer, ...], Many(MAX_RECORDS, 1)]


@message("sealed-response")
class SealedResponse(Message):
    """What travels: a signed response, sealed to the key that its request names."""

    request_hash: Hash
    enc: Annotated[bytes, Fixed(ENC_SIZE)]
    ciphertext: Annotated[bytes, Blob(MAX_RESPONSE)]


# --- what the log tells ----------------------------------------------------------------------------------------------


@message("disclosure-note")
class DisclosureNote(Message):
    """What a disclosure notice stands for, once it is opened."""

    network: Name
    vasp: VaspId
    request_id: RequestId
    request_hash: Hash
    kind: DisclosureKind
    requester: KeyName
    legal_basis: Hash
    records: U16
    refused: U16
    paths: U16
    time: U64
    gag_until: U64 | None
    response_hash: Hash


@message("opened-notice")
class OpenedNotice(Message):
    """What is published when the gag is over: *note*, and the *salt* under which the log has its hash."""

    salt: Salt
    note: DisclosureNote
