"""JSON from strangers."""

import sys

import pytest

from carnet.nesting import MAX_JSON_DEPTH, is_too_deep, parse_json


def nested(depth):
    return "[" * depth + "]" * depth


def test_what_nests_as_deep_as_allowed_is_read_and_one_deeper_is_not():
    assert not is_too_deep(nested(MAX_JSON_DEPTH))
    parse_json(nested(MAX_JSON_DEPTH))
    with pytest.raises(ValueError, match="deep"):
        parse_json(nested(MAX_JSON_DEPTH + 1))


@pytest.mark.parametrize("text", ["{" * 70, '{"a":' * 65 + "1" + "}" * 65, "[{" * 40])
def test_objects_and_lists_count_alike(text):
    assert is_too_deep(text)


@pytest.mark.parametrize("text", ['"' + "[" * 100 + '"', r'"\"' + "[" * 100 + '"', "[]" * 100])
def test_brackets_in_strings_and_side_by_side_do_not_count(text):
    assert not is_too_deep(text)


def test_no_depth_makes_a_parser_recurse_whatever_the_limit():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # as libraries do
    try:
        with pytest.raises(ValueError, match="deep"):
            parse_json(nested(1_000_000))
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("data", [b"\xff", b"{", b"1" * 5000, b"\xff\xfe[\x00]\x00", b"\xef\xbb\xbf{}"])
def test_what_is_not_json_in_utf_8_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"."):
        parse_json(data)


def test_json_is_read_from_text_and_from_bytes():
    assert parse_json('{"a": [1]}') == parse_json(b'{"a": [1]}') == {"a": [1]}
