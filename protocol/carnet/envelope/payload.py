"""What only the two ends ever read (spec/envelope.md#payload)."""

from typing import Annotated, Self

from carnet.crypto.padding import pad, unpad
from carnet.errors import UsageError
from carnet.ivms101.model import IdentityPayload
from carnet.messages import Name
from carnet.params import MAX_OFFER, PLAINTEXT_FLOOR
from carnet.policy.tier import Tier
from carnet.schema import U8, U256, Blob, Fixed, Many, Message, Text, TransferId, VaspId, message

AssetId = Annotated[str, Text(160)]  # CAIP-19, or a DTI code
Address = Annotated[str, Text(256)]
Pseudonym = Annotated[str, Text(64)]
SignedQuote = Annotated[bytes, Blob(1024)]


@message("transfer", camel=True, private=True)
class Transfer(Message):
    """What moves: money is integers in atomic units, never a float."""

    asset: AssetId
    amount: U256
    source_address: Address | None = None
    destination_address: Address
    purpose: Annotated[str, Text(140)] | None = None
    originator_customer: Pseudonym | None = None
    beneficiary_customer: Pseudonym | None = None


@message("payload", camel=True, private=True)
class Payload(Message):
    """One revision of one transfer's data, and the seed from which all its salts and blindings come."""

    network: Name
    originator: VaspId
    beneficiary: VaspId
    transfer_id: TransferId
    revision: U8
    seed: Annotated[bytes, Fixed(32)]
    tier: Tier
    identity: IdentityPayload
    transfer: Transfer
    quotes: Annotated[tuple[SignedQuote, ...], Many(3, 1)]

    def to_plaintext(self) -> bytes:
        """Return what is sealed: this payload, padded to max(4096, Padme)."""
        padded = pad(self.encode(), floor=PLAINTEXT_FLOOR)
        if len(padded) > MAX_OFFER // 2:
            raise UsageError(f"the payload's {len(padded)} bytes are too many for one offer")
        return padded

    @classmethod
    def from_plaintext(cls, plaintext: bytes) -> Self:
        """Return the payload that was sealed as *plaintext*.

        Raises:
            DecodeError: Badly padded, or not a payload.
        """
        return cls.decode(unpad(plaintext, floor=PLAINTEXT_FLOOR))
