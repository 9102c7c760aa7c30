"""Step 7 of the procedure: what a record says (spec/audit.md#procedure).

The one thing that grows with the log is a 16-byte reminder of each record, by which a second record of the same
transfer is known.
"""

from dataclasses import dataclass
from typing import Final, final

from carnet.audit.report import Counts, Findings
from carnet.errors import PeerError, PolicyError
from carnet.evidence import Read, pack_path, read_pack
from carnet.log.record import Record, may_judge, proof_item
from carnet.messages import TERMINAL, Directory, Member
from carnet.params import CLOCK_SKEW_S, EPOCH_S
from carnet.policy.pack import PolicyPack, Status, leg_rule
from carnet.zk.pedersen import check_point
from carnet.zk.statement import Item

MAX_PACKS: Final = 256
"""How many packs are kept at hand; a log that names more costs time, not memory."""
UNVERIFIED: Final = ", unverified"
REMINDER: Final = slice(1, 17)
"""The bytes of a string by which it is remembered: a point's first byte says nothing."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proof to be verified: that of record *index*, in the file *where*."""

    index: int
    where: str
    item: Item


@final
class RecordAudit:
    """Judges records one by one, and makes their proofs ready to be verified."""

    def __init__(
        self,
        read: Read,
        *,
        directory: Directory,
        member: Member,
        time: int,
        findings: Findings,
        strings: set[bytes] | None,
    ) -> None:
        self.counts: Final = Counts()
        self.packs: Final[dict[str, str]] = {}
        self._read: Final = read
        self._directory: Final = directory
        self._member: Final = member
        self._time: Final = time
        self._findings: Final = findings
        self._strings: Final = strings
        self._headers: Final[set[bytes]] = set()
        self._known: Final[dict[bytes, PolicyPack | None]] = {}
        self._waiting: Final[list[Waiting]] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of the report should know."""
        return tuple(
            f"the facts of pack {name} are marked unverified by its issuer"
            for name in sorted(set(self.packs.values()))
            if name.endswith(UNVERIFIED)
        )

    def add(self, data: bytes, proof: bytes | None, *, index: int, where: tuple[str, str]) -> None:
        """Judge record *data*, number *index* of the log; its proof then waits. *where* are the files of both."""
        record = self._findings.attempt(lambda: _read(data), check="record.form", where=where[0], index=index)
        if record is None:
            return
        self._count(record)
        pack = self._judge(record, index=index, where=where[0])
        if proof is None or pack is None:
            return
        if not proof:
            self._findings.add("proof.missing", where[1], index=index)
            return
        self._waiting.append(Waiting(index=index, where=where[1], item=proof_item(record, pack, proof)))

    def take(self) -> tuple[Waiting, ...]:
        """Return the proofs that wait, and let go of them."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken

    def _count(self, record: Record) -> None:
        self.counts.records += 1
        self.counts.kind[record.kind.name] += 1
        self.counts.role[record.role.name] += 1
        self.counts.epoch[str(record.epoch)] += 1
        if self._strings is not None:
            points = (record.value, record.unit, record.window, record.flag)
            references = (record.header_ref, record.receipt_ref, record.terminal_ref, record.entry())
            self._strings.update(each[REMINDER] for each in (*points, *references))

    # (7) the rules of a record
    def _judge(self, record: Record, *, index: int, where: str) -> PolicyPack | None:
        """Return the pack by which the proof is to be verified, if the record is one that a proof can speak about."""

        def refuse(check: str, message: str = "") -> None:
            self._findings.add(check, where, message, index=index)

        if record.kind not in TERMINAL:
            refuse("record.kind", record.kind.name)
            return None
        if record.header_ref[REMINDER] in self._headers:
            refuse("record.duplicate")
        self._headers.add(record.header_ref[REMINDER])
        if record.epoch * EPOCH_S > self._time + CLOCK_SKEW_S:
            refuse("record.epoch", f"epoch {record.epoch}, cosigned at {self._time}")
        pack = self._pack(record.pack, index=index)
        if pack is None:
            return None
        self.counts.pack[record.pack.hex()] += 1
        if pack.jurisdiction != self._member.jurisdiction:
            refuse("pack.jurisdiction", f"{pack.jurisdiction}, not {self._member.jurisdiction}")
        if not may_judge(pack, epoch=record.epoch):
            refuse("record.pack", f"{pack.id} in epoch {record.epoch}")
        try:
            rule = leg_rule(pack, record.leg)
        except PolicyError as error:
            refuse("record.leg", str(error))
            return None
        if not rule.linked_window_s and record.window != record.value:
            refuse("record.window")
        return pack

    def _pack(self, named: bytes, *, index: int) -> PolicyPack | None:
        """Return the pack called *named*, or None if it is refused; it is read once, and refused once."""
        if named not in self._known:
            pack = self._findings.attempt(
                lambda: read_pack(self._read, named, directory=self._directory),
                check=_pack_check,
                where=pack_path(named),
                index=index,
            )
            if len(self._known) >= MAX_PACKS:
                self._known.clear()
            self._known[named] = pack
            if pack is not None:
                mark = "" if pack.status is Status.READY else UNVERIFIED
                self.packs[named.hex()] = f"{pack.id} version {pack.version}{mark}"
        return self._known[named]


def _read(data: bytes) -> Record:
    """Return the record *data*, of whose points no proof beside it need speak."""
    record = Record.decode(data)
    for point in (record.unit, record.flag):
        check_point(point)
    return record


def _pack_check(error: PeerError) -> str:
    """Return the check under which the audit reports *error* of a pack."""
    if error.check == "pack.hash":
        return "pack.hash"
    return "pack.signature" if error.check in {"signature", "signature.kid"} else "pack.form"
