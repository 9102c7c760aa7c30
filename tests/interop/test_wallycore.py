"""Commitments are the points that Elements computes, once its prefixes are read as what they are.

Elements writes a point as x and whether y is a square (08, 0a) or not (09, 0b), SEC1 as x and y's parity.
"""

import pytest
import wallycore

from carnet.crypto.group import N, P
from carnet.crypto.group.generators import value_generator
from carnet.zk.pedersen import commit


def y_of(point):
    x = int.from_bytes(point[1:], "big")
    root = pow(x**3 + 7, (P + 1) // 4, P)
    return root if root % 2 == point[0] % 2 else P - root


def as_elements(point, *, square_prefix):
    """Write a SEC1 point as Elements does."""
    is_square = pow(y_of(point), (P - 1) // 2, P) == 1
    return bytes([square_prefix if is_square else square_prefix + 1]) + point[1:]


@pytest.mark.parametrize("blinding", [1, 0x1234567890ABCDEF << 128, N - 1])
@pytest.mark.parametrize("value", [0, 1, 99_999, 2**32 - 1, 2**63 - 1, 2**64 - 1])
def test_commitments_are_the_points_of_elements(value, blinding):
    generator = as_elements(value_generator(), square_prefix=0x0A)
    theirs = bytes(wallycore.asset_value_commitment(value, blinding.to_bytes(32, "big"), generator))
    assert as_elements(commit(value=value, blinding=blinding), square_prefix=0x08) == theirs
