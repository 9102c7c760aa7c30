"""A range proof of the plainest kind: commit to every bit, prove each a bit, add them up.

Linear in size, easy to believe, and with nothing in common with Bulletproofs but the commitments: it decides the
same statements by another road. Points are py_ecc's pairs.
"""

# ruff: noqa: N806  # the letters of the specification

import hashlib
import secrets

from oracle.bulletproof import G, H, N, encoded, plus, times


def challenge(*points):
    return int.from_bytes(hashlib.sha512(b"range by bits" + b"".join(map(encoded, points))).digest(), "big") % N


def number():
    return 1 + secrets.randbelow(N - 1)


def prove(value, blinding, *, bits):
    """Return one (commitment, A0, A1, c0, z0, z1) per bit, or raise ValueError if *value* has more bits."""
    if not 0 <= value < 2**bits:
        raise ValueError("out of range")
    blindings = [number() for _ in range(bits - 1)]
    rest = blinding - sum(2 ** (1 + at) * each for at, each in enumerate(blindings))
    whole = plus(times(value, H), times(blinding, G))
    return [prove_bit(whole, value >> at & 1, each % N) for at, each in enumerate([rest, *blindings])]


def prove_bit(whole, bit, blinding):
    commitment = plus(times(bit, H), times(blinding, G))
    branches = [commitment, plus(commitment, times(-1, H))]
    nonce, c_false, z_false = number(), number(), number()
    announced = [None, None]
    announced[bit] = times(nonce, G)
    announced[1 - bit] = plus(times(z_false, G), times(-c_false, branches[1 - bit]))
    c = challenge(whole, commitment, *announced)
    shares, responses = [None, None], [None, None]
    shares[1 - bit], responses[1 - bit] = c_false, z_false
    shares[bit] = (c - c_false) % N
    responses[bit] = (nonce + shares[bit] * blinding) % N
    return commitment, *announced, shares[0], *responses


def holds(whole, proof, *, bits):
    """Tell whether *proof* shows that the point *whole* commits to a value of *bits* bits."""
    if len(proof) != bits:
        return False
    for commitment, A0, A1, c0, z0, z1 in proof:
        c1 = challenge(whole, commitment, A0, A1) - c0
        if times(z0, G) != plus(A0, times(c0, commitment)):
            return False
        if times(z1, G) != plus(A1, times(c1, plus(commitment, times(-1, H)))):
            return False
    return whole == plus(*(times(2**at, each[0]) for at, each in enumerate(proof)))
