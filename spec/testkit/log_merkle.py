"""Proofs about the tree: suites inclusion and consistency (spec/log.md#tree)."""

from hashlib import sha256

from kit import vector

from carnet.log.merkle import Frontier, consistency_path, inclusion_path, leaf_hash, tree_root

ENTRIES = [sha256(b"record %d" % number).digest() for number in range(25)]
STORED = {}
TREE = Frontier()
for number, entry in enumerate(ENTRIES):
    for level, completed in enumerate(TREE.append(leaf_hash(entry))):
        STORED[level, number >> level] = completed


def read(level, index):
    return STORED[level, index]


def root(size):
    return tree_root(read, size=size)


def inclusion(index, size, /, expect="ok", **change):
    """Return the proof of an entry, with what is changed in it."""
    good = {
        "index": index,
        "size": size,
        "leaf": leaf_hash(ENTRIES[index]),
        "path": inclusion_path(read, index=index, size=size),
        "root": root(size),
    }
    return good | change | {"expect": expect}


def consistency(old, new, /, expect="ok", **change):
    """Return the proof that one tree begins with another, with what is changed in it."""
    good = {
        "old_size": old,
        "new_size": new,
        "old_root": root(old),
        "new_root": root(new),
        "path": consistency_path(read, old_size=old, new_size=new) if 0 < old <= new else [],
    }
    return good | change | {"expect": expect}


@vector("inclusion")
def only_entry():
    """In a tree of one, the leaf is the root and the path is empty."""
    return inclusion(0, 1)


@vector("inclusion")
def first_of_many():
    """The first leaf: every hash of the path stands to the right."""
    return inclusion(0, 25)


@vector("inclusion")
def last_of_odd_tree():
    """The last leaf of a tree of odd size: the path skips the levels where nothing stands beside it."""
    return inclusion(24, 25)


@vector("inclusion")
def middle_of_odd_tree():
    """A leaf with hashes on both sides."""
    return inclusion(13, 25)


@vector("inclusion")
def complete_tree():
    """A leaf of a tree whose size is a power of two."""
    return inclusion(9, 16)


@vector("inclusion")
def index_beyond_size():
    """The index is the size: there is no such leaf."""
    return inclusion(24, 25, index=25, expect="inclusion.index")


@vector("inclusion")
def empty_tree():
    """Nothing is in a tree of size 0, whatever the root."""
    return inclusion(0, 1, size=0, expect="inclusion.index")


@vector("inclusion")
def path_too_short():
    """The path stops below the root."""
    return inclusion(13, 25, path=inclusion_path(read, index=13, size=25)[:-1], expect="inclusion.short")


@vector("inclusion")
def path_too_long():
    """A path with a spare hash must not verify, even if the rest of it does."""
    return inclusion(13, 25, path=[*inclusion_path(read, index=13, size=25), root(1)], expect="inclusion.long")


@vector("inclusion")
def siblings_swapped():
    """The right hashes in the wrong order."""
    first, second, *rest = inclusion_path(read, index=13, size=25)
    return inclusion(13, 25, path=[second, first, *rest], expect="inclusion.root")


@vector("inclusion")
def another_leaf():
    """The path of one leaf does not prove its neighbour."""
    return inclusion(13, 25, leaf=leaf_hash(ENTRIES[12]), expect="inclusion.root")


@vector("inclusion")
def entry_in_place_of_its_hash():
    """The leaf is the hash of the entry under the prefix 00, not the entry itself."""
    return inclusion(13, 25, leaf=ENTRIES[13], expect="inclusion.root")


@vector("inclusion")
def root_of_another_size():
    """The proof is for 25 leaves and the root for 24."""
    return inclusion(13, 25, root=root(24), expect="inclusion.root")


@vector("inclusion")
def short_leaf():
    """A leaf hash of 31 bytes: lengths are checked, for the tree's hash would not notice a byte moved across."""
    return inclusion(13, 25, leaf=leaf_hash(ENTRIES[13])[:31], expect="merkle.hash")


@vector("inclusion")
def long_hash_in_path():
    """A hash of 33 bytes within the path."""
    first, *rest = inclusion_path(read, index=13, size=25)
    return inclusion(13, 25, path=[first + b"\0", *rest], expect="merkle.hash")


@vector("consistency")
def same_size():
    """A tree is consistent with itself, by an empty path."""
    return consistency(25, 25)


@vector("consistency")
def grown_from_power_of_two():
    """The old tree is a node of the new one, so the path leaves its root out."""
    return consistency(8, 25)


@vector("consistency")
def grown_from_odd_size():
    """The general case."""
    return consistency(13, 25)


@vector("consistency")
def grown_by_one():
    """One leaf more."""
    return consistency(24, 25)


@vector("consistency")
def from_nothing():
    """Every tree begins with the empty one, so a proof from size 0 shows nothing and is refused."""
    return consistency(0, 25, expect="consistency.size")


@vector("consistency")
def shrunk():
    """The new tree is smaller than the old."""
    return consistency(25, 24, expect="consistency.size")


@vector("consistency")
def consistency_too_short():
    """The path lacks its last hash."""
    path = consistency_path(read, old_size=13, new_size=25)
    return consistency(13, 25, path=path[:-1], expect="consistency.short")


@vector("consistency")
def consistency_too_long():
    """The path has a hash to spare."""
    path = consistency_path(read, old_size=13, new_size=25)
    return consistency(13, 25, path=[*path, root(1)], expect="consistency.long")


@vector("consistency")
def same_size_with_path():
    """Between equal sizes the path is empty."""
    return consistency(25, 25, path=[root(1)], expect="consistency.long")


@vector("consistency")
def past_rewritten():
    """The old root is not of the leaves with which the new tree begins."""
    return consistency(13, 25, old_root=root(12), expect="consistency.old_root")


@vector("consistency")
def future_of_another_tree():
    """The path leads to the old root and past the new one."""
    return consistency(13, 25, new_root=root(24), expect="consistency.new_root")


@vector("consistency")
def same_size_two_roots():
    """Two roots of one size: the log has shown two histories."""
    return consistency(25, 25, new_root=root(24), expect="consistency.new_root")


@vector("consistency")
def short_old_root():
    """A root of 31 bytes."""
    return consistency(13, 25, old_root=root(13)[:31], expect="merkle.hash")
