"""The statements WINDOW, SUM and EQUALITY: what some commitments hold is the sum of what others hold.

Each is about differences of commitments which hold nothing, and are therefore multiples of G. None bounds a value:
that no summand is negative, or so large that the sum wraps around, is shown by the summands' own proofs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.commitment import Commitment, LinearT, Opening
from carnet.zk.pedersen import MAX_VALUE
from carnet.zk.sigma import MULTIPLES_PROOF_LENGTH
from carnet.zk.statement import Multiples, Statement, prove

__all__ = [
    "LINEAR_PROOF_LENGTH",
    "MAX_RECORDS",
    "EqualityClaim",
    "SumClaim",
    "WindowClaim",
    "WindowRecord",
    "prove_equality",
    "prove_sum",
    "prove_window",
]

LINEAR_PROOF_LENGTH: Final = MULTIPLES_PROOF_LENGTH
"""65 bytes."""

MAX_RECORDS: Final = 1024
"""The most records of a customer that one proof speaks about."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRecord:
    """A record's commitments to value and window sum, and the number of the first record in its window."""

    value: bytes
    window: bytes
    start: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowClaim:
    """The window sums of one customer's *records*, in the order of their offers (spec/threshold-proofs.md#window)."""

    records: tuple[WindowRecord, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.records) <= MAX_RECORDS:
            raise UsageError(f"a proof speaks about 1 to {MAX_RECORDS} records")
        starts = self.starts
        if not all(0 <= start <= at for at, start in enumerate(starts)) or any(a > b for a, b in pairwise(starts)):
            raise UsageError("a window starts at its own record or before, and never before an earlier window")

    @property
    def starts(self) -> list[int]:
        """Where each record's window starts."""
        return [record.start for record in self.records]

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        values = [Commitment.decode(record.value, engine=engine) for record in self.records]
        windows = [Commitment.decode(record.window, engine=engine) for record in self.records]
        points = _differences(values, windows, self.starts)
        if any(point.is_identity for point in points):
            raise VerifyError("window.point")
        said = [(b"statement", b"window"), (b"count", len(points).to_bytes(4, "big"))]
        for record, point in zip(self.records, points, strict=True):
            said += [(b"value", record.value), (b"window", record.window)]
            said += [(b"start", record.start.to_bytes(4, "big")), (b"point", point.data)]
        return Statement(said=said, parts=[Multiples(points)])

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("window.proof")


def _differences(values: Sequence[LinearT], windows: Sequence[LinearT], starts: Sequence[int]) -> list[LinearT]:
    """Return each window sum, less the values in the window; each sum is the difference of two running ones."""
    sums = list(accumulate(values))
    return [
        window - (sums[at] - sums[start - 1] if start else sums[at])
        for at, (window, start) in enumerate(zip(windows, starts, strict=False))
    ]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SumClaim:
    """*sum*, which the verifier has added up, holds *total* (spec/threshold-proofs.md#sum)."""

    total: int
    sum: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.total < MAX_VALUE:
            raise UsageError("a total lies in [0, 2^128)")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        point = Commitment.decode(self.sum, engine=engine) - self.total
        if point.is_identity:
            raise VerifyError("sum.point")
        told = (b"total", self.total.to_bytes(16, "big")), (b"sum", self.sum), (b"point", point.data)
        return Statement(said=[(b"statement", b"sum"), *told], parts=[Multiples([point])])

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("sum.proof")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityClaim:
    """*one* and *other*, sums that the verifier has added up, hold the same (spec/threshold-proofs.md#equality)."""

    one: bytes
    other: bytes

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        point = Commitment.decode(self.one, engine=engine) - Commitment.decode(self.other, engine=engine)
        if point.is_identity:
            raise VerifyError("equality.point")
        both = (b"one", self.one), (b"other", self.other), (b"point", point.data)
        return Statement(said=[(b"statement", b"equality"), *both], parts=[Multiples([point])])

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("equality.proof")


def prove_window(
    claim: WindowClaim,
    openings: Sequence[tuple[Opening, Opening]],
    *,
    on: Transcript,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Prove *claim*, of whose records these are the *openings* of value and window sum.

    As `carnet.zk.statement.prove` does all proofs.
    """
    commitments = [each for record in claim.records for each in (record.value, record.window)]
    known = [each for pair in openings for each in pair]
    parts = [_differences(known[::2], known[1::2], claim.starts)]
    false = "a window sum is not the sum of the values in its window"
    return prove(claim, commitments, known, parts, false=false, on=on, coins=coins, engine=engine)


def prove_sum(claim: SumClaim, blinding: int, *, on: Transcript, coins: Coins, engine: Group | None = None) -> bytes:
    """Prove *claim*, whose sum opens under *blinding*; as `carnet.zk.statement.prove` does all proofs."""
    known = Opening(value=claim.total, blinding=blinding)
    parts = [[known - claim.total]]
    false = "the sum holds another total"
    return prove(claim, [claim.sum], [known], parts, false=false, told=True, on=on, coins=coins, engine=engine)


def prove_equality(
    claim: EqualityClaim,
    *,
    one: Opening,
    other: Opening,
    on: Transcript,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Prove *claim*, of which these are the openings; as `carnet.zk.statement.prove` does all proofs."""
    sums, known, parts = [claim.one, claim.other], [one, other], [[one - other]]
    return prove(claim, sums, known, parts, false="the two hold different totals", on=on, coins=coins, engine=engine)
