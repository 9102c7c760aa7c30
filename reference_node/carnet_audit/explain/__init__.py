"""What each check of the audit means, in words for somebody who has to act on it (spec/audit.md#checks).

The texts are data, in ``explanations.toml`` beside this module; what a check shows and where the specification states
it are the library's own (`carnet.audit.rules`, `carnet.audit.spot`). ``refusals.toml`` has a line for each check by
which the opening of a disclosure or of a file of evidence is refused.
"""

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final, final

from carnet.audit.rules import CHECKS, Verdict
from carnet.audit.spot import SPOT_RULES

SHOWS: Final = {
    Verdict.SOUND: "Nothing is wrong.",
    Verdict.UNSOUND: "Unsound: the folder of an honest VASP, as the VASP published it, cannot fail this check.",
    Verdict.UNKNOWN: "Could not tell: nothing is proven wrong, but something is missing or out of its time.",
}
BOOKS: Final = "Unsound: the books of an honest VASP cannot fail this check."
STEPS: Final = {
    0: "Any step",
    1: "The directory of members",
    2: "The VASP's keys",
    3: "The checkpoint",
    4: "The witnesses",
    5: "The log's tree",
    6: "The records",
    7: "The rules for records",
    8: "The proofs",
    9: "Several sources",
    10: "The day reports",
    11: "The channels between VASPs",
    12: "The disclosures",
    13: "The window sums",
    14: "Single records",
}


SPOT: Final = "spec/window.md#spot-checks"
EXPLAINED: Final = (*CHECKS, *SPOT_RULES)
"""The checks of the audit, in the order of its steps, and then those of a spot check."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What *check* means, why it may fail, honestly or not, and what to do *next*; a spot check is no *step*."""

    check: str
    says: str
    verdict: Verdict
    step: int | None
    spec: str
    means: str
    honest: tuple[str, ...]
    dishonest: tuple[str, ...]
    next: tuple[str, ...]

    @property
    def shows(self) -> str:
        """What a failure shows, as a sentence."""
        return BOOKS if self.step is None and self.verdict is Verdict.UNSOUND else SHOWS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as ``carnet-audit explain --json`` prints it."""
        return {
            "check": self.check,
            "says": self.says,
            "step": self.step,
            "spec": self.spec,
            "shows": self.verdict.name,
            "means": self.means,
            "honest": list(self.honest),
            "dishonest": list(self.dishonest),
            "next": list(self.next),
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something is not opened at all."""

    check: str
    says: str
    spec: str

    def to_json(self) -> dict[str, Any]:
        """Return the refusal as ``carnet-audit explain --json`` prints it."""
        return {"check": self.check, "says": self.says, "spec": self.spec}


@cache
def texts() -> dict[str, dict[str, Any]]:
    """Return the content of ``explanations.toml``."""
    return _read("explanations.toml")


@cache
def refusals() -> dict[str, Refusal]:
    """Return what ``refusals.toml`` tells, without the checks of the audit, of which more is told."""
    return {
        check: Refusal(check=check, says=says, spec=spec)
        for check, (says, spec) in _read("refusals.toml").items()
        if check not in CHECKS
    }


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))


def explanation(check: str) -> Explanation:
    """Return what *check* means.

    Raises:
        KeyError: there is no such check.
    """
    text, rule = texts()[check], CHECKS.get(check)
    return Explanation(
        check=check,
        says=rule.says if rule else SPOT_RULES[check].says,
        verdict=rule.shows if rule else SPOT_RULES[check].shows,
        step=rule.step if rule else None,
        spec=rule.spec if rule else SPOT,
        means=" ".join(text["means"].split()),
        honest=tuple(text["honest"]),
        dishonest=tuple(text["dishonest"]),
        next=tuple(text["next"]),
    )


def step_title(step: int | None) -> str:
    """Return what *step* of the procedure is about.

    >>> step_title(4), step_title(None)
    ('The witnesses', 'Spot checks')
    """
    return "Spot checks" if step is None else STEPS.get(step, f"Step {step}")


def nearest(name: str) -> list[str]:
    """Return the checks whose names come closest to *name*, those with the same first or last word first.

    >>> nearest("record.entri")[0]
    'record.entry'
    """
    words = {each for each in name.lower().split(".") if each}
    every = [*EXPLAINED, *refusals()]
    alike = [check for check in every if words & set(check.split("."))]
    return list(dict.fromkeys(get_close_matches(name.lower(), every, n=3) + alike))[:8]
