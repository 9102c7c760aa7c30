import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carnet.crypto import tls
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


def test_a_pin_is_the_hash_of_the_leaf():
    assert tls.pin(CERTIFICATE) == hashlib.sha256(CERTIFICATE).digest()


def test_certificates_change_form_and_back():
    assert tls.to_der(tls.to_pem(CERTIFICATE)) == CERTIFICATE


@pytest.mark.parametrize("read", [tls.to_pem, tls.to_der])
@pytest.mark.parametrize("data", [b"", b"x", CERTIFICATE[:-1], b"-----BEGIN CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(read, data):
    with pytest.raises(DecodeError, match=r"^certificate\.form$"):
        read(data)
