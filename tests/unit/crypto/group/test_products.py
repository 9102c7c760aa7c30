"""Sums of many products: by tables, by buckets, and when tables are made."""

import random

import pytest

from carnet.crypto.group import N, TableSize, group
from carnet.crypto.group.buckets import LEAST
from carnet.crypto.group.generators import Bases

PLAIN = group(tables=TableSize.NONE)
LIBRARIES = ["libsecp256k1", "coincurve"]
AWKWARD = [1, 2, 15, 16, 17, 2**128, 2**128 - 1, 2**255, N // 2, N // 2 + 1, N - 1, N + 1, 2**256 - 1, 2**512 - 1]


def seeded(seed):
    return random.Random(seed)  # noqa: S311  # the same operations each time


def points(count):
    draw = seeded(count)
    return [PLAIN.mul(draw.randrange(1, N), PLAIN.generator) for _ in range(count)]


def one_by_one(scalars, of):
    return PLAIN.add(*(PLAIN.mul(scalar, point) for scalar, point in zip(scalars, of, strict=True)))


def encoded(engine, point):
    return None if engine.is_identity(point) else engine.encode(point)


@pytest.fixture(params=[TableSize.SMALL, TableSize.BIG], scope="module")
def tables(request):
    made = group(tables=request.param).precompute()
    made.add(points(2))
    made.add(points(3))
    return made


def test_a_table_gives_the_product_of_every_awkward_scalar(tables):
    for scalar in AWKWARD:
        found = tables.msm([scalar], [1])
        assert PLAIN.encode(found) == PLAIN.encode(PLAIN.mul(scalar, points(2)[1]))


def test_a_table_knows_zero(tables):
    assert PLAIN.is_identity(tables.msm([0], [1]))
    assert PLAIN.is_identity(tables.msm([N, 5, N - 5], [0, 1, 1]))


def test_tables_give_the_sum_of_products_with_the_points_named(tables):
    draw = seeded(1)
    of = [*points(2), *points(3)]
    assert tables.size == 5
    for _ in range(20):
        at = draw.sample(range(5), draw.randrange(1, 6))
        scalars = [draw.randrange(2**300) for _ in at]
        assert PLAIN.encode(tables.msm(scalars, at)) == PLAIN.encode(one_by_one(scalars, [of[each] for each in at]))


@pytest.mark.parametrize(("size", "kibibytes"), [(TableSize.SMALL, 52), (TableSize.BIG, 464)])
def test_a_table_takes_the_memory_that_is_stated(size, kibibytes):
    made = group(tables=size).precompute()
    assert made.memory == made.size == 0
    made.add(points(1))
    assert made.memory == kibibytes * 1024


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("count", [LEAST - 1, LEAST, 701, 2001])
def test_buckets_give_the_sum_of_products(name, count):
    engine, of, draw = group(name), points(count), seeded(count)
    scalars = [draw.choice([draw.randrange(N), draw.randrange(2**128), *AWKWARD, 0]) for _ in of]
    mine = [engine.decode(PLAIN.encode(point)) for point in of]
    assert engine.encode(engine.msm(scalars, mine)) == PLAIN.encode(one_by_one(scalars, of))


def test_buckets_whose_sum_is_nothing():
    of = points(LEAST)
    assert PLAIN.is_identity(PLAIN.msm([*range(1, LEAST + 1), *(-k for k in range(1, LEAST + 1))], [*of, *of]))
    assert PLAIN.is_identity(PLAIN.msm([0] * LEAST + [1, -1], [*of, of[0], of[0]]))
    same = [of[0]] * LEAST
    assert PLAIN.encode(PLAIN.msm([1] * LEAST, same)) == PLAIN.encode(PLAIN.mul(LEAST, of[0]))


def test_tables_are_made_when_products_without_them_have_cost_as_much():
    engine = group(tables=TableSize.SMALL)
    basis, plain = Bases(engine), Bases(PLAIN)
    worth = engine.precompute().worth
    vectors = {"left": [3, 0, 5, N - 1], "right": [2, 7, 0, N + 2]}
    terms = 8
    expected = encoded(PLAIN, plain.msm(value=4, blinding=5, **vectors))
    rounds = 0
    while not basis.memory:
        assert encoded(engine, basis.msm(value=4, blinding=5, **vectors)) == expected
        rounds += 1
    assert (rounds - 1) * terms < worth * 10 <= rounds * terms
    assert basis.memory == 10 * 52 * 1024
    assert encoded(engine, basis.msm(value=4, blinding=5, **vectors)) == expected


def test_longer_vectors_use_what_tables_there_are_and_products_for_the_rest():
    basis, plain = Bases(group(tables=TableSize.SMALL)), Bases(PLAIN)
    basis.build(4)
    vectors = {"left": [1, 2, 3, 4, 5, 6, 7, 8], "right": [9, 10, 11, 12, 13, 14, 15, 16]}
    found = basis.msm(value=0, blinding=0, **vectors)
    assert encoded(PLAIN, found) == encoded(PLAIN, plain.msm(value=0, blinding=0, **vectors))
    assert basis.memory == 10 * 52 * 1024
    basis.build(8)
    assert basis.memory == 18 * 52 * 1024
    assert encoded(PLAIN, basis.msm(value=0, blinding=0, **vectors)) == encoded(PLAIN, found)


def test_tables_stop_growing_at_their_capacity(monkeypatch):
    engine = group(tables=TableSize.SMALL)
    basis = Bases(engine)
    monkeypatch.setattr(basis._tables, "capacity", 6)
    basis.build(8)
    assert basis.memory == 6 * 52 * 1024
    vectors = {"left": [1] * 8, "right": [2] * 8}
    expected = Bases(PLAIN).msm(value=1, blinding=1, **vectors)
    assert encoded(engine, basis.msm(value=1, blinding=1, **vectors)) == encoded(PLAIN, expected)


def test_engines_without_tables_need_none():
    for engine in (PLAIN, group("reference"), group(hardened=True)):
        basis = Bases(engine)
        basis.build(4)
        assert basis.memory == 0
        found = basis.msm(value=1, blinding=2, left=[3], right=[4])
        assert encoded(engine, found) == encoded(PLAIN, Bases(PLAIN).msm(value=1, blinding=2, left=[3], right=[4]))
        assert engine.is_identity(basis.msm(value=0, blinding=0, left=[0], right=[0]))
