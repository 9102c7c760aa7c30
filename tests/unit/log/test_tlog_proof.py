"""Proofs of inclusion in one file: written, read back, and refused."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.errors import DecodeError, PeerError, UsageError
from carnet.log.checkpoint import Checkpoint, log_key, sign_checkpoint
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.tlog_proof import (
    MAX_EXTRA,
    ProvenEntry,
    UnverifiedTlogProof,
    decode_tlog_proof,
    make_tlog_proof,
    open_tlog_proof,
)
from carnet.log.witness import Cosignature, WitnessPolicy, attach, cosignature_line, witness_key
from vector_files import outcome

ORIGIN, WITNESS, NOW = "vasp.example/carnet", "one.example/witness", 1_800_000_000
SEED = generate_seed(visible_coins("the log"))
WITNESS_SEED = generate_seed(visible_coins("the witness"))
KEY, WITNESS_KEY = log_key(ORIGIN, SEED), witness_key(WITNESS, WITNESS_SEED)
POLICY = WitnessPolicy(witnesses=(WITNESS_KEY,), quorum=1)


def entry(index):
    return sha256(b"record %d" % index).digest()


def log(size):
    """Return a reader of the subtrees of a log, and its cosigned checkpoint."""
    stored, tree = {}, Frontier()
    for index in range(size):
        for level, node in enumerate(tree.append(leaf_hash(entry(index)))):
            stored[level, index >> level] = node
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=tree.root)
    line = cosignature_line(checkpoint, witness=WITNESS, now=NOW, seed=WITNESS_SEED)
    return lambda level, index: stored[level, index], attach(sign_checkpoint(checkpoint, seed=SEED), [line])


def opened(data, index, policy=POLICY, **changed):
    return open_tlog_proof(data, **{"entry": entry(index), "origin": ORIGIN, "keys": [KEY], "policy": policy} | changed)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 25])
def test_every_entry_of_a_log_is_proven(size):
    read, note = log(size)
    for index in range(size):
        proof = make_tlog_proof(read, index=index, note=note)
        found = opened(proof, index)
        assert (found.index, found.checkpoint.size) == (index, size)
        assert found.cosignatures == (Cosignature(witness=WITNESS, time=NOW),)
        assert isinstance(found, ProvenEntry)


def test_a_proof_shows_no_other_entry():
    read, note = log(25)
    proof = make_tlog_proof(read, index=7, note=note)
    assert outcome(lambda: opened(proof, 8)) == "inclusion.root"
    assert outcome(lambda: opened(proof.replace(b"index 7\n", b"index 6\n"), 7)) == "inclusion.root"
    assert outcome(lambda: opened(proof.replace(b"index 7\n", b"index 25\n"), 7)) == "inclusion.index"


def test_a_proof_is_held_against_the_readers_keys_and_witnesses():
    read, note = log(25)
    proof = make_tlog_proof(read, index=7, note=note)
    other = log_key(ORIGIN, generate_seed(visible_coins("another log")))
    stranger = witness_key("two.example/witness", generate_seed(visible_coins("another witness")))
    assert outcome(lambda: opened(proof, 7, origin="other.example", keys=[])) == "note.origin"
    assert outcome(lambda: opened(proof, 7, keys=[other])) == "note.key"
    assert outcome(lambda: opened(proof, 7, WitnessPolicy(witnesses=(WITNESS_KEY, stranger), quorum=2))) == (
        "witness.quorum"
    )
    assert opened(proof, 7, WitnessPolicy(witnesses=(WITNESS_KEY, stranger), quorum=1)).index == 7
    assert opened(proof, 7, WitnessPolicy()).cosignatures == ()


def test_extra_data_is_carried_and_not_vouched_for():
    read, note = log(3)
    extra = bytes(range(256))
    proof = make_tlog_proof(read, index=1, note=note, extra=extra)
    assert decode_tlog_proof(proof).extra == extra
    assert proof.splitlines()[1] == b"extra " + b64encode(extra)
    altered = proof.replace(b64encode(extra), b64encode(b"anything"))
    assert opened(altered, 1) == opened(proof, 1)
    largest = make_tlog_proof(read, index=1, note=note, extra=bytes(MAX_EXTRA))
    assert decode_tlog_proof(largest).extra == bytes(MAX_EXTRA)
    with pytest.raises(UsageError):
        make_tlog_proof(read, index=1, note=note, extra=bytes(MAX_EXTRA + 1))
    larger = proof.replace(b64encode(extra), b64encode(bytes(MAX_EXTRA + 1)))
    with pytest.raises(DecodeError):
        decode_tlog_proof(larger)


@given(st.data())
def test_what_is_read_is_written_in_one_way(data):
    read, note = log(5)
    proof = make_tlog_proof(read, index=3, note=note, extra=b"extra")
    start = data.draw(st.integers(0, len(proof)))
    end = data.draw(st.integers(start, min(len(proof), start + 3)))
    changed = proof[:start] + data.draw(st.sampled_from([b"", b"\n", b"0", b"A", b"=", b" "])) + proof[end:]
    try:
        found = decode_tlog_proof(changed)
    except PeerError:
        return
    assert found.encode() == changed


def test_a_proof_that_nobody_could_write_is_our_own_mistake():
    read, note = log(5)
    unverified = decode_tlog_proof(make_tlog_proof(read, index=3, note=note)).note
    for wrong in ({"index": -1}, {"path": (b"short",)}, {"path": (bytes(32),) * 64}, {"index": 10**16}):
        with pytest.raises(UsageError):
            UnverifiedTlogProof(**{"index": 0, "path": (), "note": unverified} | wrong)
    with pytest.raises(UsageError):
        make_tlog_proof(read, index=5, note=note)
