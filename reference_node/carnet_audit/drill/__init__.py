"""Fault drills: invented networks in which somebody cheats, and what the real audit says of it.

Each drill is a function that commits one fault and looks at what comes of it, by the name under which `drills.toml`
tells its story in plain words.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, final

from carnet.audit import Verdict
from carnet_audit.drill.channels import ACTS as OF_CHANNELS
from carnet_audit.drill.customers import ACTS as OF_CUSTOMERS
from carnet_audit.drill.disclosures import ACTS as OF_DISCLOSURES
from carnet_audit.drill.logs import ACTS as OF_LOGS
from carnet_audit.drill.logs import honest
from carnet_audit.drill.records import ACTS as OF_RECORDS
from carnet_audit.drill.reports import ACTS as OF_REPORTS
from carnet_audit.drill.stage import Sight, Stage

Act = Callable[[Stage], Sight]

HONEST: Final = "honest"
ACTS: Final[Mapping[str, Act]] = {
    HONEST: honest,
    **OF_LOGS,
    **OF_RECORDS,
    **OF_REPORTS,
    **OF_CHANNELS,
    **OF_DISCLOSURES,
    **OF_CUSTOMERS,
}
"""What happens in each drill, in the order in which they are told."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill: its *act*, the *checks* that must catch it, and its story.

    *done* is what somebody did, *shown* what the auditor saw of it, *caught* why the checks catch it, and *next* what
    to do. Without *checks* the drill shows a limit: the verdict is sound, and the story says so.
    """

    name: str
    act: Act
    title: str
    checks: tuple[str, ...]
    verdict: Verdict
    done: str
    shown: str
    caught: str
    next: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a drill: what the auditor *saw*."""

    drill: Drill
    saw: Sight

    @property
    def as_expected(self) -> bool:
        """Whether each check that must catch the fault did, and the verdict is as it must be."""
        return set(self.drill.checks) <= self.saw.checks and self.saw.verdict is self.drill.verdict

    def to_json(self) -> dict[str, Any]:
        """Return the result as ``carnet-audit drill --json`` prints it."""
        drill = self.drill
        return {
            "drill": drill.name,
            "title": drill.title,
            "as_expected": self.as_expected,
            "expected": {"verdict": drill.verdict.name, "checks": list(drill.checks)},
            "verdict": self.saw.verdict.name,
            "findings": [each.to_json() for each in self.saw.findings],
            "done": drill.done,
            "shown": drill.shown,
            "caught": drill.caught,
            "next": drill.next,
        }


@cache
def drills() -> dict[str, Drill]:
    """Return all drills by name."""
    told = tomllib.loads((files("carnet_audit.drill") / "drills.toml").read_text(encoding="utf-8"))
    return {
        name: Drill(
            name=name,
            act=act,
            title=told[name]["title"],
            checks=tuple(told[name]["checks"]),
            verdict=Verdict[told[name]["verdict"]],
            done=_line(told[name]["done"]),
            shown=_line(told[name]["shown"]),
            caught=_line(told[name]["caught"]),
            next=_line(told[name]["next"]),
        )
        for name, act in ACTS.items()
    }


def perform(drill: Drill, stage: Stage) -> Result:
    """Commit the fault of *drill* on *stage*, and let the auditor look."""
    return Result(drill=drill, saw=drill.act(stage))


def _line(text: str) -> str:
    """Return *text*, which may be broken into lines where it stands, as one."""
    return " ".join(text.split())
