"""TLS certificates for node-to-node connections: self-signed, P-256, known by their hash alone (spec/crypto.md#tls).

No name in a certificate means anything: a peer is whoever a directory lists under the SHA-256 of the leaf's DER.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carnet.errors import DecodeError
from carnet.secret import Secret

SERVER_NAME: Final = "carnet.invalid"
"""The one alternative name in every certificate, which clients ask for because TLS wants one (RFC 2606)."""


def make_certificate(*, not_before: int, not_after: int) -> tuple[Secret[bytes], bytes]:
    """Return a new private key (PKCS #8, PEM) and its self-signed certificate (DER).

    The key comes from the operating system's generator, through the TLS library.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(not_before, UTC))
        .not_valid_after(datetime.fromtimestamp(not_after, UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SERVER_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Secret(pem), certificate.public_bytes(serialization.Encoding.DER)


def _subject(key: ec.EllipticCurvePublicKey) -> x509.Name:
    """Return a name that no other certificate has: TLS libraries look for a trusted certificate by its subject."""
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hashlib.sha256(spki).hexdigest()[:32])])


def pin(certificate: bytes) -> bytes:
    """Return the SHA-256 of *certificate* (DER): who its holder is, as far as we care."""
    return hashlib.sha256(certificate).digest()


def to_pem(certificate: bytes) -> bytes:
    """Return *certificate* (DER) as PEM.

    Raises:
        DecodeError: Not a certificate.
    """
    try:
        return x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)
    except ValueError as error:
        raise DecodeError("certificate.form") from error


def to_der(certificate: bytes) -> bytes:
    """Return *certificate* (PEM) as DER.

    Raises:
        DecodeError: Not a certificate.
    """
    try:
        return x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)
    except ValueError as error:
        raise DecodeError("certificate.form") from error
