"""Suite `tier`: honest proofs at the edges, and every way to be wrong that the specification names."""

import proving
from kit import vector
from proving import BASES, ENGINE, PROTOCOL, asked, point

from carnet.crypto.coins import hedged, visible_coins
from carnet.crypto.group import N, P
from carnet.secret import Secret
from carnet.zk.bulletproof import prove_range, range_proof_length
from carnet.zk.commitment import Opening
from carnet.zk.fields import random_scalars
from carnet.zk.sigma import prove_bit
from carnet.zk.statement import Bit
from carnet.zk.tier import TIER_PROOF_LENGTH, TierClaim, TierWitness, prove_tier, shifted

CONTEXT = [
    {"label": b"currency", "message": b"EUR"},
    {"label": b"pack", "message": bytes(range(32))},
    {"label": b"record", "message": bytes(range(32, 48))},
]
T = 100_000
IPA = 4 * 33 + 3 * 32  # where the rounds begin
OR = range_proof_length(bits=64, count=2)


def transcript(protocol=PROTOCOL, said=CONTEXT):
    return proving.transcript(protocol, said)


def opened(sentence, *, limit, value, window=None, full=False):
    """Return a claim and what opens it, honest or not; without a window, the value is its own."""
    value_blinding, window_blinding, flag_blinding = random_scalars(visible_coins(sentence), 3)
    if window is None:
        window, window_blinding = value, value_blinding
    claim = TierClaim(
        limit=limit,
        value=point(value, value_blinding),
        window=point(window, window_blinding),
        flag=point(int(full), flag_blinding),
    )
    witness = TierWitness(
        value=value,
        value_blinding=value_blinding,
        window=window,
        window_blinding=window_blinding,
        full=full,
        flag_blinding=flag_blinding,
    )
    return claim, witness


def given(claim, proof, expect, *, protocol=PROTOCOL, said=CONTEXT):
    return {
        "protocol": protocol,
        "said": said,
        "limit": claim.limit,
        "value": claim.value,
        "window": claim.window,
        "flag": claim.flag,
        "proof": proof,
        "expect": expect,
    } | asked(claim, proof, protocol=protocol, said=said, expect=expect)


def honest(sentence, *, protocol=PROTOCOL, said=CONTEXT, **opening):
    claim, witness = opened(sentence, **opening)
    proof = prove_tier(claim, witness, on=transcript(protocol, said), coins=visible_coins(sentence + ", proven"))
    return claim, witness, proof


def good(sentence, **opening):
    claim, witness, proof = honest(sentence, **opening)
    return given(claim, proof, "ok") | {
        "coins_text": sentence + ", proven",
        "witness": {
            "value": witness.value,
            "value_blinding": witness.value_blinding.to_bytes(32, "big"),
            "window": witness.window,
            "window_blinding": witness.window_blinding.to_bytes(32, "big"),
            "full": witness.full,
            "flag_blinding": witness.flag_blinding.to_bytes(32, "big"),
        },
    }


def broken(sentence, *, prove, **opening):
    """Return a claim and the proof of a prover who has its own way to *prove* a part."""
    claim, witness = opened(sentence, **opening)
    value, window, flag = (
        Opening(value=witness.value, blinding=witness.value_blinding),
        Opening(value=witness.window, blinding=witness.window_blinding),
        Opening(value=int(witness.full), blinding=witness.flag_blinding),
    )
    parts = [[value, shifted(claim.limit, window, flag)], [flag]]
    return claim, proving.cheated(claim, parts, sentence, prove=prove, on=transcript())


def cheated(sentence, *, bit=None, values=None, **opening):
    """Return a claim, false as it may be, and the proof of a prover who follows the rules but for the truth."""
    claim, witness = opened(sentence, **opening)
    flag = int(opening.get("full", False))
    second = claim.limit - 1 - witness.window + 2**63 * flag
    _, shifted, committed = claim.derive(ENGINE)
    on = claim.state(ENGINE).say(transcript())
    coins = hedged(visible_coins(sentence), witness=Secret(b""), context=b"")
    proof = prove_range(
        [claim.value, shifted.data],
        values=values or [witness.value % 2**64, second % 2**64],
        blindings=[witness.value_blinding, (2**63 * witness.flag_blinding - witness.window_blinding) % N],
        bits=64,
        on=on,
        coins=coins,
    )
    bit = min(flag, 1) if bit is None else bit
    return claim, proof + prove_bit(
        committed.point, bit=bit, blinding=witness.flag_blinding, basis=BASES, on=on, coins=coins
    )


SAMPLE, _, PROOF = honest("an ordinary proof", limit=T, value=70_000, window=99_000)


def changed(at, bytes_):
    return PROOF[:at] + bytes_ + PROOF[at + len(bytes_) :]


def nudged(at):
    """Return the sample's proof with the last bit of the scalar at *at* turned."""
    return changed(at + 31, bytes([PROOF[at + 31] ^ 1]))


def replaced(at):
    """Return the sample's proof with another point at *at*."""
    return changed(at, point(1, 12_345))


# Proofs that verify.


@vector("tier")
def nothing_transferred():
    """With v = w = 0, nothing, below a limit."""
    return good("nothing transferred", limit=T, value=0)


@vector("tier")
def last_below_the_limit():
    """The window sum w = T - 1 needs no flag."""
    return good("one below the limit", limit=T, value=T - 1)


@vector("tier")
def at_the_limit_with_the_full_tier():
    """The window sum w = T has the flag."""
    return good("at the limit", limit=T, value=T, full=True)


@vector("tier")
def above_the_limit_with_the_full_tier():
    """The window sum w = T + 1 has the flag."""
    return good("one above the limit", limit=T, value=T + 1, full=True)


@vector("tier")
def below_the_limit_with_the_full_tier():
    """More data than needed may be attached."""
    return good("more than needed", limit=T, value=5, full=True)


@vector("tier")
def always_full():
    """A pack with full_from = 0 makes the limit 0: only a set flag satisfies it."""
    return good("always full", limit=0, value=0, full=True)


@vector("tier")
def largest_limit():
    """The largest limit that a pack may have, and the largest window below it."""
    return good("the largest limit", limit=2**32 - 1, value=2**32 - 2)


@vector("tier")
def largest_value():
    """The largest value; its window sum is another commitment, as 2^64 - 1 would be too large for one."""
    return good("the largest value", limit=T, value=2**64 - 1, window=T, full=True)


@vector("tier")
def largest_window():
    """The largest window sum: 2^63 + T - 1."""
    return good("the largest window", limit=T, value=1, window=2**63 + T - 1, full=True)


@vector("tier")
def window_apart_from_the_value():
    """Earlier transfers lift the window sum over the value."""
    return good("a window apart", limit=T, value=70_000, window=99_999)


# False claims, by provers who follow the rules but for the truth.


@vector("tier")
def at_the_limit_without_the_flag():
    """The window sum w = T and no flag: T - 1 - w is -1, of which only the low 64 bits are in range."""
    return given(*cheated("at the limit, unflagged", limit=T, value=T), "tier.proof")


@vector("tier")
def always_full_without_the_flag():
    """Under a limit of 0, not even nothing goes without the flag."""
    return given(*cheated("always full, unflagged", limit=0, value=0), "tier.proof")


@vector("tier")
def negative_value():
    """The value v = -5, the first cheat to try: below every limit, and to be subtracted from a sum."""
    return given(*cheated("minus five", limit=T, value=-5), "tier.proof")


@vector("tier")
def negative_value_offsets_a_window():
    """The value v = -850,000 hides behind a sound window sum; only the value's own range refuses it."""
    return given(*cheated("an offset", limit=T, value=-850_000, window=50_000), "tier.proof")


@vector("tier")
def negative_value_with_the_full_tier():
    """The flag excuses the window sum, never the value."""
    return given(*cheated("minus a billion", limit=T, value=-(10**9), window=0, full=True), "tier.proof")


@vector("tier")
def value_of_sixty_five_bits():
    """The value v = 2^64 is one too many."""
    return given(*cheated("sixty-five bits", limit=T, value=2**64, window=0), "tier.proof")


@vector("tier")
def window_too_large_for_the_flag():
    """The window sum w = 2^63 + T is one more than the flag excuses."""
    return given(*cheated("one too many", limit=T, value=1, window=2**63 + T, full=True), "tier.proof")


@vector("tier")
def flag_of_two():
    """The flag b = 2 would lift a window sum twice, and count double in the sum of flags."""
    return given(*cheated("a double flag", limit=T, value=T, full=2, values=[T, 2**64 - 1]), "tier.proof")


@vector("tier")
def flag_of_minus_one():
    """The flag b = -1 would take a FULL record out of the sum of flags; w is chosen so that both ranges hold."""
    window = T - 1 - 2**63 - 5
    return given(*cheated("a negative flag", limit=T, value=1, window=window, full=-1, bit=0), "tier.proof")


@vector("tier")
def shifted_commitment_is_the_identity():
    """Commitments made to cancel out in the second one; a point that has no encoding cannot be said."""
    (blinding,) = random_scalars(visible_coins("cancelling out"), 1)
    window = point(T - 1, 2**63 * blinding % N)
    claim = TierClaim(limit=T, value=SAMPLE.value, window=window, flag=point(0, blinding))
    return given(claim, PROOF, "tier.shifted")


# False or true claims, by provers who break the rules of one part.


def bits_by(prove):
    """Return how a prover proves whose bits alone are by another rule."""

    def prove_part(part, known, *, on, coins):
        if isinstance(part, Bit):
            return prove(known[0].blinding, on, coins)
        return proving.by_the_rules(part, known, on=on, coins=coins)

    return prove_part


@bits_by
def without_a_share(r, on, coins):
    """Prove that b = 0 with a share of 0 for the other branch: A_1 = z_1*G."""
    nonce, z_1 = random_scalars(coins, 2)
    return proving.answered(on, point(0, nonce), point(0, z_1), lambda c: [0, nonce + c * r, z_1])


@bits_by
def without_a_response(r, on, coins):
    """Prove that b = 0 with a response of 0 for the other branch: A_1 = -c_1*(C - H)."""
    nonce, c_1 = random_scalars(coins, 2)
    simulated = point(c_1, -c_1 * r % N)
    return proving.answered(on, point(0, nonce), simulated, lambda c: [c_1, nonce + (c - c_1) * r, 0])


@bits_by
def off_by_as_much(r, on, coins):
    """Prove that b = 0, but with X added to A_0 and taken from A_1."""
    nonce, c_1, z_1, error = random_scalars(coins, 4)
    true, simulated = point(error, nonce), point(c_1 - error, (z_1 - c_1 * r) % N)
    return proving.answered(on, true, simulated, lambda c: [c_1, nonce + (c - c_1) * r, z_1])


@bits_by
def twice_the_challenge(r, on, coins):
    """Prove that b = 2, with c_1 = 2c: the errors of both equations, 2(c - c_1)*H and c_1*H, cancel out."""
    nonce_0, nonce_1 = random_scalars(coins, 2)
    return proving.answered(
        on, point(0, nonce_0), point(0, nonce_1), lambda c: [2 * c, nonce_0 - c * r, nonce_1 + 2 * c * r]
    )


@vector("tier")
def a_share_of_zero():
    """Zero is a scalar like any other: c_1 = 0, by a prover who does not choose it at random."""
    return given(*broken("a share of zero", limit=T, value=5, prove=without_a_share), "ok")


@vector("tier")
def a_response_of_zero():
    """Nor is z_1 = 0 refused."""
    return given(*broken("a response of zero", limit=T, value=5, prove=without_a_response), "ok")


@vector("tier")
def a_share_of_n():
    """The proof of a_share_of_zero with n for 0: all equations hold of it modulo n."""
    claim, proof = broken("a share of zero", limit=T, value=5, prove=without_a_share)
    return given(claim, proving.changed(proof, OR + 66, proving.UNREDUCED), "proof.scalar")


@vector("tier")
def vectors_made_up():
    """For v = w = -850,000 (E1) is solved for t and tau, and (E3), (E4) hold: (E2) alone fails."""
    return given(*broken("vectors made up", limit=T, value=-850_000, prove=proving.solved), "tier.proof")


@vector("tier")
def errors_of_the_bit_cancel_out():
    """A_0 + X and A_1 - X: (E3) and (E4) fail, their sum holds, and only different weights tell."""
    return given(*broken("errors of a bit", limit=T, value=70_000, prove=off_by_as_much), "tier.proof")


@vector("tier")
def flag_of_two_cancels_out():
    """A flag of 2 lifts w = T - 1 + 2^64 - 5 into range; with c_1 = 2c, (E3) and (E4) fail and their sum holds."""
    window = T - 1 + 2**64 - 5
    opening = {"limit": T, "value": 70_000, "window": window, "full": 2}
    return given(*broken("a double flag, cancelled", **opening, prove=twice_the_challenge), "tier.proof")


# A true claim's proof, and other public inputs.


@vector("tier")
def other_limit():
    """The limit is bound: one unit more."""
    claim = TierClaim(limit=T + 1, value=SAMPLE.value, window=SAMPLE.window, flag=SAMPLE.flag)
    return given(claim, PROOF, "tier.proof")


@vector("tier")
def other_value_commitment():
    """The value's commitment is bound."""
    claim = TierClaim(limit=T, value=point(70_000, 7), window=SAMPLE.window, flag=SAMPLE.flag)
    return given(claim, PROOF, "tier.proof")


@vector("tier")
def other_window_commitment():
    """The window's commitment is bound."""
    claim = TierClaim(limit=T, value=SAMPLE.value, window=point(99_000, 7), flag=SAMPLE.flag)
    return given(claim, PROOF, "tier.proof")


@vector("tier")
def other_flag_commitment():
    """The flag's commitment is bound."""
    claim = TierClaim(limit=T, value=SAMPLE.value, window=SAMPLE.window, flag=point(0, 7))
    return given(claim, PROOF, "tier.proof")


@vector("tier")
def value_and_window_swapped():
    """The two commitments have different parts."""
    claim = TierClaim(limit=T, value=SAMPLE.window, window=SAMPLE.value, flag=SAMPLE.flag)
    return given(claim, PROOF, "tier.proof")


@vector("tier")
def another_record():
    """A proof copied into another record."""
    said = [*CONTEXT[:2], {"label": b"record", "message": bytes(16)}]
    return given(SAMPLE, PROOF, "tier.proof", said=said)


@vector("tier")
def another_label():
    """The same message under another label."""
    said = [{"label": b"currencY", "message": b"EUR"}, *CONTEXT[1:]]
    return given(SAMPLE, PROOF, "tier.proof", said=said)


@vector("tier")
def another_protocol():
    """A proof from another protocol or version."""
    return given(SAMPLE, PROOF, "tier.proof", protocol=b"carnet/example/v2")


# A true claim's proof, with one field changed.


def field_changed(name, why, change, expect="tier.proof"):
    def build():
        return given(SAMPLE, change(), expect)

    build.__name__, build.__doc__ = name, why
    vector("tier")(build)


for _name, _at in {
    "A": 0, "S": 33, "T1": 66, "T2": 99, "first_L": IPA, "first_R": IPA + 33,
    "last_L": IPA + 33 * 8, "last_R": IPA + 33 * 9, "A0": OR, "A1": OR + 33,
}.items():  # fmt: skip
    field_changed(f"other_{_name.lower()}", f"Another point for {_name}.", lambda at=_at: replaced(at))
for _name, _at in {
    "tau": 132, "mu": 164, "t": 196, "first_a": OR - 256, "last_a": OR - 160, "first_b": OR - 128,
    "last_b": OR - 32, "c1": OR + 66, "z0": OR + 98, "z1": OR + 130,
}.items():  # fmt: skip
    field_changed(f"other_{_name}", f"The last bit of {_name} turned.", lambda at=_at: nudged(at))


for _name, _at in {
    "mu": 164, "t": 196, **{f"a_{at}": OR - 256 + 32 * at for at in range(4)},
    **{f"b_{at}": OR - 128 + 32 * at for at in range(4)}, "c_1": OR + 66, "z_0": OR + 98,
}.items():  # fmt: skip
    field_changed(
        f"{_name}_not_reduced", f"The scalar {_name} is n.",
        lambda at=_at: changed(at, proving.UNREDUCED), "proof.scalar",
    )  # fmt: skip


@vector("tier")
def scalar_not_reduced():
    """A scalar of n or more has another form below n, and is refused before any arithmetic."""
    return given(SAMPLE, changed(132, N.to_bytes(32, "big")), "proof.scalar")


@vector("tier")
def last_scalar_not_reduced():
    """The very last scalar is held to the same rule."""
    return given(SAMPLE, changed(OR + 130, b"\xff" * 32), "proof.scalar")


@vector("tier")
def point_is_the_identity():
    """The point T_1 as zeros, which is no encoding of anything."""
    return given(SAMPLE, changed(66, bytes(33)), "point.encoding")


@vector("tier")
def point_not_on_the_curve():
    """The point A_0 with an x that no point has."""
    return given(SAMPLE, changed(OR, b"\2" + (5).to_bytes(32, "big")), "point.encoding")


@vector("tier")
def point_not_reduced():
    """The first L with p + 1 for its x."""
    return given(SAMPLE, changed(IPA, b"\2" + (P + 1).to_bytes(32, "big")), "point.encoding")


@vector("tier")
def commitment_not_on_the_curve():
    """A claim is held to the same rule as a proof."""
    claim = TierClaim(limit=T, value=b"\2" + (5).to_bytes(32, "big"), window=SAMPLE.window, flag=SAMPLE.flag)
    return given(claim, PROOF, "point.encoding")


@vector("tier")
def cut_short():
    """The last byte is missing."""
    return given(SAMPLE, PROOF[:-1], "proof.length")


@vector("tier")
def one_byte_more():
    """A byte follows the proof."""
    return given(SAMPLE, PROOF + b"\0", "proof.length")


@vector("tier")
def empty():
    """No proof at all."""
    return given(SAMPLE, b"", "proof.length")


@vector("tier")
def all_zeros():
    """The right length and nothing in it."""
    return given(SAMPLE, bytes(TIER_PROOF_LENGTH), "point.encoding")
