"""From any dialect to another, with what was lost on the way (spec/ivms101.md#conversion)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from carnet.ivms101 import model as m
from carnet.ivms101 import registers
from carnet.ivms101 import spelling as s
from carnet.ivms101.problem import Problem, problem
from carnet.ivms101.rules import Judge, Profile
from carnet.ivms101.tree import Node, Reader
from carnet.ivms101.writing import Json, write

CARRIED_HINT: Final = "it was carried as it is; shorten or transliterate it for a recipient who is strict"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A payload in another dialect, *lost* on the way, or None and the *problems* that kept it from being read.

    *problems* also name what was carried and is not valid in the other issue.
    """

    data: Json | None
    dialect: s.Dialect
    lost: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def convert(data: object, to: s.Dialect) -> Conversion:
    """Return parsed JSON *data*, a payload in any dialect, written in dialect *to* (spec/ivms101.md#conversion).

    What the payload says is not judged: data that break rules are carried over and break them still.
    """
    reader = Reader()
    node = reader.read(m.IdentityPayload, data)
    unfit = tuple(each for each in reader.problems if each.rule != "UNKNOWN")
    if node is None or unfit:
        return Conversion(data=None, dialect=reader.dialect(), lost=(), problems=unfit)
    dialect = reader.dialect()
    unknown = [_lost(each.path, "a member that the standard does not know") for each in reader.problems]
    return Conversion(
        data=write(node, to),
        dialect=dialect,
        lost=(*unknown, *_losses(node, dialect, to)),
        problems=tuple(_narrower(node, dialect, to)),
    )


def _lost(path: str, message: str) -> Problem:
    return problem("LOST", path, message)


def _losses(node: Node, dialect: s.Dialect, to: s.Dialect) -> Iterator[Problem]:
    """Yield what dialect *to* has no place for."""
    inside = bool(to.bit & s.ACCOUNTS_IN_PERSONS)
    for side, name in (("originator", "originator_person"), ("beneficiary", "beneficiary_person")):
        for each in node.nodes(side):
            persons = each.nodes(name)
            if inside and each.has(s.ACCOUNT) and len(persons) > 1:
                path = f"{each.path}/{each.keys[s.ACCOUNT]}"
                yield _lost(path, "nobody said whose these accounts are: they went to the first person")
            if not inside:
                for person in persons[1:]:
                    yield from _account_lost(person, "that the account is this person's")
    if not inside:
        for person in _providers(node):
            yield from _account_lost(person, "the account of a provider")
    if to.bit & s.PROTOBUF and not dialect.bit & s.PROTOBUF:
        yield from _zeroes(node)


def _account_lost(person: Node, message: str) -> Iterator[Problem]:
    if person.has(s.ACCOUNT):
        yield _lost(f"{person.path}/{person.keys[s.ACCOUNT]}", message)


def _providers(node: Node) -> Iterator[Node]:
    for vasp in ("originating_vasp", "beneficiary_vasp"):
        for each in node.nodes(vasp):
            yield from each.nodes(vasp)
    for path in node.nodes("transfer_path"):
        for hop in path.nodes("transfer_path"):
            yield from hop.nodes("intermediary_vasp")


def _zeroes(node: Node) -> Iterator[Problem]:
    """Yield where a code is absent that protobuf cannot leave out."""
    name, _ = s.PROTOBUF_ZERO.get(node.kind, ("", None))
    if name and not node.has(name):
        yield _lost(node.path, "that a code or a number is absent: protobuf reads its zero")
    for value in node.values.values():
        for each in value if type(value) is list else (value,):
            if type(each) is Node:
                yield from _zeroes(each)


def _narrower(node: Node, dialect: s.Dialect, to: s.Dialect) -> Iterator[Problem]:
    """Yield the texts that the 2020 issue would not allow, if that is where they go."""
    if to.bit & s.ISSUE_2023 or not dialect.bit & s.ISSUE_2023:
        return
    judge = Judge(
        issue=s.Issue.V2020,
        dialect=dialect,
        profile=Profile.STRICT,
        today=None,
        authorities=registers.known(),
    )
    judge.visit(node)
    for each in judge.problems:
        if each.rule == "TEXT":
            yield problem("TEXT", each.path, each.message, hint=CARRIED_HINT)
