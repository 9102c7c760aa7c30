"""IVMS101, the standard's data about persons: model, rules, and the dialects it is written in (spec/ivms101.md)."""

from carnet.ivms101.dialect import Dialect, Examination, Reading, examine, read, read_part, to_json
from carnet.ivms101.model import IdentityPayload, LegalPerson, NaturalPerson, Person
from carnet.ivms101.rules import Problem, problems

__all__ = [
    "Dialect",
    "Examination",
    "IdentityPayload",
    "LegalPerson",
    "NaturalPerson",
    "Person",
    "Problem",
    "Reading",
    "examine",
    "problems",
    "read",
    "read_part",
    "to_json",
]
