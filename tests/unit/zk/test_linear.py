"""WINDOW, SUM and EQUALITY: sums of what is committed to."""

from itertools import accumulate

import pytest

from carnet.crypto.group import N, group
from carnet.errors import UsageError, VerifyError
from carnet.zk.linear import (
    LINEAR_PROOF_LENGTH,
    MAX_RECORDS,
    EqualityClaim,
    SumClaim,
    WindowClaim,
    WindowRecord,
)
from carnet.zk.pedersen import total
from carnet.zk.statement import verify
from proof_samples import bare, check_false, check_true, context, equality, point, sealed, summed, window


def test_all_three_take_65_bytes():
    assert LINEAR_PROOF_LENGTH == 65


# Windows.


@pytest.mark.parametrize(
    "records",
    [
        [(5, 5, 0)],
        [(0, 0, 0)],
        [(5, 5, 0), (7, 12, 0), (0, 12, 0)],
        [(5, 5, 0), (7, 7, 1), (1, 1, 2)],
        [(5, 5, 0), (7, 12, 0), (1, 8, 1), (2, 3, 2), (9, 11, 3)],
        [(2**64 - 1, 2**64 - 1, 0), (2**64 - 1, 2**65 - 2, 0)],
    ],
    ids=str,
)
def test_window_sums_that_are_sums_are_proven(records):
    check_true(window(*records))


@pytest.mark.parametrize(
    "records",
    [
        [(5, 4, 0)],
        [(5, 6, 0)],
        [(5, 0, 0)],
        [(5, 5, 0), (7, 7, 0), (1, 8, 0)],
        [(5, 5, 0), (7, 12, 1)],
        [(5, 5, 0), (7, 11, 0)],
        [(5, 6, 0), (7, 11, 0)],  # one more and one less
        [(5, 5, 0), (7, 12, 0), (1, 13, 1)],
        [(5, 5 - 2**64, 0)],
    ],
    ids=str,
)
def test_other_window_sums_are_not(records):
    check_false(window(*records), "window.proof")


def test_sums_are_equal_modulo_the_order_and_bounds_are_for_the_values_proofs():
    """WINDOW shows a sum, whatever its sign; an honest prover has values that TIER bounds."""
    wrapped = window((5, 5 + N, 0))
    wrapped.cheat().verify()
    check_true(window((-5, -5, 0), (7, 2, 0)))


def test_a_customer_with_as_many_records_as_fit():
    records = [(at, sum(range(max(0, at - 30), at + 1)), max(0, at - 30)) for at in range(MAX_RECORDS)]
    check_true(window(*records))


@pytest.mark.parametrize(
    "starts", [[], [1], [-1], [0, 2], [0, 1, 0], [0, 0, 2, 1], [0] * (MAX_RECORDS + 1)], ids=lambda starts: starts[:4]
)
def test_windows_start_in_order_and_at_their_own_record_at_the_latest(starts):
    with pytest.raises(UsageError):
        WindowClaim(records=tuple(WindowRecord(value=b"", window=b"", start=start) for start in starts))


def test_a_window_that_is_the_very_sum_of_its_commitments_cannot_be_spoken_about():
    """The shift by which a window is kept apart from its values would be zero."""
    values = [point(5, 6), point(7, 8)]
    for windows in ([values[0], point(12, 15)], [point(5, 7), total(values)]):
        claim = WindowClaim(
            records=tuple(
                WindowRecord(value=value, window=summed, start=0) for value, summed in zip(values, windows, strict=True)
            )
        )
        with pytest.raises(VerifyError, match=r"window\.point"):
            verify(claim, bytes(65), on=context())


def test_values_that_cancel_out_on_the_way_do_no_harm():
    """A running sum may be the identity; only the points that are spoken about may not."""
    (first, opening), (third, last) = sealed(5), sealed(9)
    opposite = point(-5, N - opening.blinding)
    windows = [point(5, 7), point(0, 8), point(9, 10)]
    records = tuple(
        WindowRecord(value=value, window=summed, start=0)
        for value, summed in zip([first, opposite, third], windows, strict=True)
    )
    blindings = accumulate([opening.blinding, -opening.blinding, last.blinding])
    points = [point(0, (r - blinding) % N) for r, blinding in zip([7, 8, 10], blindings, strict=True)]
    said = WindowClaim(records=records).state(group()).said
    assert [message for label, message in said if label == b"point"] == points


# Sums.


@pytest.mark.parametrize("value", [0, 1, 100_000, 2**32 - 1, 2**64 - 1, 2**128 - 1])
def test_the_total_of_a_sum_is_proven(value):
    check_true(summed(value, value))


@pytest.mark.parametrize(("value", "told"), [(5, 4), (5, 6), (0, 1), (-5, 5), (-5, 0), (2**128, 0), (2**64, 0)])
def test_another_total_is_not(value, told):
    with pytest.raises(UsageError, match="open"):
        summed(value, told).item()
    with pytest.raises(VerifyError, match=r"sum\.proof"):
        summed(value, told).cheat().verify()


def test_the_sum_is_what_the_verifier_adds_up():
    parts = [sealed(value) for value in (100, 2**64 - 1, 0)]
    case = summed(0, 2**64 + 99)
    claim = SumClaim(total=2**64 + 99, sum=total([commitment for commitment, _ in parts]))
    blinding = sum(opening.blinding for _, opening in parts) % N
    proof = case.prove.func(claim, blinding, on=context(), coins=bytes)
    verify(claim, proof, on=context())


@pytest.mark.parametrize("told", [-1, 2**128])
def test_totals_have_128_bits(told):
    with pytest.raises(UsageError):
        SumClaim(total=told, sum=point(1, 2))


def test_a_sum_under_no_blinding_is_refused():
    with pytest.raises(VerifyError, match=r"sum\.point"):
        verify(SumClaim(total=7, sum=bare(7)), bytes(65), on=context())


# Equality.


@pytest.mark.parametrize("value", [0, 1, 100_000, 2**64 - 1, 2**127])
def test_two_sums_that_hold_the_same_are_proven_to(value):
    check_true(equality(value, value))


@pytest.mark.parametrize(("one", "other"), [(5, 4), (4, 5), (-5, 5), (0, 1), (2**64, 0), (N - 5, 5)])
def test_two_sums_that_differ_are_not(one, other):
    check_false(equality(one, other), "equality.proof")


def test_a_sum_is_not_compared_with_itself():
    same = point(5, 6)
    with pytest.raises(VerifyError, match=r"equality\.point"):
        verify(EqualityClaim(one=same, other=same), bytes(65), on=context())
