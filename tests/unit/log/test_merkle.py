"""S9: proofs about the log, against the definition on every tree up to 65 leaves."""

from functools import cache

import pytest

from carnet.errors import PeerError, UsageError
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
from oracle import merkle as oracle

LARGEST = 65
ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
ROOTS = [oracle.root(ENTRIES[:size]) for size in range(LARGEST + 1)]


@cache
def stored(level, index):
    return oracle.root(ENTRIES[index << level : (index + 1) << level])


def refused(verify, **given):
    try:
        verify(**given)
    except PeerError as error:
        return error.check
    return "ok"


def test_the_root_is_that_of_the_definition():
    assert [tree_root(stored, size=size) for size in range(LARGEST + 1)] == ROOTS
    assert ROOTS[0] == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_s9_every_inclusion_path_is_that_of_the_definition_and_verifies(size):
    for index in range(size):
        path = inclusion_path(stored, index=index, size=size)
        assert path == oracle.path(index, ENTRIES[:size])
        verify_inclusion(index=index, size=size, leaf=leaf_hash(ENTRIES[index]), path=path, root=ROOTS[size])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_s9_every_consistency_path_is_that_of_the_definition_and_verifies(size):
    for old in range(1, size + 1):
        path = consistency_path(stored, old_size=old, new_size=size)
        assert path == oracle.proof(old, ENTRIES[:size])
        verify_consistency(old_size=old, new_size=size, old_root=ROOTS[old], new_root=ROOTS[size], path=path)


@pytest.mark.parametrize("size", range(1, 20))
def test_s9_an_inclusion_path_proves_one_place_in_one_tree_only(size):
    for index in range(size):
        leaf, path = leaf_hash(ENTRIES[index]), oracle.path(index, ENTRIES[:size])
        for other in range(size + 2):
            verdict = refused(verify_inclusion, index=other, size=size, leaf=leaf, path=path, root=ROOTS[size])
            assert (verdict == "ok") == (other == index)
            assert other < size or verdict == "inclusion.index"


@pytest.mark.parametrize("size", range(1, 20))
def test_s9_each_changed_missing_or_spare_hash_of_a_proof_is_refused(size):
    for index in range(size):
        path = oracle.path(index, ENTRIES[:size])
        given = {"index": index, "size": size, "leaf": leaf_hash(ENTRIES[index]), "root": ROOTS[size]}
        for changed in changes(path):
            assert refused(verify_inclusion, path=changed, **given) == "inclusion.root"
        assert refused(verify_inclusion, path=[*path, ROOTS[1]], **given) == "inclusion.long"
        if path:
            assert refused(verify_inclusion, path=path[:-1], **given) == "inclusion.short"
    for old in range(1, size):
        path = oracle.proof(old, ENTRIES[:size])
        given = {"old_size": old, "new_size": size, "old_root": ROOTS[old], "new_root": ROOTS[size]}
        for changed in changes(path):
            verdict = refused(verify_consistency, path=changed, **given)
            assert verdict in {"consistency.old_root", "consistency.new_root"}
        assert refused(verify_consistency, path=[*path, ROOTS[1]], **given) == "consistency.long"
        assert refused(verify_consistency, path=path[:-1], **given) == "consistency.short"


def changes(path):
    for at, each in enumerate(path):
        yield [*path[:at], bytes([each[0] ^ 1]) + each[1:], *path[at + 1 :]]


def test_s9_a_rewritten_past_is_refused():
    forged = [b"forged", *ENTRIES[1:]]
    for size in range(2, 20):
        for old in range(1, size):
            given = {"old_size": old, "new_size": size, "old_root": ROOTS[old], "new_root": oracle.root(forged[:size])}
            verdict = refused(verify_consistency, path=oracle.proof(old, forged[:size]), **given)
            assert verdict == ("consistency.old_root" if old.bit_count() > 1 else "consistency.new_root")


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
def test_s9_nothing_is_consistent_with_no_tree_or_a_smaller_one(old, new):
    given = {"old_size": old, "new_size": new, "old_root": ROOTS[0], "new_root": ROOTS[max(new, 0)]}
    assert refused(verify_consistency, path=[], **given) == "consistency.size"


def test_s9_two_roots_of_one_size_are_refused():
    given = {"old_size": 5, "new_size": 5, "old_root": ROOTS[5], "path": []}
    assert refused(verify_consistency, new_root=ROOTS[5], **given) == "ok"
    assert refused(verify_consistency, new_root=ROOTS[4], **given) == "consistency.new_root"


def test_hashes_of_another_length_are_refused_before_all_else():
    given = {"index": 0, "size": 2, "leaf": ROOTS[1], "path": [ROOTS[1]], "root": ROOTS[2]}
    for change in ({"leaf": b""}, {"path": [ROOTS[1] + b"\0"]}, {"root": ROOTS[2][:31]}):
        assert refused(verify_inclusion, **(given | change)) == "merkle.hash"


def test_a_leaf_and_a_node_never_share_a_hash():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_frontier_keeps_the_root_of_every_size_and_reports_each_complete_subtree():
    tree, seen = Frontier(), {}
    for number, entry in enumerate(ENTRIES):
        assert tree.root == ROOTS[number]
        for level, completed in enumerate(tree.append(leaf_hash(entry))):
            seen[level, number >> level] = completed
        assert len(tree.peaks) == (number + 1).bit_count()
        resumed = Frontier(size=tree.size, peaks=tree.peaks)
        assert (resumed.root, resumed.peaks) == (ROOTS[number + 1], tree.peaks)
        assert Frontier.load(stored, size=number + 1).peaks == tree.peaks
    assert seen == {at: stored(*at) for at in seen}
    assert len(seen) == 65 + 32 + 16 + 8 + 4 + 2 + 1


def test_a_proof_that_cannot_be_is_our_own_mistake():
    for index, size in ((0, 0), (1, 1), (-1, 1)):
        with pytest.raises(UsageError):
            inclusion_path(stored, index=index, size=size)
        with pytest.raises(UsageError):
            consistency_path(stored, old_size=index + 1, new_size=size - 1)
    with pytest.raises(UsageError):
        Frontier(size=3, peaks=[ROOTS[1]])
