import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from carnet.crypto import tls
from carnet.crypto.coins import visible_coins
from carnet.errors import DecodeError

KEY, CERTIFICATE = tls.make_certificate(not_before=1_700_000_000, not_after=1_700_086_400)


def test_a_certificate_is_of_p256_self_signed_and_no_authority():
    read = x509.load_der_x509_certificate(CERTIFICATE)
    read.verify_directly_issued_by(read)
    public = read.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    assert not read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [tls.SERVER_NAME]
    assert int(read.not_valid_before_utc.timestamp()) == 1_700_000_000
    assert int(read.not_valid_after_utc.timestamp()) == 1_700_086_400


def test_the_key_is_the_certificates():
    key = serialization.load_pem_private_key(KEY.reveal(), None)
    read = x509.load_der_x509_certificate(CERTIFICATE)
    assert key.public_key() == read.public_key()


def test_two_certificates_share_nothing_that_identifies():
    other = tls.make_certificate(not_before=0, not_after=1)[1]
    assert tls.pin(other) != tls.pin(CERTIFICATE)
    subjects = {x509.load_der_x509_certificate(each).subject for each in (other, CERTIFICATE)}
    assert len(subjects) == 2, "of several trusted certificates with one subject, TLS libraries try the first alone"


def test_with_coins_a_certificate_comes_out_the_same_again():
    one, other, third = (
        tls.make_certificate(not_before=0, not_after=1, coins=visible_coins(words)) for words in ("one", "one", "other")
    )
    assert (one[0].reveal(), one[1]) == (other[0].reveal(), other[1])
    assert third[1] != one[1]
    x509.load_der_x509_certificate(one[1]).verify_directly_issued_by(x509.load_der_x509_certificate(one[1]))


def named(*attributes):
    """A certificate whose subject is *attributes*: types, values and the values' string types."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, value, kind) for oid, value, kind in attributes])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


UTF8, PRINTABLE = _ASN1Type.UTF8String, _ASN1Type.PrintableString
PLAIN = (NameOID.COMMON_NAME, "abc 1", UTF8)


@pytest.mark.parametrize(
    "attribute",
    [
        (NameOID.COMMON_NAME, "ABC 1", UTF8),
        (NameOID.COMMON_NAME, " abc  1", UTF8),
        (NameOID.COMMON_NAME, "abc 1", PRINTABLE),
    ],
    ids=["case", "space", "type"],
)
def test_subjects_that_a_tls_library_takes_for_each_other_are_equal(attribute):
    assert tls.subject(named(attribute)) == tls.subject(named(PLAIN))


def test_other_subjects_differ():
    others = [named(), named((NameOID.ORGANIZATION_NAME, "abc 1", UTF8)), named(PLAIN, PLAIN), CERTIFICATE]
    assert len({tls.subject(each) for each in (named(PLAIN), *others)}) == 5


def test_a_pin_is_the_hash_of_the_leaf():
    assert tls.pin(CERTIFICATE) == hashlib.sha256(CERTIFICATE).digest()


def test_certificates_change_form_and_back():
    assert tls.to_der(tls.to_pem(CERTIFICATE)) == CERTIFICATE


@pytest.mark.parametrize("read", [tls.to_pem, tls.to_der, tls.subject])
@pytest.mark.parametrize("data", [b"", b"x", CERTIFICATE[:-1], b"-----BEGIN CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(read, data):
    with pytest.raises(DecodeError, match=r"^certificate\.form$"):
        read(data)
