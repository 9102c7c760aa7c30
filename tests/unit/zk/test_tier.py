from dataclasses import replace

import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import prove_range, verify_range
from carnet.zk.statement import verify
from carnet.zk.tier import TIER_PROOF_LENGTH, TierClaim, prove_tier
from proof_samples import T, context, opened, point


def proven(**opening):
    claim, witness = opened(**opening)
    return claim, prove_tier(claim, witness, on=context(), coins=system_coins)


def test_a_proof_has_976_bytes_whatever_it_hides():
    assert TIER_PROOF_LENGTH == 976
    assert {len(proven(value=v, full=f)[1]) for v, f in ((0, False), (2**40, True))} == {976}


@pytest.mark.parametrize(
    "opening",
    [
        {"value": 0},
        {"value": T - 1},
        {"value": T, "full": True},
        {"value": T + 1, "full": True},
        {"value": 0, "full": True},
        {"limit": 0, "value": 0, "full": True},
        {"limit": 1, "value": 0},
        {"limit": 2**32 - 1, "value": 2**32 - 2},
        {"limit": 2**32 - 1, "value": 2**32 - 1, "full": True},
        {"value": 2**63 + T - 1, "full": True},
        {"value": 2**64 - 1, "window": 0},
        {"value": 0, "window": 2**63 + T - 1, "full": True},
    ],
    ids=str,
)
def test_true_claims_are_proven(opening):
    claim, proof = proven(**opening)
    verify(claim, proof, on=context())


@pytest.mark.parametrize(
    "opening",
    [
        {"value": T},
        {"value": T + 1},
        {"value": 2**64 - 1},
        {"limit": 0, "value": 0},
        {"value": 1, "window": T},
        {"value": -5},
        {"value": 2**64, "window": 0, "full": True},
        {"value": 1, "window": 2**63 + T, "full": True},
        {"value": N - 5, "window": 0},
    ],
    ids=str,
)
def test_false_claims_are_not(opening):
    claim, witness = opened(**opening)
    with pytest.raises(UsageError, match="false"):
        prove_tier(claim, witness, on=context(), coins=system_coins)


@pytest.mark.parametrize(
    "change",
    [
        {"value": 1},
        {"window": 1},
        {"full": True},
        {"value_blinding": 1},
        {"window_blinding": 1},
        {"flag_blinding": 1},
        {"flag_blinding": 0},
    ],
    ids=str,
)
def test_a_witness_that_opens_something_else_is_refused(change):
    claim, witness = opened()
    with pytest.raises(UsageError, match="open"):
        prove_tier(claim, replace(witness, **change), on=context(), coins=system_coins)


@pytest.mark.parametrize("limit", [-1, 2**32])
def test_a_limit_has_32_bits(limit):
    with pytest.raises(UsageError):
        TierClaim(limit=limit, value=b"", window=b"", flag=b"")


def test_a_witness_shows_nothing_of_itself():
    _, witness = opened(value=70_000)
    assert repr(witness) == "TierWitness()"


def test_a_range_on_the_window_sum_alone_would_let_a_negative_record_through():
    """Why the value's own range is always proven: a window sum in order hides v = -850,000."""
    claim, witness = opened(value=-850_000, window=50_000)
    engine = group()
    complement = bases(engine).commit(
        value=T - 1 - witness.window, blinding=(2**63 * witness.flag_blinding - witness.window_blinding) % N
    )
    shifted = engine.encode(
        engine.msm([T - 1, -1, 2**63], [bases(engine).value, engine.decode(claim.window), engine.decode(claim.flag)])
    )
    assert shifted == engine.encode(complement)
    window_only = prove_range(
        [shifted],
        values=[T - 1 - witness.window],
        blindings=[(2**63 * witness.flag_blinding - witness.window_blinding) % N],
        bits=64,
        on=context(),
        coins=system_coins,
    )
    verify_range([shifted], window_only, bits=64, on=context())  # the weaker proof accepts
    with pytest.raises(UsageError):
        prove_tier(claim, witness, on=context(), coins=system_coins)


def test_a_proof_for_one_limit_says_nothing_about_another():
    claim, proof = proven()
    for limit in (T - 1, T + 1, 0, 2**32 - 1):
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(replace(claim, limit=limit), proof, on=context())


def test_a_tier_proof_is_no_range_proof_and_the_reverse():
    claim, proof = proven()
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range([claim.value, claim.window], proof[:814], bits=64, on=context())


def test_commitments_made_to_cancel_out_are_refused():
    flag_blinding = 123
    window = point(T - 1, 2**63 * flag_blinding % N)
    claim = TierClaim(limit=T, value=point(1, 2), window=window, flag=point(0, flag_blinding))
    with pytest.raises(VerifyError, match=r"tier\.shifted"):
        verify(claim, bytes(976), on=context())
