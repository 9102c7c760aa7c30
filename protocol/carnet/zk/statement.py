"""Statements: what a proof is about, proven by parts and verified alone or among others.

A claim states what both sides say before the first challenge, and which parts its proof has: ranges, bits,
multiples of G. The rest is the same for all claims and stands here, the prover's duties included
(spec/threshold-proofs.md#coins, spec/threshold-proofs.md#batches).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol, final

from carnet.crypto.coins import Coins, hedged
from carnet.crypto.group import Group, group
from carnet.crypto.group.generators import Bases, bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.secret import Secret
from carnet.zk.batch import Batch, public_coins
from carnet.zk.bulletproof import prove_range, range_proof_length, read_range
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.fields import Fields, encode_scalars
from carnet.zk.sigma import (
    BIT_PROOF_LENGTH,
    MULTIPLES_PROOF_LENGTH,
    prove_bit,
    prove_multiples,
    read_bit,
    read_multiples,
)

__all__ = ["Bit", "Claim", "Item", "Multiples", "Ranges", "Statement", "find_bad", "prove", "verify", "verify_all"]


class Equations(Protocol):
    """A part of a proof as read, whose equations wait for their weights."""

    def collect(self, batch: Batch) -> None:
        """Add every equation to *batch*, each with a weight of its own."""
        ...


class Part(Protocol):
    """What one part of a proof shows of some commitments, all of them said."""

    @property
    def length(self) -> int:
        """Return the size of this part's proof."""
        ...

    def read(self, fields: Fields, *, on: Transcript) -> Equations:
        """Read the proof and replay its challenges."""
        ...

    def is_true(self, openings: Sequence[Opening]) -> bool:
        """Tell whether commitments with these *openings* are as this part shows them."""
        ...

    def prove(self, openings: Sequence[Opening], *, basis: Bases, on: Transcript, coins: Coins) -> bytes:
        """Prove that the commitments, which have these *openings*, are as this part shows them."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Ranges:
    """Each of *commitments* holds a value of *bits* bits (spec/threshold-proofs.md#ranges)."""

    bits: int
    commitments: Sequence[Commitment]

    @property
    def length(self) -> int:
        """Return the size of the proof."""
        return range_proof_length(bits=self.bits, count=len(self.commitments))

    def read(self, fields: Fields, *, on: Transcript) -> Equations:
        """Read the proof and replay its challenges."""
        return read_range(fields, self.commitments, bits=self.bits, on=on)

    def is_true(self, openings: Sequence[Opening]) -> bool:
        """Tell whether all values are in range."""
        return all(0 <= each.value < 2**self.bits for each in openings)

    def prove(self, openings: Sequence[Opening], *, basis: Bases, on: Transcript, coins: Coins) -> bytes:
        """Prove it."""
        return prove_range(
            [each.data for each in self.commitments],
            values=[each.value for each in openings],
            blindings=[each.blinding for each in openings],
            bits=self.bits,
            on=on,
            coins=coins,
            engine=basis.engine,
        )


@final
@dataclass(frozen=True, slots=True)
class Bit:
    """*commitment* holds 0 or 1 (spec/threshold-proofs.md#bit)."""

    commitment: Commitment

    @property
    def length(self) -> int:
        """Return the size of the proof."""
        return BIT_PROOF_LENGTH

    def read(self, fields: Fields, *, on: Transcript) -> Equations:
        """Read the proof and replay its challenge."""
        return read_bit(fields, self.commitment.point, on=on)

    def is_true(self, openings: Sequence[Opening]) -> bool:
        """Tell whether the value is a bit."""
        return all(each.value in {0, 1} for each in openings)

    def prove(self, openings: Sequence[Opening], *, basis: Bases, on: Transcript, coins: Coins) -> bytes:
        """Prove it."""
        (known,) = openings
        point = self.commitment.point
        return prove_bit(point, bit=known.value, blinding=known.blinding, basis=basis, on=on, coins=coins)


@final
@dataclass(frozen=True, slots=True)
class Multiples:
    """*commitments* hold nothing: each is a multiple of G (spec/threshold-proofs.md#multiples)."""

    commitments: Sequence[Commitment]

    @property
    def length(self) -> int:
        """Return the size of the proof."""
        return MULTIPLES_PROOF_LENGTH

    def read(self, fields: Fields, *, on: Transcript) -> Equations:
        """Read the proof and replay its challenge."""
        return read_multiples(fields, [each.point for each in self.commitments], on=on)

    def is_true(self, openings: Sequence[Opening]) -> bool:
        """Tell whether all values are zero."""
        return not any(each.value for each in openings)

    def prove(self, openings: Sequence[Opening], *, basis: Bases, on: Transcript, coins: Coins) -> bytes:
        """Prove it."""
        return prove_multiples([each.blinding for each in openings], basis=basis, on=on, coins=coins)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What both sides say, label by label, before the first challenge, and the *parts* of the proof in their order."""

    said: Sequence[tuple[bytes, bytes]]
    parts: Sequence[Part]

    def say(self, on: Transcript) -> Transcript:
        """Say all that is public."""
        for label, message in self.said:
            on.say(label, message)
        return on

    def read(self, proof: bytes, *, on: Transcript, engine: Group) -> list[Equations]:
        """Read *proof* and replay its challenges; *on* has then heard all of it."""
        fields = Fields(proof, length=sum(part.length for part in self.parts), engine=engine)
        self.say(on)
        return [part.read(fields, on=on) for part in self.parts]


class Claim(Protocol):
    """What a proof is about: plain data, which nothing but a proof vouches for."""

    def state(self, engine: Group) -> Statement:
        """Return what is said and shown, with what is derived.

        Raises:
            DecodeError: A commitment is no point (``point.encoding``).
            VerifyError: A derived commitment is the identity, and could not be said.
        """
        ...

    def refuse(self) -> NoReturn:
        """Raise the error of a proof of this claim that does not verify."""
        ...


def prove(
    claim: Claim,
    commitments: Sequence[bytes],
    openings: Sequence[Opening],
    parts: Sequence[Sequence[Opening]],
    *,
    false: str,
    told: bool = False,
    on: Transcript,
    coins: Coins,
    engine: Group | None,
) -> bytes:
    """Prove *claim*, whose *commitments* have these *openings*, and those of its *parts* the ones derived from them.

    *on* has heard who and what the proof is for, and is left as it was. With the same coins, the same proof. Where the
    values are *told*, by the claim itself, the blindings alone are secret.

    Raises:
        UsageError: The openings do not open the commitments, or the claim is *false*.
        VerifyError: A derived commitment is the identity, as happens to nobody by chance.
    """
    basis = bases(engine or group())
    if len(commitments) != len(openings) or not all(
        opening.opens(commitment, basis) for commitment, opening in zip(commitments, openings, strict=True)
    ):
        raise UsageError("the witness does not open the claim's commitments")
    statement = claim.state(basis.engine)
    whole = list(zip(statement.parts, parts, strict=True))
    if not all(part.is_true(known) for part, known in whole):
        raise UsageError(f"the claim is false: {false}")
    on = statement.say(on.clone())
    secrets = [each for known in openings for each in known.scalars[told:]]
    coins = hedged(coins, witness=Secret(encode_scalars(secrets)), context=on.clone().ask(b"hedge", 64))
    return b"".join(part.prove(known, basis=basis, on=on, coins=coins) for part, known in whole)


def verify(claim: Claim, proof: bytes, *, on: Transcript, engine: Group | None = None) -> None:
    """Refuse *proof* unless it shows *claim* in the context of *on*, which is left as it was.

    Raises:
        DecodeError: A point, a scalar or the length is not canonical.
        VerifyError: The proof does not verify, or no proof could.
    """
    on = on.clone()
    batch = Batch(engine or group(), public_coins(on))
    for part in claim.state(batch.engine).read(proof, on=on, engine=batch.engine):
        part.collect(batch)
    if not batch.holds():
        claim.refuse()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A proof that waits to be verified, alone or among others, in the context of *on*."""

    claim: Claim
    proof: bytes
    on: Transcript

    def read(self, engine: Group) -> list[Equations]:
        """Return the parts of the proof, whose equations wait for their weights."""
        return self.claim.state(engine).read(self.proof, on=self.on.clone(), engine=engine)

    def verify(self) -> None:
        """Verify this proof by itself."""
        verify(self.claim, self.proof, on=self.on)


def verify_all(items: Sequence[Item], *, coins: Coins, engine: Group | None = None) -> None:
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


def find_bad(items: Sequence[Item], *, coins: Coins, engine: Group | None = None) -> list[int]:
    """Return the indices of all items whose proofs do not verify; among those that can be read, by halving."""
    engine = engine or group()
    bad: list[int] = []
    read: list[tuple[int, list[Equations]]] = []
    for index, item in enumerate(items):
        try:
            read.append((index, item.read(engine)))
        except (DecodeError, VerifyError):
            bad.append(index)
    if not _hold(read, coins, engine):
        bad += _culprits(read, coins, engine)
    return sorted(bad)


def _hold(read: Sequence[tuple[int, list[Equations]]], coins: Coins, engine: Group) -> bool:
    batch = Batch(engine, coins)
    for _, parts in read:
        for part in parts:
            part.collect(batch)
    return batch.holds()


def _culprits(read: Sequence[tuple[int, list[Equations]]], coins: Coins, engine: Group) -> list[int]:
    """Return the indices of those among *read* that do not hold; not all of them do."""
    if len(read) == 1:
        return [read[0][0]]
    left, right = read[: len(read) // 2], read[len(read) // 2 :]
    if _hold(left, coins, engine):
        return _culprits(right, coins, engine)
    bad = _culprits(left, coins, engine)
    return bad if _hold(right, coins, engine) else [*bad, *_culprits(right, coins, engine)]
