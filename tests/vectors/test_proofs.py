"""Runner of the suites of proofs: verify by every engine, alone and among others, ask the challenges, prove again."""

import pytest

import vector_files
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import available, group
from carnet.crypto.transcript import Transcript
from carnet.zk import pedersen
from carnet.zk.batch import Batch, public_coins
from carnet.zk.bulletproof import range_proof_length, read_range, verify_range
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.compare import GeClaim, LtClaim, RangeClaim, prove_ge, prove_lt, prove_ranges
from carnet.zk.conversion import ConversionClaim, ConversionWitness, prove_conversion
from carnet.zk.fields import Fields
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
from proof_vectors import challenges, context, number, suites

SLOW = "reference"
FAST = [name for name in available() if name != SLOW]


def tier_claim(case):
    return TierClaim(limit=case["limit"], value=case["value"], window=case["window"], flag=case["flag"])


def compared(case):
    match case["statement_text"]:
        case "range":
            return RangeClaim(bits=case["bits"], commitments=tuple(case["commitments"]))
        case "ge":
            return GeClaim(limit=case["limit"], value=case["value"])
    return LtClaim(limit=case["limit"], value=case["value"])


def conversion(case):
    scale = number(case["scale"])
    points = {name: case[name] for name in ("amount", "value", "remainder")}
    return ConversionClaim(price=case["price"], scale=scale, **points)


CLAIMS = {
    "compare": compared,
    "tier": tier_claim,
    "tiers": lambda case: TiersClaim(records=tuple(map(tier_claim, case["records"]))),
    "zero": lambda case: ZeroClaim(points=tuple(case["points"])),
    "window": lambda case: WindowClaim(records=tuple(WindowRecord(**record) for record in case["records"])),
    "sum": lambda case: SumClaim(total=number(case["total"]), sum=case["sum"]),
    "equality": lambda case: EqualityClaim(one=case["one"], other=case["other"]),
    "conversion": conversion,
}


def item(suite, case):
    return Item(claim=CLAIMS[suite](case), proof=case["proof"], on=context(case, Transcript))


def judged(suite, case, engine=None):
    claim, on = CLAIMS[suite](case), context(case, Transcript)
    return vector_files.outcome(lambda: verify(claim, case["proof"], on=on, engine=engine))


class Listener:
    """A transcript that remembers the challenges it was asked for."""

    def __init__(self, on):
        self.on, self.heard = on, []

    def say(self, label, message):
        self.on.say(label, message)
        return self

    def challenge(self, label):
        self.heard.append((label, self.on.challenge(label)))
        return self.heard[-1][1]


def opening(told):
    return Opening(value=number(told["value"]), blinding=number(told["blinding"]))


def tier_witness(value, window, flag):
    blindings = {"value_blinding": value.blinding, "window_blinding": window.blinding, "flag_blinding": flag.blinding}
    return TierWitness(value=value.value, window=window.value, full=bool(flag.value), **blindings)


def prove_compared(claim, known, **terms):
    match claim:
        case RangeClaim():
            return prove_ranges(claim, known, **terms)
        case GeClaim():
            return prove_ge(claim, *known, **terms)
    return prove_lt(claim, *known, **terms)


def by(count, known):
    return zip(*[iter(known)] * count, strict=True)


PROVE = {
    "compare": prove_compared,
    "tiers": lambda claim, known, **terms: prove_tiers(claim, [tier_witness(*row) for row in by(3, known)], **terms),
    "window": lambda claim, known, **terms: prove_window(claim, list(by(2, known)), **terms),
    "sum": lambda claim, known, **terms: prove_sum(claim, known[0].blinding, **terms),
    "equality": lambda claim, known, **terms: prove_equality(claim, one=known[0], other=known[1], **terms),
    "conversion": lambda claim, known, **terms: prove_conversion(
        claim, ConversionWitness(amount=known[0], value=known[1], remainder=known[2]), **terms
    ),
}


@suites(*CLAIMS)
def test_a_proof_is_judged_as_its_vector_says_alone_and_in_a_batch(suite, case):
    assert judged(suite, case) == case["expect"], case["why"]
    batched = vector_files.outcome(lambda: verify_all([item(suite, case)], coins=system_coins))
    assert batched == case["expect"], case["why"]


PLAIN = ("tier", "zero", "window", "sum", "equality", "conversion")
UNREAD = ("point.encoding", "proof.scalar", "proof.length", "sum.point")


@pytest.mark.parametrize("name", FAST[1:])
@suites(*CLAIMS)
def test_every_fast_engine_judges_alike(suite, case, name):
    assert judged(suite, case, group(name)) == case["expect"]


@suites(*CLAIMS, slowly=True)
def test_the_slow_engine_judges_alike(suite, case):
    assert judged(suite, case, group(SLOW)) == case["expect"]


@pytest.mark.parametrize("name", FAST)
def test_all_suites_in_one_batch_and_the_bad_ones_named(name):
    cases = {suite: vector_files.load(suite) for suite in CLAIMS}
    good = [(suite, case) for suite in CLAIMS for case in cases[suite] if case["expect"] == "ok"]
    refused = [(suite, next(case for case in cases[suite] if case["expect"] == f"{suite}.proof")) for suite in PLAIN]
    unread = [("sum", next(case for case in cases["sum"] if case["expect"] == check)) for check in UNREAD]
    every = [*good[:20], *refused, *good[20:40], *unread, *good[40:]]
    bad = [at for at, (_, case) in enumerate(every) if case["expect"] != "ok"]
    assert len(bad) == len(PLAIN) + len(UNREAD)
    assert find_bad([item(suite, case) for suite, case in every], coins=system_coins, engine=group(name)) == bad


@suites(*CLAIMS)
def test_the_challenges_are_those_of_the_vector(suite, case):
    if "challenges" not in case:
        assert case["expect"].endswith((".encoding", ".scalar", ".length", ".shifted", ".point"))
        return
    on, engine = Listener(context(case, Transcript)), group()
    CLAIMS[suite](case).state(engine).read(case["proof"], on=on, engine=engine)
    assert on.heard == challenges(case)


def weighed(parts, on, engine):
    """Return the weights of the equations of *parts*, asked on a transcript that has heard all of their proof."""
    drawn = []

    def noted(count):
        drawn.append(public_coins(on)(count))
        return drawn[-1]

    for part in parts:
        part.collect(Batch(engine, noted))
    return [1 + number(each) for each in drawn]


@suites(*CLAIMS)
def test_the_weights_of_a_valid_proof_are_those_of_the_vector(suite, case):
    assert ("weights" in case) == (case["expect"] == "ok")
    if "weights" in case:
        on, engine = context(case, Transcript), group()
        parts = CLAIMS[suite](case).state(engine).read(case["proof"], on=on, engine=engine)
        assert weighed(parts, on, engine) == list(map(number, case["weights"]))


@pytest.mark.parametrize("name", FAST)
@vector_files.each("batch")
def test_a_batch_is_judged_as_its_vector_says_and_its_bad_proofs_are_named(case, name):
    items, terms = [item(each["suite_text"], each) for each in case["proofs"]], {"coins": system_coins}
    assert find_bad(items, engine=group(name), **terms) == case["bad"], case["why"]
    assert vector_files.outcome(lambda: verify_all(items, engine=group(name), **terms)) == case["expect"], case["why"]


def proven_again(suite, case, engine=None):
    known = [opening(each) for each in case["openings"]]
    terms = {"on": context(case, Transcript), "coins": visible_coins(case["coins_text"])}
    return PROVE[suite](CLAIMS[suite](case), known, engine=engine, **terms)


@suites(*PROVE, where="openings")
def test_a_prover_with_the_same_coins_makes_the_same_proof(suite, case):
    assert proven_again(suite, case) == case["proof"]


@suites("compare", "window", "sum", "equality", where="openings")
def test_a_hardened_prover_makes_the_same_proof(suite, case):
    assert proven_again(suite, case, group(hardened=True)) == case["proof"]


@vector_files.each("tier")
def test_a_tier_proof_is_made_again(case):
    if "witness" in case:
        secret = {k: number(v) if isinstance(v, bytes) else v for k, v in case["witness"].items()}
        terms = {"on": context(case, Transcript), "coins": visible_coins(case["coins_text"])}
        assert prove_tier(tier_claim(case), TierWitness(**secret), **terms) == case["proof"]


@vector_files.each("zero")
def test_a_proof_of_zeros_is_made_again(case):
    if "blindings" in case:
        terms = {"on": context(case, Transcript), "coins": visible_coins(case["coins_text"])}
        assert prove_zero(CLAIMS["zero"](case), list(map(number, case["blindings"])), **terms) == case["proof"]


@vector_files.each("sum")
def test_a_sum_is_that_of_its_summands(case):
    if "summands" in case:
        assert pedersen.total(case["summands"]) == case["sum"]


@pytest.mark.parametrize("name", FAST)
@vector_files.each("range")
def test_range(case, name):
    def act():
        verify_range(
            case["commitments"], case["proof"], bits=case["bits"], on=context(case, Transcript), engine=group(name)
        )

    assert vector_files.outcome(act) == case["expect"], case["why"]
    if "challenges" in case:
        on, engine = Listener(context(case, Transcript)), group(name)
        size = range_proof_length(bits=case["bits"], count=len(case["commitments"]))
        commitments = [Commitment.decode(each, engine=engine) for each in case["commitments"]]
        fields = Fields(case["proof"], length=size, engine=engine)
        part = read_range(fields, commitments, bits=case["bits"], on=on)
        assert on.heard == challenges(case)
        assert ("weights" in case) == (case["expect"] == "ok")
        if "weights" in case:
            assert weighed([part], on.on, engine) == list(map(number, case["weights"]))
