"""What the fuzzer starts from: the published vectors, and a fictional network whose keys are known."""

import json
from functools import cache

from carnet.testing.world import make_world
from fixture_files import FIXTURES
from vector_files import load as _load

load = cache(_load)


def vectors(suite, *keys):
    """Return a maker of seeds: what the vectors of *suite* give under *keys*, good and bad."""

    def make():
        found = [case[key] for case in load(suite) for key in keys if case.get(key) is not None]
        return list(dict.fromkeys(each.encode() if isinstance(each, str) else each for each in found))

    return make


def json_vectors(*suites):
    """Return a maker of seeds: the JSON in vectors of *suites*."""

    def make():
        found = [case["data_json"] for suite in suites for case in load(suite)]
        return [json.dumps(each).encode() for each in found]

    return make


def fixtures():
    """What existing systems send."""
    return [path.read_bytes() for path in sorted(FIXTURES.rglob("*.json")) if path.stat().st_size < 20_000]


def joined(*makers):
    """Return a maker of the seeds of all *makers*."""
    return lambda: [each for make in makers for each in make()]


def first(suite, name=None):
    """Return the vector *name* of *suite*, or its first."""
    return next(case for case in load(suite) if name in {None, case["name"]})


@cache
def world():
    """A network whose identity keys are the same each time."""
    return make_world(sentence="a network to be fuzzed")
