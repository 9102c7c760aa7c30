import itertools

import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import N, group
from carnet.zk.batch import Batch


@pytest.fixture
def batch():
    return Batch(group(), system_coins)


def test_nothing_holds(batch):
    assert batch.holds()


def test_bases_and_points_meet(batch):
    basis, engine = batch.bases, batch.engine
    left, right = basis.vectors(2)
    batch.add_bases(value=3, blinding=-4)
    batch.add_bases(value=N, blinding=1)
    batch.add_vectors([1, 0], [0, 7])
    batch.add_vectors([1], [5])
    batch.add(-3, basis.value)
    batch.add(3, basis.blinding)
    batch.add(-2, left[0])
    batch.add(-1, engine.msm([5, 7], right))
    assert batch.holds()
    batch.add(1, basis.value)
    assert not batch.holds()


def test_two_wrong_equations_do_not_cancel_out(batch):
    for error in (1, -1):
        batch.add(batch.weight() * error, batch.bases.value)
    assert not batch.holds()


def test_weights_are_fresh_and_never_zero():
    batch = Batch(group(), bytes)
    assert batch.weight() == 1
    batch = Batch(group(), system_coins)
    weights = list(itertools.islice(iter(batch.weight, None), 20))
    assert len(set(weights)) == 20
    assert all(0 < weight <= 2**128 for weight in weights)
