"""The committed vectors are what the testkit makes, and every file keeps the common schema."""

import importlib
import json
import sys
from pathlib import Path

import jsonschema
import pytest

SPEC = Path(__file__).parents[2] / "spec"
SCHEMA = json.loads((SPEC / "vectors/schema/vectors.schema.json").read_text(encoding="utf-8"))
FILES = sorted((SPEC / "vectors").glob("*.json"))


@pytest.fixture(scope="module")
def kit():
    sys.path.insert(0, str(SPEC / "testkit"))
    try:
        yield importlib.import_module("kit")
    finally:
        sys.path.remove(str(SPEC / "testkit"))


def test_no_vector_is_stale_missing_or_made_by_nothing(kit):
    assert list(kit.stale([])) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_of_vectors_keeps_the_schema(path):
    whole = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(whole)
    assert whole["suite"] == path.stem
    names = [each["name"] for each in whole["vectors"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "fault",
    [
        {"data": "AB"},
        {"data": "abc"},
        {"data": "EUR"},
        {"data": 0.5},
        {"data": 2**64},
        {"why": ""},
        {"expect": "Not a name"},
        {"challenges": {}},
        {"challenges": {"c": "00" * 32}},
        {"challenges": {"c": ["00" * 31]}},
        {"challenges": {"y": "00" * 32}},
        {"challenges": {"c": ["00" * 32], "w": "00" * 32}},
    ],
    ids=str,
)
def test_the_schema_refuses(fault):
    whole = {
        "suite": "x",
        "version": 1,
        "vectors": [{"name": "a", "why": "b", "expect": "ok", "data": ""} | fault],
    }
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(whole)


def test_text_goes_under_a_key_that_says_so(kit):
    assert kit.plain({"a": b"\x01", "b_text": "EUR", "c_json": {"d": 0.5}}, "") == {
        "a": "01",
        "b_text": "EUR",
        "c_json": {"d": 0.5},
    }
    for bad in ("EUR", 0.5, 2**64):
        with pytest.raises(TypeError):
            kit.plain(bad, "a")


def test_stale_files_are_named(kit, tmp_path, monkeypatch):
    kit.suites()  # the kit's modules register themselves once, when they are first asked for
    monkeypatch.setattr(kit, "VECTORS", tmp_path)
    monkeypatch.setattr(kit, "_SUITES", {"one": {"a": lambda: {"expect": "ok"}}})
    assert list(kit.stale([])) == ["one.json: missing"]
    assert list(kit.write([])) == ["one.json"]
    assert list(kit.stale([])) == []
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "two.json").write_text("{}")
    assert list(kit.stale([])) == ["one.json: stale", "two.json: nothing makes it"]
