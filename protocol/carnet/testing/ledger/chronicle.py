"""How a generated network publishes: batches go into logs, days end with reports, and the folders are finished.

A `Conduct` is how the VASPs behave: the class itself is honest, and who wants to see a fault found overrides one of its
methods (``carnet-audit drill``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final, final

from carnet.crypto import cose
from carnet.evidence import BUNDLE, DIRECTORY, REPORT, bundle_path, pack_path, page_path, report_path
from carnet.log.checkpoint import Checkpoint, sign_checkpoint
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import CHECKPOINT
from carnet.log.witness import attach
from carnet.messages import Phase, Role
from carnet.reporting.build import ChannelSums, OtherSums, Scope, build_report
from carnet.reporting.report import EpochReport, channel_id, sign_report
from carnet.reporting.window import page_hash
from carnet.secret import Secret
from carnet.testing.ledger.batch import Batch, Part, Tally
from carnet.testing.ledger.linking import Chains
from carnet.testing.ledger.plan import Interval, Plan
from carnet.testing.ledger.society import FIRST_EPOCH, Society, reporting_time
from carnet.testing.ledger.writer import LogWriter, Write

Publish = Callable[[str, str, bytes], None]
"""Put a file into the folder of a VASP: whose, where, what."""


class Conduct:
    """How VASPs behave; this one, as they should."""

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:  # noqa: ARG002 - for those who do not
        """Return what *vasp* logs of *interval*, where *part* is what happened."""
        return part

    def channels(self, vasp: str, epoch: int, sums: list[ChannelSums]) -> list[ChannelSums]:  # noqa: ARG002
        """Return the sums that *vasp* reports of its channels."""
        return sums

    def report(self, vasp: str, report: EpochReport) -> EpochReport | None:  # noqa: ARG002
        """Return what *vasp* signs as its report, or None if it issues none."""
        return report

    def note(self, vasp: str, society: Society, checkpoint: Checkpoint) -> bytes:
        """Return the checkpoint that *vasp* publishes in the end."""
        return cosigned(society, vasp, checkpoint)


HONEST: Final = Conduct()


def cosigned(
    society: Society, vasp: str, checkpoint: Checkpoint, *, now: int | None = None, witnesses: int | None = None
) -> bytes:
    """Return *checkpoint*, signed by the log of *vasp* and cosigned by the first *witnesses*, or by all."""
    note = sign_checkpoint(checkpoint, seed=Secret(society.keys(vasp).log_seed))
    lines = society.cosignatures(checkpoint, now=society.end if now is None else now, witnesses=witnesses)
    return attach(note, lines)


def publish(
    plan: Plan, batches: Iterable[tuple[Interval, Batch]], put: Publish, *, conduct: Conduct = HONEST
) -> dict[str, Checkpoint]:
    """Write the folders of all VASPs, file by file; return their last checkpoints.

    *batches* come in the order of the plan.
    """
    society = plan.society
    books = {vasp: Book(plan, vasp, _into(put, vasp), conduct=conduct) for vasp in society.vasps}
    epoch = FIRST_EPOCH
    for interval, batch in batches:
        while epoch < interval.epoch:
            _close(books, epoch)
            epoch += 1
        for vasp, book in books.items():
            book.take(interval, batch[vasp])
    for each in range(epoch, society.last_epoch + 1):
        _close(books, each)
    return {vasp: book.finish() for vasp, book in books.items()}


def _into(put: Publish, vasp: str) -> Write:
    return lambda path, data: put(vasp, path, data)


def _close(books: dict[str, "Book"], epoch: int) -> None:
    for book in books.values():
        book.close(epoch)


@final
class Book:
    """One VASP's log and reports, as they grow."""

    def __init__(self, plan: Plan, vasp: str, write: Write, *, conduct: Conduct) -> None:
        self._plan: Final = plan
        self._society: Final = plan.society
        self._vasp: Final = vasp
        self._write: Final = write
        self._conduct: Final = conduct
        self._keys: Final = plan.society.keys(vasp)
        self._log: Final = LogWriter(write, origin=self._keys.log_origin)
        self._serial = 0
        self._start = 0
        self._previous: bytes | None = None
        self._day = Part()
        self._chains: Final = Chains(plan.society.rule(vasp).linked_window_s)
        for path, data in _standing(plan.society, vasp):
            write(path, data)

    def take(self, interval: Interval, part: Part) -> None:
        """Log what happened in *interval*."""
        part = self._conduct.part(self._vasp, interval, part)
        places: dict[bytes, int] = {}
        for data, proof in part.items:
            places[sha256(data).digest()] = self._log.size
            self._log.append(data, proof)
        self._chains.add(part.links, places)
        self._day.kinds += part.kinds
        self._day.covers.merge(part.covers)
        for key, tally in part.channels.items():
            self._day.channels.setdefault(key, Tally()).merge(tally)

    def close(self, epoch: int) -> None:
        """Report *epoch*, and log that it was reported."""
        day, self._day = self._day, Part()
        report = self._conduct.report(self._vasp, self._report(epoch, day))
        if report is None:
            return
        signed = sign_report(report, seed=self._keys.identity)
        for path in (report_path(report.serial), REPORT):
            self._write(path, signed)
        self._serial, self._start, self._previous = report.serial, report.end, cose.payload_hash(signed)
        notice = Notice(kind=NoticeKind.REPORT, epoch=epoch, hash=self._previous)
        self._log.append(notice.encode(), b"")

    def finish(self) -> Checkpoint:
        """Write what is left, and the checkpoint last."""
        self._log.finish()
        self._write(CHECKPOINT, self._conduct.note(self._vasp, self._society, self._log.checkpoint))
        return self._log.checkpoint

    def _report(self, epoch: int, day: Part) -> EpochReport:
        scope = Scope(
            network=self._society.network,
            vasp=self._vasp,
            serial=self._serial + 1,
            epoch=epoch,
            previous=self._previous,
            origin=self._keys.log_origin,
            start=self._start,
            end=self._log.size,
            root=self._log.root,
            issued=reporting_time(epoch),
        )
        coins = self._plan.coins(f"report {self._serial + 1} of {self._vasp}")
        page = self._chains.page(serial=scope.serial, epoch=epoch, origin=scope.origin, coins=coins)
        if page is not None:
            self._write(page_path(scope.serial), page)
        channels = [self._channel(peer, role, epoch, tally) for (peer, role), tally in sorted(day.channels.items())]
        return build_report(
            scope,
            kinds=Counter({Phase(kind): count for kind, count in day.kinds.items()}),
            channels=self._conduct.channels(self._vasp, epoch, channels),
            covers=_others(day.covers),
            windows=None if page is None else page_hash(page),
            coins=coins,
        )

    def _channel(self, peer: str, role: Role, epoch: int, tally: Tally) -> ChannelSums:
        ends = (self._vasp, peer) if role is Role.ORIGINATOR else (peer, self._vasp)
        channel = channel_id(
            self._keys.identity,
            peer_key=self._society.keys(peer).identity_public,
            network=self._society.network,
            epoch=epoch,
            originator=ends[0],
            beneficiary=ends[1],
        )
        return ChannelSums(
            channel=channel,
            role=role,
            epoch=epoch,
            count=tally.count,
            own=tally.own,
            peer=tally.peer,
        )


def _others(tally: Tally) -> OtherSums | None:
    return OtherSums(count=tally.count, own=tally.own) if tally.count else None


def _standing(society: Society, vasp: str) -> Sequence[tuple[str, bytes]]:
    """Return what *vasp* publishes besides its log and reports."""
    bundles = society.key_bundles(vasp)
    pack = society.signed_pack(vasp)
    return [
        (DIRECTORY, society.directory()),
        (pack_path(cose.payload_hash(pack)), pack),
        *((bundle_path(serial), signed) for serial, signed in enumerate(bundles, start=1)),
        (BUNDLE, bundles[-1]),
    ]
