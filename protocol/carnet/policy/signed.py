"""Packs as they travel: signed by an issuer that the directory names (spec/policy.md#signature)."""

from carnet.crypto import cose
from carnet.identity.directory import Trust
from carnet.policy.pack import PolicyPack, check_pack


def open_pack(data: bytes, *, trust: Trust) -> PolicyPack:
    """Return the pack in signed object *data*.

    Raises:
        DecodeError: Not a signed pack.
        VerifyError: No pack issuer of the directory signed it.
        PolicyError: It means nothing (see `check_pack`).
    """
    issuers = (issuer.key for issuer in trust.directory.pack_issuers)
    return check_pack(cose.open_signed(PolicyPack, data, resolve=cose.only(*issuers)))
