"""What the beneficiary checks before it signs: S3, S4, S5, S15 and the one external code."""

from dataclasses import replace

import pytest

from carnet.crypto import cose, hpke
from carnet.crypto import sign as ed25519
from carnet.envelope.offer import open_header
from carnet.errors import Code, UsageError
from carnet.exchange import beneficiary
from carnet.exchange.examination import Examination, examine, recount
from carnet.exchange.reply import seal_reply
from carnet.ivms101.dialect import read
from carnet.messages import Check, Decision, ValueCommitment
from carnet.params import REPLY_SIZE
from carnet.policy.pack import Leg, LegRule, PolicyPack, Status, pack_hash
from carnet.policy.quote import Quote
from carnet.policy.tier import Tier
from carnet.testing.world import identity_json, load_pack, make_world
from carnet.zk import pedersen
from offer_samples import parts, resigned, sealed_as

POINT = pedersen.commit(value=1, blinding=1)
ALL = Check.OPENED | Check.QUOTE | Check.TIER | Check.FIELDS


@pytest.fixture(scope="module")
def world():
    return make_world()


@pytest.fixture(scope="module")
def payload(world):
    return world.payload()


def examined(world, message, *, now=None, name="bob", **changes):
    opened = open_header(message, trust=world.trust)
    terms = replace(world.terms(name), **changes)
    return examine(opened, trust=world.trust, terms=terms, now=now or world.now)


def requoted(world, payload, **changes):
    """Return *payload* with another quote in euros, signed by the issuer."""
    quotes = []
    for signed in payload.quotes:
        quote = cose.open_signed(Quote, signed, resolve=cose.only(ed25519.public_key(world.issuer)))
        if quote.currency == "EUR":
            signed = cose.sign(replace(quote, **changes), seed=world.issuer)  # noqa: PLW2901 - the one that is replaced
        quotes.append(signed)
    return replace(payload, quotes=tuple(quotes))


def test_nothing_is_wrong_with_a_good_offer(world, payload):
    found = examined(world, world.seal(payload).message)
    assert (found.payload, found.refusal, found.checks) == (payload, None, ALL)


def with_amount(payload, amount):
    return replace(payload, transfer=replace(payload.transfer, amount=amount))


def unopened(world, payload):
    """Name every way to fail between decryption and the opening of the commitments."""
    message = world.seal(payload).message
    header, _ = parts(message)
    other = world.seal(world.payload()).message
    changed = with_amount(payload, payload.transfer.amount + 1)
    usd_only = replace(payload, quotes=payload.quotes[1:])
    off = header.values[0]
    yield "hpke.open", resigned(world, message, counter=9)
    yield "hpke.open", resigned(world, message, unit=POINT)
    yield "hpke.open", sealed_as(world, payload, info=bytes(32))
    yield "hpke.open", sealed_as(world, payload, key=world.vasps["charlie"].bundle.sealing_keys[0].public)
    yield "padding.form", sealed_as(world, payload, plaintext=b"nothing")
    yield "payload.context", sealed_as(world, payload, plaintext=replace(payload, network="x").to_plaintext())
    yield "payload.root", sealed_as(world, payload, payload_root=bytes(32))
    yield "payload.root", sealed_as(world, payload, payload_root=parts(other)[0].payload_root)
    yield "quote.missing", sealed_as(world, usd_only, like=payload)
    yield "quote.duplicate", sealed_as(world, replace(payload, quotes=payload.quotes[:1] * 2), like=payload)
    yield (
        "quote.asset",
        sealed_as(
            world, replace(payload, transfer=replace(payload.transfer, asset="eip155:1/slip44:60")), like=payload
        ),
    )
    yield "quote.exponent", sealed_as(world, requoted(world, payload, exponent=3), like=payload)
    yield "quote.issuer", sealed_as(world, requoted(world, payload, issuer="nobody"), like=payload)
    yield "quote.zero", sealed_as(world, requoted(world, payload, price=0), like=payload)
    yield "quote.zero", sealed_as(world, requoted(world, payload, scale=0), like=payload)
    yield "quote.range", sealed_as(world, with_amount(payload, 2**250), like=payload)
    yield "commitment.opening", sealed_as(world, changed, like=payload)
    yield "commitment.opening", sealed_as(world, requoted(world, payload, price=1), like=payload)
    yield "commitment.opening", sealed_as(world, replace(payload, tier=Tier.BASIC), like=payload)
    yield "commitment.opening", sealed_as(world, payload, unit=POINT)
    yield "commitment.opening", sealed_as(world, payload, flag=POINT)
    yield (
        "commitment.opening",
        sealed_as(world, payload, values=(ValueCommitment(currency="EUR", point=POINT), header.values[1])),
    )
    yield "header.values", sealed_as(world, payload, values=(off,))
    yield "header.values", sealed_as(world, payload, values=header.values[::-1])
    yield "header.window", sealed_as(world, payload, window=POINT)


def replied(world, message, refusal):
    """Return the reply that a beneficiary gives to *message*."""
    opened = open_header(message, trust=world.trust)
    event = beneficiary.Offered(header=opened.header, header_hash=opened.header_hash, verdict=refusal, counter=1)
    (answer, _record) = beneficiary.advance(None, event, now=world.now).effects
    seed = world.vasps["bob"].keystore.identity
    return seal_reply(cose.sign(answer.receipt, seed=seed), terminal=cose.sign(answer.terminal, seed=seed))


def test_s3_s4_s5_whatever_does_not_open_has_one_code_and_one_reply(world, payload):
    seen = set()
    for cause, message in unopened(world, payload):
        found = examined(world, message)
        assert found.refusal is not None, cause
        assert found.refusal.cause == cause
        assert found.refusal == beneficiary.Verdict(decision=Decision.REJECTED, code=Code.UNOPENED)
        assert len(replied(world, message, found.refusal)) == REPLY_SIZE
        seen.add(cause)
    assert len(seen) == 14


def test_c1_the_reply_to_what_does_not_open_holds_no_trace_of_how_far_it_came(world, payload):
    causes = set()
    for cause, message in unopened(world, payload):
        causes.add(cause)
        assert cause.encode() not in replied(world, message, examined(world, message).refusal)
    assert "hpke.open" in causes


def test_a_key_that_is_gone_asks_for_a_repair(world, payload):
    found = examined(world, world.seal(payload).message, keys={})
    assert (found.refusal.decision, found.refusal.code) == (Decision.REPAIR, Code.STALE_KEY)
    assert found.payload is None


def test_s5_a_quote_out_of_its_window_asks_for_a_repair(world, payload):
    found = examined(world, world.seal(payload).message, now=world.now + 3601)
    assert (found.refusal.decision, found.refusal.code) == (Decision.REPAIR, Code.STALE_QUOTE)
    assert found.checks == Check.OPENED


def pack_of(name, **changes):
    return replace(load_pack(name), **changes)


def test_packs_that_are_unknown_old_or_not_the_law_here_ask_for_a_repair_before_anything_is_decrypted(
    world, payload, monkeypatch
):
    message = world.seal(payload).message
    header, _ = parts(message)
    monkeypatch.setattr(hpke.PrivateKey, "open", lambda *_given, **_named: pytest.fail("decrypted"))
    fatf, eu = load_pack("fatf-2019"), load_pack("eu-tfr-2023")
    ours = world.terms("bob").packs
    cases = {
        "pack.own": {"own_pack": bytes(32)},
        "pack.unknown": {"packs": {header.beneficiary_pack: eu}},
        "pack.jurisdiction": {"packs": {**ours, header.originator_pack: eu}},
        "policy.window": {"packs": {**ours, header.originator_pack: replace(fatf, effective_until=world.now)}},
        "policy.leg": {"packs": {**ours, header.originator_pack: replace(fatf, legs=eu.legs[1:])}},
    }
    for cause, changes in cases.items():
        found = examined(world, message, **changes)
        assert found.refusal.cause == cause
        assert (found.refusal.decision, found.refusal.code) == (Decision.REPAIR, Code.STALE_POLICY)


def test_a_pack_whose_issuer_is_not_sure_judges_only_on_demand(world, payload):
    message = world.seal(payload).message
    header, _ = parts(message)
    terms = world.terms("bob")
    packs = {**terms.packs, header.originator_pack: pack_of("fatf-2019", status=Status.UNVERIFIED)}
    opened = open_header(message, trust=world.trust)
    refused = examine(opened, trust=world.trust, terms=replace(terms, packs=packs), now=world.now)
    assert (refused.refusal.cause, refused.refusal.code) == ("policy.unverified", Code.STALE_POLICY)
    asked_for = replace(terms, packs=packs, unverified=True)
    assert examine(opened, trust=world.trust, terms=asked_for, now=world.now).refusal is None


def test_the_tier_that_the_stricter_pack_asks_for_must_be_declared(world, payload):
    """The EU has no limit, so that BASIC is never enough for bob, however small the value."""
    small = replace(with_amount(payload, 10), tier=Tier.BASIC)
    found = examined(world, world.seal(small).message)
    assert (found.refusal.decision, found.refusal.code) == (Decision.REPAIR, Code.INCOMPLETE_IDENTITY)
    assert found.checks == Check.OPENED | Check.QUOTE | Check.TIER


def test_missing_fields_are_named_and_never_their_contents(world, payload):
    document = identity_json()
    person = document["originator"]["originatorPerson"][0]
    del person["accountNumber"], person["naturalPerson"]["dateAndPlaceOfBirth"]
    found = examined(world, world.seal(replace(payload, identity=read(document).identity)).message)
    assert (found.refusal.decision, found.refusal.code) == (Decision.REPAIR, Code.MISSING_FIELDS)
    assert "/originator/originatorPerson/0/accountNumber" in found.refusal.paths
    assert not any("Sample" in path for path in found.refusal.paths)


def test_at_most_so_many_paths_are_named_as_a_receipt_holds(world, payload):
    document = {"originator": {"originatorPerson": [{"naturalPerson": {}}] * 16}, "beneficiary": {}}
    found = examined(world, world.seal(replace(payload, identity=read(document).identity)).message)
    assert len(found.refusal.paths) == 16
    event = beneficiary.Offered(
        header=world.seal(payload).header, header_hash=bytes(32), verdict=found.refusal, counter=1
    )
    assert beneficiary.advance(None, event, now=world.now).state.paths == found.refusal.paths


@pytest.fixture
def lenient(world):
    """Return a world whose bob lives under a law with the same limit as alice's."""
    fatf = load_pack("fatf-2019")
    bob = world.vasps["bob"]
    member = replace(bob.member, jurisdiction="FATF")
    members = tuple(member if one.vasp == "bob" else one for one in world.trust.directory.members)
    trust = replace(world.trust, directory=replace(world.trust.directory, members=members))
    vasps = {**world.vasps, "bob": replace(bob, pack=fatf, member=member)}
    return replace(world, vasps=vasps, trust=trust)


def lean():
    document = identity_json()
    person = document["originator"]["originatorPerson"][0]["naturalPerson"]
    del person["geographicAddress"], person["dateAndPlaceOfBirth"]
    return read(document).identity


def unit_in_dollars(world):
    directory = replace(world.trust.directory, unit=replace(world.trust.directory.unit, currency="USD"))
    return replace(world, trust=replace(world.trust, directory=directory))


@pytest.mark.parametrize(
    ("amount", "identity", "tier", "code"),
    [
        (999_990, "lean", Tier.BASIC, None),
        (999_991, "lean", Tier.BASIC, Code.INCOMPLETE_IDENTITY),  # rounded up
        (1_000_000, "lean", Tier.BASIC, Code.INCOMPLETE_IDENTITY),
        (1_000_000, "rich", Tier.FULL, None),
        (999_990, "rich", Tier.BASIC, Code.OVERCOLLECTION),
        (999_990, "rich", Tier.FULL, Code.OVERCOLLECTION),
        (0, "lean", Tier.BASIC, None),
    ],
)
def test_just_below_the_limit_less_is_asked_for_and_more_is_too_much(lenient, amount, identity, tier, code):
    people = lean() if identity == "lean" else read(identity_json()).identity
    payload = lenient.payload(amount=amount, tier=tier, identity=people)
    found = examined(lenient, lenient.seal(payload).message)
    assert (found.refusal and found.refusal.code) == code
    if code is Code.OVERCOLLECTION:
        assert found.refusal.paths
        assert all("naturalPerson" in path for path in found.refusal.paths)


def test_where_a_window_is_kept_its_commitment_is_not_compared(lenient):
    """A pack with a linked window: C_w is blinded by a secret of the originator alone."""
    fatf = load_pack("fatf-2019")
    legs = tuple(replace(leg, linked_window_s=86400) if leg.leg is Leg.VASP else leg for leg in fatf.legs)
    windowed = replace(fatf, legs=legs)
    vasps = {name: replace(vasp, pack=windowed) for name, vasp in lenient.vasps.items() if name != "charlie"}
    world = replace(lenient, vasps=vasps)
    payload = world.payload(amount=1_000_000)
    data = sealed_as(world, payload, window=POINT)
    assert examined(world, data).refusal is None
    assert isinstance(legs[0], LegRule)
    assert isinstance(windowed, PolicyPack)
    assert pack_hash(windowed) in world.packs


def under_windows(lenient):
    """Return a world whose one law links the transfers of a day, and asks for FULL data from a high limit on."""
    fatf = load_pack("fatf-2019")
    legs = tuple(replace(leg, linked_window_s=86400, full_from=10**9) for leg in fatf.legs)
    windowed = replace(fatf, legs=legs)
    vasps = {name: replace(vasp, pack=windowed) for name, vasp in lenient.vasps.items() if name != "charlie"}
    return replace(lenient, vasps=vasps)


def test_the_receiving_customers_window_decides_the_tier(lenient):
    world = under_windows(lenient)
    payload = world.payload(amount=1_000_000, tier=Tier.BASIC, identity=lean())
    data = sealed_as(world, payload, window=POINT)
    opened = open_header(data, trust=world.trust)
    for earlier, code in ((0, None), (10**9, Code.INCOMPLETE_IDENTITY)):
        terms = replace(world.terms("bob"), earlier=lambda _header, _transfer, earlier=earlier: earlier)
        found = examine(opened, trust=world.trust, terms=terms, now=world.now)
        assert (found.refusal and found.refusal.code) == code
        again = recount(examine(opened, trust=world.trust, terms=world.terms("bob"), now=world.now), earlier=earlier)
        assert again == found


def test_full_data_is_not_too_much_where_a_window_that_nobody_else_sees_may_ask_for_it(lenient):
    world = under_windows(lenient)
    payload = world.payload(amount=1_000_000, tier=Tier.FULL, identity=read(identity_json()).identity)
    assert examined(world, sealed_as(world, payload, window=POINT)).refusal is None


def test_what_did_not_open_is_not_counted_again():
    with pytest.raises(UsageError):
        recount(Examination(payload=None, refusal=None), earlier=1)


def test_the_unit_of_account_may_be_the_packs_currency(lenient):
    world = unit_in_dollars(lenient)
    payload = world.payload(amount=2_000_000)
    header = world.seal(payload).header
    assert [value.currency for value in header.values] == ["USD"]
    assert header.values[0].point != header.unit
    assert examined(world, world.seal(payload).message).refusal is None
