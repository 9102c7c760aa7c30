"""IVMS101, the standard's data about persons: model, rules, and the dialects it is written in (spec/ivms101.md)."""

from carnet.ivms101.conversion import Conversion, convert
from carnet.ivms101.dialect import Examination, Reading, examine, problems, read, read_part, to_json
from carnet.ivms101.model import IdentityPayload, LegalPerson, NaturalPerson, Person
from carnet.ivms101.problem import Problem
from carnet.ivms101.rules import Profile
from carnet.ivms101.spelling import Dialect, Issue
from carnet.ivms101.validation import Verdict, validate

__all__ = [
    "Conversion",
    "Dialect",
    "Examination",
    "IdentityPayload",
    "Issue",
    "LegalPerson",
    "NaturalPerson",
    "Person",
    "Problem",
    "Profile",
    "Reading",
    "Verdict",
    "convert",
    "examine",
    "problems",
    "read",
    "read_part",
    "to_json",
    "validate",
]
