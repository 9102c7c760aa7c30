import pytest

from carnet.crypto.group import GENERATOR, N, group
from carnet.crypto.group.generators import Bases, bases, derive, value_generator, vector_generator
from carnet.crypto.group.hash_to_curve import expand_message_xmd, map_to_curve
from carnet.crypto.group.known import COUNT, known_generator
from carnet.errors import UsageError


def test_all_generators_differ():
    families = [vector_generator(family, index) for family in (b"G", b"H") for index in range(40)]
    assert len({GENERATOR, value_generator(), *families}) == 82


def test_generators_are_derived_when_asked_for_and_kept():
    basis = Bases(group())
    few, _ = basis.vectors(4)
    many, _ = basis.vectors(8)
    assert many[:4] == few
    assert basis.vectors(4)[0][0] is few[0]
    assert bases(group()) is bases(group())


def test_bit_points_are_the_generator_and_the_opposite_of_the_other():
    basis, engine = bases(group()), group()
    left, minus_right = basis.bit_points(4)
    for index in range(4):
        assert engine.encode(left[index]) == vector_generator(b"G", index)
        right = engine.decode(vector_generator(b"H", index))
        assert engine.is_identity(engine.add(right, minus_right[index]))


@pytest.mark.parametrize("value", [0, 1, 2**64, N - 1])
def test_a_constant_time_commitment_is_the_ordinary_sum(value):
    engine = group()
    basis = bases(engine)
    expected = engine.msm([value, 77], [basis.value, basis.blinding])
    assert engine.encode(basis.commit(value=value, blinding=77)) == engine.encode(expected)


def test_a_long_domain_is_hashed_first():
    assert expand_message_xmd(b"m", dst=b"d" * 255, length=32) != expand_message_xmd(b"m", dst=b"d" * 256, length=32)


@pytest.mark.parametrize("length", [0, 8161])
def test_expansion_has_its_limits(length):
    with pytest.raises(UsageError):
        expand_message_xmd(b"", dst=b"d", length=length)


def test_the_exceptional_field_element_maps_to_the_curve():
    x, y = map_to_curve(0)  # Z^2*u^4 + Z*u^2 is zero here
    assert group().decode(bytes([2 + y % 2]) + x.to_bytes(32, "big")) is not None


@pytest.mark.parametrize("family", [b"G", b"H"])
def test_the_generators_that_are_known_are_those_that_are_derived(family):
    assert all(known_generator(family, index) == derive(family, index) for index in range(COUNT))
    assert known_generator(family, COUNT) is None
    assert vector_generator(family, COUNT) == derive(family, COUNT)
