"""Scalars and openings, as the node holds them at rest within what it seals."""

from typing import Annotated, Final

from carnet.schema import BigUint, Fixed, Message, message
from carnet.zk.commitment import Opening

SCALAR_SIZE: Final = 32

Scalar = Annotated[bytes, Fixed(SCALAR_SIZE)]
Sum = Annotated[int, BigUint(16)]


@message("stored-opening", private=True)
class StoredOpening(Message):
    """What opens a commitment to a value, or to a sum of values."""

    value: Sum
    blinding: Scalar


def to_scalar(number: int) -> bytes:
    """Return *number* as a `Scalar`."""
    return number.to_bytes(SCALAR_SIZE, "big")


def from_scalar(scalar: bytes) -> int:
    """Return what `to_scalar` was given."""
    return int.from_bytes(scalar, "big")


def store_opening(opening: Opening) -> StoredOpening:
    """Return *opening* as it is kept."""
    return StoredOpening(value=opening.value, blinding=to_scalar(opening.blinding))


def restore_opening(value: int, blinding: bytes) -> Opening:
    """Return what opens to *value* under *blinding*, which is a `Scalar`."""
    return Opening(value=value, blinding=from_scalar(blinding))
