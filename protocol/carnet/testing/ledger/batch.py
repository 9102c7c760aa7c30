"""One batch of a generated network: the records of an interval at each VASP, with covers, proofs and what opens sums.

A batch depends on its plan alone, so that it may be made in any process, and made again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Protocol, final

from carnet import wire
from carnet.crypto.coins import Coins, visible_coins
from carnet.crypto.group import N
from carnet.envelope.values import Openings, blinding, derive_openings
from carnet.errors import DecodeError
from carnet.exchange.closing import terminal_statement
from carnet.log.cover import make_cover, prove_cover
from carnet.log.record import Record, RecordOpenings, Source, derive_record, prove_record, record_openings
from carnet.messages import BROADCAST_ENDINGS, Phase, Role
from carnet.params import EPOCH_S, MAX_VALIDITY_S
from carnet.policy.pack import Leg, leg_rule
from carnet.reporting.build import NOTHING, OpenedSums, open_sums
from carnet.reporting.report import MATCHED
from carnet.secret import Secret
from carnet.testing.ledger.linking import Link, chain_of
from carnet.testing.ledger.offered import offer_header, sources_of
from carnet.testing.ledger.plan import Dice, Interval, Plan, Transfer, worth
from carnet.testing.ledger.society import Society, start_of
from carnet.zk.commitment import Opening

CACHE_LIMIT: Final = 2**28
SCALAR_SIZE: Final = 32


@final
@dataclass(slots=True, kw_only=True)
class Tally:
    """What opens the sums of some records at one end, and of the same transfers' records at the other."""

    count: int = 0
    own: OpenedSums = NOTHING
    peer: OpenedSums = NOTHING

    def add(self, own: OpenedSums, peer: OpenedSums = NOTHING) -> None:
        """Add one record, and *peer*, the other end's."""
        self.merge(Tally(count=1, own=own, peer=peer))

    def merge(self, other: "Tally") -> None:
        """Add all that *other* holds."""
        self.count += other.count
        self.own += other.own
        self.peer += other.peer


@final
@dataclass(slots=True, kw_only=True)
class Part:
    """What one VASP logs of an interval: *items* and proofs in order, and what its report will need of them.

    *channels* are by the other end and the own role. *links* are of those records that the VASP's law links. *opened*
    holds what opens each cover, by its entry; it goes into no file.
    """

    items: list[tuple[bytes, bytes]] = field(default_factory=list)
    kinds: Counter[Phase] = field(default_factory=Counter)
    channels: dict[tuple[str, Role], Tally] = field(default_factory=dict)
    covers: Tally = field(default_factory=Tally)
    links: list[Link] = field(default_factory=list)
    opened: dict[bytes, RecordOpenings] = field(default_factory=dict)


Batch = dict[str, Part]
"""The part of each VASP."""


def make_batch(job: tuple[Plan, Interval]) -> bytes:
    """Return the batch of an interval, encoded: a job for any process."""
    plan, interval = job
    return encode_batch(make_parts(plan, interval, vasps=plan.society.vasps))


def make_parts(plan: Plan, interval: Interval, *, vasps: Iterable[str], ends: "Ends | None" = None) -> Batch:
    """Return the parts of *vasps* alone; *ends* tells what records derive from, if it is not `ends_of`."""
    batch: Batch = {vasp: Part() for vasp in vasps}
    for transfer in interval.transfers:
        _record(plan, transfer, interval.epoch, batch, ends=ends or ends_of)
    for vasp, part in batch.items():
        _cover(plan, vasp, part, interval)
        Dice(visible_coins(f"{plan.society.seed}: order of batch {interval.number} of {vasp}")).shuffle(part.items)
    return batch


def _cover(plan: Plan, vasp: str, part: Part, interval: Interval) -> None:
    """Fill *part* up to a power of two."""
    coins = plan.coins(f"covers of batch {interval.number} of {vasp}")
    roles = Dice(visible_coins(f"{plan.society.seed}: roles of the covers of batch {interval.number} of {vasp}"))
    pack = plan.society.pack(vasp)
    while (size := len(part.items)) & (size - 1):
        role = (Role.ORIGINATOR, Role.BENEFICIARY)[roles.below(2)]
        cover = make_cover(pack, role=role, epoch=interval.epoch, coins=coins)
        part.items.append((cover.record.encode(), prove_cover(cover, pack, coins=coins)))
        part.kinds[cover.record.kind] += 1
        part.covers.add(OpenedSums(unit=cover.openings.unit, flag=cover.openings.flag))
        part.opened[cover.record.entry()] = cover.openings
        if leg_rule(pack, Leg.VASP).linked_window_s:
            part.links.append(_link(cover.record, cover.openings, coins, order=-size))


def _record(plan: Plan, transfer: Transfer, epoch: int, batch: Batch, *, ends: "Ends") -> None:
    """Put *transfer* into the parts of its ends."""
    coins = plan.coins(f"transfer {transfer.number}")
    moved = transfer.kind in BROADCAST_ENDINGS
    sources = ends(plan.society, transfer, epoch=epoch, coins=coins)
    if not any(each.vasp in batch for each in sources):
        return
    opened = [each.sums if moved else None for each in sources]
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
        if each.window is not None and moved:
            opened_record = record_openings(each.source, each.openings, window=each.window)
            chain = plan.coins(f"chain {end} {transfer.customers[end]}")
            part.links.append(_link(record, opened_record, chain, order=transfer.number))
        own, peer = opened[end], opened[1 - end]
        if own is not None and peer is not None and transfer.kind in MATCHED:
            part.channels.setdefault((sources[1 - end].vasp, each.source.role), Tally()).add(own, peer)


def _link(record: Record, opened: RecordOpenings, coins: Coins, *, order: int) -> Link:
    return Link(
        entry=record.entry(),
        chain=chain_of(coins),
        order=order,
        epoch=record.epoch,
        value=opened.value,
        window=opened.window,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What one end's record derives from."""

    vasp: str
    source: Source
    openings: Openings
    window: Opening | None

    @property
    def sums(self) -> OpenedSums:
        """What opens the record as a sum of one; value may have moved."""
        return open_sums(self.source, record_openings(self.source, self.openings, window=self.window))


class Ends(Protocol):
    """What tells the two ends of a transfer."""

    def __call__(self, society: Society, transfer: Transfer, *, epoch: int, coins: Coins) -> list[End]:
        """Return what the two records of *transfer* derive from, the originator's first."""
        ...


def ends_of(society: Society, transfer: Transfer, *, epoch: int, coins: Coins) -> list[End]:
    """Return what the two records of *transfer* derive from, the originator's first."""
    seed = Secret(coins(32))
    vasps = (transfer.originator, transfer.beneficiary)
    packs = (society.pack(transfer.originator), society.pack(transfer.beneficiary))
    openings = _openings(society, transfer, seed)
    windows = [
        Opening(value=held, blinding=blinding(seed, "window", vasp)) if society.rule(vasp).linked_window_s else None
        for vasp, held in zip(vasps, transfer.windows, strict=True)
    ]
    header = offer_header(
        openings,
        network=society.network,
        ends=vasps,
        packs=packs,
        issued=start_of(epoch),
        expires=start_of(epoch) + MAX_VALIDITY_S,
        coins=coins,
        counter=transfer.number + 1,
        window=windows[0],
    )
    statement = terminal_statement(
        header=header,
        header_hash=sha256(header.encode()).digest(),
        ending=transfer.kind,
        time=start_of(epoch) + 60 + transfer.number % (EPOCH_S - 120),
        salted_txid=coins(32) if transfer.kind is Phase.SETTLED else None,
    )
    moved = transfer.kind in BROADCAST_ENDINGS
    sources = sources_of(
        header,
        statement,
        receipt_hash=coins(32),
        seed=seed,
        packs=packs,
        windows=[each.commit() if each is not None and moved else None for each in windows],
    )
    return [
        End(vasp=vasp, source=source, openings=openings, window=window)
        for vasp, source, window in zip(vasps, sources, windows, strict=True)
    ]


def _openings(society: Society, transfer: Transfer, seed: Secret[bytes]) -> Openings:
    rules = [society.rule(vasp) for vasp in (transfer.originator, transfer.beneficiary)]
    return derive_openings(
        seed,
        values={rule.currency: worth(transfer.value, rule.currency) for rule in rules},
        unit=transfer.value,
        full=any(window >= rule.full_from for window, rule in zip(transfer.windows, rules, strict=True)),
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
                _encode_tally(part.covers),
                [_encode_link(each) for each in part.links],
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
    items, proofs, kinds, rows, covers, links = written
    return Part(
        items=list(zip(items, proofs, strict=True)),
        kinds=Counter({Phase(kind): count for kind, count in kinds.items()}),
        channels={(peer, Role(role)): _decode_tally(tally) for peer, role, tally in rows},
        covers=_decode_tally(covers),
        links=[_decode_link(each) for each in links],
    )


def _encode_link(link: Link) -> list[wire.Wire]:
    scalars = (*link.value.scalars, *link.window.scalars)
    return [
        link.entry,
        link.chain,
        link.order,
        link.epoch,
        *((scalar % N).to_bytes(SCALAR_SIZE, "big") for scalar in scalars),
    ]


def _decode_link(written: list[Any]) -> Link:
    entry, chain, order, epoch, *scalars = written
    value, value_blinding, window, window_blinding = (int.from_bytes(each, "big") for each in scalars)
    return Link(
        entry=entry,
        chain=chain,
        order=order,
        epoch=epoch,
        value=Opening(value=value, blinding=value_blinding),
        window=Opening(value=window, blinding=window_blinding),
    )


def _encode_tally(tally: Tally) -> list[wire.Wire]:
    scalars = (scalar for sums in (tally.own, tally.peer) for scalar in _scalars(sums))
    return [tally.count, *((scalar % N).to_bytes(SCALAR_SIZE, "big") for scalar in scalars)]


def _scalars(sums: OpenedSums) -> Iterable[int]:
    return (*sums.unit.scalars, *sums.flag.scalars, sums.unit_mask, sums.flag_mask)


def _decode_tally(written: list[Any]) -> Tally:
    count, *scalars = written
    numbers = [int.from_bytes(each, "big") for each in scalars]
    own, peer = (
        OpenedSums(
            unit=Opening(value=unit, blinding=unit_blinding),
            flag=Opening(value=flag, blinding=flag_blinding),
            unit_mask=unit_mask,
            flag_mask=flag_mask,
        )
        for unit, unit_blinding, flag, flag_blinding, unit_mask, flag_mask in (numbers[:6], numbers[6:])
    )
    return Tally(count=count, own=own, peer=peer)
