from dataclasses import replace

import pytest

from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.zk import statement
from carnet.zk.bulletproof import prove_range, verify_range
from carnet.zk.statement import Item, find_bad, verify, verify_all
from carnet.zk.tier import TIER_PROOF_LENGTH, TierClaim, prove_tier
from proof_samples import T, context, opened, point, tier_item, zero_item


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


def test_proving_and_verifying_leave_the_transcript_as_it_was():
    on = context()
    claim, witness = opened()
    proof = prove_tier(claim, witness, on=on, coins=system_coins)
    verify(claim, proof, on=on)
    verify_all([Item(claim=claim, proof=proof, on=on)] * 2, coins=system_coins)
    assert on.ask(b"c", 8) == context().ask(b"c", 8)


def test_the_same_coins_make_the_same_proof():
    claim, witness = opened()
    one, two = (prove_tier(claim, witness, on=context(), coins=visible_coins("a")) for _ in range(2))
    assert one == two


def test_stuck_coins_repeat_no_nonce_across_statements():
    claim, witness = opened()
    one, two = (prove_tier(claim, witness, on=context(record), coins=bytes) for record in (b"1", b"2"))
    assert one[:33] != two[:33]
    assert one[33:66] != two[33:66]


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


@pytest.mark.parametrize("name", ["value", "window", "flag"])
def test_every_commitment_is_bound(name):
    claim, proof = proven(window=80_000)
    for other in (point(0, 5), claim.value if name != "value" else claim.window):
        with pytest.raises(VerifyError):
            verify(replace(claim, **{name: other}), proof, on=context())
    for data in (bytes(33), b"", getattr(claim, name)[:-1], getattr(claim, name) + b"\0"):
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            verify(replace(claim, **{name: data}), proof, on=context())


def test_replays_elsewhere_are_refused():
    claim, proof = proven()
    with pytest.raises(VerifyError):
        verify(claim, proof, on=context(b"another record"))


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


# Batches.


def test_a_batch_of_both_kinds_verifies():
    items = [tier_item(b"1"), zero_item(b"2"), tier_item(b"3", value=T, full=True), zero_item(b"4", 1)]
    verify_all(items, coins=system_coins)
    verify_all([], coins=system_coins)
    assert find_bad(items, coins=system_coins) == []


def test_a_good_proof_that_fails_in_a_batch_is_our_own_mistake(monkeypatch):
    monkeypatch.setattr(statement, "find_bad", lambda *_, **__: [0])
    with pytest.raises(UsageError):
        verify_all([tier_item()], coins=system_coins)


def spoiled(item):
    proof = item.proof[:-1] + bytes([item.proof[-1] ^ 1])
    return replace(item, proof=proof)


@pytest.mark.parametrize("bad", range(5))
def test_one_bad_proof_is_found_wherever_it_is(bad):
    items = [tier_item(b"0"), zero_item(b"1"), tier_item(b"2"), tier_item(b"3"), zero_item(b"4")]
    items[bad] = spoiled(items[bad])
    with pytest.raises(VerifyError) as refused:
        verify_all(items, coins=system_coins)
    assert refused.value.check == ("zero.proof" if bad in {1, 4} else "tier.proof")
    assert refused.value.detail == f"item {bad}"
    assert find_bad(items, coins=system_coins) == [bad]


def test_all_bad_proofs_are_found_and_the_first_is_named():
    good = tier_item(b"0")
    items = [good, replace(good, proof=good.proof[:-1]), good, spoiled(good), replace(good, on=context(b"1"))]
    assert find_bad(items, coins=system_coins) == [1, 3, 4]
    with pytest.raises(DecodeError, match=r"proof\.length: item 1"):
        verify_all(items, coins=system_coins)


def test_swapped_proofs_are_refused():
    one, two = tier_item(b"1"), tier_item(b"1")
    items = [replace(one, proof=two.proof), replace(two, proof=one.proof)]
    assert find_bad(items, coins=system_coins) == [0, 1]


def test_errors_that_cancel_out_under_equal_weights_are_found_under_random_ones():
    """Two proofs, their last responses moved in opposite directions: unweighted, the errors would sum to zero."""
    one, two = tier_item(b"1"), tier_item(b"2")

    def moved(item, by):
        z = (int.from_bytes(item.proof[-32:], "big") + by) % N
        return replace(item, proof=item.proof[:-32] + z.to_bytes(32, "big"))

    items = [moved(one, 1), moved(two, -1)]
    assert find_bad(items, coins=system_coins) == [0, 1]
    assert find_bad(items, coins=bytes) == []  # coins that are not random make a batch worthless
