import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import N
from carnet.errors import UsageError, VerifyError
from carnet.zk.zero import MAX_POINTS, ZERO_PROOF_LENGTH, ZeroClaim, prove_zero
from proof_samples import check_true, context, point, zero


@pytest.mark.parametrize(
    ("points", "blindings"),
    [
        ([point(1, 5)], [5]),
        ([point(0, 5)], [6]),
        ([point(0, 5)], [5, 6]),
        ([point(0, 5)], [0]),
    ],
)
def test_what_is_not_so_is_not_proven(points, blindings):
    with pytest.raises(UsageError):
        prove_zero(ZeroClaim(points=tuple(points)), blindings, on=context(), coins=system_coins)


@pytest.mark.parametrize("count", [0, MAX_POINTS + 1])
def test_a_proof_speaks_about_1_to_16_points(count):
    with pytest.raises(UsageError):
        ZeroClaim(points=(point(0, 5),) * count)


@pytest.mark.parametrize("values", [[1], [-5], [N - 5], [0, 1, 0], [1, -1], [2, -1, -1], [2**64]])
def test_nothing_else_is_zero(values):
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        zero(*values).cheat().verify()


@pytest.mark.parametrize("count", [1, 2, MAX_POINTS])
def test_zeros_are_proven_in_65_bytes(count):
    check_true(zero(*[0] * count))
    assert len(zero(*[0] * count).item().proof) == ZERO_PROOF_LENGTH == 65
