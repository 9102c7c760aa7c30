"""Small logs with reports: what two VASPs have on record, what opens it, and what they report of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, final

from carnet.crypto.coins import visible_coins
from carnet.log.cover import make_cover
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.record import Record, derive_record, record_openings
from carnet.messages import Phase, Role
from carnet.params import EPOCH_S
from carnet.reporting.build import NOTHING, ChannelSums, OpenedSums, OtherSums, Scope, build_report, open_sums
from carnet.reporting.report import MATCHED, EpochReport, channel_id
from carnet.reporting.sums import RangeSums, Sums, add
from carnet.secret import Secret
from carnet.testing.ledger import NETWORK, START, Network
from carnet.zk.commitment import Opening

EPOCH: Final = START // EPOCH_S
ROLES: Final = {"alice": Role.ORIGINATOR, "bob": Role.BENEFICIARY}


@final
@dataclass(slots=True, kw_only=True)
class Side:
    """One VASP's records and openings, and the openings of the other end's records."""

    vasp: str
    records: list[Record] = field(default_factory=list)
    own: list[OpenedSums] = field(default_factory=list)
    peer: list[OpenedSums] = field(default_factory=list)
    covers: list[OpenedSums] = field(default_factory=list)


@final
@dataclass(slots=True, kw_only=True)
class World:
    """Two sides of one channel, and the network that they belong to."""

    network: Network
    alice: Side
    bob: Side

    def side(self, name: str) -> Side:
        """Return the side of the VASP called *name*."""
        return self.alice if name == "alice" else self.bob


@cache
def world(transfers: int = 11, covers: int = 3) -> World:
    """Return two sides with *transfers* that settled, one of each other ending, and some covers."""
    network = Network()
    made = World(network=network, alice=Side(vasp="alice"), bob=Side(vasp="bob"))
    kinds = [Phase.SETTLED] * transfers + [Phase.MISMATCH, Phase.REJECTED, Phase.UNCONFIRMED]
    for number, kind in enumerate(kinds):
        coins = visible_coins(f"transfer {number} of a reported channel")
        ends = network.sources(coins, kind=kind, value=100 * number + 7)
        opened = [
            open_sums(source, record_openings(source, known)) if kind in MATCHED else None for source, known in ends
        ]
        for (source, _), own, peer in zip(ends, opened, reversed(opened), strict=True):
            side = made.alice if source.role is Role.ORIGINATOR else made.bob
            side.records.append(derive_record(source))
            if own and peer:
                side.own.append(own)
                side.peer.append(peer)
    for number in range(covers):
        for name in ("alice", "bob"):
            coins = visible_coins(f"cover {number} of {name}")
            cover = make_cover(network.ledgers[name].pack, role=Role.ORIGINATOR, epoch=EPOCH, coins=coins)
            made.side(name).records.append(cover.record)
            opens = OpenedSums(unit=cover.openings.unit, flag=cover.openings.flag)
            made.side(name).covers.append(opens)
    return made


def opened(openings: Sequence[OpenedSums]) -> OpenedSums:
    """Return what opens the sums of records with these *openings*."""
    return sum(openings, NOTHING)


def _flags(number: int) -> OpenedSums:
    """Return what opens so many flags and nothing else."""
    return OpenedSums(unit=NOTHING.unit, flag=Opening(value=number, blinding=0))


def name_of_channel(network: Network, vasp: str, *, epoch: int = EPOCH) -> bytes:
    """Return the channel's name, as *vasp* computes it."""
    other = "bob" if vasp == "alice" else "alice"
    return channel_id(
        Secret(network.ledgers[vasp].keys.identity_seed),
        peer_key=network.ledgers[other].keys.identity_public,
        network=NETWORK,
        epoch=epoch,
        originator="alice",
        beneficiary="bob",
    )


def root(records: Sequence[Record]) -> bytes:
    """Return the root of a log of *records*."""
    tree = Frontier()
    for record in records:
        tree.append(leaf_hash(record.entry()))
    return tree.root


def found(side: Side, *, start: int = 0) -> RangeSums:
    """Return what an auditor counts in the log of *side*."""
    matched = [each for each in side.records if each.kind in MATCHED]
    return RangeSums(
        start=start,
        end=start + len(side.records),
        kinds=Counter(each.kind for each in side.records),
        matched=Sums(unit=add(*(each.unit for each in matched)), flag=add(*(each.flag for each in matched))),
    )


def scope(side: Side, **changes: Any) -> Scope:
    """Return the scope of the first report of *side*, with *changes*."""
    values: dict[str, Any] = {
        "network": NETWORK,
        "vasp": side.vasp,
        "serial": 1,
        "epoch": EPOCH,
        "previous": None,
        "origin": f"{side.vasp}.example/log",
        "start": 0,
        "end": len(side.records),
        "root": root(side.records),
        "issued": (EPOCH + 1) * EPOCH_S + 60,
    }
    return Scope(**values | changes)


def report(made: World, vasp: str, *, confirmed: bool = True, moved_flags: int = 0, **changes: Any) -> EpochReport:
    """Return the report of one side of *made*; *changes* are of its scope.

    *moved_flags* are counted at the covers, and taken from the channel: no honest report has any.
    """
    side = made.side(vasp)
    taken, given = (_flags(number) for number in (-moved_flags, moved_flags))
    row = ChannelSums(
        channel=name_of_channel(made.network, vasp),
        role=ROLES[vasp],
        epoch=EPOCH,
        count=len(side.own),
        own=opened(side.own) + taken,
        peer=opened(side.peer) + taken if confirmed else None,
    )
    return build_report(
        scope(side, **changes),
        kinds=Counter(each.kind for each in side.records),
        channels=[row],
        covers=OtherSums(count=len(side.covers), own=opened(side.covers) + given) if side.covers else None,
        coins=visible_coins(f"the report of {vasp}"),
    )
