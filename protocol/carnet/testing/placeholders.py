"""Headers and receipts whose fields have their sizes and mean nothing: for the states of a transfer, not its keys."""

from dataclasses import replace
from typing import Any, Final

from carnet.messages import Decision, OfferHeader, Receipt, ValueCommitment
from carnet.params import HASH_SIZE, SUITE

TRANSFER: Final = bytes(range(16))
HASH: Final = b"\x11" * HASH_SIZE
POINT: Final = b"\2" * 33
LIFETIME_S: Final = 3600


def header(*, network: str, issued: int, **changes: Any) -> OfferHeader:
    """Return the header of alice's first offer to bob, which is open for an hour; *changes* are its other fields."""
    made = OfferHeader(
        suite=SUITE,
        network=network,
        transfer_id=TRANSFER,
        revision=1,
        originator="alice",
        beneficiary="bob",
        sealing_kid=bytes(8),
        counter=1,
        issued=issued,
        expires=issued + LIFETIME_S,
        originator_pack=bytes(HASH_SIZE),
        beneficiary_pack=bytes(HASH_SIZE),
        flag=POINT,
        values=(ValueCommitment(currency="EUR", point=POINT),),
        unit=POINT,
        window=POINT,
        payload_root=bytes(HASH_SIZE),
        ct_hash=bytes(HASH_SIZE),
    )
    return replace(made, **changes)


def receipt(decision: Decision, *, network: str, time: int, **changes: Any) -> Receipt:
    """Return bob's answer to that offer, whose header has the hash `HASH`; *changes* are its other fields."""
    made = Receipt(
        suite=SUITE,
        network=network,
        transfer_id=TRANSFER,
        revision=1,
        originator="alice",
        beneficiary="bob",
        header_hash=HASH,
        serial=1,
        decision=decision,
        code=None,
        checks=31,
        screening_lists=(),
        screened_at=None,
        until=None,
        paths=(),
        counter=1,
        window=None,
        time=time,
    )
    return replace(made, **changes)
