"""Strict CBOR, every message in it, and the carriers."""

from functools import cache

from carnet import wire
from carnet.crypto.padding import pad, unpad
from carnet.messages import FLOORS, Closing, Offer, Reply, carry, uncarry
from fuzz.seeds import joined, load, vectors
from fuzz.table import target
from oracle import cbor
from strategies import declare_all
from vector_files import outcome

KINDS = declare_all()


@target("wire", family="wire", grammar="cbor", seeds=joined(vectors("wire", "data"), vectors("messages", "data")))
def read_wire(data):
    """The library and the oracle accept the same bytes, and what they accept is written as it was read."""
    try:
        expected = cbor.read(data)
    except ValueError:
        expected = ValueError
    refusal = outcome(lambda: wire.decode(data))
    assert (refusal == "ok") == (expected is not ValueError) or refusal == "wire.size", refusal
    value = wire.decode(data)
    assert wire.encode(value) == data == cbor.write(value)
    assert value == expected


@cache
def _encodings():
    found = {}
    for case in load("messages"):
        found.setdefault(case["message_text"], []).append(case["data"])
    return found


def _reader(kind):
    def read(data):
        message = kind.decode(data)
        assert message.encode() == data
        assert kind.load(message.dump()) == message
        repr(message)

    return read


for _name, _kind in sorted(KINDS.items()):
    target(
        f"message.{_name}",
        family="messages",
        grammar="cbor",
        seeds=lambda name=_name: _encodings().get(name, [b"\xa0"]),
    )(_reader(_kind))


@target("padding", family="wire", seeds=vectors("padding", "padded"))
def read_padding(data):
    for floor in (16, 4096):
        try:
            inner = unpad(data, floor=floor)
        except wire.DecodeError:
            continue
        assert pad(inner, floor=floor) == data


def _carriers(data):
    accepted = 0
    for kind in (Offer, Reply, Closing):
        try:
            carrier = uncarry(kind, data)
        except wire.DecodeError:
            continue
        assert carry(carrier) == data
        accepted += 1
    return accepted


target("carrier", family="wire", seeds=joined(vectors("carriers", "carrier"), vectors("reply", "reply")))(_carriers)


@target("carrier.padded", family="wire", grammar="cbor", seeds=lambda: [*_carried()])
def read_padded_carrier(data):
    """As above, behind padding that is right."""
    for floor in set(FLOORS.values()):
        _carriers(pad(data, floor=floor))


def _carried():
    known = _encodings()
    return [one for name in ("offer-carrier", "reply-carrier", "closing-carrier") for one in known[name]]
