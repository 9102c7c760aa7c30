"""Single records of a log, by what proves each to be in it: in the place of the walk (spec/evidence.md#selection)."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, TypeGuard, final

from carnet.audit.job import BundleVerdict, Job, Terms, judge_bundle
from carnet.audit.packs import Packs
from carnet.audit.reminders import REMINDER
from carnet.audit.report import Finding, Findings
from carnet.errors import DecodeError
from carnet.evidence import MAX_ITEM, MAX_NOTE, Read, read_note
from carnet.evidence_file import EvidenceReader, Scope, Selected
from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import leaf_hash, verify_inclusion
from carnet.log.tlog_proof import UnverifiedTlogProof, decode_tlog_proof

MAX_TLOG_PROOF: Final = 2 * MAX_NOTE
NOTE: Final = (
    "only single records were looked at: that no other record speaks of the same transfers, what was reported, and how"
    " the log grew remain unknown"
)
_PATH: Final = re.compile(r"selected/([0-9]+)/.*")


def is_selection(read: Read) -> TypeGuard[EvidenceReader]:
    """Tell whether *read* reads a file of evidence that holds single records of a log."""
    return isinstance(read, EvidenceReader) and read.header.scope is Scope.SELECTION


@final
class SelectionAudit:
    """Judges the records that *read* holds against *checkpoint*, which its log and its witnesses have signed."""

    def __init__(
        self, read: EvidenceReader, *, checkpoint: Checkpoint, packs: Packs, terms: Terms, findings: Findings
    ) -> None:
        self._read: Final = read
        self._checkpoint: Final = checkpoint
        self._packs: Final = packs
        self._terms: Final = terms
        self._findings: Final = findings
        self._note: Final = read_note(read)
        self._headers: Final[set[bytes]] = set()
        self._refused: Final[set[tuple[str, str]]] = set()

    def indices(self) -> list[int]:
        """Return the numbers of the chosen records, ascending."""
        found = (_PATH.fullmatch(place.path) for place in self._read.places())
        return sorted({int(each[1]) for each in found if each})

    def verdicts(self) -> Iterator[BundleVerdict]:
        """Judge record by record; what is found is noted, and yielded for whoever counts."""
        for index in self.indices():
            verdict = self._judge(index)
            if verdict is not None:
                yield verdict

    def _judge(self, index: int) -> BundleVerdict | None:
        record = self._file(Selected.RECORD, index)
        proof = self._file(Selected.PROOF, index)
        if record is None or not self._is_logged(index, record):
            return None
        job = Job(
            first=index,
            entries=[sha256(record).digest()],
            records=[record],
            proofs=None if proof is None else [proof],
            where=(Selected.RECORD.path(index), Selected.PROOF.path(index)),
            packs=self._packs.named_by([record]),
            cuts=(),
            terms=self._terms,
        )
        verdict = judge_bundle(job)
        for finding in verdict.findings:
            self._refuse(finding)
        header = verdict.headers[:REMINDER]
        if header and header in self._headers:
            self._findings.add("record.duplicate", Selected.RECORD.path(index), index=index)
        self._headers.add(header)
        return verdict

    def _refuse(self, finding: Finding) -> None:
        """Note *finding*; a pack that many records name is refused once."""
        if finding.where.startswith("packs/"):
            if (finding.check, finding.where) in self._refused:
                return
            self._refused.add((finding.check, finding.where))
        self._findings.note(finding)

    def _file(self, which: Selected, index: int) -> bytes | None:
        """Return one of a record's files."""
        path = which.path(index)
        return self._findings.attempt(
            lambda: self._read(path, MAX_ITEM), check="selection.form", where=path, index=index
        )

    # that the record is in the log
    def _is_logged(self, index: int, record: bytes) -> bool:
        """Tell whether the tlog-proof of *record* leads from its hash to the root of the checkpoint."""
        path = Selected.TLOG_PROOF.path(index)
        proof = self._findings.attempt(
            lambda: self._proof(path, index), check="selection.form", where=path, index=index
        )
        if proof is None:
            return False
        leaf = leaf_hash(sha256(record).digest())
        size, root = self._checkpoint.size, self._checkpoint.root

        def verify() -> bool:
            verify_inclusion(index=index, size=size, leaf=leaf, path=proof.path, root=root)
            return True

        return self._findings.attempt(verify, check="selection.path", where=path, index=index) is True

    def _proof(self, path: str, index: int) -> UnverifiedTlogProof:
        """Return the tlog-proof at *path*, if it is about record *index* and holds the checkpoint and nothing more."""
        proof = decode_tlog_proof(self._read(path, MAX_TLOG_PROOF))
        if proof.index != index:
            raise DecodeError("tlog_proof.form", f"of entry {proof.index}")
        if proof.note.encode() != self._note:
            raise DecodeError("tlog_proof.form", "another checkpoint")
        if proof.extra:
            raise DecodeError("tlog_proof.form", "nobody vouches for what is added")
        return proof
