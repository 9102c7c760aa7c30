"""TIERS: what TIER refuses of one record, it refuses of each."""

from dataclasses import replace

import pytest

from carnet.crypto.group import N
from carnet.errors import PeerError, UsageError, VerifyError
from carnet.zk.statement import Item, verify
from carnet.zk.tiers import COUNTS, TiersClaim, tiers_proof_length
from proof_samples import T, check_false, check_true, context, opened, point, sample, tier, tiers

GOOD = {"value": 5}


@pytest.mark.parametrize(
    "records",
    [
        [{"value": 0}, {"value": T - 1}],
        [{"value": T, "full": True}, {"limit": 0, "value": 0, "full": True}],
        [{"limit": 2**32 - 1, "value": 2**32 - 2}, {"limit": 2**32 - 1, "value": 2**32 - 1, "full": True}],
        [
            {"value": T + 1, "full": True},
            {"value": 2**64 - 1, "window": 0},
            {"value": 70_000, "window": 2**63 + T - 1, "full": True},
            {"limit": 1, "value": 0},
        ],
        [{"value": T - 1 - at, "limit": T + at} for at in range(8)],
    ],
    ids=len,
)
def test_true_records_are_proven_at_once(records):
    check_true(tiers(*records))


def test_the_sizes_are_the_specified_ones():
    assert {count: tiers_proof_length(count) for count in COUNTS} == {2: 1204, 4: 1594, 8: 2308}
    assert len(sample("tiers").proof) == 1204


@pytest.mark.parametrize(
    "bad",
    [
        {"value": T},
        {"value": 2**64 - 1},
        {"limit": 0, "value": 0},
        {"value": 1, "window": T},
        {"value": -5},
        {"value": -850_000, "window": 50_000},
        {"value": N - 5, "window": 0},
        {"value": 2**64, "window": 0, "full": True},
        {"value": 1, "window": 2**63 + T, "full": True},
        {"value": T, "full": 2},
        {"value": 1, "window": T - 1 - 2**63 - 5, "full": -1},
    ],
    ids=str,
)
def test_a_false_record_is_refused(bad):
    check_false(tiers(GOOD, bad), "tiers.proof")


def test_a_false_record_is_refused_in_every_place():
    check_false(tiers({"value": -5}, GOOD), "tiers.proof")
    check_false(tiers(GOOD, GOOD, {"value": T}, GOOD), "tiers.proof")


def test_records_that_make_up_for_each_other_do_not():
    """-5 and 5, one more and one less: nothing is proven of a sum."""
    check_false(tiers({"value": -5, "window": 0}, {"value": 5}), "tiers.proof")
    check_false(tiers({"value": T}, {"value": T - 2}), "tiers.proof")


@pytest.mark.parametrize("count", [0, 1, 3, 5, 16])
def test_a_proof_speaks_about_2_4_or_8_records(count):
    claim, _ = opened()
    with pytest.raises(UsageError):
        TiersClaim(records=(claim,) * count)


@pytest.mark.parametrize("place", [0, 1])
def test_commitments_made_to_cancel_out_are_refused(place):
    good, _ = opened()
    bad = replace(good, window=point(T - 1, 2**63 * 123 % N), flag=point(0, 123))
    claims = [good, good]
    claims[place] = bad
    with pytest.raises(VerifyError, match=r"tiers\.shifted"):
        verify(TiersClaim(records=tuple(claims)), bytes(1204), on=context())


def test_two_tier_proofs_are_no_proof_of_two_tiers_and_the_reverse():
    one, two = tier(value=1).item(), tier(value=2).item()
    both = TiersClaim(records=(one.claim, two.claim))
    with pytest.raises(PeerError, match=r"tiers\.proof|point\.encoding|proof\.scalar"):
        verify(both, (one.proof + two.proof)[:1204], on=context())
    whole = sample("tiers")
    with pytest.raises(PeerError, match=r"tier\.proof|point\.encoding|proof\.scalar"):
        Item(claim=whole.claim.records[0], proof=whole.proof[:976], on=context()).verify()
