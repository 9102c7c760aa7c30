"""Suites `wire` and `messages`: the encoding, and what each message looks like in it (spec/wire.md)."""

import importlib
import re
from hashlib import shake_256
from typing import Any

from kit import vector

from carnet import schema, wire
from carnet.messages import KeyBundle, Member, NamedKey, Receipt, Unit
from carnet.schema import Message


def diagnostic(value):
    """Return *value* in CBOR's diagnostic notation."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int():
            return str(value)
        case bytes():
            return f"h'{value.hex()}'"
        case str():
            return f'"{value}"'
        case list():
            return "[" + ", ".join(map(diagnostic, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {diagnostic(each)}" for key, each in value.items()) + "}"
    raise TypeError(type(value))


def suite(name, cases):
    """Add the *cases* (name, reason, what is given) to suite *name*."""
    for case, why, given in cases:

        def build(given=given):
            return dict(given)

        build.__name__, build.__doc__ = case, why
        vector(name)(build)


def good(name, why, value):
    """A value, and its one encoding."""
    return name, why, {"data": wire.encode(value), "diagnostic_text": diagnostic(value), "expect": "ok"}


def bad(name, why, data, expect):
    """Bytes that encode nothing."""
    return name, why, {"data": bytes.fromhex(data), "expect": expect}


suite(
    "wire",
    [
        good("zero", "The smallest integer takes one byte.", 0),
        good("largest_short", "The largest argument inside the first byte.", 23),
        good("one_byte", "The smallest argument in a byte of its own.", 24),
        good("two_bytes", "The smallest argument in two bytes.", 256),
        good("four_bytes", "The smallest argument in four bytes.", 65536),
        good("eight_bytes", "The smallest argument in eight bytes.", 2**32),
        good("largest", "The largest integer.", 2**64 - 1),
        good("minus_one", "Negative integers begin at -1.", -1),
        good("smallest", "The smallest integer.", -(2**64)),
        good("no_bytes", "The empty byte string.", b""),
        good("some_bytes", "A byte string.", b"\x00\xff"),
        good("no_text", "The empty text.", ""),
        good("some_text", "Text in four alphabets: one, two, three and four bytes a character.", "aä水𐅑"),
        good("array", "An array of all simple values.", [False, True, None]),
        good("map", "Keys are in ascending order.", {1: [], 24: {}, 256: {0: 0}}),
        (
            "deepest",
            "Sixteen levels are allowed.",
            {"data": b"\x81" * 16 + b"\x00", "diagnostic_text": "[" * 16 + "0" + "]" * 16, "expect": "ok"},
        ),
        bad("nothing", "No bytes are no value.", "", "wire.truncated"),
        bad("head_cut", "The argument is missing.", "19 01", "wire.truncated"),
        bad("string_cut", "The string says two bytes and has one.", "42 01", "wire.truncated"),
        bad("array_cut", "The array says two items and has one.", "82 01", "wire.truncated"),
        bad("map_cut", "The value of the last key is missing.", "a1 01", "wire.truncated"),
        bad("absurd_length", "A length that no memory holds, in nine bytes.", "9b ffffffffffffffff", "wire.truncated"),
        bad("two_values", "A second value follows the first.", "00 00", "wire.trailing"),
        bad("long_form", "23 fits the first byte.", "18 17", "wire.canonical"),
        bad("longer_form", "255 fits one byte.", "19 00ff", "wire.canonical"),
        bad("long_length", "A length in a longer form than it needs.", "58 01 00", "wire.canonical"),
        bad("keys_unordered", "The keys are in descending order.", "a2 02 00 01 00", "wire.canonical"),
        bad("key_twice", "One key stands twice, with equal values.", "a2 01 00 01 00", "wire.form"),
        bad("text_not_utf8", "A byte that no UTF-8 has.", "61 ff", "wire.form"),
        bad("text_overlong", "A slash in two bytes.", "62 c0af", "wire.form"),
        bad("text_surrogate", "A lone surrogate in three bytes.", "63 eda080", "wire.form"),
        bad("bytes_in_pieces", "A byte string of indefinite length.", "5f 4101 ff", "wire.indefinite"),
        bad("array_open", "An array of indefinite length.", "9f ff", "wire.indefinite"),
        bad("reserved", "Additional information 28 is reserved.", "1c", "wire.indefinite"),
        bad("date", "Tags are refused: this one makes a date.", "c1 00", "wire.tag"),
        bad("bignum", "An integer in a tagged byte string.", "c2 49 010000000000000000", "wire.tag"),
        bad("half_float", "1.0 in half precision would survive a re-encoding.", "f9 3c00", "wire.simple"),
        bad("undefined", "There is null, and nothing like it.", "f7", "wire.simple"),
        bad("true_in_two_bytes", "A simple value in its long form.", "f8 15", "wire.simple"),
        bad("break_alone", "The end of something that never began.", "ff", "wire.simple"),
        bad("key_true", "true as a key equals 1 in some languages.", "a1 f5 00", "wire.key"),
        bad("key_negative", "A negative key.", "a1 20 00", "wire.key"),
        bad("key_text", "A key of text.", "a1 6161 00", "wire.key"),
        bad("too_deep", "Seventeen levels.", "81" * 17 + "00", "wire.depth"),
        (
            "too_large",
            "One byte more than the limit allows.",
            {"data": wire.encode(bytes(9)), "limit": 9, "expect": "wire.size"},
        ),
    ],
)

MODULES = [
    "carnet.messages",
    "carnet.crypto.lockbox",
    "carnet.identity.keystore",
    "carnet.identity.signing_key",
    "carnet.ivms101.model",
    "carnet.policy.pack",
    "carnet.policy.quote",
    "carnet.envelope.payload",
    "carnet.exchange.states",
    "carnet.exchange.counters",
    "carnet.log.record",
    "carnet.log.notice",
    "carnet.log.inclusion",
    "carnet.reporting.report",
    "carnet.reporting.window",
    "carnet.disclosure.keys",
    "carnet.disclosure.messages",
    "carnet.evidence_file",
]
TEXTS = (
    *("x", "eip155:1/slip44:60", "EUR", "EU", "10", "1970-01-01", "originator", "RA000001", "a-b"),
    *("log.example", "alice.example:443", "/transfer/amount"),
)


def example(codec: schema.Codec, label: str) -> Any:
    """Return a value that *codec* can write, different for each *label*."""
    draw = shake_256(label.encode()).digest
    match codec:
        case schema.Uint():
            return draw(1)[0]
        case schema.BigUint(size):
            return int.from_bytes(draw(min(size, 9)), "big")
        case schema.Fixed(size):
            return draw(size)
        case schema.Blob(most):
            return draw(min(most, 5))
        case schema.Text(most, least, pattern):
            name = re.sub("[^a-z]", "", label.rpartition(".")[2])
            fitting = (text for text in (name, *TEXTS) if least <= len(text) <= most)
            found = (text for text in fitting if pattern is None or re.fullmatch(pattern, text))
            if (text := next(found, "x" * least if pattern is None else None)) is None:
                raise ValueError(f"{label}: add a text that is {codec.name} to TEXTS")
            return text
        case schema.Flag():
            return True
        case schema.Choice(kind):
            return list(kind)[-1]
        case schema.Nested(kind):
            return whole(kind, label)
        case schema.ListOf(item, most, least):
            return tuple(example(item, f"{label}.{number}") for number in range(min(most, max(least, 1))))
    raise TypeError(codec)


def whole(kind: type[Message], label: str) -> Message:
    """Return a message of *kind* with all its fields."""
    return kind(**{field.name: example(field.codec, f"{label}.{field.name}") for field in kind.FIELDS})


def positive(kind):
    """Return the vector of a whole message of *kind*."""
    if kind is NamedKey:
        return NamedKey(name="log.example", key=bytes(range(32)))
    return whole(kind, kind.NAME)


for module in MODULES:
    importlib.import_module(module)

suite(
    "messages",
    [
        (
            name.replace("-", "_"),
            f"A whole {name}: every field is there, the optional ones too.",
            {"message_text": name, "data": positive(kind).encode(), "expect": "ok"},
        )
        for name, kind in sorted(schema.MESSAGES.items())
        if kind.__module__ in MODULES
    ],
)

KEY = NamedKey(name="log.example", key=bytes(range(32)))


def changed(message, changes, *, without=()):
    """Return the encoding of *message* with other fields, by their keys."""
    fields = {key: value for key, value in {**message.dump(), **changes}.items() if key not in without}
    return {"message_text": message.NAME, "data": wire.encode(fields)}


@vector("messages")
def optional_fields_absent():
    """A receipt without any field that may be absent."""
    receipt = whole(Receipt, "receipt")
    without = [field.key for field in Receipt.FIELDS if field.optional]
    return changed(receipt, {}, without=without) | {"expect": "ok"}


@vector("messages")
def optional_field_null():
    """An absent field is left out; null is a value, and of no type."""
    return changed(whole(Receipt, "receipt"), {10: None}) | {"expect": "schema.type"}


@vector("messages")
def not_a_map():
    """A list of the fields' values is not a message."""
    return {"message_text": "named-key", "data": wire.encode(list(KEY.dump().values())), "expect": "schema.type"}


@vector("messages")
def field_unknown():
    """A field beyond the table, such as a later version might add."""
    return changed(KEY, {3: 0}) | {"expect": "schema.unknown"}


@vector("messages")
def field_zero():
    """Fields are numbered from 1."""
    return changed(KEY, {0: 0}) | {"expect": "schema.unknown"}


@vector("messages")
def field_missing():
    """A required field is absent."""
    return changed(KEY, {}, without=[2]) | {"expect": "schema.missing"}


@vector("messages")
def bytes_too_short():
    """A key of 31 bytes."""
    return changed(KEY, {2: bytes(31)}) | {"expect": "schema.type"}


@vector("messages")
def text_as_bytes():
    """The bytes of a text, as a byte string."""
    return changed(KEY, {1: b"log.example"}) | {"expect": "schema.type"}


@vector("messages")
def text_outside_its_pattern():
    """A name with a plus sign would be another name in a note."""
    return changed(KEY, {1: "log+example"}) | {"expect": "schema.type"}


@vector("messages")
def text_with_a_final_newline():
    """The whole text must match its pattern; some engines pass over a last newline."""
    return changed(Unit(currency="EUR", exponent=2), {1: "EU\n"}) | {"expect": "schema.type"}


@vector("messages")
def integer_too_large():
    """256 does not fit uint8."""
    return changed(Unit(currency="EUR", exponent=2), {2: 256}) | {"expect": "schema.type"}


@vector("messages")
def true_as_integer():
    """True equals 1 in some languages."""
    return changed(Unit(currency="EUR", exponent=2), {2: True}) | {"expect": "schema.type"}


@vector("messages")
def enumeration_unknown():
    """No decision has the number 9."""
    return changed(whole(Receipt, "receipt"), {9: 9}) | {"expect": "schema.type"}


@vector("messages")
def list_too_short():
    """A member needs one certificate at least."""
    return changed(whole(Member, "member"), {7: []}) | {"expect": "schema.type"}


@vector("messages")
def list_too_long():
    """A member has two certificates at most."""
    return changed(whole(Member, "member"), {7: [b"a", b"b", b"c"]}) | {"expect": "schema.type"}


@vector("messages")
def field_missing_inside():
    """A message inside another is held to its own table."""
    return changed(whole(KeyBundle, "key-bundle"), {5: [{}]}) | {"expect": "schema.missing"}
