from dataclasses import replace
from itertools import product

import pytest

import pack_files
from carnet.errors import PolicyError, UsageError
from carnet.ivms101 import IdentityPayload, read
from carnet.policy import (
    Fact,
    Leg,
    PersonKind,
    Side,
    Subject,
    Tier,
    decide,
    excess,
    missing,
    rule_for,
)
from fixture_files import fixture

WHOLE = read(fixture("trisa/ivms101/identity_payload.json")).identity
EU, FATF, UK = (pack_files.pack(name) for name in ("eu-tfr-2023", "fatf-2019", "uk-mlr-2023"))
CH, SG = pack_files.pack("ch-finma-2019"), pack_files.pack("sg-psn02-2020")
ANY, NATURAL, LEGAL = PersonKind.ANY, PersonKind.NATURAL, PersonKind.LEGAL


def side(pack, value=None, **more):
    return Side(name="originator", pack=pack, value=value, **more)


def refusal(act):
    with pytest.raises(PolicyError) as caught:
        act()
    return caught.value.check


@pytest.mark.parametrize("pack", pack_files.ALL, ids=lambda pack: pack.id)
def test_each_law_is_applied_at_its_limit_and_one_below(pack):
    limit = rule_for(pack, Leg.VASP).full_from
    assert decide([side(pack, limit)], Leg.VASP).tier is Tier.FULL
    if limit:
        assert decide([side(pack, limit - 1)], Leg.VASP).tier is Tier.BASIC


def test_the_stricter_of_two_laws_decides_and_both_lists_apply():
    decision = decide([side(UK, 99_999), Side(name="beneficiary", pack=EU)], Leg.VASP)
    assert [each.tier for each in decision.judgements] == [Tier.BASIC, Tier.FULL]
    assert decision.tier is Tier.FULL
    asked = {packs for each in decision.required for packs in [each.packs]}
    assert asked == {("uk-mlr-2023",), ("uk-mlr-2023", "eu-tfr-2023"), ("eu-tfr-2023",)}
    fields = [each.field for each in decision.required]
    assert len(fields) == len(set(fields))
    assert set(fields) == {*UK.legs[0].full, *EU.legs[0].full}


def test_two_sides_under_one_law_name_it_once():
    decision = decide([side(EU), Side(name="beneficiary", pack=EU)], Leg.VASP)
    assert {each.packs for each in decision.required} == {("eu-tfr-2023",)}


@pytest.mark.parametrize(("sender", "receiver"), [*product([ANY, NATURAL, LEGAL], repeat=2)])
def test_only_what_the_kinds_of_persons_need_is_required(sender, receiver):
    decision = decide([side(SG, 150_001)], Leg.VASP, kinds=(sender, receiver))
    for subject, kind in ((Subject.ORIGINATOR, sender), (Subject.BENEFICIARY, receiver)):
        asked = {each.field.kind for each in decision.required if each.field.subject is subject}
        assert asked == ({ANY, NATURAL, LEGAL} if kind is ANY else {ANY, kind})


def test_missing_and_excess_are_those_of_examination():
    sides = [side(FATF, 99_999), Side(name="beneficiary", pack=SG, value=1)]
    decision = decide(sides, Leg.VASP, identity=WHOLE)
    assert (decision.tier, decision.missing) == (Tier.BASIC, ())
    assert decision.excess == excess(WHOLE, FATF.legs[0], Tier.BASIC) != ()
    empty = decide(sides, Leg.VASP, identity=IdentityPayload())
    assert empty.missing == missing(IdentityPayload(), FATF.legs[0], Tier.BASIC) != ()
    assert empty.excess == ()


def test_what_one_law_asks_for_is_not_too_much_for_the_other():
    open_handed = replace(SG, legs=(replace(SG.legs[0], basic_excess=()),))
    sides = [side(FATF, 1), Side(name="beneficiary", pack=open_handed, value=1)]
    assert decide(sides, Leg.VASP, identity=WHOLE).excess == ()


@pytest.mark.parametrize(("value", "needed"), [(100_000, False), (100_001, True)])
def test_ownership_is_proven_from_its_limit(value, needed):
    decision = decide([side(EU, value)], Leg.SELF_HOSTED)
    assert decision.ownership_proof is needed
    assert Fact.OWNERSHIP in {each.fact for each in decision.why}


def test_ownership_that_is_always_proven_needs_no_value():
    assert decide([side(CH)], Leg.SELF_HOSTED).ownership_proof is True
    assert refusal(lambda: decide([side(EU)], Leg.SELF_HOSTED)) == "quote.missing"


def test_a_limit_needs_a_value_and_no_limit_needs_none():
    assert refusal(lambda: decide([side(FATF)], Leg.VASP)) == "quote.missing"
    assert decide([side(EU)], Leg.VASP).tier is Tier.FULL


def test_a_transfer_into_the_dark_is_judged_by_the_rule_between_vasps():
    decision = decide([side(UK, 100_000)], Leg.SUNRISE)
    assert (decision.leg, decision.judgements[0].rule.leg) == (Leg.SUNRISE, Leg.VASP)
    assert "SUNRISE" in decision.why[0].says
    own = replace(UK.legs[0], leg=Leg.SUNRISE, full_from=0)
    assert rule_for(replace(UK, legs=(*UK.legs, own)), Leg.SUNRISE) is own


def test_a_leg_that_a_law_is_silent_on_is_refused():
    assert refusal(lambda: decide([side(UK, 1)], Leg.SELF_HOSTED)) == "policy.leg"


def test_earlier_transfers_count_only_within_a_window():
    windowed = replace(UK, legs=(replace(UK.legs[0], linked_window_s=30 * 86400),))
    assert decide([side(windowed, 60_000, earlier=39_999)], Leg.VASP).tier is Tier.BASIC
    counted = decide([side(windowed, 60_000, earlier=40_000)], Leg.VASP)
    assert (counted.tier, counted.linked_window_s) == (Tier.FULL, 30 * 86400)
    assert Fact.LINKED in {each.fact for each in counted.why}
    assert decide([side(UK, 60_000, earlier=40_000)], Leg.VASP).tier is Tier.BASIC


def test_records_are_kept_for_the_longest_of_all_periods():
    assert decide([side(EU), Side(name="beneficiary", pack=CH)], Leg.VASP).retention_days == 3653


@pytest.mark.parametrize("pack", pack_files.ALL, ids=lambda pack: pack.id)
def test_every_reason_has_a_source(pack):
    for rule in pack.legs:
        for reason in decide([side(pack, rule.full_from)], rule.leg).why:
            assert reason.pack == pack.id
            assert reason.sources, reason
            assert all(reason.fact in source.facts for source in reason.sources)


def test_a_transfer_that_nobody_judges_is_our_own_bug():
    with pytest.raises(UsageError):
        decide([], Leg.VASP)
