"""Offers that nobody sealed: the header of an invented transfer, and what both ends' records derive from."""

from collections.abc import Sequence

from carnet.crypto.coins import Coins
from carnet.envelope.values import Openings
from carnet.log.record import Source
from carnet.messages import OfferHeader, Role, TerminalStatement, ValueCommitment
from carnet.params import SUITE
from carnet.policy.pack import Leg, PolicyPack, leg_rule, pack_hash
from carnet.secret import Secret
from carnet.zk.commitment import Opening


def offer_header(
    openings: Openings,
    *,
    network: str,
    ends: tuple[str, str],
    packs: tuple[PolicyPack, PolicyPack],
    issued: int,
    expires: int,
    coins: Coins,
    counter: int = 1,
    window: Opening | None = None,
    transfer_id: bytes | None = None,
    payload_root: bytes | None = None,
) -> OfferHeader:
    """Return the header of an offer between *ends*, the originator first, each under its own of *packs*.

    Without a *window* the originator's law links no transfers. What is not given, and what only a sealed offer has,
    is drawn from *coins*.
    """
    values = tuple(ValueCommitment(currency=name, point=one.commit()) for name, one in openings.values.items())
    own = openings.values[leg_rule(packs[0], Leg.VASP).currency]
    return OfferHeader(
        suite=SUITE,
        network=network,
        transfer_id=transfer_id or coins(16),
        revision=1,
        originator=ends[0],
        beneficiary=ends[1],
        sealing_kid=coins(8),
        counter=counter,
        issued=issued,
        expires=expires,
        originator_pack=pack_hash(packs[0]),
        beneficiary_pack=pack_hash(packs[1]),
        flag=openings.flag.commit(),
        values=values,
        unit=openings.unit.commit(),
        window=(window or own).commit(),
        payload_root=payload_root or coins(32),
        ct_hash=coins(32),
    )


def sources_of(
    header: OfferHeader,
    statement: TerminalStatement,
    *,
    receipt_hash: bytes,
    seed: Secret[bytes],
    packs: tuple[PolicyPack, PolicyPack],
    windows: Sequence[bytes | None] = (None, None),
) -> list[Source]:
    """Return what the two records of a transfer derive from, the originator's first."""
    return [
        Source(
            header=header,
            header_hash=statement.header_hash,
            receipt_hash=receipt_hash,
            statement=statement,
            seed=seed,
            role=role,
            pack=pack,
            window=window,
        )
        for role, pack, window in zip((Role.ORIGINATOR, Role.BENEFICIARY), packs, windows, strict=True)
    ]
