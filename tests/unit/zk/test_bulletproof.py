import pytest

from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.zk.bulletproof import prove_range, range_proof_length, verify_range
from carnet.zk.fields import random_scalars
from proof_samples import context, point


def proven(values, *, bits, claimed=None, on=None):
    blindings = random_scalars(system_coins, len(values))
    commitments = [point(value, blinding) for value, blinding in zip(values, blindings, strict=True)]
    proof = prove_range(
        commitments,
        values=claimed or values,
        blindings=blindings,
        bits=bits,
        on=on or context(),
        coins=system_coins,
    )
    return commitments, proof


@pytest.mark.parametrize(
    ("bits", "count", "length"), [(64, 1, 748), (64, 2, 814), (64, 4, 880), (32, 2, 748), (64, 16, 1012), (4, 1, 484)]
)
def test_lengths_are_fixed(bits, count, length):
    assert range_proof_length(bits=bits, count=count) == length


@pytest.mark.parametrize(("bits", "count"), [(64, 0), (64, 3), (2, 1), (24, 1), (64, 32)])
def test_other_shapes_are_refused(bits, count):
    with pytest.raises(UsageError):
        range_proof_length(bits=bits, count=count)


@pytest.mark.parametrize(
    ("bits", "values"),
    [
        (64, [0]),
        (64, [2**64 - 1]),
        (64, [0, 2**64 - 1]),
        (64, [1, 2, 2**63, 4]),
        (32, [0]),
        (32, [2**32 - 1, 0]),
        (8, [0, 1, 128, 255]),
        (4, [9]),
        (1, [0, 1, 1, 0]),
    ],
)
def test_values_in_range_are_proven(bits, values):
    commitments, proof = proven(values, bits=bits)
    assert len(proof) == range_proof_length(bits=bits, count=len(values))
    verify_range(commitments, proof, bits=bits, on=context())


@pytest.mark.parametrize(("bits", "value"), [(64, 2**64), (64, -1), (32, 2**32), (64, N - 5)])
def test_values_out_of_range_are_not(bits, value):
    with pytest.raises(UsageError):
        proven([value], bits=bits)
    commitments, proof = proven([value], bits=bits, claimed=[value % 2**bits])
    with pytest.raises(VerifyError, match=r"range\.proof"):
        verify_range(commitments, proof, bits=bits, on=context())


def test_one_bad_value_among_four_is_found():
    commitments, proof = proven([1, 2, 2**64, 4], bits=64, claimed=[1, 2, 0, 4])
    with pytest.raises(VerifyError):
        verify_range(commitments, proof, bits=64, on=context())


def test_a_proof_is_bound_to_its_width_its_order_and_its_context():
    commitments, proof = proven([1, 2], bits=32)
    for others, bits, on in (
        (commitments[::-1], 32, context()),
        (commitments, 32, context(b"another")),
        (commitments[:1], 64, context()),
        ([*commitments, *commitments], 16, context()),
    ):
        with pytest.raises(VerifyError):
            verify_range(others, proof, bits=bits, on=on)


def test_every_part_of_a_proof_matters():
    commitments, proof = proven([9], bits=8)
    for at in range(len(proof)):
        mutated = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        with pytest.raises((VerifyError, DecodeError)):
            verify_range(commitments, mutated, bits=8, on=context())


def test_the_same_coins_make_the_same_proof_and_others_another():
    commitment = point(5, 6)

    def prove(sentence):
        return prove_range([commitment], values=[5], blindings=[6], bits=8, on=context(), coins=visible_coins(sentence))

    assert prove("a") == prove("a") != prove("b")


def test_a_bit_is_committed_to_by_one_operation_whatever_it_is(monkeypatch):
    """The engine is asked for the same operations on as many points for every value."""
    from carnet.crypto.group.libsecp import LibSecp

    def operations(value):
        calls = []
        for name in ("add", "mul", "mul_secret", "msm", "negate"):
            original = getattr(LibSecp, name)

            def record(self, *args, name=name, original=original):
                calls.append((name, len(args) if name == "add" else None))
                return original(self, *args)

            monkeypatch.setattr(LibSecp, name, record)
        prove_range([point(value, 6)], values=[value], blindings=[6], bits=8, on=context(), coins=system_coins)
        monkeypatch.undo()
        return calls

    operations(0)  # derives the generators
    assert operations(0) == operations(255) == operations(37)
