"""Every check of the audit: its name, its step, and what its failure shows (spec/audit.md#checks)."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, final


@unique
class Verdict(IntEnum):
    """What an audit comes to; the number is the exit status of ``carnet-audit``."""

    SOUND = 0
    UNSOUND = 1
    UNKNOWN = 2

    @classmethod
    def worst(cls, *verdicts: "Verdict") -> "Verdict":
        """Return the verdict of the whole: what is proven wrong outweighs what could not be told."""
        order = (cls.UNSOUND, cls.UNKNOWN)
        return next((each for each in order if each in verdicts), cls.SOUND)


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """One check: the *step* of the procedure that makes it, what its failure shows, and in which words."""

    check: str
    step: int
    shows: Verdict
    says: str

    @property
    def spec(self) -> str:
        """Where the specification states it."""
        return f"spec/audit.md#step-{self.step}"


_UNSOUND, _UNKNOWN = Verdict.UNSOUND, Verdict.UNKNOWN

CHECKS: Final = {
    rule.check: rule
    for rule in (
        Rule("file.missing", 0, _UNKNOWN, "a file that the procedure needs is not there, or cannot be read"),
        Rule(
            "directory.form", 1, _UNSOUND, "the directory is not a well-formed signed object, or lists something twice"
        ),
        Rule("directory.signature", 1, _UNSOUND, "the authority did not sign the directory"),
        Rule("directory.early", 1, _UNKNOWN, "the directory was issued in the future"),
        Rule("directory.rollback", 1, _UNKNOWN, "the directory is older than one that the source had before"),
        Rule("directory.expired", 4, _UNKNOWN, "the directory was not in force when the checkpoint was cosigned"),
        Rule("bundle.form", 2, _UNSOUND, "a key bundle is not a well-formed signed object, or never in force"),
        Rule("bundle.member", 2, _UNSOUND, "a key bundle names a VASP or a network that is not the directory's"),
        Rule("bundle.signature", 2, _UNSOUND, "the VASP did not sign its key bundle"),
        Rule("bundle.chain", 2, _UNSOUND, "a key bundle does not follow from the one before it"),
        Rule("bundle.log", 2, _UNSOUND, "a key bundle is of another log, or another log key, than the VASP's"),
        Rule("bundle.expired", 4, _UNKNOWN, "no key bundle was in force when the checkpoint was cosigned"),
        Rule("checkpoint.form", 3, _UNSOUND, "the checkpoint is not a note as the specification writes it"),
        Rule("checkpoint.origin", 3, _UNSOUND, "the checkpoint is of another log than the VASP's"),
        Rule("checkpoint.signature", 3, _UNSOUND, "the VASP's log did not sign the checkpoint"),
        Rule("checkpoint.cosignature", 4, _UNSOUND, "a cosignature that bears a witness's name is not the witness's"),
        Rule("checkpoint.quorum", 4, _UNSOUND, "fewer witnesses than the directory asks for cosigned the checkpoint"),
        Rule("checkpoint.future", 4, _UNKNOWN, "the checkpoint was cosigned in the future"),
        Rule("log.seen", 4, _UNKNOWN, "a checkpoint from before is not one that the log's key has signed"),
        Rule("log.rollback", 4, _UNSOUND, "the log is smaller than it has been"),
        Rule("log.fork", 5, _UNSOUND, "the log does not begin with what it began with before"),
        Rule("log.entries", 5, _UNSOUND, "a bundle of entries does not hold the entries that it must hold"),
        Rule("log.tile", 5, _UNSOUND, "a tile does not hold the hashes that the entries have"),
        Rule("log.root", 5, _UNSOUND, "the entries do not have the root that the checkpoint promises"),
        Rule("record.bundle", 6, _UNSOUND, "a bundle of records does not hold the records that it must hold"),
        Rule("record.entry", 6, _UNSOUND, "a record is not the one that the log's entry is the hash of"),
        Rule("record.form", 6, _UNSOUND, "a record is not well formed"),
        Rule("record.kind", 7, _UNSOUND, "a record is of no ending"),
        Rule("record.duplicate", 7, _UNSOUND, "two records speak of the same transfer"),
        Rule("record.epoch", 7, _UNSOUND, "the epoch of a record or a notice began after the checkpoint was cosigned"),
        Rule("record.leg", 7, _UNSOUND, "a record's leg is not that between VASPs, or its pack has no rule for it"),
        Rule("record.pack", 7, _UNSOUND, "a record's pack was not in force when its transfer can have been offered"),
        Rule("record.window", 7, _UNSOUND, "a record's window is not its value, though its pack links no transfers"),
        Rule(
            "pack.form",
            7,
            _UNSOUND,
            "a pack that a record names is not a well-formed signed object, or contradicts itself",
        ),
        Rule("pack.signature", 7, _UNSOUND, "no pack issuer of the directory signed a pack that a record names"),
        Rule("pack.hash", 7, _UNSOUND, "a pack is not the one that its name says"),
        Rule("pack.jurisdiction", 7, _UNSOUND, "a record names a pack of another jurisdiction than the VASP's"),
        Rule("proof.bundle", 8, _UNSOUND, "a bundle of proofs does not hold the proofs that it must hold"),
        Rule("proof.missing", 8, _UNKNOWN, "a record's proof is not there yet"),
        Rule("proof.tier", 8, _UNSOUND, "the proof beside a record whose value may have moved does not verify"),
        Rule("proof.zero", 8, _UNSOUND, "the proof beside a record whose value did not move does not verify"),
        Rule("notice.proof", 8, _UNSOUND, "something stands in the place of a proof beside a notice"),
        Rule("sources.network", 9, _UNKNOWN, "two sources are of two networks"),
        Rule("sources.directory", 9, _UNSOUND, "two sources hold two directories of one version"),
        Rule("sources.fork", 9, _UNSOUND, "two sources show two histories of one log"),
        Rule("sources.shared", 9, _UNSOUND, "records of two VASPs share bytes that must differ"),
        Rule("report.form", 10, _UNSOUND, "a report is not a well-formed signed object of the VASP's log"),
        Rule("report.signature", 10, _UNSOUND, "the VASP did not sign its report"),
        Rule("report.chain", 10, _UNSOUND, "a report does not follow from the one before it"),
        Rule("report.notice", 10, _UNSOUND, "a report is not the one that the log has a notice of"),
        Rule("report.unlogged", 10, _UNKNOWN, "the log has no notice of a report yet"),
        Rule("report.missing", 10, _UNKNOWN, "the report of an epoch is overdue"),
        Rule("report.root", 10, _UNSOUND, "a report is of another history than the log's"),
        Rule("report.epoch", 10, _UNSOUND, "a report speaks of a day that is not over"),
        Rule("report.outcomes", 10, _UNSOUND, "a report counts other outcomes than the log holds"),
        Rule("report.disclosures", 10, _UNSOUND, "a report counts other disclosures than the log holds"),
        Rule("report.rows", 10, _UNSOUND, "a report's channels and covers are not as many records as the log holds"),
        Rule("report.sum", 10, _UNSOUND, "a report's channels and covers do not add up to the log's records"),
        Rule("report.total", 10, _UNSOUND, "a report's total is left out, or of another number of transfers"),
        Rule("report.proof", 10, _UNSOUND, "a report's proof does not verify"),
        Rule("report.peer", 10, _UNKNOWN, "a channel's other end had not shown its records when the report was due"),
        Rule("channel.claim", 11, _UNSOUND, "more VASPs claim a channel than it has ends, or one claims both"),
        Rule("channel.count", 11, _UNSOUND, "the two ends of a channel report different numbers of transfers"),
        Rule("channel.sum", 11, _UNSOUND, "what one end of a channel says of the other is not what the other reports"),
        Rule("channel.withheld", 11, _UNSOUND, "one end of a channel reports it, and no other member does"),
        Rule("channel.open", 11, _UNKNOWN, "the two ends of a channel differ, and records may still come"),
        Rule("disclosure.form", 12, _UNSOUND, "what is published of a disclosure is not well formed"),
        Rule(
            "disclosure.notice", 12, _UNSOUND, "what is published of a disclosure is not what the log has a notice of"
        ),
        Rule(
            "disclosure.note", 12, _UNSOUND, "a disclosure is told as another VASP's, or of another day than its notice"
        ),
        Rule("disclosure.gag", 12, _UNSOUND, "a disclosure is told before its time"),
        Rule("disclosure.overdue", 12, _UNKNOWN, "a disclosure is not told, though no gag lasts so long"),
        Rule("window.page", 13, _UNSOUND, "a page of window sums is not the one that the report names"),
        Rule("window.form", 13, _UNSOUND, "a page of window sums is not well formed"),
        Rule("window.record", 13, _UNSOUND, "a page names a record that is none of its report's linked ones"),
        Rule("window.twice", 13, _UNSOUND, "a record stands in two slots"),
        Rule("window.missing", 13, _UNSOUND, "a record whose pack links transfers stands in no group"),
        Rule("window.slot", 13, _UNSOUND, "a slot is not the next of its chain, nor one that was kept for this record"),
        Rule("window.start", 13, _UNSOUND, "a window leaves out a record of its days that stands before it"),
        Rule("window.phantom", 13, _UNSOUND, "the proof that a counted value is not negative does not verify"),
        Rule("window.proof", 13, _UNSOUND, "the proof of a group's window sums does not verify"),
        Rule("selection.form", 14, _UNSOUND, "what proves a chosen record to be in the log is not well formed"),
        Rule("selection.path", 14, _UNSOUND, "a chosen record is not in the log"),
    )
}
