import pytest

from carnet.crypto.coins import system_coins
from carnet.errors import UsageError, VerifyError
from carnet.zk.zero import MAX_POINTS, ZeroItem, prove_zero, verify_zero
from proof_samples import context, point, zero_item


def test_proving_and_verifying_leave_the_transcript_as_it_was():
    on, points = context(), [point(0, 5), point(0, 6)]
    proof = prove_zero(points, [5, 6], on=on, coins=system_coins)
    verify_zero(points, proof, on=on)
    verify_zero(points, proof, on=on)
    assert on.ask(b"c", 8) == context().ask(b"c", 8)


@pytest.mark.parametrize(
    ("points", "blindings"),
    [
        ([point(1, 5)], [5]),
        ([point(0, 5)], [6]),
        ([point(0, 5)], [5, 6]),
        ([point(0, 5)], [0]),
        ([], []),
        ([point(0, 5)] * (MAX_POINTS + 1), [5] * (MAX_POINTS + 1)),
    ],
)
def test_what_is_not_so_is_not_proven(points, blindings):
    with pytest.raises(UsageError):
        prove_zero(points, blindings, on=context(), coins=system_coins)


def test_no_points_are_no_statement():
    with pytest.raises(UsageError):
        verify_zero([], bytes(65), on=context())
    with pytest.raises(UsageError):
        ZeroItem(points=(), proof=bytes(65), on=context())


def test_another_context_is_refused():
    item = zero_item()
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        verify_zero(item.points, item.proof, on=context(b"another"))
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        ZeroItem(points=item.points[:2], proof=item.proof, on=context()).verify()


def test_stuck_coins_repeat_no_nonce_across_statements():
    stuck = bytes
    first = prove_zero([point(0, 5)], [5], on=context(b"one"), coins=stuck)
    second = prove_zero([point(0, 5)], [5], on=context(b"two"), coins=stuck)
    assert first[:33] != second[:33]
