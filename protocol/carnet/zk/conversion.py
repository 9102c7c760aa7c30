"""The statement CONVERSION: a value is an amount times a public price, rounded up: v = ceil(a * price / scale).

With the remainder r = scale*v - price*a, it shows that this is so modulo n, that r and scale - 1 - r are not
negative, and that all are small enough for modulo n to mean equal (spec/threshold-proofs.md#conversion).
"""

from dataclasses import dataclass
from typing import Final, NoReturn, final

from carnet.crypto.coins import Coins
from carnet.crypto.group import Group
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.commitment import Commitment, LinearT, Opening
from carnet.zk.sigma import MULTIPLES_PROOF_LENGTH
from carnet.zk.statement import Multiples, Ranges, Statement, prove

__all__ = ["CONVERSION_PROOF_LENGTH", "ConversionClaim", "ConversionWitness", "prove_conversion"]

BITS: Final = 128

CONVERSION_PROOF_LENGTH: Final = range_proof_length(bits=BITS, count=4) + MULTIPLES_PROOF_LENGTH
"""1,011 bytes."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionClaim:
    """What a proof is about: a quote's *price* and *scale*, and commitments to amount, value and remainder."""

    price: int
    scale: int
    amount: bytes
    value: bytes
    remainder: bytes

    def __post_init__(self) -> None:
        if not (1 <= self.price < 2**64 and 1 <= self.scale < 2**120):
            raise UsageError("a price lies in [1, 2^64) and a scale in [1, 2^120)")

    def complement(self, remainder: LinearT) -> LinearT:
        """Return (scale - 1)*H - C_r, which the remainder's bound keeps from being negative."""
        return (self.scale - 1) - remainder

    def difference(self, amount: LinearT, value: LinearT, remainder: LinearT) -> LinearT:
        """Return scale*C_v - price*C_a - C_r, which holds nothing."""
        return self.scale * value - self.price * amount - remainder

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown."""
        named = self.amount, self.value, self.remainder
        amount, value, remainder = (Commitment.decode(data, engine=engine) for data in named)
        complement, point = self.complement(remainder), self.difference(amount, value, remainder)
        if complement.is_identity or point.is_identity:
            raise VerifyError("conversion.point")
        return Statement(
            said=[
                (b"statement", b"conversion"),
                (b"price", self.price.to_bytes(8, "big")),
                (b"scale", self.scale.to_bytes(16, "big")),
                (b"amount", self.amount),
                (b"value", self.value),
                (b"remainder", self.remainder),
                (b"complement", complement.data),
                (b"point", point.data),
            ],
            parts=[Ranges(BITS, [value, amount, remainder, complement]), Multiples([point])],
        )

    def refuse(self) -> NoReturn:
        """Refuse a proof of this claim."""
        raise VerifyError("conversion.proof")


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ConversionWitness:
    """What opens a claim's commitments; the representation shows none of it."""

    amount: Opening
    value: Opening
    remainder: Opening


def prove_conversion(
    claim: ConversionClaim,
    witness: ConversionWitness,
    *,
    on: Transcript,
    coins: Coins,
    engine: Group | None = None,
) -> bytes:
    """Prove *claim*; as `carnet.zk.statement.prove` does all proofs."""
    amount, value, remainder = witness.amount, witness.value, witness.remainder
    commitments = claim.amount, claim.value, claim.remainder
    parts = [
        [value, amount, remainder, claim.complement(remainder)],
        [claim.difference(amount, value, remainder)],
    ]
    false = "the value is not the amount times the price, rounded up"
    return prove(claim, commitments, [amount, value, remainder], parts, false=false, on=on, coins=coins, engine=engine)
