"""JSON in and out: what others write, read into the one internal form (spec/ivms101.md#dialects)."""

from dataclasses import dataclass
from typing import Final, TypeVar, cast, final

from carnet.errors import DecodeError
from carnet.ivms101 import model as m
from carnet.ivms101 import registers
from carnet.ivms101.problem import Problem
from carnet.ivms101.rules import Judge, Profile
from carnet.ivms101.spelling import Dialect, Issue
from carnet.ivms101.tree import MAX_VALUES, Node, Reader, built, tree_of
from carnet.ivms101.writing import Json, write
from carnet.schema import Message

__all__ = ["MAX_VALUES", "Dialect", "Examination", "Reading", "examine", "problems", "read", "read_part", "to_json"]

M = TypeVar("M", bound=Message)

LATEST: Final = Dialect.SPEC_2023


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A payload that could be read, how it was written, and which rules it breaks."""

    identity: m.IdentityPayload
    dialect: Dialect
    problems: tuple[Problem, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that is wrong with a payload: *identity* is None if it could not be read at all."""

    identity: m.IdentityPayload | None
    dialect: Dialect
    problems: tuple[Problem, ...]


def examine(data: object) -> Examination:
    """Return what parsed JSON *data* says and everything wrong with it, and never raise (spec/ivms101.md#dialects).

    The rules are those of the lenient profile, but for C2, which needs to know the day.
    """
    reader = Reader()
    node = reader.read(m.IdentityPayload, data)
    unfit = [*reader.problems, *reader.limits]
    found = tuple(unfit) if node is None else (*unfit, *_judged(node, reader.dialect()))
    identity = None if node is None or unfit else built(node)
    return Examination(identity=cast("m.IdentityPayload | None", identity), dialect=reader.dialect(), problems=found)


def read(data: object) -> Reading:
    """Return the payload that parsed JSON *data* holds, in any dialect (spec/ivms101.md#dialects).

    Raises:
        DecodeError: The data has no place in the model; the detail is a rule and a path.
    """
    found = examine(data)
    if found.identity is None:
        raise _refusal(found.problems)
    return Reading(identity=found.identity, dialect=found.dialect, problems=found.problems)


def read_part(kind: type[M], data: object) -> M:
    """Return the component of type *kind*, such as `Person`, that parsed JSON *data* holds, in any dialect.

    Raises:
        DecodeError: The data has no place in the model; the detail is a rule and a path.
    """
    reader = Reader()
    node = reader.read(kind, data)
    unfit = (*reader.problems, *reader.limits)
    part = None if node is None or unfit else built(node)
    if part is None:
        raise _refusal(unfit or _judged(cast("Node", node), reader.dialect()))
    return cast("M", part)


def _refusal(found: tuple[Problem, ...]) -> DecodeError:
    first = found[0]
    return DecodeError("ivms101.field", f"{first.rule} at {first.path or '/'}")


def problems(identity: m.IdentityPayload) -> tuple[Problem, ...]:
    """Return every breach of the rules that `examine` applies, in the order of the payload (spec/ivms101.md#rules)."""
    return _judged(tree_of(identity), LATEST)


def _judged(node: Node, dialect: Dialect) -> tuple[Problem, ...]:
    judge = Judge(
        issue=Issue.V2023, dialect=dialect, profile=Profile.LENIENT, today=None, authorities=registers.known()
    )
    judge.visit(node)
    return tuple(judge.problems)


def to_json(part: Message, dialect: Dialect = LATEST) -> Json:
    """Return *part*, a payload or a component, as JSON of *dialect*; what is absent is left out."""
    return write(tree_of(part), dialect)
