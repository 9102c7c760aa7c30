"""Completeness, soundness and agreement of the proofs, over inputs that nobody chose by hand."""

import contextlib
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import proof_samples
from carnet.crypto import transcript
from carnet.crypto.coins import system_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases, vector_generator
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.zk.bulletproof import prove_range, verify_range
from carnet.zk.compare import GeClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim
from carnet.zk.statement import find_bad, verify, verify_all
from carnet.zk.tier import prove_tier
from carnet.zk.zero import ZeroClaim, prove_zero
from oracle import bulletproof as naive
from oracle import range_by_bits
from proof_samples import (
    T,
    context,
    conversion,
    equality,
    ge,
    lt,
    opened,
    point,
    summed,
    tier,
    tier_item,
    tiers,
    window,
    zero,
    zero_item,
)

FAST, SLOW = group("libsecp256k1"), group("reference")
EDGES = [0, 1, T - 1, T, T + 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]

scalars = st.integers(min_value=0, max_value=N - 1) | st.sampled_from([0, 1, 2, 2**127, 2**128, 2**255, N - 1])
amounts = st.sampled_from(EDGES) | st.integers(min_value=0, max_value=2**64 - 1)
limits = st.sampled_from([0, 1, 2, T, 2**32 - 1]) | st.integers(min_value=0, max_value=2**32 - 1)
few = settings(max_examples=15)


# Engines.


@few
@given(st.lists(st.tuples(scalars, scalars), max_size=5))
def test_engines_agree(terms):
    results = set()
    for engine in (FAST, SLOW):
        points = [engine.mul(base, bases(engine).value) for _, base in terms]
        total = engine.msm([scalar for scalar, _ in terms], points)
        one_by_one = engine.add(*(engine.mul(s, each) for (s, _), each in zip(terms, points, strict=True)))
        for each in (total, one_by_one, engine.negate(engine.negate(total))):
            results.add(b"" if engine.is_identity(each) else engine.encode(each))
    assert len(results) == 1


@given(st.binary(min_size=33, max_size=33) | st.binary(min_size=32, max_size=32).map(lambda x: b"\2" + x))
def test_engines_decode_the_same_bytes(data):
    outcomes = []
    for engine in (FAST, SLOW):
        try:
            outcomes.append(engine.encode(engine.decode(data)))
        except DecodeError:
            outcomes.append(b"refused")
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] in {data, b"refused"}


@settings(max_examples=2)
@given(st.booleans())
def test_one_engine_proves_what_the_other_verifies(full):
    claim, witness = opened(value=T - 1, full=full)
    proof = prove_tier(claim, witness, on=context(), coins=bytes, engine=FAST)
    verify(claim, proof, on=context(), engine=SLOW)
    with pytest.raises(VerifyError):
        verify(claim, proof, on=context(b"another"), engine=SLOW)


@pytest.mark.slow
def test_engines_prove_the_same_bytes():
    claim, witness = opened(value=T - 1)
    one, two = (prove_tier(claim, witness, on=context(), coins=bytes, engine=engine) for engine in (FAST, SLOW))
    assert one == two


def test_engines_prove_the_same_zeros():
    claim = ZeroClaim(points=(point(0, 5), point(0, 6)))
    one, two = (prove_zero(claim, [5, 6], on=context(), coins=bytes, engine=e) for e in (FAST, SLOW))
    assert one == two
    verify(claim, one, on=context(), engine=SLOW)


# Completeness and soundness: what can be proven is exactly what is true.


def is_true(limit, value, window, *, full):
    return 0 <= value < 2**64 and 0 <= limit - 1 - window + 2**63 * full < 2**64


@settings(max_examples=15)
@given(limits, amounts, amounts | st.none(), st.booleans())
@example(T, T - 1, None, False)
@example(T, T, None, False)
@example(T, T, None, True)
@example(0, 0, None, False)
@example(2**32 - 1, 2**32 - 2, None, False)
@example(2**32 - 1, 2**32 - 1, None, False)
@example(T, 2**64 - 1, None, True)
@example(T, 2**64 - 1, 0, False)
@example(T, 0, 2**63 + T - 1, True)
@example(T, 0, 2**63 + T, True)
def test_a_claim_is_proven_if_and_only_if_it_is_true(limit, value, window, full):
    claim, witness = opened(limit=limit, value=value, window=window, full=full)
    if is_true(limit, value, value if window is None else window, full=full):
        verify(claim, prove_tier(claim, witness, on=context(), coins=system_coins), on=context())
    else:
        with pytest.raises(UsageError):
            prove_tier(claim, witness, on=context(), coins=system_coins)


wild = st.integers(min_value=-(2**70), max_value=2**70) | st.sampled_from([-5, -1, N - 5, 2**128, N // 2, -850_000])


@settings(max_examples=25)
@given(limits, wild | amounts, wild | amounts | st.none(), st.sampled_from([0, 1, 2, 3, -1, N - 2]))
def test_a_cheat_by_the_rules_is_accepted_only_if_the_claim_happens_to_be_true(limit, value, window, full):
    false = tier(limit=limit, value=value, window=window, full=full).cheat()
    if full in {0, 1} and is_true(limit, value, value if window is None else window, full=full):
        false.verify()
    else:
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            false.verify()


@settings(max_examples=10)
@given(st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, T, 2**64 - 1]), wild | amounts)
@example(T, -5)
@example(0, N - 5)
def test_a_cheat_reaches_a_limit_only_if_it_does(limit, value):
    assert refused(ge(value, limit).cheat().verify) == (not 0 <= value - limit < 2**64)


@settings(max_examples=10)
@given(limits.filter(bool), wild | amounts | st.integers(0, 2**32))
@example(T, T - 1)
@example(T, T)
@example(T, -5)
@example(T, T - 2**32)
def test_a_cheat_is_below_a_limit_only_if_it_is(limit, value):
    assert refused(lt(value, limit).cheat().verify) == (not 0 <= value < limit)


@settings(max_examples=4)
@given(st.lists(st.tuples(limits, wild | amounts, st.booleans()), min_size=2, max_size=2))
def test_a_cheat_proves_two_tiers_only_if_both_are_true(records):
    false = tiers(*({"limit": limit, "value": value, "full": full} for limit, value, full in records)).cheat()
    true = all(is_true(limit, value, value, full=full) for limit, value, full in records)
    assert refused(false.verify) == (not true)


@st.composite
def windows(draw):
    """Draw records whose window sums are right, but for what is added to each."""
    values = draw(st.lists(amounts, min_size=1, max_size=6))
    start, records = 0, []
    for at, value in enumerate(values):
        start = draw(st.integers(start, at))
        records.append((value, sum(values[start : at + 1]), start))
    return records


@given(windows(), st.lists(st.sampled_from([0, 0, 0, 1, -1, 2**64]), min_size=6, max_size=6))
def test_a_cheat_adds_up_windows_only_if_they_do(records, errors):
    spoiled = [(value, total + error, start) for (value, total, start), error in zip(records, errors, strict=False)]
    assert refused(window(*spoiled).cheat().verify) == any(errors[: len(records)])


@given(wild | amounts, st.integers(0, 2**128 - 1) | st.none())
def test_a_cheat_tells_a_total_only_if_it_is_the_one(value, told):
    told = value % 2**128 if told is None else told
    assert refused(summed(value, told).cheat().verify) == ((value - told) % N != 0)


@given(wild | amounts, wild | amounts)
@example(5, 5)
@example(-5, N - 5)
def test_a_cheat_makes_sums_equal_only_if_they_are(one, other):
    assert refused(equality(one, other).cheat().verify) == ((one - other) % N != 0)


@settings(max_examples=4)
@given(st.integers(0, 2**64), st.integers(1, 2**64 - 1), st.integers(1, 2**120 - 1), st.sampled_from([0, 0, 1, -1]))
@example(10**8, 271_828, 10**8, 0)
def test_a_cheat_converts_only_by_rounding_up(amount, price, scale, off):
    value = -(-amount * price // scale)
    assert refused(conversion(amount, value + off, price=price, scale=scale).cheat().verify) == (off != 0)


# Mutations.


@cache
def sample(**opening):
    """Return a good proof; tests that spoil it make copies."""
    return tier_item(**opening)


def refused(attempt):
    with contextlib.suppress(DecodeError, VerifyError):
        attempt()
        return False
    return True


def test_no_byte_of_a_proof_can_change():
    item = sample(full=True)
    bad = [
        replace(item, proof=item.proof[:at] + bytes([item.proof[at] ^ 1 << at % 8]) + item.proof[at + 1 :])
        for at in range(0, len(item.proof), 5)
    ]
    assert all(refused(each.verify) for each in bad)


@few
@given(st.integers(min_value=0, max_value=975), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_proof_can_change_in_any_way(at, flip):
    item = sample(value=5)
    proof = item.proof[:at] + bytes([item.proof[at] ^ flip]) + item.proof[at + 1 :]
    assert refused(replace(item, proof=proof).verify)


def test_no_byte_of_the_statement_can_change():
    item = sample(window=80_000)
    for name in ("value", "window", "flag"):
        data = getattr(item.claim, name)
        for at in range(33):
            mutated = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            assert refused(replace(item, claim=replace(item.claim, **{name: mutated})).verify)
    for bit in range(32):
        assert refused(replace(item, claim=replace(item.claim, limit=T ^ 1 << bit)).verify)


RANGE_LABELS = "bits count commitment A S y z T1 T2 x scalars q L R u vectors"
LABELS = {
    "range": "statement " + RANGE_LABELS,
    "ge": "statement limit value shifted " + RANGE_LABELS,
    "lt": "statement limit value shifted " + RANGE_LABELS,
    "tier": "statement limit value window flag shifted A0 A1 c responses " + RANGE_LABELS,
    "tiers": "statement count limit value window flag shifted A0 A1 c responses " + RANGE_LABELS,
    "zero": "statement count point A c response",
    "window": "statement count value window start point A c response",
    "sum": "statement total sum point A c response",
    "equality": "statement one other point A c response",
    "conversion": "statement price scale amount value remainder complement point A c response " + RANGE_LABELS,
}


@pytest.mark.parametrize("name", LABELS)
def test_every_label_matters(name, monkeypatch):
    """A verifier that misnames one thing refuses, but for what is said last, after which only weights are asked."""
    item, framed, met, wrong = proof_samples.sample(name), transcript._framed, [], ""

    def misnamed(kind, label):
        met.append(label.decode())
        return framed(kind, b"misnamed" if label == wrong else label)

    monkeypatch.setattr(transcript, "_framed", misnamed)
    item.verify()
    said = met[: met.index("weight")]
    assert set(said) == set(LABELS[name].split())
    for label in LABELS[name].split():
        if said.index(label) < len(said) - 1:
            wrong = label.encode()
            assert refused(item.verify), label


def test_every_length_but_the_right_one_is_refused():
    item = sample()
    for length in [*range(0, 976, 61), 975]:
        with pytest.raises(DecodeError, match=r"proof\.length"):
            replace(item, proof=item.proof[:length]).verify()
    for more in (b"\0", item.proof, bytes(33)):
        with pytest.raises(DecodeError, match=r"proof\.length"):
            replace(item, proof=item.proof + more).verify()


SCALARS = [132, 164, 196, *range(558, 814, 32), 880, 912, 944]
POINTS = [*range(0, 132, 33), *range(228, 558, 33), 814, 847]


@pytest.mark.parametrize("at", SCALARS)
def test_every_scalar_must_be_reduced(at):
    item = sample()
    value = int.from_bytes(item.proof[at : at + 32], "big")
    for other in (N, 2**256 - 1, value + N if value + N < 2**256 else N + 1):
        proof = item.proof[:at] + other.to_bytes(32, "big") + item.proof[at + 32 :]
        with pytest.raises(DecodeError, match=r"proof\.scalar"):
            replace(item, proof=proof).verify()


@pytest.mark.parametrize("at", POINTS)
def test_every_point_must_be_one_and_the_right_one(at):
    item = sample()
    for wrong in (
        bytes(33),
        b"\2" + (5).to_bytes(32, "big"),
        b"\2" + b"\xff" * 32,
        b"\4" + item.proof[at + 1 : at + 33],
    ):
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            replace(item, proof=item.proof[:at] + wrong + item.proof[at + 33 :]).verify()
    opposite = bytes([item.proof[at] ^ 1])
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        replace(item, proof=item.proof[:at] + opposite + item.proof[at + 1 :]).verify()


def test_the_fields_above_are_all_of_a_proof():
    sizes = dict.fromkeys(POINTS, 33) | dict.fromkeys(SCALARS, 32)
    end = 0
    for at in sorted(sizes):
        assert at == end
        end += sizes[at]
    assert end == 976


@settings(max_examples=6)
@given(st.lists(st.booleans(), min_size=1, max_size=7))
def test_a_batch_finds_exactly_the_bad_proofs(pattern):
    items = []
    for at, is_good in enumerate(pattern):
        item = zero_item(bytes([at])) if at % 3 == 2 else tier_item(bytes([at]))
        items.append(item if is_good else replace(item, on=context(b"replayed")))
    bad = [at for at, is_good in enumerate(pattern) if not is_good]
    assert find_bad(items, coins=system_coins) == bad
    if bad:
        with pytest.raises(VerifyError) as error:
            verify_all(items, coins=system_coins)
        assert error.value.detail == f"item {bad[0]}"
    else:
        verify_all(items, coins=system_coins)


# Oracles: independent verifiers judge alike.


@cache
def naive_generators(length):
    return tuple([naive.point(vector_generator(family, index)) for index in range(length)] for family in (b"G", b"H"))


@pytest.fixture(scope="module")
def generators():
    return naive_generators(128)


def conversation():
    return naive.Conversation(b"carnet/test/v1", [(b"record", b"record")])


def naive_tier(item, generators):
    claim = item.claim
    return naive.tier_holds(
        claim.limit, claim.value, claim.window, claim.flag, item.proof, on=conversation(), generators=generators
    )


def test_the_naive_verifier_accepts_and_refuses_tiers(generators):
    item = tier_item(value=T, full=True)
    assert naive_tier(item, generators)
    assert not naive_tier(tier(value=-5).cheat(), generators)


@few
@given(st.integers(min_value=0, max_value=483), st.integers(min_value=1, max_value=255), st.booleans())
def test_the_naive_verifier_judges_ranges_alike(at, flip, mutated):
    commitments = [point(9, 5)]
    proof = prove_range(commitments, values=[9], blindings=[5], bits=4, on=context(), coins=system_coins)
    if mutated:
        proof = proof[:at] + bytes([proof[at] ^ flip]) + proof[at + 1 :]
    generators = naive_generators(4)
    try:
        theirs = naive.range_holds(commitments, naive.Pieces(proof), bits=4, on=conversation(), generators=generators)
    except ValueError:
        theirs = False
    try:
        verify_range(commitments, proof, bits=4, on=context())
        ours = True
    except PeerError:
        ours = False
    assert ours == theirs == (not mutated)


def naive_linear(claim, proof):
    """Ask the oracle about a claim that has one multiples proof."""
    match claim:
        case ZeroClaim():
            return naive.zero_holds(claim.points, proof, on=conversation())
        case WindowClaim():
            records = [(each.value, each.window, each.start) for each in claim.records]
            return naive.window_holds(records, proof, on=conversation())
        case SumClaim():
            return naive.sum_holds(claim.total, claim.sum, proof, on=conversation())
        case EqualityClaim():
            return naive.equality_holds(claim.one, claim.other, proof, on=conversation())


@few
@given(
    st.sampled_from(["zero", "window", "sum", "equality"]),
    st.integers(min_value=0, max_value=64),
    st.integers(min_value=1, max_value=255),
    st.booleans(),
)
def test_the_naive_verifier_judges_linear_statements_alike(name, at, flip, mutated):
    item = proof_samples.sample(name)
    if mutated:
        item = replace(item, proof=item.proof[:at] + bytes([item.proof[at] ^ flip]) + item.proof[at + 1 :])
    assert naive_linear(item.claim, item.proof) == (not mutated)
    assert refused(item.verify) == mutated


@pytest.mark.parametrize(
    "false",
    [
        zero(0, 1),
        window((5, 5, 0), (7, 11, 0)),
        window((5, 5, 0), (7, 12, 1)),
        summed(5, 4),
        summed(-5, 0),
        equality(5, 6),
    ],
    ids=lambda case: type(case.claim).__name__,
)
def test_the_naive_verifier_refuses_what_is_false(false):
    item = false.cheat()
    assert not naive_linear(item.claim, item.proof)
    assert refused(item.verify)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [(ge(T), True), (ge(T - 1), False), (lt(T - 1), True), (lt(-5), False)],
    ids=["at least", "below", "less", "negative"],
)
def test_the_naive_verifier_judges_comparisons_alike(case, verdict, generators):
    item = case.cheat()
    judge = naive.ge_holds if isinstance(item.claim, GeClaim) else naive.lt_holds
    claim = item.claim
    held = judge(claim.limit, claim.value, item.proof, on=conversation(), generators=generators)
    assert held == (not refused(item.verify)) == verdict


@pytest.mark.slow
@pytest.mark.parametrize("second", [{"value": T, "full": True}, {"value": T}])
def test_the_naive_verifier_judges_several_tiers_alike(second):
    item = tiers({"value": 5}, second).cheat()
    records = [(each.limit, each.value, each.window, each.flag) for each in item.claim.records]
    held = naive.tiers_holds(records, item.proof, on=conversation(), generators=naive_generators(256))
    assert held == (not refused(item.verify)) == second.get("full", False)


@pytest.mark.slow
@pytest.mark.parametrize("off", [0, 1])
def test_the_naive_verifier_judges_conversions_alike(off):
    item = conversion(12_345, 34 + off, price=271_828, scale=10**8).cheat()
    claim = item.claim
    commitments = claim.amount, claim.value, claim.remainder
    generators = naive_generators(512)
    held = naive.conversion_holds(
        claim.price, claim.scale, commitments, item.proof, on=conversation(), generators=generators
    )
    assert held == (not refused(item.verify)) == (off == 0)


@settings(max_examples=4)
@given(st.integers(min_value=-20, max_value=300) | st.sampled_from([-1, 0, 255, 256, N - 5]), st.integers(1, N - 1))
@example(0, 7)
@example(255, 7)
@example(256, 7)
@example(-5, 7)
def test_a_proof_of_another_kind_decides_the_same_statements(value, blinding):
    """The bit-by-bit prover and this one find the same values provable, and each refuses the other's rejects."""
    commitment = point(value, blinding)
    true = 0 <= value < 256
    try:
        oracle = range_by_bits.holds(naive.point(commitment), range_by_bits.prove(value, blinding, bits=8), bits=8)
    except ValueError:
        by_low_bits = range_by_bits.prove(value % 256, blinding, bits=8)
        oracle = range_by_bits.holds(naive.point(commitment), by_low_bits, bits=8)
    proof = prove_range(
        [commitment], values=[value % 256], blindings=[blinding], bits=8, on=context(), coins=system_coins
    )
    assert oracle == true
    assert refused(lambda: verify_range([commitment], proof, bits=8, on=context())) == (not true)


@pytest.mark.parametrize("value", [T - 1, T, -5])
def test_the_bit_by_bit_prover_finds_the_same_values_below_a_limit(value):
    """LT by another road: both the value and what it lacks have 32 bits, each of them proven a bit."""
    case = lt(value)
    (opening, complement), *_ = case.parts
    verdicts = []
    for each in (opening, complement):
        commitment = naive.point(point(each.value, each.blinding))
        by_low_bits = range_by_bits.prove(each.value % 2**32, each.blinding, bits=32)
        verdicts.append(range_by_bits.holds(commitment, by_low_bits, bits=32))
    assert all(verdicts) == (not refused(case.cheat().verify)) == (0 <= value < T)
