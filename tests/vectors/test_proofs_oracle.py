"""The vectors of proofs, judged by the slow verifier that shares no code with the library; challenges too."""

import hashlib
from functools import cache

from py_ecc.secp256k1.secp256k1 import multiply

import vector_files
from carnet.crypto.group.generators import vector_generator
from oracle import bulletproof as naive
from proof_vectors import challenges, context, number, suites


class Listener(naive.Conversation):
    """A conversation that remembers the challenges it was asked for."""

    def __init__(self, protocol, said=()):
        super().__init__(protocol, said)
        self.heard = []

    def challenge(self, label):
        self.heard.append((label, super().challenge(label)))
        return self.heard[-1][1]


class Generators:
    """Both families, from the first on, decoded when they are needed."""

    def __init__(self, family):
        self.family = family

    def __getitem__(self, wanted):
        return [decoded(self.family, index) for index in range(wanted.stop)]


@cache
def decoded(family, index):
    return naive.point(vector_generator(family, index))


FAMILIES = Generators(b"G"), Generators(b"H")


@naive.judged
def range_holds(bits, commitments, proof, *, on, generators):
    naive.say(on, (b"statement", b"range"))
    return range_alone_holds.__wrapped__(bits, commitments, proof, on=on, generators=generators)


@naive.judged
def range_alone_holds(bits, commitments, proof, *, on, generators):
    pieces = naive.Pieces(proof)
    held = naive.range_holds(commitments, pieces, bits=bits, on=on, generators=generators)
    pieces.finish()
    return held


def compared(case, proof, **terms):
    match case["statement_text"]:
        case "range":
            return range_holds(case["bits"], case["commitments"], proof, **terms)
        case "ge":
            return naive.ge_holds(case["limit"], case["value"], proof, **terms)
    return naive.lt_holds(case["limit"], case["value"], proof, **terms)


def tier(record):
    return record["limit"], record["value"], record["window"], record["flag"]


def conversion(case, proof, **terms):
    named = [case[name] for name in ("amount", "value", "remainder")]
    return naive.conversion_holds(case["price"], number(case["scale"]), named, proof, **terms)


def windows(case):
    return [(each["value"], each["window"], each["start"]) for each in case["records"]]


HOLDS = {
    "range": lambda case, proof, **terms: range_alone_holds(case["bits"], case["commitments"], proof, **terms),
    "compare": compared,
    "tier": lambda case, proof, **terms: naive.tier_holds(*tier(case), proof, **terms),
    "tiers": lambda case, proof, **terms: naive.tiers_holds([*map(tier, case["records"])], proof, **terms),
    "conversion": conversion,
    "zero": lambda case, proof, on, **_: naive.zero_holds(case["points"], proof, on=on),
    "window": lambda case, proof, on, **_: naive.window_holds(windows(case), proof, on=on),
    "sum": lambda case, proof, on, **_: naive.sum_holds(number(case["total"]), case["sum"], proof, on=on),
    "equality": lambda case, proof, on, **_: naive.equality_holds(case["one"], case["other"], proof, on=on),
}


@suites(*HOLDS)
def test_the_oracle_judges_as_the_vector_says_and_asks_the_same_challenges(suite, case):
    on = context(case, Listener)
    held = HOLDS[suite](case, case["proof"], on=on, generators=FAMILIES)
    assert held == (case["expect"] == "ok"), case["why"]
    if "challenges" in case:
        assert on.heard == challenges(case)
    if held:
        assert [1 + number(on.ask(b"weight", 16)) for _ in case["weights"]] == list(map(number, case["weights"]))


@vector_files.each("batch")
def test_the_oracle_finds_the_bad_proofs_of_a_batch(case):
    held = [
        HOLDS[each["suite_text"]](each, each["proof"], on=context(each, Listener), generators=FAMILIES)
        for each in case["proofs"]
    ]
    assert [at for at, good in enumerate(held) if not good] == case["bad"], case["why"]


def test_the_oracles_products_are_those_of_a_slow_curve():
    scalars = [1, 2, 3, naive.N - 1, *(int(hashlib.sha256(bytes([i])).hexdigest(), 16) % naive.N for i in range(8))]
    assert [naive.times(each, naive.H) for each in scalars] == [multiply(naive.H, each) for each in scalars]
