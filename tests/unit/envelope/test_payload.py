"""Payloads: one plaintext size for most of them, and nothing of them in a repr or a pickle."""

import pickle
from dataclasses import replace

import pytest

from carnet.envelope.payload import Payload
from carnet.errors import DecodeError, UsageError
from carnet.params import MAX_OFFER, PLAINTEXT_FLOOR
from carnet.testing.world import make_world


@pytest.fixture(scope="module")
def payload():
    return make_world().payload()


def test_a_payload_comes_back_from_its_plaintext(payload):
    assert Payload.from_plaintext(payload.to_plaintext()) == payload


def test_most_plaintexts_have_one_size(payload):
    assert len(payload.to_plaintext()) == PLAINTEXT_FLOOR


def test_a_large_payload_is_padded_to_a_padme_size(payload):
    large = replace(payload, quotes=(bytes(1024),) * 3, transfer=replace(payload.transfer, purpose="\u00e9" * 140))
    assert len(large.to_plaintext()) == PLAINTEXT_FLOOR
    person = payload.identity.originator.originator_person[0]
    crowd = replace(payload.identity.originator, originator_person=(person,) * 16)
    larger = replace(large, identity=replace(payload.identity, originator=crowd))
    assert len(larger.to_plaintext()) > PLAINTEXT_FLOOR
    assert Payload.from_plaintext(larger.to_plaintext()) == larger


def test_a_payload_too_large_for_one_offer_is_not_sealed(payload):
    person = payload.identity.originator.originator_person[0]
    named = replace(
        person.natural_person,
        geographic_address=(replace(person.natural_person.geographic_address[0], address_line=("\u00e9" * 70,) * 7),)
        * 16,
    )
    crowd = (replace(person, natural_person=named),) * 3
    identity = replace(payload.identity, originator=replace(payload.identity.originator, originator_person=crowd))
    with pytest.raises(UsageError, match="too many"):
        replace(payload, identity=identity).to_plaintext()
    assert MAX_OFFER == 65536


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain[:-1],
        lambda plain: plain + b"\0",
        lambda plain: plain[:-1] + b"\1",
        lambda plain: b"\xff" + plain[1:],
        lambda _plain: b"",
    ],
)
def test_a_plaintext_has_one_form(payload, spoil):
    with pytest.raises(DecodeError, match=r"padding\.form"):
        Payload.from_plaintext(spoil(payload.to_plaintext()))


def test_a_payload_shows_nothing_and_is_not_pickled(payload):
    for part in (payload, payload.transfer, payload.identity):
        assert "Sample" not in repr(part)
        with pytest.raises(TypeError):
            pickle.dumps(part)


def test_an_amount_is_an_integer_and_never_a_float(payload):
    for amount in (1.0, -1, True, 2**256):
        with pytest.raises(UsageError, match=r"Transfer\.amount"):
            replace(payload.transfer, amount=amount)
