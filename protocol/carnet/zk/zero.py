"""The statement ZERO: some commitments hold nothing, shown without opening them.

A transfer that was never broadcast is recorded with commitments to 0, which are multiples of G alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.sigma import MULTIPLES_PROOF_LENGTH
from carnet.zk.statement import Multiples, Statement, prove

__all__ = ["MAX_POINTS", "ZERO_PROOF_LENGTH", "ZeroClaim", "prove_zero"]

ZERO_PROOF_LENGTH: Final = MULTIPLES_PROOF_LENGTH
MAX_POINTS: Final = 16
"""The most commitments one proof speaks about."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroClaim:
    """What a proof is about: *points* that hold nothing."""

    points: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.points) <= MAX_POINTS:
            raise UsageError(f"a proof speaks about 1 to {MAX_POINTS} points")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown (spec/threshold-proofs.md#zero)."""
        return Statement(
            said=[
                (b"statement", b"zero"),
                (b"count", len(self.points).to_bytes(4, "big")),
                *((b"point", each) for each in self.points),
            ],
            parts=[Multiples([Commitment.decode(each, engine=engine) for each in self.points])],
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("zero.proof")


def prove_zero(
    claim: ZeroClaim, blindings: Sequence[int], *, on: Transcript, coins: Coins, engine: Group | None = None
) -> bytes:
    """Prove that the points of *claim* are *blindings* times G (spec/threshold-proofs.md#zero).

    *on* has heard who and what the proof is for, and is left as it was.

    Raises:
        UsageError: A point is another multiple of G, or none.
    """
    known = [Opening(value=0, blinding=each) for each in blindings]
    false = "a commitment holds something"
    return prove(claim, claim.points, known, [known], false=false, told=True, on=on, coins=coins, engine=engine)
