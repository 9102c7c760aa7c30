"""The statement ZERO: some commitments hold nothing, shown without opening them.

A transfer that was never broadcast is recorded with commitments to 0, which are multiples of G alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.coins import Coins, hedged
from carnet.crypto.group import Group, N, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import UsageError, VerifyError
from carnet.secret import Secret
from carnet.zk.batch import Batch, public_coins
from carnet.zk.fields import Fields, encode_scalars
from carnet.zk.sigma import MULTIPLES_PROOF_LENGTH, MultiplesProof, prove_multiples, read_multiples

__all__ = ["MAX_POINTS", "ZERO_PROOF_LENGTH", "ZeroItem", "prove_zero", "verify_zero"]

ZERO_PROOF_LENGTH: Final = MULTIPLES_PROOF_LENGTH
MAX_POINTS: Final = 16
"""The most commitments one proof speaks about."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroItem:
    """A proof that *points* hold nothing, waiting to be verified among others."""

    points: tuple[bytes, ...]
    proof: bytes
    on: Transcript

    def __post_init__(self) -> None:
        _check_count(self.points)

    def collect(self, batch: Batch) -> None:
        """Add this proof's equations to *batch*."""
        _read(self.points, self.proof, on=self.on.clone(), engine=batch.engine).collect(batch)

    def verify(self) -> None:
        """Verify this proof by itself."""
        verify_zero(self.points, self.proof, on=self.on)


def prove_zero(
    points: Sequence[bytes], blindings: Sequence[int], *, on: Transcript, coins: Coins, engine: Group | None = None
) -> bytes:
    """Prove that *points* are *blindings* times G (spec/threshold-proofs.md#zero).

    *on* has heard who and what the proof is for, and is left as it was.
    """
    _check_count(points)
    engine = engine or group()
    basis = bases(engine)
    if len(points) != len(blindings) or not all(
        0 < r < N and engine.encode(engine.mul_secret(r, basis.blinding)) == point
        for point, r in zip(points, blindings, strict=True)
    ):
        raise UsageError("a point is not the multiple of G that is to be proven")
    on = _state(points, on=on.clone())
    witness = Secret(encode_scalars(blindings))
    coins = hedged(coins, witness=witness, context=on.clone().ask(b"hedge", 64))
    return prove_multiples(blindings, basis=basis, on=on, coins=coins)


def verify_zero(points: Sequence[bytes], proof: bytes, *, on: Transcript, engine: Group | None = None) -> None:
    """Refuse *proof* unless *points* are multiples of G (spec/threshold-proofs.md#zero).

    Raises:
        DecodeError: A point, a scalar or the length is not canonical.
        VerifyError: The proof does not verify (``zero.proof``).
    """
    _check_count(points)
    on = on.clone()
    batch = Batch(engine or group(), public_coins(on))
    _read(points, proof, on=on, engine=batch.engine).collect(batch)
    if not batch.holds():
        raise VerifyError("zero.proof")


def _check_count(points: Sequence[bytes]) -> None:
    if not 1 <= len(points) <= MAX_POINTS:
        raise UsageError(f"a proof speaks about 1 to {MAX_POINTS} points")


def _state(points: Sequence[bytes], *, on: Transcript) -> Transcript:
    on.say(b"statement", b"zero").say(b"count", len(points).to_bytes(4, "big"))
    for point in points:
        on.say(b"point", point)
    return on


def _read(points: Sequence[bytes], proof: bytes, *, on: Transcript, engine: Group) -> MultiplesProof:
    """Read *proof* and replay its challenge; *on* has then heard all of it."""
    decoded = [engine.decode(point) for point in points]
    fields = Fields(proof, length=ZERO_PROOF_LENGTH, engine=engine)
    return read_multiples(fields, decoded, on=_state(points, on=on))
