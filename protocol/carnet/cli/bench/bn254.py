"""A program of its own: this library's proofs over another curve, BN254, by py_ecc; run by `carnet.cli.bench.peers`.

The proofs are written for any group of prime order. Here the order is exchanged before they are imported, which no
other program may do. It prints one JSON object: what a proof of 64 bits takes.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import carnet.crypto.group as group_layer
from carnet.crypto.group import SCALAR_BYTES, Point, Precomputed

curve: Any = import_module("py_ecc.optimized_bn128")
group_layer.N = int(curve.curve_order)  # type: ignore[misc]  # before what follows takes it from there


class Bn254:
    """The first group of BN254, with as much as an engine must have and no more."""

    name = "py_ecc, BN254"
    identity: Point = curve.Z1
    generator: Point = curve.G1

    def decode(self, data: bytes) -> Point:
        """Return the point that *data* encodes; generators of the other curve become the next point of this one."""
        p = curve.field_modulus
        x = int.from_bytes(data[1:], "big") % p
        while pow(square := (x**3 + 3) % p, (p - 1) // 2, p) != 1:
            x += 1
        y = pow(square, (p + 1) // 4, p)
        point: Any = (curve.FQ(x), curve.FQ(y if y % 2 == data[0] % 2 else p - y), curve.FQ(1))
        return Point(point)

    def encode(self, point: Point) -> bytes:
        """Return the compressed encoding of *point*."""
        x, y = (int(each) for each in curve.normalize(point))
        return bytes([2 + y % 2]) + x.to_bytes(SCALAR_BYTES, "big")

    def is_identity(self, point: Point) -> bool:
        """Tell whether *point* is the neutral element."""
        return bool(curve.is_inf(point))

    def add(self, *points: Point) -> Point:
        """Return the sum of *points*."""
        total: Any = curve.Z1
        for point in points:
            total = curve.add(total, point)
        return Point(total)

    def negate(self, point: Point) -> Point:
        """Return the inverse of *point*."""
        return Point(curve.neg(point))

    def mul(self, scalar: int, point: Point) -> Point:
        """Return *scalar* times *point*."""
        return Point(curve.multiply(point, int(scalar) % curve.curve_order))

    mul_secret = mul

    def msm(self, scalars: Sequence[int], points: Sequence[Point]) -> Point:
        """Return the sum of the products of *scalars* and *points*, doubling once for all of them."""
        reduced = [int(scalar) % curve.curve_order for scalar in scalars]
        total: Any = curve.Z1
        for bit in reversed(range(max(map(int.bit_length, reduced), default=0))):
            total = curve.double(total)
            for scalar, point in zip(reduced, points, strict=True):
                if scalar >> bit & 1:
                    total = curve.add(total, point)
        return Point(total)

    def precompute(self) -> Precomputed | None:
        """Return None: there are no tables."""
        return None


def main(value: int) -> None:
    """Prove that *value* has 64 bits, and verify it."""
    from carnet.crypto.coins import system_coins  # noqa: PLC0415 - see above
    from carnet.crypto.group.generators import bases  # noqa: PLC0415
    from carnet.crypto.transcript import Transcript  # noqa: PLC0415
    from carnet.zk.bulletproof import prove_range, verify_range  # noqa: PLC0415

    engine = Bn254()
    basis = bases(engine)
    basis.vectors(64)
    commitments = [engine.encode(basis.commit(value=value, blinding=7))]
    start = time.thread_time()
    on = Transcript(b"carnet/bench/v1")
    proof = prove_range(commitments, values=[value], blindings=[7], bits=64, on=on, coins=system_coins, engine=engine)
    proven = time.thread_time()
    verify_range(commitments, proof, bits=64, on=Transcript(b"carnet/bench/v1"), engine=engine)
    times = {"prove": proven - start, "verify": time.thread_time() - proven}
    sys.stdout.write(json.dumps({name: seconds * 1000 for name, seconds in times.items()} | {"bytes": len(proof)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
