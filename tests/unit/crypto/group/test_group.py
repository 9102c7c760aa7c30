import random
import runpy
import subprocess
import sys

import pytest

import carnet.crypto.group as groups
from carnet.crypto.group import ENGINES, GENERATOR, N, P, TableSize, available, group, library, scalars
from carnet.crypto.group.generators import bases, value_generator
from carnet.crypto.group.library import Library
from carnet.crypto.group.libsecp import LibSecp
from carnet.errors import DecodeError, UsageError

TWO_G = bytes.fromhex("02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5")
ALL = {name: group(name) for name in ENGINES} | {"hardened": group(hardened=True)}
OPERATIONS = 10_000


@pytest.fixture(params=ALL)
def engine(request):
    return ALL[request.param]


def test_the_best_engine_is_the_default_and_engines_are_kept():
    assert available() == ENGINES == ("libsecp256k1", "coincurve", "reference")
    assert group() is group("libsecp256k1") is group("libsecp256k1", tables=TableSize.SMALL)
    assert group().name == "libsecp256k1"
    assert group(tables=TableSize.BIG) is not group()
    assert group("reference") is group("reference")
    assert group(hardened=True).name == "libsecp256k1, hardened"


def test_an_unknown_engine_is_our_own_mistake():
    with pytest.raises(UsageError):
        group("abacus")


FALLBACK = """
import sys
for missing in sys.argv[1].split(","):
    sys.modules[missing] = None
from carnet.crypto.group import available, group
print(available()[0], group().name)
try:
    group("libsecp256k1")
except ImportError:
    print("not installed")
"""


@pytest.mark.parametrize(
    ("missing", "engine"),
    [("btclib_secp256k1", "coincurve"), ("btclib_secp256k1,coincurve._libsecp256k1", "reference")],
)
def test_the_next_engine_stands_in_where_a_library_is_missing(missing, engine):
    run = subprocess.run(
        [sys.executable, "-c", FALLBACK, missing], check=True, timeout=60, capture_output=True, text=True
    )
    assert run.stdout.split() == [engine, engine, "not", "installed"]


def test_an_engine_that_does_not_load_is_not_available(monkeypatch):
    monkeypatch.setattr(groups, "_engine", groups._engine.__wrapped__)
    monkeypatch.setitem(sys.modules, "btclib_secp256k1", None)
    assert available.__wrapped__() == ("coincurve", "reference")


WITHOUT_GMPY2 = """
import sys
sys.modules["gmpy2"] = None
from carnet.crypto.group.scalars import Q
assert type(Q) is int
"""
PROVE = """
from carnet.crypto.coins import visible_coins
from carnet.crypto.transcript import Transcript
from carnet.zk.bulletproof import prove_range, verify_range
from carnet.zk.pedersen import commit
one = commit(value=200, blinding=7)
proof = prove_range([one], values=[200], blindings=[7], bits=8, on=Transcript(b"a"), coins=visible_coins("b"))
verify_range([one], proof, bits=8, on=Transcript(b"a"))
print(proof.hex())
"""


def test_proofs_are_the_same_without_the_fast_integers(monkeypatch):
    runs = [
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60, capture_output=True).stdout
        for script in (PROVE, WITHOUT_GMPY2 + PROVE)
    ]
    assert runs[0] == runs[1]
    monkeypatch.setitem(sys.modules, "gmpy2", None)
    assert runpy.run_path(scalars.__file__)["Q"] == scalars.Q == N


def test_importing_the_proofs_loads_no_engine_and_builds_nothing():
    script = (
        "import sys, carnet.zk.tier, carnet.zk.pedersen\n"
        "import carnet.crypto.group as groups\n"
        "from carnet.crypto.group import generators\n"
        "assert not {'btclib_secp256k1', 'coincurve', 'py_ecc', 'numpy'} & set(sys.modules)\n"
        "assert not groups._engine.cache_info().currsize and not generators.bases.cache_info().currsize\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_all_engines_agree_on_ten_thousand_random_operations():
    """One program of random operations, run by every engine: registers hold the same points at each encoding."""
    draw = random.Random(4)  # noqa: S311
    program = [_operation(draw) for _ in range(OPERATIONS)]
    traces = {name: list(_trace(engine, program)) for name, engine in ALL.items()}
    assert len(traces["reference"]) == OPERATIONS
    assert all(trace == traces["reference"] for trace in traces.values())


def _operation(draw):
    name = draw.choices(("add", "negate", "encode", "mul", "mul_secret", "msm"), (40, 20, 34, 3, 2, 1))[0]
    size = draw.choice((8, 64, 128, 256))
    scalar = draw.choice((draw.randrange(2**size), N - draw.randrange(1, 2**8), 0, 1, N - 1))
    return name, [draw.randrange(8) for _ in range(4)], scalar


def _trace(engine, program):
    registers = [engine.mul(3 + at, engine.generator) for at in range(8)]
    for name, (one, two, three, into), scalar in program:
        point, other = registers[one], registers[two]
        match name:
            case "add":
                found = engine.add(point, other, registers[three])
            case "negate":
                found = engine.negate(point)
            case "encode":
                found = point if engine.is_identity(point) else engine.decode(engine.encode(point))
            case "mul":
                found = engine.mul(scalar, point)
            case "mul_secret":
                found = point if engine.is_identity(point) else engine.mul_secret(1 + scalar % (N - 1), point)
            case "msm":
                found = engine.msm([scalar, 5, N - scalar], [point, other, registers[three]])
        registers[into] = found
        yield None if engine.is_identity(found) else engine.encode(found)


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


def test_the_library_is_never_used_after_it_refused():
    real = library.btclib()

    class Refusing:
        secp256k1_ec_pubkey_parse = real.lib.secp256k1_ec_pubkey_parse

        def __getattr__(self, name):
            return lambda *_: 0

    engine = LibSecp(Library("refusing", real.ffi, Refusing(), real.context, real.copy_xy), tables=TableSize.SMALL)
    point = engine.decode(TWO_G)
    for call in (
        lambda: engine.mul(2, point),
        lambda: engine.msm([2], [point]),
        lambda: engine.msm([2] * 300, [point] * 300),
        lambda: engine.negate(point),
        lambda: engine.encode(point),
        lambda: engine.mul_secret(2, point),
        lambda: engine.mul_secret(2, engine.generator),
        lambda: engine.precompute().add([point]),
    ):
        with pytest.raises(UsageError):
            call()


def test_value_generator_is_the_one_of_confidential_transactions():
    assert value_generator().hex() == "0250929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
