"""All seeds, and all that the fuzzer ever found, through every target; and no decoder without a target."""

import importlib
import inspect
import pkgutil
import re
import sys

import pytest

import carnet
import carnet_node
from fuzz.exempt import EXEMPT
from fuzz.table import FINDINGS, load_all
from strategies import declare_all

TARGETS = load_all()
DECODER = re.compile(
    r"(decode|parse|read|open|load|unlock|unpad|uncarry|unverified|verify|examine|compile|from|look|ask|find_bad)(_|$)"
)
NOT_OURS = ("carnet.rpc", "carnet.testing", "carnet.cli.bench", "carnet_node.demo", "carnet_node.bench")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_seed_and_every_finding_is_accepted_or_refused(name):
    each = TARGETS[name]
    seeds = list(each.seeds())
    assert seeds, "a target without seeds is fuzzed in the dark"
    accepted = [data for data in seeds if not isinstance(each.judge(data), each.refuses)]
    assert accepted or name in REFUSES_ALL, "no seed goes all the way"
    for data in each.findings():
        each.judge(data)


REFUSES_ALL = {
    "offer.ciphertext": "what can be opened was not sealed to this key",
}
"""Targets none of whose seeds is accepted, each with its reason."""


NESTED = b'{"quotes":' + b"[" * 60_000 + b"]" * 60_000 + b"}"  # once took a parser, and its process, along


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 40, b"{}", b"\xa0", b"\x9f" * 5000, b"\x81" * 5000, NESTED])
def test_what_nobody_sends_is_refused_by_every_target(data):
    for each in TARGETS.values():
        each.judge(data)


def test_every_finding_belongs_to_a_target():
    assert [path.name for path in FINDINGS.iterdir() if path.name not in TARGETS] == []


def test_every_message_has_a_target():
    assert {f"message.{name}" for name in declare_all()} == {name for name in TARGETS if name.startswith("message.")}


def decoders():
    """Return every public function and method that reads something, by its full name: its code."""
    found = {}
    for package in (carnet, carnet_node):
        for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if each.name.startswith(NOT_OURS) or each.name.endswith("__main__"):
                continue
            module = importlib.import_module(each.name)
            for name, value in vars(module).items():
                if inspect.isclass(value) and value.__module__ == each.name:
                    found |= {
                        f"{each.name}.{name}.{method}": held
                        for method, held in vars(value).items()
                        if DECODER.match(method)
                    }
                elif DECODER.match(name) and getattr(value, "__module__", None) == each.name:
                    found[f"{each.name}.{name}"] = value
    unwrapped = {name: inspect.unwrap(getattr(value, "__func__", value)) for name, value in found.items()}
    return {name: value.__code__ for name, value in unwrapped.items() if inspect.isfunction(value)}


def reached():
    """Return the code that the first few seeds of all targets run through."""
    seen = set()

    def watch(frame, event, _argument):
        if event == "call":
            seen.add(frame.f_code)

    before = sys.getprofile()
    for each in TARGETS.values():
        few = [*list(each.seeds())[:4], *each.findings()]
        sys.setprofile(watch)
        try:
            for data in few:
                each.judge(data)
        finally:
            sys.setprofile(before)
    return seen


def test_every_decoder_is_reached_by_a_target():
    known, seen = decoders(), reached()
    missing = {name for name, code in known.items() if code not in seen}
    assert sorted(missing - EXEMPT.keys()) == [], "give each a target, or a reason in exempt.py"
    assert sorted(EXEMPT.keys() - missing) == [], "no reason is needed"
