"""IVMS101 in all dialects, and whatever else comes as JSON."""

import json

from carnet.errors import UsageError
from carnet.ivms101 import Dialect, Issue, Profile, examine, read, read_part, to_json, validate
from carnet.ivms101.conversion import convert
from carnet.ivms101.model import IdentityPayload, Person
from carnet.ivms101.normalisation import normalise, tokens
from carnet.ivms101.registers import Authorities, codes_in, known
from carnet.ivms101.registers import decode as read_register
from carnet.ivms101.template import template
from carnet.ivms101.transliteration import transliterate
from carnet.nesting import parse_json
from carnet.policy import rates
from carnet.testing.world import identity_json
from fuzz.seeds import fixtures, joined, json_vectors, vectors
from fuzz.table import target

DIALECTS = tuple(Dialect)


def parsed(data):
    """Return the JSON in *data*, or None: what is not JSON never reaches the readers."""
    try:
        return parse_json(data)
    except ValueError:
        return None


def payloads():
    """One whole payload in each dialect."""
    written = [to_json(read(identity_json()).identity, dialect) for dialect in DIALECTS]
    more = [template(legal=legal, full=True, dialect=dialect) for dialect in DIALECTS for legal in (True, False)]
    return [json.dumps(each).encode() for each in (*written, *more)]


SEEDS = joined(payloads, fixtures, json_vectors("ivms101", "ivms101_conversion", "ivms101_verdict"))


@target("ivms101.read", family="ivms101", grammar="json", seeds=SEEDS)
def read_identity(data):
    """What can be read can be encoded, and is the same when it is written in the latest dialect and read again."""
    value = parsed(data)
    found = examine(value)
    for problem in found.problems:
        assert problem.as_json()["message"]
    reading = read(value)
    assert IdentityPayload.decode(reading.identity.encode()) == reading.identity
    assert read(to_json(reading.identity)).identity == reading.identity


@target("ivms101.dialects", family="ivms101", grammar="json", seeds=SEEDS)
def read_dialects(data):
    """What can be read can be written in every dialect, and read again from there, losses told."""
    value = parsed(data)
    identity = read(value).identity
    for dialect in DIALECTS:
        written = to_json(identity, dialect)
        json.dumps(written)
        examine(written)
        convert(value, dialect)


@target("ivms101.person", family="ivms101", grammar="json", seeds=lambda: [*_people()])
def read_person(data):
    person = read_part(Person, parsed(data))
    assert Person.decode(person.encode()) == person


def _people():
    sides = identity_json()
    people = [sides["originator"]["originatorPerson"][0], sides["beneficiary"]["beneficiaryPerson"][0]]
    return [json.dumps(each).encode() for each in people]


@target("ivms101.validate", family="ivms101", grammar="json", seeds=SEEDS)
def judge_identity(data):
    value = parsed(data)
    for issue in (None, *Issue):
        for profile in Profile:
            verdict = validate(value, now=1_790_000_000, issue=issue, profile=profile)
            json.dumps(verdict.as_json())
            assert verdict.valid == (not verdict.problems)


@target(
    "names", family="ivms101", refuses=(UnicodeDecodeError, UsageError), seeds=vectors("normalisation", "name_text")
)
def read_name(data):
    name = data.decode()
    plain = normalise(name)
    assert normalise(plain) == plain
    assert sorted(tokens(plain)) == sorted(tokens(name))
    transliterate(name)


@target("register", family="policy", grammar="json", refuses=(UsageError,), seeds=lambda: [*_registers()])
def read_authorities(data):
    found = read_register(data)
    assert read_register(found.encode()) == found
    codes_in(parsed(data))


def _registers():
    few = Authorities(date="2025-01-31", source="a test", codes=frozenset(sorted(known().codes)[:3]))
    return [few.encode()]


TEXT = (UsageError, UnicodeDecodeError)


@target("rates.json", family="policy", grammar="json", refuses=TEXT, seeds=lambda: [json.dumps(RATES).encode()])
def read_json_rates(data):
    for rate in rates.read_json(data.decode(), valid_s=60):
        rates.quote_of(rate, issuer="rates.example")


ASSET = "bip122:000000000019d6689c085ae165831e93/slip44:0"
RATES = {"rates": [{"asset": ASSET, "currency": "EUR", "price": "65123.45", "time": 1_790_000_000}]}
CSV = f"date,asset,currency,price\n2026-06-30,{ASSET},EUR,65123.45\n2026-06-30,{ASSET},USD,70000.10\n"


@target("rates.csv", family="policy", refuses=TEXT, seeds=lambda: [CSV.encode()])
def read_csv_rates(data):
    for rate in rates.read_csv(data.decode(), grace_s=60):
        rates.quote_of(rate, issuer="rates.example")
