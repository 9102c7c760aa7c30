from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.envelope.offer import open_header
from carnet.envelope.payload import Transfer
from carnet.errors import Code, PolicyError, UsageError
from carnet.exchange.examination import examine
from carnet.exchange.preparation import minimised, prepare
from carnet.ivms101 import read, to_json
from carnet.messages import Decision
from carnet.policy.pack import Leg, leg_rule, pack_hash
from carnet.policy.quote import Quote
from carnet.policy.tier import Tier
from carnet.testing.world import BITCOIN, identity_json, make_world

LIMIT = 1_000_000  # satoshi: 1,000 dollars, where the limit of the FATF begins; ten of them are a cent


@pytest.fixture(scope="module")
def world():
    return make_world()


def offer(world, *, to="bob", amount=LIMIT, data=None, **changes):
    alice, other = world.vasps["alice"], world.vasps[to]
    terms = {
        "keystore": alice.keystore,
        "bundle": other.bundle,
        "packs": (alice.pack, other.pack),
        "quotes": world.quotes,
        "trust": world.trust,
        "counter": 1,
        "now": world.now,
        "lifetime": 3600,
        "coins": world.coins,
    }
    transfer = Transfer(asset=BITCOIN, amount=amount, destination_address="bc1q-invented")
    return prepare(read(data or identity_json()).identity, transfer, **(terms | changes))


def judged(world, prepared, *, by="bob"):
    opened = open_header(prepared.sealed.message, trust=world.trust)
    return examine(opened, trust=world.trust, terms=world.terms(by), now=world.now)


@pytest.mark.parametrize(
    ("to", "amount", "tier"),
    [("bob", 1, Tier.FULL), ("bob", LIMIT, Tier.FULL), ("alice", LIMIT - 10, Tier.BASIC), ("alice", LIMIT, Tier.FULL)],
)
def test_what_is_prepared_passes_its_examination(world, to, amount, tier):
    prepared = offer(world, to=to, amount=amount)
    found = judged(world, prepared, by=to)
    assert found.refusal is None
    assert found.payload == prepared.payload
    assert (prepared.payload.tier, prepared.required, prepared.missing) == (tier, tier, ())


def test_more_data_than_needed_may_be_promised_but_not_sent(world):
    prepared = offer(world, to="alice", amount=1, tier=Tier.FULL)
    assert judged(world, prepared, by="alice").refusal is None
    assert (prepared.payload.tier, prepared.required) == (Tier.FULL, Tier.BASIC)
    assert "dateAndPlaceOfBirth" not in str(to_json(prepared.payload.identity))


def test_what_is_missing_is_what_the_examination_asks_for(world):
    data = identity_json()
    del data["beneficiary"]["beneficiaryPerson"][0]["accountNumber"]
    prepared = offer(world, data=data)
    refusal = judged(world, prepared).refusal
    assert (refusal.decision, refusal.code) == (Decision.REPAIR, Code.MISSING_FIELDS)
    assert refusal.paths == prepared.missing == ("/beneficiary/beneficiaryPerson/0/accountNumber",)


def test_too_low_a_tier_is_foreseen(world):
    prepared = offer(world, tier=Tier.BASIC)
    assert prepared.payload.tier < prepared.required
    assert judged(world, prepared).refusal.code is Code.INCOMPLETE_IDENTITY


def test_revisions_share_an_id_and_no_seed(world):
    first = offer(world)
    second = offer(world, transfer_id=first.payload.transfer_id, revision=2)
    assert (second.payload.transfer_id, second.payload.revision) == (first.payload.transfer_id, 2)
    assert second.payload.seed != first.payload.seed


def test_each_law_needs_a_price_in_its_currency_and_unit(world):
    with pytest.raises(PolicyError, match=r"quote\.missing"):
        offer(world, quotes=world.quotes[:1])
    euros, dollars = (Quote.decode(cose.payload_of(signed)) for signed in world.quotes)
    odd = cose.sign(replace(dollars, exponent=3), seed=world.issuer)
    with pytest.raises(PolicyError, match=r"quote\.exponent"):
        offer(world, quotes=(cose.sign(euros, seed=world.issuer), odd))


def test_a_law_of_elsewhere_is_refused(world):
    eu = world.vasps["bob"].pack
    with pytest.raises(PolicyError, match=r"pack\.jurisdiction"):
        offer(world, packs=(eu, eu))


def linking(pack):
    """Return *pack* as it were if it linked the transfers of a day."""
    return replace(pack, legs=tuple(replace(rule, linked_window_s=86400) for rule in pack.legs))


def test_a_pack_with_a_window_needs_its_sum(world):
    windowed = linking(world.vasps["alice"].pack)
    packs = (windowed, world.vasps["bob"].pack)
    with pytest.raises(UsageError, match="window"):
        offer(world, packs=packs)
    prepared = offer(world, packs=packs, earlier=5)
    own = prepared.openings.values[leg_rule(windowed, Leg.VASP).currency]
    assert prepared.window.value == own.value + 5
    assert prepared.sealed.header.window == prepared.window.commit()
    assert prepared.sealed.header.originator_pack == pack_hash(windowed)


def test_the_blinding_of_a_window_sum_is_not_the_seeds(world):
    packs = (linking(world.vasps["alice"].pack), world.vasps["bob"].pack)
    one, other = (offer(world, packs=packs, earlier=earlier).window for earlier in (5, 6))
    assert one.blinding != other.blinding
    alice = world.vasps["alice"]
    forgetful = replace(alice.keystore, window_secret=bytes(32))
    assert offer(world, packs=packs, earlier=5, keystore=forgetful).window.blinding != one.blinding


def test_the_window_sum_decides_the_tier(world):
    own = world.vasps["alice"].pack
    strict = replace(own, legs=tuple(replace(rule, full_from=10**9) for rule in own.legs))
    packs = (linking(strict), world.vasps["bob"].pack)
    lenient = replace(packs[1], legs=tuple(replace(rule, full_from=10**9) for rule in packs[1].legs))
    amount = {"packs": (packs[0], lenient)}
    assert offer(world, **amount, earlier=0).payload.tier is Tier.BASIC
    assert offer(world, **amount, earlier=10**9).payload.tier is Tier.FULL
    without_window = (strict, lenient)
    assert offer(world, packs=without_window, earlier=10**9).payload.tier is Tier.BASIC


def test_data_that_one_law_asks_for_stays(world):
    fatf = leg_rule(world.vasps["alice"].pack, Leg.VASP)
    lenient = replace(fatf, basic_excess=fatf.basic_excess[:1])
    identity = read(identity_json()).identity
    person = minimised(identity, fatf, lenient, tier=Tier.BASIC).originator.originator_person[0].natural_person
    assert person.geographic_address == ()
    assert person.date_and_place_of_birth is not None
    assert minimised(identity, fatf, lenient, tier=Tier.FULL) == identity
