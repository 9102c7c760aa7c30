import pytest

from carnet.crypto.coins import system_coins
from carnet.errors import UsageError, VerifyError
from carnet.zk.statement import verify
from carnet.zk.zero import MAX_POINTS, ZeroClaim, prove_zero
from proof_samples import context, point, zero_item


def test_proving_and_verifying_leave_the_transcript_as_it_was():
    on, claim = context(), ZeroClaim(points=(point(0, 5), point(0, 6)))
    proof = prove_zero(claim, [5, 6], on=on, coins=system_coins)
    verify(claim, proof, on=on)
    verify(claim, proof, on=on)
    assert on.ask(b"c", 8) == context().ask(b"c", 8)


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


def test_another_context_is_refused():
    item = zero_item()
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        verify(item.claim, item.proof, on=context(b"another"))
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        verify(ZeroClaim(points=item.claim.points[:2]), item.proof, on=context())


def test_stuck_coins_repeat_no_nonce_across_statements():
    claim, stuck = ZeroClaim(points=(point(0, 5),)), bytes
    first = prove_zero(claim, [5], on=context(b"one"), coins=stuck)
    second = prove_zero(claim, [5], on=context(b"two"), coins=stuck)
    assert first[:33] != second[:33]
