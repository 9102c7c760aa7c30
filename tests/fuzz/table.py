"""Every decoder as a function of bytes: the table that the fuzzer feeds, and that `test_replay` replays.

A target may end in one of the errors in its *refuses*; anything else is a finding. Rules: a target is quick, it keeps
nothing between calls, and where what it accepts can be written again, it holds the two to be the same bytes.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from carnet.errors import PeerError

FINDINGS = Path(__file__).parent / "findings"
MODULES = (
    "of_messages",
    "of_objects",
    "of_log",
    "of_json",
    "of_policy",
    "of_proofs",
    "of_tools",
    "of_node",
    "of_evidence",
    "of_disclosure",
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """One decoder: *family* names the process that it is fuzzed in, *grammar* how its input is best changed."""

    name: str
    family: str
    grammar: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    refuses: tuple[type[Exception], ...] = (PeerError,)

    def judge(self, data):
        """Feed *data*; return what was made of it, or the refusal, or let a finding through."""
        try:
            return self.run(data)
        except self.refuses as error:
            return error

    def findings(self):
        """The inputs that once were findings."""
        folder = FINDINGS / self.name
        return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []


TARGETS: dict[str, Target] = {}


def target(name, *, seeds, family, grammar="bytes", refuses=(PeerError,)):
    """Put the function below into the table."""

    def add(run):
        assert name not in TARGETS, f"two targets are called {name}"
        TARGETS[name] = Target(name=name, family=family, grammar=grammar, run=run, seeds=seeds, refuses=refuses)
        return run

    return add


def load_all():
    """Return the table, with all targets in it."""
    for module in MODULES:
        importlib.import_module(f"fuzz.{module}")
    return TARGETS


def families():
    """Return the targets of each family, in a fixed order."""
    found = {}
    for each in load_all().values():
        found.setdefault(each.family, []).append(each)
    return found
