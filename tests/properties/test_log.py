"""S9: what holds of every log, not only of small ones."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.log.checkpoint import MAX_SIZE, Checkpoint, log_key, open_checkpoint, parse_vkey, sign_checkpoint
from carnet.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from carnet.log.tiles import (
    ENTRIES,
    MAX_INDEX,
    PROOFS,
    RECORDS,
    Bundle,
    Tile,
    changed_tiles,
    decode_bundle,
    encode_bundle,
    hash_reader,
    parse_path,
)

SEED = generate_seed(visible_coins("properties of logs"))
NAMES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="+"), min_size=1, max_size=255)
HASHES = st.binary(min_size=32, max_size=32)
HUGE = MAX_SIZE


@cache
def uniform(level):
    """Return the hash of a complete subtree all of whose leaves are alike, so that a huge tree can be read."""
    return leaf_hash(b"alike") if level == 0 else node_hash(uniform(level - 1), uniform(level - 1))


def read(level, index):
    return uniform(level)


@given(st.integers(1, HUGE).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_s9_every_leaf_of_a_tree_of_any_size_has_a_short_proof(place):
    index, size = place
    path = inclusion_path(read, index=index, size=size)
    assert len(path) <= 54
    verify_inclusion(index=index, size=size, leaf=uniform(0), path=path, root=tree_root(read, size=size))


@given(st.integers(1, HUGE).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_s9_every_two_sizes_have_a_short_proof(sizes):
    old, new = sizes
    path = consistency_path(read, old_size=old, new_size=new)
    assert len(path) <= 55
    roots = {"old_root": tree_root(read, size=old), "new_root": tree_root(read, size=new)}
    verify_consistency(old_size=old, new_size=new, path=path, **roots)


@given(st.integers(0, HUGE - 1))
def test_a_frontier_of_any_size_resumes_and_grows(size):
    tree = Frontier.load(read, size=size)
    assert tree.root == tree_root(read, size=size)
    tree.append(uniform(0))
    assert tree.root == tree_root(read, size=size + 1)


@given(st.integers(1, 70_000))
def test_a_log_of_any_size_is_read_from_its_tiles_alone(size):
    tiles = {tile.path: uniform(8 * tile.level) * tile.width for tile in changed_tiles(old_size=0, new_size=size)}
    assert tree_root(hash_reader(tiles.__getitem__, size=size), size=size) == tree_root(read, size=size)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundles_round_trip(items):
    assert decode_bundle(encode_bundle(items), width=len(items)) == items


@given(
    st.one_of(
        st.builds(Tile, level=st.integers(0, 6), index=st.integers(0, MAX_INDEX), width=st.integers(1, 256)),
        st.builds(
            Bundle,
            tree=st.sampled_from([ENTRIES, RECORDS, PROOFS]),
            index=st.integers(0, MAX_INDEX),
            width=st.integers(1, 256),
        ),
    )
)
def test_paths_round_trip(place):
    assert parse_path(place.path) == place


@given(NAMES, st.integers(0, MAX_SIZE), HASHES)
def test_s9_checkpoints_round_trip(origin, size, root):
    checkpoint = Checkpoint(origin=origin, size=size, root=root if size else EMPTY_ROOT)
    key = log_key(origin, SEED)
    assert parse_vkey(str(key)) == key
    assert open_checkpoint(sign_checkpoint(checkpoint, seed=SEED), origin=origin, keys=[key]) == checkpoint
