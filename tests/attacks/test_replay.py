"""Replays: a proof shown in another place, for another statement, or under another policy pack.

Stopped by: the caller's context, the statement's name and all of its claim are said before the first challenge
(spec/threshold-proofs.md#transcript), and a record's proof has heard the whole record (spec/log.md#proofs).
"""

from dataclasses import replace

import pytest

from attacks.forger import Cheat, N, point
from attacks.statements import Case, T, conversion_case, forge, ge_case, lt_case, multiples, tier_case, tiers_case
from attacks.transcripts import Deaf
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import group
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.exchange.beneficiary import statement
from carnet.exchange.states import TransferState
from carnet.log.record import Source, derive_record, proof_item, prove_record
from carnet.messages import Phase, Role
from carnet.policy.pack import pack_hash
from carnet.secret import Secret
from carnet.testing.world import make_world
from carnet.zk.compare import RangeClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.statement import Item, find_bad, verify
from carnet.zk.tier import TierClaim
from carnet.zk.zero import ZeroClaim


def context(*deaf, record=b"a record"):
    return Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", record)


PROVEN = {}


def honest(case, *deaf):
    """Return a proof by the rules, made once."""
    key = case.claim, deaf
    if key not in PROVEN:
        PROVEN[key] = forge(case, on=context(*deaf))
    return PROVEN[key]


ZERO = multiples("zero.proof", ZeroClaim(points=(point(0, 5),)), (0, 5))
EQUALITY = multiples("equality.proof", EqualityClaim(one=point(70_000, 6), other=point(70_000, 1)), (0, 5))
SUM = multiples("sum.proof", SumClaim(total=70_000, sum=point(70_000, 5)), (0, 5))
ALONE = WindowClaim(records=(WindowRecord(value=point(70_000, 1), window=point(70_000, 6), start=0),))
WINDOW = multiples("window.proof", ALONE, (0, 5))
TIER = tier_case(value=70_000, window=80_000, flag=0)
TIERS = tiers_case({"value": 1, "window": 1, "flag": 0}, {"value": 2, "window": 2, "flag": 1})
GE = ge_case(value=T + 5)
LT = lt_case(value=5)
CONVERSION = conversion_case(amount=10, value=3, remainder=0, price=3, scale=10)
CASES = {
    "GE": GE,
    "LT": LT,
    "TIER": TIER,
    "TIERS": TIERS,
    "ZERO": ZERO,
    "WINDOW": WINDOW,
    "SUM": SUM,
    "EQUALITY": EQUALITY,
    "CONVERSION": CONVERSION,
}


@pytest.mark.parametrize("name", CASES)
def test_a_proof_holds_in_its_own_context_only(name):
    """Copied to another record; to another protocol; to the same record, said twice; to no record at all."""
    case = CASES[name]
    proof = honest(case)
    verify(case.claim, proof, on=context())
    bare, other = Transcript(b"carnet/attack/v1"), Transcript(b"carnet/attack/v2").say(b"record", b"a record")
    for on in (context(record=b"another"), bare, other, context().say(b"record", b"a record"), context(record=b"")):
        with pytest.raises(VerifyError) as refusal:
            verify(case.claim, proof, on=on)
        assert refusal.value.check == case.check


@pytest.mark.parametrize("name", CASES)
def test_a_context_that_is_not_hashed_is_no_context(name):
    """The copier knows no opening: the proof of somebody else's record, shown in its own."""
    case = CASES[name]
    proof = honest(case, b"record")
    verify(case.claim, proof, on=context(b"record", record=b"a record of mine"))
    with pytest.raises(VerifyError):
        verify(case.claim, proof, on=context(record=b"a record of mine"))


# --- another statement about the same commitments ---


def ranges_of(case):
    """Return the claim RANGE about the very commitments that the first part of *case* is about."""
    part = case.claim.state(group()).parts[0]
    return Case(
        RangeClaim(bits=part.bits, commitments=tuple(each.data for each in part.commitments)),
        case.openings[:1],
        "range.proof",
    )


def crossed():
    """Every pair of statements whose equations are the same, with the bytes of one proof that are one of the other."""
    for name in ("GE", "LT", "TIER", "TIERS", "CONVERSION"):
        case, plain = CASES[name], ranges_of(CASES[name])
        size = sum(part.length for part in plain.claim.state(group()).parts)
        yield f"{name} as RANGE", case, plain, lambda proof, size=size: proof[:size]
        if name in {"GE", "LT"}:
            yield f"RANGE as {name}", plain, case, lambda proof: proof
    schnorr = {name: CASES[name] for name in ("ZERO", "WINDOW", "SUM", "EQUALITY")}
    for name, case in schnorr.items():
        for other, target in schnorr.items():
            if name != other:
                yield f"{name} as {other}", case, target, lambda proof: proof


CROSSED = list(crossed())


@pytest.mark.parametrize(("case", "target", "cut"), [each[1:] for each in CROSSED], ids=[each[0] for each in CROSSED])
def test_a_proof_of_one_statement_is_none_of_another(case, target, cut):
    """The commitments, the equations and the bytes are the same, and only what was said differs.

    A verifier that hears nothing of the claims but the commitments of the range, or none of the points, accepts each
    pair. What is accepted is no false statement (the equations are the same), but one that nobody proved: the SUM of an
    epoch from the EQUALITY of a channel, the RANGE of a record's complement from its TIER.
    """
    heard = sorted({label for claim in (case.claim, target.claim) for label, _ in claim.state(group()).said})
    proof = honest(case, *heard)
    verify(target.claim, cut(proof), on=context(*heard))
    proof = honest(case)
    verify(case.claim, proof, on=context())
    with pytest.raises(VerifyError) as refusal:
        verify(target.claim, cut(proof), on=context())
    assert refusal.value.check == target.check


@pytest.mark.parametrize(("case", "target", "cut"), [each[1:] for each in CROSSED], ids=[each[0] for each in CROSSED])
def test_no_pair_is_kept_apart_by_the_statements_name_alone(case, target, cut):
    """The name not hashed: the labels of the claims still differ. The name is for statements that are not there yet."""
    with pytest.raises(VerifyError):
        verify(target.claim, cut(honest(case, b"statement")), on=context(b"statement"))


def test_a_part_of_tiers_is_no_tier():
    """TIERS about two records holds no proof about one of them: neither its bits nor any cut of its range."""
    first, second = TIERS.claim.records
    proof = honest(TIERS)
    for claim in (first, second):
        for at in range(0, len(proof) - 976 + 1, 33):
            with pytest.raises(PeerError, match=r"tier\.proof|point\.encoding|proof\.scalar"):
                verify(claim, proof[at : at + 976], on=context())
        with pytest.raises(DecodeError, match=r"proof\.length"):
            verify(claim, proof, on=context())


def test_records_of_tiers_cannot_be_exchanged_or_repeated():
    proof, (first, second) = honest(TIERS), TIERS.claim.records
    for records in ((second, first), (first, first), (second, second)):
        with pytest.raises(VerifyError, match=r"tiers\.proof"):
            verify(replace(TIERS.claim, records=records), proof, on=context())


def test_the_parts_of_two_tiers_cannot_be_mixed():
    """The range of one proof of a claim with the bit of another of the same claim: c has heard the range."""
    cases = [forge(TIER, lambda *a, s=s, **k: Cheat(*a, sentence=s, **k), on=context()) for s in ("one", "two")]
    for proof in cases:
        verify(TIER.claim, proof, on=context())
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        verify(TIER.claim, cases[0][:814] + cases[1][814:], on=context())


def test_proofs_exchanged_within_a_batch_are_found():
    """All true, each of its own record, two of them exchanged: the sum of all equations is not blind to places."""
    records = [b"%d" % at for at in range(4)]
    proofs = [forge(ZERO, on=context(record=record)) for record in records]
    proofs[1], proofs[2] = proofs[2], proofs[1]
    items = [Item(claim=ZERO.claim, proof=p, on=context(record=r)) for p, r in zip(proofs, records, strict=True)]
    assert find_bad(items, coins=system_coins) == [1, 2]


# --- policy packs ---

COINS = visible_coins("packs")


@pytest.fixture(scope="module")
def sent():
    """Return a world, and the source of the originator's record of a settled transfer."""
    world = make_world()
    payload = world.payload(amount=20_000)
    sealed = world.seal(payload)
    state = TransferState(
        role=Role.BENEFICIARY,
        phase=Phase.PENDING,
        transfer_id=payload.transfer_id,
        counterparty="alice",
        revision=1,
        header_hash=sealed.header_hash,
        salted_txid=bytes(32),
    )
    source = Source(
        header=sealed.header,
        header_hash=sealed.header_hash,
        receipt_hash=bytes(32),
        statement=statement(state, sealed.header, Phase.SETTLED, time=world.now + 7),
        seed=Secret(payload.seed),
        role=Role.ORIGINATOR,
        pack=world.vasps["alice"].pack,
    )
    return source, world.openings(payload)


def with_limit(pack, limit):
    return replace(pack, legs=tuple(replace(rule, full_from=limit) for rule in pack.legs))


@pytest.fixture(scope="module")
def proven(sent):
    source, openings = sent
    record = derive_record(source)
    proof = prove_record(record, source, openings, window=None, coins=COINS)
    proof_item(record, source.pack, proof).verify()
    return source, record, proof


@pytest.mark.parametrize("by", [-1, 1, 10**6])
def test_a_proof_under_another_packs_limit_is_refused(proven, by):
    """The verifier judges by the pack that the record names: T comes from there, and never from the prover."""
    source, record, proof = proven
    other = with_limit(source.pack, max(0, source.rule.full_from + by))
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        proof_item(record, other, proof).verify()


def test_a_record_that_names_another_pack_needs_another_proof(proven):
    """The same limit, and another pack hash: the record has changed, and the proof has heard the record."""
    source, record, proof = proven
    other = replace(source.pack, version=source.pack.version + 1)
    moved = replace(record, pack=pack_hash(other))
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        proof_item(moved, other, proof).verify()


def test_a_proof_made_under_a_milder_pack_is_none_under_the_real_one(sent):
    """The member proves by a pack in which no transfer is large, and shows the record under the pack that it names."""
    source, openings = sent
    mild = replace(source, pack=with_limit(source.pack, 2**32 - 1))
    proof = prove_record(derive_record(mild), mild, openings, window=None, coins=COINS)
    proof_item(derive_record(mild), mild.pack, proof).verify()
    for record in (derive_record(mild), derive_record(source)):
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            proof_item(record, source.pack, proof).verify()


def test_a_verifier_that_hears_neither_limit_nor_window_takes_the_proof_of_a_milder_pack(proven):
    """What the rule is worth: with T, C_w and the record not said, one proof serves two packs (test_bound_twice.py)."""
    source, record, _ = proven
    deaf = b"record", b"limit", b"window"
    limit = source.rule.full_from
    case = tier_case(value=20_000, window=20_000, flag=1, limit=2**32 - 1)
    proof = honest(case, *deaf)
    copy = TierClaim(
        limit=limit,
        value=case.claim.value,
        window=point(20_000 - (2**32 - 1) + limit, 2),
        flag=case.claim.flag,
    )
    verify(copy, proof, on=Deaf(Transcript(b"carnet/attack/v1"), *deaf).say(b"record", record.encode()))
    with pytest.raises(VerifyError, match=r"tier\.proof"):
        verify(copy, proof, on=context())


def test_a_window_above_the_real_limit_is_not_proven_by_a_milder_pack():
    """w = T + 5 without the FULL tier, honestly proven for a limit that nobody set: D is another point under T."""
    mild = tier_case(value=5, window=T + 5, flag=0, limit=2**32 - 1)
    for deaf in ((), (b"record",), (b"limit",), (b"limit", b"shifted", b"commitment")):
        proof = honest(mild, *deaf)
        verify(mild.claim, proof, on=context(*deaf))
        with pytest.raises(VerifyError, match=r"tier\.proof"):
            verify(replace(mild.claim, limit=T), proof, on=context(*deaf))


def test_an_ending_without_a_broadcast_is_no_excuse(sent):
    """A ZERO beside a settled record, and a TIER beside a cancelled one: the kind decides which, and is said."""
    source, openings = sent
    settled = derive_record(source)
    cancelled = replace(settled, kind=Phase.CANCELLED)
    tier = prove_record(settled, source, openings, window=None, coins=COINS)
    with pytest.raises(PeerError, match=r"proof\.length"):
        proof_item(cancelled, source.pack, tier).verify()
    zero = forge(ZERO, on=Transcript(b"carnet/record/v1").say(b"record", settled.encode()))
    with pytest.raises(PeerError, match=r"proof\.length"):
        proof_item(settled, source.pack, zero).verify()
    with pytest.raises(VerifyError, match=r"zero\.proof"):
        proof_item(cancelled, source.pack, zero).verify()


def test_n_is_no_other_limit():
    """A limit that is another number and the same scalar: claims take limits of 32 bits only."""
    with pytest.raises(UsageError, match="limit"):
        replace(TIER.claim, limit=T + N)
