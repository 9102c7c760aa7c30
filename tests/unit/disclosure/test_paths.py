"""Which leaves answer a path, held to a second way of saying it, and to leaves that somebody withholds."""

import random
from functools import cache

import pytest

from carnet.disclosure.paths import CUSTOMER, SEED, answers, check_path, read_value
from carnet.envelope.tree import fields_of
from carnet.errors import DecodeError, VerifyError
from carnet.messages import Role
from carnet.policy.tier import Tier
from carnet.testing import disclosures

PERSON = "/identity/originator/originatorPerson"


@cache
def leaves():
    stage = disclosures.make_stage()
    return dict(fields_of(stage.held["alice"][0].payload))


def naive(paths):
    """Say the same by comparing texts: no schema, no walk."""
    found = set()
    for path in paths:
        labels = path.split("/")[1:]
        for leaf, value in leaves().items():
            own = leaf.split("/")[1:]
            same = all(want in ("*", have) for want, have in zip(labels, own, strict=False))
            if leaf == SEED or not same:
                continue
            below = len(own) >= len(labels)
            absent = len(own) < len(labels) and value is None
            rest = labels[len(own) :]
            counted = len(own) < len(labels) and type(value) is int
            if (
                below
                or absent
                or (counted and rest[0] == "*")
                or (counted and rest[0].isdigit() and int(rest[0]) >= value)
            ):
                found.add(leaf)
    return found


def paths():
    """All paths down to all leaves, some of them with a star, some with an item that is not there."""
    found = {""}
    for leaf in leaves():
        labels = leaf.split("/")[1:]
        for end in range(1, len(labels) + 1):
            path = "/" + "/".join(labels[:end])
            found.add(path)
            found.add("/".join("*" if label.isdigit() else label for label in path.split("/")))
            found.add("/".join("3" if label.isdigit() else label for label in path.split("/")))
    return sorted(found - {SEED})


def possible(path):
    try:
        check_path(path)
    except DecodeError:
        return False
    return True


def test_each_path_is_answered_as_the_naive_way_says():
    asked = [path for path in paths() if possible(path)]
    assert len(asked) > 120
    for path in asked:
        assert set(answers(leaves(), [path])) == naive([path]), path


def test_several_paths_are_answered_as_each_alone():
    dice, asked = random.Random(7), [path for path in paths() if possible(path)]  # noqa: S311 - a test's dice
    for _ in range(50):
        some = dice.sample(asked, 4)
        assert set(answers(leaves(), some)) == naive(some)


def test_s13_whatever_is_withheld_is_missed():
    """Of the leaves that answer, take away any: the walk over the others names one that is not there."""
    dice, asked = random.Random(8), [path for path in paths() if possible(path)]  # noqa: S311 - a test's dice
    for _ in range(150):
        some = dice.sample(asked, dice.randint(1, 3))
        shown = answers(leaves(), some)
        kept = {path: leaves()[path] for path in shown}
        for path in dice.sample(shown, min(len(shown), 3)):
            fewer = {each: value for each, value in kept.items() if each != path}
            assert not set(answers(fewer, some)) <= fewer.keys(), (some, path)


def test_the_whole_payload_is_all_but_the_seed():
    assert set(answers(leaves(), [""])) == leaves().keys() - {SEED}


def test_a_missing_item_and_an_absent_field_are_told_by_what_is_there():
    assert answers(leaves(), [f"{PERSON}/1"]) == [PERSON]
    assert answers(leaves(), [f"{PERSON}/0/legalPerson/name"]) == [f"{PERSON}/0/legalPerson"]


@pytest.mark.parametrize(
    "path",
    [
        SEED,
        "x/seed",
        "/seed/x",
        "/x",
        "/identity/x",
        f"{PERSON}/x",
        f"{PERSON}/01",
        f"{PERSON}/99999999",
        "/transfer/*",
        "/*",
        "/tier/0",
    ],
)
def test_what_no_payload_answers_is_refused(path):
    with pytest.raises(DecodeError) as caught:
        check_path(path)
    assert caught.value.check == "disclosure.path"


@pytest.mark.parametrize(
    ("path", "value"),
    [(PERSON, "one"), (PERSON, -1), (PERSON, 10**6), ("/transfer/amount", 1), ("/tier", 9), ("/tier", None)],
)
def test_a_value_that_its_field_cannot_have_is_refused(path, value):
    with pytest.raises(VerifyError) as caught:
        answers({path: value}, [path])
    assert caught.value.check == "disclosure.value"


def test_values_are_read_as_what_they_are():
    assert read_value("/transfer/amount", b"\x0f\x42\x40") == 1_000_000
    assert read_value("/tier", 1) is Tier(1)
    assert read_value(PERSON, 2) == 2
    assert read_value("/transfer/purpose", None) is None
    for wrong in ("/nothing", "/tier/x"):
        with pytest.raises(DecodeError):
            read_value(wrong, 1)


def test_a_spot_check_opens_what_a_payload_has():
    assert set(CUSTOMER) == set(Role)
    assert all(path in leaves() for path in CUSTOMER.values())
