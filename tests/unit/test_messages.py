import pytest

from carnet import messages as m
from carnet.crypto.padding import pad
from carnet.errors import DecodeError, UsageError
from carnet.params import CLOSING_SIZE, ENC_SIZE, MAX_OFFER, OFFER_FLOOR, REPLY_SIZE

OFFER = m.Offer(header=b"h", enc=bytes(ENC_SIZE), ciphertext=b"c")
REPLY = m.Reply(receipt=b"r", terminal=None)
CLOSING = m.Closing(statement=b"s", sealed_txid=b"t")


@pytest.mark.parametrize(("carrier", "size"), [(OFFER, OFFER_FLOOR), (REPLY, REPLY_SIZE), (CLOSING, CLOSING_SIZE)])
def test_every_carrier_travels_at_one_size(carrier, size):
    data = m.carry(carrier)
    assert len(data) == size
    assert m.uncarry(type(carrier), data) == carrier


def test_c6_the_wire_shows_one_size_whatever_the_answer():
    answers = [REPLY, m.Reply(receipt=bytes(900), terminal=bytes(600)), m.Reply(receipt=b"", terminal=b"")]
    assert {len(m.carry(answer)) for answer in answers} == {REPLY_SIZE}


def test_the_largest_offer():
    fits = m.Offer(header=bytes(8192), enc=bytes(ENC_SIZE), ciphertext=bytes(56000))
    assert len(m.carry(fits)) == MAX_OFFER
    assert m.uncarry(m.Offer, m.carry(fits)) == fits
    with pytest.raises(UsageError, match="more than a message may have"):
        m.carry(m.Offer(header=bytes(8192), enc=bytes(ENC_SIZE), ciphertext=bytes(57000)))


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (bytes(MAX_OFFER + 1), "carrier.size"),
        (b"", "padding.form"),
        (m.carry(OFFER)[:-1], "padding.form"),
        (m.carry(OFFER) + b"\0", "padding.form"),
        (m.carry(OFFER)[:-1] + b"\1", "padding.form"),
        (OFFER.encode(), "padding.form"),
        (pad(b"", floor=OFFER_FLOOR), "wire.truncated"),
        (pad(OFFER.encode() + b"\0", floor=OFFER_FLOOR), "wire.trailing"),
        (pad(REPLY.encode(), floor=OFFER_FLOOR), "schema.missing"),
    ],
    ids=range(9),
)
def test_what_is_no_carrier_is_refused(data, check):
    with pytest.raises(DecodeError) as refusal:
        m.uncarry(m.Offer, data)
    assert refusal.value.check == check


def test_s14_there_is_no_room_for_a_second_recipient():
    """A second KEM ciphertext, a list of them, or a longer one does not parse."""
    fields = OFFER.dump()
    for change in (
        {4: bytes(ENC_SIZE)},
        {2: [bytes(ENC_SIZE)] * 2},
        {2: bytes(2 * ENC_SIZE)},
        {2: bytes(ENC_SIZE + 1)},
    ):
        with pytest.raises(DecodeError, match=r"^schema\."):
            m.Offer.load({**fields, **change})


@pytest.mark.parametrize("name", ["log", "log.example/x", "log.example/ä"])
def test_names_of_logs_and_witnesses(name):
    assert m.NamedKey(name=name, key=bytes(32)).name == name


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2003b", "x" * 129])
def test_names_with_white_space_or_plus_cannot_be_written(name):
    with pytest.raises(UsageError):
        m.NamedKey(name=name, key=bytes(32))


def test_the_numbers_of_the_enumerations_are_for_ever():
    assert [p.value for p in m.Phase] == list(range(1, 17))
    assert [d.name for d in m.Decision] == ["ACCEPTED", "PENDING", "REPAIR", "REJECTED"]
    assert [c.value for c in m.Check] == [1, 2, 4, 8, 16]
    assert [r.value for r in m.Role] == [1, 2]
