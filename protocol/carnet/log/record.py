"""What is logged of a transfer (spec/log.md#records).

A record is *determined* by what both sides signed: every field derives from header, receipt, terminal statement, seed
and role, so that no VASP can move value between its records. Commitments and references are re-randomised per role:
the two ends of one transfer share no byte string, or the payment graph would rebuild itself. Only the hash of a
record is an entry of the log; the proof lies beside it.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.kdf import Deriver
from carnet.crypto.transcript import Transcript
from carnet.envelope.values import Openings, point_of
from carnet.errors import DecodeError, UsageError
from carnet.messages import BROADCAST_ENDINGS, TERMINAL, OfferHeader, Phase, Receipt, Role, TerminalStatement
from carnet.params import CLOCK_SKEW_S, EPOCH_S, MAX_VALIDITY_S, SETTLE_GRACE_S
from carnet.policy.pack import Leg, LegRule, PolicyPack, leg_rule, pack_hash
from carnet.schema import U32, Hash, Message, PointBytes, message
from carnet.secret import Secret
from carnet.zk import pedersen
from carnet.zk.commitment import Opening
from carnet.zk.statement import Item
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.zero import ZeroClaim, prove_zero

VALUE: Final = "value"
UNIT: Final = "unit"
WINDOW: Final = "window"
FLAG: Final = "flag"

LONGEST_S: Final = MAX_VALIDITY_S + SETTLE_GRACE_S + 2 * CLOCK_SKEW_S
"""The most seconds between the examination of an offer and the time of the statement that ends it."""


@message("record")
class Record(Message):
    """One side's line about one transfer that has ended."""

    kind: Phase
    role: Role
    epoch: U32
    pack: Hash
    leg: Leg
    value: PointBytes
    unit: PointBytes
    window: PointBytes
    flag: PointBytes
    header_ref: Hash
    receipt_ref: Hash
    terminal_ref: Hash

    def entry(self) -> bytes:
        """Return the log's entry for this record: SHA-256 of its encoding."""
        return hashlib.sha256(self.encode()).digest()


_SHAPE: Final = re.compile(
    rb"\xac\x01([\x00-\x17])\x02([\x00-\x17])"
    rb"\x03([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....)"
    rb"\x04\x58\x20(.{32})\x05([\x00-\x17])\x06\x58\x21(.{33})\x07\x58\x21(.{33})\x08\x58\x21(.{33})"
    rb"\x09\x58\x21(.{33})\x0a\x58\x20(.{32})\x0b\x58\x20(.{32})\x0c\x58\x20(.{32})",
    re.DOTALL,
)
"""A record's one encoding, byte by byte, up to which numbers are of a kind, a role or a leg."""
_LONG: Final = 0x18


def read_record(data: bytes) -> Record:
    """Return the record that *data* encodes, as `Record.decode` does, in less than half the time.

    Raises:
        DecodeError: It is the one encoding of none.
    """
    found = _SHAPE.fullmatch(data)
    if found is None:
        return Record.decode(data)
    kind, role, epoch, pack, leg, value, unit, window, flag, header, receipt, terminal = found.groups()
    try:
        named = Phase(kind[0]), Role(role[0]), Leg(leg[0])
    except ValueError:
        return Record.decode(data)
    return Record(
        kind=named[0],
        role=named[1],
        epoch=epoch[0] if epoch[0] < _LONG else int.from_bytes(epoch[1:], "big"),
        pack=pack,
        leg=named[2],
        value=value,
        unit=unit,
        window=window,
        flag=flag,
        header_ref=header,
        receipt_ref=receipt,
        terminal_ref=terminal,
    )


def named_pack(data: bytes) -> bytes | None:
    """Return the hash of the pack that *data* names if it encodes a record: a glance, for who has many to read."""
    found = _SHAPE.fullmatch(data)
    return None if found is None else found[4]


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Source:
    """All that a record derives from.

    *seed* is the payload's, or 32 random bytes of the beneficiary's own if it could not open the offer; *window* is
    the recording side's C_w, or None where its pack keeps no window.
    """

    header: OfferHeader
    header_hash: bytes
    receipt_hash: bytes | None
    statement: TerminalStatement
    seed: Secret[bytes]
    role: Role
    pack: PolicyPack
    window: bytes | None = None

    def __post_init__(self) -> None:
        if self.window is not None and not self.rule.linked_window_s:
            raise UsageError("where a pack links no transfers, the value is the window")

    @property
    def rule(self) -> LegRule:
        """The rule of the recording side's pack."""
        return leg_rule(self.pack, Leg.VASP)

    @property
    def window_like(self) -> str:
        """The field whose shift re-randomises the window: `VALUE` where there is none, so that an auditor sees it."""
        return WINDOW if self.rule.linked_window_s else VALUE


def derive_record(source: Source) -> Record:
    """Return the one record that *source* determines (spec/log.md#derivation)."""
    statement, header = source.statement, source.header
    if statement.state not in TERMINAL:
        raise UsageError(f"{statement.state.name} is no ending")
    moved = statement.state in BROADCAST_ENDINGS
    value = point_of(header, source.rule.currency) if moved else None  # a refused header may lack our currency
    return Record(
        kind=statement.state,
        role=source.role,
        epoch=statement.time // EPOCH_S,
        pack=pack_hash(source.pack),
        leg=Leg.VASP,
        value=_rerandomised(source, VALUE, value),
        unit=_rerandomised(source, UNIT, header.unit if moved else None),
        window=_rerandomised(source, source.window_like, (source.window or value) if moved else None),
        flag=_rerandomised(source, FLAG, header.flag),
        header_ref=_reference(source, "header", source.header_hash),
        receipt_ref=_reference(source, "receipt", source.receipt_hash or b""),
        terminal_ref=_reference(source, "terminal", hashlib.sha256(statement.encode()).digest()),
    )


def record_blinding(seed: Secret[bytes], *, role: Role, field: str, header_hash: bytes) -> int:
    """Return the scalar that re-randomises *field* for this role and offer: whoever reuses a seed links no records."""
    wide = Deriver(seed).derive("record-blinding", int(role), field, header_hash, length=64)
    return pedersen.scalar(wide)


def own_window(role: Role, rule: LegRule, *, header: OfferHeader, receipt: Receipt | None) -> bytes | None:
    """Return the C_w of the end that is *role*, as both ends know it; None where *rule* of its pack keeps no window."""
    if not rule.linked_window_s:
        return None
    if role is Role.ORIGINATOR:
        return header.window
    return None if receipt is None else receipt.window


def _shift(source: Source, field: str) -> int:
    return record_blinding(source.seed, role=source.role, field=field, header_hash=source.header_hash)


def _rerandomised(source: Source, field: str, point: bytes | None) -> bytes:
    by = _shift(source, field)
    return pedersen.commit(value=0, blinding=by) if point is None else pedersen.shift(point, by=by)


def _reference_salt(seed: Secret[bytes], name: str, *, role: Role, header_hash: bytes) -> bytes:
    return Deriver(seed).derive("record-reference", int(role), name, header_hash)


def _reference(source: Source, name: str, target: bytes) -> bytes:
    salt = _reference_salt(source.seed, name, role=source.role, header_hash=source.header_hash)
    return reference(salt, target)


def reference(salt: bytes, target: bytes) -> bytes:
    """Return the reference to *target*, a hash or nothing, under *salt* (spec/log.md#derivation)."""
    return hashlib.sha256(salt + target).digest()


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecordLinks:
    """What leads from what both ends signed to a record: salts of its references, shifts of its commitments.

    Whoever is shown these can derive this record anew, and nothing else: the seed stays hidden.
    """

    header_salt: bytes
    receipt_salt: bytes
    terminal_salt: bytes
    value_shift: int
    unit_shift: int
    window_shift: int
    flag_shift: int


def record_links(seed: Secret[bytes], *, role: Role, header_hash: bytes, rule: LegRule) -> RecordLinks:
    """Return what leads to the record of *role*, for a disclosure (spec/disclosure.md#links); *rule* is its pack's."""

    def shift(field: str) -> int:
        return record_blinding(seed, role=role, field=field, header_hash=header_hash)

    def salt(name: str) -> bytes:
        return _reference_salt(seed, name, role=role, header_hash=header_hash)

    return RecordLinks(
        header_salt=salt("header"),
        receipt_salt=salt("receipt"),
        terminal_salt=salt("terminal"),
        value_shift=shift(VALUE),
        unit_shift=shift(UNIT),
        window_shift=shift(WINDOW if rule.linked_window_s else VALUE),
        flag_shift=shift(FLAG),
    )


def may_judge(pack: PolicyPack, *, epoch: int) -> bool:
    """Tell whether *pack* may be that of a record of *epoch*: in force when the transfer can have been offered.

    An offer is judged by the pack in force when it comes, and its transfer ends up to eight days later; a peer may
    also date its statement back to the offer's day of issue (spec/log.md#derivation).
    """
    begins, ends = epoch * EPOCH_S - LONGEST_S, (epoch + 1) * EPOCH_S + LONGEST_S
    return pack.effective_from < ends and (pack.effective_until is None or begins < pack.effective_until)


# --- the proof beside a record ---------------------------------------------------------------------------------------


def proof_transcript(record: Record, *, encoded: bytes | None = None) -> Transcript:
    """Return a transcript that has heard all that the proof beside *record* is for (spec/log.md#proofs).

    *encoded* is the record's encoding, for who has it at hand.
    """
    return Transcript(b"carnet/record/v1").say(b"record", record.encode() if encoded is None else encoded)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecordOpenings:
    """What opens the commitments of a record whose value may have moved, under the record's own blindings."""

    value: Opening
    unit: Opening
    window: Opening
    flag: Opening


def record_openings(source: Source, openings: Openings, *, window: Opening | None = None) -> RecordOpenings:
    """Return what opens the record of *source*, of whose header these are the *openings*; *window* opens its own C_w.

    Both ends can open the values, units and flags of both records.
    """
    if source.statement.state not in BROADCAST_ENDINGS:
        raise UsageError("nothing moved: the commitments are to nothing")
    value = openings.values[source.rule.currency]
    return RecordOpenings(
        value=_shifted(source, VALUE, value),
        unit=_shifted(source, UNIT, openings.unit),
        window=_shifted(source, source.window_like, window or value),
        flag=_shifted(source, FLAG, openings.flag),
    )


def _shifted(source: Source, field: str, opening: Opening) -> Opening:
    return opening + Opening(value=0, blinding=_shift(source, field))


def prove_record(
    record: Record,
    source: Source,
    openings: Openings | None,
    *,
    window: Opening | None,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Return the proof that goes beside *record*: TIER if value may have moved, ZERO if it did not.

    *openings* are those of the header; they are needed for TIER alone. *window* opens the source's own C_w. *engine* is
    what multiplies (`carnet.crypto.group.group`): hardened, or with larger tables, where that is wanted.
    """
    on = proof_transcript(record)
    if record.kind not in BROADCAST_ENDINGS:
        blindings = [_shift(source, field) for field in (VALUE, UNIT, source.window_like)]
        return prove_zero(_nothing(record), blindings, on=on, coins=coins, engine=engine)
    if openings is None:
        raise UsageError("a transfer that was broadcast has been opened")
    opened = record_openings(source, openings, window=window)
    return prove_opened(record, opened, rule=source.rule, coins=coins, engine=engine)


def prove_opened(
    record: Record, opened: RecordOpenings, *, rule: LegRule, coins: Coins, engine: Group | None = None
) -> bytes:
    """Return the TIER proof beside *record*, which has these openings, under *rule* of its pack."""
    witness = TierWitness(
        value=opened.value.value,
        value_blinding=opened.value.blinding,
        window=opened.window.value,
        window_blinding=opened.window.blinding,
        full=bool(opened.flag.value),
        flag_blinding=opened.flag.blinding,
    )
    return prove_tier(_claim(record, rule), witness, on=proof_transcript(record), coins=coins, engine=engine)


def proof_item(record: Record, pack: PolicyPack, proof: bytes, *, encoded: bytes | None = None) -> Item:
    """Return *proof* ready to be verified, alone or among others, as the proof beside *record* under *pack*.

    *encoded* is the record's encoding, for who has it at hand.

    Raises:
        DecodeError: ``record.kind``: not the record of an ending.
    """
    if record.kind not in TERMINAL:
        raise DecodeError("record.kind", record.kind.name)
    on = proof_transcript(record, encoded=encoded)
    if record.kind in BROADCAST_ENDINGS:
        return Item(claim=_claim(record, leg_rule(pack, record.leg)), proof=proof, on=on)
    return Item(claim=_nothing(record), proof=proof, on=on)


def _nothing(record: Record) -> ZeroClaim:
    return ZeroClaim(points=(record.value, record.unit, record.window))


def _claim(record: Record, rule: LegRule) -> TierClaim:
    return TierClaim(limit=rule.full_from, value=record.value, window=record.window, flag=record.flag)
