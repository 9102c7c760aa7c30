"""RFC 8949, appendix A: what is inside our profile comes back, and all else is refused by the right name."""

import json
from pathlib import Path

import cbor2
import pytest

from carnet import wire
from carnet.errors import DecodeError

DATA = Path(__file__).parents[1] / "data" / "vectors" / "cbor-appendix-a.json"
APPENDIX = json.loads(DATA.read_text(encoding="utf-8"))

OUTSIDE = {
    "c249": "wire.tag", "c349": "wire.tag", "c074": "wire.tag", "c11a": "wire.tag", "c1fb": "wire.tag",
    "d744": "wire.tag", "d818": "wire.tag", "d820": "wire.tag",
    "f9": "wire.simple", "fa": "wire.simple", "fb": "wire.simple", "f7": "wire.simple", "f0": "wire.simple",
    "f8": "wire.simple",
    "5f": "wire.indefinite", "7f": "wire.indefinite", "9f": "wire.indefinite", "bf": "wire.indefinite",
    "83018202039f": "wire.indefinite", "83019f": "wire.indefinite", "826161bf": "wire.indefinite",
    "a261": "wire.key", "826161a161": "wire.key", "a561": "wire.key",
}  # fmt: skip


def expected(given):
    return next((check for start, check in OUTSIDE.items() if given.startswith(start)), "ok")


@pytest.mark.parametrize("item", APPENDIX, ids=lambda item: item["hex"][:24])
def test_appendix_a(item):
    data = bytes.fromhex(item["hex"])
    if (check := expected(item["hex"])) == "ok":
        assert item["roundtrip"]
        value = wire.decode(data)
        assert value == cbor2.loads(data)
        assert wire.encode(value) == data
    else:
        with pytest.raises(DecodeError) as refusal:
            wire.decode(data)
        assert refusal.value.check == check


def test_both_sides_are_many():
    verdicts = [expected(item["hex"]) for item in APPENDIX]
    assert verdicts.count("ok") == 34
    assert len(set(verdicts)) == 5
