"""Suites `policy_pack`, `policy_quote`, `policy_tier` and `policy_fields`: law as data, and what follows from it."""

from dataclasses import replace

from kit import vector

from carnet import wire
from carnet.ivms101.model import (
    Address,
    AddressType,
    Beneficiary,
    DateAndPlaceOfBirth,
    IdentityPayload,
    LegalNameType,
    LegalPerson,
    LegalPersonName,
    LegalPersonNameId,
    NaturalNameType,
    NaturalPerson,
    NaturalPersonName,
    NaturalPersonNameId,
    Originator,
    Person,
)
from carnet.policy import (
    Confidence,
    Fact,
    Leg,
    PackSource,
    Quote,
    Status,
    Tier,
    choose_pack,
    excess,
    leg_rule,
    missing,
    pack_hash,
    shipped_names,
    shipped_pack,
    shipped_source,
)

BITCOIN = "bip122:000000000019d6689c085ae165831e93/slip44:0"
WHOLE_COIN = 10**8


FATF, EU = shipped_pack("fatf-2019"), shipped_pack("eu-tfr-2023")
NOBODY = PackSource(facts=(Fact.LIMIT,), confidence=Confidence.HIGH, text="nobody")
SMALL = replace(EU, id="small", legs=(replace(EU.legs[0], full=(), full_from=5),), sources=(NOBODY,))


def judged(pack, expect="ok", *, at=None, unverified=False):
    data = pack if isinstance(pack, bytes) else pack.encode()
    return {
        "pack": data,
        "at": EU.effective_from if at is None else at,
        "unverified": unverified,
        "expect": expect,
    }


@vector("policy_pack")
def fatf_2019():
    """The pack that the library carries for the FATF's limit of 2019, with its source."""
    return judged(FATF) | {"hash": pack_hash(FATF), "source_text": shipped_source("fatf-2019")}


@vector("policy_pack")
def eu_tfr_2023():
    """The pack that the library carries for the European Union, with its source."""
    return judged(EU) | {"hash": pack_hash(EU), "source_text": shipped_source("eu-tfr-2023")}


@vector("policy_pack")
def smallest():
    """A pack that asks for nothing, in its first second."""
    return judged(SMALL) | {"hash": pack_hash(SMALL)}


@vector("policy_pack")
def last_second():
    """The last second before the end of the period."""
    pack = replace(SMALL, effective_until=EU.effective_from + 1)
    return judged(pack) | {"hash": pack_hash(pack)}


@vector("policy_pack")
def too_late():
    """The end of the period is not part of it."""
    at = EU.effective_from + 1
    return judged(replace(SMALL, effective_until=at), "policy.window", at=at)


@vector("policy_pack")
def too_early():
    """One second before the period."""
    return judged(SMALL, "policy.window", at=EU.effective_from - 1)


@vector("policy_pack")
def unverified_by_default():
    """A pack whose issuer is not sure, before one who did not ask for such."""
    return judged(replace(SMALL, status=Status.UNVERIFIED), "policy.unverified")


@vector("policy_pack")
def unverified_on_demand():
    """The same pack before one who did."""
    pack = replace(SMALL, status=Status.UNVERIFIED)
    return judged(pack, unverified=True) | {"hash": pack_hash(pack)}


@vector("policy_pack")
def period_empty():
    """The period ends when it begins."""
    return judged(replace(SMALL, effective_until=EU.effective_from), "policy.period")


@vector("policy_pack")
def leg_twice():
    """Two rules for one leg."""
    return judged(replace(SMALL, legs=SMALL.legs * 2), "policy.legs")


@vector("policy_pack")
def legs_out_of_order():
    """The rule for self-hosted addresses before that for providers."""
    return judged(replace(EU, legs=EU.legs[::-1]), "policy.legs")


@vector("policy_pack")
def path_to_nowhere():
    """A path with a label that no person has."""
    leg = SMALL.legs[0]
    field = replace(EU.legs[0].full[0], any_of=(("naturalPerson/shoeSize",),))
    return judged(replace(SMALL, legs=(replace(leg, full=(field,)),)), "policy.path")


@vector("policy_pack")
def path_into_a_list_without_a_star():
    """A path that steps into a list as if it were its item."""
    field = replace(EU.legs[0].full[0], any_of=(("naturalPerson/name/nameIdentifier/primaryIdentifier",),))
    return judged(replace(SMALL, legs=(replace(SMALL.legs[0], basic=(field,)),)), "policy.path")


@vector("policy_pack")
def bars_what_cannot_be_lacked():
    """A name without its primary identifier would be no name."""
    path = "originator/originatorPerson/*/naturalPerson/name/nameIdentifier/*/primaryIdentifier"
    return judged(replace(SMALL, legs=(replace(SMALL.legs[0], basic_excess=(path,)),)), "policy.path")


@vector("policy_pack")
def yen_with_decimals():
    """ISO 4217 gives the yen no decimals; with two, the limit would be a hundredth of itself."""
    return judged(replace(SMALL, legs=(replace(SMALL.legs[0], currency="JPY"),)), "policy.exponent")


@vector("policy_pack")
def currency_unknown():
    """What ISO 4217 does not list may have any decimals."""
    pack = replace(SMALL, legs=(replace(SMALL.legs[0], currency="QQQ", exponent=7),))
    return judged(pack) | {"hash": pack_hash(pack)}


@vector("policy_pack")
def ready_and_not_sure():
    """A pack that calls itself ready, though nobody is sure of its limit."""
    return judged(replace(SMALL, sources=(replace(NOBODY, confidence=Confidence.MEDIUM),)), "policy.confidence")


@vector("policy_pack")
def ready_and_sure_of_something_else():
    """The retention is certain, the limit is not."""
    return judged(replace(SMALL, sources=(replace(NOBODY, facts=(Fact.RETENTION,)),)), "policy.confidence")


@vector("policy_pack")
def limit_of_33_bits():
    """A limit of 2^32, which no proof could reach."""
    raw = SMALL.dump()
    raw[8][0][4] = 2**32
    return judged(wire.encode(raw), "schema.type")


def shipped(name):
    def build():
        pack = shipped_pack(name)
        given = judged(pack, at=pack.effective_from, unverified=pack.status is Status.UNVERIFIED)
        return given | {"hash": pack_hash(pack), "source_text": shipped_source(name)}

    build.__name__ = name.replace("-", "_")
    build.__doc__ = f"The pack {name} that the library carries, with its source, in its first second."
    return build


for each in shipped_names():
    if each not in {FATF.id, EU.id}:
        vector("policy_pack")(shipped(each))


UK = [shipped_pack(name) for name in ("uk-mlr-2023", "uk-mlr-2026")]
TURN = UK[0].effective_until


def chosen(packs, jurisdiction, at, expect="ok", *, unverified=False):
    given = {
        "packs": [pack.encode() for pack in packs],
        "jurisdiction_text": jurisdiction,
        "at": at,
        "unverified": unverified,
        "expect": expect,
    }
    if expect != "ok":
        return given
    return given | {"hash": pack_hash(choose_pack(packs, jurisdiction=jurisdiction, at=at, unverified=unverified))}


@vector("policy_choice")
def before_the_law_changed():
    """The last second of the older of two packs that follow each other."""
    return chosen(UK, "GB", TURN - 1, unverified=True)


@vector("policy_choice")
def since_the_law_changed():
    """One second later the newer one rules."""
    return chosen(UK, "GB", TURN, unverified=True)


@vector("policy_choice")
def judged_years_later():
    """A transfer of 2024 is judged by the pack of 2024, whatever has been issued since."""
    return chosen([*UK, FATF, EU], "GB", 1_717_200_000)


@vector("policy_choice")
def newer_one_unverified():
    """The only pack in force is unverified, and nobody asked for such."""
    return chosen(UK, "GB", TURN, "policy.unverified")


@vector("policy_choice")
def corrected_version():
    """Of two packs since the same day, the higher version."""
    return chosen([replace(EU, version=2), EU], "EU", EU.effective_from)


@vector("policy_choice")
def before_there_was_a_law():
    """One second before the first pack of the jurisdiction."""
    return chosen([FATF, EU], "EU", EU.effective_from - 1, "policy.window")


@vector("policy_choice")
def jurisdiction_without_a_pack():
    """A jurisdiction that no pack is about."""
    return chosen([FATF, EU], "XX", EU.effective_from, "policy.jurisdiction")


QUOTE = Quote(
    issuer="rates.example",
    asset=BITCOIN,
    currency="USD",
    exponent=2,
    price=6_512_345,
    scale=WHOLE_COIN,
    not_before=1_800_000_000,
    not_after=1_800_000_600,
)


def priced(quote, amount, value=None, expect="ok", *, now=1_800_000_000, asset=BITCOIN):
    data = quote if isinstance(quote, bytes) else quote.encode()
    given = {"quote": data, "asset_text": asset, "now": now, "amount": amount.to_bytes(32, "big"), "expect": expect}
    return given | ({} if value is None else {"value": value})


@vector("policy_quote")
def one_coin():
    """A whole coin is worth its price."""
    return priced(QUOTE, WHOLE_COIN, 6_512_345)


@vector("policy_quote")
def nothing_at_all():
    """Nothing is worth nothing."""
    return priced(QUOTE, 0, 0)


@vector("policy_quote")
def one_atomic_unit():
    """The smallest amount is worth a fraction of a cent, and counts as one."""
    return priced(QUOTE, 1, 1)


@vector("policy_quote")
def rounded_up_to_the_limit():
    """A fraction of a cent below 1000 dollars counts as 1000.00, and not as 999.99."""
    amount = 100_000 * WHOLE_COIN // 6_512_345
    return priced(QUOTE, amount, 100_000)


@vector("policy_quote")
def exact_product():
    """No rounding where the product divides."""
    return priced(replace(QUOTE, price=3, scale=7), 7 * 10**15, 3 * 10**15)


@vector("policy_quote")
def eighteen_decimals():
    """Amounts and scales go beyond 64 bits."""
    quote = replace(QUOTE, asset="eip155:1/slip44:60", price=251_234, scale=10**18)
    return priced(quote, 1234 * 10**18 + 1, 1234 * 251_234 + 1, asset="eip155:1/slip44:60")


@vector("policy_quote")
def largest_value():
    """2^63 - 1 minor units: the record of such a transfer can still be proven, under any limit."""
    return priced(replace(QUOTE, price=1, scale=1), 2**63 - 1, 2**63 - 1)


@vector("policy_quote")
def value_too_large():
    """One more cannot."""
    return priced(replace(QUOTE, price=1, scale=1), 2**63, expect="quote.range")


@vector("policy_quote")
def last_moment():
    """The end of the window is part of it."""
    return priced(QUOTE, 1, 1, now=QUOTE.not_after)


@vector("policy_quote")
def stale():
    """One second after the window."""
    return priced(QUOTE, 1, expect="quote.window", now=QUOTE.not_after + 1)


@vector("policy_quote")
def premature():
    """One second before the window."""
    return priced(QUOTE, 1, expect="quote.window", now=QUOTE.not_before - 1)


@vector("policy_quote")
def other_asset():
    """A price of something else."""
    return priced(QUOTE, 1, expect="quote.asset", asset="eip155:1/slip44:60")


@vector("policy_quote")
def price_of_zero():
    """A price of nothing would make every transfer a small one."""
    return priced(replace(QUOTE, price=0), 1, expect="quote.zero")


@vector("policy_quote")
def scale_of_zero():
    """Nothing can be divided by it."""
    return priced(replace(QUOTE, scale=0), 1, expect="quote.zero")


@vector("policy_quote")
def scale_with_a_leading_zero():
    """A second way to write the same scale."""
    raw = QUOTE.dump()
    raw[6] = b"\0" + raw[6]
    return priced(wire.encode(raw), 1, expect="schema.type")


EURO = replace(QUOTE, currency="EUR", price=6_012_345)


def crossing(value, crossed=None, expect="ok", *, of=QUOTE, into=EURO):
    given = {"of": of.encode(), "into": into.encode(), "value": value, "expect": expect}
    return given | ({} if crossed is None else {"crossed": crossed})


@vector("policy_crossing")
def a_thousand_dollars():
    """A fraction of a cent remains, and counts as one."""
    return crossing(100_000, -(-100_000 * EURO.price // QUOTE.price))


@vector("policy_crossing")
def nothing_crosses_to_nothing():
    """Zero stays zero."""
    return crossing(0, 0)


@vector("policy_crossing")
def crossing_exactly():
    """No rounding where the fraction divides; the scales need not be alike."""
    return crossing(300, 200, of=replace(QUOTE, price=3, scale=10), into=replace(EURO, price=4, scale=20))


@vector("policy_crossing")
def crossing_by_two_assets():
    """Prices of two assets tell nothing of two currencies."""
    return crossing(1, expect="quote.asset", into=replace(EURO, asset="eip155:1/slip44:60"))


@vector("policy_crossing")
def crossing_by_nothing():
    """A price of zero would have every value cross to nothing."""
    return crossing(1, expect="quote.zero", into=replace(EURO, price=0))


@vector("policy_crossing")
def crossing_out_of_range():
    """More than can be proven."""
    return crossing(2**62, expect="quote.range", of=replace(QUOTE, price=1))


def tier(pack, leg, value, tier):
    return {"pack": pack.encode(), "leg": int(leg), "value": value, "tier": int(tier), "expect": "ok"}


@vector("policy_tier")
def just_below():
    """One cent below the FATF's limit."""
    return tier(FATF, Leg.VASP, 99_999, Tier.BASIC)


@vector("policy_tier")
def at_the_limit():
    """The limit itself is FULL."""
    return tier(FATF, Leg.VASP, 100_000, Tier.FULL)


@vector("policy_tier")
def far_above():
    """The largest value."""
    return tier(FATF, Leg.VASP, 2**64 - 1, Tier.FULL)


@vector("policy_tier")
def no_limit():
    """Where the limit is zero, so is nothing below it."""
    return tier(EU, Leg.VASP, 0, Tier.FULL)


@vector("policy_tier")
def self_hosted():
    """Another leg of the same pack."""
    return tier(EU, Leg.SELF_HOSTED, 1, Tier.FULL)


@vector("policy_tier")
def leg_unknown():
    """The pack says nothing about transfers to those who have no node."""
    return {"pack": EU.encode(), "leg": int(Leg.SUNRISE), "value": 1, "expect": "policy.leg"}


NAME = NaturalPersonName(
    name_identifier=(
        NaturalPersonNameId(
            primary_identifier="Beispiel",
            secondary_identifier="Annika",
            natural_person_name_identifier_type=NaturalNameType.LEGL,
        ),
    )
)
HOME = Address(
    address_type=AddressType.HOME, street_name="Musterstrasse", building_number="12", town_name="Dresden", country="DE"
)
BIRTH = DateAndPlaceOfBirth(date_of_birth="1979-11-02", place_of_birth="Goerlitz")
COMPANY = LegalPersonName(
    name_identifier=(
        LegalPersonNameId(legal_person_name="Mihon Shoji KK", legal_person_name_identifier_type=LegalNameType.LEGL),
    )
)
PAYEE = Person(legal_person=LegalPerson(name=COMPANY), account_number=("bc1qexample",))


def payload(*senders, payees=(PAYEE,)):
    return IdentityPayload(
        originator=Originator(originator_person=senders), beneficiary=Beneficiary(beneficiary_person=payees)
    )


def sender(account=("1Example",), **natural):
    return Person(natural_person=NaturalPerson(name=NAME, **natural), account_number=account)


def fields(pack, tier, identity):
    rule = leg_rule(pack, Leg.VASP)
    return {
        "pack": pack.encode(),
        "leg": int(Leg.VASP),
        "tier": int(tier),
        "identity": identity.encode(),
        "missing_text": list(missing(identity, rule, tier)),
        "excess_text": list(excess(identity, rule, tier)),
        "expect": "ok",
    }


@vector("policy_fields")
def basic_and_nothing_more():
    """Name, account and customer number: enough below the limit, and not too much."""
    return fields(FATF, Tier.BASIC, payload(sender(customer_identification="7")))


@vector("policy_fields")
def basic_and_too_much():
    """Home and birth below the limit: nothing is missing, two elements are barred."""
    return fields(FATF, Tier.BASIC, payload(sender(geographic_address=(HOME,), date_and_place_of_birth=BIRTH)))


@vector("policy_fields")
def full_by_customer_number():
    """The first of the FATF's alternatives."""
    return fields(FATF, Tier.FULL, payload(sender(customer_identification="7")))


@vector("policy_fields")
def full_by_birth():
    """The last of them, of two paths; in FULL nothing is barred."""
    return fields(FATF, Tier.FULL, payload(sender(date_and_place_of_birth=BIRTH)))


@vector("policy_fields")
def none_of_the_alternatives():
    """Of alternatives that lack as much, the first is asked for."""
    return fields(FATF, Tier.FULL, payload(sender()))


@vector("policy_fields")
def the_alternative_that_lacks_least():
    """The Union's first alternative lacks one element, its second two."""
    return fields(EU, Tier.FULL, payload(sender(geographic_address=(HOME,), customer_identification="7")))


@vector("policy_fields")
def half_a_birth():
    """Where one element of the second alternative is there, the other is asked for."""
    birth = replace(BIRTH, place_of_birth=None)
    return fields(EU, Tier.FULL, payload(sender(date_and_place_of_birth=birth)))


@vector("policy_fields")
def address_without_a_country():
    """The star stands for the first address, though there are two."""
    where = replace(HOME, country=None)
    legal = LegalPerson(name=COMPANY, geographic_address=(where, where), customer_identification="7")
    return fields(EU, Tier.FULL, payload(Person(legal_person=legal, account_number=("1Example",))))


@vector("policy_fields")
def one_account_for_two():
    """Each person needs a name and an identity, one of them the account."""
    second = replace(sender(account=()), legal_person=None)
    return fields(FATF, Tier.FULL, payload(sender(customer_identification="7"), second))


@vector("policy_fields")
def nobody():
    """An empty payload is asked for as that of one natural person on each side."""
    return fields(EU, Tier.FULL, IdentityPayload())


@vector("policy_fields")
def neither_natural_nor_legal():
    """A person of neither kind is asked for as a natural one."""
    return fields(FATF, Tier.BASIC, payload(Person(account_number=("1Example",))))
