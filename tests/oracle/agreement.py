"""spec/crypto.md#agreement and the names of channels, by the formulas of RFC 7748, over another X25519 than ours."""

from hashlib import sha512

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from oracle.record import encode, hkdf

P = 2**255 - 19


def agree(seed, public):
    """Return what the holder of *seed* shares with the owner of the Ed25519 key *public*."""
    y = int.from_bytes(public, "little") % 2**255
    u = (1 + y) * pow(1 - y, -1, P) % P
    own = X25519PrivateKey.from_private_bytes(sha512(seed).digest()[:32])
    return own.exchange(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


def channel(seed, public, *, network, epoch, originator, beneficiary):
    info = encode(["carnet/v1/channel", network, epoch, originator, beneficiary])
    return hkdf(agree(seed, public), info, 16)
