"""What the log's worker needs of a transfer that has ended: its record, and sealed beside it all that the proof takes.

The exchange writes both in the transaction that ends the transfer; the prover opens them later, and erases the sealed
part when the proof is made.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import open_box, seal_box
from carnet.envelope.values import Openings, derive_openings
from carnet.log.record import Source
from carnet.messages import OfferHeader, Role, TerminalStatement
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.schema import U64, Currency, Fixed, Hash, Many, Message, PointBytes, message
from carnet.secret import Secret
from carnet.zk.commitment import Opening
from carnet_node.scalars import StoredOpening, restore_opening, store_opening

_CONTEXT: Final = b"carnet/record-source/v1"


@message("stored-value", private=True)
class StoredValue(Message):
    """The transfer's value in one currency, in minor units."""

    currency: Currency
    value: U64


@message("stored-openings", private=True)
class StoredOpenings(Message):
    """The values that the header commits to; their blindings derive from the seed."""

    values: Annotated[tuple[StoredValue, ...], Many(2)]
    unit: U64
    full: bool


@message("stored-source", private=True)
class StoredSource(Message):
    """A `Source` at rest; the pack is named by its hash, and *window_opening* is of our own C_w."""

    header: OfferHeader
    header_hash: Hash
    receipt_hash: Hash | None
    statement: TerminalStatement
    seed: Annotated[bytes, Fixed(32)]
    role: Role
    pack: Hash
    window: PointBytes | None
    openings: StoredOpenings | None
    window_opening: StoredOpening | None = None


def seal_source(
    source: Source,
    openings: Openings | None,
    *,
    window: Opening | None = None,
    storage_key: Secret[bytes],
    coins: Coins,
) -> bytes:
    """Return *source*, and the header's *openings* if they are known, as the column `records.source` holds them.

    *window* opens our own C_w, where our pack keeps a window.
    """
    stored = StoredSource(
        header=source.header,
        header_hash=source.header_hash,
        receipt_hash=source.receipt_hash,
        statement=source.statement,
        seed=source.seed.reveal(),
        role=source.role,
        pack=pack_hash(source.pack),
        window=source.window,
        openings=None if openings is None else store_openings(openings),
        window_opening=None if window is None else store_opening(window),
    )
    return seal_box(storage_key, stored.encode(), context=_context(source.role, source.header), coins=coins)


def open_source(
    box: bytes,
    *,
    role: int,
    transfer_id: bytes,
    storage_key: Secret[bytes],
    packs: Mapping[bytes, PolicyPack],
) -> tuple[Source, Openings | None, Opening | None]:
    """Return what `seal_source` sealed; *packs* are all packs ever loaded, by hash.

    Raises:
        VerifyError: ``box.open``: another key, or a changed database.
        KeyError: A pack is gone.
    """
    context = _CONTEXT + bytes([role]) + transfer_id
    stored = StoredSource.decode(open_box(storage_key, box, context=context))
    seed = Secret(stored.seed)
    source = Source(
        header=stored.header,
        header_hash=stored.header_hash,
        receipt_hash=stored.receipt_hash,
        statement=stored.statement,
        seed=seed,
        role=stored.role,
        pack=packs[stored.pack],
        window=stored.window,
    )
    openings = None if stored.openings is None else restore_openings(stored.openings, seed=seed)
    if (kept := stored.window_opening) is None:
        return source, openings, None
    return source, openings, restore_opening(kept.value, kept.blinding)


def store_openings(openings: Openings) -> StoredOpenings:
    """Return *openings* without what derives from the seed."""
    return StoredOpenings(
        values=tuple(StoredValue(currency=name, value=one.value) for name, one in openings.values.items()),
        unit=openings.unit.value,
        full=bool(openings.flag.value),
    )


def restore_openings(stored: StoredOpenings, *, seed: Secret[bytes]) -> Openings:
    """Return what `store_openings` was given."""
    values = {each.currency: each.value for each in stored.values}
    return derive_openings(seed, values=values, unit=stored.unit, full=stored.full)


def _context(role: Role, header: OfferHeader) -> bytes:
    return _CONTEXT + bytes([role]) + header.transfer_id
