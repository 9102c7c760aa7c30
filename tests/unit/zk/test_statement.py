"""What is the same for every statement: mutations, encodings, contexts, batches."""

from dataclasses import fields, is_dataclass, replace
from itertools import accumulate, permutations

import pytest

from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N, P, group
from carnet.crypto.group.generators import vector_generator
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.zk import statement
from carnet.zk.statement import find_bad, verify, verify_all
from proof_samples import CASES, cheat, context, equality, point, sample, summed, zero

each_statement = pytest.mark.parametrize("name", CASES)


def range_fields(length):
    """Return the sizes of a range proof's fields for vectors of *length*."""
    rounds = length.bit_length() - 3
    return [33] * 4 + [32] * 3 + [33] * 2 * rounds + [32] * 8


BIT = [33, 33, 32, 32, 32]
MULTIPLES = [33, 32]
FIELDS = {
    "range": range_fields(64),
    "ge": range_fields(64),
    "lt": range_fields(64),
    "tier": range_fields(128) + BIT,
    "tiers": range_fields(256) + BIT * 2,
    "zero": MULTIPLES,
    "window": MULTIPLES,
    "sum": MULTIPLES,
    "equality": MULTIPLES,
    "conversion": range_fields(512) + MULTIPLES,
}
BYTES = {
    "range": 748, "ge": 748, "lt": 748, "tier": 976, "tiers": 1204, "zero": 65, "window": 65, "sum": 65,
    "equality": 65, "conversion": 1011,
}  # fmt: skip


def places(name):
    """Return each field of a proof, as where it starts and how long it is."""
    sizes = FIELDS[name]
    return list(zip(accumulate(sizes[:-1], initial=0), sizes, strict=True))


def put(item, at, data):
    return replace(item, proof=item.proof[:at] + data + item.proof[at + len(data) :])


def outcome(item):
    """Return the check that refuses *item*, or "ok"."""
    try:
        item.verify()
    except PeerError as error:
        return error.check
    return "ok"


@each_statement
def test_a_true_claim_is_proven_in_as_many_bytes_as_specified(name):
    item = sample(name)
    assert len(item.proof) == BYTES[name] == sum(FIELDS[name])
    item.verify()


@each_statement
def test_proving_and_verifying_leave_the_transcript_as_it_was(name):
    on, case = context(), CASES[name]()
    proof = case.prove(on=on, coins=system_coins)
    verify(case.claim, proof, on=on)
    verify_all([replace(sample(name), claim=case.claim, proof=proof, on=on)] * 2, coins=system_coins)
    assert on.ask(b"c", 8) == context().ask(b"c", 8)


@each_statement
def test_coins_make_the_proof_and_stuck_ones_repeat_no_nonce(name):
    case = CASES[name]()
    here, there = (case.prove(on=context(record), coins=bytes) for record in (b"1", b"2"))
    assert here[:33] != there[:33]
    assert here[33:65] != there[33:65]
    assert here == case.prove(on=context(b"1"), coins=bytes) != case.prove(on=context(b"1"), coins=visible_coins("a"))


@each_statement
def test_every_field_of_a_proof_matters(name):
    """The opposite of each point, and each scalar with its last bit turned, are as well formed as the right ones."""
    item = sample(name)
    for at, size in places(name):
        where = at if size == 33 else at + size - 1
        assert outcome(put(item, where, bytes([item.proof[where] ^ 1]))) == f"{name}.proof", where


@each_statement
def test_every_scalar_is_reduced_and_every_point_is_one(name):
    item = sample(name)
    x = next(at for at, size in places(name) if size == 33) + 1
    for at, size in places(name):
        if size == 32:
            for bad in (N.to_bytes(32, "big"), b"\xff" * 32):
                with pytest.raises(DecodeError, match=r"proof\.scalar"):
                    put(item, at, bad).verify()
        else:
            for bad in (bytes(33), b"\2" + (5).to_bytes(32, "big"), b"\2" + (P + 1).to_bytes(32, "big")):
                with pytest.raises(DecodeError, match=r"point\.encoding"):
                    put(item, at, bad).verify()
            with pytest.raises(DecodeError, match=r"point\.encoding"):
                put(item, at, b"\4" + item.proof[x : x + 32]).verify()


@each_statement
def test_every_length_but_the_right_one_is_refused(name):
    item = sample(name)
    for proof in (b"", item.proof[:-1], item.proof[:33], item.proof + b"\0", item.proof * 2):
        with pytest.raises(DecodeError, match=r"proof\.length"):
            replace(item, proof=proof).verify()


@each_statement
def test_another_context_is_refused(name):
    with pytest.raises(VerifyError, match=rf"{name}\.proof"):
        replace(sample(name), on=context(b"another")).verify()


# Public inputs.


def variants(data):
    """Yield what may stand in the place of *data* in a claim."""
    match data:
        case int():
            yield from (data + 1, data - 1, data ^ 1 << 10)
        case bytes():
            yield from (point(7, 7), bytes([data[0] ^ 1]) + data[1:])
        case tuple():
            yield from (
                [*data[:at], other, *data[at + 1 :]] for at, each in enumerate(data) for other in variants(each)
            )
            yield from ([*data[::-1]], [*data[:-1]], [*data, data[-1]], [*data, *data])
        case _ if is_dataclass(data):
            for field in fields(data):
                for other in variants(getattr(data, field.name)):
                    try:
                        yield replace(data, **{field.name: tuple(other) if isinstance(other, list) else other})
                    except UsageError:
                        continue


@each_statement
def test_every_public_input_is_bound(name):
    item = sample(name)
    others = [other for other in variants(item.claim) if other != item.claim]
    assert others
    for other in others:
        with pytest.raises(PeerError, match=rf"{name}\.|proof\.length"):
            replace(item, claim=other).verify()


def garbled(data):
    """Yield copies of claim *data* in which one commitment is none."""
    match data:
        case bytes():
            yield from (bytes(33), b"", data[:-1], data + b"\0", b"\2" + (5).to_bytes(32, "big"), b"\4" + data[1:])
        case tuple():
            yield from ((*data[:at], bad, *data[at + 1 :]) for at, each in enumerate(data) for bad in garbled(each))
        case _ if is_dataclass(data):
            for field in fields(data):
                yield from (replace(data, **{field.name: bad}) for bad in garbled(getattr(data, field.name)))


@each_statement
def test_every_commitment_must_be_a_point(name):
    item = sample(name)
    bad = list(garbled(item.claim))
    assert bad
    for claim in bad:
        with pytest.raises(DecodeError, match=r"point\.encoding"):
            replace(item, claim=claim).verify()


def test_no_statement_s_proof_is_another_s():
    """Of two statements whose proofs are equally long, even about the same commitments."""
    for one, other in permutations(CASES, 2):
        swapped = replace(sample(one), claim=sample(other).claim)
        assert outcome(swapped) == (f"{other}.proof" if BYTES[one] == BYTES[other] else "proof.length")
    nothing, same = zero(0), equality(3, 3)
    total = summed(0, 0)
    about = replace(total.claim, sum=nothing.claim.points[0])  # P = S: the very point of ZERO, and as true
    assert outcome(replace(nothing.item(), claim=about)) == "sum.proof"
    (difference,) = same.claim.state(group()).parts[0].commitments
    alone = replace(nothing.claim, points=(difference.data,))
    assert outcome(replace(same.item(), claim=alone)) == "zero.proof"


@pytest.mark.parametrize("name", ["range", "ge", "lt", "tier", "tiers", "sum", "conversion"])
def test_values_on_another_generator_are_not_proven(name, monkeypatch):
    """Whoever commits to values on a generator of another kind proves nothing of them."""
    engine = group()
    wrong = engine.decode(vector_generator(b"G", 0))
    monkeypatch.setattr(
        "proof_samples.point", lambda value, r: engine.encode(engine.msm([value, r], [wrong, engine.generator]))
    )
    case = CASES[name]()
    with pytest.raises(UsageError, match="does not open"):
        case.prove(on=context(), coins=system_coins)
    assert outcome(case.cheat()) == f"{name}.proof"


# Provers.


@each_statement
def test_a_witness_that_opens_something_else_is_refused(name):
    one, other = CASES[name](), CASES[name]()
    with pytest.raises(UsageError, match="does not open"):
        one.prove.func(other.claim, *one.prove.args[1:], **one.prove.keywords, on=context(), coins=system_coins)


@pytest.mark.parametrize("name", ["range", "tiers", "zero", "window"])
def test_a_witness_for_more_or_fewer_commitments_is_refused(name):
    case = CASES[name]()
    claim, openings = case.prove.args
    for wrong in (openings[:-1], [*openings, openings[-1]], []):
        with pytest.raises(UsageError, match="does not open"):
            case.prove.func(claim, wrong, on=context(), coins=system_coins)


# Batches.


def spoiled(item):
    return put(item, len(item.proof) - 1, bytes([item.proof[-1] ^ 1]))


def mixed():
    return [sample(name) for name in CASES]


def test_a_batch_of_all_statements_verifies():
    verify_all(mixed(), coins=system_coins)
    verify_all([], coins=system_coins)
    assert find_bad(mixed(), coins=system_coins) == []


@pytest.mark.parametrize("bad", range(len(CASES)))
def test_one_bad_proof_is_found_wherever_it_is(bad):
    items = mixed()
    items[bad] = spoiled(items[bad])
    with pytest.raises(VerifyError) as refused:
        verify_all(items, coins=system_coins)
    assert refused.value.check == f"{list(CASES)[bad]}.proof"
    assert refused.value.detail == f"item {bad}"


def test_all_bad_proofs_are_found_and_the_first_is_named():
    good, other = sample("zero"), sample("sum")
    unread = replace(good, proof=good.proof[:-1])
    items = [good, unread, good, spoiled(good), replace(other, on=context(b"1")), other, put(other, 0, bytes(33))]
    assert find_bad(items, coins=system_coins) == [1, 3, 4, 6]
    with pytest.raises(DecodeError, match=r"proof\.length: item 1"):
        verify_all(items, coins=system_coins)
    assert find_bad([unread], coins=system_coins) == [0]


def test_a_good_proof_that_fails_in_a_batch_is_our_own_mistake(monkeypatch):
    monkeypatch.setattr(statement, "find_bad", lambda *_, **__: [0])
    with pytest.raises(UsageError):
        verify_all([sample("zero")], coins=system_coins)


def test_swapped_proofs_are_refused():
    one, two = CASES["equality"]().item(), CASES["equality"]().item()
    items = [replace(one, proof=two.proof), replace(two, proof=one.proof)]
    assert find_bad(items, coins=system_coins) == [0, 1]


def test_errors_that_cancel_out_under_equal_weights_are_found_under_random_ones():
    """Two proofs, their last responses moved in opposite directions: unweighted, the errors would sum to zero."""
    items = []
    for name, by in (("zero", 1), ("window", -1)):
        item = sample(name)
        z = (int.from_bytes(item.proof[-32:], "big") + by) % N
        items.append(replace(item, proof=item.proof[:-32] + z.to_bytes(32, "big")))
    assert find_bad(items, coins=system_coins) == [0, 1]
    assert find_bad(items, coins=bytes) == []  # coins that are not random make a batch worthless


def test_a_cheat_that_tells_the_truth_is_believed():
    """What the cheats of these tests lack is the truth alone."""
    for case in (make() for make in CASES.values()):
        verify(case.claim, cheat(case.claim, case.parts, on=context()), on=context())
