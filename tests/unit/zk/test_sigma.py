import contextlib

import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.errors import DecodeError
from carnet.zk.batch import Batch
from carnet.zk.fields import Fields, encode_scalars
from carnet.zk.sigma import (
    BIT_PROOF_LENGTH,
    MULTIPLES_PROOF_LENGTH,
    prove_bit,
    prove_multiples,
    read_bit,
    read_multiples,
)
from proof_samples import context, point

BASIS = bases(group())


def bit_proof(value, *, bit, blinding=99):
    commitment = group().decode(point(value, blinding))
    return commitment, prove_bit(commitment, bit=bit, blinding=blinding, basis=BASIS, on=context(), coins=system_coins)


def bit_holds(commitment, proof, on=None):
    batch = Batch(group(), system_coins)
    fields = Fields(proof, length=BIT_PROOF_LENGTH, engine=group())
    read_bit(fields, commitment, on=on or context()).collect(batch)
    return batch.holds()


@pytest.mark.parametrize("bit", [0, 1])
def test_a_bit_is_proven_in_162_bytes(bit):
    commitment, proof = bit_proof(bit, bit=bit)
    assert len(proof) == 162
    assert bit_holds(commitment, proof)
    assert not bit_holds(commitment, proof, on=context(b"another"))
    assert not bit_holds(group().decode(point(bit, 98)), proof)


@pytest.mark.parametrize(("value", "bit"), [(2, 0), (2, 1), (-1, 0), (-1, 1), (0, 1), (1, 0), (2**63, 1)])
def test_nothing_else_is_a_bit(value, bit):
    assert not bit_holds(*bit_proof(value, bit=bit))


@pytest.mark.parametrize("bit", [0, 1])
def test_every_byte_of_a_bit_proof_matters(bit):
    commitment, proof = bit_proof(bit, bit=bit)
    for at in range(len(proof)):
        mutated = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        with contextlib.suppress(DecodeError):
            assert not bit_holds(commitment, mutated)


def multiples_hold(points, proof, on=None):
    batch = Batch(group(), system_coins)
    fields = Fields(proof, length=MULTIPLES_PROOF_LENGTH, engine=group())
    read_multiples(fields, [group().decode(each) for each in points], on=on or context()).collect(batch)
    return batch.holds()


@pytest.mark.parametrize("values", [[0], [0, 0, 0], [5], [1, -1], [0, 0, 1], [2, -1, 0]])
def test_only_multiples_of_g_pass(values):
    blindings = [11, 22, 33][: len(values)]
    points = [point(value, r) for value, r in zip(values, blindings, strict=True)]
    proof = prove_multiples(blindings, basis=BASIS, on=context(), coins=system_coins)
    assert len(proof) == 65
    assert multiples_hold(points, proof) == (not any(values))
    assert not multiples_hold(points, proof, on=context(b"another"))


def test_fields_insist_on_length_and_reduced_scalars():
    with pytest.raises(DecodeError, match=r"proof\.length"):
        Fields(bytes(31), length=32, engine=group())
    with pytest.raises(DecodeError, match=r"proof\.scalar"):
        Fields(b"\xff" * 32, length=32, engine=group()).scalars(1)
    assert Fields(encode_scalars([7, 8]), length=64, engine=group()).scalars(2) == (encode_scalars([7, 8]), [7, 8])
    with pytest.raises(DecodeError):
        Fields(encode_scalars([7]) + b"\xff" * 32, length=64, engine=group()).scalars(2)
