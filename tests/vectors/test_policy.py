"""Runners of the spec/vectors/policy_*.json: decode, judge, and compute again what they say."""

from dataclasses import replace

import vector_files
from carnet.ivms101 import IdentityPayload
from carnet.policy import (
    Leg,
    PersonKind,
    PolicyPack,
    Quote,
    Side,
    Tier,
    check_pack,
    check_quote,
    choose_pack,
    compile_pack,
    cross_value,
    decide,
    excess,
    in_force,
    leg_rule,
    minimise,
    missing,
    pack_hash,
    tier_for,
    value_of,
)


@vector_files.each("policy_pack")
def test_pack(case):
    def judge():
        return in_force(check_pack(PolicyPack.decode(case["pack"])), at=case["at"], unverified=case["unverified"])

    assert vector_files.outcome(judge) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert judge().encode() == case["pack"]
        assert pack_hash(judge()) == case["hash"]
    if "source_text" in case:
        assert compile_pack(case["source_text"]) == judge()


@vector_files.each("policy_choice")
def test_choice(case):
    def chosen():
        packs = [PolicyPack.decode(data) for data in case["packs"]]
        return choose_pack(packs, jurisdiction=case["jurisdiction_text"], at=case["at"], unverified=case["unverified"])

    assert vector_files.outcome(chosen) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert pack_hash(chosen()) == case["hash"]


@vector_files.each("policy_quote")
def test_quote(case):
    def value():
        quote = check_quote(Quote.decode(case["quote"]), asset=case["asset_text"], now=case["now"])
        return value_of(quote, int.from_bytes(case["amount"], "big"))

    assert vector_files.outcome(value) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert value() == case["value"]


@vector_files.each("policy_crossing")
def test_crossing(case):
    def crossed():
        return cross_value(case["value"], of=Quote.decode(case["of"]), into=Quote.decode(case["into"]))

    assert vector_files.outcome(crossed) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert crossed() == case["crossed"]


@vector_files.each("policy_tier")
def test_tier(case):
    def tier():
        return tier_for(leg_rule(PolicyPack.decode(case["pack"]), Leg(case["leg"])), case["value"])

    assert vector_files.outcome(tier) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert tier() == case["tier"]


@vector_files.each("policy_fields")
def test_fields(case):
    rule = leg_rule(PolicyPack.decode(case["pack"]), Leg(case["leg"]))
    identity, tier = IdentityPayload.decode(case["identity"]), Tier(case["tier"])
    assert list(missing(identity, rule, tier)) == case["missing_text"], case["why"]
    assert list(excess(identity, rule, tier)) == case["excess_text"], case["why"]
    assert excess(minimise(identity, rule, tier), rule, tier) == ()
    laxer = replace(rule, full=(), basic=(), basic_excess=())
    assert missing(identity, laxer, tier) == excess(identity, laxer, tier) == ()


@vector_files.each("policy_decision")
def test_decision(case):
    def decided():
        sides = [
            Side(name="side", pack=PolicyPack.decode(one["pack"]), value=one["value"], earlier=one["earlier"])
            for one in case["sides"]
        ]
        identity = None if case["identity"] is None else IdentityPayload.decode(case["identity"])
        first, second = map(PersonKind, case["kinds"])
        return decide(sides, Leg(case["leg"]), kinds=(first, second), identity=identity)

    assert vector_files.outcome(decided) == case["expect"], case["why"]
    if case["expect"] != "ok":
        return
    found = decided()
    assert (found.tier, [each.tier for each in found.judgements]) == (case["tier"], case["tiers"])
    assert [
        {
            "subject": each.field.subject,
            "kind": each.field.kind,
            "any_of": [list(paths) for paths in each.field.any_of],
            "packs": list(each.packs),
        }
        for each in found.required
    ] == case["required_json"]
    assert (list(found.missing), list(found.excess)) == (case["missing_text"], case["excess_text"])
    assert (found.ownership_proof, found.retention_days) == (case["ownership_proof"], case["retention_days"])
    assert found.linked_window_s == case["linked_window_s"]
