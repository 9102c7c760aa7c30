"""Covers on their way into the node's log, and what opens them, kept sealed.

The sequencer makes them, in the transaction in which the log grows; the prover proves them like any record; the report
of their epoch sums up their openings, and a disclosure shows that they are covers (spec/disclosure.md).
"""

from collections.abc import Callable
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import open_box, seal_box
from carnet.log.cover import Cover, make_cover
from carnet.log.record import Record, RecordOpenings
from carnet.messages import Role
from carnet.policy.pack import PolicyPack
from carnet.schema import Message, message
from carnet.secret import Secret
from carnet_node.scalars import Scalar, restore_opening, to_scalar
from carnet_node.stores.log_store import COVER, Item

_CONTEXT: Final = b"carnet/cover-source/v1"


@message("stored-cover", private=True)
class StoredCover(Message):
    """Under which blindings a cover commits to nothing, and whether its flag is set."""

    value: Scalar
    unit: Scalar
    window: Scalar
    flag: Scalar
    full: bool


@final
class Covers:
    """Makes covers under the pack that *pack* returns, as long as it returns one.

    Each interval is filled up to a power of two, and to *floor*: with notices counted, which would stand out otherwise.
    """

    def __init__(
        self, *, pack: Callable[[], PolicyPack | None], storage_key: Secret[bytes], coins: Coins, floor: int = 0
    ) -> None:
        self._pack: Final = pack
        self._storage_key: Final = storage_key
        self._coins: Final = coins
        self._floor: Final = floor

    def missing(self, items: int) -> int:
        """Return how many covers belong to so many *items*, records and notices together."""
        wanted = max(items, self._floor)
        return (1 << (wanted - 1).bit_length()) - items if wanted else 0

    def make(self, epochs: list[int]) -> list[Item]:
        """Return a cover for each of the *epochs*, on its way into the log; none if no pack is in force."""
        if not epochs or (pack := self._pack()) is None:
            return []
        return [self._item(make_cover(pack, role=self._role(), epoch=epoch, coins=self._coins)) for epoch in epochs]

    def _role(self) -> Role:
        return Role.ORIGINATOR if self._coins(1)[0] & 1 else Role.BENEFICIARY

    def _item(self, cover: Cover) -> Item:
        source = seal_cover(cover, storage_key=self._storage_key, coins=self._coins)
        return Item(role=COVER, record=cover.record.encode(), source=source)


def seal_cover(cover: Cover, *, storage_key: Secret[bytes], coins: Coins) -> bytes:
    """Return what opens *cover*, as the column `records.source` holds it."""
    openings = cover.openings
    stored = StoredCover(
        value=to_scalar(openings.value.blinding),
        unit=to_scalar(openings.unit.blinding),
        window=to_scalar(openings.window.blinding),
        flag=to_scalar(openings.flag.blinding),
        full=bool(openings.flag.value),
    )
    return seal_box(storage_key, stored.encode(), context=_CONTEXT + cover.record.entry(), coins=coins)


def open_cover(record: bytes, source: bytes, *, storage_key: Secret[bytes]) -> Cover:
    """Return the cover whose *record* and sealed *source* the database holds.

    Raises:
        VerifyError: ``box.open``: another key, or a changed database.
    """
    decoded = Record.decode(record)
    stored = StoredCover.decode(open_box(storage_key, source, context=_CONTEXT + decoded.entry()))
    openings = RecordOpenings(
        value=restore_opening(0, stored.value),
        unit=restore_opening(0, stored.unit),
        window=restore_opening(0, stored.window),
        flag=restore_opening(int(stored.full), stored.flag),
    )
    return Cover(record=decoded, openings=openings)
