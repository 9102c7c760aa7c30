from carnet.policy import Leg, Tier, leg_rule, tier_for, value_of
from carnet.policy.quote import Quote
from carnet_node.demo.network import CENTS, PRICES, shipped_pack
from carnet_node.demo.script import BY_NAME, JURISDICTIONS, SCENES, secrets_of


def value(scene, law):
    """Return what the transfer is worth, in minor units of the currency of *law*, and the law's rule."""
    rule = leg_rule(shipped_pack(law), Leg.VASP)
    scale, prices = PRICES[scene.asset]
    quote = Quote(
        issuer="i", asset=scene.asset, currency=rule.currency, exponent=CENTS, price=prices[rule.currency],
        scale=scale, not_before=0, not_after=1,
    )  # fmt: skip
    return value_of(quote, scene.units), rule


def laws(scene):
    return [JURISDICTIONS[end.vasp] for end in (scene.originator, scene.beneficiary)]


def test_both_laws_are_exercised_on_both_sides():
    pairs = {tuple(laws(scene)) for scene in SCENES}
    assert {("FATF", "FATF"), ("FATF", "EU"), ("EU", "FATF")} <= pairs


def test_values_are_a_cent_below_exactly_at_and_far_above_the_limit():
    (below, rule), (at, _), (above, _) = (value(BY_NAME[name], "FATF") for name in ("below", "at", "above"))
    assert (below, at) == (rule.full_from - 1, rule.full_from)
    assert above >= 100 * rule.full_from
    least, rule = value(BY_NAME["least"], "EU")
    assert rule.full_from == 0
    assert least == 1  # the smallest amount there is, rounded up: nothing is below a limit of zero
    assert value(BY_NAME["most"], "EU")[0] > 10**8


def test_each_scene_names_the_tier_of_the_stricter_law():
    for scene in SCENES:
        tiers = [tier_for(rule, worth) for worth, rule in (value(scene, law) for law in laws(scene))]
        assert scene.tier is max(tiers, key=int), scene.name
    assert {scene.tier for scene in SCENES} == {Tier.BASIC, Tier.FULL}


def test_the_cast_is_of_many_countries_and_both_kinds():
    ends = [end for scene in SCENES for end in (scene.originator, scene.beneficiary)]
    assert {"US", "GB", "DE", "FR", "BR", "JP", "SG"} <= {end.country for end in ends}
    assert {end.person.legal_person is None for end in ends} == {True, False}


def test_what_people_read_is_what_is_sent():
    assert (BY_NAME["below"].moved, BY_NAME["below"].worth) == ("0.0099999 BTC", "999.99 USD")
    assert BY_NAME["most"].worth == "4,800,000.00 USD"
    assert BY_NAME["back"].worth == "9.00 EUR"


def test_the_secrets_looked_for_are_those_of_both_persons_and_no_name_of_a_vasp():
    secrets = secrets_of(BY_NAME["shown"])
    assert secrets["originator's family name"] == b"Price"
    assert secrets["beneficiary's family name"] == b"Howard"
    assert secrets["originator's street"] == b"Greystone Street"
    assert not {value.decode().lower() for value in secrets.values()} & set(JURISDICTIONS)
