"""RANGE, GE and LT at their edges, and the ways to cheat in each."""

import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import N, group
from carnet.errors import UsageError, VerifyError
from carnet.zk.bulletproof import prove_range, verify_range
from carnet.zk.compare import GE_PROOF_LENGTH, LT_PROOF_LENGTH, GeClaim, LtClaim, RangeClaim
from carnet.zk.statement import verify
from proof_samples import T, bare, check_false, check_true, context, ge, lt, point, ranges, sealed


def test_both_comparisons_take_748_bytes():
    assert GE_PROOF_LENGTH == LT_PROOF_LENGTH == 748


@pytest.mark.parametrize(
    ("bits", "values"),
    [
        (4, [0]),
        (4, [15]),
        (8, [255, 0]),
        (32, [2**32 - 1]),
        (64, [2**64 - 1]),
        (64, [0, 2**64 - 1]),
        (128, [2**128 - 1]),
        (1, [0, 1, 1, 0]),
        (2, [3, 0]),
    ],
)
def test_values_in_range_are_proven(bits, values):
    check_true(ranges(*values, bits=bits))


@pytest.mark.parametrize(
    ("bits", "values"),
    [
        (4, [16]),
        (4, [-1]),
        (8, [255, 256]),
        (8, [-5, 7]),
        (32, [2**32]),
        (64, [2**64]),
        (64, [-5]),
        (64, [N - 5]),
        (64, [7, 2**64]),
        (128, [2**128]),
        (1, [0, 1, 2, 0]),
    ],
)
def test_values_out_of_range_are_not(bits, values):
    check_false(ranges(*values, bits=bits), "range.proof")


@pytest.mark.parametrize(("bits", "count"), [(64, 0), (64, 3), (1, 2), (64, 32), (256, 1), (256, 4), (0, 4)])
def test_ranges_have_a_size_that_makes_sense(bits, count):
    with pytest.raises(UsageError):
        RangeClaim(bits=bits, commitments=(point(1, 2),) * count)


def test_a_range_proof_within_a_statement_is_none_without_it():
    item = ranges(7, bits=8).item()
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(item.claim.commitments, item.proof, bits=8, on=context())
    commitment, opening = sealed(7)
    claim = RangeClaim(bits=8, commitments=(commitment,))
    proof = prove_range(
        [commitment], values=[7], blindings=[opening.blinding], bits=8, on=context(), coins=system_coins
    )
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify(claim, proof, on=context())


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        (0, 0),
        (T, T),
        (T + 1, T),
        (2**32 - 1, T),
        (2**64 - 1, T),
        (2**64 + T - 1, T),
        (2**64 - 1, 0),
        (2**64 - 1, 2**64 - 1),
        (2**32 - 1, 2**32 - 1),
    ],
)
def test_what_reaches_a_limit_is_proven(value, limit):
    check_true(ge(value, limit))


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        (T - 1, T),
        (0, T),
        (0, 1),
        (2**64 - 2, 2**64 - 1),
        (2**64 + T, T),
        (-5, 0),
        (-5, T),
        (N - 5, 0),
        (2**128, 0),
    ],
)
def test_what_is_below_a_limit_or_far_above_does_not_reach_it(value, limit):
    check_false(ge(value, limit), "ge.proof")


@pytest.mark.parametrize(
    ("value", "limit"),
    [(0, 1), (0, T), (T - 1, T), (T - 2, T), (2**32 - 2, 2**32 - 1), (0, 2**32 - 1)],
)
def test_what_is_below_a_limit_is_proven(value, limit):
    check_true(lt(value, limit))


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        (T, T),
        (T + 1, T),
        (1, 1),
        (2**32 - 1, 2**32 - 1),
        (2**32, T),
        (2**64 - 1, T),
        (-5, T),
        (-1, 1),
        (T - 2**32, T),
        (N - 5, T),
    ],
)
def test_what_is_not_below_a_limit_or_negative_is_not(value, limit):
    check_false(lt(value, limit), "lt.proof")


def test_one_range_on_the_complement_would_let_minus_five_pass():
    """Why LT takes two."""
    case = lt(-5)
    _, shifted = case.parts[0]
    complement = point(T + 4, shifted.blinding)
    assert shifted.value == T + 4
    assert (b"shifted", complement) in case.claim.state(group()).said
    weak = prove_range(
        [complement],
        values=[shifted.value],
        blindings=[shifted.blinding],
        bits=32,
        on=context(),
        coins=system_coins,
    )
    verify_range([complement], weak, bits=32, on=context())  # the weaker proof accepts
    check_false(case, "lt.proof")


@pytest.mark.parametrize("limit", [-1, 2**64])
def test_ge_has_a_limit_of_64_bits(limit):
    with pytest.raises(UsageError):
        GeClaim(limit=limit, value=point(1, 2))


@pytest.mark.parametrize("limit", [-1, 0, 2**32])
def test_lt_has_a_limit_of_32_bits_under_which_something_lies(limit):
    with pytest.raises(UsageError):
        LtClaim(limit=limit, value=point(1, 2))


def test_commitments_made_to_cancel_out_are_refused():
    with pytest.raises(VerifyError, match=r"ge\.shifted"):
        verify(GeClaim(limit=T, value=bare(T)), bytes(748), on=context())
    with pytest.raises(VerifyError, match=r"lt\.shifted"):
        verify(LtClaim(limit=T, value=bare(T - 1)), bytes(748), on=context())
