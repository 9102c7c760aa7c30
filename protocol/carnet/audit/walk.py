"""Steps 5 to 8 of the procedure: the log is walked, its bundles judged wherever that is done, the verdicts merged.

With a state, the walk goes on where an earlier one ended. What was found right then is not looked at again; where
nothing but proofs was wanting, the bundle is; and if anything else was wrong, the walk begins anew.
"""

from collections import deque
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, final

from carnet.audit.job import Job, Stream, Terms, judge_bundle
from carnet.audit.log import START, LogWalk, Place, read_entries
from carnet.audit.merge import Late, Tally
from carnet.audit.packs import Packs
from carnet.audit.reminders import Shelf
from carnet.audit.report import Findings
from carnet.audit.state import Basis, State
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError
from carnet.log.checkpoint import Checkpoint
from carnet.log.tiles import ENTRIES, WIDTH, Bundle
from carnet.policy.pack import PolicyPack

EVERY: Final = 16
"""After how many bundles the state is saved."""


class _AnewError(Exception):
    """The log is not as it was, and the walk must begin at its beginning to say what is wrong."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What the walk over one bundle has left behind, for when its verdict comes."""

    findings: Findings
    digest: bytes
    again: bool
    place: Place | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The log that is walked, and by what it is judged."""

    read: Read
    checkpoint: Checkpoint
    seen: Mapping[int, bytes]
    packs: Packs
    terms: Terms
    basis: Basis


@final
class LogAudit:
    """Audits a log; *tally*, *roots* and *whole* are what came of it, *resumed* where it began."""

    def __init__(self, subject: Subject, *, shelf: Shelf, name: str, state: State | None) -> None:
        self.resumed = 0
        self.whole = False
        self.roots: dict[int, bytes] = {}
        self._subject: Final = subject
        self._shelf: Final = shelf
        self._name: Final = name
        self._state: Final = state
        self._ahead: Final[deque[_Step]] = deque()
        self._pending: Final = Findings()
        self._places: list[dict[str, Any]] = []
        self.tally: Tally  # made when it is known where it goes on: rows that are begun anew forget all

    def steps(self, stream: Stream) -> Generator[int, None, None]:
        """Walk, one bundle a step; yield how many entries are done."""
        found = self._resumable()
        if found is not None:
            place, told, late = found
            self.resumed = place.size
            self.tally = self._tally(told)
            if late:
                self.tally.forget_late()
            try:
                yield from self._walk(stream, place, self.tally.late if late else {})
            except _AnewError:
                pass
            else:
                return
        self._ahead.clear()
        self._pending.take()
        self.resumed, self._places = 0, []
        self._forget()
        self.tally = self._empty()
        yield from self._walk(stream, START, {})

    def _empty(self) -> Tally:
        return self._tally(None)

    def _tally(self, told: Any) -> Tally:
        basis = self._subject.basis
        return Tally(self._shelf, name=self._name, strings=basis.strings, cuts=basis.cuts, told=told)

    # --- walking -----------------------------------------------------------------------------------------------------

    def _walk(self, stream: Stream, start: Place, again: Mapping[int, Late]) -> Generator[int, None, None]:
        subject = self._subject
        walk = LogWalk(
            subject.read,
            checkpoint=subject.checkpoint,
            seen=subject.seen,
            cuts=subject.basis.cuts,
            packs=subject.packs,
            terms=subject.terms,
            findings=self._pending,
            start=start,
        )
        for verdict in stream(judge_bundle, self._jobs(walk, start, dict(again))):
            step = self._ahead.popleft()
            self.tally.take(verdict, before=step.findings, digest=step.digest, again=step.again)
            if step.place is not None:
                self._snapshot(step.place)
            yield max(verdict.end, start.size)
        if start.size and not walk.whole and walk.place.size == subject.checkpoint.size:
            raise _AnewError
        if self._pending.told:
            self.tally.spoiled = True
        self.tally.findings.extend(self._pending)
        self.roots, self.whole = walk.roots, walk.whole

    def _jobs(self, walk: LogWalk, start: Place, again: Mapping[int, Late]) -> Iterator[Job]:
        """Walk on by a bundle whenever a job is asked for; no more steps are held than jobs are under way."""
        for index, late in sorted(again.items()):
            if index * WIDTH >= start.size:
                continue
            entries = self._known(index, late.digest)
            job = walk.job(entries, index=index)
            yield self._ahead_of(job, again=True, place=None)
        for job in walk.jobs():
            done = job.first + len(job.entries)
            yield self._ahead_of(job, again=False, place=walk.place if self._is_mark(done) else None)

    def _ahead_of(self, job: Job, *, again: bool, place: Place | None) -> Job:
        digest = sha256(b"".join(job.entries)).digest()
        self._ahead.append(_Step(findings=self._pending.take(), digest=digest, again=again, place=place))
        return job

    def _known(self, index: int, digest: bytes) -> list[bytes]:
        """Return the entries of bundle *index*, which have been seen before."""
        try:
            entries = read_entries(self._subject.read, Bundle(tree=ENTRIES, index=index))
        except (UnreadableError, PeerError) as error:
            raise _AnewError from error
        if sha256(b"".join(entries)).digest() != digest:
            raise _AnewError
        return entries

    # --- the state ---------------------------------------------------------------------------------------------------

    def _is_mark(self, size: int) -> bool:
        """Tell whether the state is saved when *size* entries are done: all of full bundles."""
        if self._state is None or size % WIDTH:
            return False
        last = self._subject.checkpoint.size // WIDTH * WIDTH
        return size == last or size % (EVERY * WIDTH) == 0 or size == self._anchor

    @property
    def _anchor(self) -> int:
        """Where the entries that no report covers begin: the next audit may have to begin there, if one does then."""
        return max(self._subject.basis.cuts, default=0) // WIDTH * WIDTH

    def _snapshot(self, place: Place) -> None:
        """Save the state at *place*, and keep the one at the anchor beside it."""
        if self._state is None:
            return
        told = {"place": place.to_json(), "tally": self.tally.to_json()}
        kept = [each for each in self._places if each["place"]["size"] == self._anchor]
        self._places = [*kept, told]
        self._state.save(self._subject.basis, self._places, finished=False)

    def finish(self, note: bytes, *, larger: bool) -> None:
        """Save that the log has been walked to its end; its checkpoint is remembered if it is the *larger* one."""
        if self._state is None or not self.whole:
            return
        if larger:
            self._state.note = note
        self._state.save(self._subject.basis, self._places, finished=True)

    def _resumable(self) -> tuple[Place, Any, bool] | None:
        """Return the newest place to go on from, what was found before it, and whether late proofs are looked for."""
        last = self._state.last if self._state is not None else {}
        for told in reversed(last.get("places", [])):
            place = Place.from_json(told["place"])
            same = not last["finished"] and self._subject.basis.is_that_of(last["basis"])
            if self._fits(place) and (same or self._holds(place, told["tally"], last["basis"])):
                self._places = [each for each in last["places"] if each["place"]["size"] <= place.size]
                self._forget()
                return place, told["tally"], not same
        return None

    def _forget(self) -> None:
        """Save that only what is kept can be gone on from: the rows of all else are now thrown away."""
        if self._state is not None and len(self._state.last.get("places", [])) > len(self._places):
            self._state.keep(self._places)

    def _fits(self, place: Place) -> bool:
        """Tell whether the log may have been as it was at *place*."""
        roots = dict(place.roots)
        seen = {size: root for size, root in self._subject.seen.items() if 0 < size <= place.size}
        return place.size <= self._subject.checkpoint.size and seen.items() <= roots.items()

    def _holds(self, place: Place, tally: dict[str, Any], before: dict[str, Any]) -> bool:
        """Tell whether what was found right *before* is right now: nothing else but proofs was wanting."""
        subject = self._subject
        if tally["spoiled"] or not subject.basis.begins_like(before, place.size):
            return False
        return all(self._accepts(each) for each in tally["counts"]["pack"])

    def _accepts(self, named: str) -> bool:
        pack = self._subject.packs.get(bytes.fromhex(named))
        return isinstance(pack, PolicyPack) and pack.jurisdiction == self._subject.terms.jurisdiction


def cuts_of(ranges: Collection[tuple[int, int]], *, size: int) -> tuple[int, ...]:
    """Return where sums must be cut so that each of *ranges* within the first *size* entries can be told."""
    return tuple(sorted({each for both in ranges for each in both if 0 < each <= size}))
