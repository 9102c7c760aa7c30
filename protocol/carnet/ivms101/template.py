"""Minimal valid payloads to start from, and the standard as JSON Schema (spec/ivms101.md#building)."""

from typing import Any, Final

from carnet.ivms101 import build
from carnet.ivms101 import model as m
from carnet.ivms101 import spelling as s
from carnet.ivms101.rules import REQUIRED
from carnet.ivms101.tree import tree_of
from carnet.ivms101.writing import Json, write
from carnet.schema import Choice, Codec, Field, ListOf, Nested, Text

LEI: Final = "506700T7Z685VUOZL877"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
LATIN: Final = {s.Issue.V2020: "[a-zA-Z0-9' ]", s.Issue.V2023: "[ -~]"}
DIALECTS: Final = {s.Issue.V2020: s.Dialect.SPEC_2020, s.Issue.V2023: s.Dialect.SPEC_2023}
FIXED: Final = {2: "^[A-Z]{2}$", 8: "^RA[0-9]{6}$", 10: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
LOCAL: Final = (m.LocalNaturalPersonNameId, m.LocalLegalPersonNameId)


def template(*, legal: bool, full: bool, dialect: s.Dialect = s.Dialect.SPEC_2023) -> Json:
    """Return a payload of two persons that is valid in *dialect*: what the basic tier asks for, or the *full* one."""
    home = build.address("GEOG", country="US", town="Walnut", street="Main Street", number="24", postcode="91765")
    one: Any
    if legal:
        one = build.legal_person(
            "Example Trading Ltd",
            address=home if full else (),
            lei=LEI if full else None,
            customer="1002390",
            country="US" if full else None,
            account="10023909",
        )
        other = build.legal_person("Sample Imports Ltd", account="00010190")
    else:
        one = build.natural_person(
            build.legal_name("Doe", "Jane"),
            address=home if full else (),
            customer="1002390",
            national_id=build.national_id("815026352", "CCPT", country="US") if full else None,
            birth=build.birth("1990-02-25", "Walnut") if full else None,
            account="10023909",
        )
        other = build.natural_person(build.legal_name("Roe", "Richard"), account="00010190")
    vasp = build.legal_person("Example Exchange Ltd", lei=LEI) if full else None
    return write(tree_of(build.payload(originator=one, beneficiary=other, originating_vasp=vasp)), dialect)


def json_schema(issue: s.Issue) -> Json:
    """Return the shape of *issue* as JSON Schema: names, types, lengths, codes and multiplicities, but no C1 to C12."""
    definitions = {kind.__name__: _component(kind, issue) for kind in s.KINDS}
    return {
        "$schema": DRAFT,
        "title": f"IVMS101 payload, {issue} issue",
        "$ref": f"#/$defs/{m.IdentityPayload.__name__}",
        "$defs": definitions,
    }


def _component(kind: s.Kind, issue: s.Issue) -> Json:
    labels = s.LABELS[DIALECTS[issue]][kind]
    properties = {labels[field.name]: _element(kind, field, issue) for field in kind.FIELDS if _is_in(field, issue)}
    required = [labels[name] for name in REQUIRED[kind]]
    if kind in s.SIDES and issue is s.Issue.V2020:
        properties["accountNumber"] = {"type": "array", "items": _text(100, LATIN[issue])}
    if kind is m.IdentityPayload:
        required = ["originator", "beneficiary"]
        if issue is s.Issue.V2023:
            required.append("payloadMetadata")
    if kind is m.PayloadMetadata and issue is s.Issue.V2023:
        required = ["payloadVersion"]
    out: Json = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        out["required"] = required
    if kind is m.Person:
        out["oneOf"] = [{"required": ["naturalPerson"]}, {"required": ["legalPerson"]}]
    if kind is m.NaturalPersonNameId and issue is s.Issue.V2023:
        _allow_older_name(out)
    return out


def _allow_older_name(out: Json) -> None:
    """Allow the name that the 2023 issue's own examples still print."""
    newer = "naturalPersonNameIdentifierType"
    out["properties"]["nameIdentifierType"] = out["properties"][newer]
    out["required"].remove(newer)
    out["oneOf"] = [{"required": [newer]}, {"required": ["nameIdentifierType"]}]


def _is_in(field: Field, issue: s.Issue) -> bool:
    return issue is s.Issue.V2023 or field.name not in {s.ACCOUNT, "payload_version"}


def _element(kind: s.Kind, field: Field, issue: s.Issue) -> Json:
    codec: Codec = field.codec
    if isinstance(codec, ListOf):
        out: Json = {"type": "array", "items": _value(kind, codec.item, issue)}
        if codec.most == 7:
            out["maxItems"] = codec.most
        if field.name in REQUIRED[kind]:
            out["minItems"] = 1
        return out
    return _value(kind, codec, issue)


def _value(kind: s.Kind, codec: Codec, issue: s.Issue) -> Json:
    match codec:
        case Nested(part):
            return {"$ref": f"#/$defs/{part.__name__}"}
        case Choice(codes) if codes is m.PayloadVersion:
            return {"enum": ["101", "101.2023", "IVMS101.2023"]}
        case Choice(codes):
            names = [each.name for each in codes]
            return {"enum": [each.lower() for each in names] if codes is m.TransliterationMethod else names}
        case Text(most, least) if most == least:
            return {"type": "string", "pattern": FIXED[most]}
        case Text(most):
            return _text(most, "." if kind in LOCAL else LATIN[issue])
        case _:
            return {"type": "integer", "minimum": 0}


def _text(most: int, characters: str) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": f"^{characters}{{1,{most}}}$"}
