"""Sums crafted to cancel out on the way: a proof's points are its prover's choice, and are added up by clever means.

A point and its opposite in one bucket, equal points, multiples of the generators that tables know, scalars at the
edges of digits: an engine whose addition has an exceptional case, or that takes the identity for a failure, would give
another sum here and accept or refuse what it should not. Stopped by: the identity is no point of the library, is known
as such in every sum, and each raw call's answer is looked at (spec/threshold-proofs.md#group).
"""

from dataclasses import replace

import pytest

from attacks.forger import N, chance, encoded, inverse, scalars
from attacks.statements import forge, multiples
from carnet.crypto.coins import system_coins
from carnet.crypto.group import available, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import VerifyError
from carnet.zk.linear import WindowClaim, WindowRecord
from carnet.zk.statement import Item, find_bad, verify
from carnet.zk.zero import ZeroClaim

EDGES = (0, 1, 2, N - 1, N - 2, N // 2, N // 2 + 1, inverse(2), inverse(16), 2**128, 2**128 + 1, 2**255 % N, 15, 16, 17)
EDGES += tuple(int(digit * 64, 16) % N for digit in "1578ef")
SIZES = [(False, 3), (False, 40), (False, 150), (False, 450), (True, 3), (True, 40)]
"""Whether hardened, and how many terms (some two for each): few enough for products one by one, and for buckets."""

ENGINES = [name for name in available() if name != "reference"]
random = chance("crafted sums")


def context():
    return Transcript(b"carnet/attack/v1").say(b"record", b"a record")


def crafted(count):
    """Return scalars and logarithms of points that cancel out in every window, pair by pair, in several ways."""
    found = []
    for at in range(count):
        s, k = random(), random()
        edge = EDGES[at % len(EDGES)]
        found += [
            [(s, k), (s, -k)],  # a point and its opposite in the same bucket
            [(s, k), (-s, k)],  # a scalar and its opposite
            [(s, k), (s, k)],  # doubled
            [(edge, k), (edge, -k), (s, 1), (s, -1)],  # the generator and its opposite
            [(edge, 1), (edge, k)],
        ][at % 5]
    return found


@pytest.mark.parametrize(
    ("name", "hardened", "count"),
    [(name, hardened, count) for name in ENGINES for hardened, count in SIZES],
)
def test_products_of_crafted_points_are_what_their_logarithms_say(name, hardened, count):
    engine = group(name, hardened=hardened)
    terms = crafted(count)
    points = [engine.mul(k, engine.generator) for _, k in terms]
    expected = sum(s * k for s, k in terms) % N
    total = engine.msm([s for s, _ in terms], points)
    assert engine.encode(total) == engine.encode(engine.mul(expected, engine.generator))


@pytest.mark.parametrize("count", [2, 100, 300])
@pytest.mark.parametrize("name", ENGINES)
def test_sums_that_cancel_out_wholly_are_the_identity(name, count):
    """Not a failed call, and not the last point that was looked at; and one point more is that point."""
    engine = group(name)
    pairs = [(random(), random()) for _ in range(count)]
    factors = [s for s, _ in pairs for _ in range(2)]
    points = [engine.mul(k * sign, engine.generator) for _, k in pairs for sign in (1, -1)]
    assert engine.is_identity(engine.msm(factors, points))
    assert engine.is_identity(engine.add(*points))
    assert engine.encode(engine.msm([*factors, 1], [*points, engine.generator])) == encoded([0, 1])
    equal = [points[0]] * (2 * count)
    assert engine.is_identity(engine.msm([1, N - 1] * count, equal))
    assert engine.encode(engine.msm([1] * (2 * count), equal)) == engine.encode(engine.mul(2 * count, points[0]))


@pytest.mark.parametrize("name", ENGINES)
def test_tables_know_the_identity_too(name):
    """Vectors of zeros, of ones, of edges, and those whose whole sum is zero, for which no table has an entry.

    Multiples of n among them, as numbers that were never reduced: a weight times a scalar may be anything.
    """
    engine = group(name)
    basis = bases(engine)
    basis.build(16)
    whole = [basis.blinding, basis.value, *(each for pair in zip(*basis.vectors(16), strict=True) for each in pair)]
    for edge in EDGES:
        for left, right in (([edge] * 16, [0] * 16), ([0] * 16, [edge] * 16), ([edge] * 16, [N - edge] * 16)):
            found = basis.msm(value=edge, blinding=N - edge, left=left, right=[x - 3 * N for x in right])
            factors = [N - edge, edge, *(each for pair in zip(left, right, strict=True) for each in pair)]
            slow = [engine.mul(factor, each) for factor, each in zip(factors, whole, strict=True) if factor % N]
            if edge == 0:
                assert engine.is_identity(found)
            else:
                assert engine.encode(found) == engine.encode(engine.add(*slow))


def test_a_batch_full_of_opposites_judges_as_it_should():
    """Items whose points are all each other's opposites: P and -P, A and -A, true and false ones side by side."""
    items, expected = [], []
    for at in range(40):
        r, k, value = random(), random(), 5 if at % 7 == 3 else 0
        for sign in (1, -1):
            claim = ZeroClaim(points=(encoded([value * sign % N, r * sign % N]),))
            on = context()
            said = claim.state(group()).say(on.clone())
            first = encoded([0, k * sign % N])
            c = said.say(b"A", first).challenge(b"c")
            items.append(Item(claim=claim, proof=first + scalars(k * sign + c * r * sign), on=on))
            if value:
                expected.append(len(items) - 1)
    assert find_bad(items, coins=system_coins) == expected


@pytest.mark.parametrize("name", available())
def test_window_sums_that_cancel_out_on_the_way(name):
    """Values C, -C, C: the running sum is the identity after two records, and every window is judged all the same."""
    engine, r = group(name), 5
    value, opposite = encoded([900, r]), encoded([N - 900, N - r])
    windows = encoded([900, 11]), encoded([0, 12]), encoded([900, 13]), encoded([0, 14])
    values = value, opposite, value, opposite
    records = [WindowRecord(value=v, window=w, start=0) for v, w in zip(values, windows, strict=True)]
    claim = WindowClaim(records=tuple(records))
    openings = ((0, 11 - r), (0, 12), (0, 13 - r), (0, 14))
    proof = forge(multiples("window.proof", claim, *openings), on=context())
    verify(claim, proof, on=context(), engine=engine)
    later = WindowClaim(records=(*records[:3], replace(records[3], start=2)))
    with pytest.raises(VerifyError, match=r"window\.proof"):  # still a true sum, and another claim
        verify(later, proof, on=context(), engine=engine)
    wrong = replace(records[1], window=encoded([1, 12]))
    false = WindowClaim(records=(records[0], wrong, *records[2:]))
    with pytest.raises(VerifyError, match=r"window\.proof"):
        verify(false, proof, on=context(), engine=engine)
