from dataclasses import replace
from hashlib import sha256

import pytest

import pack_files
from carnet.errors import DecodeError, PolicyError, UsageError
from carnet.policy import Leg, PersonKind, PolicyPack, Status, Subject, check_pack, in_force, leg_rule, pack_hash
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
    assert pack.status is Status.READY
    assert [rule.linked_window_s for rule in pack.legs] == [0] * len(pack.legs)


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
        "sources": ("x",),
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
