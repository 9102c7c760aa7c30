import subprocess
import sys

import pytest

from carnet.crypto.group import GENERATOR, N, P, group
from carnet.crypto.group.generators import bases, value_generator
from carnet.errors import DecodeError, UsageError

ENGINES = ["libsecp256k1", "reference"]
TWO_G = bytes.fromhex("02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5")


@pytest.fixture(params=ENGINES)
def engine(request):
    return group(request.param)


def test_the_fast_engine_comes_first_and_engines_are_kept():
    assert group().name == "libsecp256k1"
    assert group("reference") is group("reference")


def test_an_unknown_engine_is_our_own_mistake():
    with pytest.raises(UsageError):
        group("abacus")


def test_the_reference_engine_stands_in_where_the_library_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "carnet.crypto.group.libsecp", None)
    assert group.__wrapped__().name == "reference"
    with pytest.raises(ImportError):
        group.__wrapped__("libsecp256k1")


def test_importing_the_proofs_loads_no_engine_and_builds_nothing():
    script = (
        "import sys, carnet.zk.tier, carnet.zk.pedersen\n"
        "from carnet.crypto.group import group, generators\n"
        "assert 'btclib_secp256k1' not in sys.modules and 'py_ecc' not in sys.modules\n"
        "assert not group.cache_info().currsize and not generators.bases.cache_info().currsize\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_generator_and_its_double(engine):
    g = engine.generator
    assert engine.encode(g) == GENERATOR
    assert engine.encode(engine.add(g, g)) == engine.encode(engine.mul(2, g)) == TWO_G
    assert engine.encode(engine.mul(N + 2, g)) == TWO_G


def test_the_identity_is_neutral_and_has_no_encoding(engine):
    g, zero = engine.generator, engine.identity
    for also_zero in (
        zero,
        engine.add(),
        engine.add(g, engine.negate(g)),
        engine.mul(0, g),
        engine.mul(N, g),
        engine.mul(5, zero),
        engine.negate(zero),
        engine.msm([], []),
        engine.msm([0, N], [g, g]),
        engine.msm([3, -3], [g, g]),
        engine.msm([7], [zero]),
    ):
        assert engine.is_identity(also_zero)
    assert not engine.is_identity(g)
    assert engine.encode(engine.add(zero, g, zero)) == GENERATOR
    with pytest.raises(UsageError):
        engine.encode(zero)


def test_a_sum_of_products(engine):
    g, h = engine.generator, bases(engine).value
    total = engine.msm([1, 2, -3, 0, N + 4], [h, g, g, h, g])
    assert engine.encode(total) == engine.encode(engine.add(h, g, g, g))


def test_a_sum_of_products_needs_as_many_scalars_as_points(engine):
    with pytest.raises(ValueError, match="zip"):
        engine.msm([1], [])


def test_a_constant_time_product_is_the_ordinary_one(engine):
    for point in (engine.generator, bases(engine).value):
        for scalar in (1, 2, 2**128, N - 1):
            assert engine.encode(engine.mul_secret(scalar, point)) == engine.encode(engine.mul(scalar, point))


@pytest.mark.parametrize("scalar", [0, -1, N, N + 1])
def test_a_constant_time_product_refuses_what_it_would_reduce(engine, scalar):
    with pytest.raises(UsageError):
        engine.mul_secret(scalar, engine.generator)
    with pytest.raises(UsageError):
        engine.mul_secret(1, engine.identity)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        bytes(33),
        b"\2" + bytes(32),
        GENERATOR[:-1],
        GENERATOR + b"\0",
        b"\4" + GENERATOR[1:],
        b"\6" + GENERATOR[1:],
        b"\x08" + GENERATOR[1:],
        b"\2" + (5).to_bytes(32, "big"),
        b"\2" + (P + 1).to_bytes(32, "big"),
        b"\2" + b"\xff" * 32,
        bytes.fromhex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        + bytes.fromhex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
    ],
    ids=lambda data: data.hex()[:8] + f"-{len(data)}",
)
def test_only_compressed_points_of_the_curve_decode(engine, data):
    with pytest.raises(DecodeError) as refused:
        engine.decode(data)
    assert refused.value.check == "point.encoding"


def test_x_of_one_is_a_point_so_that_its_unreduced_form_is_a_real_test(engine):
    assert engine.encode(engine.decode(b"\2" + (1).to_bytes(32, "big")))[-1] == 1


def test_the_library_is_never_used_after_it_refused(monkeypatch):
    engine = group("libsecp256k1")
    module = sys.modules["carnet.crypto.group.libsecp"]

    class Refusing:
        def __getattr__(self, name):
            return lambda *_: 0

    point = engine.generator
    monkeypatch.setattr(module, "lib", Refusing())
    for call in (
        lambda: engine.mul(2, point),
        lambda: engine.msm([2], [point]),
        lambda: engine.negate(point),
        lambda: engine.encode(point),
        lambda: engine.mul_secret(2, point),
    ):
        with pytest.raises(UsageError):
            call()


def test_value_generator_is_the_one_of_confidential_transactions():
    assert value_generator().hex() == "0250929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
