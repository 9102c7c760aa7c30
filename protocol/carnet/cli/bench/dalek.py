"""A program of its own, without this library: dalek's Bulletproofs in Rust; run by `carnet.cli.bench.peers`.

So that an older interpreter, for which there is a wheel, can run it. It prints one JSON object.
"""

import json
import sys
import time
from importlib import import_module


def measure(value: int) -> "dict[str, float]":
    """Prove that *value* has 64 bits, and verify it."""
    peer = import_module("pybulletproofs")
    start = time.thread_time()
    proof, commitment, _ = peer.zkrp_prove(value, 64)
    proven = time.thread_time()
    good = peer.zkrp_verify(proof, commitment, 64)
    verified = time.thread_time()
    if not good:
        sys.exit("dalek refuses a good proof")
    return {"prove": (proven - start) * 1000, "verify": (verified - proven) * 1000, "bytes": len(proof)}


if __name__ == "__main__":
    for _ in range(3):  # to warm up
        measure(int(sys.argv[1]))
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
