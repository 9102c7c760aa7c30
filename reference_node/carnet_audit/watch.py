"""Follow logs: what each source shows now must have grown from all that was seen of its log (spec/log.md#watching).

`look` reads one source and believes nothing of it; `Watcher` holds what it says against what is known, and keeps what
proves a log wrong. Nothing here prints or waits.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, final

from carnet import evidence
from carnet.audit.report import Finding
from carnet.audit.rules import Verdict
from carnet.days import moment
from carnet.errors import PeerError, VerifyError
from carnet.evidence import Read, UnreadableError
from carnet.identity.directory import Trust
from carnet.log.checkpoint import Checkpoint, VerifierKey, unverified_note, verify_note
from carnet.log.merkle import HASH_SIZE, ReadHash, consistency_path, tree_root, verify_consistency
from carnet.log.tiles import CHECKPOINT, WIDTH, hash_reader
from carnet.log.witness import Cosignature, WitnessPolicy
from carnet.messages import Directory
from carnet.params import CLOCK_SKEW_S
from carnet_audit.watch_state import Seen, State

AT_ONCE: Final = 8
LOOK_S: Final = 120.0
"""How long one look at a source may take."""
MAX_TILE: Final = WIDTH * HASH_SIZE


@final
class FoundError(Exception):
    """A check that failed.

    Where a log is proven wrong, *before* proves it together with what was shown, whose tree has *root* at the size of
    *before*, as *path* shows.
    """

    def __init__(
        self,
        check: str,
        where: str,
        message: str = "",
        *,
        before: bytes | None = None,
        path: Sequence[bytes] = (),
        root: bytes | None = None,
    ) -> None:
        super().__init__(check)
        self.finding: Final = Finding(check=check, where=where, message=message)
        self.before: Final = before
        self.path: Final = tuple(path)
        self.root: Final = root


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """By which keys a source's log and its witnesses are known.

    If a *directory* says so, *owner* is the VASP's key in it, which signed that the log is its own.
    """

    log: VerifierKey
    policy: WitnessPolicy
    directory: Directory | None = None
    owner: bytes | None = None

    @property
    def version(self) -> int:
        """The directory's version; 0, where there is none."""
        return 0 if self.directory is None else self.directory.version


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a source shows: a checkpoint that its log signed, and the reader by which more of that log can be read."""

    note: bytes
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    known: Known
    read: Read


@final
@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of looking at a source once."""

    source: str
    view: View | None = None
    before: Checkpoint | None = None
    findings: list[Finding] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """What the findings show together."""
        return Verdict.worst(*(each.shows for each in self.findings))

    def to_json(self) -> dict[str, Any]:
        """Return this outcome as one line of ``--json`` holds it."""
        shown = self.view.checkpoint if self.view else None
        return {
            "source": self.source,
            "verdict": self.verdict.name,
            "origin": shown.origin if shown else None,
            "size": shown.size if shown else None,
            "root": shown.root.hex() if shown else None,
            "before": self.before.size if self.before else None,
            "cosigned": [
                {"witness": each.witness, "time": each.time} for each in (self.view.cosignatures if self.view else ())
            ],
            "findings": [each.to_json() for each in self.findings],
            "evidence": self.evidence,
        }


Resolve = Callable[[Read, bytes], Known]
"""Return by which keys a source is known, from its files and its checkpoint; raises `FoundError`."""


def by_directory(
    authority: bytes | None, *, witnesses: Sequence[VerifierKey] = (), quorum: int | None = None
) -> Resolve:
    """Return how a VASP's folder is known: by its directory and its newest key bundle.

    *witnesses* and *quorum*, where they are given, stand in the place of the directory's.
    """

    def resolve(read: Read, _note: bytes) -> Known:
        with _named("directory"):
            directory = evidence.read_directory(read, authority=authority)
            named = witnesses or evidence.witnesses_of(directory)
        with _named("bundle"):
            trust = Trust(directory=directory)
            bundle = evidence.read_bundle(read, evidence.BUNDLE, trust=trust).bundle
            log, owner = evidence.log_key_of(bundle), trust.member(bundle.vasp).identity_key
        wanted = directory.quorum if quorum is None and not witnesses else quorum
        policy = WitnessPolicy(witnesses=tuple(named), quorum=len(named) if wanted is None else wanted)
        return Known(log=log, policy=policy, directory=directory, owner=owner)

    return resolve


def by_key(keys: Collection[VerifierKey], policy: WitnessPolicy) -> Resolve:
    """Return how any log of these formats is known: by its key, named on the command line."""

    def resolve(_read: Read, note: bytes) -> Known:
        with _named("checkpoint"):
            origin = unverified_note(note).checkpoint.origin
        for key in keys:
            if key.name == origin:
                return Known(log=key, policy=policy)
        raise FoundError("checkpoint.origin", CHECKPOINT, "of a log whose key was not given")

    return resolve


def look(read: Read, *, resolve: Resolve, now: int) -> View:
    """Return what the source of *read* shows, its signatures verified.

    Raises:
        FoundError: A check failed.
    """
    with _named("checkpoint"):
        note = evidence.read_note(read)
    known = resolve(read, note)
    with _named("checkpoint"):
        unverified = unverified_note(note)
        checkpoint = verify_note(unverified, origin=known.log.name, keys=[known.log])
    try:
        _, cosignatures = known.policy.verify(unverified, origin=known.log.name, keys=[known.log])
    except PeerError as error:
        check = "checkpoint.quorum" if error.check == "witness.quorum" else "checkpoint.cosignature"
        raise FoundError(check, CHECKPOINT, error.detail) from error
    if known.directory is not None:
        times = sorted(each.time for each in cosignatures)[: max(1, known.policy.quorum)]
        _require_in_force(known.directory, cosigned=times[-1] if times else now, now=now)
    return View(note=note, checkpoint=checkpoint, cosignatures=cosignatures, known=known, read=read)


def _require_in_force(directory: Directory, *, cosigned: int, now: int) -> None:
    """Refuse a *directory* that is not yet in force, or was no longer when a quorum had cosigned the checkpoint."""
    if directory.issued > now + CLOCK_SKEW_S:
        raise FoundError("directory.early", evidence.DIRECTORY, f"issued at {moment(directory.issued)}")
    if cosigned >= directory.expires:
        told = f"at {moment(directory.expires)}, cosigned at {moment(cosigned)}"
        raise FoundError("directory.expired", evidence.DIRECTORY, told)


def require_growth(view: View, before: bytes, *, check: str = "log.fork") -> None:
    """Return only if the log of *view* grew from *before*, a note of the same log that was verified when it was kept.

    Raises:
        FoundError: ``log.rollback``, *check*, ``log.tile`` or ``file.missing``.
    """
    old, new = unverified_note(before).checkpoint, view.checkpoint
    if new.size < old.size:
        raise FoundError("log.rollback", CHECKPOINT, f"from {old.size} to {new.size} entries", before=before)
    if new.size == old.size:
        if new.root != old.root:
            raise FoundError(check, CHECKPOINT, f"two roots at size {old.size}", before=before)
        return
    with _named("log"):
        tiles = hash_reader(_tile_reader(view.read), size=new.size)
        if old.size == 0:
            _require_root(tiles, new)
            return
        path = consistency_path(tiles, old_size=old.size, new_size=new.size)
        if _is_consistent(old, new, path):
            return
        # Either the log has another history now, or these are not its tiles: they are if they lead to its new root.
        implied = Checkpoint(origin=old.origin, size=old.size, root=tree_root(tiles, size=old.size))
    if not _is_consistent(implied, new, path):
        raise FoundError("log.tile", CHECKPOINT, f"the tiles do not lead to the root at size {new.size}")
    said = f"other entries than before among the first {old.size}"
    raise FoundError(check, CHECKPOINT, said, before=before, path=path, root=implied.root)


def _require_root(tiles: ReadHash, new: Checkpoint) -> None:
    if tree_root(tiles, size=new.size) != new.root:
        raise FoundError("log.tile", CHECKPOINT, f"the tiles do not lead to the root at size {new.size}")


def _is_consistent(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bool:
    try:
        verify_consistency(old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, path=path)
    except VerifyError:
        return False
    return True


def _in_time(read: Read) -> Read:
    """Return *read* for as long as one look may take: a slow source holds up no other."""
    end = time.monotonic() + LOOK_S

    def in_time(path: str, limit: int) -> bytes:
        if time.monotonic() > end:
            raise UnreadableError(path, f"the source takes more than {LOOK_S:g} s")
        return read(path, limit)

    return in_time


def _tile_reader(read: Read) -> Callable[[str], bytes]:
    """Return a reader of tiles; a full tile serves where the partial one is gone."""
    found = evidence.lasting(read)
    return lambda path: found(path, MAX_TILE)


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Turn what can be wrong with a piece into the audit's check of it."""
    try:
        yield
    except UnreadableError as error:
        raise FoundError("file.missing", error.path, error.reason) from error
    except PeerError as error:
        raise FoundError(_check(what, error.check), what, str(error)) from error


def _check(what: str, check: str) -> str:
    """Return the audit's name for *check* of a piece of kind *what*."""
    if what == "log":
        return "log.tile"
    match check:
        case "signature" | "signature.kid" | "note.key":
            return f"{what}.signature"
        case "note.origin":
            return "checkpoint.origin"
        case "member.unknown" | "bundle.subject":
            return "bundle.member"
        case "bundle.log":
            return check
        case _:
            return f"{what}.form"


@final
class Watcher:
    """Looks at *sources*, by their names, and remembers in *state* what it saw."""

    def __init__(self, sources: dict[str, Read], *, resolve: Resolve, state: State, clock: Callable[[], float]) -> None:
        self._sources: Final = sources
        self._resolve: Final = resolve
        self._state: Final = state
        self._clock: Final = clock

    def look(self) -> list[Outcome]:
        """Look at every source once, several at a time, and then at what they show together."""
        with ThreadPoolExecutor(min(AT_ONCE, len(self._sources))) as threads:
            outcomes = list(threads.map(self._look, self._sources))
        for outcome in outcomes:
            if outcome.view is not None:
                with self._found(outcome):
                    self._compare(outcome.view, outcomes)
        for outcome in outcomes:
            if outcome.view is not None and outcome.verdict is Verdict.SOUND:
                known, note = outcome.view.known, outcome.view.note
                self._state.keep(outcome.source, Seen(key=known.log, version=known.version, note=note))
        return outcomes

    def _look(self, source: str) -> Outcome:
        outcome, seen = Outcome(source=source), self._state.seen(source)
        read = _in_time(self._sources[source])
        if seen is None:
            self._expect(source, read)
        with self._found(outcome):
            view = look(read, resolve=self._resolve, now=int(self._clock()))
            outcome.view = view
            if seen is None:
                with _named("log"):
                    tiles = hash_reader(_tile_reader(view.read), size=view.checkpoint.size)
                    _require_root(tiles, view.checkpoint)
            else:
                outcome.before = unverified_note(seen.note).checkpoint
                if seen.version > view.known.version:
                    versions = f"version {view.known.version} after {seen.version}"
                    raise FoundError("directory.rollback", evidence.DIRECTORY, versions)
                if seen.key != view.known.log:
                    raise FoundError("bundle.log", evidence.BUNDLE, f"before, it was {seen.key.name}", before=seen.note)
                require_growth(view, seen.note)
            cosigned = self._state.cosigned(view.checkpoint.origin)
            if cosigned is not None and unverified_note(cosigned).checkpoint.size <= view.checkpoint.size:
                require_growth(view, cosigned)
        return outcome

    def _expect(self, source: str, read: Read) -> None:
        """Learn whose log *source* will show: its first checkpoint may wait for a cosignature of this very watch."""
        with suppress(FoundError):
            self._state.expect(source, self._resolve(read, b"").log)

    def _compare(self, view: View, outcomes: Sequence[Outcome]) -> None:
        """Refuse *view* if another source shows another history of the same log, or another log of the same VASP."""
        for other in outcomes:
            shown, mine = other.view, view.known
            if shown is None or shown is view:
                continue
            if shown.known.log != mine.log:
                if mine.owner is not None and shown.known.owner == mine.owner:
                    said = f"{other.source} shows another log, {shown.known.log.name}"
                    raise FoundError("bundle.log", evidence.BUNDLE, said, before=shown.note)
            elif shown.checkpoint.size <= view.checkpoint.size:
                require_growth(view, shown.note, check="sources.fork")

    @contextmanager
    def _found(self, outcome: Outcome) -> Iterator[None]:
        """Note what is found; keep what proves it."""
        try:
            yield
        except FoundError as error:
            outcome.findings.append(error.finding)
            if error.before is not None and outcome.view is not None:
                after, proof = outcome.view.note, () if error.root is None else (error.root, *error.path)
                kept = self._state.prove(error.finding.check, before=error.before, after=after, proof=proof)
                outcome.evidence += [] if kept is None else [str(kept)]
