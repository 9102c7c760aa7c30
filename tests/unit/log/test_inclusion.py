from hashlib import sha256

import pytest

from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.log.checkpoint import Checkpoint, log_key, sign_checkpoint
from carnet.log.inclusion import (
    MAX_ENTRIES,
    NOWHERE,
    InclusionAnswer,
    InclusionRequest,
    Place,
    answer_request,
    open_answer,
)
from carnet.log.merkle import Frontier, leaf_hash, tree_root
from carnet.log.tlog_proof import open_tlog_proof
from carnet.log.witness import MAX_PATH, WitnessPolicy
from carnet.params import MAX_OBJECT
from carnet.secret import Secret

ORIGIN = "log.example"
SEED = Secret(bytes(32))
KEYS = [log_key(ORIGIN, SEED)]
ENTRIES = [sha256(b"entry %d" % number).digest() for number in range(70)]
PLACES = {entry: number for number, entry in enumerate(ENTRIES)}
NOBODY = WitnessPolicy()


def stored(entries=ENTRIES):
    hashes, tree = {}, Frontier()
    for number, entry in enumerate(entries):
        for level, node in enumerate(tree.append(leaf_hash(entry))):
            hashes[level, number >> level] = node
    return lambda level, index: hashes[level, index]


READ = stored()


def note(size):
    root = tree_root(READ, size=size)
    return sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root), seed=SEED)


def answer(entries, *, size=70):
    request = InclusionRequest(entries=tuple(entries))
    return answer_request(request, note=note(size), size=size, places=PLACES, read=READ)


def opened(answered, entries):
    return open_answer(answered.encode(), entries, origin=ORIGIN, keys=KEYS, policy=NOBODY)


def test_every_entry_of_a_log_is_shown_to_be_there():
    for start in range(0, 70, MAX_ENTRIES):
        some = ENTRIES[start : start + MAX_ENTRIES]
        proofs = opened(answer(some), some)
        for number, (entry, proof) in enumerate(zip(some, proofs, strict=True), start=start):
            found = open_tlog_proof(proof, entry=entry, origin=ORIGIN, keys=KEYS, policy=NOBODY)
            assert (found.index, found.checkpoint.size) == (number, 70)


def test_what_the_checkpoint_does_not_reach_is_not_there_yet():
    answered = answer(ENTRIES[10:12], size=11)
    assert [place.index for place in answered.places] == [10, None]
    assert opened(answered, ENTRIES[10:12])[1] is None


def test_an_unknown_entry_is_nowhere():
    other = sha256(b"other").digest()
    assert answer([other]).places == (NOWHERE,)
    assert opened(answer([other]), [other]) == [None]


def test_a_log_that_has_shown_nothing_has_no_entries():
    request = InclusionRequest(entries=(ENTRIES[0],))
    answered = answer_request(request, note=None, size=0, places=PLACES, read=READ)
    assert (answered.checkpoint, answered.places) == (None, (NOWHERE,))
    assert opened(answered, ENTRIES[:1]) == [None]


def test_an_answer_is_for_the_entries_that_were_asked_for():
    with pytest.raises(VerifyError, match=r"inclusion\.root"):
        opened(answer(ENTRIES[:2]), [ENTRIES[1], ENTRIES[0]])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_each_entry_has_its_place(count):
    places = answer(ENTRIES[:2]).places
    answered = InclusionAnswer(checkpoint=note(70), places=(*places, *places)[:count] or (NOWHERE,))
    with pytest.raises(DecodeError, match=r"inclusion\.count"):
        opened(answered, ENTRIES[:2])


def test_places_without_a_checkpoint_show_nothing():
    answered = InclusionAnswer(checkpoint=None, places=answer(ENTRIES[:1]).places)
    with pytest.raises(VerifyError, match=r"inclusion\.checkpoint"):
        opened(answered, ENTRIES[:1])


def test_nothing_is_asked_for_too_much_or_for_nothing():
    for entries in ((), (bytes(32),) * (MAX_ENTRIES + 1), (bytes(31),)):
        with pytest.raises(UsageError):
            InclusionRequest(entries=entries)
    (key,) = InclusionRequest(entries=(bytes(32),)).encode()[:1]
    assert key == 0xA1
    with pytest.raises(DecodeError, match=r"schema\.type"):
        InclusionRequest.decode(bytes.fromhex("a10180"))


def test_the_largest_answer_of_the_largest_log_is_an_object_that_a_peer_may_send():
    longest = 50  # hashes that lead to the root of 10^15 entries
    place = Place(index=10**15 - 1, path=(bytes(32),) * longest)
    answered = InclusionAnswer(checkpoint=bytes(8192), places=(place,) * MAX_ENTRIES)
    assert len(answered.encode()) < MAX_OBJECT
    assert longest < MAX_PATH
