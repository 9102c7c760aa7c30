"""Step 14 of the procedure: single records of a log, by what proves each to be in it (spec/evidence.md#selection).

It comes in the place of the walk (`carnet.audit.walk`), and leaves behind what the walk does.
"""

import re
from collections import deque
from collections.abc import Generator, Iterator
from hashlib import sha256
from typing import Final, final

from carnet.audit.job import BundleVerdict, Job, Stream, judge_bundle
from carnet.audit.merge import Tally
from carnet.audit.reminders import REMINDER, Shelf
from carnet.audit.report import Finding, Findings
from carnet.audit.walk import Subject
from carnet.errors import DecodeError
from carnet.evidence import MAX_ITEM, MAX_NOTE, Read, read_note
from carnet.evidence_file import EvidenceReader, Scope, Selected
from carnet.log.merkle import leaf_hash, verify_inclusion
from carnet.log.tlog_proof import UnverifiedTlogProof, decode_tlog_proof

MAX_TLOG_PROOF: Final = 2 * MAX_NOTE
NOTE: Final = (
    "only single records were looked at: that no other record speaks of the same transfers, what was reported, and how"
    " the log grew remain unknown"
)
_PATH: Final = re.compile(r"selected/([0-9]+)/.*")


def is_selection(read: Read) -> bool:
    """Tell whether *read* reads a file of evidence that holds single records of a log."""
    return isinstance(read, EvidenceReader) and read.header.scope is Scope.SELECTION


@final
class SelectionAudit:
    """Audits single records of a log; *tally* is what came of it. The log's *roots* are unknown, it is never *whole*."""

    def __init__(self, subject: Subject, *, shelf: Shelf, name: str) -> None:
        self.resumed: Final = 0
        self.whole: Final = False
        self.roots: Final[dict[int, bytes]] = {}
        self.tally: Final = Tally(shelf, name=name, strings=subject.basis.strings, cuts=())
        self._subject: Final = subject
        self._note: Final = read_note(subject.read)
        self._pending: Final = Findings()
        self._ahead: Final[deque[Findings]] = deque()
        self._headers: Final[set[bytes]] = set()
        self._packs: Final[set[Finding]] = set()

    def steps(self, stream: Stream) -> Generator[int, None, None]:
        """Judge the records in the order of the log; yield where each stands."""
        for verdict in stream(judge_bundle, self._jobs()):
            self.tally.findings.extend(self._ahead.popleft())
            self._take(verdict)
            yield verdict.end
        self.tally.findings.extend(self._pending)

    def finish(self, note: bytes, *, larger: bool) -> None:
        """Save nothing: no later audit goes on from single records."""

    def _take(self, verdict: BundleVerdict) -> None:
        for finding in verdict.findings:
            self._refuse(finding)
        header = verdict.headers[:REMINDER]
        if header and header in self._headers:
            where = Selected.RECORD.path(verdict.first)
            self.tally.findings.add("record.duplicate", where, index=verdict.first)
        self._headers.add(header)
        self.tally.counts.include(verdict.counts)
        if self.tally.strings is not None:
            self.tally.strings.add(verdict.strings)

    def _refuse(self, finding: Finding) -> None:
        """Note *finding*; a pack that many records name is refused once."""
        if finding.where.startswith("packs/"):
            known = Finding(check=finding.check, where=finding.where, message="")
            if known in self._packs:
                return
            self._packs.add(known)
        self.tally.findings.note(finding)

    # --- what is judged ----------------------------------------------------------------------------------------------

    def _jobs(self) -> Iterator[Job]:
        """Make a job of each record that is in the log."""
        for index in self._indices():
            record, proof = self._file(Selected.RECORD, index), self._file(Selected.PROOF, index)
            if record is None or not self._is_logged(index, record):
                continue
            self._ahead.append(self._pending.take())
            yield Job(
                first=index,
                entries=[sha256(record).digest()],
                records=[record],
                proofs=None if proof is None else [proof],
                where=(Selected.RECORD.path(index), Selected.PROOF.path(index)),
                packs=self._subject.packs.named_by([record]),
                cuts=(),
                terms=self._subject.terms,
            )

    def _indices(self) -> list[int]:
        """Return the numbers of the chosen records, ascending."""
        read = self._subject.read
        places = read.places() if isinstance(read, EvidenceReader) else ()
        found = (_PATH.fullmatch(place.path) for place in places)
        return sorted({int(each[1]) for each in found if each})

    def _file(self, which: Selected, index: int) -> bytes | None:
        """Return one of a record's files."""
        path = which.path(index)
        return self._pending.attempt(
            lambda: self._subject.read(path, MAX_ITEM), check="selection.form", where=path, index=index
        )

    def _is_logged(self, index: int, record: bytes) -> bool:
        """Tell whether the tlog-proof of *record* leads from its hash to the root of the checkpoint."""
        path, checkpoint = Selected.TLOG_PROOF.path(index), self._subject.checkpoint
        proof = self._pending.attempt(lambda: self._proof(path, index), check="selection.form", where=path, index=index)
        if proof is None:
            return False
        leaf = leaf_hash(sha256(record).digest())

        def verify() -> bool:
            verify_inclusion(index=index, size=checkpoint.size, leaf=leaf, path=proof.path, root=checkpoint.root)
            return True

        return self._pending.attempt(verify, check="selection.path", where=path, index=index) is True

    def _proof(self, path: str, index: int) -> UnverifiedTlogProof:
        """Return the tlog-proof at *path*, if it is about record *index* and holds the checkpoint and nothing more."""
        proof = decode_tlog_proof(self._subject.read(path, MAX_TLOG_PROOF))
        if proof.index != index:
            raise DecodeError("tlog_proof.form", f"of entry {proof.index}")
        if proof.note.encode() != self._note:
            raise DecodeError("tlog_proof.form", "another checkpoint")
        if proof.extra:
            raise DecodeError("tlog_proof.form", "nobody vouches for what is added")
        return proof
