"""Points and proofs: whatever the bytes, an engine and a verifier refuse or accept, and accept no forgery."""

from dataclasses import fields, is_dataclass, replace
from functools import cache

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.transcript import Transcript
from carnet.errors import PeerError, UsageError
from carnet.zk import pedersen
from carnet.zk.bulletproof import verify_range
from carnet.zk.commitment import Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt, prove_ranges
from carnet.zk.conversion import ConversionClaim, ConversionWitness, prove_conversion
from carnet.zk.linear import (
    EqualityClaim,
    SumClaim,
    WindowClaim,
    WindowRecord,
    prove_equality,
    prove_sum,
    prove_window,
)
from carnet.zk.statement import Item, find_bad, verify, verify_all
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.tiers import TiersClaim, prove_tiers
from carnet.zk.zero import ZeroClaim, prove_zero
from fuzz.seeds import first, vectors
from fuzz.table import target
from vector_files import outcome

ENGINES = ("libsecp256k1", "reference")


@target("point", family="proofs", seeds=vectors("commitments", "commitment"))
def read_point(data):
    """All engines take the same bytes for points, and write them as they were."""
    accepted = []
    for name in ENGINES:
        engine = group(name)
        try:
            assert engine.encode(engine.decode(data)) == data
            accepted.append(name)
        except PeerError:
            continue
    assert accepted in ([], list(ENGINES)), f"a point to {accepted} alone"
    pedersen.check_point(data)
    pedersen.shift(data, by=1)
    opened = outcome(lambda: pedersen.verify_opening(data, value=1, blinding=1))
    assert opened in {"ok", "commitment.opening"}, opened


@target("proof.vectors", family="proofs", seeds=vectors("range", "proof"))
def read_range(data):
    """The range proof by itself, as the other statements are made of it."""
    case = first("range")
    said = Transcript(case["protocol"])
    for each in case["said"]:
        said.say(each["label"], each["message"])
    verify_range(case["commitments"], data, bits=case["bits"], on=said)
    assert data == case["proof"], "a second proof"


# --- an honest proof of every statement ------------------------------------------------------------------------------


def on():
    return Transcript(b"carnet/fuzz/v1").say(b"context", b"a fuzzed proof")


def hidden(value, coins):
    """Return an opening of *value* under a blinding of its own."""
    return Opening(value=value, blinding=1 + int.from_bytes(coins(32), "big") % (N - 1))


def tier(value, *, full, coins):
    """Return a claim of TIER and what opens it."""
    one, flag = hidden(value, coins), hidden(int(full), coins)
    data = one.commit()
    witness = TierWitness(
        value=value,
        value_blinding=one.blinding,
        window=value,
        window_blinding=one.blinding,
        full=full,
        flag_blinding=flag.blinding,
    )
    return TierClaim(limit=100_000, value=data, window=data, flag=flag.commit()), witness


@cache
def honest():
    """Return an honest claim and its proof for every statement, by name."""
    coins = visible_coins("proofs to be fuzzed")
    more = {"on": on(), "coins": coins}
    one, two, same = (hidden(value, coins) for value in (70_000, 130_000, 70_000))
    summed = one + two
    ranges = RangeClaim(bits=32, commitments=(one.commit(), two.commit()))
    ge, lt = GeClaim(limit=60_000, value=one.commit()), LtClaim(limit=80_000, value=one.commit())
    several = [tier(70_000, full=False, coins=coins), tier(170_000, full=True, coins=coins)]
    single, witness = several[0]
    tiers = TiersClaim(records=tuple(claim for claim, _ in several))
    nothing = [hidden(0, coins), hidden(0, coins)]
    zero = ZeroClaim(points=tuple(each.commit() for each in nothing))
    windows = [one + hidden(0, coins), summed + hidden(0, coins)]
    window = WindowClaim(
        records=tuple(
            WindowRecord(value=value.commit(), window=sums.commit(), start=0)
            for value, sums in zip((one, two), windows, strict=True)
        )
    )
    total = SumClaim(total=200_000, sum=summed.commit())
    equal = EqualityClaim(one=one.commit(), other=same.commit())
    amount, value = hidden(1_000_001, coins), hidden(-(-1_000_001 * 65 // 1000), coins)
    rest = hidden(1000 * value.value - 65 * amount.value, coins)
    conversion = ConversionClaim(
        price=65, scale=1000, amount=amount.commit(), value=value.commit(), remainder=rest.commit()
    )
    converted = ConversionWitness(amount=amount, value=value, remainder=rest)
    return {
        "range": (ranges, prove_ranges(ranges, [one, two], **more)),
        "ge": (ge, prove_ge(ge, one, **more)),
        "lt": (lt, prove_lt(lt, one, **more)),
        "tier": (single, prove_tier(single, witness, **more)),
        "tiers": (tiers, prove_tiers(tiers, [each for _, each in several], **more)),
        "zero": (zero, prove_zero(zero, [each.blinding for each in nothing], **more)),
        "window": (window, prove_window(window, list(zip((one, two), windows, strict=True)), **more)),
        "sum": (total, prove_sum(total, summed.blinding, **more)),
        "equality": (equal, prove_equality(equal, one=one, other=same, **more)),
        "conversion": (conversion, prove_conversion(conversion, converted, **more)),
    }


STATEMENTS = ("range", "ge", "lt", "tier", "tiers", "zero", "window", "sum", "equality", "conversion")


# --- the numbers and points of a claim as bytes, and back ------------------------------------------------------------

NUMBER = 16


def flat(claim):
    """Return *claim* as bytes: each number in 16 bytes, each point as it is."""
    if isinstance(claim, int):
        return claim.to_bytes(NUMBER, "big")
    if isinstance(claim, bytes):
        return claim
    parts = claim if isinstance(claim, tuple) else [getattr(claim, each.name) for each in fields(claim)]
    return b"".join(flat(each) for each in parts)


def filled(claim, data):
    """Return a claim of the shape of *claim* from *data*, and what of *data* is left."""
    if isinstance(claim, int):
        return int.from_bytes(data[:NUMBER], "big"), data[NUMBER:]
    if isinstance(claim, bytes):
        return data[: len(claim)], data[len(claim) :]
    if is_dataclass(claim):
        made = {}
        for each in fields(claim):
            made[each.name], data = filled(getattr(claim, each.name), data)
        return replace(claim, **made), data
    found = []
    for each in claim:
        one, data = filled(each, data)
        found.append(one)
    return tuple(found), data


def _proof_target(name):
    def read(data):
        """A proof of an honest claim: the one that is known, or none; alone and among others."""
        claim, proof = honest()[name]
        if data[-1:] < b"\x10" or data == proof:  # dear, and hardly other than alone
            items = [Item(claim=claim, proof=proof, on=on()), Item(claim=claim, proof=data, on=on())]
            bad = find_bad(items, coins=visible_coins("weights"))
            assert bad == ([] if data == proof else [1]), bad
            verify_all(items, coins=visible_coins("weights"))
        verify(claim, data, on=on())
        assert data == proof, "a second proof"

    return read


def _claim_target(name):
    def read(data):
        """A claim and its proof as a peer says them: nothing but what was proven is accepted."""
        known, proof = honest()[name]
        claim, rest = filled(known, data)
        verify(claim, rest, on=on())
        assert (claim, rest) == (known, proof), "a forgery"

    return read


for _name in STATEMENTS:
    target(f"proof.{_name}", family="proofs", seeds=lambda name=_name: [honest()[name][1]])(_proof_target(_name))
    target(
        f"claim.{_name}",
        family="claims",
        refuses=(PeerError, UsageError),  # a claim's numbers are its verifier's
        seeds=lambda name=_name: [flat(honest()[name][0]) + honest()[name][1]],
    )(_claim_target(_name))
