"""The flag, b = 1 if and only if the FULL tier is attached: branch confusion, no bits, and weak Fiat-Shamir.

What stops these attacks is the OR of Cramer, Damgård and Schoenmakers with *one* challenge for both branches
(spec/threshold-proofs.md#bit): the shares add up to c because the verifier computes one of them, A_0 and A_1 are said
before c, C before both, and the responses before the weights.
"""

# ruff: noqa: N803, N806  # the letters of the specification

from dataclasses import replace
from itertools import permutations, product

import pytest

from attacks.forger import Cheat, N, chance, encoded, inverse, point, scalars
from attacks.transcripts import Deaf
from attacks.weak_claims import Less, bit_claim
from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import PeerError, VerifyError
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import verify
from carnet.zk.tier import TierClaim

T = 100_000
R = 12_345
NO_BITS = {
    "2": 2,
    "-1": -1,
    "1/2": inverse(2),
    "1/2^63": inverse(2**63),
    "1001/2^63": 1001 * inverse(2**63),
    "n-2": N - 2,
}
no_bit = pytest.mark.parametrize("b", NO_BITS.values(), ids=NO_BITS)
random = chance("flags")


def context(*deaf):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", b"a record")


def sum_of(value, blinding):
    """Return value*H + blinding*G as the representation that `encoded` takes."""
    return [value % N, blinding % N]


def accepted(b, proof, *deaf):
    verify(bit_claim(point(b, R)), proof, on=context(*deaf))


def refused(b, proof, *deaf):
    with pytest.raises(VerifyError, match=r"weak\.proof"):
        accepted(b, proof, *deaf)


# --- weak Fiat-Shamir ---


@no_bit
def test_a_0_that_is_not_hashed_is_solved_for(b):
    """Stopped by: say("A0", A_0) before c. The share of branch 1 is chosen first, and that of branch 0 is met later."""
    on = context(b"A0").say(b"flag", point(b, R))
    c_1, z_0, z_1 = random(), random(), random()
    A_1 = encoded(sum_of(-c_1 * (b - 1), z_1 - c_1 * R))
    c_0 = on.say(b"A1", A_1).challenge(b"c") - c_1
    A_0 = encoded(sum_of(-c_0 * b, z_0 - c_0 * R))
    proof = A_0 + A_1 + scalars(c_1, z_0, z_1)
    accepted(b, proof, b"A0")
    refused(b, proof)
    refused(b, proof, b"A1")


@no_bit
def test_a_1_that_is_not_hashed_is_solved_for(b):
    """Stopped by: say("A1", A_1) before c. The same with the branches exchanged."""
    on = context(b"A1").say(b"flag", point(b, R))
    c_0, z_0, z_1 = random(), random(), random()
    A_0 = encoded(sum_of(-c_0 * b, z_0 - c_0 * R))
    c_1 = on.say(b"A0", A_0).challenge(b"c") - c_0
    A_1 = encoded(sum_of(-c_1 * (b - 1), z_1 - c_1 * R))
    proof = A_0 + A_1 + scalars(c_1, z_0, z_1)
    accepted(b, proof, b"A1")
    refused(b, proof)
    refused(b, proof, b"A0")


@no_bit
def test_responses_that_are_not_hashed_are_solved_for_between_two_equations(b):
    """Stopped by: say("responses", ...) before the weights.

    Neither (E3) nor (E4) holds. With weights that are known before c_1 is chosen, there is a c_1 for which w_3*(c -
    c_1)*b + w_4*c_1*(b - 1) = 0: the errors cancel.
    """
    on = context(b"responses").say(b"flag", point(b, R))
    k_0, k_1 = random(), random()
    A_0, A_1 = encoded(sum_of(0, k_0)), encoded(sum_of(0, k_1))
    c = on.say(b"A0", A_0).say(b"A1", A_1).challenge(b"c")
    w_3, w_4 = (1 + int.from_bytes(on.ask(b"weight", 16), "big") for _ in range(2))
    c_1 = w_3 * c * b * inverse(w_3 * b - w_4 * (b - 1)) % N
    proof = A_0 + A_1 + scalars(c_1, k_0 + (c - c_1) * R, k_1 + c_1 * R)
    accepted(b, proof, b"responses")
    refused(b, proof)


def test_a_commitment_that_is_not_hashed_is_solved_for():
    """Stopped by: say("flag", C_b) before A_0. A_1 holds some H, c is asked, and then b is what makes (E4) hold."""
    on = context(b"flag")
    a_1, k_0, k_1 = random(), random(), random()
    A_0, A_1 = encoded(sum_of(0, k_0)), encoded(sum_of(a_1, k_1))
    c = on.say(b"A0", A_0).say(b"A1", A_1).challenge(b"c")
    b = (1 - a_1 * inverse(c)) % N
    proof = A_0 + A_1 + scalars(c, k_0, k_1 + c * R)
    assert b > 1
    accepted(b, proof, b"flag")
    refused(b, proof)


# --- branch confusion ---


def honest(b, *, pretended=None):
    on = context().say(b"flag", point(b, R))
    bit = b if pretended is None else pretended
    flag = group().decode(point(b, R))
    return prove_bit(flag, bit=bit, blinding=R, basis=bases(group()), on=on, coins=system_coins)


@pytest.mark.parametrize("b", [0, 1])
def test_the_other_branch_proves_nothing(b):
    """b = 1 answered by branch 0, and the reverse: the blinding of C is not that of C - H."""
    accepted(b, honest(b))
    refused(b, honest(b, pretended=1 - b))


@no_bit
@pytest.mark.parametrize("pretended", [0, 1])
def test_neither_branch_proves_what_is_no_bit(b, pretended):
    refused(b, honest(b, pretended=pretended))


@pytest.mark.parametrize("b", [0, 1])
def test_branches_cannot_be_exchanged(b):
    """A_0 and A_1, the shares, or the responses exchanged: (E3) and (E4) name their branch, and c has heard which."""
    proof = honest(b)
    A, c_1, z = (proof[:33], proof[33:66]), proof[66:98], (proof[98:130], proof[130:])
    on = context().say(b"flag", point(b, R)).say(b"A0", A[0]).say(b"A1", A[1])
    c_0 = scalars(on.challenge(b"c") - int.from_bytes(c_1, "big"))
    shapes = list(product(permutations(A), (c_1, c_0), permutations(z)))
    assert shapes[0] == (A, c_1, z)
    accepted(b, b"".join([*A, c_1, *z]))
    for heads, share, tails in shapes[1:]:
        refused(b, b"".join([*heads, share, *tails]))


@no_bit
def test_shares_that_need_not_add_up_prove_anything(b):
    """Stopped by: c_0 is not sent; the verifier computes it as c - c_1.

    A verifier that reads both shares and forgets their sum accepts two simulated branches. In the format there is no
    room for the second share, and as c_1 either of them fails.
    """
    c_0, c_1, z_0, z_1 = random(), random(), random(), random()
    A_0 = encoded(sum_of(-c_0 * b, z_0 - c_0 * R))
    A_1 = encoded(sum_of(-c_1 * (b - 1), z_1 - c_1 * R))
    assert _holds(A_0, c_0, z_0, point(b, R))
    assert _holds(A_1, c_1, z_1, point(b - 1, R))
    for share in (c_0, c_1):
        refused(b, A_0 + A_1 + scalars(share, z_0, z_1))


def _holds(A, share, z, branch):
    """z*G = A + share*C', as a verifier has it that takes both shares from the proof."""
    engine = group()
    right = engine.msm([1, share], [engine.decode(A), engine.decode(branch)])
    return engine.encode(engine.mul(z, engine.generator)) == engine.encode(right)


# --- a flag that is no bit, in TIER ---


def claim_with(b, *, window):
    return TierClaim(limit=T, value=point(70_000, 1), window=point(window, 2), flag=point(b, 3))


@pytest.mark.parametrize("over", [0, 1000, 2**40])
def test_a_flag_of_a_fraction_lifts_a_window_that_is_too_large(over):
    """Stopped by: b in {0, 1} is proven, beside the range.

    With b = (over + 1)/2^63 modulo n, T - 1 - w + 2^63*b is 0 for w = T + over: the range is in order, no FULL tier is
    attached, and a sum of such flags counts as nobody expects. A verifier of the range alone accepts.
    """
    b = (over + 1) * inverse(2**63)
    claim = claim_with(b, window=T + over)
    weak = Less(claim, parts=(0,))
    on = weak.state(group()).say(context())
    cheat = Cheat([70_000, 0], [1, 3 * 2**63 - 2], bits=64, on=on)
    cheat.prove()
    verify(weak, cheat.proof(), on=context())
    flag = group().decode(claim.flag)
    for bit in (0, 1):
        said = on.clone()
        part = prove_bit(flag, bit=bit, blinding=3, basis=bases(group()), on=said, coins=system_coins)
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(claim, cheat.proof() + part, on=context())


def test_a_range_alone_accepts_flags_that_add_up_to_nothing():
    """Flags of 2 and -1 move what the sum of flags counts; the range on D accepts b = 2 for every honest sum."""
    claim = claim_with(2, window=T + 5)
    weak = Less(claim, parts=(0,))
    cheat = Cheat([70_000, 2**64 - 6], [1, 3 * 2**63 - 2], bits=64, on=weak.state(group()).say(context()))
    cheat.prove()
    verify(weak, cheat.proof(), on=context())
    with pytest.raises(PeerError, match=r"proof\.length"):
        verify(claim, cheat.proof(), on=context())


def test_the_bit_proof_is_about_the_flag_of_this_record():
    """A bit proof of another flag, in the same record and after the same range: C_b is said, and is in (E3), (E4)."""
    claim = claim_with(0, window=70_000)
    on = claim.state(group()).say(context())
    cheat = Cheat([70_000, T - 1 - 70_000], [1, 3 * 2**63 - 2], bits=64, on=on)
    cheat.prove()
    for value, blinding in ((0, 3), (0, 4), (1, 3)):
        other = group().decode(point(value, blinding))
        part = prove_bit(other, bit=value, blinding=blinding, basis=bases(group()), on=on.clone(), coins=system_coins)
        if (value, blinding) == (0, 3):
            verify(claim, cheat.proof() + part, on=context())
            continue
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(claim, cheat.proof() + part, on=context())
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(replace(claim, flag=point(value, blinding)), cheat.proof() + part, on=context())
