"""Every message that is declared: round trip, canonicity, and no answer to noise but a refusal."""

import itertools
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carnet import messages as m
from carnet import wire
from carnet.crypto import cose, hpke, lockbox, padding
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import public_key
from carnet.errors import PeerError
from carnet.secret import Secret
from strategies import declare_all, messages, mutated, wires

KINDS = declare_all()
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
CARRIERS = (m.Offer, m.Reply, m.Closing)
SEED = Secret(bytes(range(32)))
PRIVATE = hpke.PrivateKey(hpke.generate(visible_coins("fuzzing")))
HALF = settings(max_examples=max(1, settings.default.max_examples // 2))  # all kinds share the code that is tested


def neighbours(data, offset):
    """Every byte string that differs from *data* in one byte; of a long one, in every so many-th."""
    step = 1 + len(data) // 10
    for at, byte in itertools.product(range(offset % step, len(data), step), range(256)):
        if byte != data[at]:
            yield data[:at] + bytes([byte]) + data[at + 1 :]


@each_kind
def test_whatever_is_built_decodes_to_itself(kind):
    @HALF
    @given(messages(kind))
    def holds(message):
        data = message.encode()
        assert kind.decode(data) == message
        assert kind.decode(data).encode() == data

    holds()


@each_kind
def test_whatever_decodes_is_the_very_encoding_of_what_it_decodes_to(kind):
    @settings(max_examples=max(1, settings.default.max_examples // 50))
    @given(messages(kind), st.integers(0, 255))
    def holds(message, offset):
        for data in neighbours(message.encode(), offset):
            try:
                other = kind.decode(data)
            except PeerError:
                continue
            assert other.encode() == data
            assert other != message

    holds()


@each_kind
def test_a_field_more_or_less_is_refused(kind):
    @settings(max_examples=5)
    @given(messages(kind))
    def holds(message):
        fields = message.dump()
        spare = len(kind.FIELDS) + 1
        with pytest.raises(PeerError, match=r"^schema\.unknown"):
            kind.decode(wire.encode({**fields, spare: 0}))
        with pytest.raises(PeerError, match=r"^schema\.unknown"):
            kind.decode(wire.encode({**fields, 0: 0}))
        for field in kind.FIELDS:
            absent = {key: value for key, value in fields.items() if key != field.key}
            if field.optional:
                assert getattr(kind.decode(wire.encode(absent)), field.name) is None
            else:
                with pytest.raises(PeerError, match=r"^schema\.missing"):
                    kind.decode(wire.encode(absent))
            with pytest.raises(PeerError, match=r"^schema\.type"):  # an absent field is absent, not null
                kind.decode(wire.encode({**fields, field.key: None}))

    holds()


def refused_or(act):
    """Anything but a `PeerError` is our bug, and fails the test."""
    try:
        return act()
    except PeerError:
        return None


ANY_BYTES = st.binary(max_size=300) | wires.map(wire.encode)


@each_kind
def test_noise_raises_nothing_but_refusals(kind):
    @HALF
    @given(ANY_BYTES | mutated(messages(kind).map(lambda message: message.encode())))
    def holds(data):
        message = refused_or(lambda: kind.decode(data))
        assert message is None or message.encode() == data

    holds()


@given(wires)
def test_data_of_any_shape_raises_nothing_but_refusals(value):
    for kind in KINDS.values():
        refused_or(lambda kind=kind: kind.load(value))


@pytest.mark.parametrize("kind", CARRIERS, ids=lambda kind: kind.NAME)
def test_carriers_come_back_and_noise_is_refused(kind):
    genuine = messages(kind).map(m.carry)

    @given(genuine)
    def comes_back(data):
        assert m.carry(m.uncarry(kind, data)) == data
        assert len(data) == m.FLOORS[kind]

    @given(ANY_BYTES | mutated(genuine) | ANY_BYTES.map(lambda data: padding.pad(data, floor=m.FLOORS[kind])))
    def holds(data):
        message = refused_or(lambda: m.uncarry(kind, data))
        assert message is None or m.carry(message) == data

    comes_back()
    holds()


signed = messages(m.NamedKey).map(lambda message: cose.sign(message, seed=SEED))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (m.Receipt, m.OfferHeader),
        (m.OfferHeader, m.Receipt),
        (m.TerminalStatement, m.Receipt),
        (m.KeyBundle, m.Directory),
    ],
    ids=lambda kind: kind.NAME,
)
def test_no_signed_object_is_read_as_another(written, read):
    @settings(max_examples=10)
    @given(messages(written))
    def holds(message):
        data = cose.sign(message, seed=SEED)
        for open_it in (
            lambda: cose.open_signed(read, data, resolve=cose.only(public_key(SEED))),
            lambda: cose.open_signed_by(read, data, public=public_key(SEED)),
        ):
            with pytest.raises(PeerError, match=r"^cose\.type$"):
                open_it()

    holds()


@given(ANY_BYTES | mutated(signed) | st.lists(wires, max_size=5).map(wire.encode))
def test_noise_for_signed_objects_is_refused(data):
    resolve = cose.only(public_key(SEED))
    opened = refused_or(lambda: cose.open_signed(m.NamedKey, data, resolve=resolve))
    assert opened is None or cose.sign(opened, seed=SEED) == data
    refused_or(lambda: cose.open_signed_by(m.NamedKey, data, public=public_key(SEED)))
    refused_or(lambda: cose.payload_of(data))
    refused_or(lambda: cose.payload_hash(data))
    refused_or(lambda: cose.unverified_type(data))
    refused_or(lambda: cose.unverified_signer(data))


@given(wires.map(wire.encode) | st.binary(max_size=60), st.binary(max_size=70))
def test_noise_in_the_parts_of_signed_objects_is_refused(header, signature):
    data = wire.encode([header, {}, b"", signature])
    assert refused_or(lambda: cose.open_signed(m.NamedKey, data, resolve=cose.only(public_key(SEED)))) is None
    refused_or(lambda: cose.unverified_type(data))


@given(st.binary(max_size=5000), st.sampled_from([0, 16, 4096]))
def test_noise_is_seldom_padding_and_never_more_than_one_form(data, floor):
    content = refused_or(lambda: padding.unpad(data, floor=floor))
    assert content is None or padding.pad(content, floor=floor) == data


@given(st.binary(max_size=5000), st.sampled_from([0, 16, 4096, 8192]))
def test_padding_comes_back(data, floor):
    padded = padding.pad(data, floor=floor)
    assert padding.unpad(padded, floor=floor) == data
    assert len(padded) == padding.padded_size(len(data) + 4, floor=floor)


@given(st.binary(max_size=80))
def test_noise_opens_no_box(data):
    assert refused_or(lambda: lockbox.open_box(Secret(bytes(32)), data, context=b"")) is None


@settings(max_examples=20)
@given(st.binary(min_size=1120, max_size=1120) | st.binary(max_size=1200), st.binary(max_size=60))
def test_noise_opens_no_seal(enc, ciphertext):
    assert refused_or(lambda: PRIVATE.open(enc=enc, ciphertext=ciphertext, info=b"")) is None


@settings(max_examples=20)
@given(st.binary(min_size=1216, max_size=1216) | st.binary(max_size=1300) | st.just(PRIVATE.public))
def test_noise_is_no_sealing_key_or_one_that_works(public):
    refused_or(lambda: hpke.seal(public=public, plaintext=b"", info=b""))


cheap = st.builds(
    lockbox.LockedFile,
    purpose=st.sampled_from([b"purpose", b"another"]),
    salt=st.binary(min_size=16, max_size=16),
    passes=st.sampled_from([0, 1, 17, 2**32 - 1]),
    memory=st.sampled_from([0, 8191, 8192, 2**30 + 1, 2**64 - 1]),
    box=st.binary(max_size=60),
).map(lambda locked: locked.encode())


@given(ANY_BYTES | cheap | mutated(cheap))
def test_noise_unlocks_nothing(data):
    try:  # one edit of a genuine file may ask for up to a minute's work: that, and no more, is allowed
        locked = lockbox.LockedFile.decode(data)
        assume(locked.purpose != b"purpose" or not 2**20 < locked.memory <= 2**30)
    except PeerError:
        pass
    assert refused_or(lambda: lockbox.unlock(data, passphrase=Secret(b"x"), purpose=b"purpose")) is None


HOSTILE = {
    "a long array": b"\x99\xff\xfd" + b"\x00" * 65533,
    "a field of many empty maps": b"\xa1\x01\x99\xff\xfb" + b"\xa0" * 65531,
    "a field of one long text": b"\xa1\x01\x79\xff\xfb" + b"a" * 65531,
    "many fields": b"\xb9\x3f\xff" + b"".join(b"\x19" + n.to_bytes(2, "big") + b"\0" for n in range(256, 16639)),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_s15_no_message_builds_much_before_it_refuses_64_kib(data):
    value = wire.decode(data)
    for kind in KINDS.values():
        tracemalloc.start()
        with pytest.raises(PeerError):
            kind.load(value)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * 1024 * 1024
