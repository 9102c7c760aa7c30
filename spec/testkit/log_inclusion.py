"""What a member asks another's log for, and what it is answered: suite inclusion_answer (spec/log.md#asking)."""

from hashlib import sha256

from kit import vector
from small_log import KEY, LOG, ORIGIN, WITNESSES, Log, line

from carnet.log.inclusion import InclusionAnswer, InclusionRequest, Place, answer_request, open_answer
from carnet.log.witness import WitnessPolicy

SIZE = 25
ENTRIES = tuple(sha256(b"record %d" % number).digest() for number in (7, 24))
UNKNOWN = sha256(b"record of somebody else").digest()
NUMBERS = {sha256(b"record %d" % number).digest(): number for number in range(30)}


def answer(entries=ENTRIES, of=LOG, lines=None, size=SIZE):
    """Return what a log answers, whose checkpoint the first witness has cosigned."""
    note = of.note(size) + b"".join([line(0)] if lines is None else lines)
    return answer_request(InclusionRequest(entries=entries), note=note, size=size, places=NUMBERS, read=of.read)


def ask(answered, expect, *, entries=ENTRIES, **more):
    """Return a question, its answer, and what whoever asks knows."""
    return {
        "request": InclusionRequest(entries=entries).encode(),
        "entries": list(entries),
        "answer": answered if isinstance(answered, bytes) else answered.encode(),
        "origin_text": ORIGIN,
        "keys_text": [str(KEY)],
        "witnesses_text": [str(witness) for witness in WITNESSES],
        "quorum": 1,
        "expect": expect,
    } | more


def proofs(answered, entries):
    """Return what is kept of a good answer: a tlog-proof for each entry, or null."""
    policy = WitnessPolicy(witnesses=tuple(WITNESSES), quorum=1)
    return open_answer(answered.encode(), entries, origin=ORIGIN, keys=[KEY], policy=policy)


def changed(answered, **changes):
    """Return an answer with a field changed."""
    values = {field.name: getattr(answered, field.name) for field in answered.FIELDS}
    return InclusionAnswer(**values | changes)


@vector("inclusion_answer")
def two_entries():
    """Two entries are in the log, under one checkpoint."""
    return ask(answer(), "ok", proofs=proofs(answer(), ENTRIES))


@vector("inclusion_answer")
def one_of_two():
    """Of two entries the log holds one: the other has no place."""
    entries = (ENTRIES[0], UNKNOWN)
    answered = answer(entries)
    return ask(answered, "ok", entries=entries, proofs=proofs(answered, entries))


@vector("inclusion_answer")
def log_without_a_checkpoint():
    """A log that has shown nothing yet holds no entry."""
    answered = InclusionAnswer(checkpoint=None, places=(Place(index=None, path=()),) * 2)
    return ask(answered, "ok", proofs=[None, None])


@vector("inclusion_answer")
def fewer_places():
    """Each entry has its place in the answer."""
    return ask(changed(answer(), places=answer().places[:1]), "inclusion.count")


@vector("inclusion_answer")
def more_places():
    """An answer has no more places than were asked for."""
    return ask(changed(answer(), places=answer().places * 2), "inclusion.count")


@vector("inclusion_answer")
def no_checkpoint():
    """Places without a checkpoint show nothing."""
    return ask(changed(answer(), checkpoint=None), "inclusion.checkpoint")


@vector("inclusion_answer")
def no_cosignature():
    """A checkpoint that no witness has cosigned shows nothing to somebody who asks for one."""
    return ask(answer(lines=[]), "witness.quorum")


@vector("inclusion_answer")
def places_exchanged():
    """The places of the two entries are exchanged."""
    return ask(changed(answer(), places=answer().places[::-1]), "inclusion.root")


@vector("inclusion_answer")
def another_history():
    """The path is that of another history of the log."""
    other = answer(of=Log(forged=3))
    return ask(changed(answer(), places=other.places), "inclusion.root")


@vector("inclusion_answer")
def beyond_the_checkpoint():
    """An index that the checkpoint does not reach."""
    first, second = answer().places
    return ask(changed(answer(), places=(first, Place(index=SIZE, path=second.path))), "inclusion.index")


@vector("inclusion_answer")
def bytes_after_the_answer():
    """The answer is one message and nothing else."""
    return ask(answer().encode() + b"\0", "wire.trailing")
