"""Malleability: from a valid proof nobody who lacks the witness makes another that is valid too.

Stopped by: points have one encoding and scalars one, a proof one length and nothing around it
(spec/threshold-proofs.md#group); all that is sent is hashed before a challenge; and the answers to given challenges are
unique unless discrete logarithms are known.
"""

from itertools import pairwise

import pytest

from attacks.forger import N, encoded, inverse, point, scalars
from attacks.statements import T, forge, ge_case, multiples, tier_case
from attacks.weak_claims import bit_claim
from carnet.crypto.group import P, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PeerError
from carnet.zk.inner_product import rounds
from carnet.zk.linear import EqualityClaim
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import verify
from carnet.zk.zero import ZeroClaim

CASES = {
    "GE": ge_case(value=T + 5),
    "TIER": tier_case(value=70_000, window=80_000, flag=0),
    "ZERO": multiples("zero.proof", ZeroClaim(points=(point(0, 5), point(0, 6))), (0, 5), (0, 6)),
    "EQUALITY": multiples("equality.proof", EqualityClaim(one=point(1, 8), other=point(1, 9)), (0, -1)),
}


def context():
    return Transcript(b"carnet/attack/v1").say(b"record", b"a record")


PROOFS = {}


def proof_of(name):
    if name not in PROOFS:
        PROOFS[name] = forge(CASES[name], on=context())
        verify(CASES[name].claim, PROOFS[name], on=context())
    return PROOFS[name]


def refused(name, proof):
    assert proof != proof_of(name)
    with pytest.raises(PeerError) as refusal:
        verify(CASES[name].claim, proof, on=context())
    assert refusal.value.check in {CASES[name].check, "point.encoding", "proof.scalar", "proof.length"}
    return refusal.value.check


def layout(name):
    """Return the offsets of points, of scalars, and of pairs of either that stand side by side."""
    points, at = [], 0
    scalar_at = []

    def take(kind, size, count):
        nonlocal at
        for _ in range(count):
            kind.append(at)
            at += size

    for part in CASES[name].claim.state(group()).parts:
        match type(part).__name__:
            case "Ranges":
                take(points, 33, 4)
                take(scalar_at, 32, 3)
                take(points, 33, 2 * rounds(part.bits * len(part.commitments)))
                take(scalar_at, 32, 8)
            case "Bit":
                take(points, 33, 2)
                take(scalar_at, 32, 3)
            case "Multiples":
                take(points, 33, 1)
                take(scalar_at, 32, 1)
    assert at == len(proof_of(name))
    return points, scalar_at


def put(proof, at, data):
    return proof[:at] + data + proof[at + len(data) :]


@pytest.mark.parametrize("name", CASES)
def test_no_point_has_a_second_encoding(name):
    """Negated, by its parity byte; hybrid 06 and 07; 04 and 05; 00; with x + p where that has room."""
    proof = proof_of(name)
    for at in layout(name)[0]:
        assert refused(name, put(proof, at, bytes([proof[at] ^ 1]))) == CASES[name].check
        for first in (proof[at] + 4, 0, 1, 4, 5):
            assert refused(name, put(proof, at, bytes([first]))) == "point.encoding"


@pytest.mark.parametrize("name", CASES)
def test_points_do_not_come_uncompressed(name):
    """65 bytes, 04 or hybrid, in the place of 33: the length is wrong before anything is read."""
    proof = proof_of(name)
    for at in layout(name)[0][::5]:
        x = int.from_bytes(proof[at + 1 : at + 33], "big")
        y = pow(x**3 + 7, (P + 1) // 4, P)
        y = y if y % 2 == proof[at] % 2 else P - y
        for first in (4, 6 + y % 2):
            whole = bytes([first]) + x.to_bytes(32, "big") + y.to_bytes(32, "big")
            assert refused(name, proof[:at] + whole + proof[at + 33 :]) == "proof.length"


def test_an_x_that_is_not_reduced_is_no_point():
    """1 is the x of a point; 1 + p is the same modulo p, and fits in 32 bytes."""
    engine = group()
    engine.decode(b"\2" + (1).to_bytes(32, "big"))
    for x in (1 + P, P + 2, 2**256 - 1):
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            engine.decode(b"\2" + x.to_bytes(32, "big"))


@pytest.mark.parametrize("name", CASES)
def test_no_scalar_has_a_second_encoding_and_none_can_be_another(name):
    """Negated, or zero; and n, or what is above. (n added has room where the first half is zero: the next test.)"""
    proof = proof_of(name)
    for at in layout(name)[1]:
        number = int.from_bytes(proof[at : at + 32], "big")
        for other in {-number % N, 0} - {number}:
            assert refused(name, put(proof, at, scalars(other))) == CASES[name].check
        assert refused(name, put(proof, at, N.to_bytes(32, "big"))) == "proof.scalar"
        assert refused(name, put(proof, at, b"\xff" * 32)) == "proof.scalar"


def test_a_scalar_and_n_are_not_written_for_the_scalar():
    """A prover chooses the share of the false branch to be 5: 5 + n has 32 bytes, and who reduces takes both.

    Stopped by: scalars that are not below n are refused with `proof.scalar`, whatever they are modulo n.
    """
    draws = [0x1234, 5, 0x5678]
    coins = lambda count: b"".join((each - 1).to_bytes(64, "big") for each in draws)[:count]  # noqa: E731
    flag, on = point(0, 3), context().say(b"flag", point(0, 3))
    proof = prove_bit(group().decode(flag), bit=0, blinding=3, basis=bases(group()), on=on, coins=coins)
    assert proof[66:98] == scalars(5)
    verify(bit_claim(flag), proof, on=context())
    with pytest.raises(DecodeError, match=r"proof\.scalar"):
        verify(bit_claim(flag), put(proof, 66, (5 + N).to_bytes(32, "big")), on=context())


@pytest.mark.parametrize("name", CASES)
def test_neighbours_cannot_be_exchanged(name):
    """A and S, T_1 and T_2, L and R of a round, A_0 and A_1; tau, mu, t; a and b; c_1, z_0, z_1."""
    proof = proof_of(name)
    for offsets, size in zip(layout(name), (33, 32), strict=True):
        for at, following in pairwise(offsets):
            if following == at + size:
                one, other = proof[at : at + size], proof[following : following + size]
                assert refused(name, put(proof, at, other + one)) == CASES[name].check


def test_the_last_vectors_cannot_be_scaled():
    """a*s and b/s have the same inner product. Stopped by: a and b are weighed by the generators too."""
    proof, at = proof_of("GE"), 748 - 256
    last = [int.from_bytes(proof[i : i + 32], "big") for i in range(at, 748, 32)]
    for s in (2, N - 1, inverse(2)):
        scaled = [each * s for each in last[:4]] + [each * inverse(s) for each in last[4:]]
        assert refused("GE", proof[:at] + scalars(*scaled)) == "ge.proof"


def test_what_is_hashed_cannot_be_shifted_together():
    """T_2 + k*G with tau + x^2*k, and A + k*G with mu + k, hold in (E1) and (E2) for the old challenges only."""
    proof, on, k = proof_of("GE"), context(), 12_345
    claim = CASES["GE"].claim
    claim.state(group()).say(on)
    shifted = next(message for label, message in claim.state(group()).said if label == b"shifted")
    on.say(b"bits", (64).to_bytes(4, "big")).say(b"count", (1).to_bytes(4, "big")).say(b"commitment", shifted)
    on.say(b"A", proof[:33]).say(b"S", proof[33:66]).challenge(b"y")
    on.challenge(b"z")
    x = on.say(b"T1", proof[66:99]).say(b"T2", proof[99:132]).challenge(b"x")

    def plus_k(at):
        return group().encode(group().add(group().decode(proof[at : at + 33]), group().decode(encoded([0, k]))))

    def scalar_plus(at, more):
        return scalars(int.from_bytes(proof[at : at + 32], "big") + more)

    together = put(put(proof, 99, plus_k(99)), 132, scalar_plus(132, x * x * k))
    assert refused("GE", together) == "ge.proof"
    together = put(put(proof, 0, plus_k(0)), 164, scalar_plus(164, k))
    assert refused("GE", together) == "ge.proof"


def test_a_bit_proof_cannot_be_shifted_between_its_branches():
    """c_1 + k with z_0 - k*r and z_1 + k*r would do, for who knows r in both branches; nobody does in one of them."""
    proof, k, r = proof_of("TIER"), 77, 3
    c_1, z_0, z_1 = (int.from_bytes(proof[at : at + 32], "big") for at in (880, 912, 944))
    assert refused("TIER", proof[:880] + scalars(c_1 + k, z_0 - k * r, z_1 + k * r)) == "tier.proof"


@pytest.mark.parametrize("name", CASES)
def test_nothing_stands_around_a_proof(name):
    proof = proof_of(name)
    for other in (proof + b"\0", b"\0" + proof, proof[:-1], proof[1:], proof * 2, b"", proof + bytes(33)):
        assert refused(name, other) == "proof.length"


@pytest.mark.parametrize("name", CASES)
def test_bytes_cannot_be_changed_wherever_they_are(name):
    """One bit in every place of the short proofs, in every 61st of the long ones (all: tests/properties)."""
    proof = proof_of(name)
    for at in range(0, len(proof), 1 if len(proof) < 100 else 61):
        refused(name, put(proof, at, bytes([proof[at] ^ (1 << at % 8)])))
