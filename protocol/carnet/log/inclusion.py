"""What one member asks another: where in its log entries are that both know (spec/log.md#asking).

Both ends of a transfer compute both records; each asks the other's log for the other record before it says in a report
that the two agree. Whoever asks must know the entry, which nobody else can guess.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final

from carnet.errors import DecodeError, VerifyError
from carnet.log.checkpoint import VerifierKey, unverified_note
from carnet.log.merkle import ReadHash, inclusion_path, leaf_hash, verify_inclusion
from carnet.log.tlog_proof import UnverifiedTlogProof
from carnet.log.witness import MAX_PATH, WitnessPolicy
from carnet.schema import U64, Blob, Hash, Many, Message, message

MAX_ENTRIES: Final = 32
"""The most entries of one question: its answer stays within the size of a message, however large the log."""


@message("inclusion-request")
class InclusionRequest(Message):
    """Entries that the log is asked for."""

    entries: Annotated[tuple[Hash, ...], Many(MAX_ENTRIES, 1)]


@message("place")
class Place(Message):
    """Where an entry is, and the path that shows it; without an index, that it is not there."""

    index: U64 | None
    path: Annotated[tuple[Hash, ...], Many(MAX_PATH)]


@message("inclusion-answer")
class InclusionAnswer(Message):
    """The log's newest cosigned checkpoint, and for each entry that was asked for its place under it."""

    checkpoint: Annotated[bytes, Blob(8192)] | None
    places: Annotated[tuple[Place, ...], Many(MAX_ENTRIES, 1)]


NOWHERE: Final = Place(index=None, path=())


def answer_request(
    request: InclusionRequest, *, note: bytes | None, size: int, places: Mapping[bytes, int], read: ReadHash
) -> InclusionAnswer:
    """Return the answer of a log whose newest checkpoint is *note*, of *size*; *places* has the numbers of entries."""

    def place(entry: bytes) -> Place:
        index = places.get(entry)
        if note is None or index is None or index >= size:
            return NOWHERE
        return Place(index=index, path=tuple(inclusion_path(read, index=index, size=size)))

    return InclusionAnswer(checkpoint=note, places=tuple(place(entry) for entry in request.entries))


def open_answer(
    data: bytes, entries: Sequence[bytes], *, origin: str, keys: Collection[VerifierKey], policy: WitnessPolicy
) -> list[bytes | None]:
    """Return for each of *entries*, as they were asked for, the tlog-proof that the log *origin* holds it, or None.

    Raises:
        DecodeError: ``inclusion.count``, or as `WitnessPolicy.open` and the schema do.
        VerifyError: ``inclusion.checkpoint``, or as `WitnessPolicy.open` and `verify_inclusion` do.
    """
    answer = InclusionAnswer.decode(data)
    if len(answer.places) != len(entries):  # (1)
        raise DecodeError("inclusion.count", f"{len(answer.places)} places for {len(entries)} entries")
    if all(place.index is None for place in answer.places):  # (2)
        return [None] * len(entries)
    if answer.checkpoint is None:  # (3)
        raise VerifyError("inclusion.checkpoint")
    note = unverified_note(answer.checkpoint)
    checkpoint, _ = policy.verify(note, origin=origin, keys=keys)  # (4)
    found: list[bytes | None] = []
    for place, entry in zip(answer.places, entries, strict=True):
        if (index := place.index) is None:
            found.append(None)
            continue
        leaf = leaf_hash(entry)
        verify_inclusion(index=index, size=checkpoint.size, leaf=leaf, path=place.path, root=checkpoint.root)  # (5)
        found.append(UnverifiedTlogProof(index=index, path=place.path, note=note).encode())
    return found
