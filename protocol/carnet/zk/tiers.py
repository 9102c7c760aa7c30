"""The statement TIERS: one proof for the TIER of 2, 4 or 8 records, which costs an auditor less than one for each.

If it fails, one record at least is wrong, and the proof does not tell which (spec/threshold-proofs.md#tiers).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.commitment import Opening
from carnet.zk.sigma import BIT_PROOF_LENGTH
from carnet.zk.statement import Bit, Ranges, Statement, prove
from carnet.zk.tier import BITS, FALSE, TierClaim, TierWitness, shifted

__all__ = ["COUNTS", "TiersClaim", "prove_tiers", "tiers_proof_length"]

COUNTS: Final = (2, 4, 8)
"""How many records one proof may speak about."""


def tiers_proof_length(count: int) -> int:
    """Return the size of a proof about *count* records.

    >>> [tiers_proof_length(count) for count in COUNTS]
    [1204, 1594, 2308]
    """
    return range_proof_length(bits=BITS, count=2 * count) + count * BIT_PROOF_LENGTH


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TiersClaim:
    """What a proof is about: the claims of several *records*, in their order."""

    records: tuple[TierClaim, ...]

    def __post_init__(self) -> None:
        if len(self.records) not in COUNTS:
            raise UsageError("a proof speaks about 2, 4 or 8 records")

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        derived = [record.derive(engine) for record in self.records]
        if any(complement.is_identity for _, complement, _ in derived):
            raise VerifyError("tiers.shifted")
        said = [record.said(complement) for record, (_, complement, _) in zip(self.records, derived, strict=True)]
        ranges = [each for value, complement, _ in derived for each in (value, complement)]
        return Statement(
            said=[(b"statement", b"tiers"), (b"count", len(said).to_bytes(4, "big")), *chain(*said)],
            parts=[Ranges(BITS, ranges), *(Bit(flag) for _, _, flag in derived)],
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("tiers.proof")


def prove_tiers(
    claim: TiersClaim,
    witnesses: Sequence[TierWitness],
    *,
    on: Transcript,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Prove *claim*, of whose records these are the *witnesses*; as `carnet.zk.statement.prove` does all proofs."""
    commitments = [each for record in claim.records for each in (record.value, record.window, record.flag)]
    openings = [each for witness in witnesses for each in witness.openings]
    ranges: list[Opening] = []
    for record, (value, window, flag) in zip(claim.records, (each.openings for each in witnesses), strict=False):
        ranges += [value, shifted(record.limit, window, flag)]
    parts = [ranges, *([flag] for flag in openings[2::3])]
    return prove(claim, commitments, openings, parts, false=FALSE, on=on, coins=coins, engine=engine)
