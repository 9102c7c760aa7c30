"""The audit of one source (spec/audit.md#procedure).

`audit_source` is a generator, so that whoever runs it decides when: it yields how far it is, and returns a report.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from carnet.audit.channels import Channels
from carnet.audit.disclosures import check_notice
from carnet.audit.front import Front
from carnet.audit.job import Stream, Terms
from carnet.audit.merge import MAX_NOTICES
from carnet.audit.packs import Packs, unverified
from carnet.audit.reminders import REMINDER, MemoryShelf, Rows, Shelf
from carnet.audit.report import Counts, Progress, SourceReport
from carnet.audit.reports import Measured, ReportAudit, ReportRange
from carnet.audit.selection import NOTE, SelectionAudit, is_selection
from carnet.audit.state import Basis, Keep, State, StateError
from carnet.audit.walk import LogAudit, Subject, cuts_of
from carnet.audit.windows import WindowAudit, known_again, reread
from carnet.crypto.coins import Coins
from carnet.evidence import Read, log_key_of
from carnet.evidence_file import EvidenceReader
from carnet.identity.directory import Trust
from carnet.log.checkpoint import Checkpoint, unverified_note
from carnet.log.merkle import EMPTY_ROOT
from carnet.log.notice import NoticeKind
from carnet.log.tiles import RECORDS
from carnet.messages import Directory, KeyBundle, Member
from carnet.policy.pack import PolicyPack
from carnet.reporting.reconcile import Reconciler
from carnet.reporting.report import EpochReport


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an auditor works with.

    *coins* weigh the proofs, and must be unpredictable to whoever made them. *stream* has bundles judged, wherever:
    what is found does not depend on it. One that judges elsewhere needs coins that can be drawn there, as those of
    `carnet.crypto.coins.system_coins` can. *shelf* holds what grows with a log. *keep* holds what a later audit goes on
    from. *key* makes reminders: 16 bytes that nobody else knows.
    """

    coins: Coins
    stream: Stream
    shelf: Shelf
    keep: Keep | None
    key: bytes


def audit_source(
    read: Read,
    *,
    source: str,
    authority: bytes | None,
    now: int,
    coins: Coins,
    stream: Stream = map,
    seen: Sequence[bytes] = (),
    shelf: Shelf | None = None,
    keep: Keep | None = None,
) -> Generator[Progress, None, SourceReport]:
    """Audit what *read* reads, which the report calls *source*, at time *now* (spec/audit.md#procedure).

    *authority* is the key that the directory must be signed with; without one, trust comes from the source itself.
    *seen* are checkpoints from before, of this log or others: the log must have grown from its own. For all else, see
    `Desk`.

    Raises:
        StateError: What *keep* has is of another audit, or damaged.
    """
    desk = desk_of(coins=coins, stream=stream, shelf=shelf, keep=keep)
    audit = SourceAudit(read, source=source, authority=authority, now=now, desk=desk)
    yield from audit.steps(seen)
    return audit.report()


def desk_of(*, coins: Coins, stream: Stream, shelf: Shelf | None, keep: Keep | None) -> Desk:
    """Return a desk; the key of its reminders is the one that *keep* has."""
    key = keep.load("key") if keep is not None else None
    if key is None:
        key = coins(REMINDER)
        if keep is not None:
            keep.save("key", key)
    if len(key) != REMINDER:
        raise StateError("the key of the state is damaged")
    return Desk(coins=coins, stream=stream, shelf=shelf or MemoryShelf(), keep=keep, key=key)


@final
class SourceAudit:
    """The audit of one source; *strings* are what no other VASP's records may contain, if they are asked for."""

    def __init__(
        self,
        read: Read,
        *,
        source: str,
        authority: bytes | None,
        now: int,
        desk: Desk,
        strings: bool = False,
        channels: Channels | None = None,
        name: str = "source",
    ) -> None:
        self.strings: Rows | None = None
        self.directory: Directory | None = None
        self._read: Final = read
        self._source: Final = source
        self._authority: Final = authority
        self._now: Final = now
        self._desk: Final = desk
        self._with_strings: Final = strings or desk.keep is not None
        self._channels: Final = channels
        self._name: Final = name
        self._front: Final = Front(read, authority=authority, now=now)
        self._counts = Counts()
        self._packs: Packs | None = None
        self._reports: ReportAudit | None = None

    def steps(self, seen: Sequence[bytes]) -> Generator[Progress, None, None]:
        """Audit step by step; yield how far it is."""
        front = self._front
        directory = front.directory()
        bundles = front.bundles(Trust(directory=directory)) if directory else []
        checkpoint = front.checkpoint(directory, bundles) if directory and bundles else None
        if not directory or not checkpoint:
            return
        self.directory = directory
        time = front.witnessed(directory, bundles, checkpoint)
        state = self._state(bundles[0].bundle)
        known = (*seen, *([state.note] if state is not None and state.note is not None else []))
        before = front.grown(checkpoint, bundles, known)
        member = Trust(directory=directory).member(bundles[0].bundle.vasp)
        self._packs = Packs(self._read, directory=directory)
        terms = Terms(
            jurisdiction=member.jurisdiction,
            time=time,
            key=self._desk.key,
            strings=self._with_strings,
            coins=self._desk.coins,
        )
        if is_selection(self._read):
            yield from self._selection(self._read, checkpoint, self._packs, terms)
        else:
            yield from self._log(
                directory, checkpoint, terms, packs=self._packs, member=member, seen=before, state=state
            )

    def _state(self, bundle: KeyBundle) -> State | None:
        if self._desk.keep is None:
            return None
        key = log_key_of(bundle)
        authority = None if self._authority is None else self._authority.hex()
        whose = {"authority": authority, "network": bundle.network, "vasp": bundle.vasp}
        log = {"origin": key.name, "log_key": key.key.hex(), "key": sha256(self._desk.key).hexdigest()}
        return State(self._desk.keep, source=self._source, whose=whose | log)

    # (14) single records
    def _selection(
        self, read: EvidenceReader, checkpoint: Checkpoint, packs: Packs, terms: Terms
    ) -> Iterator[Progress]:
        audit = SelectionAudit(read, checkpoint=checkpoint, packs=packs, terms=terms, findings=self._front.findings)
        size = len(audit.indices())
        self.strings = self._desk.shelf.rows(f"{self._name}.strings", size=REMINDER)
        for done, verdict in enumerate(audit.verdicts(), start=1):
            self._counts.include(verdict.counts)
            self.strings.add(verdict.strings)
            yield Progress(source=self._source, done=done, size=size)
        self._front.notes.append(NOTE)

    # (5) to (8), (10), (12), (13)
    def _log(
        self,
        directory: Directory,
        checkpoint: Checkpoint,
        terms: Terms,
        *,
        packs: Packs,
        member: Member,
        seen: dict[int, bytes],
        state: State | None,
    ) -> Iterator[Progress]:
        front = self._front
        self._reports = reports = ReportAudit(
            self._read, member=member, network=directory.network, findings=front.findings
        )
        ranges = reports.ranges()
        basis = Basis(
            directory=front.directory_hash.hex(),
            checkpoint=sha256(front.note).hexdigest(),
            jurisdiction=member.jurisdiction,
            time=terms.time,
            cuts=cuts_of([(each.start, each.end) for each in ranges], size=checkpoint.size),
            seen=tuple(sorted(seen)),
            strings=terms.strings,
        )
        subject = Subject(read=self._read, checkpoint=checkpoint, seen=seen, packs=packs, terms=terms, basis=basis)
        name = self._name if state is None else state.name
        log = LogAudit(subject, shelf=self._desk.shelf, name=name, state=state)
        for done in log.steps(self._desk.stream):
            yield Progress(source=self._source, done=done, size=checkpoint.size, resumed=log.resumed)
        self._counts, self.strings = log.tally.counts, log.tally.strings
        front.findings.extend(log.tally.findings)
        if sum(self._counts.notices.values()) > len(log.tally.notices):
            front.findings.add("file.missing", RECORDS, f"no more than {MAX_NOTICES} notices are looked at")
        front.findings.extend(log.tally.duplicates(size=checkpoint.size))
        reconciler = None if self._channels is None else self._channels.gather(directory, member.vasp)
        self._hold(reports, ranges, log, checkpoint=checkpoint, time=terms.time, reconciler=reconciler)
        if reconciler is not None:
            reconciler.cosigned(member.vasp, time=terms.time)
        self._disclosures(log, network=directory.network, vasp=member.vasp)
        if state is not None:
            log.finish(front.note, larger=self._is_larger(checkpoint, state))

    def _hold(
        self,
        reports: ReportAudit,
        ranges: Sequence[ReportRange],
        log: LogAudit,
        *,
        checkpoint: Checkpoint,
        time: int,
        reconciler: Reconciler | None,
    ) -> None:
        """Hold the reports against the log, and the pages of window sums against its records."""
        parts = {each.serial: log.tally.ranges.between(each.start, each.end) for each in ranges}
        roots = {0: EMPTY_ROOT} | log.roots
        measured = {
            each.serial: Measured(sums=None if part.lost else part.sums, root=roots[each.end])
            for each in ranges
            if (part := parts[each.serial]) is not None and each.end in roots
        }
        windows = WindowAudit(self._read, origin=checkpoint.origin, findings=self._front.findings)

        def beside(report: EpochReport) -> None:
            part = parts.get(report.serial)
            if part is None or part.lost:
                return
            again = reread(self._read, self._pack, start=report.start, end=report.end, size=checkpoint.size)
            linked = dict(again if part.linked else ())
            if known_again(linked, mark=part.linked, key=self._desk.key):
                windows.judge(report, linked, coins=self._desk.coins)
            else:
                told = f"of entries {report.start} to {report.end}, not all are what they were when first read"
                self._front.findings.add("file.missing", RECORDS, told)

        reports.judge(
            measured,
            log.tally.notices,
            size=checkpoint.size,
            time=time,
            epochs=map(int, self._counts.epoch),
            unreported=log.tally.ranges.rest.oldest if log.whole else None,
            coins=self._desk.coins,
            reconciler=reconciler,
            beside=beside,
        )

    def _pack(self, named: bytes) -> PolicyPack | None:
        pack = self._packs.get(named) if self._packs is not None else None
        return pack if isinstance(pack, PolicyPack) else None

    # (12) what the notices of disclosures stand for
    def _disclosures(self, log: LogAudit, *, network: str, vasp: str) -> None:
        for index, notice in log.tally.notices:
            if notice.kind is NoticeKind.DISCLOSURE:
                for fault in check_notice(notice, self._read, network=network, vasp=vasp, now=self._now):
                    self._front.findings.add(fault.check, fault.where, fault.message, index=index)

    def _is_larger(self, checkpoint: Checkpoint, state: State) -> bool:
        """Tell whether *checkpoint* is one to be remembered: of a log that has grown, and is not another."""
        if any(each.check in {"log.fork", "log.rollback"} for each in self._front.findings.told):
            return False
        return state.note is None or unverified_note(state.note).checkpoint.size <= checkpoint.size

    def report(self) -> SourceReport:
        """Return the report on what was found."""
        front = self._front
        packs = self._packs.told(self._counts.pack) if self._packs is not None else {}
        return SourceReport(
            source=self._source,
            trust="source" if self._authority is None else "authority",
            verdict=front.findings.verdict,
            counts=self._counts,
            unit=self.directory.unit if self.directory is not None else None,
            packs=packs,
            reports=tuple(self._reports.summaries) if self._reports is not None else (),
            findings=tuple(front.findings.told),
            left_out=front.findings.left_out,
            notes=(*front.notes, *unverified(packs.values())),
            **front.opened,
        )
