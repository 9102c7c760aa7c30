"""Suites wire and messages, read in several ways: by the library, by the oracle, and written again."""

import pytest

from carnet import wire
from carnet.schema import MESSAGES
from oracle import cbor
from strategies import declare_all
from vector_files import each, load, outcome

KINDS = declare_all()


def diagnostic(value):
    """Return *value* in CBOR's diagnostic notation."""
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {diagnostic(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(diagnostic(item) for item in value) + "]"
    return {int: "{}", bytes: "h'{}'", str: '"{}"'}[type(value)].format(
        value.hex() if isinstance(value, bytes) else value
    )


@each("wire")
def test_wire(case):
    limit = {"limit": case["limit"]} if "limit" in case else {}
    assert outcome(lambda: wire.decode(case["data"], **limit)) == case["expect"], case["why"]
    if case["expect"] == "ok":
        value = wire.decode(case["data"])
        assert diagnostic(value) == case["diagnostic_text"]
        assert wire.encode(value) == case["data"]


@each("wire")
def test_wire_by_the_oracle(case):
    if case["expect"] == "ok":
        value = cbor.read(case["data"])
        assert diagnostic(value) == case["diagnostic_text"]
        assert cbor.write(value) == case["data"]
    elif case["expect"] != "wire.size":
        with pytest.raises(ValueError, match=r"."):
            cbor.read(case["data"])


@each("messages")
def test_messages(case):
    kind = KINDS[case["message_text"]]
    assert outcome(lambda: kind.decode(case["data"])) == case["expect"], case["why"]
    if case["expect"] == "ok":
        assert kind.decode(case["data"]).encode() == case["data"]
        assert list(cbor.read(case["data"])) == sorted(cbor.read(case["data"]))


def test_every_message_has_a_vector_in_which_all_its_fields_are_there():
    whole = {
        case["message_text"]
        for case in load("messages")
        if case["expect"] == "ok" and len(cbor.read(case["data"])) == len(KINDS[case["message_text"]].FIELDS)
    }
    assert sorted(KINDS.keys() - whole) == [], "add their modules to MODULES in spec/testkit/encoding.py"
    assert MESSAGES
