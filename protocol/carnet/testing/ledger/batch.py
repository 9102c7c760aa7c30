"""One batch of a generated network: the records of an interval at each VASP, with covers, proofs and what opens sums.

A batch depends on its plan alone, so that it may be made in any process, and made again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, final

from carnet import wire
from carnet.crypto.coins import Coins
from carnet.crypto.group import N
from carnet.envelope.values import FLAG, UNIT, Openings, blinding
from carnet.errors import DecodeError
from carnet.log.cover import make_cover, prove_cover
from carnet.log.record import RecordOpenings, Source, derive_record, prove_record, record_openings
from carnet.messages import BROADCAST_ENDINGS, OfferHeader, Phase, Role, TerminalStatement, ValueCommitment
from carnet.params import EPOCH_S, MAX_VALIDITY_S, SUITE
from carnet.policy.pack import pack_hash
from carnet.reporting.report import MATCHED
from carnet.secret import Secret
from carnet.testing.ledger.plan import Dice, Interval, Plan, Transfer, worth
from carnet.testing.ledger.society import Society, start_of
from carnet.zk.commitment import Opening

NOTHING: Final = Opening(value=0, blinding=0)
CACHE_LIMIT: Final = 2**28
SCALAR_SIZE: Final = 32


@final
@dataclass(slots=True, kw_only=True)
class Tally:
    """What opens the sums of some records at one end, and of the same transfers' records at the other."""

    count: int = 0
    unit: Opening = NOTHING
    flag: Opening = NOTHING
    peer_unit: Opening = NOTHING
    peer_flag: Opening = NOTHING

    def add(self, own: RecordOpenings, peer: RecordOpenings | None = None) -> None:
        """Add one record, and *peer*, the other end's."""
        self.count += 1
        self.unit += own.unit
        self.flag += own.flag
        if peer is not None:
            self.peer_unit += peer.unit
            self.peer_flag += peer.flag

    def merge(self, other: "Tally") -> None:
        """Add all that *other* holds."""
        self.count += other.count
        self.unit += other.unit
        self.flag += other.flag
        self.peer_unit += other.peer_unit
        self.peer_flag += other.peer_flag

    @property
    def openings(self) -> tuple[Opening, Opening, Opening, Opening]:
        """All four, in order."""
        return self.unit, self.flag, self.peer_unit, self.peer_flag


@final
@dataclass(slots=True, kw_only=True)
class Part:
    """What one VASP logs of an interval: *items* and proofs in order, and what its report will need of them.

    *channels* are by the other end and the own role.
    """

    items: list[tuple[bytes, bytes]] = field(default_factory=list)
    kinds: Counter[Phase] = field(default_factory=Counter)
    channels: dict[tuple[str, Role], Tally] = field(default_factory=dict)
    unmatched: Tally = field(default_factory=Tally)
    covers: Tally = field(default_factory=Tally)


Batch = dict[str, Part]
"""The part of each VASP."""


def make_batch(job: tuple[Plan, Interval]) -> bytes:
    """Return the batch of an interval, encoded: a job for any process."""
    plan, interval = job
    return encode_batch(make_parts(plan, interval, vasps=plan.society.vasps))


def make_parts(plan: Plan, interval: Interval, *, vasps: Iterable[str]) -> Batch:
    """Return the parts of *vasps* alone."""
    batch: Batch = {vasp: Part() for vasp in vasps}
    for transfer in interval.transfers:
        _record(plan, transfer, interval.epoch, batch)
    for vasp, part in batch.items():
        _cover(plan, vasp, part, interval)
        Dice(plan.coins(f"order of batch {interval.number} of {vasp}")).shuffle(part.items)
    return batch


def _cover(plan: Plan, vasp: str, part: Part, interval: Interval) -> None:
    """Fill *part* up to a power of two."""
    coins = plan.coins(f"covers of batch {interval.number} of {vasp}")
    pack = plan.society.pack(vasp)
    while (size := len(part.items)) & (size - 1):
        role = (Role.ORIGINATOR, Role.BENEFICIARY)[coins(1)[0] & 1]
        cover = make_cover(pack, role=role, epoch=interval.epoch, coins=coins)
        part.items.append((cover.record.encode(), prove_cover(cover, pack, coins=coins)))
        part.kinds[cover.record.kind] += 1
        part.covers.add(cover.openings)


def _record(plan: Plan, transfer: Transfer, epoch: int, batch: Batch) -> None:
    """Put *transfer* into the parts of its ends."""
    coins = plan.coins(f"transfer {transfer.number}")
    moved = transfer.kind in BROADCAST_ENDINGS
    sources = ends_of(plan.society, transfer, epoch=epoch, coins=coins)
    if not any(each.vasp in batch for each in sources):
        return
    opened = [record_openings(each.source, each.openings, window=each.window) if moved else None for each in sources]
    for end, each in enumerate(sources):
        if each.vasp not in batch:
            continue
        record = derive_record(each.source)
        proof = prove_record(
            record,
            each.source,
            each.openings if moved else None,
            window=each.window if moved else None,
            coins=plan.coins(f"proof of transfer {transfer.number} for {each.vasp}"),
        )
        part = batch[each.vasp]
        part.items.append((record.encode(), proof))
        part.kinds[record.kind] += 1
        own, peer = opened[end], opened[1 - end]
        if own is not None and transfer.kind in MATCHED:
            part.channels.setdefault((sources[1 - end].vasp, each.source.role), Tally()).add(own, peer)
        elif own is not None:
            part.unmatched.add(own)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What one end's record derives from."""

    vasp: str
    source: Source
    openings: Openings
    window: Opening | None


def ends_of(society: Society, transfer: Transfer, *, epoch: int, coins: Coins) -> list[End]:
    """Return what the two records of *transfer* derive from, the originator's first."""
    seed = Secret(coins(32))
    vasps = (transfer.originator, transfer.beneficiary)
    openings = _openings(society, transfer, seed)
    windows = [
        Opening(value=held, blinding=blinding(seed, "window", vasp)) if society.rule(vasp).linked_window_s else None
        for vasp, held in zip(vasps, transfer.windows, strict=True)
    ]
    header = _header(society, transfer, openings, windows[0], epoch=epoch, coins=coins)
    header_hash = sha256(header.encode()).digest()
    statement = TerminalStatement(
        suite=SUITE,
        network=society.network,
        transfer_id=header.transfer_id,
        revision=1,
        originator=transfer.originator,
        beneficiary=transfer.beneficiary,
        header_hash=header_hash,
        state=transfer.kind,
        time=start_of(epoch) + 60 + transfer.number % (EPOCH_S - 120),
        salted_txid=coins(32) if transfer.kind is Phase.SETTLED else None,
    )
    receipt_hash = coins(32)
    moved = transfer.kind in BROADCAST_ENDINGS
    return [
        End(
            vasp=vasp,
            source=Source(
                header=header,
                header_hash=header_hash,
                receipt_hash=receipt_hash,
                statement=statement,
                seed=seed,
                role=role,
                pack=society.pack(vasp),
                window=window.commit() if window is not None and moved else None,
            ),
            openings=openings,
            window=window,
        )
        for vasp, role, window in zip(vasps, (Role.ORIGINATOR, Role.BENEFICIARY), windows, strict=True)
    ]


def _openings(society: Society, transfer: Transfer, seed: Secret[bytes]) -> Openings:
    rules = [society.rule(vasp) for vasp in (transfer.originator, transfer.beneficiary)]
    full = any(window >= rule.full_from for window, rule in zip(transfer.windows, rules, strict=True))
    return Openings(
        values={
            each: Opening(value=worth(transfer.value, each), blinding=blinding(seed, "value", each))
            for each in sorted({rule.currency for rule in rules})
        },
        unit=Opening(value=transfer.value, blinding=blinding(seed, UNIT)),
        flag=Opening(value=int(full), blinding=blinding(seed, FLAG)),
    )


def _header(
    society: Society, transfer: Transfer, openings: Openings, window: Opening | None, *, epoch: int, coins: Coins
) -> OfferHeader:
    values = tuple(ValueCommitment(currency=name, point=one.commit()) for name, one in openings.values.items())
    currency = society.rule(transfer.originator).currency
    own = next(each.point for each in values if each.currency == currency)
    return OfferHeader(
        suite=SUITE,
        network=society.network,
        transfer_id=coins(16),
        revision=1,
        originator=transfer.originator,
        beneficiary=transfer.beneficiary,
        sealing_kid=coins(8),
        counter=transfer.number + 1,
        issued=start_of(epoch),
        expires=start_of(epoch) + MAX_VALIDITY_S,
        originator_pack=pack_hash(society.pack(transfer.originator)),
        beneficiary_pack=pack_hash(society.pack(transfer.beneficiary)),
        flag=openings.flag.commit(),
        values=values,
        unit=openings.unit.commit(),
        window=own if window is None else window.commit(),
        payload_root=coins(32),
        ct_hash=coins(32),
    )


# --- a batch on disk, from which a generation that was interrupted goes on -------------------------------------------


def encode_batch(batch: Batch) -> bytes:
    """Return *batch* for a file of our own."""
    written: list[wire.Wire] = []
    for vasp, part in batch.items():
        rows: list[wire.Wire] = [
            [peer, int(role), _encode_tally(tally)] for (peer, role), tally in sorted(part.channels.items())
        ]
        written.append(
            [
                vasp,
                [data for data, _ in part.items],
                [proof for _, proof in part.items],
                {int(kind): count for kind, count in part.kinds.items()},
                rows,
                _encode_tally(part.unmatched),
                _encode_tally(part.covers),
            ]
        )
    return wire.encode(written)


def decode_batch(data: bytes) -> Batch:
    """Return the batch that *data* encodes.

    Raises:
        DecodeError: It encodes none: the file was not written to its end.
    """
    written: Any = wire.decode(data, limit=CACHE_LIMIT)
    try:
        return {vasp: _decode_part(rest) for vasp, *rest in written}
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise DecodeError("wire.form", "no batch") from error


def _decode_part(written: list[Any]) -> Part:
    items, proofs, kinds, rows, unmatched, covers = written
    return Part(
        items=list(zip(items, proofs, strict=True)),
        kinds=Counter({Phase(kind): count for kind, count in kinds.items()}),
        channels={(peer, Role(role)): _decode_tally(tally) for peer, role, tally in rows},
        unmatched=_decode_tally(unmatched),
        covers=_decode_tally(covers),
    )


def _encode_tally(tally: Tally) -> list[wire.Wire]:
    scalars: Iterable[int] = (scalar % N for opening in tally.openings for scalar in opening.scalars)
    return [tally.count, *(scalar.to_bytes(SCALAR_SIZE, "big") for scalar in scalars)]


def _decode_tally(written: list[Any]) -> Tally:
    count, *scalars = written
    numbers = [int.from_bytes(each, "big") for each in scalars]
    unit, flag, peer_unit, peer_flag = (
        Opening(value=value, blinding=hidden) for value, hidden in zip(numbers[::2], numbers[1::2], strict=True)
    )
    return Tally(count=count, unit=unit, flag=flag, peer_unit=peer_unit, peer_flag=peer_flag)
