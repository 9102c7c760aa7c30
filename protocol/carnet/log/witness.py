"""Witnesses: others who remember a log's last checkpoint, and sign only what grew from it (spec/log.md#witnesses).

A log that shows two histories must deceive the witnesses too: whoever asks for a quorum of their cosignatures sees
the one history that they all follow. `cosign` decides; its caller keeps, per log, the checkpoint that it returns,
durably and by compare-and-swap, before the cosignature leaves the house.
"""

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.crypto.sign import SIGNATURE_SIZE, public_key, sign, verify
from carnet.errors import DecodeError, OrderError, PeerError, UsageError, VerifyError
from carnet.log.checkpoint import (
    KEY_ID_SIZE,
    MAX_SIZE,
    SIGNATURE_FORM,
    WITNESS_KEY,
    Checkpoint,
    UnverifiedNote,
    VerifierKey,
    canonical_base64,
    signature_line,
    unverified_note,
    verify_note,
)
from carnet.log.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from carnet.secret import Secret

MAX_TIME: Final = 2**63 - 1
MAX_PATH: Final = 63
MAX_REQUEST: Final = 65536
TIME_SIZE: Final = 8
SIZE_TYPE: Final = "text/x.tlog.size"
"""The content type of the size that a witness answers to a log that starts elsewhere."""

_REQUEST: Final = re.compile(
    rb"old (?P<old>0|[1-9][0-9]{0,15})\n(?P<path>(?:[A-Za-z0-9+/]{43}=\n){0,63})\n(?P<note>.*)", re.DOTALL
)

_LINE: Final = re.compile(b"^" + SIGNATURE_FORM, re.MULTILINE)
_STATUS: Final = {
    **dict.fromkeys(("note.key", "signature", "note.empty"), 403),
    "witness.log": 404,
    "witness.fork": 409,
    **dict.fromkeys(("consistency.short", "consistency.long", "consistency.old_root", "consistency.new_root"), 422),
}
"""The status of each refusal that is not 400 (spec/log.md#follow)."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """That a witness saw a checkpoint follow from all it had seen of the log, at a time (seconds since the epoch)."""

    witness: str
    time: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """Whose cosignatures a reader counts, and how many of them it wants: *quorum* of *witnesses*.

    >>> WitnessPolicy().quorum
    0
    """

    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if any(witness.kind != WITNESS_KEY for witness in self.witnesses):
            raise UsageError("witnesses sign with keys of kind 0x04")
        if len({witness.key for witness in self.witnesses}) < len(self.witnesses):
            raise UsageError("a cosignature does not name its witness: no two share a key")
        if self.quorum < 0:
            raise UsageError(f"a quorum of {self.quorum}")

    def open(
        self, note: bytes, *, origin: str, keys: Collection[VerifierKey]
    ) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
        """Return what *note* says, if its log and a quorum of the witnesses signed it (spec/log.md#cosignatures).

        Raises:
            DecodeError: What `open_checkpoint` raises, or ``cosignature.form``.
            VerifyError: What `open_checkpoint` raises, ``signature``, or ``witness.quorum``.
        """
        return self.verify(unverified_note(note), origin=origin, keys=keys)

    def verify(
        self, note: UnverifiedNote, *, origin: str, keys: Collection[VerifierKey]
    ) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
        """Return what *note* says, as `open` does once the note has been read."""
        checkpoint = verify_note(note, origin=origin, keys=keys)  # (1)
        found = []
        for witness in self.witnesses:
            blob = note.signatures.get((witness.name, witness.id))
            if blob is not None:  # (2)
                found.append(_verify_cosignature(checkpoint, witness, blob))
        if len({each.witness for each in found}) < self.quorum:  # (3)
            raise VerifyError("witness.quorum", f"{len(found)} of {self.quorum}")
        return checkpoint, tuple(found)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answers over HTTP: *seen* is stored, durably, before anything of it leaves.

    *refused* is the check that the request has failed, if it has.
    """

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    seen: Checkpoint | None = None
    refused: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """What a log asks of a witness: to follow it from *old_size* to the checkpoint of *note* (unverified)."""

    old_size: int
    path: tuple[bytes, ...]
    note: UnverifiedNote

    def __post_init__(self) -> None:
        if (
            not 0 <= self.old_size <= MAX_SIZE
            or len(self.path) > MAX_PATH
            or any(len(each) != HASH_SIZE for each in self.path)
        ):
            raise UsageError(f"from size {self.old_size} by {len(self.path)} hashes")

    @property
    def unverified_origin(self) -> str:
        """The log that the request speaks of: by it the witness finds what it knows."""
        return self.note.checkpoint.origin

    def encode(self) -> bytes:
        """Return the body of the request (spec/log.md#add-checkpoint)."""
        hashes = b"".join(b64encode(each) + b"\n" for each in self.path)
        return b"old %d\n%s\n%s" % (self.old_size, hashes, self.note.encode())

    @classmethod
    def decode(cls, body: bytes) -> "AddCheckpoint":
        """Return what *body* asks (spec/log.md#add-checkpoint).

        Raises:
            DecodeError: ``witness.form``, ``witness.base64``, or what is wrong with the note.
        """
        if (found := _REQUEST.fullmatch(body)) is None:
            raise DecodeError("witness.form")
        path: list[bytes] = []
        for line in found["path"].split():
            if (each := canonical_base64(line)) is None:
                raise DecodeError("witness.base64", f"hash {len(path)}")
            path.append(each)
        return cls(old_size=int(found["old"]), path=tuple(path), note=unverified_note(found["note"]))


def witness_key(name: str, seed: Secret[bytes]) -> VerifierKey:
    """Return the public half of the *seed* under which the witness *name* cosigns."""
    return VerifierKey(name=name, key=public_key(seed), kind=WITNESS_KEY)


def follow(known: Checkpoint | None, new: Checkpoint, *, old_size: int, path: Sequence[bytes]) -> Checkpoint:
    """Return *new*, a verified checkpoint, if it follows from *known*, the last one seen (spec/log.md#follow).

    Raises:
        OrderError: ``witness.stale``: *old_size* is not the last size seen, which is the error's *detail*.
        VerifyError: ``witness.rollback``, ``witness.fork``, or a check of `verify_consistency`.
    """
    if known is not None and known.origin != new.origin:
        raise UsageError("two logs")
    seen = 0 if known is None else known.size
    if new.size < old_size:  # (1)
        raise VerifyError("witness.rollback", f"from {old_size} to {new.size}")
    if old_size != seen:  # (2)
        raise OrderError("witness.stale", str(seen))
    known_root = EMPTY_ROOT if known is None else known.root
    if new.size == seen and new.root != known_root:  # (3)
        raise VerifyError("witness.fork", f"size {seen}")
    if old_size == 0:  # (4)
        if path:
            raise VerifyError("consistency.long", f"{len(path)} hashes of 0")
    else:
        verify_consistency(old_size=old_size, new_size=new.size, old_root=known_root, new_root=new.root, path=path)
    return new


def cosign(
    request: AddCheckpoint,
    *,
    known: Checkpoint | None,
    log_keys: Collection[VerifierKey],
    witness: str,
    now: int,
    seed: Secret[bytes],
) -> tuple[Checkpoint, bytes]:
    """Return what the witness knows of the log from now on, and its cosignature line (spec/log.md#follow).

    *known* and *log_keys* are what the witness holds for the request's origin: None if it has cosigned nothing, no
    keys if it follows no such log. The caller stores the first before it answers with the second.

    Raises:
        VerifyError: ``witness.log``, a check of `verify_note`, or one of `follow`.
        OrderError: ``witness.stale``.
    """
    if not log_keys:
        raise VerifyError("witness.log")
    new = verify_note(request.note, origin=request.unverified_origin, keys=log_keys)
    seen = follow(known, new, old_size=request.old_size, path=request.path)
    return seen, cosignature_line(seen, witness=witness, now=now, seed=seed)


def answer(
    request: AddCheckpoint,
    *,
    known: Checkpoint | None,
    log_keys: Collection[VerifierKey],
    witness: str,
    now: int,
    seed: Secret[bytes],
) -> Answer:
    """Return what the witness answers *request* over HTTP (spec/log.md#follow); the arguments are those of `cosign`.

    Where the answer is a cosignature, the caller puts *seen* in the place of *known* by compare-and-swap, and answers
    only if that was done; else it asks again with what is known by then.
    """
    try:
        seen, line = cosign(request, known=known, log_keys=log_keys, witness=witness, now=now, seed=seed)
    except PeerError as error:
        return refusal(error)
    return Answer(status=200, body=line, seen=seen)


def refusal(error: PeerError) -> Answer:
    """Return what a witness answers over HTTP to a request that *error* refuses (spec/log.md#follow)."""
    if error.check == "witness.stale":
        body, content_type = error.detail.encode() + b"\n", SIZE_TYPE
        return Answer(status=409, body=body, content_type=content_type, refused=error.check)
    return Answer(status=_STATUS.get(error.check, 400), body=error.check.encode() + b"\n", refused=error.check)


def pick_line(lines: bytes, witness: VerifierKey) -> bytes:
    """Return that one of the signature *lines* of an answer which is by *witness*; all others are passed over.

    Raises:
        DecodeError: ``witness.form``: there is not exactly one.
    """
    found = [
        line[0]
        for line in _LINE.finditer(lines)
        if line["name"] == witness.name.encode() and (canonical_base64(line["blob"]) or b"")[:KEY_ID_SIZE] == witness.id
    ]
    if len(found) != 1:
        raise DecodeError("witness.form", f"{len(found)} lines")
    return found[0]


def cosignature_line(checkpoint: Checkpoint, *, witness: str, now: int, seed: Secret[bytes]) -> bytes:
    """Return the line by which *witness* cosigns *checkpoint*, which it has followed (spec/log.md#cosignatures)."""
    if not 0 <= now <= MAX_TIME:
        raise UsageError(f"time {now}")
    signature = sign(seed, _signed(checkpoint, time=now))
    return signature_line(witness, witness_key(witness, seed).id, now.to_bytes(TIME_SIZE, "big") + signature)


def attach(note: bytes, lines: Iterable[bytes]) -> bytes:
    """Return *note* with more signature *lines*, whatever they sign, if all of it is one good note.

    Raises:
        DecodeError: ``note.form``, ``note.base64`` or ``note.duplicate``.
    """
    return unverified_note(note + b"".join(lines)).encode()


def open_cosigned(
    note: bytes,
    *,
    origin: str,
    keys: Collection[VerifierKey],
    witnesses: Collection[VerifierKey],
    quorum: int,
) -> tuple[Checkpoint, list[Cosignature]]:
    """Return what *note* says, if its log and *quorum* of the *witnesses* signed it (spec/log.md#cosignatures).

    Raises:
        DecodeError: What `open_checkpoint` raises, or ``cosignature.form``.
        VerifyError: What `open_checkpoint` raises, ``signature``, or ``witness.quorum``.
    """
    checkpoint, found = WitnessPolicy(witnesses=tuple(witnesses), quorum=quorum).open(note, origin=origin, keys=keys)
    return checkpoint, list(found)


def _verify_cosignature(checkpoint: Checkpoint, witness: VerifierKey, blob: bytes) -> Cosignature:
    """Return what *blob* says, if *witness* signed it."""
    time = int.from_bytes(blob[:TIME_SIZE], "big")
    if len(blob) != TIME_SIZE + SIGNATURE_SIZE or time > MAX_TIME:
        raise DecodeError("cosignature.form", f"{len(blob)} bytes")
    verify(witness.key, message=_signed(checkpoint, time=time), signature=blob[TIME_SIZE:])
    return Cosignature(witness=witness.name, time=time)


def _signed(checkpoint: Checkpoint, *, time: int) -> bytes:
    """Return what a cosignature signs (spec/log.md#cosignatures)."""
    return b"cosignature/v1\ntime %d\n%s" % (time, checkpoint.text)
