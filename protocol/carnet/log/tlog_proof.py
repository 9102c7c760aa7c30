"""Proofs that an entry is in a log, for whoever has no log at hand: the tlog-proof format (spec/log.md#offline-proofs).

One text file holds the way from the entry to a root, and the checkpoint that bears the root with its cosignatures. Who
reads it needs the entry, the log's keys, and an opinion on witnesses; nothing else, and nobody to ask.
"""

import re
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, final

from carnet.errors import DecodeError, UsageError
from carnet.log.checkpoint import MAX_SIZE, Checkpoint, UnverifiedNote, VerifierKey, canonical_base64, unverified_note
from carnet.log.merkle import HASH_SIZE, ReadHash, inclusion_path, leaf_hash, verify_inclusion
from carnet.log.tiles import MAX_ITEM
from carnet.log.witness import MAX_PATH, Cosignature, WitnessPolicy

HEADER: Final = b"c2sp.org/tlog-proof@v1\n"
MAX_EXTRA: Final = MAX_ITEM
SUFFIX: Final = ".tlog-proof"
"""How the name of a file that holds a proof ends."""

_PROOF: Final = re.compile(
    HEADER.replace(b".", rb"\.")
    + rb"(?:extra (?P<extra>[A-Za-z0-9+/]{2,87380}={0,2})\n)?"
    + rb"index (?P<index>0|[1-9][0-9]{0,15})\n(?P<path>(?:[A-Za-z0-9+/]{43}=\n){0,63})\n(?P<note>.*)",
    re.DOTALL,
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedTlogProof:
    """A proof that is well written, and of which nothing else is known; nothing ever vouches for *extra*."""

    index: int
    path: tuple[bytes, ...]
    note: UnverifiedNote
    extra: bytes = b""

    def __post_init__(self) -> None:
        if (
            not 0 <= self.index <= MAX_SIZE
            or len(self.path) > MAX_PATH
            or any(len(each) != HASH_SIZE for each in self.path)
            or len(self.extra) > MAX_EXTRA
        ):
            raise UsageError(f"index {self.index} by {len(self.path)} hashes with {len(self.extra)} bytes more")

    def encode(self) -> bytes:
        """Return the file (spec/log.md#offline-proofs)."""
        extra = b"extra %s\n" % b64encode(self.extra) if self.extra else b""
        hashes = b"".join(b64encode(each) + b"\n" for each in self.path)
        return b"%s%sindex %d\n%s\n%s" % (HEADER, extra, self.index, hashes, self.note.encode())


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """That an entry is number *index* of the log of *checkpoint*, and which witnesses saw that checkpoint when."""

    index: int
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def make_tlog_proof(read: ReadHash, *, index: int, note: bytes, extra: bytes = b"") -> bytes:
    """Return the proof that entry *index* is in the log of *note*, a checkpoint whose subtrees *read* reads.

    Raises:
        DecodeError: What `unverified_note` raises.
    """
    unverified = unverified_note(note)
    path = inclusion_path(read, index=index, size=unverified.checkpoint.size)
    return UnverifiedTlogProof(index=index, path=tuple(path), note=unverified, extra=extra).encode()


def decode_tlog_proof(data: bytes) -> UnverifiedTlogProof:
    """Return what *data* claims, whoever wrote it (spec/log.md#offline-proofs).

    Raises:
        DecodeError: ``tlog_proof.form``, ``tlog_proof.base64``, or what is wrong with the note.
    """
    if (found := _PROOF.fullmatch(data)) is None:  # (1)
        raise DecodeError("tlog_proof.form")
    extra = canonical_base64(found["extra"] or b"")
    if extra is None or len(extra) > MAX_EXTRA:  # (2)
        raise DecodeError("tlog_proof.base64", "extra")
    path: list[bytes] = []
    for line in found["path"].split():
        if (each := canonical_base64(line)) is None:
            raise DecodeError("tlog_proof.base64", f"hash {len(path)}")
        path.append(each)
    note = unverified_note(found["note"])  # (3)
    return UnverifiedTlogProof(index=int(found["index"]), path=tuple(path), note=note, extra=extra)


def open_tlog_proof(
    data: bytes, *, entry: bytes, origin: str, keys: Collection[VerifierKey], policy: WitnessPolicy
) -> ProvenEntry:
    """Return where *entry* is in the log *origin*, if *data* proves it (spec/log.md#offline-proofs).

    Raises:
        DecodeError: What `decode_tlog_proof` or `WitnessPolicy.open` raises.
        VerifyError: What `WitnessPolicy.open` or `verify_inclusion` raises.
    """
    return verify_tlog_proof(decode_tlog_proof(data), entry=entry, origin=origin, keys=keys, policy=policy)


def verify_tlog_proof(
    proof: UnverifiedTlogProof, *, entry: bytes, origin: str, keys: Collection[VerifierKey], policy: WitnessPolicy
) -> ProvenEntry:
    """Return where *entry* is in the log *origin*, as `open_tlog_proof` does once the proof has been read."""
    checkpoint, cosignatures = policy.verify(proof.note, origin=origin, keys=keys)  # (4)
    verify_inclusion(  # (5)
        index=proof.index, size=checkpoint.size, leaf=leaf_hash(entry), path=proof.path, root=checkpoint.root
    )
    return ProvenEntry(index=proof.index, checkpoint=checkpoint, cosignatures=cosignatures)
