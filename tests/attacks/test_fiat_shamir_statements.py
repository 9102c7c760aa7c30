"""Weak Fiat-Shamir, statement by statement: false claims of each, and verifiers that do not hear one thing.

The first part is about the proof (A, S, T_1 and so on), the second about the claim itself: what is bound by being said,
what is bound twice, and what a verifier that forgets both accepts (spec/threshold-proofs.md#transcript). What a
verifier forgets here it forgets completely, with the derived commitments that would have told it; test_bound_twice.py
is about what may be forgotten without loss.
"""

# ruff: noqa: N806  # the letters of the specification

import pytest

from attacks.forger import AfterV, Cheat, N, chance, encoded, inverse, point, scalars
from attacks.range_forgeries import FORGERIES
from attacks.statements import FALSE_MULTIPLES, FALSE_RANGES, T, by_the_rules, forge
from attacks.transcripts import Deaf
from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.commitment import Commitment
from carnet.zk.compare import GeClaim, LtClaim
from carnet.zk.conversion import ConversionClaim
from carnet.zk.statement import Bit, Item, find_bad, verify
from carnet.zk.tier import TierClaim

LARGE = {"TIERS, one of two", "CONVERSION, several scales"}
FEW = {b"T1"}
"""Long proofs, for which one label stands for all."""

random = chance("statements")


def context(*deaf, record=b"a record"):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", record)


def accepted(claim, proof, *deaf):
    verify(claim, proof, on=context(*deaf))


def refused(claim, proof, *deaf):
    with pytest.raises(VerifyError) as refusal:
        accepted(claim, proof, *deaf)
    assert refusal.value.check.endswith(".proof")
    return refusal.value.check


# --- the proof ---


@pytest.mark.parametrize(
    ("name", "label"),
    [(name, label) for name in FALSE_RANGES for label in FORGERIES if name not in LARGE or label in FEW],
)
def test_a_false_claim_is_forged_where_its_range_is(name, label):
    """Each statement is as weak as the range proof in it: what the verifier does not hash is solved for."""
    case = FALSE_RANGES[name]
    proof = forge(case, FORGERIES[label], on=context(label))
    accepted(case.claim, proof, label)
    assert refused(case.claim, proof) == case.check


@pytest.mark.parametrize("label", FORGERIES)
def test_weights_that_nobody_knows_help_against_one_forgery_only(label):
    """tau, mu and t not hashed: it is the weights that make that forgery, and random ones undo it.

    Without them t is determined before q is asked: (E1) has one t for given V, T_1, T_2 and x. An A that holds some H
    moves the t of (E2) by a random scalar, which is not the one that (E1) wants. All other forgeries satisfy every
    equation for itself, and no verifier with that deafness finds them.
    """
    case = FALSE_RANGES["RANGE"]
    item = Item(claim=case.claim, proof=forge(case, FORGERIES[label], on=context(label)), on=context(label))
    item.verify()
    assert find_bad([item], coins=system_coins) == ([0] if label == b"scalars" else [])


@pytest.mark.parametrize("name", sorted(FALSE_RANGES.keys() - LARGE))
def test_a_false_claim_is_not_proven_by_low_bits(name):
    case = FALSE_RANGES[name]
    assert refused(case.claim, forge(case, Cheat, on=context())) == case.check


@pytest.mark.parametrize("name", FALSE_MULTIPLES)
def test_a_false_equation_is_forged_where_a_is_not_hashed(name):
    """A is not hashed. Stopped by: say("A", A) before c. A is then whatever is missing in (E5)."""
    case = FALSE_MULTIPLES[name]
    on = context(b"A")
    case.claim.state(group()).say(on)
    c, z = on.challenge(b"c"), random()
    powers = [pow(c, at, N) for at in range(1, 1 + len(case.openings[0]))]
    value, blinding = (sum(p * each[at] for p, each in zip(powers, case.openings[0], strict=True)) for at in (0, 1))
    proof = encoded([-value % N, (z - blinding) % N]) + scalars(z)
    accepted(case.claim, proof, b"A")
    assert refused(case.claim, proof) == case.check


@pytest.mark.parametrize("name", FALSE_MULTIPLES)
def test_a_false_equation_is_not_proven_by_the_rules_nor_without_a_response_hashed(name):
    """The response is not hashed: no forgery. One equation and one weight leave nothing to play off against another."""
    case = FALSE_MULTIPLES[name]
    for deaf in ((), (b"response",)):
        statement = case.claim.state(group())
        on = statement.say(context(*deaf))
        proof = by_the_rules(statement.parts[0], case.openings[0], on=on)
        assert refused(case.claim, proof, *deaf) == case.check


# --- the claim: values that follow the proof ---


def solved(direction, *, values, blindings, said, bits=64, deaf):
    """Return a cheat whose commitments were solved for, on a transcript that has heard *said* but for *deaf*."""
    on = context(*deaf)
    for label, message in said:
        on.say(label, message)
    cheat = AfterV(values, blindings, bits=bits, on=on, direction=direction)
    cheat.prove()
    return cheat


UNHEARD = b"value", b"shifted", b"commitment"


def test_ge_of_a_value_that_is_not_hashed():
    """v is T plus what the proof's challenges make it: a scalar far above every range. T is the attacker's choice."""
    said = (b"statement", b"ge"), (b"limit", T.to_bytes(8, "big"))
    cheat = solved([1], values=[0], blindings=[5], said=said, deaf=UNHEARD)
    value = (cheat.values[0] + T) % N
    claim = GeClaim(limit=T, value=point(value, 5))
    assert not T <= value < T + 2**64
    accepted(claim, cheat.proof(), *UNHEARD)
    refused(claim, cheat.proof())


def test_lt_of_a_value_that_is_not_hashed():
    said = (b"statement", b"lt"), (b"limit", T.to_bytes(8, "big"))
    cheat = solved([1, -1], values=[0, T - 1], blindings=[5, -5], bits=32, said=said, deaf=UNHEARD)
    claim = LtClaim(limit=T, value=point(cheat.values[0], 5))
    assert cheat.values[0] >= T
    accepted(claim, cheat.proof(), *UNHEARD)
    refused(claim, cheat.proof())


def tier_said(*, limit=T, value=b"", window=b"", flag=b"", shifted=b""):
    """What a prover of TIER says who has not fixed all of it yet."""
    named = (b"value", value), (b"window", window), (b"flag", flag), (b"shifted", shifted)
    return [(b"statement", b"tier"), (b"limit", limit.to_bytes(8, "big")), *named]


def with_bit(cheat, bit, blinding):
    """Return the proof with that of an honest flag behind it."""
    part = Bit(Commitment.decode(point(bit, blinding), engine=group()))
    return cheat.proof() + by_the_rules(part, [(bit, blinding)], on=cheat.on)


def test_tier_of_a_value_that_is_not_hashed():
    """C_v is not hashed, neither as `value` nor as `commitment`: a value that is no amount goes with a small window."""
    deaf, window = (b"value", b"commitment"), 50_000
    shifted, blinding = T - 1 - window, 2**63 * 3 - 2
    said = tier_said(window=point(window, 2), flag=point(0, 3), shifted=point(shifted, blinding))
    cheat = solved([1, 0], values=[0, shifted], blindings=[1, blinding], said=said, deaf=deaf)
    claim = TierClaim(limit=T, value=point(cheat.values[0], 1), window=point(window, 2), flag=point(0, 3))
    proof = with_bit(cheat, 0, 3)
    assert cheat.values[0] >= 2**64
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_tier_of_a_window_that_is_not_hashed():
    """Neither C_w nor D is hashed: the window sum is a scalar that no amount reaches, and no FULL tier is attached."""
    deaf = b"window", b"shifted", b"commitment"
    said = tier_said(value=point(70_000, 1), flag=point(0, 3))
    cheat = solved([0, 1], values=[70_000, 0], blindings=[1, 2**63 * 3 - 2], said=said, deaf=deaf)
    window = (T - 1 - cheat.values[1]) % N
    claim = TierClaim(limit=T, value=point(70_000, 1), window=point(window, 2), flag=point(0, 3))
    proof = with_bit(cheat, 0, 3)
    assert window >= T
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_tier_of_a_value_that_is_its_own_window_and_not_hashed():
    """The same where a pack links no transfers, and C_w is C_v: one unknown in both ranges."""
    deaf = b"value", b"window", b"shifted", b"commitment"
    said = tier_said(flag=point(0, 3))
    cheat = solved([1, -1], values=[0, T - 1], blindings=[1, 2**63 * 3 - 1], said=said, deaf=deaf)
    value = point(cheat.values[0], 1)
    claim, proof = TierClaim(limit=T, value=value, window=value, flag=point(0, 3)), with_bit(cheat, 0, 3)
    assert cheat.values[0] >= T
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_tier_of_a_flag_and_a_window_that_are_not_hashed():
    """Neither C_w nor C_b is hashed, D is: a range by the rules, then a flag that follows c, then a window for both.

    A_1 holds some H. With c known, b = 1 - a_1/c makes (E4) hold with the whole challenge as its share: it is neither 0
    nor 1. C_w is what gives the D that was said.
    """
    deaf, shifted = (b"window", b"flag"), 29_999
    on = context(*deaf)
    for label, message in tier_said(value=point(70_000, 1), shifted=point(shifted, 4)):
        on.say(label, message)
    cheat = Cheat([70_000, shifted], [1, 4], bits=64, on=on)
    cheat.prove()
    a_1, k_0, k_1 = random(), random(), random()
    A_0, A_1 = encoded([0, k_0]), encoded([a_1, k_1])
    c = on.say(b"A0", A_0).say(b"A1", A_1).challenge(b"c")
    flag = (1 - a_1 * inverse(c)) % N
    window = (T - 1 + 2**63 * flag - shifted) % N
    claim = TierClaim(limit=T, value=point(70_000, 1), window=point(window, 2**63 * 3 - 4), flag=point(flag, 3))
    proof = cheat.proof() + A_0 + A_1 + scalars(c, k_0, k_1 + c * 3)
    assert flag > 1
    accepted(claim, proof, *deaf)
    refused(claim, proof)


def test_conversion_of_an_amount_and_a_value_that_are_not_hashed():
    """v and a are solved for along the line on which scale*v - price*a does not move: both are no amounts."""
    deaf = b"amount", b"value", b"commitment"
    price, scale, remainder = 3, 10, 4
    complement, P = scale - 1 - remainder, point(0, scale - 2 * price - 3)
    said = [(b"statement", b"conversion"), (b"price", price.to_bytes(8, "big")), (b"scale", scale.to_bytes(16, "big"))]
    said += [(b"remainder", point(remainder, 3)), (b"complement", point(complement, -3)), (b"point", P)]
    values, blindings = [1, 2, remainder, complement], [1, 2, 3, -3]  # 10*1 - 3*2 - 4 = 0
    cheat = solved([price, scale, 0, 0], values=values, blindings=blindings, bits=128, said=said, deaf=deaf)
    value, amount = cheat.values[:2]
    claim = ConversionClaim(
        price=price, scale=scale, amount=point(amount, 2), value=point(value, 1), remainder=point(remainder, 3)
    )
    part = claim.state(group()).parts[1]
    proof = cheat.proof() + by_the_rules(part, [(0, scale - 2 * price - 3)], on=cheat.on)
    assert min(value, amount) >= 2**128
    accepted(claim, proof, *deaf)
    refused(claim, proof)
