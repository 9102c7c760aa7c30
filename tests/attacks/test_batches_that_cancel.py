"""Batches crafted to cancel: false proofs whose errors add up to nothing.

Stopped by: every equation has a weight of its own, of 128 bits, drawn for this batch by a generator that no prover can
foresee; or, for the equations of one proof, asked on a transcript that has heard all of it
(spec/threshold-proofs.md#batches). Each weak verifier here is the library's own with other coins.
"""

# the letters of the specification

from dataclasses import replace

import pytest

from attacks.forger import Cheat, N, chance, encoded, inverse, point, scalars
from attacks.statements import FALSE, T, forge, ge_case, multiples, tier_case
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import group
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.batch import Batch
from carnet.zk.compare import RangeClaim
from carnet.zk.statement import Item, find_bad, verify, verify_all
from carnet.zk.zero import ZeroClaim

random = chance("batches")


def context(record=b"a record"):
    return Transcript(b"carnet/attack/v1").say(b"record", record)


def equal(count):
    """Coins of a verifier that gives every equation the weight 1."""
    return bytes(count)


def foreseen():
    """Coins of a verifier whose generator the prover knows, from its start."""
    return visible_coins("a seed that was published")


def weights(coins, count):
    return [1 + int.from_bytes(coins(16), "big") for _ in range(count)]


class Errors:
    """A TIER proof that is false in its range, and whose last message is still open.

    With a cheat's range, (E1) is off by some multiple of H that the prover knows. So is (E4) for any share c_1, as the
    OR is about a flag that is no bit; and c_1 is chosen last.
    """

    def __init__(self, case, record):
        self.claim, self.on = case.claim, context(record)
        known, ((self.b, self.r),) = case.openings
        case.claim.state(group()).say(self.on)
        self.cheat = Cheat([v for v, _ in known], [r for _, r in known], bits=64, on=self.on, sentence=record.decode())
        self.cheat.prove()
        self.k_0, self.k_1 = random(), random()
        self.A = encoded([0, self.k_0]), encoded([0, self.k_1])
        self.c = self.on.say(b"A0", self.A[0]).say(b"A1", self.A[1]).challenge(b"c")

    def error(self, c_1, w):
        """What is left of H in (E1), (E3) and (E4), weighted: t*H on the one side, b*H and (b-1)*H on the other."""
        w_1, _, w_3, w_4 = w
        t = int.from_bytes(self.cheat.sent[b"scalars"][64:], "big")
        owed = self.cheat.owed_t()
        return (w_1 * (t - owed) - w_3 * (self.c - c_1) * self.b - w_4 * c_1 * (self.b - 1)) % N

    def solve(self, w, *, rest=0):
        """Return the proof whose own error is -*rest* under the weights *w*."""
        slope = (self.error(1, w) - self.error(0, w)) % N
        return self.answer((-rest - self.error(0, w)) * inverse(slope) % N)

    def answer(self, c_1):
        responses = scalars(c_1, self.k_0 + (self.c - c_1) * self.r, self.k_1 + c_1 * self.r)
        return self.cheat.proof() + b"".join(self.A) + responses


def false_tier(seed):
    """A flag of 2, -850,000 in the value, and a window far above the limit."""
    return tier_case(value=FALSE, window=T + 10**9, flag=2, seed=seed)


def item(error, proof, record):
    return Item(claim=error.claim, proof=proof, on=context(record))


def test_one_proof_cancels_its_own_errors_under_weights_that_it_can_foresee():
    """Range and flag are both false; c_1 is chosen so that what is left of H is zero."""
    for coins in (lambda: equal, foreseen):
        error = Errors(false_tier(1), b"1")
        proof = error.solve(weights(coins(), 4))
        verify_all([item(error, proof, b"1")], coins=coins())
        assert find_bad([item(error, proof, b"1")], coins=system_coins) == [0]
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(error.claim, proof, on=context(b"1"))


def test_two_proofs_cancel_each_others_errors():
    """The first is answered anyhow; the second takes up what the first leaves. Halved, both fail, and are named."""
    for coins in (lambda: equal, foreseen):
        one, two = Errors(false_tier(1), b"1"), Errors(false_tier(11), b"2")
        w = weights(coins(), 8)
        c_1 = random()
        items = [item(one, one.answer(c_1), b"1"), item(two, two.solve(w[4:], rest=one.error(c_1, w[:4])), b"2")]
        verify_all(items, coins=coins())
        assert find_bad(items, coins=system_coins) == [0, 1]
        for each in items:
            with pytest.raises(VerifyError, match=r"tier\.proof"):
                each.verify()


def test_weights_per_proof_are_too_few():
    """One weight for each proof, and none for its equations: each proof cancels its own errors, whatever the weight.

    Stopped by: the weight is the equation's, and not the proof's.
    """

    class PerProof:
        def __init__(self):
            self.asked = 0
            self.drawn = b""

        def __call__(self, count):
            if self.asked % 4 == 0:
                self.drawn = system_coins(count)
            self.asked += 1
            return self.drawn

    errors = [Errors(false_tier(seed), b"%d" % seed) for seed in (1, 11)]
    items = [item(error, error.solve([1, 1, 1, 1]), b"%d" % seed) for seed, error in zip((1, 11), errors, strict=True)]
    verify_all(items, coins=PerProof())
    assert find_bad(items, coins=system_coins) == [0, 1]


def test_two_copies_of_a_proof_are_wrong_in_opposite_directions():
    """Equal weights: the last vectors of one copy moved by d, of the other by -d. Both are other bytes, and wrong.

    Each coefficient of Gs is off by f*d and -f*d, the challenges being the same, since the vectors come after them. No
    false claim, but two proofs that do not verify alone. Stopped by: weights that are not equal; and a verdict on a
    proof is the same alone and among others.
    """
    case = ge_case(value=T + 5)
    proof = forge(case, on=context())
    at, d = 748 - 256, 77

    def moved(by):
        return proof[:at] + scalars(int.from_bytes(proof[at : at + 32], "big") + by) + proof[at + 32 :]

    items = [Item(claim=case.claim, proof=moved(by), on=context()) for by in (d, -d)]
    assert find_bad(items, coins=equal) == []
    assert find_bad(items, coins=system_coins) == [0, 1]


def test_answers_that_are_wrong_in_opposite_directions_cancel_out():
    """Two ZERO proofs, z off by d and by -d/w. True claims, false proofs: z moves G alone, and G is all it can mend.

    A false ZERO has an error in H, which c has fixed before z is chosen: under no weights is there a lever for it. That
    is why the attacks above need a flag.
    """
    claims = [ZeroClaim(points=(point(0, r),)) for r in (5, 6)]
    for coins in (lambda: equal, foreseen):
        w, items = weights(coins(), 2), []
        for claim, r, error in zip(claims, (5, 6), (w[1], -w[0]), strict=True):
            proof = forge(multiples("zero.proof", claim, (0, r)), on=context())
            z = int.from_bytes(proof[33:], "big")
            items.append(Item(claim=claim, proof=proof[:33] + scalars(z + error), on=context()))
        verify_all(items, coins=coins())
        assert find_bad(items, coins=system_coins) == [0, 1]


def test_a_false_claim_among_many_true_ones_is_found():
    """Whatever the others are: the chance over one weight alone is 2^-128."""
    case = multiples("zero.proof", ZeroClaim(points=(point(0, 5),)), (0, 5))
    items = [
        Item(claim=case.claim, proof=forge(case, on=context(b"%d" % at)), on=context(b"%d" % at)) for at in range(9)
    ]
    error = Errors(false_tier(1), b"f")
    items[4] = item(error, error.solve([1, 1, 1, 1]), b"f")
    assert find_bad(items, coins=system_coins) == [4]
    with pytest.raises(VerifyError, match=r"tier\.proof: item 4"):
        verify_all(items, coins=system_coins)


def test_weights_of_one_proof_are_asked_after_all_of_it():
    """The forger of one proof knows the rule for its weights, and every answer that it tries asks for others."""
    error = Errors(false_tier(1), b"1")
    c_1 = random()
    for _ in range(8):
        on = error.on.clone().say(b"responses", error.answer(c_1)[-96:])
        w = [1 + int.from_bytes(on.ask(b"weight", 16), "big") for _ in range(4)]
        proof = error.solve(w)  # right under these weights, which were those of another answer
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(error.claim, proof, on=context(b"1"))
        c_1 = int.from_bytes(proof[880:912], "big")


def test_no_weight_is_zero_and_none_is_shared():
    """A weight of zero would drop an equation; equal weights are what all attacks here live on."""
    zero, system = Batch(group(), bytes), Batch(group(), system_coins)
    assert zero.weight() == 1
    drawn = {system.weight() for _ in range(1000)}
    assert len(drawn) == 1000
    assert max(drawn) <= 2**128


def test_an_item_counts_as_often_as_it_is_there():
    """One false proof n times, in the hope that the weights of its copies add up to n: they are drawn one by one."""
    cheat = Cheat([FALSE], [7], bits=16, on=context().say(b"statement", b"range"))
    cheat.prove()
    claim = RangeClaim(bits=16, commitments=tuple(cheat.commitments))
    items = [Item(claim=claim, proof=cheat.proof(), on=context())] * 3
    assert find_bad(items, coins=system_coins) == [0, 1, 2]
    assert find_bad([replace(items[0], on=context(b"x")), *items], coins=system_coins) == [0, 1, 2, 3]
