"""The statement TIER: the right tier of data went with a transfer, whatever its value was.

With C_v the value, C_w the customer's window sum and C_b a flag (b = 1: the FULL tier is attached), one proof
shows v in [0, 2^64), b in {0, 1}, and (T-1) - w + 2^63*b in [0, 2^64): without the flag, w < T. Nobody learns
v, w, b or even the direction of the comparison (spec/threshold-proofs.md#tier).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

from carnet.crypto.coins import Coins, hedged
from carnet.crypto.group import Group, N, Point, group
from carnet.crypto.group.generators import Bases, bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.secret import Secret
from carnet.zk.batch import Batch, public_coins
from carnet.zk.bulletproof import RangeProof, prove_range, range_proof_length, read_range
from carnet.zk.fields import Fields, encode_scalars
from carnet.zk.sigma import BIT_PROOF_LENGTH, BitProof, prove_bit, read_bit
from carnet.zk.zero import ZeroItem

__all__ = [
    "TIER_PROOF_LENGTH",
    "TierClaim",
    "TierItem",
    "TierWitness",
    "find_bad",
    "prove_tier",
    "verify_tier",
    "verify_tiers",
]

BITS: Final = 64
FLAG_FACTOR: Final = 2**63
"""What a set flag adds to the second value: enough to lift any window sum's complement above zero."""

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


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TierItem:
    """A tier proof that waits to be verified among others."""

    claim: TierClaim
    proof: bytes
    on: Transcript

    def collect(self, batch: Batch) -> None:
        """Add this proof's equations to *batch*."""
        for part in _read(self.claim, self.proof, on=self.on.clone(), engine=batch.engine):
            part.collect(batch)

    def verify(self) -> None:
        """Verify this proof by itself."""
        verify_tier(self.claim, self.proof, on=self.on)


def prove_tier(
    claim: TierClaim, witness: TierWitness, *, on: Transcript, coins: Coins, engine: Group | None = None
) -> bytes:
    """Prove *claim* (spec/threshold-proofs.md#tier); with the same coins, the same proof.

    *on* has heard who and what the proof is for, and is left as it was.

    Raises:
        UsageError: The witness does not open the claim's commitments, or the claim is false.
    """
    basis = bases(engine or group())
    bit = int(witness.full)
    second = claim.limit - 1 - witness.window + FLAG_FACTOR * bit
    if not (0 <= witness.value < 2**BITS and 0 <= second < 2**BITS):
        raise UsageError("the claim is false: a value is out of range, or the window needs the full tier")
    _check_openings(basis, claim, witness)
    flag = basis.engine.decode(claim.flag)
    shifted = basis.engine.encode(_shifted(basis, claim, basis.engine.decode(claim.window), flag))
    on = _state(claim, shifted, on=on.clone())
    coins = hedged(coins, witness=_secret(witness), context=on.clone().ask(b"hedge", 64))
    ranges = prove_range(
        [claim.value, shifted],
        values=[witness.value, second],
        blindings=[witness.value_blinding, (FLAG_FACTOR * witness.flag_blinding - witness.window_blinding) % N],
        bits=BITS,
        on=on,
        coins=coins,
        engine=basis.engine,
    )
    return ranges + prove_bit(flag, bit=bit, blinding=witness.flag_blinding, basis=basis, on=on, coins=coins)


def verify_tier(claim: TierClaim, proof: bytes, *, on: Transcript, engine: Group | None = None) -> None:
    """Refuse *proof* unless it shows *claim* in the context of *on* (spec/threshold-proofs.md#tier-verification).

    Raises:
        DecodeError: A point, a scalar or the length is not canonical.
        VerifyError: The proof does not verify (``tier.proof``), or no proof could (``tier.shifted``).
    """
    on = on.clone()
    batch = Batch(engine or group(), public_coins(on))
    for part in _read(claim, proof, on=on, engine=batch.engine):
        part.collect(batch)
    if not batch.holds():
        raise VerifyError("tier.proof")


def verify_tiers(items: Sequence[TierItem | ZeroItem], *, coins: Coins, engine: Group | None = None) -> None:
    """Refuse *items* unless every proof among them verifies: one multiplication for all.

    Raises:
        PeerError: What the first bad item is refused with, its index in the detail.
    """
    for index in find_bad(items, coins=coins, engine=engine):
        try:
            items[index].verify()
        except PeerError as error:
            raise type(error)(error.check, f"item {index}") from error
        raise UsageError("these coins give weights under which a good proof fails")


def find_bad(items: Sequence[TierItem | ZeroItem], *, coins: Coins, engine: Group | None = None) -> list[int]:
    """Return the indices of all items whose proofs do not verify, by halving."""
    if not items or _hold(items, coins, engine or group()):
        return []
    if len(items) == 1:
        return [0]
    half = len(items) // 2
    right = find_bad(items[half:], coins=coins, engine=engine)
    return [*find_bad(items[:half], coins=coins, engine=engine), *(half + index for index in right)]


def _hold(items: Sequence[TierItem | ZeroItem], coins: Coins, engine: Group) -> bool:
    batch = Batch(engine, coins)
    try:
        for item in items:
            item.collect(batch)
    except (DecodeError, VerifyError):
        return False
    return batch.holds()


def _read(claim: TierClaim, proof: bytes, *, on: Transcript, engine: Group) -> tuple[RangeProof, BitProof]:
    """Read *proof* and replay its challenges; *on* has then heard all of it (spec/threshold-proofs.md#tier)."""
    # (1) the points of the claim
    value, window, flag = (engine.decode(data) for data in (claim.value, claim.window, claim.flag))
    # (2) the second commitment is derived, never sent
    derived = _shifted(bases(engine), claim, window, flag)
    if engine.is_identity(derived):
        raise VerifyError("tier.shifted")
    shifted = engine.encode(derived)
    # (3) the proof's own form, and its challenges
    fields = Fields(proof, length=TIER_PROOF_LENGTH, engine=engine)
    on = _state(claim, shifted, on=on)
    ranges = read_range(fields, [claim.value, shifted], [value, derived], bits=BITS, on=on)
    return ranges, read_bit(fields, flag, on=on)


def _shifted(basis: Bases, claim: TierClaim, window: Point, flag: Point) -> Point:
    """Return (T-1)*H - C_w + 2^63*C_b; for T = 0, that is -H - C_w + 2^63*C_b."""
    return basis.engine.msm([claim.limit - 1, -1, FLAG_FACTOR], [basis.value, window, flag])


def _state(claim: TierClaim, shifted: bytes, *, on: Transcript) -> Transcript:
    """Say all that is public, before the first challenge."""
    on.say(b"statement", b"tier").say(b"limit", claim.limit.to_bytes(8, "big"))
    on.say(b"value", claim.value).say(b"window", claim.window).say(b"flag", claim.flag)
    return on.say(b"shifted", shifted)


def _check_openings(basis: Bases, claim: TierClaim, witness: TierWitness) -> None:
    for commitment, value, blinding in (
        (claim.value, witness.value, witness.value_blinding),
        (claim.window, witness.window, witness.window_blinding),
        (claim.flag, int(witness.full), witness.flag_blinding),
    ):
        if not 0 < blinding < N or basis.engine.encode(basis.commit(value=value, blinding=blinding)) != commitment:
            raise UsageError("the witness does not open the claim's commitments")


def _secret(witness: TierWitness) -> Secret[bytes]:
    openings = [witness.value, witness.value_blinding, witness.window, witness.window_blinding]
    return Secret(encode_scalars([*openings, int(witness.full), witness.flag_blinding]))
