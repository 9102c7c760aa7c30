import pytest

from carnet.crypto.group import GENERATOR, N, group
from carnet.crypto.group.generators import SECRET_OFFSET, bases, value_generator
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.zk.pedersen import MAX_VALUE, check_point, commit, scalar, shift, verify_opening


def test_a_commitment_is_value_times_h_plus_blinding_times_g():
    engine = group()
    h, g = engine.decode(value_generator()), engine.generator
    assert commit(value=0, blinding=1) == GENERATOR
    assert commit(value=3, blinding=5) == engine.encode(engine.add(h, h, h, g, g, g, g, g))


def test_commitments_add_up():
    engine = group()
    total = engine.add(engine.decode(commit(value=3, blinding=5)), engine.decode(commit(value=4, blinding=6)))
    assert engine.encode(total) == commit(value=7, blinding=11)


@pytest.mark.parametrize(("value", "blinding"), [(-1, 1), (MAX_VALUE, 1), (N, 1), (1, 0), (1, -1), (1, N)])
def test_what_is_out_of_range_is_not_committed_to_and_opens_nothing(value, blinding):
    with pytest.raises(UsageError):
        commit(value=value, blinding=blinding)
    with pytest.raises(VerifyError) as refused:
        verify_opening(GENERATOR, value=value, blinding=blinding)
    assert refused.value.check == "commitment.opening"


def test_the_largest_value_passes_and_no_value_meets_the_zero_of_the_constant_time_product():
    verify_opening(commit(value=MAX_VALUE - 1, blinding=N - 1), value=MAX_VALUE - 1, blinding=N - 1)
    assert MAX_VALUE <= N - SECRET_OFFSET


def test_another_value_or_blinding_opens_nothing():
    commitment = commit(value=10, blinding=20)
    verify_opening(commitment, value=10, blinding=20)
    for value, blinding in ((11, 20), (10, 21), (20, 10), (0, 20)):
        with pytest.raises(VerifyError, match=r"commitment\.opening"):
            verify_opening(commitment, value=value, blinding=blinding)


def test_the_refusal_names_neither_value_nor_blinding():
    with pytest.raises(VerifyError) as refused:
        verify_opening(commit(value=10, blinding=20), value=987_654, blinding=123_456)
    assert str(refused.value) == "commitment.opening"


def test_a_shifted_commitment_keeps_its_value():
    assert shift(commit(value=10, blinding=20), by=5) == commit(value=10, blinding=25)
    assert shift(commit(value=10, blinding=20), by=N - 5) == commit(value=10, blinding=15)


@pytest.mark.parametrize("by", [0, -1, N])
def test_a_shift_is_a_scalar_other_than_zero(by):
    with pytest.raises(UsageError):
        shift(commit(value=10, blinding=20), by=by)


def test_a_shift_to_the_identity_is_refused():
    with pytest.raises(UsageError):
        shift(commit(value=0, blinding=20), by=N - 20)


def test_a_commitment_to_the_identity_is_refused(monkeypatch):
    basis = bases(group())
    monkeypatch.setattr(type(basis), "commit", lambda *_, **__: group().identity)
    with pytest.raises(UsageError):
        commit(value=1, blinding=1)


def test_wide_bytes_are_reduced_big_endian():
    assert scalar((N + 5).to_bytes(64, "big")) == 5
    assert scalar(b"\xff" * 64) == (2**512 - 1) % N


@pytest.mark.parametrize("wide", [bytes(64), N.to_bytes(64, "big"), b"\1" * 63, b"\1" * 65, b""])
def test_no_scalar_is_zero_and_none_comes_from_another_length(wide):
    with pytest.raises(UsageError):
        scalar(wide)


def test_a_point_is_checked():
    assert check_point(GENERATOR) == GENERATOR
    with pytest.raises(DecodeError, match=r"point\.encoding"):
        check_point(bytes(33))
