import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.zk.batch import Batch
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.conversion import ConversionWitness
from carnet.zk.pedersen import commit, total
from proof_samples import bare, point

ENGINES = [group(), group("reference")]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_formula_has_the_same_outcome_on_points_and_on_openings(engine):
    one, two = Opening(value=70_000, blinding=11), Opening(value=3, blinding=N - 5)
    first, second = (Commitment.decode(each.commit(), engine=engine) for each in (one, two))
    for of_points, of_openings in (
        (first + second, one + two),
        (first - second, one - two),
        (second - 70_000, two - 70_000),
        (5 - first, 5 - one),
        (2**63 * second, 2**63 * two),
        (0 - first + 2**63 * second, 0 - one + 2**63 * two),
        (first - 0, one - 0),
    ):
        assert of_openings.opens(of_points.data, bases(engine))
        assert of_points.data == point(of_openings.value, of_openings.blinding)
        assert 0 < of_openings.blinding < N


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_what_cancels_out_is_the_identity_and_can_still_be_added(engine):
    one = Commitment.decode(point(7, 9), engine=engine)
    nothing = one - one
    assert nothing.is_identity
    assert not one.is_identity
    assert (nothing + one).data == (one - nothing).data == one.data
    assert (2 * nothing - nothing).is_identity
    assert (Commitment.decode(bare(7), engine=engine) - 7).is_identity
    with pytest.raises(UsageError):
        _ = nothing.data


@pytest.mark.parametrize("blinding", [0, N, -1])
def test_no_blinding_out_of_range_opens_anything(blinding):
    assert not Opening(value=7, blinding=blinding).opens(bare(7), bases(group()))


def test_openings_open_and_show_nothing():
    opening = Opening(value=70_000, blinding=80_000)
    opening.check(opening.commit())
    with pytest.raises(VerifyError, match=r"commitment\.opening"):
        opening.check(point(70_001, 80_000))
    witness = ConversionWitness(amount=opening, value=opening, remainder=opening)
    assert not any(secret in repr(each) for each in (opening, witness) for secret in ("70000", "80000"))


def test_a_total_commits_to_the_sum():
    assert total([point(5, 6)]) == point(5, 6)
    assert total([point(5, 6), point(2**64 - 1, N - 7), point(0, 2)]) == point(2**64 + 4, 1)


def test_there_is_no_total_of_nothing_and_none_that_cannot_be_said():
    with pytest.raises(UsageError):
        total([])
    with pytest.raises(VerifyError, match=r"sum\.point"):
        total([point(5, 6), point(-5, N - 6)])
    with pytest.raises(DecodeError, match=r"point\.encoding"):
        total([point(5, 6), bytes(33)])


def test_a_formula_is_collected_by_its_terms_and_a_long_one_as_its_point():
    engine = group()
    one, two = (Commitment.decode(commit(value=v, blinding=v + 1), engine=engine) for v in (5, 7))
    short = 9 - one + 2**63 * two
    long = one + two + one + two + one
    for made, points in ((one, 1), (short, 2), (long, 1), (3 * long, 1), (one - one, 1)):
        batch = Batch(engine, visible_coins("a formula"))
        made.collect(batch, 11)
        assert len(batch._points) == points
        batch.add(-11, made.point)
        assert batch.holds()
        batch.add(1, one.point)
        assert not batch.holds()
