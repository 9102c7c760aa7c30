"""S7 and the separation of domains: what a signed object is, and all that it is not."""

import hashlib

import pytest

from carnet import wire
from carnet.crypto import cose
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import visible_coins
from carnet.errors import DecodeError, VerifyError
from carnet.messages import NamedKey, Unit

SEED = ed25519.generate_seed(visible_coins("a signer"))
PUBLIC = ed25519.public_key(SEED)
OTHER = ed25519.generate_seed(visible_coins("another signer"))
CLAIM = NamedKey(name="name", key=bytes(32))
SIGNED = cose.sign(CLAIM, seed=SEED)
RESOLVE = cose.only(PUBLIC)


def header(**changes):
    fields = {1: -8, 4: cose.kid(PUBLIC), 16: "application/carnet.named-key+cbor"}
    return {**fields, **{int(key[1:]): value for key, value in changes.items()}}


def craft(protected=None, *, unprotected=None, payload=None, signature=None, seed=SEED):
    """A signed object by hand, with a valid signature over whatever it says unless one is given."""
    protected = wire.encode(header()) if protected is None else protected
    payload = CLAIM.encode() if payload is None else payload
    if signature is None:
        signature = ed25519.sign(seed, wire.encode(["Signature1", protected, b"", payload]))
    return wire.encode([protected, {} if unprotected is None else unprotected, payload, signature])


def refusal(data, kind=NamedKey, resolve=RESOLVE):
    with pytest.raises((DecodeError, VerifyError)) as error:
        cose.open_signed(kind, data, resolve=resolve)
    return error.value.check


def test_a_signed_object_opens():
    assert craft() == SIGNED
    assert cose.open_signed(NamedKey, SIGNED, resolve=RESOLVE) == CLAIM
    assert cose.open_signed_by(NamedKey, SIGNED, public=PUBLIC) == CLAIM
    assert cose.sign(CLAIM, seed=SEED) == SIGNED


def test_a_kid_is_the_hash_of_the_key():
    assert cose.kid(PUBLIC) == hashlib.sha256(b"carnet/kid/v1" + PUBLIC).digest()[:8]


def test_what_can_be_read_of_it_without_its_key():
    assert cose.payload_of(SIGNED) == CLAIM.encode()
    assert cose.payload_hash(SIGNED) == hashlib.sha256(CLAIM.encode()).digest()
    assert cose.unverified_signer(SIGNED) == cose.kid(PUBLIC)
    assert cose.unverified_type(SIGNED) == "application/carnet.named-key+cbor"


def test_no_byte_of_it_can_change():
    for at in range(len(SIGNED)):
        changed = bytearray(SIGNED)
        changed[at] ^= 1
        with pytest.raises((DecodeError, VerifyError)):
            cose.open_signed(NamedKey, bytes(changed), resolve=RESOLVE)


def test_one_type_is_never_read_as_another():
    """Even where the payload would decode as both, the signed type decides."""
    assert refusal(SIGNED, kind=Unit) == "cose.type"
    unit = cose.sign(Unit(currency="EUR", exponent=2), seed=SEED)
    assert refusal(unit) == "cose.type"
    assert refusal(craft(wire.encode(header(_16=cose.typ(NamedKey).upper())))) == "cose.type"
    assert refusal(craft(wire.encode(header(_16="")))) == "cose.type"


def test_relabelling_a_signed_object_breaks_its_signature():
    unit = Unit(currency="EUR", exponent=2)
    relabelled = wire.decode(cose.sign(unit, seed=SEED))
    relabelled[0] = wire.encode(header())
    assert refusal(wire.encode([*relabelled[:2], CLAIM.encode(), relabelled[3]])) == "signature"


@pytest.mark.parametrize(
    "protected",
    [
        b"",
        b"\xa0",
        b"\x80",
        wire.encode({1: -8, 4: cose.kid(PUBLIC)}),
        wire.encode({4: cose.kid(PUBLIC), 16: cose.typ(NamedKey)}),
        wire.encode(header(_1=-7)),
        wire.encode(header(_1=8)),
        wire.encode(header(_1=True)),
        wire.encode(header(_2=[1])),
        wire.encode(header(_3="x")),
        wire.encode(header(_4=b"")),
        wire.encode(header(_4=cose.kid(PUBLIC) + b"\0")),
        wire.encode(header(_4="12345678")),
        wire.encode(header(_16=16)),
        wire.encode(header(_16=b"application/carnet.named-key+cbor")),
    ],
    ids=range(15),
)
def test_the_header_is_exactly_so_whoever_signed_it(protected):
    assert refusal(craft(protected)) in {"cose.header", "wire.truncated"}


def test_the_header_is_canonical_too():
    whole = wire.encode(header())
    long = whole[:1] + b"\x18\x01" + whole[2:]
    assert refusal(craft(long)) == "wire.canonical"


@pytest.mark.parametrize(
    "data",
    [
        wire.encode([b"", {}, b""]),
        wire.encode([b"", {}, b"", b"", b""]),
        wire.encode([b"", {1: 0}, b"", b""]),
        wire.encode(["", {}, b"", b""]),
        wire.encode([b"", [], b"", b""]),
        wire.encode([b"", {}, None, b""]),
        wire.encode([b"", {}, b"", ""]),
        wire.encode({1: 1}),
        wire.encode(b""),
        craft(unprotected={4: cose.kid(PUBLIC)}),
        craft(signature=bytes(63)),
        craft(signature=bytes(65)),
    ],
    ids=range(12),
)
def test_the_form_is_exactly_so(data):
    assert refusal(data) == "cose.form"


def test_the_tag_of_other_profiles_is_refused():
    assert refusal(b"\xd2" + SIGNED) == "wire.tag"


def test_the_payload_must_be_of_its_kind_even_if_it_is_signed():
    assert refusal(craft(payload=b"\xa0")) == "schema.missing"
    assert refusal(craft(payload=b"")) == "wire.truncated"


def test_a_kid_that_nobody_has_is_refused():
    assert refusal(cose.sign(CLAIM, seed=OTHER)) == "signature.kid"
    with pytest.raises(VerifyError, match=r"^signature\.kid$"):
        cose.open_signed_by(NamedKey, cose.sign(CLAIM, seed=OTHER), public=PUBLIC)


def test_a_kid_does_not_choose_the_key():
    """A signature under another key than the kid's is refused, whichever of the two the resolver returns."""
    stranger = ed25519.public_key(OTHER)
    mixed = craft(seed=OTHER)  # the kid of PUBLIC, the signature of OTHER
    assert refusal(mixed) == "signature"
    assert refusal(mixed, resolve=cose.only(PUBLIC, stranger)) == "signature"
    assert refusal(mixed, resolve=lambda _claim, _kid: stranger) == "signature.kid"
    assert refusal(mixed, resolve=cose.by_key({cose.kid(PUBLIC): stranger})) == "signature.kid"


def test_one_of_several_expected_signers():
    both = cose.only(PUBLIC, ed25519.public_key(OTHER))
    assert cose.open_signed(NamedKey, cose.sign(CLAIM, seed=OTHER), resolve=both) == CLAIM


def test_the_resolver_is_told_what_the_object_claims():
    told = []

    def resolve(claim, kid):
        told.append((claim, kid))
        return PUBLIC

    cose.open_signed(NamedKey, SIGNED, resolve=resolve)
    assert told == [(CLAIM, cose.kid(PUBLIC))]


L = 2**252 + 27742317777372353535851937790883648493


def test_s7_a_signature_with_a_larger_s_is_refused():
    """The same signature with s + L passes where s is not checked to be canonical."""
    s = int.from_bytes(wire.decode(SIGNED)[3][32:], "little")
    r = wire.decode(SIGNED)[3][:32]
    assert craft(signature=r + s.to_bytes(32, "little")) == SIGNED
    assert refusal(craft(signature=r + (s + L).to_bytes(32, "little"))) == "signature"


SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("point", [bytes.fromhex(point) for point in SMALL], ids=lambda point: point.hex()[:8])
def test_s7_a_key_or_an_r_of_small_order_signs_nothing(point):
    """With such a key, R = point and s = 0 satisfy the equation for many messages."""
    for r in (point, bytes.fromhex(SMALL[0])):
        forged = craft(wire.encode(header(_4=cose.kid(point))), signature=r + bytes(32))
        assert refusal(forged, resolve=cose.only(point)) == "signature"
    assert refusal(craft(signature=point + bytes(32))) == "signature"


def test_the_limit_is_the_callers():
    with pytest.raises(DecodeError, match=r"^wire\.size"):
        cose.open_signed(NamedKey, SIGNED, resolve=RESOLVE, limit=len(SIGNED) - 1)
    with pytest.raises(DecodeError, match=r"^wire\.size"):
        cose.payload_of(SIGNED, limit=10)
    with pytest.raises(DecodeError, match=r"^wire\.size"):
        cose.unverified_type(SIGNED, limit=10)


@pytest.mark.parametrize("protected", [b"\xa0", b"\x80", wire.encode({16: 16})])
def test_an_object_without_a_type_has_none_to_show(protected):
    with pytest.raises(DecodeError, match=r"^cose\.header"):
        cose.unverified_type(craft(protected))
    with pytest.raises(DecodeError, match=r"^cose\.header"):
        cose.unverified_signer(craft(protected))


def test_s15_a_stranger_makes_nobody_decode_a_payload(monkeypatch):
    """`open_signed_by` looks at the signature first."""
    monkeypatch.setattr(NamedKey, "decode", None)
    with pytest.raises(VerifyError):
        cose.open_signed_by(NamedKey, craft(seed=OTHER), public=PUBLIC)
