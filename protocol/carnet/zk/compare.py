"""The statements RANGE, GE and LT: how large what is committed to is, against numbers that everybody knows.

RANGE shows v_0, v_1, ... in [0, 2^bits); GE shows v - T in [0, 2^64); LT shows v and T - 1 - v in [0, 2^32). LT
takes two ranges, as one on T - 1 - v alone would accept v = -5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.pedersen import MAX_VALUE
from carnet.zk.statement import Ranges, Statement, prove

__all__ = [
    "GE_PROOF_LENGTH",
    "LT_PROOF_LENGTH",
    "GeClaim",
    "LtClaim",
    "RangeClaim",
    "prove_ge",
    "prove_lt",
    "prove_ranges",
]

GE_BITS: Final = 64
LT_BITS: Final = 32

GE_PROOF_LENGTH: Final = range_proof_length(bits=GE_BITS, count=1)
LT_PROOF_LENGTH: Final = range_proof_length(bits=LT_BITS, count=2)
"""748 bytes either way."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RangeClaim:
    """Each of *commitments* holds a value in [0, 2^bits) (spec/threshold-proofs.md#range)."""

    bits: int
    commitments: tuple[bytes, ...]

    def __post_init__(self) -> None:
        range_proof_length(bits=self.bits, count=len(self.commitments))
        if 2**self.bits > MAX_VALUE:
            raise UsageError("a range has at most 128 bits")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        commitments = [Commitment.decode(each, engine=engine) for each in self.commitments]
        return Statement(said=[(b"statement", b"range")], parts=[Ranges(self.bits, commitments)])

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("range.proof")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GeClaim:
    """*value* holds the limit or more, and less than the limit and 2^64 (spec/threshold-proofs.md#ge)."""

    limit: int
    value: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.limit < 2**64:
            raise UsageError("a limit lies in [0, 2^64)")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        shifted = Commitment.decode(self.value, engine=engine) - self.limit
        if shifted.is_identity:
            raise VerifyError("ge.shifted")
        return Statement(
            said=_said(b"ge", limit=self.limit, value=self.value, shifted=shifted), parts=[Ranges(GE_BITS, [shifted])]
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("ge.proof")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LtClaim:
    """*value* holds less than the limit, and not less than zero (spec/threshold-proofs.md#lt)."""

    limit: int
    value: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.limit < 2**32:
            raise UsageError("a limit lies in [1, 2^32)")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        value = Commitment.decode(self.value, engine=engine)
        shifted = (self.limit - 1) - value
        if shifted.is_identity:
            raise VerifyError("lt.shifted")
        return Statement(
            said=_said(b"lt", limit=self.limit, value=self.value, shifted=shifted),
            parts=[Ranges(LT_BITS, [value, shifted])],
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("lt.proof")


def _said(name: bytes, *, limit: int, value: bytes, shifted: Commitment) -> list[tuple[bytes, bytes]]:
    compared = (b"limit", limit.to_bytes(8, "big")), (b"value", value), (b"shifted", shifted.data)
    return [(b"statement", name), *compared]


def prove_ranges(
    claim: RangeClaim, openings: Sequence[Opening], *, on: Transcript, coins: Coins, engine: Group | None = None
) -> bytes:
    """Prove *claim*, whose commitments have these *openings*; as `carnet.zk.statement.prove` does all proofs."""
    false = "a value is out of range"
    return prove(claim, claim.commitments, openings, [openings], false=false, on=on, coins=coins, engine=engine)


def prove_ge(claim: GeClaim, value: Opening, *, on: Transcript, coins: Coins, engine: Group | None = None) -> bytes:
    """Prove *claim*, of which *value* is the opening; as `carnet.zk.statement.prove` does all proofs."""
    parts = [[value - claim.limit]]
    false = "the value is below the limit, or far above it"
    return prove(claim, [claim.value], [value], parts, false=false, on=on, coins=coins, engine=engine)


def prove_lt(claim: LtClaim, value: Opening, *, on: Transcript, coins: Coins, engine: Group | None = None) -> bytes:
    """Prove *claim*, of which *value* is the opening; as `carnet.zk.statement.prove` does all proofs."""
    parts = [[value, (claim.limit - 1) - value]]
    false = "the value is not below the limit, or is negative"
    return prove(claim, [claim.value], [value], parts, false=false, on=on, coins=coins, engine=engine)
