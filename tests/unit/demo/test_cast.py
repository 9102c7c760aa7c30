import pytest

import pack_files
from carnet.ivms101 import problems
from carnet.policy import Leg, Tier, excess, minimise, missing
from carnet_node.demo.cast import PERSONAS, _load, identity, personas, vasps

RULES = [
    pack_files.rule("fatf-2019"),
    pack_files.rule("eu-tfr-2023"),
    pack_files.rule("eu-tfr-2023", Leg.SELF_HOSTED),
]
INCOMPLETE = set(_load("personas.json")["incomplete"])
ASSETS = ("bip122:000000000019d6689c085ae165831e93/slip44:0", "eip155:1/slip44:60")
whole = pytest.mark.parametrize("name", [name for name in personas() if name not in INCOMPLETE])


@whole
@pytest.mark.parametrize("asset", ASSETS)
def test_all_but_one_may_send_any_amount_under_every_pack(name, asset):
    payload = identity(sender=personas()[name], receiver=personas()["robert"], asset=asset)
    assert problems(payload) == ()
    for rule in RULES:
        assert missing(payload, rule, Tier.FULL) == ()
        least = minimise(payload, rule, Tier.BASIC)
        assert missing(least, rule, Tier.BASIC) == excess(least, rule, Tier.BASIC) == ()
        assert problems(least) == ()


@pytest.mark.parametrize("name", personas())
def test_all_may_receive(name):
    payload = identity(sender=personas()["alice"], receiver=personas()[name], asset=ASSETS[0])
    for rule in RULES:
        assert missing(payload, rule, Tier.FULL) == ()
    assert problems(payload) == ()


def test_the_one_who_lacks_a_field_is_asked_for_it_and_then_lacks_nothing():
    (name,) = INCOMPLETE
    told = {"sender": personas()[name], "receiver": personas()["robert"], "asset": ASSETS[0]}
    here = "/originator/originatorPerson/0/naturalPerson"
    fatf, eu, _ = RULES
    assert missing(identity(**told), fatf, Tier.FULL) == ()  # what is enough at home is not enough abroad
    assert missing(identity(**told), eu, Tier.FULL) == (
        f"{here}/geographicAddress/0/country",
        f"{here}/nationalIdentification/nationalIdentifier",
    )
    assert missing(identity(**told), fatf, Tier.BASIC) == ()
    for rule in RULES:
        assert missing(identity(**told, repaired=True), rule, Tier.FULL) == ()
    assert problems(identity(**told, repaired=True)) == ()


def test_the_cast_is_of_several_countries_and_of_both_kinds():
    cast = personas().values()
    assert {each.vasp for each in cast} == set(vasps()) == {"alice", "bob", "charlie", "evil"}
    assert {"BR", "DE", "FR", "GB", "JP", "US"} <= {each.country for each in cast}
    legal = [each for each in cast if each.person.legal_person is not None]
    assert len({each.country for each in legal}) >= 4
    assert len(cast) - len(legal) >= 8


def test_no_wallet_is_anybody_elses():
    wallets = [address for each in personas().values() for address in each.wallets.values()]
    assert len(wallets) == len(set(wallets)) == len(personas()) * len(ASSETS)


def test_every_file_is_listed():
    listed = {entry["file"] for entry in _load("personas.json")["personas"]} | set(
        _load("personas.json")["vasps"].values()
    )
    assert listed | {"personas.json"} == {path.name for path in PERSONAS.iterdir() if path.name.endswith(".json")}
