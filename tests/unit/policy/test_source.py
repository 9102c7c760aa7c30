import pytest

import pack_files
from carnet.errors import UsageError
from carnet.policy import Leg, compile_pack

FATF = pack_files.source("fatf-2019")


def test_the_packs_say_what_the_law_says():
    fatf, eu = pack_files.pack("fatf-2019"), pack_files.pack("eu-tfr-2023")
    (vasp,) = fatf.legs
    assert (vasp.leg, vasp.currency, vasp.exponent, vasp.full_from) == (Leg.VASP, "USD", 2, 100000)
    assert [(rule.leg, rule.currency, rule.full_from, rule.ownership_proof_from) for rule in eu.legs] == [
        (Leg.VASP, "EUR", 0, None),
        (Leg.SELF_HOSTED, "EUR", 0, 100001),
    ]
    assert fatf.effective_from == 1561075200  # 21 June 2019
    assert eu.effective_from == 1735516800  # 30 December 2024
    assert (fatf.effective_until, eu.effective_until) == (None, None)
    assert min(fatf.retention_days, eu.retention_days) >= 5 * 365 + 2


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
        ("effective_from = 2019-06-21", "effective_until = 2019-06-21", "pack.effective_from: missing"),
        ("effective_from = 2019-06-21", "effective_from = 1969-12-31", "PolicyPack.effective_from"),
        (
            "effective_from = 2019-06-21",
            "effective_from = 2019-06-21\neffective_until = 2019-06-21",
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
        ("[[legs]]", "[[legs", "pack: "),
    ],
)
def test_an_authors_mistake_is_named_by_its_key(old, new, key):
    assert old in FATF
    with pytest.raises(UsageError) as caught:
        compile_pack(FATF.replace(old, new))
    assert key in str(caught.value)


@pytest.mark.parametrize("sources", ["[]", '["x", 1]'])
def test_a_pack_names_its_sources(sources):
    start, end = FATF.index("sources = ["), FATF.index("]\n", FATF.index("sources = ["))
    with pytest.raises(UsageError, match=r"PolicyPack\.sources"):
        compile_pack(FATF[:start] + f"sources = {sources}\n" + FATF[end + 2 :])


def test_the_order_of_keys_in_a_source_does_not_matter():
    head, legs = FATF.split("[[legs]]")
    lines = [line for line in head.splitlines() if " = 1" in line or line.startswith(("id", "status"))]
    moved = "\n".join([line for line in head.splitlines() if line not in lines] + lines)
    assert compile_pack(f"{moved}\n[[legs]]{legs}") == compile_pack(FATF)
