"""The statement TIER: the right tier of data went with a transfer, whatever its value was.

With C_v the value, C_w the customer's window sum and C_b a flag (b = 1: the FULL tier is attached), one proof
shows v in [0, 2^64), b in {0, 1}, and (T-1) - w + 2^63*b in [0, 2^64): without the flag, w < T. Nobody learns
v, w, b or even the direction of the comparison (spec/threshold-proofs.md#tier).
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.commitment import Commitment, LinearT, Opening
from carnet.zk.sigma import BIT_PROOF_LENGTH
from carnet.zk.statement import Bit, Ranges, Statement, prove

__all__ = ["TIER_PROOF_LENGTH", "TierClaim", "TierWitness", "prove_tier"]

BITS: Final = 64
FLAG_FACTOR: Final = 2**63
"""What a set flag adds to the second value: enough to lift any window sum's complement above zero."""

FALSE: Final = "a value is out of range, or the window needs the full tier"

TIER_PROOF_LENGTH: Final = range_proof_length(bits=BITS, count=2) + BIT_PROOF_LENGTH
"""976 bytes."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TierClaim:
    """What a proof is about: the pack's ``full_from``, and the record's three commitments."""

    limit: int
    value: bytes
    window: bytes
    flag: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.limit < 2**32:
            raise UsageError("a limit lies in [0, 2^32)")

    def derive(self, engine: Group) -> tuple[Commitment, Commitment, Commitment]:
        """Return the commitments to value, complement and flag, of which the second is derived and never sent."""
        value = Commitment.decode(self.value, engine=engine)
        window = value if self.window == self.value else Commitment.decode(self.window, engine=engine)
        flag = Commitment.decode(self.flag, engine=engine)
        return value, shifted(self.limit, window, flag), flag

    def said(self, complement: Commitment) -> list[tuple[bytes, bytes]]:
        """Return what is said of this claim, with the derived *complement*."""
        named = (b"value", self.value), (b"window", self.window), (b"flag", self.flag), (b"shifted", complement.data)
        return [(b"limit", self.limit.to_bytes(8, "big")), *named]

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown (spec/threshold-proofs.md#tier-verification)."""
        value, complement, flag = self.derive(engine)
        if complement.is_identity:
            raise VerifyError("tier.shifted")
        return Statement(
            said=[(b"statement", b"tier"), *self.said(complement)],
            parts=[Ranges(BITS, [value, complement]), Bit(flag)],
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("tier.proof")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TierWitness:
    """What opens a claim's commitments; the representation shows none of it."""

    value: int = field(repr=False)
    value_blinding: int = field(repr=False)
    window: int = field(repr=False)
    window_blinding: int = field(repr=False)
    full: bool = field(repr=False)
    flag_blinding: int = field(repr=False)

    @property
    def openings(self) -> tuple[Opening, Opening, Opening]:
        """The openings of value, window and flag."""
        return (
            Opening(value=self.value, blinding=self.value_blinding),
            Opening(value=self.window, blinding=self.window_blinding),
            Opening(value=int(self.full), blinding=self.flag_blinding),
        )


def shifted(limit: int, window: LinearT, flag: LinearT) -> LinearT:
    """Return (T-1)*H - C_w + 2^63*C_b; for T = 0, that is -H - C_w + 2^63*C_b."""
    return (limit - 1) - window + FLAG_FACTOR * flag


def prove_tier(
    claim: TierClaim, witness: TierWitness, *, on: Transcript, coins: Coins, engine: Group | None = None
) -> bytes:
    """Prove *claim* (spec/threshold-proofs.md#tier); with the same coins, the same proof.

    *on* has heard who and what the proof is for, and is left as it was.

    Raises:
        UsageError: The witness does not open the claim's commitments, or the claim is false.
    """
    value, window, flag = witness.openings
    commitments = claim.value, claim.window, claim.flag
    parts = [[value, shifted(claim.limit, window, flag)], [flag]]
    return prove(claim, commitments, witness.openings, parts, false=FALSE, on=on, coins=coins, engine=engine)
