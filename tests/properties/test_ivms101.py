"""Reading is total, and what is read and written again is the same."""

import copy
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from carnet.ivms101 import Dialect, IdentityPayload, Person, examine, problems, read, read_part, to_json
from carnet.ivms101 import model as m
from carnet.schema import Message
from fixture_files import fixture
from strategies import messages
from vector_files import outcome

PAYLOADS = [fixture("trisa/ivms101/identity_payload.json"), fixture("trisa/envelope/identity.json")]

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "LEGL", "0", "9" * 40]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from([field.label for field in (*m.Person.FIELDS, *m.Address.FIELDS)]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def places(data, base=()):
    yield base
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*base, key))


@st.composite
def nearly(draw):
    """A real payload with something else in one to three places."""
    data = [copy.deepcopy(draw(st.sampled_from(PAYLOADS)))]
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([place for place in places(data) if place]))
        at = data
        for label in way:
            at = at[label]
        at[last] = draw(junk)
    return data[0]


@given(junk | nearly())
def test_whatever_the_data_there_is_an_answer_and_never_an_exception(data):
    found = examine(data)
    assert (found.identity is None) <= bool(found.problems)
    assert outcome(lambda: read(data)) == ("ivms101.field" if found.identity is None else "ok")
    assert outcome(lambda: read_part(Person, data)) in {"ok", "ivms101.field"}
    if found.identity is not None:
        reading = read(data)
        assert (reading.identity, reading.problems) == (found.identity, found.problems)
        json.dumps(to_json(reading.identity))


def without_empty(part):
    """Return *part* without components that say nothing, which JSON does not tell from absent ones."""
    changes = {}
    for field in part.FIELDS:
        value = getattr(part, field.name)
        if isinstance(value, Message):
            value = without_empty(value)
            said = any(getattr(value, each.name) not in (None, ()) for each in value.FIELDS)
            changes[field.name] = value if said or not field.optional else None
        elif isinstance(value, tuple):
            changes[field.name] = tuple(without_empty(each) if isinstance(each, Message) else each for each in value)
        else:
            changes[field.name] = value
    return type(part)(**changes)


@given(messages(IdentityPayload).map(without_empty))
def test_what_is_written_as_json_reads_as_the_same(identity):
    reading = read(json.loads(json.dumps(to_json(identity))))
    assert reading.identity == identity
    assert reading.dialect is Dialect.SPEC_2023
    assert reading.problems == problems(identity)


PLURAL = re.compile(r"(originator_person|beneficiary_person|name_identifier|account_number)$")


def as_protobuf(part):
    """Return the payload as protobuf's JSON has it, but for where accounts stand."""
    match part:
        case m.TransliterationMethod():
            return f"TRANSLITERATION_METHOD_CODE_{part.name}"
        case m.NaturalNameType():
            return f"NATURAL_PERSON_NAME_TYPE_CODE_{part.name}"
        case m.LegalNameType():
            return f"LEGAL_PERSON_NAME_TYPE_CODE_{part.name}"
        case m.AddressType():
            return f"ADDRESS_TYPE_CODE_{part.name}"
        case m.NationalIdentifierType():
            return f"NATIONAL_IDENTIFIER_TYPE_CODE_{part.name}"
        case m.PayloadVersion():
            return "101"
        case tuple():
            return [as_protobuf(each) for each in part]
        case Message():
            names = {"postcode": "post_code", "natural_person_name_identifier_type": "name_identifier_type"}
            return {
                PLURAL.sub(r"\1s", names.get(field.name, field.name)): as_protobuf(getattr(part, field.name))
                for field in part.FIELDS
                if not (field.name.endswith("_type") and getattr(part, field.name).name == "MISC")
            }
    return "" if part is None else str(part) if isinstance(part, int) else part


def typed(part):
    """Return *part* with a code in each type, as protobuf has no absent ones."""
    changes = {}
    for field in part.FIELDS:
        value = getattr(part, field.name)
        if field.name.endswith("_type") and value is None:
            value = next(iter(field.codec.kind))
        elif isinstance(value, Message):
            value = typed(value)
        elif isinstance(value, tuple):
            value = tuple(typed(each) if isinstance(each, Message) else each for each in value)
        changes[field.name] = value
    return type(part)(**changes)


@given(messages(IdentityPayload).map(without_empty).map(typed))
def test_protobufs_spelling_reads_as_the_same(identity):
    reading = read(as_protobuf(identity))
    assert reading.identity == identity
    assert reading.dialect is Dialect.TRISA
