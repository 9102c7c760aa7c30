"""The vectors of proofs as their runners need them; nothing here knows the library's statements."""

import pytest

from vector_files import load

BRIEF = 100
"""Proofs up to this size cost a slow engine next to nothing."""

FEW = {
    "range_of_the_shortest",
    "ge_the_limit_itself",
    "lt_negative",
    "window_apart_from_the_value",
    "negative_value_offsets_a_window",
}
"""Longer proofs that a slow engine judges all the same in every run."""

LONGEST = {
    "two_records",
    "one_of_two_negative",
    "bit_proofs_swapped",
    "eight_records",
    "rounded_up",
    "one_unit_too_much",
}
"""Of the suites with the longest proofs, those that a slow engine judges at all: it takes minutes otherwise."""


def number(data):
    return int.from_bytes(data, "big")


def context(case, kind):
    """Return a transcript of *kind* that has heard what the vector says it had heard."""
    on = kind(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    return on


def challenges(case):
    """Return the challenges of a vector as (label, scalar), in the order in which a transcript is asked for them."""
    told = case["challenges"]
    single = [(name.encode(), number(told[name])) for name in ("y", "z", "x", "q") if name in told]
    return single + [(name.encode(), number(each)) for name in ("u", "c") for each in told.get(name, [])]


def suites(*names, slowly=False, where="proof"):
    """Parametrise a test over the vectors of several suites that have a key *where*.

    With *slowly*, those that take a slow engine long are marked slow, and those that take it longest left out.
    """

    def is_long(case):
        return slowly and len(case["proof"]) > BRIEF

    cases = [
        pytest.param(
            suite,
            case,
            id=f"{suite}-{case['name']}",
            marks=[pytest.mark.slow] if is_long(case) and case["name"] not in FEW else [],
        )
        for suite in names
        for case in load(suite)
        if where in case
        if not is_long(case) or suite not in {"tiers", "conversion"} or case["name"] in LONGEST
    ]
    return pytest.mark.parametrize(("suite", "case"), cases)
