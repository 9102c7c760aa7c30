"""Rounding and refusing lean to the strict side, and REPAIR converges."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pack_files
from carnet.ivms101 import IdentityPayload, examine, read, to_json
from carnet.policy import (
    FieldRule,
    Leg,
    LegRule,
    PersonKind,
    PolicyPack,
    Quote,
    Side,
    Subject,
    Tier,
    check_pack,
    cross_value,
    decide,
    excess,
    minimise,
    missing,
    rule_for,
    tier_for,
    value_of,
)
from carnet.policy.path import has
from oracle import policy as oracle
from strategies import messages
from vector_files import outcome

RULES = [pack_files.rule("fatf-2019"), *(rule for pack in pack_files.ALL for rule in pack.legs)]
rules, tiers, identities = st.sampled_from(RULES), st.sampled_from(Tier), messages(IdentityPayload)


@given(
    st.integers(0, 2**128),
    st.integers(1, 2**64 - 1),
    st.integers(1, 2**128),
    st.integers(0, 2**32 - 1),
)
def test_rounding_never_moves_a_transfer_to_a_laxer_tier(amount, price, scale, limit):
    quote = Quote(
        issuer="q", asset="eip155:1/slip44:60", currency="USD", exponent=2, price=price, scale=scale,
        not_before=0, not_after=0,
    )  # fmt: skip
    rule = replace(RULES[0], full_from=limit)
    exact = Fraction(amount * price, scale)
    fits = exact <= 2**63 - 1
    assert outcome(lambda: value_of(quote, amount)) == ("ok" if fits else "quote.range")
    if not fits:
        return
    value = value_of(quote, amount)
    assert 0 <= value - exact < 1
    assert exact < limit or tier_for(rule, value) is Tier.FULL
    assert exact > limit - 1 or tier_for(rule, value) is Tier.BASIC


prices = st.integers(1, 2**32)


@given(st.integers(0, 2**80), st.tuples(prices, prices), st.tuples(prices, prices))
def test_crossing_to_another_currency_never_moves_a_transfer_to_a_laxer_tier(amount, first, second):
    (price, scale), (price_into, scale_into) = first, second
    of = Quote(
        issuer="q", asset="eip155:1/slip44:60", currency="USD", exponent=2, price=price, scale=scale,
        not_before=0, not_after=0,
    )  # fmt: skip
    into = replace(of, currency="EUR", price=price_into, scale=scale_into)
    assume(outcome(lambda: value_of(of, amount)) == "ok" and outcome(lambda: value_of(into, amount)) == "ok")
    value = value_of(of, amount)
    assume(outcome(lambda: cross_value(value, of=of, into=into)) == "ok")
    assert cross_value(value, of=of, into=into) >= value_of(into, amount)


@given(
    identities,
    st.lists(st.sampled_from(pack_files.ALL), min_size=1, max_size=2),
    st.integers(0, 2**40),
    st.tuples(st.sampled_from(PersonKind), st.sampled_from(PersonKind)),
)
def test_a_decision_is_as_strict_as_the_strictest_law_and_asks_as_examination_does(identity, packs, value, kinds):
    sides = [Side(name=str(at), pack=pack, value=value) for at, pack in enumerate(packs)]
    decision = decide(sides, Leg.VASP, kinds=kinds, identity=identity)
    rules = [rule_for(pack, Leg.VASP) for pack in packs]
    assert decision.tier is max(tier_for(rule, value) for rule in rules)
    assert set(decision.missing) == {path for rule in rules for path in missing(identity, rule, decision.tier)}
    assert set(decision.excess) == set.intersection(*(set(excess(identity, rule, decision.tier)) for rule in rules))
    assert {pack.id for pack in packs} == {reason.pack for reason in decision.why}


def add(data, pointer):
    """Give *data*, JSON of a payload, something at *pointer*."""
    labels = pointer.split("/")[1:]
    for label, after in zip(labels, [*labels[1:], None], strict=True):
        if after is None and label != "accountNumber":
            data[label] = "FR" if label == "country" else "1990-01-01" if label == "dateOfBirth" else "x"
        elif after is None:
            data[label] = ["x"]
        elif isinstance(data, list):
            data += [{}] * (int(label) + 1 - len(data))
            data = data[int(label)]
        else:
            data = data.setdefault(label, [] if after.isdigit() else {})


@pytest.mark.parametrize("name", pack_files.NAMES)
def test_an_independent_reading_of_the_pack_asks_for_the_same_and_bars_the_same(name):
    pack = pack_files.pack(name)
    data = pack.encode()

    @given(identities, st.sampled_from(pack.legs), tiers)
    def holds(identity, rule, tier):
        payload = to_json(identity)
        assert list(missing(identity, rule, tier)) == oracle.missing(data, rule.leg, tier, payload)
        assert list(excess(identity, rule, tier)) == oracle.excess(data, rule.leg, tier, payload)

    holds()


@given(identities, rules, tiers)
def test_what_is_asked_for_is_not_asked_for_again_and_nothing_new_is(identity, rule, tier):
    identity = read(to_json(identity)).identity  # without components that say nothing
    before = missing(identity, rule, tier)
    data = to_json(identity)
    for done, pointer in enumerate(before, start=1):
        add(data, pointer)
        filled = examine(data).identity
        assume(filled is not None)
        assert missing(filled, rule, tier) == before[done:]


@given(identities, rules, tiers)
def test_what_is_barred_can_be_left_out_and_then_nothing_is_barred(identity, rule, tier):
    least = minimise(identity, rule, tier)
    assert excess(least, rule, tier) == ()
    assert set(missing(least, rule, tier)) == set(missing(identity, rule, tier))
    if not excess(identity, rule, tier):
        assert least == identity


@settings(max_examples=settings.default.max_examples // 3)  # what it takes is large
@given(identities, messages(LegRule), tiers)
def test_no_rule_and_no_payload_makes_an_exception(identity, rule, tier):
    for pointer in (*missing(identity, rule, tier), *excess(identity, rule, tier)):
        assert pointer.startswith("/")


@settings(max_examples=settings.default.max_examples // 3)  # what it takes is large
@given(messages(PolicyPack))
def test_a_pack_is_checked_or_refused_by_name(pack):
    assert outcome(lambda: check_pack(pack)) in {
        "ok",
        "policy.period",
        "policy.legs",
        "policy.path",
        "policy.exponent",
        "policy.confidence",
    }


LABELS = ("naturalPerson", "legalPerson", "name", "nameIdentifier", "*", "primaryIdentifier", "accountNumber")


@given(identities, st.lists(st.sampled_from(LABELS), min_size=1, max_size=6))
def test_a_path_that_a_payload_has_is_one_that_a_pack_may_ask_for(identity, labels):
    assume(labels[0] != "*")
    path = "/".join(labels)
    field = FieldRule(subject=Subject.ORIGINATOR, kind=PersonKind.ANY, any_of=((path,),))
    rule = replace(RULES[0], full=(field,))
    persons = identity.originator.originator_person if identity.originator else ()
    if any(has(person, path) for person in persons):
        assert check_pack(replace(pack_files.pack("fatf-2019"), legs=(rule,))).legs == (rule,)
        assert missing(identity, rule, Tier.FULL) == ()
