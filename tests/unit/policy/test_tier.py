from dataclasses import replace

import pytest

import pack_files
from carnet.errors import UsageError
from carnet.ivms101 import IdentityPayload, Person, problems, read
from carnet.ivms101.model import Beneficiary, Originator
from carnet.policy import Leg, PersonKind, Subject, Tier, excess, minimise, missing, stricter, tier_for
from carnet.policy.pack import FieldRule
from fixture_files import fixture

FATF, EU = pack_files.rule("fatf-2019"), pack_files.rule("eu-tfr-2023")
WHOLE = read(fixture("trisa/ivms101/identity_payload.json")).identity
SENDER = "/originator/originatorPerson/0/naturalPerson"
PAYEE = "/beneficiary/beneficiaryPerson/0"


def with_sender(**changes):
    (person,) = WHOLE.originator.originator_person
    person = replace(person, natural_person=replace(person.natural_person, **changes))
    return replace(WHOLE, originator=Originator(originator_person=(person,)))


@pytest.mark.parametrize(
    ("rule", "value", "tier"),
    [
        (FATF, 0, Tier.BASIC),
        (FATF, 99999, Tier.BASIC),
        (FATF, 100000, Tier.FULL),
        (FATF, 100001, Tier.FULL),
        (FATF, 2**64 - 1, Tier.FULL),
        (EU, 0, Tier.FULL),
        (EU, 1, Tier.FULL),
    ],
)
def test_a_tier_begins_at_its_limit(rule, value, tier):
    assert tier_for(rule, value) is tier


def test_a_negative_value_is_our_own_bug():
    with pytest.raises(UsageError):
        tier_for(EU, -1)


def test_of_several_tiers_the_stricter_counts():
    assert stricter(Tier.BASIC) is Tier.BASIC
    assert stricter(Tier.BASIC, Tier.BASIC) is Tier.BASIC
    assert stricter(Tier.BASIC, Tier.FULL, Tier.BASIC) is Tier.FULL
    assert stricter(tier_for(FATF, 5), tier_for(EU, 5)) is Tier.FULL


@pytest.mark.parametrize("rule", [FATF, EU, pack_files.rule("eu-tfr-2023", Leg.SELF_HOSTED)])
def test_a_whole_payload_lacks_nothing(rule):
    assert missing(WHOLE, rule, Tier.FULL) == ()
    assert missing(WHOLE, rule, Tier.BASIC) == ()
    assert excess(WHOLE, rule, Tier.FULL) == ()


@pytest.mark.parametrize(
    ("rule", "removed", "asked"),
    [
        (FATF, ["customer_identification", "date_and_place_of_birth", "geographic_address"], []),
        (FATF, ["customer_identification", "national_identification", "geographic_address"], []),
        (FATF, ["national_identification", "date_and_place_of_birth", "geographic_address"], []),
        (FATF, ["customer_identification", "national_identification", "date_and_place_of_birth"], []),
        (
            FATF,
            ["customer_identification", "national_identification", "date_and_place_of_birth", "geographic_address"],
            [f"{SENDER}/customerIdentification"],
        ),
        (FATF, ["name"], [f"{SENDER}/name/nameIdentifier/0/primaryIdentifier"]),
        (EU, ["date_and_place_of_birth"], []),
        (EU, ["customer_identification", "geographic_address", "national_identification"], []),
        (EU, ["date_and_place_of_birth", "customer_identification"], [f"{SENDER}/customerIdentification"]),
        (EU, ["date_and_place_of_birth", "geographic_address"], [f"{SENDER}/geographicAddress/0/country"]),
        (
            EU,
            ["date_and_place_of_birth", "geographic_address", "national_identification"],
            [
                f"{SENDER}/geographicAddress/0/country",
                f"{SENDER}/nationalIdentification/nationalIdentifier",
            ],  # as many as of the other: the first
        ),
        (
            EU,
            [
                "date_and_place_of_birth",
                "geographic_address",
                "national_identification",
                "customer_identification",
            ],
            [f"{SENDER}/dateAndPlaceOfBirth/dateOfBirth", f"{SENDER}/dateAndPlaceOfBirth/placeOfBirth"],
        ),
    ],
)
def test_of_alternatives_the_one_that_lacks_least_is_asked_for(rule, removed, asked):
    identity = with_sender(**{name: () if name == "geographic_address" else None for name in removed})
    assert list(missing(identity, rule, Tier.FULL)) == asked


def test_half_an_alternative_is_completed_and_not_replaced():
    (person,) = WHOLE.originator.originator_person
    birth = replace(person.natural_person.date_and_place_of_birth, place_of_birth=None)
    identity = with_sender(
        date_and_place_of_birth=birth,
        customer_identification=None,
        national_identification=None,
        geographic_address=(),
    )
    assert missing(identity, EU, Tier.FULL) == (f"{SENDER}/dateAndPlaceOfBirth/placeOfBirth",)


def test_nobody_at_all_is_asked_for_as_one_natural_person():
    assert missing(IdentityPayload(), FATF, Tier.BASIC) == (
        f"{SENDER}/name/nameIdentifier/0/primaryIdentifier",
        "/originator/originatorPerson/0/accountNumber",
        f"{PAYEE}/naturalPerson/name/nameIdentifier/0/primaryIdentifier",
        f"{PAYEE}/accountNumber",
    )


def test_each_person_needs_a_name_and_one_of_them_an_account():
    (payee,) = WHOLE.beneficiary.beneficiary_person
    nameless = Person(natural_person=replace(payee.natural_person, name=None))
    identity = replace(WHOLE, beneficiary=Beneficiary(beneficiary_person=(nameless, payee)))
    assert missing(identity, FATF, Tier.FULL) == (f"{PAYEE}/naturalPerson/name/nameIdentifier/0/primaryIdentifier",)


def test_a_rule_may_also_ask_for_a_provider():
    lei = "legalPerson/nationalIdentification/nationalIdentifier"
    rule = replace(FATF, full=(FieldRule(subject=Subject.ORIGINATING_VASP, kind=PersonKind.LEGAL, any_of=((lei,),)),))
    assert missing(WHOLE, rule, Tier.FULL) == ()
    assert missing(replace(WHOLE, originating_vasp=None), rule, Tier.FULL) == ()  # nobody legal to ask
    rule = replace(FATF, full=(FieldRule(subject=Subject.ORIGINATING_VASP, kind=PersonKind.ANY, any_of=((lei,),)),))
    assert missing(replace(WHOLE, originating_vasp=None), rule, Tier.FULL) == (
        f"/originatingVASP/originatingVASP/{lei}",
    )


def test_below_the_limit_only_names_accounts_and_customer_numbers_may_go():
    over = excess(WHOLE, FATF, Tier.BASIC)
    assert set(over) == {
        f"{base}/{label}"
        for base in (SENDER, f"{PAYEE}/naturalPerson")
        for label in ("geographicAddress", "nationalIdentification", "dateAndPlaceOfBirth", "countryOfResidence")
    }
    least = minimise(WHOLE, FATF, Tier.BASIC)
    assert excess(least, FATF, Tier.BASIC) == missing(least, FATF, Tier.BASIC) == ()
    assert problems(least) == ()
    assert minimise(WHOLE, FATF, Tier.FULL) is WHOLE
