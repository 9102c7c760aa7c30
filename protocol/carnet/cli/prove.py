"""`carnet prove`: proofs over files, for the statements of which a user can have all openings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, Any, Final, final

import typer

from carnet.cli import files, openings
from carnet.cli.claims import ClaimFile, Stated, transcript
from carnet.cli.terminal import AsJson, show
from carnet.crypto.coins import Coins, system_coins
from carnet.crypto.group import ENGINES, Group, group
from carnet.crypto.transcript import Transcript
from carnet.errors import PolicyError, UsageError
from carnet.zk import pedersen
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt, prove_ranges
from carnet.zk.linear import SumClaim, prove_sum
from carnet.zk.tier import TierClaim, TierWitness, prove_tier

MAX_TIER_VALUE: Final = 2**63 - 1


@unique
class Provable(StrEnum):
    """What can be proven here."""

    TIER = "tier"
    RANGE = "range"
    GE = "ge"
    LT = "lt"
    SUM = "sum"


LIMITS: Final = {Provable.TIER: (0, 2**32 - 1), Provable.GE: (0, 2**64 - 1), Provable.LT: (1, 2**32 - 1)}
OPTIONS: Final = {
    Provable.TIER: {"--limit", "--window", "--full/--basic"},
    Provable.RANGE: {"--bits", "--using"},
    Provable.GE: {"--limit", "--using"},
    Provable.LT: {"--limit", "--using"},
    Provable.SUM: {"--using"},
}
"""What a statement may be given, beside --value."""

Engine = Annotated[str | None, typer.Option(metavar="NAME", help=f"What computes: {', '.join(ENGINES)}.")]
Hardened = Annotated[
    bool, typer.Option("--hardened", help="Constant-time products only: slower, and shows others on this machine less.")
]


def engine_of(name: str | None, *, hardened: bool = False) -> Group:
    """Return the engine called *name*, or the best that there is."""
    if name is not None and name not in ENGINES:
        raise UsageError(f"--engine: one of {', '.join(ENGINES)} is needed")
    try:
        return group(name, hardened=hardened)
    except ImportError:
        raise UsageError(f"--engine {name}: its library is not installed here") from None


def prove(
    *,
    statement: Annotated[Provable, typer.Option(help="What is proven.")] = Provable.TIER,
    limit: Annotated[int | None, typer.Option(help="tier: full data is needed from it; ge, lt: the bound.")] = None,
    value: Annotated[list[int] | None, typer.Option(help="Stays secret; range and sum: as many as you like.")] = None,
    using: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="An opening made before, instead of --value.")
    ] = None,
    bits: Annotated[int | None, typer.Option(help="range: how many bits a value may have, 64 if not told.")] = None,
    window: Annotated[int | None, typer.Option(help="tier: with linked ones; else the value.")] = None,
    full: Annotated[
        bool | None, typer.Option("--full/--basic", help="tier: which data is attached: stays secret.")
    ] = None,
    context: Annotated[str, typer.Option(help="Who and what the proof is for.")] = "",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where claim and proof go.")],
    opening: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the secrets go.")] = None,
    hardened: Hardened = False,
    engine: Engine = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a tier, a range, a comparison or a total is right, and show nothing else."""
    given = {"--limit": limit, "--using": using, "--bits": bits, "--window": window, "--full/--basic": full}
    _check_options(statement, {name for name, each in given.items() if each not in (None, [])})
    bound = _limit(statement, limit)
    if statement is Provable.TIER:
        witness = _tier_witness(value or [], window=window, full=full is True, limit=bound)
        secrets, proposal = openings.encode_tier(witness), _tier(witness, bound)
    else:
        known = _known(statement, value or [], using or [])
        secrets, proposal = openings.encode(statement, known), PROPOSE[statement](known, bits or bound)
    made = proposal.prove(statement, context, system_coins, engine_of(engine, hardened=hardened))
    secret = opening or out.with_suffix(".opening.json")
    files.write_new_secret(secret, secrets)
    files.write(out, made.encode())
    show({"claim": str(out), "opening": str(secret), "proof_size": len(made.proof)}, as_json=as_json)


def _check_options(statement: Provable, given: set[str]) -> None:
    """Refuse the options of other statements, and miss those of this one."""
    if strange := sorted(given - OPTIONS[statement]):
        raise UsageError(f"{strange[0]} means nothing for --statement {statement}")
    if statement is Provable.TIER and "--full/--basic" not in given:
        raise UsageError("--statement tier needs --full or --basic")


def _limit(statement: Provable, limit: int | None) -> int:
    if statement not in LIMITS:
        return 0
    low, high = LIMITS[statement]
    if limit is None or not low <= limit <= high:
        raise UsageError(f"--statement {statement} needs a --limit from {low} to {high}")
    return limit


def _blinding() -> int:
    return pedersen.scalar(system_coins(64))


def _tier_witness(values: Sequence[int], *, window: int | None, full: bool, limit: int) -> TierWitness:
    if not values:
        raise UsageError("--statement tier needs a --value")
    value = values[-1]
    summed = value if window is None else window
    for name, each in (("--value", value), ("--window", summed)):
        if not 0 <= each <= MAX_TIER_VALUE:
            raise UsageError(f"{name}: a number from 0 to {MAX_TIER_VALUE} is needed")
    if summed >= limit and not full:
        raise PolicyError("tier.false", "a value at or above the limit needs full data")
    blindings = {f"{name}_blinding": _blinding() for name in ("value", "window", "flag")}
    return TierWitness(value=value, window=summed, full=full, **blindings)


def _known(statement: Provable, values: Sequence[int], using: Sequence[Path]) -> list[Opening]:
    """Return openings of new commitments to *values*, or those in the files."""
    if bool(values) == bool(using):
        raise UsageError(f"--statement {statement} needs either --value or --using")
    if not all(0 <= value < pedersen.MAX_VALUE for value in values):
        raise UsageError(f"--value: a number from 0 to {pedersen.MAX_VALUE - 1} is needed")
    known = [Opening(value=value, blinding=_blinding()) for value in values]
    known += [each for path in using for each in openings.read(path)]
    if statement in {Provable.GE, Provable.LT} and len(known) != 1:
        raise UsageError(f"--statement {statement} is about one value, and {len(known)} are given")
    return known


Prove = Callable[[Transcript, Coins, Group], bytes]


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """The values of a claim that is true, and what proves it."""

    stated: Stated
    make: Prove

    def prove(self, statement: str, context: str, coins: Coins, engine: Group) -> ClaimFile:
        """Return the claim file."""
        proof = self.make(transcript(statement, self.stated, context), coins, engine)
        return ClaimFile(statement=str(statement), stated=self.stated, proof=proof, context=context)


def _tier(witness: TierWitness, limit: int) -> Proposal:
    value, window, flag = (each.commit() for each in witness.openings)
    stated: dict[str, Any] = {"limit": limit, "value": value, "window": window, "flag": flag}
    claim = TierClaim(**stated)
    return Proposal(stated, lambda on, coins, engine: prove_tier(claim, witness, on=on, coins=coins, engine=engine))


def _range(known: list[Opening], given: int) -> Proposal:
    bits, count = given or 64, len(known)
    if not 1 <= bits <= 128 or not 4 <= bits * count <= 1024 or (bits * count).bit_count() != 1:
        raise UsageError("--bits, 128 at most, times the number of values must be a power of two from 4 to 1024")
    if any(each.value >= 2**bits for each in known):
        raise PolicyError("claim.false", f"a value has more than {bits} bits")
    claim = RangeClaim(bits=bits, commitments=tuple(each.commit() for each in known))
    return Proposal(
        {"bits": bits, "commitments": claim.commitments},
        lambda on, coins, engine: prove_ranges(claim, known, on=on, coins=coins, engine=engine),
    )


def _ge(known: list[Opening], limit: int) -> Proposal:
    (value,) = known
    if not 0 <= value.value - limit < 2**64:
        raise PolicyError("claim.false", "the value is below the limit, or 2^64 or more above it")
    claim = GeClaim(limit=limit, value=value.commit())
    return Proposal(
        {"limit": limit, "value": claim.value},
        lambda on, coins, engine: prove_ge(claim, value, on=on, coins=coins, engine=engine),
    )


def _lt(known: list[Opening], limit: int) -> Proposal:
    (value,) = known
    if value.value >= limit:
        raise PolicyError("claim.false", "the value is not below the limit")
    claim = LtClaim(limit=limit, value=value.commit())
    return Proposal(
        {"limit": limit, "value": claim.value},
        lambda on, coins, engine: prove_lt(claim, value, on=on, coins=coins, engine=engine),
    )


def _sum(known: list[Opening], _: int) -> Proposal:
    whole, *others = known
    for each in others:
        whole += each
    if whole.value >= pedersen.MAX_VALUE:
        raise UsageError("the values add up to 2^128 or more")
    commitments = tuple(each.commit() for each in known)
    claim = SumClaim(total=whole.value, sum=pedersen.total(commitments))
    return Proposal(
        {"total": whole.value, "commitments": commitments},
        lambda on, coins, engine: prove_sum(claim, whole.blinding, on=on, coins=coins, engine=engine),
    )


PROPOSE: Final[dict[Provable, Callable[[list[Opening], int], Proposal]]] = {
    Provable.RANGE: _range,
    Provable.GE: _ge,
    Provable.LT: _lt,
    Provable.SUM: _sum,
}
