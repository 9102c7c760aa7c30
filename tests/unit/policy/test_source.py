from datetime import datetime

import pytest

import pack_files
from carnet.errors import UsageError
from carnet.policy import Fact, Leg, compile_pack

FATF = pack_files.source("fatf-2019")


VASP, SELF_HOSTED = Leg.VASP, Leg.SELF_HOSTED
MONTH = 30 * 86400
LAW = [
    # pack, status, leg, currency, decimals, smallest value that needs FULL, proof of ownership from, window, years kept
    ("ae-vara-2023", "READY", VASP, "AED", 2, 350001, None, 0, 8),
    ("au-amlctf-2026", "READY", VASP, "AUD", 2, 0, None, 0, 7),
    ("ca-pcmltfr-2021", "READY", VASP, "CAD", 2, 100000, None, 0, 5),
    ("ch-finma-2019", "UNVERIFIED", VASP, "CHF", 2, 0, None, MONTH, 10),
    ("ch-finma-2019", "UNVERIFIED", SELF_HOSTED, "CHF", 2, 0, 0, MONTH, 10),
    ("eu-tfr-2023", "READY", VASP, "EUR", 2, 0, None, 0, 5),
    ("eu-tfr-2023", "READY", SELF_HOSTED, "EUR", 2, 0, 100001, 0, 5),
    ("fatf-2019", "READY", VASP, "USD", 2, 100000, None, 0, 5),
    ("fatf-2025", "UNVERIFIED", VASP, "USD", 2, 100001, None, 0, 5),
    ("hk-amlo-2023", "READY", VASP, "HKD", 2, 800000, None, 0, 5),
    ("jp-ptcpa-2023", "UNVERIFIED", VASP, "JPY", 0, 0, None, 0, 7),
    ("kr-sfia-2022", "READY", VASP, "KRW", 0, 1000000, None, 0, 5),
    ("kr-sfia-2026", "UNVERIFIED", VASP, "KRW", 0, 0, None, 0, 5),
    ("sg-psn02-2020", "READY", VASP, "SGD", 2, 150001, None, 0, 5),
    ("uk-mlr-2023", "READY", VASP, "EUR", 2, 100000, None, 0, 5),
    ("uk-mlr-2026", "UNVERIFIED", VASP, "GBP", 2, 80000, None, 0, 5),
    ("us-bsa-2019", "READY", VASP, "USD", 2, 300000, None, 0, 5),
]
PERIODS = {
    "ae-vara-2023": ("2023-02-07", None),
    "au-amlctf-2026": ("2026-07-01", None),
    "ca-pcmltfr-2021": ("2021-06-01", None),
    "ch-finma-2019": ("2019-08-26", None),
    "eu-tfr-2023": ("2024-12-30", None),
    "fatf-2019": ("2019-06-21", "2031-01-01"),
    "fatf-2025": ("2031-01-01", None),
    "hk-amlo-2023": ("2023-06-01", None),
    "jp-ptcpa-2023": ("2023-06-01", None),
    "kr-sfia-2022": ("2022-03-25", "2026-08-20"),
    "kr-sfia-2026": ("2026-08-20", None),
    "sg-psn02-2020": ("2020-01-28", None),
    "uk-mlr-2023": ("2023-09-01", "2026-06-30"),
    "uk-mlr-2026": ("2026-06-30", None),
    "us-bsa-2019": ("2019-05-09", None),
}


def midnight(day):
    return None if day is None else int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def test_the_packs_say_what_the_law_says():
    assert [
        (
            pack.id,
            pack.status.name,
            rule.leg,
            rule.currency,
            rule.exponent,
            rule.full_from,
            rule.ownership_proof_from,
            rule.linked_window_s,
            pack.retention_days // 365,
        )
        for pack in pack_files.ALL
        for rule in pack.legs
    ] == LAW


def test_the_packs_hold_for_as_long_as_the_law_does():
    assert {pack.id: (pack.effective_from, pack.effective_until) for pack in pack_files.ALL} == {
        name: tuple(map(midnight, period)) for name, period in PERIODS.items()
    }


@pytest.mark.parametrize("pack", pack_files.ALL, ids=lambda pack: pack.id)
def test_a_pack_names_a_source_for_each_kind_of_fact_that_it_states(pack):
    borne_out = {fact for source in pack.sources for fact in source.facts}
    assert {Fact.PERIOD, Fact.LIMIT, Fact.FIELDS, Fact.RETENTION} <= borne_out
    assert (Fact.OWNERSHIP in borne_out) == any(rule.ownership_proof_from is not None for rule in pack.legs)
    assert Fact.LINKED in borne_out or not any(rule.linked_window_s for rule in pack.legs)


@pytest.mark.parametrize("pack", pack_files.ALL, ids=lambda pack: pack.id)
def test_years_are_kept_whole(pack):
    years, leap_days = divmod(pack.retention_days, 365)
    assert leap_days >= -(-years // 4) if years % 4 else years // 4


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "fatf-2019"', "", "pack.id: missing"),
        ('id = "fatf-2019"', "id = 7", "pack.id: str"),
        ('id = "fatf-2019"', 'id = "FATF 2019"', "PolicyPack.id"),
        ('id = "fatf-2019"', 'id = "fatf-2019"\nidea = 1', "pack.idea: unknown"),
        ("version = 1", "version = -1", "PolicyPack.version"),
        ("version = 1", "version = true", "pack.version: int"),
        ('status = "READY"', 'status = "SURE"', "pack.status: one of READY, UNVERIFIED"),
        ("effective_from = 2019-06-21", 'effective_from = "2019-06-21"', "pack.effective_from: a date"),
        ("effective_from = 2019-06-21", "effective_from = 2019-06-21T00:00:00", "pack.effective_from: a date"),
        ("effective_from = 2019-06-21", "", "pack.effective_from: missing"),
        ("effective_from = 2019-06-21", "effective_from = 1969-12-31", "PolicyPack.effective_from"),
        (
            "effective_until = 2031-01-01",
            "effective_until = 2019-06-21",
            "policy.period",
        ),
        ('leg = "VASP"', 'leg = "BANK"', "legs[0].leg: one of"),
        ("exponent = 2", "exponent = 2.0", "legs[0].exponent: int"),
        ("full_from = 100000", "full_from = 4294967296", "LegRule.full_from"),
        ("full_from = 100000", "full_form = 100000", "legs[0].full_form: unknown"),
        ('"originator-account"', '"originator-acount"', "no set is called 'originator-acount'"),
        ('"originator-account"', "[]", "no set is called []"),
        (
            'any_of = [["accountNumber"]]',
            'any_of = ["accountNumber"]',
            "sets.originator-account.any_of: a list of lists",
        ),
        ('any_of = [["accountNumber"]]', "any_of = [[]]", "FieldRule.any_of"),
        ('any_of = [["accountNumber"]]', 'any_of = [["accountNumbers"]]', "policy.path"),
        ('subject = "ORIGINATOR"', 'subject = "BANK"', "sets.originator-natural-name.subject: one of"),
        ("[[legs]]", "[legs]", "pack.legs: list"),
        ('facts = ["LIMIT"]', 'facts = ["LIMITS"]', "sources[1].facts: one of PERIOD, LIMIT"),
        ('facts = ["LIMIT"]', 'facts = "LIMIT"', "sources[1].facts: list"),
        ('facts = ["LIMIT"]', "facts = [[]]", "sources[1].facts: one of"),
        ('facts = ["LIMIT"]', "facts = []", "PackSource.facts"),
        ('facts = ["LIMIT"]', 'facts = ["LIMIT"]\nurl = ""', "sources[1].url: unknown"),
        ('confidence = "HIGH"', 'confidence = "SURE"', "sources[0].confidence: one of LOW, MEDIUM, HIGH"),
        ('["LIMIT"]\nconfidence = "HIGH"', '["LIMIT"]\nconfidence = "LOW"', "policy.confidence"),
        ('currency = "USD"', 'currency = "JPY"', "policy.exponent"),
        ("[[legs]]", "[[legs", "pack: "),
    ],
)
def test_an_authors_mistake_is_named_by_its_key(old, new, key):
    assert old in FATF
    with pytest.raises(UsageError) as caught:
        compile_pack(FATF.replace(old, new))
    assert key in str(caught.value)


def test_a_pack_names_its_sources():
    head, legs = FATF.split("[[sources]]", maxsplit=1)[0], FATF[FATF.index("[[legs]]") :]
    with pytest.raises(UsageError, match=r"pack\.sources: missing"):
        compile_pack(head + legs)
    with pytest.raises(UsageError, match=r"PolicyPack\.sources"):
        compile_pack(f"{head}sources = []\n{legs}")


def test_the_order_of_keys_in_a_source_does_not_matter():
    head, legs = FATF.split("[[legs]]")
    head, *sources = head.split("[[sources]]")
    moved = "\n".join(reversed(head.splitlines()))
    swapped = "".join("\n[[sources]]" + "\n".join(reversed(each.splitlines())) for each in sources)
    assert compile_pack(f"{moved}{swapped}\n[[legs]]{legs}") == compile_pack(FATF)
