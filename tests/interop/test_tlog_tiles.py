"""S9: a real log, read from its files: checkpoints, tiles, entries, and proofs between all sizes."""

from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from carnet.log.checkpoint import open_checkpoint, parse_vkey, unverified_note
from carnet.log.merkle import (
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from carnet.log.tiles import ENTRIES, bundle_at, decode_bundle, decode_tile, hash_reader, parse_path
from carnet.log.tlog_proof import make_tlog_proof, open_tlog_proof
from carnet.log.witness import WitnessPolicy
from carnet_audit.watch import Watcher, by_key
from carnet_audit.watch_state import State
from oracle import c2sp_reader
from oracle import merkle as oracle

LOG = Path(__file__).parents[1] / "data" / "tlog-tiles" / "log"
KEY = parse_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
SIZES = range(1, 16)


def read(path):
    return (LOG / path).read_bytes()


@cache
def checkpoint(size):
    return open_checkpoint(read(f"checkpoint.{size}"), origin=KEY.name, keys=[KEY])


def entries(size):
    return decode_bundle(read(bundle_at(ENTRIES, leaf=0, size=size).path), width=size)


@pytest.mark.parametrize("size", range(16))
def test_s9_each_checkpoint_is_signed_and_written_as_we_write_it(size):
    assert checkpoint(size).size == size
    note = read(f"checkpoint.{size}")
    assert unverified_note(note).encode() == note


def test_the_latest_checkpoint_is_the_last():
    assert open_checkpoint(read("checkpoint"), origin=KEY.name, keys=[KEY]) == checkpoint(15)


@pytest.mark.parametrize("size", SIZES)
def test_s9_tiles_entries_and_checkpoint_agree_on_the_root(size):
    tree = Frontier()
    for entry in entries(size):
        tree.append(leaf_hash(entry))
    assert tree.root == checkpoint(size).root
    assert tree_root(hash_reader(read, size=size), size=size) == checkpoint(size).root
    assert oracle.root(entries(size)) == checkpoint(size).root
    assert decode_tile(read(f"tile/0/000.p/{size}"), width=size) == [leaf_hash(each) for each in entries(size)]


@pytest.mark.parametrize("size", SIZES)
def test_s9_each_entry_is_proven_from_tiles(size):
    tiles = hash_reader(read, size=size)
    for index, entry in enumerate(entries(size)):
        path = inclusion_path(tiles, index=index, size=size)
        verify_inclusion(index=index, size=size, leaf=leaf_hash(entry), path=path, root=checkpoint(size).root)


def test_s9_every_two_sizes_are_proven_consistent_from_tiles():
    for old, new in combinations(SIZES, 2):
        verify_consistency(
            old_size=old,
            new_size=new,
            old_root=checkpoint(old).root,
            new_root=checkpoint(new).root,
            path=consistency_path(hash_reader(read, size=new), old_size=old, new_size=new),
        )


def test_every_file_of_the_log_lies_where_a_path_says():
    files = [each.relative_to(LOG).as_posix() for each in (LOG / "tile").rglob("*") if each.is_file()]
    assert len(files) == 30
    assert [parse_path(path).path for path in files] == files


@pytest.mark.parametrize("size", SIZES)
def test_s9_each_entry_is_proven_offline_to_two_readers(size):
    note = read(f"checkpoint.{size}")
    for index, entry in enumerate(entries(size)):
        proof = make_tlog_proof(hash_reader(read, size=size), index=index, note=note)
        found = open_tlog_proof(proof, entry=entry, origin=KEY.name, keys=[KEY], policy=WitnessPolicy())
        assert (found.index, found.checkpoint) == (index, checkpoint(size))
        assert c2sp_reader.proof(proof, entry, str(KEY)) == (index, {}, b"")


def test_s9_the_log_is_watched_as_it_grows(tmp_path):
    shown = [f"checkpoint.{size}" for size in (0, 1, 2, 3, 7, 8, 9, 15, 15)]
    state = State(tmp_path)
    source = {"log": lambda path, _limit: read(current if path == "checkpoint" else path)}
    watcher = Watcher(source, resolve=by_key([KEY], WitnessPolicy()), state=state, clock=lambda: 0)
    for current in shown:
        (outcome,) = watcher.look()
        assert (outcome.view.note, outcome.findings) == (read(current), [])
    current = "checkpoint.14"
    (outcome,) = watcher.look()
    assert [each.check for each in outcome.findings] == ["log.rollback"]
    state.close()
