"""The report of an epoch: what a VASP signs about its log's growth, and how it names itself (spec/audit.md#reports).

Sums stand for records: of each channel what its records hold together, and the proof that the other end's records hold
the same. No row names a counterparty; both ends give a channel the same name, which nobody else can compute.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from carnet import wire
from carnet.crypto import cose
from carnet.crypto.agreement import agree
from carnet.crypto.kdf import Deriver
from carnet.crypto.transcript import Transcript
from carnet.messages import KeyName, Name, Phase, Role
from carnet.schema import U8, U32, U64, BigUint, Fixed, Hash, Many, Message, PointBytes, VaspId, message
from carnet.secret import Secret
from carnet.zk.linear import LINEAR_PROOF_LENGTH

CHANNEL_SIZE: Final = 16
MAX_ROWS: Final = 40_000
MAX_REPORT: Final = 16 * 1024 * 1024
MIN_TOTAL: Final = 10
"""The fewest transfers of which a total is opened: that of one would be its amount."""
LATE_EPOCHS: Final = 9
"""How many epochs later the last record of an epoch can come: a transfer ends within eight days and ten minutes."""

MATCHED: Final = frozenset({Phase.SETTLED, Phase.MISMATCH})
"""The endings in which value may have moved and which both ends have signed: each has a record at either end."""

ChannelId = Annotated[bytes, Fixed(CHANNEL_SIZE)]
LinearProof = Annotated[bytes, Fixed(LINEAR_PROOF_LENGTH)]


@message("outcome")
class Outcome(Message):
    """How many records there are of one kind, covers among them."""

    kind: Phase
    count: U32


@message("row-peer")
class RowPeer(Message):
    """What the other end's records of the same transfers hold together, and that it is the same."""

    unit: PointBytes
    flag: PointBytes
    unit_proof: LinearProof
    flag_proof: LinearProof


@message("channel-row")
class ChannelRow(Message):
    """The matched records of one channel, of one end of it and of one day: their sums.

    *peer* is absent if the other end has not shown its records in time.
    """

    channel: ChannelId
    role: Role
    epoch: U32
    count: U32
    unit: PointBytes
    flag: PointBytes
    peer: RowPeer | None = None


@message("cover-row")
class CoverRow(Message):
    """The covers: their sums, and that these hold nothing but the flags of *full* of them."""

    count: U32
    full: U32
    unit: PointBytes
    flag: PointBytes
    unit_proof: LinearProof
    flag_proof: LinearProof


@message("epoch-total")
class EpochTotal(Message):
    """What all records whose value may have moved hold together, covers aside: value in the unit, and how many FULL."""

    count: U32
    unit: Annotated[int, BigUint(16)]
    full: U32
    unit_proof: LinearProof
    flag_proof: LinearProof


@message("epoch-report")
class EpochReport(Message):
    """What a VASP reports of an epoch: entries *start* to *end* of its log, *end* not among them."""

    suite: U8
    network: Name
    vasp: VaspId
    serial: U32
    epoch: U32
    previous: Hash | None
    origin: KeyName
    start: U64
    end: U64
    root: Hash
    outcomes: Annotated[tuple[Outcome, ...], Many(16)]
    rows: Annotated[tuple[ChannelRow, ...], Many(MAX_ROWS)]
    covers: CoverRow | None
    total: EpochTotal | None
    disclosures: U32
    windows: Hash | None
    issued: U64


def channel_id(
    seed: Secret[bytes], *, peer_key: bytes, network: str, epoch: int, originator: str, beneficiary: str
) -> bytes:
    """Return the name of a channel in *epoch*: the same for its two ends, and nobody else's to know.

    *seed* is that of the one end's identity key, *peer_key* the other end's public one (spec/audit.md#channels).

    Raises:
        VerifyError: ``agreement.key``.
    """
    shared = Deriver(agree(seed, public=peer_key))
    return shared.derive("channel", network, epoch, originator, beneficiary, length=CHANNEL_SIZE)


def sign_report(report: EpochReport, *, seed: Secret[bytes]) -> bytes:
    """Return *report*, signed with the VASP's identity key."""
    return cose.sign(report, seed=seed)


def report_transcript(report: EpochReport) -> Transcript:
    """Return a transcript that has heard what all proofs of *report* are for (spec/audit.md#report-proofs)."""
    named: Sequence[wire.Wire] = [
        report.network,
        report.vasp,
        report.serial,
        report.epoch,
        report.origin,
        report.start,
        report.end,
        report.root,
    ]
    return Transcript(b"carnet/epoch-report/v1").say(b"report", wire.write(list(named)))


def row_transcript(on: Transcript, row: ChannelRow, *, field: str) -> Transcript:
    """Return *on*, which is left as it was, after it has heard of which sum of *row* the proof speaks."""
    named: list[wire.Wire] = [row.channel, int(row.role), row.epoch, row.count]
    return on.clone().say(b"row", wire.write(named)).say(b"field", field.encode())


def sum_transcript(on: Transcript, part: str, *, count: int, field: str) -> Transcript:
    """Return *on*, which is left as it was, after it has heard of which sum, ``covers`` or ``total``, of how many."""
    return on.clone().say(part.encode(), count.to_bytes(4, "big")).say(b"field", field.encode())
