from enum import IntEnum
from typing import Annotated

import pytest

from carnet import schema, wire
from carnet.errors import DecodeError, UsageError
from carnet.schema import (
    U8,
    U256,
    BigUint,
    Blob,
    Choice,
    Currency,
    Fixed,
    Flag,
    ListOf,
    Many,
    Message,
    Nested,
    Text,
    Uint,
    VaspId,
    describe,
    message,
)


@pytest.fixture(autouse=True)
def _messages(monkeypatch):
    monkeypatch.setattr(schema, "MESSAGES", {})


class Colour(IntEnum):
    RED = 1
    BLUE = 3


def inner():
    @message("inner")
    class Inner(Message):
        number: U8

    return Inner


def whole():
    one = inner()

    @message("whole", camel=True, labels={"last_one": "LAST"})
    class Whole(Message):
        first_one: U8
        colour: Colour
        flag: bool
        inner: one
        many: Annotated[tuple[one, ...], Many(2)]
        words: Annotated[tuple[Annotated[str, Text(3)], ...], Many(4, 1)]
        last_one: Annotated[bytes, Blob(4)] | None = None

    return one, Whole


VALUES = {"first_one": 7, "colour": Colour.BLUE, "flag": True, "words": ("a", "b")}


def build():
    one, kind = whole()
    return kind, kind(**VALUES, inner=one(number=1), many=(one(number=2),))


CODECS = [
    (Uint(8), [0, 255], [-1, 256, True, 1.0, "1", b"1", None, []]),
    (Uint(64), [2**64 - 1], [2**64]),
    (Fixed(2), [b"ab"], [b"", b"a", b"abc", "ab", bytearray(b"ab"), None]),
    (Blob(2), [b"", b"ab"], [b"abc", "a", None]),
    (Text(3), ["a", "abc", "äöü", "\0"], ["", "abcd", b"a", None, 1, "\ud800"]),
    (Text(3, 0), ["", "abc"], ["abcd"]),
    (Text(9, 3, "[A-Z]+"), ["ABC"], ["AB", "ABc", "ABC\n", "ABC ", "АBC"]),  # noqa: RUF001 - a Cyrillic one
    (Flag(), [True, False], [0, 1, None, "true"]),
]


@pytest.mark.parametrize(("codec", "good", "bad"), CODECS, ids=lambda value: getattr(value, "name", ""))
def test_what_a_field_may_hold(codec, good, bad):
    for value in good:
        assert codec.load(codec.dump(value)) == value
    for value in bad:
        with pytest.raises(ValueError, match=r"."):
            codec.dump(value)
        with pytest.raises(ValueError, match=r"."):
            codec.load(value)


@pytest.mark.parametrize("value", [0, 1, 255, 256, 2**64, 2**256 - 1])
def test_big_integers_have_no_leading_zeros(value):
    data = BigUint(32).dump(value)
    assert BigUint(32).load(data) == value
    with pytest.raises(ValueError, match="biguint"):
        BigUint(32).load(b"\0" + data)


@pytest.mark.parametrize("bad", [-1, 2**256, True, b"", None])
def test_what_is_no_big_integer(bad):
    with pytest.raises(ValueError, match="biguint"):
        BigUint(32).dump(bad)


@pytest.mark.parametrize("bad", [bytes(33), b"\1" * 33, 0, "", None])
def test_what_encodes_no_big_integer(bad):
    with pytest.raises(ValueError, match="biguint"):
        BigUint(32).load(bad)


def test_choices_are_members_and_nothing_like_them():
    codec = Choice(Colour)
    assert codec.load(codec.dump(Colour.RED)) is Colour.RED
    for bad in (1, True, None, "RED"):
        with pytest.raises(ValueError, match="Colour"):
            codec.dump(bad)
    for bad in (True, 2, b"", None):
        with pytest.raises(ValueError, match="Colour"):
            codec.load(bad)


def test_nested_messages_are_of_exactly_that_kind():
    one, kind = whole()
    codec = Nested(one)
    assert codec.load(codec.dump(one(number=1))) == one(number=1)
    for bad in (None, {1: 1}, build.__class__):
        with pytest.raises(ValueError, match="Inner"):
            codec.dump(bad)
    with pytest.raises(DecodeError, match=r"^schema\.type"):
        codec.load(None)
    assert kind.NAME == "whole"


def test_lists_are_tuples_of_so_many():
    codec = ListOf(Uint(8), 2, 1)
    assert codec.load(codec.dump((1, 2))) == (1, 2)
    for bad in ((), (1, 2, 3), [1], (256,), None):
        with pytest.raises(ValueError, match=r"."):
            codec.dump(bad)
    for bad in ([], [1, 2, 3], [256], {}, None, b"a"):
        with pytest.raises(ValueError, match=r"."):
            codec.load(bad)


def test_a_message_is_a_map_of_its_fields_numbered_from_one():
    kind, built = build()
    assert built.dump() == {1: 7, 2: 3, 3: True, 4: {1: 1}, 5: [{1: 2}], 6: ["a", "b"]}
    assert kind.decode(built.encode()) == built
    assert hash(kind.decode(built.encode())) == hash(built)
    assert built.encode() == wire.encode(built.dump())


def test_one_field_can_be_left_out_of_the_bytes_to_hash():
    _, built = build()
    assert wire.decode(built.encode_without("inner")) == {key: value for key, value in built.dump().items() if key != 4}


def test_the_table_that_the_specification_shows():
    kind, _ = build()
    assert describe(kind) == [
        ("1", "firstOne", "uint8", "required"),
        ("2", "colour", "Colour", "required"),
        ("3", "flag", "bool", "required"),
        ("4", "inner", "Inner", "required"),
        ("5", "many", "[0..2 Inner]", "required"),
        ("6", "words", "[1..4 text(1..3)]", "required"),
        ("7", "LAST", "bytes(0..4)", "optional"),
    ]
    assert Text(9, 3, "[A-Z]+").name == "text(3..9) `[A-Z]+`"
    assert BigUint(32).name == "biguint(32)"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({8: 0}, "schema.unknown"),
        ({0: 0}, "schema.unknown"),
        ({7: None}, "schema.type"),
        ({7: b"12345"}, "schema.type"),
        ({1: 256}, "schema.type"),
        ({1: True}, "schema.type"),
        ({2: 2}, "schema.type"),
        ({3: 1}, "schema.type"),
        ({4: 1}, "schema.type"),
        ({4: {}}, "schema.missing"),
        ({4: {1: 1, 2: 1}}, "schema.unknown"),
        ({5: [{1: 1}] * 3}, "schema.type"),
        ({5: [1]}, "schema.type"),
        ({6: []}, "schema.type"),
    ],
    ids=str,
)
def test_what_is_not_such_a_message_is_refused_by_name(change, check):
    kind, built = build()
    with pytest.raises(DecodeError) as refusal:
        kind.decode(wire.encode({**built.dump(), **change}))
    assert refusal.value.check == check


def test_a_message_is_a_map():
    kind, _ = build()
    for other in ([], None, 1, b""):
        with pytest.raises(DecodeError, match=r"^schema\.type: whole$"):
            kind.load(other)


def test_the_limit_of_a_message_is_the_callers():
    kind, built = build()
    data = built.encode()
    assert kind.decode(data, limit=len(data)) == built
    with pytest.raises(DecodeError, match=r"^wire\.size"):
        kind.decode(data, limit=len(data) - 1)


def test_what_cannot_be_written_cannot_be_built():
    one, kind = whole()
    with pytest.raises(UsageError, match=r"^Inner\.number is not uint8$"):
        one(number=256)
    with pytest.raises(UsageError, match=r"^Whole\.flag is not bool$"):
        kind(**{**VALUES, "flag": 1}, inner=one(number=1), many=())
    with pytest.raises(UsageError, match=r"^Whole\.colour"):
        kind(**{**VALUES, "colour": None}, inner=one(number=1), many=())
    good = {"inner": one(number=1), "many": ()}
    for bad in ({"inner": {1: 1}}, {"inner": None}, {"many": []}, {"many": (one(number=1),) * 3}, {"many": (1,)}):
        with pytest.raises(UsageError, match=r"^Whole\.(inner|many) is not "):
            kind(**VALUES, **{**good, **bad})
    with pytest.raises(UsageError, match=r"^Whole\.words"):
        kind(**{**VALUES, "words": ("abcd",)}, **good)
    with pytest.raises(AttributeError):
        one(number=1).number = 2
    with pytest.raises(TypeError):
        one(1)


def test_the_name_of_a_message_is_given_once():
    inner()
    with pytest.raises(UsageError, match="two messages are called inner"):
        inner()


def test_a_field_without_an_encoding_cannot_be_declared():
    for hint in (int, bytes, list[int], float, 7):
        with pytest.raises(UsageError, match="no encoding"):

            @message("bad")
            class Bad(Message):
                field: hint


@pytest.mark.parametrize(
    ("alias", "good", "bad"),
    [
        (VaspId, ["a", "529900T8BM49AURSDO55", "x.y:z_1-2", "A" * 64], ["", ".a", "a b", "a/b", "A" * 65, "é"]),
        (Currency, ["EUR"], ["eur", "EU", "EURO"]),
        (U256, [0, 2**256 - 1], [2**256]),
    ],
)
def test_the_aliases(alias, good, bad):
    codec = alias.__metadata__[0]
    for value in good:
        assert codec.load(codec.dump(value)) == value
    for value in bad:
        with pytest.raises(ValueError, match=r"."):
            codec.dump(value)
