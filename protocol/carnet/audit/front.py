"""Steps 1 to 4 of the procedure: directory, key bundles, checkpoint, witnesses (spec/audit.md#procedure)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, final

from carnet import evidence
from carnet.audit.report import Findings
from carnet.days import moment
from carnet.errors import PeerError
from carnet.evidence import MAX_BUNDLES, Read, SignedBundle
from carnet.identity.directory import Trust
from carnet.log.checkpoint import Checkpoint, UnverifiedNote, VerifierKey, unverified_note, verify_note
from carnet.log.tiles import CHECKPOINT
from carnet.log.witness import Cosignature, open_cosigned
from carnet.messages import Directory
from carnet.params import CLOCK_SKEW_S, EPOCH_S

OLD_S: Final = 2 * EPOCH_S
"""From which age of a checkpoint on its reader is told of it: a log grows every day."""


@final
class Front:
    """What is known of a source before its log is walked."""

    def __init__(self, read: Read, *, authority: bytes | None, now: int) -> None:
        self.findings: Final = Findings()
        self._read: Final = read
        self._authority: Final = authority
        self._now: Final = now
        self.notes: Final[list[str]] = []
        self._directory: Directory | None = None
        self.directory_hash = b""
        self._vasp: str | None = None
        self._checkpoint: Checkpoint | None = None
        self.note = b""
        self._cosigned: tuple[Cosignature, ...] = ()

    # (1) the directory
    def directory(self) -> Directory | None:
        """Return the directory, if the authority signed it and it is not from the future."""
        if self._authority is None:
            self.notes.append(
                "no authority key was given: trust comes from the source itself, and its directory's signature and"
                " the membership in it are unchecked"
            )
        directory = self.findings.attempt(
            lambda: evidence.read_directory(self._read, authority=self._authority),
            check=lambda error: _named("directory", error),
            where=evidence.DIRECTORY,
        )
        if directory is not None and directory.issued > self._now + CLOCK_SKEW_S:
            self.findings.add("directory.early", evidence.DIRECTORY, f"issued at {moment(directory.issued)}")
        if directory is not None:
            self._directory, self.directory_hash = directory, sha256(directory.encode()).digest()
        return directory

    # (2) the key bundles
    def bundles(self, trust: Trust) -> list[SignedBundle]:
        """Return the VASP's key bundles, the newest first, each naming the one before it, and all one log.

        Who withholds an older one may have had another log key: nobody can tell, and the audit goes on without it.
        """
        newest = self._bundle(trust, None)
        if newest is None:
            return []
        self._vasp = newest.bundle.vasp
        if not self._listed(newest, trust):
            return []
        found = [newest]
        while found[-1].bundle.serial > 1:
            try:
                older = self._bundle(trust, found[-1], seen=len(found))
            except evidence.UnreadableError as error:
                self.findings.add("file.missing", error.path, error.reason)
                break
            if older is None:
                return []
            found.append(older)
        for each in found:
            if each.bundle.log_key != newest.bundle.log_key:
                self.findings.add("bundle.log", evidence.bundle_path(each.bundle.serial), "another key")
                return []
        return found

    def _listed(self, newest: SignedBundle, trust: Trust) -> bool:
        """Tell whether *newest* is also what lies under its own number, or nothing does."""
        path = evidence.bundle_path(newest.bundle.serial)
        try:
            listed = evidence.read_bundle(self._read, path, trust=trust)
        except evidence.UnreadableError as error:
            self.findings.add("file.missing", error.path, error.reason)
            return True
        except PeerError as error:
            self.findings.add(_named("bundle", error), path, str(error))
            return False
        if listed != newest:
            self.findings.add("bundle.chain", path)
        return listed == newest

    def _bundle(self, trust: Trust, newer: SignedBundle | None, *, seen: int = 0) -> SignedBundle | None:
        """Return the newest bundle, or the one before *newer*, the last of those *seen*; or None if it is refused."""
        if newer is None:
            return self.findings.attempt(
                lambda: evidence.read_bundle(self._read, evidence.BUNDLE, trust=trust),
                check=lambda error: _named("bundle", error),
                where=evidence.BUNDLE,
            )
        path = evidence.bundle_path(newer.bundle.serial - 1)
        if seen >= MAX_BUNDLES:
            raise evidence.UnreadableError(path, f"no more than {MAX_BUNDLES} are looked at")
        try:
            return evidence.read_previous(self._read, newer, trust=trust)
        except PeerError as error:
            self.findings.add(_named("bundle", error), path, str(error))
            return None

    # (3) the checkpoint
    def checkpoint(self, directory: Directory, bundles: list[SignedBundle]) -> Checkpoint | None:
        """Return the checkpoint, if the VASP's log signed it; find who cosigned it."""
        note = self.findings.attempt(
            lambda: unverified_note(evidence.read_note(self._read)), check="checkpoint.form", where=CHECKPOINT
        )
        key = self.findings.attempt(
            lambda: evidence.log_key_of(bundles[0].bundle), check="bundle.form", where=evidence.BUNDLE
        )
        if note is None or key is None:
            return None
        self._checkpoint = self.findings.attempt(
            lambda: verify_note(note, origin=key.name, keys=[key]),
            check=lambda error: _named("checkpoint", error),
            where=CHECKPOINT,
        )
        if self._checkpoint is not None:
            self.note = note.encode()
            self._cosigned = tuple(self._cosignatures(directory, note, key))
        return self._checkpoint

    # (4) the witnesses
    def _cosignatures(self, directory: Directory, note: UnverifiedNote, key: VerifierKey) -> list[Cosignature]:
        """Return the cosignatures of the witnesses that *directory* names."""
        found: list[Cosignature] = []
        witnesses = self.findings.attempt(
            lambda: evidence.witnesses_of(directory), check="directory.form", where=evidence.DIRECTORY
        )
        for witness in witnesses or []:
            if (witness.name, witness.id) not in note.signatures:
                continue
            opened = self.findings.attempt(
                lambda each=witness: open_cosigned(  # type: ignore[misc]  # the loop's variable, bound
                    note.encode(), origin=key.name, keys=[key], witnesses=[each], quorum=1
                ),
                check="checkpoint.cosignature",
                where=CHECKPOINT,
            )
            found += opened[1] if opened else []
        return found

    def witnessed(self, directory: Directory, bundles: list[SignedBundle], checkpoint: Checkpoint) -> int:
        """Return when a quorum had cosigned *checkpoint*, and hold directory and bundles against that time."""
        if len(self._cosigned) < directory.quorum:
            self.findings.add("checkpoint.quorum", CHECKPOINT, f"{len(self._cosigned)} of {directory.quorum}")
        if not self._cosigned:
            self.notes.append(
                f"no witness has cosigned {checkpoint.origin}: others may have been shown another history"
            )
        times = sorted(each.time for each in self._cosigned)[: max(1, directory.quorum)]
        time = times[-1] if times else self._now  # of fewer liars than a quorum has, none moves it past the others
        if time > self._now + CLOCK_SKEW_S:
            self.findings.add("checkpoint.future", CHECKPOINT, f"at {moment(time)}")
        if time >= directory.expires:
            told = f"at {moment(directory.expires)}, cosigned at {moment(time)}"
            self.findings.add("directory.expired", evidence.DIRECTORY, told)
        elif self._now >= directory.expires:
            self.notes.append(f"the directory has expired since; it was in force when cosigned, at {moment(time)}")
        if not any(each.bundle.issued <= time + CLOCK_SKEW_S and time < each.bundle.expires for each in bundles):
            self.findings.add("bundle.expired", evidence.BUNDLE, f"cosigned at {moment(time)}")
        if self._now >= time + OLD_S:
            self.notes.append(f"nothing is said of what came after {moment(time)}, when the log was cosigned last")
        return time

    def grown(self, checkpoint: Checkpoint, bundles: list[SignedBundle], seen: Sequence[bytes]) -> dict[int, bytes]:
        """Refuse *checkpoint* if the log was larger before; return the roots of the sizes that were *seen*."""
        key = evidence.log_key_of(bundles[0].bundle)
        roots: dict[int, bytes] = {}
        for number, note in enumerate(seen):
            before = self.findings.attempt(
                lambda each=note: _of_log(each, key),  # type: ignore[misc]  # the loop's variable, bound
                check="log.seen",
                where=f"checkpoint {number} from before",
            )
            if before is None:
                continue
            if checkpoint.size < before.size:
                self.findings.add("log.rollback", CHECKPOINT, f"from {before.size} to {checkpoint.size}")
            if roots.setdefault(before.size, before.root) != before.root:
                self.findings.add("log.fork", CHECKPOINT, f"at size {before.size}")
        return roots

    @property
    def opened(self) -> dict[str, Any]:
        """What the report tells of directory, VASP and checkpoint."""
        directory, checkpoint = self._directory, self._checkpoint
        return {
            "network": directory.network if directory else None,
            "directory_version": directory.version if directory else None,
            "directory_hash": self.directory_hash or None,
            "vasp": self._vasp,
            "origin": checkpoint.origin if checkpoint else None,
            "size": checkpoint.size if checkpoint else None,
            "root": checkpoint.root if checkpoint else None,
            "cosigned": self._cosigned,
        }


def _of_log(note: bytes, key: VerifierKey) -> Checkpoint | None:
    """Return what *note*, a checkpoint from before, says, or None if it is of another log than that of *key*."""
    unverified = unverified_note(note)
    return verify_note(unverified, origin=key.name, keys=[key]) if unverified.checkpoint.origin == key.name else None


def _named(what: str, error: PeerError) -> str:
    """Return the check under which the audit reports *error* of a signed *what*."""
    match error.check:
        case "signature" | "signature.kid" | "note.key":
            return f"{what}.signature"
        case "member.unknown" | "bundle.subject":
            return "bundle.member"
        case "note.origin":
            return "checkpoint.origin"
        case "bundle.chain" | "bundle.log":
            return error.check
        case _:
            return f"{what}.form"
