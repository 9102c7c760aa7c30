"""The vectors of proofs as their runners need them; nothing here knows the library's statements."""

import pytest

from vector_files import load

BRIEF = 100
"""Proofs up to this size cost a slow verifier next to nothing."""

FEW = {
    ("compare", "range_of_the_shortest"),
    ("compare", "ge_the_limit_itself"),
    ("compare", "lt_negative"),
    ("tier", "window_apart_from_the_value"),
    ("tier", "negative_value_offsets_a_window"),
}
"""Longer proofs that slow verifiers judge all the same in every run."""


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

    With *slowly*, those that take a slow verifier long are marked slow.
    """

    def marks(suite, case):
        long = slowly and len(case["proof"]) > BRIEF and (suite, case["name"]) not in FEW
        return [pytest.mark.slow] if long else []

    cases = [
        pytest.param(suite, case, id=f"{suite}-{case['name']}", marks=marks(suite, case))
        for suite in names
        for case in load(suite)
        if where in case
    ]
    return pytest.mark.parametrize(("suite", "case"), cases)
