"""TLS certificates for node-to-node connections: self-signed, P-256, known by their hash alone (spec/crypto.md#tls).

No name in a certificate means anything: a peer is whoever a directory lists under the SHA-256 of the leaf's DER. But
TLS libraries look for a trusted certificate by its subject, so each certificate of a directory needs one of its own.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carnet.crypto.coins import Coins
from carnet.errors import DecodeError
from carnet.secret import Secret

Subject = tuple[frozenset[tuple[str, str]], ...]
"""A certificate's subject: of each part, the types and values."""

SERVER_NAME: Final = "carnet.invalid"
"""The one alternative name in every certificate, which clients ask for because TLS wants one (RFC 2606)."""


_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def make_certificate(*, not_before: int, not_after: int, coins: Coins | None = None) -> tuple[Secret[bytes], bytes]:
    """Return a new private key (PKCS #8, PEM) and its self-signed certificate (DER).

    The key comes from the operating system's generator, through the TLS library; with *coins*, all follows from them.
    """
    if coins is None:
        key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    else:
        key = ec.derive_private_key(1 + int.from_bytes(coins(48), "big") % (_ORDER - 1), ec.SECP256R1())
        serial = 1 + int.from_bytes(coins(16), "big")
    name = _subject(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime.fromtimestamp(not_before, UTC))
        .not_valid_after(datetime.fromtimestamp(not_after, UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SERVER_NAME)]), critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=None if coins is None else True)
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Secret(pem), certificate.public_bytes(serialization.Encoding.DER)


def _subject(key: ec.EllipticCurvePublicKey) -> x509.Name:
    """Return a name that no other certificate has."""
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
    except (ValueError, x509.InvalidVersion) as error:
        raise DecodeError("certificate.form") from error


def subject(certificate: bytes) -> Subject:
    """Return the subject of *certificate* (DER), two of which are equal if a TLS library takes one for the other.

    Such libraries compare without regard to case, white space and string type (RFC 5280 section 7.1).

    Raises:
        DecodeError: Not a certificate.
    """
    try:
        name = x509.load_der_x509_certificate(certificate).subject
    except (ValueError, TypeError, x509.InvalidVersion) as error:  # TypeError: a bit string for what is none
        raise DecodeError("certificate.form") from error
    return tuple(frozenset((each.oid.dotted_string, _folded(each.value)) for each in part) for part in name.rdns)


def _folded(value: str | bytes) -> str:
    return value.hex() if isinstance(value, bytes) else " ".join(value.casefold().split())


def to_der(certificate: bytes) -> bytes:
    """Return *certificate* (PEM) as DER.

    Raises:
        DecodeError: Not a certificate.
    """
    try:
        return x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)
    except (ValueError, x509.InvalidVersion) as error:
        raise DecodeError("certificate.form") from error
