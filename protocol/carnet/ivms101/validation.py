"""Is it IVMS101? One verdict for a payload in any dialect (spec/ivms101.md#validation)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, final

from carnet.ivms101 import model as m
from carnet.ivms101 import registers
from carnet.ivms101 import spelling as s
from carnet.ivms101.problem import Problem, problem
from carnet.ivms101.rules import Judge, Profile, day_of
from carnet.ivms101.tree import VERSION, VERSION_2020, Reader

NAME_HINT: Final = (
    "spell it as the rest of the payload is spelt, or convert the payload; the lenient profile lets it pass"
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong with a payload by *issue* under *profile*; *warnings* are no breach of the standard."""

    issue: s.Issue
    dialect: s.Dialect
    profile: Profile
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the command prints it."""
        return {
            "valid": self.valid,
            "issue": str(self.issue),
            "dialect": str(self.dialect),
            "profile": str(self.profile),
            "problems": [each.as_json() for each in self.problems],
        }


def validate(
    data: object,
    *,
    now: int,
    issue: s.Issue | None = None,
    profile: Profile = Profile.STRICT,
    authorities: registers.Authorities | None = None,
    show_values: bool = False,
) -> Verdict:
    """Return everything that is wrong with parsed JSON *data*, and never raise (spec/ivms101.md#validation).

    Without *issue*, the payload is judged by the one that it says or shows it was written for. *now* is the time in
    seconds since the epoch, which C2 needs. Problems hold values of the payload only with *show_values*.
    """
    reader = Reader()
    node = reader.read(m.IdentityPayload, data)
    dialect = reader.dialect()
    by = issue or issue_of(reader)
    strays = _strays(reader, dialect, issue) if profile is Profile.STRICT else []
    found, warnings = [*reader.problems, *strays], list(reader.limits)
    if node is not None:
        judge = Judge(
            issue=by,
            dialect=dialect,
            profile=profile,
            today=day_of(now),
            authorities=authorities or registers.known(),
        )
        judge.visit(node)
        found += judge.problems
        warnings += judge.warnings
    if show_values:
        found, warnings = with_values(found, data), with_values(warnings, data)
    return Verdict(issue=by, dialect=dialect, profile=profile, problems=tuple(found), warnings=tuple(warnings))


def issue_of(reader: Reader) -> s.Issue:
    """Return the issue that a payload names, or else the one of its dialect."""
    if reader.version is not None:
        return {VERSION: s.Issue.V2023, VERSION_2020: s.Issue.V2020}[reader.version]
    return s.Issue.V2023 if reader.dialect().bit & s.ISSUE_2023 else s.Issue.V2020


def _strays(reader: Reader, dialect: s.Dialect, issue: s.Issue | None) -> list[Problem]:
    """Return the members that the dialect, or the issue asked for, spells otherwise."""
    told = [problem("NAME", path, f"not a name or code of dialect {dialect}", hint=NAME_HINT) for path in reader.strays]
    other = {s.Issue.V2020: s.Dialect.SPEC_2023, s.Issue.V2023: s.Dialect.SPEC_2020}
    if issue is not None and dialect is other[issue]:
        told.append(problem("NAME", "", f"written as the {dialect} issue writes, and judged by that of {issue}"))
    return told


def with_values(problems: Iterable[Problem], data: object) -> list[Problem]:
    """Return *problems* with what is at their paths, where that is a text, a number or the like."""
    return [_with_value(each, data) for each in problems]


def _with_value(each: Problem, data: Any) -> Problem:
    for token in each.path.split("/")[1:]:
        if isinstance(data, dict) and token in data:
            data = data[token]
        elif isinstance(data, list) and token.isdigit() and int(token) < len(data):
            data = data[int(token)]
        else:
            return each
    if isinstance(data, dict | list):
        return each
    return replace(each, message=f"{each.message}: {json.dumps(data)}")
