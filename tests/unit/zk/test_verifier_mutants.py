"""What `make mutants` asked for: mistakes that no other test noticed."""

import pytest

from carnet.crypto.coins import system_coins
from carnet.crypto.group import N, P, available, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.zk import bulletproof, statement
from carnet.zk.batch import Batch, public_coins
from carnet.zk.bulletproof import prove_range
from carnet.zk.commitment import Commitment, Opening
from carnet.zk.fields import Fields
from carnet.zk.linear import MAX_RECORDS, WindowClaim, WindowRecord
from carnet.zk.pedersen import commit, shift, total
from proof_samples import CASES, context, point, ranges, zero


def test_a_weight_is_made_of_sixteen_bytes():
    drawn = []

    def coins(count):
        drawn.append(count)
        return b"\xff" * count

    assert Batch(group(), coins).weight() == 2**128
    assert drawn == [16]


def test_the_weights_of_one_proof_are_asked_under_their_label():
    on, same = (Transcript(b"carnet/test/v1") for _ in range(2))
    assert public_coins(on)(16) == same.ask(b"weight", 16)


def settled(vectors, *, points=()):
    """Tell whether the products of *vectors* and *points* cancel out against what a second way of adding up gives."""
    engine = group()
    batch = Batch(engine, system_coins)
    bases_left, bases_right = batch.bases.vectors(max(len(left) for left, _, _ in vectors))
    for left, right, by in vectors:
        batch.add_vectors(list(left), list(right), shift=by)
        for scalars, shifted, basis in ((left, -by, bases_left), (right, by, bases_right)):
            for scalar, generator in zip(scalars, basis, strict=False):
                batch.add(-(scalar + shifted) % N, generator)
    for scalar, summand in points:
        batch.add(scalar, summand)
    return batch.holds()


def test_vectors_of_one_length_and_of_several_add_up_with_their_shifts():
    assert settled([([1, 2, 3, 4], [5, 6, 7, 8], 0)])
    assert settled([([1, 2, 3, 4], [5, 6, 7, 8], 9), ([10, 20, 30, 40], [50, 60, 70, 80], 0)])
    assert settled([([1, 2, 3, 4], [5, 6, 7, 8], 9), ([1, 2, 3, 4], [5, 6, 7, 8], 11), ([3], [4], 5)])
    assert settled([([N, N + 1, -3, 4 * N], [5 * N, -6, 7, N - 8], -9), ([1, 2], [3, 4], N + 1)])


def test_a_point_that_comes_again_counts_as_often_as_it_comes():
    engine = group()
    one, other = engine.generator, engine.add(engine.generator, engine.generator)
    vectors = [([1, 2], [3, 4], 0)]
    assert settled(vectors, points=[(4, one), (-1, other), (-2, one)])
    assert not settled(vectors, points=[(4, one), (-1, other)])
    assert not settled(vectors, points=[(4, one), (-1, other), (-2, one), (1, other)])


@pytest.mark.parametrize(("blinding", "opens"), [(0, False), (1, True), (N - 1, True), (N, False), (N + 1, False)])
def test_a_blinding_that_opens_lies_from_one_to_the_order(blinding, opens):
    basis = bases(group())
    commitment = group().encode(basis.commit(value=7, blinding=blinding % N or 1))
    assert Opening(value=7, blinding=blinding).opens(commitment, basis) is opens


def test_a_formula_is_collected_with_all_its_numbers_however_long_it_is():
    engine = group()
    openings = [Opening(value=value, blinding=value + 1) for value in (5, 7, 11)]
    one, two, three = (Commitment.decode(each.commit(), engine=engine) for each in openings)
    for formula in (
        (9 - one) + (4 - two),
        (one - 9) - (two - 4),
        (9 - one) - (4 - one),
        5 - (3 - one),
        2 * (9 - one),
        9 - one - two,
        (9 - one - two - three) + (4 - one),
        9 - one + two + three + one + two + three,
        3 * (9 - one + two + three + one) - 2,
    ):
        for scalar in (1, -6, N + 2):
            batch = Batch(engine, system_coins)
            formula.collect(batch, scalar)
            batch.add(-scalar, formula.point)
            assert batch.holds()
            batch.add_bases(value=1, blinding=0)
            assert not batch.holds()


@pytest.mark.parametrize("name", CASES)
def test_a_verifier_has_heard_what_the_prover_said_to_the_last_word(name):
    """What the weights of one proof come from: they must depend on every response, the last one too."""
    case, engine = CASES[name](), group()
    said, heard = context(), context()
    stated, proof = case.claim.state(engine), b""
    stated.say(said)
    for part, openings in zip(stated.parts, case.parts, strict=True):
        proof += part.prove(openings, basis=bases(engine), on=said, coins=system_coins)
    case.claim.state(engine).read(proof, on=heard, engine=engine)
    assert heard.clone().ask(b"weight", 16) == said.ask(b"weight", 16)
    for at in range(0, len(proof), 8):
        other = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        on = context()
        try:
            case.claim.state(engine).read(other, on=on, engine=engine)
        except DecodeError:
            continue
        assert on.ask(b"weight", 16) != heard.clone().ask(b"weight", 16), at


def test_a_window_may_have_its_most_records_and_no_more():
    records = [WindowRecord(value=b"", window=b"", start=0)] * (MAX_RECORDS + 1)
    assert len(WindowClaim(records=tuple(records[:MAX_RECORDS])).starts) == MAX_RECORDS
    with pytest.raises(UsageError):
        WindowClaim(records=tuple(records))


def test_the_smallest_and_the_largest_shift_are_shifts():
    assert shift(commit(value=10, blinding=20), by=1) == commit(value=10, blinding=21)
    assert shift(commit(value=10, blinding=20), by=N - 1) == commit(value=10, blinding=19)


def test_commitments_that_cancel_out_are_refused_by_name():
    with pytest.raises(VerifyError) as refused:
        total([point(5, 6), point(-5, N - 6)])
    assert refused.value.check == "sum.point"


def test_a_verifier_that_is_given_an_engine_asks_for_no_other(monkeypatch):
    engine, item = group(), zero(0, 0).item()
    case = ranges(3, bits=16)
    proof = prove_range(
        [each.commit() for each in case.parts[0]],
        values=[each.value for each in case.parts[0]],
        blindings=[each.blinding for each in case.parts[0]],
        bits=16,
        on=context(),
        coins=system_coins,
    )
    for module in (statement, bulletproof):
        monkeypatch.setattr(module, "group", None)
    statement.verify(item.claim, item.proof, on=item.on, engine=engine)
    assert statement.find_bad([item], coins=system_coins, engine=engine) == []
    statement.verify_all([item], coins=system_coins, engine=engine)
    bulletproof.verify_range([case.parts[0][0].commit()], proof, bits=16, on=context(), engine=engine)


@pytest.mark.parametrize(
    ("scalars", "good"), [([0, N - 1], True), ([N, 1], False), ([1, N], False), ([1, N + 1], False)]
)
def test_a_scalar_of_a_proof_is_below_the_order(scalars, good):
    data = b"".join(scalar.to_bytes(32, "big") for scalar in scalars)
    fields = Fields(data, length=64, engine=group())
    if good:
        assert fields.scalars(2) == (data, scalars)
        return
    with pytest.raises(DecodeError) as refused:
        fields.scalars(2)
    assert refused.value.check == "proof.scalar"


@pytest.mark.parametrize("length", [63, 65])
def test_a_proof_has_its_length(length):
    with pytest.raises(DecodeError) as refused:
        Fields(bytes(64), length=length, engine=group())
    assert refused.value.check == "proof.length"


def test_no_engine_takes_anything_but_the_compressed_encoding_of_a_point():
    good = [group().generator, bases(group()).value, group().negate(group().generator)]
    encoded = [group().encode(each) for each in good]
    x = encoded[0][1:]
    off_curve = next(at.to_bytes(32, "big") for at in range(1, 99) if pow(at**3 + 7, (P - 1) // 2, P) == P - 1)
    bad = [b"", b"\2", b"\2" + x[:-1], b"\2" + x + b"\0", x, *(bytes([head]) + x for head in (0, 1, 4, 5, 6, 255))]
    bad += [b"\2" + off_curve, b"\3" + off_curve, b"\2" + b"\xff" * 32, bytes(33)]
    small = next(at for at in range(1, 99) if pow(at**3 + 7, (P - 1) // 2, P) == 1)
    bad += [b"\2" + (P + small).to_bytes(32, "big"), b"\3" + (P + small).to_bytes(32, "big")]
    for engine in map(group, available()):
        for data in encoded:
            assert engine.encode(engine.decode(data)) == data
        for data in bad:
            with pytest.raises(DecodeError) as refused:
                engine.decode(data)
            assert refused.value.check == "point.encoding", (engine.name, data.hex())
