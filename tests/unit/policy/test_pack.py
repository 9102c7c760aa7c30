from dataclasses import replace
from hashlib import sha256

import pytest

import pack_files
from carnet.errors import DecodeError, PolicyError, UsageError
from carnet.policy import (
    Confidence,
    Fact,
    Leg,
    PackSource,
    PersonKind,
    PolicyPack,
    Status,
    Subject,
    check_pack,
    choose_pack,
    in_force,
    leg_rule,
    pack_hash,
)
from carnet.policy.pack import FieldRule

EU = pack_files.pack("eu-tfr-2023")


def refusal(act):
    with pytest.raises(PolicyError) as caught:
        act()
    return caught.value.check


@pytest.mark.parametrize("name", pack_files.NAMES)
def test_a_pack_is_its_encoding_and_its_hash_is_that_of_the_encoding(name):
    pack = pack_files.pack(name)
    assert PolicyPack.decode(pack.encode()) == pack
    assert pack_hash(pack) == sha256(pack.encode()).digest()
    assert check_pack(pack) is pack
    assert pack.id == name


def test_every_field_of_a_pack_moves_its_hash():
    changes = {
        "id": "x",
        "jurisdiction": "FR",
        "version": 2,
        "status": Status.UNVERIFIED,
        "effective_from": 1,
        "effective_until": EU.effective_from + 1,
        "retention_days": 1,
        "legs": EU.legs[:1],
        "sources": EU.sources[:1],
    }
    assert changes.keys() == {field.name for field in PolicyPack.FIELDS}
    hashes = {pack_hash(replace(EU, **{name: value})) for name, value in changes.items()}
    assert len(hashes | {pack_hash(EU)}) == len(changes) + 1


def test_a_pack_is_in_force_from_its_first_second_until_before_its_last():
    pack = replace(EU, effective_until=EU.effective_from + 10)
    assert in_force(pack, at=pack.effective_from) is pack
    assert in_force(pack, at=pack.effective_from + 9) is pack
    assert refusal(lambda: in_force(pack, at=pack.effective_from - 1)) == "policy.window"
    assert refusal(lambda: in_force(pack, at=pack.effective_from + 10)) == "policy.window"
    assert in_force(EU, at=2**63) is EU


def test_an_unverified_pack_is_in_force_only_for_those_who_ask():
    pack = replace(EU, status=Status.UNVERIFIED)
    assert refusal(lambda: in_force(pack, at=pack.effective_from)) == "policy.unverified"
    assert in_force(pack, at=pack.effective_from, unverified=True) is pack


def test_a_leg_that_the_pack_does_not_know_is_refused():
    assert leg_rule(EU, Leg.SELF_HOSTED).ownership_proof_from == 100001
    assert refusal(lambda: leg_rule(EU, Leg.SUNRISE)) == "policy.leg"


def test_a_period_must_not_be_empty():
    assert refusal(lambda: check_pack(replace(EU, effective_until=EU.effective_from))) == "policy.period"


@pytest.mark.parametrize("order", [(1, 0), (0, 0)])
def test_legs_stand_once_and_in_order(order):
    assert refusal(lambda: check_pack(replace(EU, legs=tuple(EU.legs[at] for at in order)))) == "policy.legs"


@pytest.mark.parametrize("path", ["naturalPerson/nom", "accountNumber/*/x", "name", "naturalPerson/name/*", "x"])
def test_a_path_that_leads_nowhere_is_refused(path):
    field = FieldRule(subject=Subject.ORIGINATOR, kind=PersonKind.ANY, any_of=(("accountNumber",), (path,)))
    for tier in ("full", "basic"):
        rule = replace(EU.legs[0], **{tier: (field,)})
        assert refusal(lambda rule=rule: check_pack(replace(EU, legs=(rule,)))) == "policy.path"


@pytest.mark.parametrize(
    "path",
    [
        "accountNumber",
        "originator/originatorPerson/0",
        "originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*/primaryIdentifier",
        "payloadMetadata",
    ],
)
def test_what_a_payload_cannot_lack_cannot_be_barred(path):
    with pytest.raises((PolicyError, UsageError)) as caught:
        check_pack(replace(EU, legs=(replace(EU.legs[0], basic_excess=(path,)),)))
    assert not isinstance(caught.value, PolicyError) or caught.value.check == "policy.path"


def test_a_limit_of_2_to_the_32_is_refused_and_the_largest_below_is_not():
    assert replace(EU.legs[0], full_from=2**32 - 1).full_from == 2**32 - 1
    with pytest.raises(UsageError, match="full_from"):
        replace(EU.legs[0], full_from=2**32)
    raw = EU.legs[0].dump()
    raw[4] = 2**32
    with pytest.raises(DecodeError):
        type(EU.legs[0]).load(raw)


DECEMBER_2024 = 1_733_011_200  # 1 December
CHANGES = {
    "FATF": ("fatf-2019", "fatf-2025"),
    "GB": ("uk-mlr-2023", "uk-mlr-2026"),
    "KR": ("kr-sfia-2022", "kr-sfia-2026"),
}


@pytest.mark.parametrize("jurisdiction", CHANGES)
def test_where_the_law_changes_one_pack_ends_in_the_second_in_which_the_next_begins(jurisdiction):
    before, after = (pack_files.pack(name) for name in CHANGES[jurisdiction])
    turn = after.effective_from
    assert (before.jurisdiction, after.jurisdiction) == (jurisdiction, jurisdiction)
    assert before.effective_until == turn
    for at, chosen in ((turn - 1, before), (turn, after)):
        assert choose_pack(pack_files.ALL, jurisdiction=jurisdiction, at=at, unverified=True) is chosen
    assert choose_pack(pack_files.ALL, jurisdiction=jurisdiction, at=turn - 1) is before
    assert refusal(lambda: choose_pack(pack_files.ALL, jurisdiction=jurisdiction, at=turn)) == "policy.unverified"


@pytest.mark.parametrize("name", pack_files.NAMES)
def test_at_each_end_of_its_period_a_pack_rules_or_does_not(name):
    pack = pack_files.pack(name)
    asked = {"jurisdiction": pack.jurisdiction, "unverified": True}
    assert choose_pack([pack], at=pack.effective_from, **asked) is pack
    assert refusal(lambda: choose_pack([pack], at=pack.effective_from - 1, **asked)) == "policy.window"
    if pack.effective_until is not None:
        assert choose_pack([pack], at=pack.effective_until - 1, **asked) is pack
        assert refusal(lambda: choose_pack([pack], at=pack.effective_until, **asked)) == "policy.window"


def test_a_transfer_of_2024_is_judged_by_the_law_of_2024():
    assert choose_pack(pack_files.ALL, jurisdiction="GB", at=DECEMBER_2024).id == "uk-mlr-2023"
    assert choose_pack(pack_files.ALL, jurisdiction="KR", at=DECEMBER_2024).id == "kr-sfia-2022"
    assert choose_pack(pack_files.ALL, jurisdiction="FATF", at=DECEMBER_2024).id == "fatf-2019"
    assert refusal(lambda: choose_pack(pack_files.ALL, jurisdiction="EU", at=DECEMBER_2024)) == "policy.window"
    assert refusal(lambda: choose_pack(pack_files.ALL, jurisdiction="AU", at=DECEMBER_2024)) == "policy.window"


def test_no_two_packs_rule_one_jurisdiction_at_one_time():
    for first in pack_files.ALL:
        for second in pack_files.ALL:
            if first.jurisdiction == second.jurisdiction and first.effective_from < second.effective_from:
                assert first.effective_until is not None
                assert first.effective_until <= second.effective_from


def test_a_ready_pack_goes_before_a_newer_one_that_nobody_asked_for():
    newer = replace(EU, status=Status.UNVERIFIED, effective_from=EU.effective_from + 1, version=2)
    asked = {"jurisdiction": "EU", "at": newer.effective_from}
    assert choose_pack([EU, newer], **asked) is EU
    assert choose_pack([EU, newer], **asked, unverified=True) is newer


def test_of_two_packs_since_one_day_the_higher_version_rules():
    second = replace(EU, version=2)
    assert choose_pack([second, EU], jurisdiction="EU", at=EU.effective_from) is second


def test_no_pack_is_about_an_unknown_jurisdiction():
    assert refusal(lambda: choose_pack(pack_files.ALL, jurisdiction="XX", at=0)) == "policy.jurisdiction"


@pytest.mark.parametrize(("currency", "exponent"), [("JPY", 2), ("KRW", 2), ("BHD", 2), ("EUR", 0)])
def test_a_limit_in_another_minor_unit_than_the_currency_has_is_refused(currency, exponent):
    rule = replace(EU.legs[0], currency=currency, exponent=exponent)
    assert refusal(lambda: check_pack(replace(EU, legs=(rule,)))) == "policy.exponent"


def test_a_pack_that_is_not_sure_of_its_limit_cannot_be_ready():
    for confidence in (Confidence.LOW, Confidence.MEDIUM):
        unsure = replace(EU, sources=(PackSource(facts=(Fact.LIMIT,), confidence=confidence, text="hearsay"),))
        assert refusal(lambda unsure=unsure: check_pack(unsure)) == "policy.confidence"
        assert check_pack(replace(unsure, status=Status.UNVERIFIED)).sources[0].text == "hearsay"
