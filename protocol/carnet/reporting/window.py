"""Which records of a report are of one customer, and that their window sums are right (spec/window.md).

A customer's transfers stand in a *chain*, in the order of their offers, each in a slot of its own. A page tells, for
the records of one report, in which slots of which chains they stand and where their windows begin; one proof for each
group of them shows that every window sum is the sum of the values from there on. A transfer that a sum has counted and
that has no record yet, and perhaps never will, keeps its slot as a *phantom*, proven not to be negative.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final, final

from carnet import wire
from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.days import day
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.params import EPOCH_S
from carnet.schema import U32, U64, Fixed, Hash, Many, Message, PointBytes, message
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.commitment import Opening
from carnet.zk.compare import RangeClaim, prove_ranges
from carnet.zk.linear import LINEAR_PROOF_LENGTH, MAX_RECORDS, WindowClaim, WindowRecord, prove_window

CHAIN_SIZE: Final = 16
MAX_GROUPS: Final = 1 << 20
MAX_ENTRIES: Final = 1 << 16
MAX_PAGE: Final = 64 * 1024 * 1024
PHANTOM_BITS: Final = 64
PHANTOM_PROOF_LENGTH: Final = range_proof_length(bits=PHANTOM_BITS, count=1)
"""748 bytes."""

ChainId = Annotated[bytes, Fixed(CHAIN_SIZE)]


@message("phantom")
class Phantom(Message):
    """A value that later window sums include, and the proof that it is not negative.

    *value* is the very commitment that the transfer's record will hold if value moves.
    """

    value: PointBytes
    proof: Annotated[bytes, Fixed(PHANTOM_PROOF_LENGTH)]


@message("window-entry")
class WindowEntry(Message):
    """One slot of a chain: held by record *index*, whose window begins at slot *start*, or by a *phantom*."""

    slot: U32
    index: U64 | None = None
    start: U32 | None = None
    phantom: Phantom | None = None


@message("window-group")
class WindowGroup(Message):
    """Slots of one chain, in their order, and the proof of the records' window sums."""

    chain: ChainId
    entries: Annotated[tuple[WindowEntry, ...], Many(MAX_ENTRIES, 1)]
    proof: Annotated[bytes, Fixed(LINEAR_PROOF_LENGTH)]


@message("window-page")
class WindowPage(Message):
    """All groups of one report."""

    serial: U32
    epoch: U32
    groups: Annotated[tuple[WindowGroup, ...], Many(MAX_GROUPS, 1)]


def reach(linked_window_s: int) -> int:
    """Return how many epochs before its own a window of *linked_window_s* seconds reaches back."""
    return -(-linked_window_s // EPOCH_S)


def page_hash(page: bytes) -> bytes:
    """Return the hash by which a report names the page with this encoding."""
    return hashlib.sha256(page).digest()


def chains_of(page: WindowPage) -> dict[int, bytes]:
    """Return in which chain each record of *page* stands."""
    return {entry.index: group.chain for group in page.groups for entry in group.entries if entry.index is not None}


def open_page(data: bytes, *, serial: int, epoch: int, named: Hash) -> WindowPage:
    """Return the page *data* of the report with this serial and epoch, which names it by hash (spec/window.md#pages).

    Raises:
        VerifyError: ``window.page``: it is not the page that the report names, or is of another report.
        DecodeError: Not a page, or ``window.form``: its lists are not as they must be.
    """
    if page_hash(data) != named:  # (1)
        raise VerifyError("window.page", "another hash")
    page = WindowPage.decode(data, limit=MAX_PAGE)  # (2)
    if (page.serial, page.epoch) != (serial, epoch):  # (3)
        raise VerifyError("window.page", f"of report {page.serial}, {day(page.epoch)}")
    check_form(page)  # (4)
    return page


def check_form(page: WindowPage) -> None:
    """Refuse *page* unless its groups and their entries are in order, and each entry is one of the two kinds.

    Raises:
        DecodeError: ``window.form``.
    """
    order = [(group.chain, group.entries[0].slot) for group in page.groups]
    if any(one >= other for one, other in pairwise(order)):
        raise DecodeError("window.form", "groups out of order")
    for number, (group, following) in enumerate(pairwise(page.groups)):
        if group.chain == following.chain and not _is_full(group):  # a chain is gone through once for each group of it
            raise DecodeError("window.form", f"group {number}: not full, and another follows")
    for number, group in enumerate(page.groups):
        entries = group.entries
        if any(one.slot >= other.slot for one, other in pairwise(entries)):
            raise DecodeError("window.form", f"group {number}: slots out of order")
        if not all(_is_one(entry) for entry in entries):
            raise DecodeError("window.form", f"group {number}: neither record nor phantom, or both")
        if not 1 <= _records(group) <= MAX_RECORDS:
            raise DecodeError("window.form", f"group {number}: no record, or more than a proof speaks about")


def _records(group: WindowGroup) -> int:
    return sum(entry.index is not None for entry in group.entries)


def _is_full(group: WindowGroup) -> bool:
    return _records(group) == MAX_RECORDS or len(group.entries) == MAX_ENTRIES


def _is_one(entry: WindowEntry) -> bool:
    """Tell whether *entry* is a record whose window begins no later than with itself, or a phantom."""
    if entry.phantom is not None:
        return entry.index is None and entry.start is None
    return entry.index is not None and entry.start is not None and entry.start <= entry.slot


# --- what the proofs are for -----------------------------------------------------------------------------------------


def phantom_transcript(origin: str) -> Transcript:
    """Return a transcript that has heard what a phantom's proof is for: a slot in a chain of the log *origin*."""
    return Transcript(b"carnet/phantom/v1").say(b"origin", origin.encode())


def phantom_claim(value: bytes) -> RangeClaim:
    """Return what is proven of a phantom: it holds a value in [0, 2^64), so that it can only make a sum larger."""
    return RangeClaim(bits=PHANTOM_BITS, commitments=(value,))


def group_transcript(group: WindowGroup, *, origin: str, serial: int, epoch: int) -> Transcript:
    """Return a transcript that has heard what the proof of *group* is for (spec/window.md#proofs)."""
    on = Transcript(b"carnet/windows/v1").say(b"origin", origin.encode()).say(b"page", wire.write([serial, epoch]))
    return on.say(b"group", group.encode_without("proof"))


# --- making a page ---------------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenedRecord:
    """A record of the report and what opens it; *earlier* is the sum of the slots from *start* to the one before."""

    slot: int
    index: int
    start: int
    value: Opening
    window: Opening
    earlier: Opening | None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenedPhantom:
    """A phantom, and what opens it; *proof* is what `prove_phantom` returned for it before."""

    slot: int
    value: Opening
    proof: bytes | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenedGroup:
    """What one group shows, in the order of the slots."""

    chain: bytes
    entries: Sequence[OpenedRecord | OpenedPhantom]


def prove_phantom(value: Opening, *, origin: str, coins: Coins, engine: Group | None = None) -> bytes:
    """Return the proof that goes beside a phantom in the log *origin*; it serves each page that shows the phantom."""
    return prove_ranges(
        phantom_claim(value.commit()), [value], on=phantom_transcript(origin), coins=coins, engine=engine
    )


def build_page(
    groups: Sequence[OpenedGroup],
    *,
    serial: int,
    epoch: int,
    origin: str,
    coins: Coins,
    engine: Group | None = None,
) -> WindowPage:
    """Return the page of the report *serial* of the log *origin* (spec/window.md#pages); proofs use fresh *coins*.

    Raises:
        UsageError: A window sum is not the sum of the values in its window, or no group can be made so.
    """
    ordered = sorted(groups, key=lambda each: (each.chain, each.entries[0].slot))
    made = tuple(
        _group(each, serial=serial, epoch=epoch, origin=origin, coins=coins, engine=engine) for each in ordered
    )
    page = WindowPage(serial=serial, epoch=epoch, groups=made)
    try:
        check_form(page)
    except DecodeError as error:
        raise UsageError(f"no page: {error.detail}") from error
    return page


def _group(
    opened: OpenedGroup, *, serial: int, epoch: int, origin: str, coins: Coins, engine: Group | None
) -> WindowGroup:
    entries = tuple(_entry(each, origin=origin, coins=coins, engine=engine) for each in opened.entries)
    draft = WindowGroup(chain=opened.chain, entries=entries, proof=bytes(LINEAR_PROOF_LENGTH))
    known = [
        (each.value, each.window if each.earlier is None else each.window - each.earlier)
        for each in opened.entries
        if isinstance(each, OpenedRecord)
    ]
    claim = window_claim([(value.commit(), rest.commit()) for value, rest in known])
    on = group_transcript(draft, origin=origin, serial=serial, epoch=epoch)
    proof = prove_window(claim, known, on=on, coins=coins, engine=engine)
    return WindowGroup(chain=opened.chain, entries=entries, proof=proof)


def _entry(each: OpenedRecord | OpenedPhantom, *, origin: str, coins: Coins, engine: Group | None) -> WindowEntry:
    if isinstance(each, OpenedRecord):
        return WindowEntry(slot=each.slot, index=each.index, start=each.start)
    proof = each.proof or prove_phantom(each.value, origin=origin, coins=coins, engine=engine)
    return WindowEntry(slot=each.slot, phantom=Phantom(value=each.value.commit(), proof=proof))


def window_claim(records: Sequence[tuple[bytes, bytes]]) -> WindowClaim:
    """Return the claim about *records*: of each its value, and its window sum less what the slots before it hold.

    What remains of a window sum is the record's own value; so each window of the claim begins with its own record.
    """
    return WindowClaim(
        records=tuple(
            WindowRecord(value=value, window=window, start=number) for number, (value, window) in enumerate(records)
        )
    )
